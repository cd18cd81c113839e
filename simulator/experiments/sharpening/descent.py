"""Walkers on their way down one batch of landscapes of one size, and what is kept when they have ended."""

import math
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.experiments.landscape.observation import FOUND
from simulator.experiments.landscape.trace import kept
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.landscapes.base import TRACED
from simulator.landscapes.funnel import depth
from simulator.landscapes.glass import BLOCK, Glass, blocks_in_all
from simulator.optimizers import Dials

Array = NDArray[np.float64]
ENERGY, OVERLAP = TRACED.index("energy"), TRACED.index("overlap")
MAX_COUPLINGS: Final = 2**24
"""Numbers that the couplings of one landscape take, at most: 64 MiB, p = 3 up to N = 456. A draw of them cannot be cut
into pieces, and takes a tenth of a second."""
PER_COUPLING: Final = 3e-5
"""Microseconds that two cores take for a coupling, a walker and a step (measured, of the glass kernels)."""
PER_STEP, PER_BATCH, PER_DRAW = 2.0, 5500.0, 3.7e-3
"""The same of a step, of a batch at its beginning and end, and of a coupling that is drawn."""
WALKED: Final = 3e6
"""Couplings that a batch of landscapes has in all, where they are few."""
MOST_SAMPLES, LEAST_SAMPLES = 8, 2


def couplings_of(params: SharpeningParams, size: int) -> int:
    """Numbers that one landscape's couplings take."""
    weights = zip((2, 3, 4), (params.a2, params.a3, params.a4), strict=True)
    return sum(BLOCK * blocks_in_all(p, size) for p, a in weights if a) if size <= 4096 else MAX_COUPLINGS + 1


@dataclass(frozen=True, slots=True)
class Plan:
    """How descents of one size are cut up: `samples` landscapes a batch, work in microseconds of two cores."""

    size: int
    samples: int
    couplings: int
    per_step: float
    at_start: float

    @classmethod
    def of(cls, params: SharpeningParams, size: int) -> "Plan":
        """The plan for one size: more landscapes at a time where they are small."""
        couplings = couplings_of(params, size)
        many = math.log2(max(WALKED / couplings, 1))
        samples = int(np.clip(2 ** int(many), LEAST_SAMPLES, MOST_SAMPLES))
        walkers = samples * (-(-params.replicas // 8) * 8)
        return cls(
            size,
            samples,
            couplings,
            PER_STEP + PER_COUPLING * couplings * walkers,
            PER_BATCH + PER_DRAW * couplings * samples,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """A batch at its end: (samples, replicas) each but `native`, (samples,).

    start, native: energies of the glass alone, per spin, at the walkers' random starts and at the native state. trace:
    mean E before each step that is kept.
    """

    dial: float
    energy: Array
    overlap: Array
    start: Array
    native: Array
    trace: Array

    @property
    def found(self) -> NDArray[np.bool_]:
        """Which walkers found the native state, or its mirror image."""
        return np.asarray(np.abs(self.overlap) > FOUND)


@final
class Descent:
    """One batch, from random starts to its last step, a few steps at a time. Energies are those at roughness 1."""

    def __init__(self, backend: AbstractBackend, params: SharpeningParams, plan: Plan, dial: float, seed: int) -> None:
        """Raises OutOfDeviceMemoryError."""
        self.plan, self.dial, self.steps = plan, dial, params.steps_at(dial)
        self._dials = params.dials(dial)
        mixture = (params.a2, params.a3, params.a4)
        self._glass = Glass(backend, plan.size, plan.samples, params.replicas, seed, mixture)
        self.taken = 0
        self._start: Array | None = None
        self._trace: list[Array] = []

    @property
    def progress(self) -> float:
        """Share of the way that is done."""
        return self.taken / self.steps

    def advance(self, budget: float) -> float:
        """As many steps as the budget allows, one at least; the work that they are."""
        n = min(self.steps - self.taken, max(1, int(budget / self.plan.per_step)))
        rows = self._glass.step(n, self._dials).astype(float)
        if self._start is None:
            bias = self._dials.funnel * depth(rows[0, ..., OVERLAP], self._dials)
            self._start = rows[0, ..., ENERGY] + bias
        steps = np.arange(self.taken, self.taken + n)
        self._trace.extend(rows[kept(steps)][..., ENERGY].mean(axis=(1, 2)))
        self.taken += n
        return n * self.plan.per_step

    def ended(self) -> Ended:
        """What the batch has come to."""
        glass, plain = self._glass, Dials("gd")
        points, native = glass.positions(), glass.native()
        energy = glass.evaluate(points, self._dials)[0].astype(float)
        overlap = np.einsum("srn,sn->sr", points.astype(float), native.astype(float)) / self.plan.size
        deepest = glass.evaluate(native[:, None, :], plain)[0][:, 0].astype(float)
        assert self._start is not None
        return Ended(self.dial, energy, overlap, self._start, deepest, np.array(self._trace))


def require(backend: AbstractBackend, plans: list[Plan]) -> None:
    """Raise OutOfDeviceMemoryError unless a batch of every size fits, all at once."""
    backend.require(*(4 * plan.couplings * plan.samples for plan in plans))
