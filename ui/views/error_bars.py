"""Error bars of marks: upright strokes from low to high."""

import numpy as np
from numpy.typing import ArrayLike

from ui.views.screen import Array


def bar_ends(
    x: Array, y: Array, low: ArrayLike, high: ArrayLike, logarithmic: bool, floor: float
) -> tuple[Array, Array]:
    """Ends of the strokes, two after two, as places on the axes, for marks at (x, y) there.

    low and high are values. On a logarithmic axis a bar that reaches down to zero or below goes down to `floor`.
    """
    ends = [np.asarray(v, np.float64) for v in (low, high)]
    good = np.isfinite(x) & np.isfinite(y) & np.isfinite(ends[0]) & np.isfinite(ends[1])
    if logarithmic:
        good &= ends[1] > 0
        below = ends[0] <= 0
        ends = [np.log10(np.where(good & (v > 0), v, 1.0)) for v in ends]
        ends[0] = np.where(below, np.minimum(floor, y), ends[0])
    return np.repeat(x[good], 2), np.stack([v[good] for v in ends], axis=1).ravel()
