"""Means of an odd sigmoid over one and two Gaussian inputs for any number of variances q: Chebyshev tables, made once.

In t = s/(1+s), s = sqrt q, the means are smooth from q = 0 to infinity, so that 40 coefficients give them to 1e-14;
in x = c^2 they are power series with positive terms. A table takes 20 ms to make; after that 10^5 values take as long.
"""

import math
from collections.abc import Callable
from typing import final

import numpy as np

from simulator.theory.gaussian_means import hermite_terms, mean
from simulator.theory.mixture import Array

SIZE = 40
FEW = 8
"""So many values are summed faster one by one, by the same operations, than as an array."""


@final
class MeanTable:
    """E f(s z) = s^rise/(1+s)^fall W(t) with W of order 1: f(x) ~ x^rise at 0, its mean ~ s^(rise-fall) at infinity."""

    def __init__(self, f: Callable[[Array], Array], rise: int, fall: int) -> None:
        self.rise, self.fall = rise, fall
        s = _spread(_angles(SIZE), 1.0)
        values = np.array([mean(f, x * x) for x in s]) * (1 + s) ** fall / s**rise
        self.rows: list[float] = (_transform(SIZE) @ values).tolist()

    def __call__(self, q: Array) -> Array:
        """E f(sqrt q z), shape of q."""
        s = np.sqrt(q)
        return clenshaw(self.rows, _squeeze(s, 1.0)) * (s / (1 + s)) ** self.rise / (1 + s) ** (self.fall - self.rise)


@final
class PairTables:
    """Three polynomials in x = c^2 for s from 0 to s_max, interpolated in t: from terms B_m = a_k^2/q, k = 2m + 1.

    mean: (1+q) sum B_m x^m. slope: sum k B_m x^m. tail: (1+q) sum_j x^j sum_{m>j} B_m. What the terms leave out of
    <phi^2> and <phi'^2> is put on the last, so that c = 1 is exact.
    """

    def __init__(
        self, dphi: Callable[[Array], Array], mean_square: MeanTable, slope: MeanTable, s_max: float, size: int
    ) -> None:
        self.limit = s_max / (1 + s_max) if math.isfinite(s_max) else 1.0
        s = _spread(_angles(SIZE), self.limit)
        q = s * s
        B = hermite_terms(dphi, s)
        kB = (2.0 * np.arange(len(B))[:, None] + 1) * B
        B[-1] += np.maximum(mean_square(q) / q - B.sum(axis=0), 0)
        kB[-1] += np.maximum(slope(q) - kB.sum(axis=0), 0)
        tail = np.cumsum(B[:0:-1], axis=0)[::-1]
        powers = ((np.cos(_angles(size)) + 1) / 2)[:, None] ** np.arange(len(B))
        back, forth = _transform(size), _transform(SIZE).T
        self.mean = back @ (powers @ (B * (1 + q))) @ forth
        self.slope = back @ (powers @ kB) @ forth
        self.tail = back @ (powers[:, :-1] @ (tail * (1 + q))) @ forth

    def rows(self, table: Array, s: Array) -> Array:
        """Coefficients in x for each s, shape (size, m), of one of the three."""
        return np.asarray(table @ _polynomials(_squeeze(s, self.limit)))


def clenshaw(rows: Array | list[float], y: Array) -> Array:
    """sum_k rows[k] T_k(y), elementwise, |y| <= 1; rows are numbers, or arrays of y's shape or of one number."""
    if y.size <= FEW:
        places = y.ravel().tolist()
        columns = [rows] if isinstance(rows, list) else rows.reshape(len(rows), -1).T.tolist()
        columns = columns * y.size if len(columns) == 1 else columns
        return np.array([_clenshaw_at(*one) for one in zip(columns, places, strict=True)]).reshape(y.shape)
    y2 = 2 * y
    b, b1, work = np.zeros_like(y), np.zeros_like(y), np.empty_like(y)
    for row in rows[:0:-1]:
        np.multiply(y2, b, out=work)
        work -= b1
        work += row
        b, b1, work = work, b, b1
    return np.asarray(rows[0] + y * b - b1)


def _clenshaw_at(column: list[float], y: float) -> float:
    """The same at one place."""
    y2, b, b1 = 2 * y, 0.0, 0.0
    for row in column[:0:-1]:
        b, b1 = y2 * b - b1 + row, b
    return column[0] + y * b - b1


def _polynomials(y: Array) -> Array:
    """T_k(y) for k < SIZE, shape (SIZE, m)."""
    if y.size > FEW:
        return np.asarray(np.polynomial.chebyshev.chebvander(y, SIZE - 1).T, np.float64)
    columns = []
    for place in y.tolist():
        column = [1.0, place]
        for _ in range(SIZE - 2):
            column.append(column[-1] * (2 * place) - column[-2])
        columns.append(column)
    return np.ascontiguousarray(np.array(columns).T)


def _angles(size: int) -> Array:
    return (np.arange(size) + 0.5) * math.pi / size


def _transform(size: int) -> Array:
    """Matrix that takes values at the points cos(angles) to Chebyshev coefficients."""
    matrix = 2 / size * np.cos(np.outer(np.arange(size), _angles(size)))
    matrix[0] /= 2
    return np.asarray(matrix)


def _spread(angles: Array, limit: float) -> Array:
    t = limit * (np.cos(angles) + 1) / 2
    return np.asarray(t / (1 - t))


def _squeeze(s: Array, limit: float) -> Array:
    return np.asarray(np.minimum(2 / limit * (s / (1 + s)) - 1, 1))
