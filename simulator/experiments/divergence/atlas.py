"""The exponent over two parameters, measured by twins of its own, coarse first, while one watches."""

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from simulator import clock, parameters
from simulator.backends.base import AbstractBackend, OutOfDeviceMemoryError
from simulator.experiments.divergence.networks import NetworkTwins
from simulator.experiments.divergence.params import LANDSCAPES, TOYS, DivergenceParams
from simulator.experiments.divergence.toys import mapped
from simulator.experiments.divergence.trace import mean
from simulator.experiments.divergence.twins import AbstractDeviceTwins, Array
from simulator.experiments.divergence.walkers import WalkerTwins

Floats = NDArray[np.float32]
SIDES: Final = {"toy": (128, 80), "landscape": (24, 16), "network": (24, 16)}
"""Columns and rows."""
STEPS: Final = {"landscape": (40, 80), "network": (30, 90)}
"""Steps until the exponent is measured, and while it is."""
HEAVY_STEPS: Final = (12, 24)
LARGEST: Final = 24
"""Spins of a landscape that is mapped."""
EPSILON: Final = 1e-4
AT_ONCE: Final = 64
"""Cells of a system of few numbers that are measured together."""
STRIDE: Final = 10
"""Steps from one renormalisation to the next: in single precision a distance grows by 1e4 at most."""
HEAVY: Final = 2**22
"""Parameters times networks times examples of one step from which steps are taken one at a time."""
COARSEST: Final = 8
RATES: Final = {"gd": 3.0, "sgd": 0.4, "momentum": 1.0, "adam": 1.0, "langevin": 1.0, "rmsprop": 0.1}
"""Learning rates that the map reaches to, unless the present one lies beyond."""


@dataclasses.dataclass(frozen=True, slots=True)
class Axis:
    """One parameter, over cells whose middles lie evenly between low and high."""

    name: str
    low: float
    high: float
    cells: int

    @property
    def middles(self) -> Array:
        """(cells,)."""
        step = (self.high - self.low) / self.cells
        return np.asarray(self.low + step * (np.arange(self.cells) + 0.5))


def kind_of(params: DivergenceParams) -> str:
    """landscape, network or toy."""
    return "toy" if params.system in TOYS else "landscape" if params.system in LANDSCAPES else "network"


def axes_of(params: DivergenceParams) -> tuple[Axis, Axis]:
    """What is mapped: the learning rate across; up, the dial that tells most in this system under this rule."""
    kind = kind_of(params)
    columns, rows = SIDES[kind]
    if kind == "toy":
        reach = 2.4 if params.system == "doublewell" else 2.4 / max(max(map(abs, params.spectrum)), 1e-9)
        reach *= 1.0 if params.optimizer != "momentum" else 2.0
    elif kind == "network":
        reach = RATES["adam"] / 20 if params.optimizer in ("adam", "rmsprop") else 4.0
    else:
        reach = RATES[params.optimizer]
    while reach < params.learning_rate:
        reach *= 2.0
    across = Axis("learning_rate", reach / 200, reach, columns)
    return across, Axis(*_upward(params, kind), rows)


def _upward(params: DivergenceParams, kind: str) -> tuple[str, float, float]:
    if kind == "network":
        reach = 1.0 if params.optimizer in ("adam", "rmsprop") else 0.05
        while reach < min(params.weight_decay, 1.0):
            reach *= 2.0
        return "weight_decay", 0.0, min(reach, 1.0)
    if params.optimizer == "langevin":
        return "temperature", 0.0, 3.0
    if kind == "toy":
        return "momentum", 0.0, 0.95
    return ("funnel", 0.0, 4.0) if params.system == "funnel" else ("roughness", 0.0, 2.0)


def coarse_first(columns: int, rows: int) -> Iterator[tuple[int, int, int]]:
    """(column, row, side): every cell once, as the lower left of a block of side 8, 4, 2, then 1."""
    side = COARSEST
    while side:
        for row in range(0, rows, side):
            for column in range(0, columns, side):
                if side == COARSEST or row % (2 * side) or column % (2 * side):
                    yield column, row, side
        side //= 2


@final
class Atlas:
    """A map of the exponent, and its section through the present value of the parameter that goes up.

    Measured on twins of its own (small ones, renormalised), which are made when the map is first looked at. All cells
    have the same start; how many are known depends on how long it was looked at.
    """

    def __init__(self, backend: AbstractBackend, params: DivergenceParams, seed: int) -> None:
        self._backend, self._seed = backend, seed
        self._twins: AbstractDeviceTwins | None = None
        self._section_first = False
        self.refused = ""
        """Why the device has no room for the map's twins."""
        self.params, (self.across, self.up) = params, axes_of(params)
        self._begin()

    def update(self, params: DivergenceParams) -> None:
        """Begin again where anything has changed that is not on an axis; the section where the axis up has."""
        up = self.up.name
        changed = parameters.differing(self.params, params) - {"renormalise", "learning_rate"}
        changed = frozenset(name for name in changed if not name.startswith("map_"))
        self.params, before = params, (self.across, self.up)
        self.across, self.up = axes_of(params)
        if before != (self.across, self.up) or changed - {up}:
            self._begin()
        elif changed:
            self._begin_section()

    def _begin(self) -> None:
        self._values = np.full((self.up.cells, self.across.cells), np.nan, np.float32)
        self._known = 0
        self._cells = coarse_first(self.across.cells, self.up.cells)
        self._begin_section()

    def _begin_section(self) -> None:
        self._section = np.full(self.across.cells, np.nan)
        self._columns = [column for column, row, _ in coarse_first(self.across.cells, 1) if row == 0]
        self._columns.reverse()
        self._work: Iterator[None] | None = None

    @property
    def plain(self) -> bool:
        """Whether the rule is plain descent, which is the lowest row of a map over momentum."""
        return self.up.name == "momentum" and self.params.optimizer in ("gd", "sgd")

    @property
    def present(self) -> float:
        """Where on the axis up the run is."""
        return 0.0 if self.plain else float(getattr(self.params, self.up.name))

    @property
    def done(self) -> bool:
        """Whether nothing is left to measure."""
        return bool(self.refused) or (self._work is None and not self._columns and self._known == self._values.size)

    @property
    def share(self) -> float:
        """How much of the map is known."""
        return self._known / self._values.size

    def refine(self, seconds: float | None, slices: int, section: bool) -> None:
        """Go on for about so long, or for so many slices of a few steps. section: that first."""
        self._section_first = section
        end = clock.now() + (seconds or 0.0)
        while not self.done:
            self._work = self._work or self._next()
            try:
                if next(self._work, self) is self:
                    self._work = None
            except OutOfDeviceMemoryError as refusal:  # the run itself has its room and goes on
                self.refused = str(refusal)
            slices -= 1
            if (seconds is None and slices <= 0) or (seconds is not None and clock.now() >= end):
                return

    def picture(self) -> Floats:
        """(rows, columns): exponents per step; nan where unknown, or where the system runs to infinity. 0 before any is
        known."""
        return self._values if self._known else np.zeros_like(self._values)

    def section(self) -> tuple[Array, Array]:
        """Learning rates and exponents of the section, those that are known."""
        known = np.isfinite(self._section)
        return self.across.middles[known], self._section[known]

    def _next(self) -> Iterator[None]:
        """The work of one more cell, or of some, in slices."""
        toy = kind_of(self.params) == "toy"
        if self._columns and (self._section_first or self._known == self._values.size):
            columns = [self._columns.pop() for _ in range(min(AT_ONCE if toy else 1, len(self._columns)))]
            rates = self.across.middles[columns]
            values = yield from self._measure(rates, np.full(len(columns), self.present))
            self._section[columns] = values
            return
        cells = list(itertools.islice(self._cells, AT_ONCE if toy else 1))
        rates = np.array([self.across.middles[column] for column, _, _ in cells])
        values = yield from self._measure(rates, np.array([self.up.middles[row] for _, row, _ in cells]))
        for (column, row, side), value in zip(cells, values, strict=True):
            self._values[row : row + side, column : column + side] = value
        self._known += len(cells)

    def _measure(self, rates: Array, upward: Array) -> Any:
        """Exponents of some cells; a generator that stops after each slice of the work and returns them."""
        if kind_of(self.params) == "toy":
            yield
            return mapped(self.params, self._seed, rates, upward, self.up.name)
        found = np.empty(len(rates))
        for k, (rate, value) in enumerate(zip(rates, upward, strict=True)):
            found[k] = yield from self._run(float(rate), float(value))
        return found

    def _run(self, rate: float, upward: float) -> Any:
        """The exponent of the twins of the map at one cell; a generator like `_measure`."""
        changes: dict[str, Any] = {self.across.name: rate, self.up.name: upward}
        params = dataclasses.replace(self.params, renormalise=True, epsilon=EPSILON, **changes)
        if self._twins is None:
            self._twins = self._make(params)
        twins = self._twins
        twins.restart(params.epsilon)
        settle, measured = HEAVY_STEPS if twins.stride == 1 else STEPS[kind_of(params)]
        before, logs, done = 0.0, math.nan, 0
        while done < settle + measured:
            for seen in twins.advance(twins.stride, params):
                logs = mean(seen.logs)
                before = logs if seen.step <= settle else before
            done += twins.stride
            yield
        return (logs - before) / measured

    def _make(self, params: DivergenceParams) -> AbstractDeviceTwins:
        if params.system in LANDSCAPES:
            small = dataclasses.replace(params, size=min(params.size, LARGEST), samples=1, replicas=8)
            walkers = WalkerTwins(self._backend, small, self._seed)
            walkers.stride = STRIDE
            return walkers
        few = dataclasses.replace(params, networks=min(params.networks, 2))
        networks = NetworkTwins(self._backend, few, self._seed, watched=False)
        ensemble = networks.first
        heavy = ensemble.architecture.parameters * ensemble.batch * few.networks >= HEAVY
        networks.stride = 1 if heavy else STRIDE
        return networks
