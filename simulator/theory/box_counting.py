"""Box-counting dimension of a set of pixels, with its error."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.theory.checks import refuse

Bools = NDArray[np.bool_]
FEWEST: Final = 4
"""Box sizes that a slope with an error needs."""
OFFSETS: Final = 4
"""Places of the grid of boxes along each axis of which the one with the fewest boxes counts."""


@final
@dataclass(frozen=True, slots=True)
class Dimension:
    """value +- stderr; sizes of the boxes in pixels, counts of boxes that hold a pixel."""

    value: float
    stderr: float
    sizes: NDArray[np.int64]
    counts: NDArray[np.int64]


def boundary(inside: ArrayLike) -> Bools:
    """Squares of four neighbours that are not all alike: (m, n) -> (m - 1, n - 1)."""
    a = np.asarray(inside, np.bool_)
    corners = (a[1:, 1:], a[1:, :-1], a[:-1, 1:], a[:-1, :-1])
    some, every = np.logical_or.reduce(corners), np.logical_and.reduce(corners)
    return some & ~every


def box_counts(mask: ArrayLike, sizes: ArrayLike) -> NDArray[np.int64]:
    """N(s): the fewest boxes of s x s pixels on a grid, over places of the grid, that hold every pixel of the set.

    The least cover, not that of one grid, is what the definition of the dimension asks for. ValueError unless the set
    has two axes and every size is at least 1.
    """
    a = np.asarray(mask, np.bool_)
    if a.ndim != 2:
        raise refuse("mask", a.shape, "must have two axes")
    wanted = np.asarray(sizes, np.int64)
    if np.any(wanted < 1):
        raise refuse("sizes", wanted.tolist(), "must be at least 1")
    rows, columns = np.nonzero(a)
    return np.array([_fewest(rows, columns, int(size)) for size in wanted], np.int64)


def _fewest(rows: NDArray[np.int64], columns: NDArray[np.int64], size: int) -> int:
    shifts = np.unique(np.arange(OFFSETS) * size // OFFSETS)
    across = int(columns.max(initial=0)) // size + 2
    counts = []
    for down in shifts:
        for right in shifts:
            boxes = (rows + down) // size * across + (columns + right) // size
            counts.append(np.unique(boxes).size)
    return min(counts)


def dimension(mask: ArrayLike, sizes: ArrayLike | None = None) -> Dimension | None:
    """Slope of ln N(s) against ln(1/s), least squares; None where fewer than FEWEST sizes have a count.

    sizes: of the boxes, by default powers of two up to an eighth of the shorter side. stderr: the local slopes between
    successive sizes scatter about the dimension, by the lattice and by the set's own structure; their standard error.
    """
    a = np.asarray(mask, np.bool_)
    if sizes is None:
        sizes = 2 ** np.arange(int(np.log2(max(min(a.shape, default=1), 1))) - 2)
    wanted = np.asarray(sizes, np.int64)
    if wanted.size < FEWEST or not a.any():
        return None
    counts = box_counts(a, wanted)
    x, y = -np.log(wanted), np.log(counts)
    slope = float(np.polyfit(x, y, 1)[0])
    local = np.diff(y) / np.diff(x)
    return Dimension(slope, float(local.std(ddof=1) / np.sqrt(local.size)), wanted, counts)
