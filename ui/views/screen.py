"""Data as it reaches the screen: logarithms, gaps, as few points as the pixels can show, ranges that do not jitter."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def on_axis(values: ArrayLike, logarithmic: bool) -> Array:
    """Places on an axis: the values or their decades; what has no place there (NaN, inf, log of <= 0) becomes NaN."""
    v = np.asarray(values, dtype=np.float64)
    good = np.isfinite(v) & (v > 0) if logarithmic else np.isfinite(v)
    out = np.full(v.shape, np.nan)
    if logarithmic:
        np.log10(v, out=out, where=good)
    else:
        np.copyto(out, v, where=good)
    return out


def decimated(x: Array, y: Array, pixels: int, left: float, right: float) -> tuple[Array, Array]:
    """At most about two points a pixel column between left and right: the lowest and highest of each column.

    Curves whose x does not rise are thinned by a stride instead. Gaps (NaN) as wide as a column survive.
    """
    most = 2 * max(pixels, 16)
    if x.size <= most:
        return x, y
    good = np.isfinite(x)
    if not good.all():
        x, y = x[good], y[good]
    if x.size <= most:
        return x, y
    if np.any(np.diff(x) < 0):
        stride = math.ceil(x.size / most)
        return x[::stride], y[::stride]
    first = max(int(np.searchsorted(x, left, "left")) - 1, 0)
    last = min(int(np.searchsorted(x, right, "right")) + 1, x.size)
    x, y = x[first:last], y[first:last]
    if x.size <= most:
        return x, y
    edges = np.linspace(max(left, x[0]), min(right, x[-1]), max(pixels, 16) + 1)
    starts = np.unique(np.concatenate([[0], np.searchsorted(x, edges[1:-1], "left")]))
    starts = starts[starts < x.size]
    ends = np.append(starts[1:], x.size) - 1
    lowest, highest = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    falls = y[ends] < y[starts]
    xs, ys = np.empty(2 * starts.size), np.empty(2 * starts.size)
    xs[0::2], xs[1::2] = x[starts], x[ends]
    ys[0::2], ys[1::2] = np.where(falls, highest, lowest), np.where(falls, lowest, highest)
    return xs, ys


def bounds(*arrays: ArrayLike | None) -> tuple[float, float] | None:
    """The lowest and highest finite value among arrays; None where there is none."""
    lows, highs = [], []
    for array in arrays:
        if array is None:
            continue
        v = np.asarray(array, dtype=np.float64)
        v = v[np.isfinite(v)]
        if v.size:
            lows.append(float(np.minimum.reduce(v)))
            highs.append(float(np.maximum.reduce(v)))
    return (min(lows), max(highs)) if lows else None


RIM = 0.25
"""Of `pad`, what is kept free at each end: a mark on the very edge would be cut."""


@dataclass
class Follower:
    """The range of an axis that follows data without jitter.

    It grows with room to spare when data leave it, and shrinks only when data fill less than `fill` of it.
    """

    pad: float = 0.05
    spare: float = 0.12
    fill: float = 0.55
    low: float = math.nan
    high: float = math.nan
    _below: float = 0.0
    _above: float = 0.0

    def forget(self) -> None:
        self.low = self.high = math.nan

    def follow(self, low: float, high: float) -> tuple[float, float]:
        """The range to show for data between low and high."""
        span = high - low
        if span <= 1e-9 * max(abs(low), abs(high)) or span == 0.0:
            half = 0.5 * abs(low) if low else 0.5
            low, high, span = low - half, high + half, 2 * half
        width = self.high - self.low
        if not width > 0 or span < self.fill * width or not (low < self.high and high > self.low):
            self.low, self.high = low - self.pad * span, high + self.pad * span
            self._below = self._above = RIM * self.pad * span
            return self.low, self.high
        rim = RIM * self.pad * span
        if low < self.low + self._below:
            self.low, self._below = low - self.spare * span - rim, rim
        if high > self.high - self._above:
            self.high, self._above = high + self.spare * span + rim, rim
        return self.low, self.high
