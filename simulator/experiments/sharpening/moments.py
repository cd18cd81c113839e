"""Sums over independent samples, and what a bootstrap over those samples says of any function of them."""

import math
from collections.abc import Callable, Mapping
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.agreement import FEWEST
from simulator.snapshot import Scalar
from simulator.theory.fits import RESAMPLED, Line, resampling_weights, small_sample_factor, straight_line

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]
"""Of sums (..., width): a number for each, (...)."""
MOST: Final = 512
"""Rows kept; beyond that pairs of neighbours become one: statistics are of sums, so that blocks may differ in size."""


@final
class Moments:
    """Rows (samples, width) of sums, one for each independent sample; statistics are functions of their total."""

    def __init__(self, width: int, seed: int) -> None:
        self._rows, self._seed = np.zeros((0, width)), seed
        self.n = 0
        self._drawn: tuple[int, Array] | None = None

    def add(self, rows: Array) -> None:
        """Take rows (k, width) of further samples."""
        self.n += len(rows)
        self._rows = np.concatenate([self._rows, rows])
        while len(self._rows) > MOST:
            even = len(self._rows) // 2 * 2
            pairs = self._rows[:even].reshape(-1, 2, self._rows.shape[1]).sum(axis=1)
            self._rows = np.concatenate([pairs, self._rows[even:]])

    @property
    def total(self) -> Array:
        """The sum over all samples, (width,)."""
        return np.asarray(self._rows.sum(axis=0))

    def resampled(self) -> Array:
        """Totals of bootstrap samples, (RESAMPLED, width); the same for the same rows."""
        if self._drawn is None or self._drawn[0] != self.n:
            count = len(self._rows)
            if count == 0:
                return np.full((RESAMPLED, self._rows.shape[1]), np.nan)
            self._drawn = (self.n, resampling_weights(count, [self._seed & 0xFFFFFFFF, count]) @ self._rows)
        return self._drawn[1]

    def drawn(self, statistic: Statistic) -> Array:
        """A statistic of bootstrap samples, (RESAMPLED,), as far apart as its error, few samples or many."""
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.asarray(statistic(self.resampled()))
            middle = values.mean()
            return np.asarray(middle + (values - middle) * small_sample_factor(max(len(self._rows), 1)))

    def scalar(self, statistic: Statistic) -> Scalar:
        """Value and bootstrap error of a statistic; the error is nan of fewer than FEWEST samples."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(statistic(self.total)) if len(self._rows) else math.nan
            error = float(np.std(self.drawn(statistic), ddof=1)) if self.n >= FEWEST else math.nan
        return Scalar(value, error, self.n)


Relative = Callable[[int], float]
"""Of a size: by how much the statistic of one sample scatters, relative to it and up to a factor, by a law.

Errors measured of few samples are noise themselves, and weights made of them favour those too small by chance.
"""


def alike(size: int) -> float:
    """Samples of every size tell as much."""
    return 1.0


def exponent(measured: Mapping[int, Moments], statistic: Statistic, relative: Relative = alike) -> Line | None:
    """Power law in size of a statistic of each size's moments, each weighted by what its samples tell.

    Of sizes with FEWEST samples; None of fewer than two, and where the statistic of one of them has no logarithm.
    """
    used = enough(measured)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log([float(statistic(m.total)) for m in used.values()])
        if len(used) < 2 or not np.isfinite(values).all():
            return None
        drawn = np.stack([m.drawn(lambda sums: np.log(statistic(sums))) for m in used.values()], axis=1)
    return straight_line(np.log(list(used)), values, weights_of(used, relative), drawn)


def exponent_of_law(measured: Mapping[int, Moments], law: Callable[[int], float], relative: Relative = alike) -> float:
    """What `exponent` would find if `law` held, at the same sizes with the same weights; nan of no fit."""
    used = enough(measured)
    if len(used) < 2:
        return math.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log([law(size) for size in used])
    line = straight_line(np.log(list(used)), values, weights_of(used, relative)) if np.isfinite(values).all() else None
    return math.nan if line is None else line.slope


def enough(measured: Mapping[int, Moments]) -> dict[int, Moments]:
    """The sizes with FEWEST samples."""
    return {size: m for size, m in measured.items() if m.n >= FEWEST}


def weights_of(used: Mapping[int, Moments], relative: Relative) -> list[float]:
    """Relative errors of the sizes, up to a factor."""
    return [relative(size) / math.sqrt(m.n) for size, m in used.items()]


def scalar_of(line: Line | None, samples: int) -> Scalar:
    """A fitted exponent as a scalar; nan where there is no fit."""
    return Scalar(math.nan, math.nan, 0) if line is None else Scalar(line.slope, line.slope_error, samples)


def spread(sums: Array) -> Array:
    """Standard deviation from sums (..., >= 3) that begin with count, total, total of squares."""
    count, total, squares = sums[..., 0], sums[..., 1], sums[..., 2]
    return np.asarray(np.sqrt(np.maximum(squares - total**2 / count, 0) / (count - 1)))


def spread_of_all(sums: Array) -> Array:
    """Standard deviation of one walker in one sample drawn anew, sums (..., >= 6) as of `Descents.ends`.

    From variances between samples and within them (one-way analysis of variance): walkers that share a valley would
    make the pooled one too small by (n - 1)/n of it. nan of one sample.
    """
    count, total, squares, samples, between = (sums[..., k] for k in (0, 1, 2, 4, 5))
    walkers = count / samples
    among = np.maximum(between - total**2 / count, 0) / (samples - 1)
    alone = walkers <= 1 + 1e-9
    inside = np.where(alone, 0.0, np.maximum(squares - between, 0) / np.where(alone, 1.0, count - samples))
    return np.asarray(np.sqrt(among / walkers + inside * (1 - 1 / walkers)))


def mean(sums: Array) -> Array:
    """Mean from sums (..., >= 2) that begin with count, total."""
    return np.asarray(sums[..., 1] / sums[..., 0])
