"""The golf hole at all its sizes: exact enumeration, sample after sample."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.agreement import Agreement
from simulator.experiments.sharpening import golf_pictures, golf_predictions
from simulator.experiments.sharpening.counting import TEMPERATURES, Counter, Solved, bin_energies, boltzmann
from simulator.experiments.sharpening.moments import Moments, mean, scalar_of, spread
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.experiments.sharpening.system import AbstractSystem, least_advanced
from simulator.figures import Figure
from simulator.snapshot import Scalar

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
STATES: Final = 2**19
"""States that one step counts: some ten milliseconds."""
PER_SAMPLE: Final = 2**15
"""What a sample costs beside its states, in states."""
MOST_SAMPLES: Final = 512
"""Of each size; then the run is at its end."""


def samples_a_round(size: int) -> int:
    """Samples of one size that are counted before the next size's turn."""
    return int(np.clip(2**16 >> size, 1, 8))


@final
class Golf(AbstractSystem):
    """What is kept of a sample does not depend on the dial, so that the dial can be turned."""

    def __init__(self, params: SharpeningParams, seed: int) -> None:
        self.params, self._seed = params, seed
        self.sizes = params.sizes_in_turn
        self._weights = {size: boltzmann(size) for size in self.sizes}
        self._counting: dict[int, Counter] = {}
        self._sums: dict[int, list[Array]] = {size: [] for size in self.sizes}
        self._ln_Z = {size: np.zeros(len(TEMPERATURES)) for size in self.sizes}
        self._solved: dict[int, Solved] = {}
        self.first: dict[int, Floats] = {}
        self.counts = {size: np.zeros_like(bin_energies(size)) for size in self.sizes}
        self._states = {size: Moments(3, size) for size in self.sizes}

    def update(self, params: SharpeningParams) -> None:
        self.params = params

    def work(self) -> None:
        budget = STATES
        while budget > 0:
            open_sizes = [size for size in self.sizes if len(self._sums[size]) < MOST_SAMPLES]
            if not open_sizes:
                return
            size = least_advanced({size: len(self._sums[size]) / samples_a_round(size) for size in open_sizes})
            budget -= self._count(size, budget)

    def _count(self, size: int, budget: int) -> int:
        """Go on with one sample; the states that it cost."""
        words = [self._seed % 2**63, size, len(self._sums[size])]
        counter = self._counting.get(size) or Counter(size, np.random.default_rng(words))
        self._counting[size] = counter
        spent = counter.count(budget)
        if counter.left:
            return spent
        del self._counting[size]
        sums = counter.sums(self._weights[size])
        self._sums[size].append(sums)
        self._ln_Z[size] = self._ln_Z[size] + sums[0]
        self.first.setdefault(size, counter.first)
        self.counts[size] += counter.counts
        energies, counts = bin_energies(size), counter.counts
        self._states[size].add(np.array([[counts.sum(), counts @ energies, counts @ energies**2]]))
        return spent + PER_SAMPLE

    # ---- what is known ----

    @property
    def dial(self) -> float:
        """λ/Δ on screen."""
        return self.params.dial

    def samples(self, size: int) -> int:
        """How many samples of one size are counted."""
        return len(self._sums[size])

    def solved(self, size: int) -> Solved:
        """All samples of one size at the dial on screen; one at least must be there."""
        known = self._solved.get(size)
        if known is None or known.dial != self.dial:
            known = self._solved[size] = Solved(size, self.dial)
        if known.n < len(self._sums[size]):
            known.take(np.stack(self._sums[size][known.n :]))
        return known

    def log_partition(self, size: int) -> Array:
        """ln Z of the random states at TEMPERATURES, mean over samples, at Δ = 1."""
        return self._ln_Z[size] / len(self._sums[size])

    @property
    def known(self) -> tuple[int, ...]:
        """The sizes of which there is a sample."""
        return tuple(size for size in self.sizes if self._sums[size])

    @property
    def slopes(self) -> dict[int, Moments]:
        """Of each known size, sums over samples of (1, max |dP/dT|, its square, 1 or 0, T(P = 1/2) or 0), at Δ = 1."""
        return {size: self.solved(size).moments for size in self.known}

    @property
    def states(self) -> dict[int, Moments]:
        """Of each known size, sums over states of (1, H, H²), at Δ = 1."""
        return {size: self._states[size] for size in self.known}

    def gap_over_roughness(self, size: int) -> Callable[[Array], Array]:
        """Z: how far the native state lies below the mean of the others, over their spread."""
        return lambda sums: np.asarray((self.dial * size + mean(sums)) / spread(sums))

    def scalars(self) -> Mapping[str, Scalar]:
        Delta, made = self.params.roughness, dict[str, Scalar]()
        for size, moments in self.slopes.items():
            made[f"slope_{size}"] = moments.scalar(lambda sums: mean(sums) / Delta)
            made[f"half_temperature_{size}"] = moments.scalar(lambda sums: Delta * half(sums))
            made[f"gap_over_roughness_{size}"] = self._states[size].scalar(self.gap_over_roughness(size))
        samples = sum(m.n for m in self.slopes.values())
        made["exponent_slope"] = scalar_of(golf_predictions.power(self)[0], samples)
        return made

    def drawings(self) -> Mapping[str, Callable[[], Figure]]:
        return {
            "picture": partial(golf_pictures.picture, self),
            "profile": partial(golf_pictures.density_of_states, self),
            "transition": partial(golf_pictures.native, self),
            "detail": partial(golf_pictures.heat, self),
            "gap": partial(golf_pictures.slope, self),
            "spread": partial(golf_pictures.heat_peak, self),
            "ends": partial(golf_pictures.folding, self),
        }

    def agreements(self) -> tuple[Agreement, ...]:
        return golf_predictions.agreements(self)

    def notes(self) -> tuple[str, ...]:
        if all(len(self._sums[size]) >= MOST_SAMPLES for size in self.sizes):
            return (f"all {MOST_SAMPLES} samples of each size are counted",)
        return ()


def half(sums: Array) -> Array:
    """Mean T(P = 1/2) over the samples that have one, of the rows of Solved.moments."""
    return np.asarray(sums[..., 4] / sums[..., 3])
