"""What the pictures of all systems share: measured points against size with a fit, densities, series of sizes."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.sharpening.moments import Moments, Statistic
from simulator.figures import Curve, frozen
from simulator.theory.fits import Line

Array = NDArray[np.float64]
CLEAR = 0.8
"""Of what the smallest size has, what the largest has at most where a title says that it has less."""
SURE = 2.0
"""Standard errors by which they must differ."""


def shrinks(measured: Mapping[int, Moments], statistic: Statistic) -> bool:
    """Whether the largest size clearly has less of a statistic than the smallest, beyond the errors of both."""
    found = [moments.scalar(statistic) for _, moments in sorted(measured.items()) if moments.n]
    if len(found) < 2:
        return False
    first, last = found[0], found[-1]
    sure = SURE * math.hypot(first.stderr, last.stderr)  # nan, and so never sure, of too few samples
    return last.mean < CLEAR * first.mean and first.mean - last.mean > sure


def grows(measured: Mapping[int, Moments], statistic: Statistic) -> bool:
    """Whether the largest size clearly has more of a positive statistic than the smallest."""
    return shrinks(measured, lambda sums: 1.0 / statistic(sums))


def against_size(label: str, measured: Mapping[int, Moments], statistic: Statistic, factor: float = 1.0) -> Curve:
    """Marks with bootstrap error bars, one a size."""
    found = [(size, moments.scalar(statistic)) for size, moments in sorted(measured.items()) if moments.n]
    x, y = np.array([size for size, _ in found], float), factor * np.array([s.mean for _, s in found])
    error = factor * np.nan_to_num(np.array([s.stderr for _, s in found]))
    return Curve(label, frozen(x), frozen(y), "measurement", frozen(y - error), frozen(y + error), points=True)


def fitted(line: Line | None, sizes: Sequence[int], factor: float = 1.0) -> tuple[Curve, ...]:
    """The power law through the marks, named with its exponent and error; () where there is none."""
    if line is None or not sizes:
        return ()
    x = np.geomspace(0.85 * min(sizes), 1.18 * max(sizes), 33)
    digits = 2 if not line.slope_error < 0.005 else 4
    error = "" if math.isnan(line.slope_error) else f" ± {line.slope_error:.{digits}f}"
    name = f"fit: N^({line.slope:.{digits}f}{error})".replace("-", "−")
    return (Curve(name, frozen(x), frozen(factor * math.exp(line.intercept) * x**line.slope), "measurement"),)


def theory(label: str, x: Array, y: Array) -> tuple[Curve, ...]:
    """A dashed curve; () where the theory says nothing."""
    return (Curve(label, frozen(x), frozen(y), "theory"),) if np.isfinite(y).sum() > 1 else ()


def reach(sizes: Sequence[int]) -> Array:
    """Sizes over which a law is drawn, whole numbers: a little beyond those there are."""
    if not sizes:
        return np.zeros(0)
    return np.unique(np.round(np.geomspace(max(1, 0.85 * min(sizes)), 1.18 * max(sizes), 65)))


def series(label: str, index: int, x: Array, y: Array, error: Array | None = None, points: bool = False) -> Curve:
    """One of several sizes, in its colour, with its error band."""
    low, high = (None, None) if error is None else (frozen(y - error), frozen(y + error))
    return Curve(label, frozen(x), frozen(y), "series", low, high, index, points)


def density(label: str, index: int, values: Array, low: float, high: float) -> Curve:
    """A smoothed density of values on [low, high]: Gaussian kernels of Silverman's width."""
    x = np.linspace(low, high, 161)
    spread = min(float(values.std()), float(np.subtract(*np.percentile(values, [75, 25]))) / 1.34 or math.inf)
    width = max(0.9 * spread * len(values) ** -0.2, (high - low) / 160)
    counts, edges = np.histogram(values, np.linspace(low - 4 * width, high + 4 * width, 400))
    middle = 0.5 * (edges[1:] + edges[:-1])
    kernel = np.exp(-0.5 * ((x[:, None] - middle) / width) ** 2) / (width * math.sqrt(2 * math.pi))
    return series(label, index, x, kernel @ counts / len(values))
