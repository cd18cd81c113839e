"""Funnel and glass: walkers descend landscapes of every size, at the dial on screen and along a sweep of it."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.agreement import Agreement
from simulator.backends.base import AbstractBackend
from simulator.experiments.propagation.diagrams import coarse_first
from simulator.experiments.sharpening import descent_pictures, descent_predictions, tiles
from simulator.experiments.sharpening.descent import MAX_COUPLINGS, Descent, Ended, Plan, couplings_of, require
from simulator.experiments.sharpening.descent_predictions import success_threshold
from simulator.experiments.sharpening.moments import Moments, exponent, mean, scalar_of, spread, spread_of_all
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.experiments.sharpening.relaxation import Relaxation
from simulator.experiments.sharpening.subspace import native_and_random
from simulator.experiments.sharpening.system import PIECE, AbstractSystem, least_advanced
from simulator.figures import Figure
from simulator.snapshot import Scalar

Array = NDArray[np.float64]
GRID: Final = 9
"""Values of the dial that are swept."""
KEPT_ENDS: Final = 4096
STATES: Final = 8
DRAWN: Final = 16
"""Samples, of so many random states each, that are drawn at a time of a size too large to descend in."""
DRAW_WORK: Final = 4000.0
TURNING: Final = 0.012
"""Radians by which the slice turns with each piece of work."""
AHEAD: Final = 8
"""How many times as many batches small sizes may do as the largest."""


def dial_grid(params: SharpeningParams) -> Array:
    """The swept values of λ/Δ, around where descents begin to succeed."""
    threshold = success_threshold(params)
    top = float(np.clip(1.85 * threshold, 1.0, 4.0)) if threshold > 0 else 1.0
    return np.round(np.linspace(0.0, top, GRID), 9)


@final
class Descents(AbstractSystem):
    """All sizes of a funnel or a glass. Energies are kept at roughness 1: Δ multiplies them when they are shown."""

    def __init__(self, backend: AbstractBackend, params: SharpeningParams, seed: int) -> None:
        """Raises OutOfDeviceMemoryError."""
        self.params, self._backend, self._seed = params, backend, seed
        self.sizes = params.sizes_in_turn
        small = [size for size in self.sizes if couplings_of(params, size) <= MAX_COUPLINGS]
        self.plans = {size: Plan.of(params, size) for size in small}
        require(backend, list(self.plans.values()))
        self.grid = dial_grid(params) if params.system == "funnel" else np.zeros(0)
        self._order = coarse_first(len(self.grid))
        self._jobs = dict.fromkeys(self.sizes, 0)
        work = {size: plan.at_start + params.steps_at(params.dial) * plan.per_step for size, plan in self.plans.items()}
        dearest = max(work.values(), default=1.0)
        self._weights = {size: float(np.clip(dearest / (4 * work.get(size, dearest)), 1, AHEAD)) for size in self.sizes}
        self._running: dict[int, Descent] = {}
        self._pieces = 0
        self.relaxation = Relaxation(params.mixture, params.steps_at(0.0) * params.rate_at(0.0))
        self.slices = tiles.Slices(params.mixture, seed)
        self.gaps = {size: Moments(7, size) for size in self.sizes}
        self._ends: dict[tuple[int, float], Moments] = {}
        self._energies: dict[tuple[int, float], Array] = defaultdict(lambda: np.zeros(0))
        self.traces: dict[int, tuple[Array, int]] = {}

    def update(self, params: SharpeningParams) -> None:
        self.params = params

    # ---- work ----

    def work(self) -> None:
        # A glass too large to descend in has no depth to measure; a funnel's is that of its native state.
        turns = list(self.plans) if self.params.system == "glass" else self.sizes
        budget = PIECE if turns else 0.0
        self._pieces += 1
        self.slices.turn_to(TURNING * self._pieces)
        while budget > 0:
            size = least_advanced({size: self._progress(size) for size in turns})
            budget -= self._descend(size, budget) if size in self.plans else self._draw(size)

    def _progress(self, size: int) -> float:
        """Batches that are done, with the share of the one under way; cheap sizes may do more of them."""
        running = self._running.get(size)
        return (self._jobs[size] + (running.progress if running else 0.0)) / self._weights[size]

    def _descend(self, size: int, budget: float) -> float:
        """A piece of one size's present batch; the work that it is."""
        running, spent = self._running.get(size), 0.0
        if running is None:
            plan, spent = self.plans[size], self.plans[size].at_start
            running = Descent(self._backend, self.params, plan, self._next_dial(size), self._batch_seed(size))
            self._running[size] = running
        spent += running.advance(budget - spent)
        if running.progress >= 1:
            self._take(size, running.ended())
            del self._running[size]
            self._jobs[size] += 1
        return spent

    def _next_dial(self, size: int) -> float:
        """Every third time the dial on screen, else the next of the sweep."""
        swept, job = divmod(self._jobs[size], 3)
        if job and len(self.grid):
            return float(self.grid[self._order[(2 * swept + job - 1) % len(self.grid)]])
        return self.dial

    @property
    def dial(self) -> float:
        """λ/Δ on screen."""
        return round(self.params.dial, 9)

    def _batch_seed(self, size: int) -> int:
        words = np.random.SeedSequence([self._seed % 2**63, size, self._jobs[size]]).generate_state(1, np.uint64)
        return int(words[0])

    def _take(self, size: int, ended: Ended) -> None:
        walkers = np.full(len(ended.native), float(ended.energy.shape[1]))
        ones, start, end = np.ones(len(ended.native)), ended.start, ended.energy
        total = end.sum(axis=1)
        ends = [walkers, total, (end**2).sum(axis=1), ended.found.sum(axis=1), ones, total**2 / walkers]
        self.ends(size, ended.dial).add(np.stack(ends, axis=1))
        # A glass's depth is where descents end: of a funnel's sweep that is another matter at each dial.
        own = ends[:2] if self.params.system == "glass" else [walkers, np.full(len(walkers), np.nan)]
        gaps = [walkers, start.sum(axis=1), (start**2).sum(axis=1), ones, ended.native, *own]
        self.gaps[size].add(np.stack(gaps, axis=1))
        key = size, ended.dial
        self._energies[key] = np.concatenate([self._energies[key], end.ravel()])[-KEPT_ENDS:]
        if self.params.system == "glass":
            total, count = self.traces.get(size, (np.zeros(len(ended.trace)), 0))
            self.traces[size] = total + ended.trace, count + 1

    def _draw(self, size: int) -> float:
        """Energies of states of a size too large to descend in; the work that it is."""
        random = np.random.default_rng([self._seed % 2**63, size, self._jobs[size]])
        self._jobs[size] += 1
        rows = []
        for _ in range(DRAWN):
            native, states = native_and_random(self.params.mixture, size, STATES, random)
            rows.append([STATES, states.sum(), (states**2).sum(), 1.0, native, STATES, np.nan])
        self.gaps[size].add(np.array(rows))
        return DRAW_WORK

    # ---- what is known ----

    def ends(self, size: int, dial: float) -> Moments:
        """Sums for each landscape of one size at one dial, at roughness 1.

        Over its walkers of (1, E, E², found); then 1, and the square of the walkers' sum of E over their number.
        """
        key = size, dial
        if key not in self._ends:
            self._ends[key] = Moments(6, size)
        return self._ends[key]

    def energies(self, size: int) -> Array:
        """Where walkers ended at the dial on screen, per spin, the last KEPT_ENDS."""
        return self.params.roughness * self._energies[size, self.dial]

    @property
    def known(self) -> dict[int, Moments]:
        """The ends at the dial on screen of each size that has any."""
        return {size: m for size in self.plans if (m := self.ends(size, self.dial)).n}

    def gap_over_roughness(self, sums: Array) -> Array:
        """Z: depth of the native state (of the glass: of where descents end) below random states, over their spread."""
        middle, deviation = mean(sums), spread(sums)
        if self.params.system == "glass":
            return np.asarray((middle - sums[..., 6] / sums[..., 5]) / deviation)
        return np.asarray((self.dial + middle - sums[..., 4] / sums[..., 3]) / deviation)

    @property
    def measured_gaps(self) -> dict[int, Moments]:
        """Energies of random and native states of each size that has any."""
        glass = self.params.system == "glass"
        return {size: m for size, m in self.gaps.items() if m.n and (size in self.plans or not glass)}

    def scalars(self) -> Mapping[str, Scalar]:
        Delta, made = self.params.roughness, dict[str, Scalar]()
        for size, gaps in self.measured_gaps.items():
            made[f"gap_over_roughness_{size}"] = gaps.scalar(self.gap_over_roughness)
        for size, ends in self.known.items():
            made[f"end_energy_{size}"] = ends.scalar(lambda sums: Delta * mean(sums))
            made[f"energy_std_{size}"] = ends.scalar(lambda sums: Delta * spread_of_all(sums))
            if self.params.system == "funnel":
                made[f"success_{size}"] = ends.scalar(descent_predictions.found)
        made["exponent_energy_std"] = scalar_of(
            exponent(self.known, spread_of_all), sum(m.n for m in self.known.values())
        )
        gaps_n = sum(m.n for m in self.measured_gaps.values())
        made["exponent_gap"] = scalar_of(descent_predictions.gap_line(self), gaps_n)
        return made

    @property
    def awaits_theory(self) -> bool:
        return self.relaxation.pending and descent_predictions.glassy(self)

    def drawings(self) -> Mapping[str, Callable[[], Figure]]:
        return {
            "picture": partial(descent_pictures.picture, self),
            "profile": partial(descent_pictures.profile, self),
            "transition": partial(descent_pictures.transition, self),
            "detail": partial(descent_pictures.distribution, self),
            "gap": partial(descent_pictures.gap, self),
            "spread": partial(descent_pictures.energy_spread, self),
            "ends": partial(descent_pictures.ends, self),
        }

    def agreements(self) -> tuple[Agreement, ...]:
        return descent_predictions.agreements(self)

    def notes(self) -> tuple[str, ...]:
        large = [size for size in self.sizes if size not in self.plans]
        if not large:
            return ()
        names = f"N = {', '.join(map(str, large))}: too many couplings to walk on"
        if self.params.system == "glass":
            return (f"{names}: only their slices are shown, which are exact in law without any",)
        return (f"{names}; their slices and gaps are exact in law without any",)
