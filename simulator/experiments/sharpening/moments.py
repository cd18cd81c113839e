"""Sums over independent samples, and what a bootstrap over those samples says of any function of them."""

import math
from collections.abc import Callable, Mapping
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.snapshot import Scalar
from simulator.theory.fits import RESAMPLED, Line, resampling_weights, straight_line

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]
"""Of sums (..., width): a number for each, (...)."""
FEWEST: Final = 4
"""Samples from which their scatter gives an error worth the name."""
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

    def scalar(self, statistic: Statistic) -> Scalar:
        """Value and bootstrap error of a statistic; the error is nan of fewer than FEWEST samples."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(statistic(self.total)) if len(self._rows) else math.nan
            error = float(np.std(statistic(self.resampled()), ddof=1)) if self.n >= FEWEST else math.nan
        return Scalar(value, error, self.n)


def exponent(measured: Mapping[int, Moments], statistic: Statistic) -> Line | None:
    """Power law in size of a statistic of each size's moments, weighted by bootstrap errors."""
    drawn = logarithms(measured, statistic)
    return None if drawn is None else straight_line(*drawn)


def exponent_of_law(measured: Mapping[int, Moments], statistic: Statistic, law: Callable[[int], float]) -> float:
    """What `exponent` would find if `law` held, at the same sizes with the same weights; nan of no fit."""
    drawn = logarithms(measured, statistic)
    if drawn is None:
        return math.nan
    ln_size, _, errors, _ = drawn
    line = straight_line(ln_size, [math.log(law(round(math.exp(x)))) for x in ln_size], errors)
    return math.nan if line is None else line.slope


def logarithms(measured: Mapping[int, Moments], statistic: Statistic) -> tuple[Array, Array, Array, Array] | None:
    """ln size (k,), ln of the statistic (k,), its bootstrap errors (k,) and bootstrap values (B, k), of the sizes where
    these are known; None of fewer than two."""
    used = {size: m for size, m in measured.items() if m.n >= FEWEST}
    if len(used) < 2:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log([float(statistic(m.total)) for m in used.values()])
        drawn = np.log(np.stack([statistic(m.resampled()) for m in used.values()], axis=1))
        return np.log(list(used)), values, drawn.std(axis=0, ddof=1), drawn


def scalar_of(line: Line | None, samples: int) -> Scalar:
    """A fitted exponent as a scalar; nan where there is no fit."""
    return Scalar(math.nan, math.nan, 0) if line is None else Scalar(line.slope, line.slope_error, samples)


def spread(sums: Array) -> Array:
    """Standard deviation from sums (..., >= 3) that begin with count, total, total of squares."""
    count, total, squares = sums[..., 0], sums[..., 1], sums[..., 2]
    return np.asarray(np.sqrt(np.maximum(squares - total**2 / count, 0) / (count - 1)))


def mean(sums: Array) -> Array:
    """Mean from sums (..., >= 2) that begin with count, total."""
    return np.asarray(sums[..., 1] / sums[..., 0])
