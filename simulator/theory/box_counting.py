"""Box-counting dimension of a set of pixels, with its error."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.theory.checks import refuse

Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]
Float64s = NDArray[np.float64]
FEWEST: Final = 4
"""Box sizes that a slope with an error needs."""
OFFSETS: Final = 4
"""Places of the grid of boxes along each axis."""


@final
@dataclass(frozen=True, slots=True)
class Dimension:
    """value +- stderr; sizes of the boxes in pixels, counts of boxes that hold a pixel (see box_counts)."""

    value: float
    stderr: float
    sizes: Integers
    counts: Float64s


def boundary(inside: ArrayLike) -> Bools:
    """Squares of four neighbours that are not all alike: (m, n) -> (m - 1, n - 1)."""
    a = np.asarray(inside, np.bool_)
    corners = (a[1:, 1:], a[1:, :-1], a[:-1, 1:], a[:-1, :-1])
    some, every = np.logical_or.reduce(corners), np.logical_and.reduce(corners)
    return some & ~every


def box_counts(mask: ArrayLike, sizes: ArrayLike) -> Float64s:
    """N(s): boxes of s x s pixels that hold a pixel of the set, the mean over places of their grid.

    A box that the edge of the picture cuts counts by its share inside, so that a set that goes on beyond the edge has
    as many boxes as its part in the picture deserves: L/s for a line of L pixels, whatever s. ValueError unless the set
    has two axes and every size is at least 1.
    """
    a = np.asarray(mask, np.bool_)
    if a.ndim != 2:
        raise refuse("mask", a.shape, "must have two axes")
    wanted = np.asarray(sizes, np.int64)
    if np.any(wanted < 1):
        raise refuse("sizes", wanted.tolist(), "must be at least 1")
    rows, columns = np.nonzero(a)
    return np.array([_mean_count(rows, columns, a.shape, int(size)) for size in wanted])


def _mean_count(rows: Integers, columns: Integers, shape: tuple[int, ...], size: int) -> float:
    shifts = np.unique(np.arange(OFFSETS) * size // OFFSETS)
    counts = []
    for down in shifts:
        shares = _shares(shape[0], int(down), size)
        for right in shifts:
            across = _shares(shape[1], int(right), size)
            boxes = np.unique((rows + down) // size * across.size + (columns + right) // size)
            counts.append((shares[boxes // across.size] * across[boxes % across.size]).sum())
    return float(np.mean(counts))


def _shares(length: int, shift: int, size: int) -> Float64s:
    """Of boxes in a row, of which the first begins `shift` before the edge: their shares inside."""
    edges = np.clip(np.arange(0, length + shift + size, size) - shift, 0, length)
    return (edges[1:] - edges[:-1]) / size


def dimension(mask: ArrayLike, sizes: ArrayLike | None = None) -> Dimension | None:
    """Slope of ln N(s) against ln(1/s), least squares; None where fewer than FEWEST sizes have a count.

    sizes: of the boxes, rising, by default 2, 4, 8, ... up to an eighth of the shorter side; single pixels would count
    the lattice, on which a slanted line is a staircase. stderr: how local slopes between successive sizes scatter (of
    their mean), and half of what they drift between the smaller and the larger boxes, added in squares: the first is
    the set's own unevenness, the second that a picture is no limit.
    """
    a = np.asarray(mask, np.bool_)
    if sizes is None:
        sizes = 2 ** np.arange(1, int(np.log2(min(a.shape, default=0) + 1)) - 2)
    wanted = np.asarray(sizes, np.int64)
    if wanted.size < FEWEST or not a.any():
        return None
    counts = box_counts(a, wanted)
    x, y = -np.log(wanted), np.log(counts)
    slope = float(np.polyfit(x, y, 1)[0])
    local = np.diff(y) / np.diff(x)
    half = local.size // 2
    drift = float(local[:half].mean() - local[-half:].mean()) / 2
    return Dimension(slope, float(np.hypot(local.std(ddof=1) / np.sqrt(local.size), drift)), wanted, counts)
