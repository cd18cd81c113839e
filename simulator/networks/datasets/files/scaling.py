"""Inputs of a file brought to order one: images by their range, columns of a table by their mean and deviation."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.networks.datasets.base import Float32s
from simulator.networks.datasets.draws import Float64s
from simulator.networks.datasets.files.contents import FLOAT32_MAX

SMALLEST_IMAGE: Final = 8
"""Rows and columns from which on a table's row of square length may be an image."""
NARROWEST: Final = 1e-100
"""A range at or below which a column counts as one number: its square would vanish."""
CHUNK: Final = 2**20
"""Numbers that are converted at a time, so that there are never two copies of all."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """x -> (x - shift) scale, each a number or one a column. words: what that does."""

    shift: Float64s
    scale: Float64s
    words: str

    def __call__(self, x: NDArray[Any]) -> Float32s:
        """float32, same shape (samples, dimension)."""
        out = np.empty(x.shape, np.float32)
        for rows in _chunks(x):
            # A test sample may lie beyond 32 bits where the training part has next to no width.
            out[rows] = np.clip((x[rows] - self.shift) * self.scale, -FLOAT32_MAX, FLOAT32_MAX)
        return out


def image_shape(x: NDArray[Any]) -> tuple[int, int] | None:
    """(rows, columns) of the images that samples are, or None.

    Samples of two dimensions are images, of three where one of them is 1; so is a row of a table of whole numbers from
    0 to 255 whose length is a square, at least 8 x 8 (MNIST as .csv).
    """
    sizes = [int(n) for n in x.shape[1:]]
    if len(sizes) == 3 and 1 in sizes:
        sizes.remove(1)
    if len(sizes) == 2:
        return sizes[0], sizes[1]
    if len(sizes) != 1:
        return None
    side = math.isqrt(sizes[0])
    if side < SMALLEST_IMAGE or side * side != sizes[0]:
        return None
    whole = all(bool(((x[rows] >= 0) & (x[rows] <= 255) & (x[rows] % 1 == 0)).all()) for rows in _chunks(x))
    return (side, side) if whole else None


def image_scaling(x: NDArray[Any]) -> Scaling:
    """From the range of all pixels to -1 ... 1."""
    lo, hi = float(x.min()), float(x.max())
    scale = 2 / (hi - lo) if hi - lo > NARROWEST else 0.0
    return Scaling(np.array([lo + (hi - lo) / 2]), np.array([scale]), f"{lo:g} to {hi:g} scaled to -1 to 1")


def column_scaling(x: NDArray[Any]) -> Scaling:
    """Each column to mean 0 and variance 1; a column that never changes to 0. x: (samples, dimension)."""
    mean = sum((x[rows].sum(0, dtype=np.float64) for rows in _chunks(x)), np.zeros(x.shape[1])) / len(x)
    squares = sum((((x[rows] - mean) ** 2).sum(0) for rows in _chunks(x)), np.zeros(x.shape[1])) / len(x)
    # Rounding of the mean would give a column that never changes a variance.
    constant = x.max(axis=0).astype(np.float64) - x.min(axis=0).astype(np.float64) <= NARROWEST
    return Scaling(
        mean,
        np.where(constant, 0.0, 1 / np.sqrt(np.where(constant, 1.0, squares))),
        "each column scaled to mean 0 and variance 1",
    )


def _chunks(x: NDArray[Any]) -> list[slice]:
    rows = max(1, CHUNK // max(1, math.prod(x.shape[1:])))
    return [slice(first, first + rows) for first in range(0, len(x), rows)]
