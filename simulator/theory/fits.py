"""Straight lines through measured points, in logarithms power laws, with errors from a bootstrap (Efron 1979)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import integer_at_least
from simulator.theory.mixture import Array

RESAMPLED = 200


@dataclass(frozen=True, slots=True)
class Line:
    """y = intercept + slope x, with the standard errors of the slope (nan where there is none)."""

    slope: float
    intercept: float
    slope_error: float


def resampling_weights(samples: int, seed: int | Sequence[int], count: int = RESAMPLED) -> Array:
    """What each of `samples` counts for in each of `count` bootstrap samples, (count, samples); rows sum to samples.

    None below 0: uniform on the simplex (Rubin 1981). Means of few samples scatter by less than their standard error:
    see `small_sample_factor`. ValueError for samples < 1.
    """
    n = integer_at_least("samples", samples, 1)
    drawn = np.random.default_rng(seed).standard_exponential((count, n))
    return np.asarray(drawn * (n / drawn.sum(axis=1, keepdims=True)))


def small_sample_factor(samples: int) -> float:
    """sqrt((n + 1)/(n - 1)): times the scatter of `resampling_weights`' means is their standard error.

    Of the result, not of the weights: stretched weights are below 0 for some, and so would squares be that they weigh.
    """
    n = integer_at_least("samples", samples, 1)
    return math.sqrt((n + 1) / max(n - 1, 1))


def straight_line(x: ArrayLike, y: ArrayLike, errors: ArrayLike, resampled: ArrayLike | None = None) -> Line | None:
    """Weighted least squares of y (k,) with `errors` (k,) on x (k,); None of fewer than two usable points.

    resampled: (B, k) bootstrap values of y, whose lines' scatter is the error; without it that of the errors given.
    Points that are not finite, or whose error is not finite and positive, are left out.
    """
    px, py, sigma = (np.asarray(each, float) for each in (x, y, errors))
    used = np.isfinite(py) & np.isfinite(px) & np.isfinite(sigma) & (sigma > 0)
    if used.sum() < 2 or np.ptp(px[used]) == 0:
        return None
    px, py, w = px[used], py[used], sigma[used] ** -2.0
    centre = float(np.average(px, weights=w))
    pull = w * (px - centre)
    spread = float(pull @ (px - centre))
    slope = float(pull @ py) / spread
    error = spread**-0.5
    if resampled is not None:
        with np.errstate(invalid="ignore"):
            slopes = np.asarray(resampled, float)[:, used] @ pull / spread
        slopes = slopes[np.isfinite(slopes)]
        error = float(slopes.std(ddof=1)) if slopes.size > 1 else np.nan
    return Line(slope, float(np.average(py, weights=w)) - slope * centre, error)
