"""Energies of the Gaussian field without gradients, in numba: the kernels of field_slices.cl, same names and meaning.

Layout as in field.py; planes are numpy's matrix products.
"""

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from kernels.vector import cos_slope_turns

_SPAN = 256
_SUM = {"reassoc", "contract", "nsz"}  # NaN and infinity survive
_INV_SLOPE = np.float32(-1 / (2 * math.pi))
Array = NDArray[Any]


@njit(parallel=True, cache=True, fastmath=_SUM, error_model="numpy")
def _energies(k, b, x, e):
    rows, features = k.shape
    for tile in prange(x.shape[0]):
        p, cosines = np.empty(_SPAN, np.float32), np.empty(_SPAN, np.float32)
        for w in range(x.shape[2]):
            total = np.float32(0.0)
            for first in range(0, features, _SPAN):
                span = min(_SPAN, features - first)
                for f in range(span):
                    p[f] = b[first + f]
                for i in range(rows):
                    a = x[tile, i, w]
                    for f in range(span):
                        p[f] += a * k[i, first + f]
                cos_slope_turns(p[:span], cosines)
                for f in range(span):
                    total += cosines[f]
            e[tile, w] = total


def energies(work: int, k: Array, b: Array, x: Array, e: Array, packs: int, rows: int, stride: int, **_: Any) -> None:
    """Raw energies at points of one sample."""
    _energies(k.reshape(int(rows), -1), b.reshape(-1), x, e.reshape(x.shape[0], x.shape[2]))


def restrict_to(
    work: int,
    k: Array,
    b: Array,
    basis: Array,
    new_k: Array,
    new_b: Array,
    sample: int,
    packs: int,
    rows: int,
    axes: int,
    new_rows: int,
    **_: Any,
) -> None:
    """One sample's field on the flat origin + sum_r y_r axis_r: a field of `axes` components."""
    seen = basis @ k[sample, 0]
    flat = new_k.reshape(int(new_rows), -1)
    flat[:] = 0.0
    flat[:axes] = seen[:axes]
    new_b[:] = b[sample] + seen[axes]


@njit(parallel=True, cache=True)
def _table(turns, cosines, sines):
    for row in prange(turns.shape[0]):
        cos_slope_turns(turns[row], cosines[row])
        for f in range(turns.shape[1]):
            sines[row, f] = turns[row, f] * _INV_SLOPE


def tables(
    work: int,
    k: Array,
    b: Array,
    u: Array,
    v: Array,
    across_u: Array,
    down_v: Array,
    features: int,
    rows: int,
    stride: int,
    groups: int,
    **_: Any,
) -> None:
    """across_u[2][column][feature] = cosine and sine of b + k_0 u; down_v[2][grid row][feature] = those of k_1 v."""
    flat = k.reshape(int(rows), -1)
    for table, turns in ((across_u, u[:, None] * flat[0] + b), (down_v, v[:, None] * flat[1])):
        halves = table.reshape(2, *turns.shape)
        _table(turns, halves[0], halves[1])


def plane(
    work: int, across_u: Array, down_v: Array, e: Array, features: int, stride: int, groups: int, **_: Any
) -> None:
    """Raw energies at (u, +v) and (u, -v) from the tables."""
    wide, tall = across_u.reshape(2, -1, int(features)), down_v.reshape(2, -1, int(features))
    even, odd = tall[0] @ wide[0].T, tall[1] @ wide[1].T
    np.subtract(even, odd, out=e[0])
    np.add(even, odd, out=e[1])
