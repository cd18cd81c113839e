"""Means over two Gaussian inputs u_1, u_2 of variance q and correlation c, passed through an activation phi."""

import math
from abc import ABC, abstractmethod
from typing import final

import numpy as np

from simulator.theory.mixture import Array
from simulator.theory.sigmoid_tables import MeanTable, PairTables, clenshaw


class Pairs(ABC):
    """Means over two inputs of variances q >= 0, shape (m,), and correlations c in [-1, 1] of the same shape."""

    @abstractmethod
    def mean(self, c: Array) -> Array:
        """<phi(u_1) phi(u_2)>."""

    @abstractmethod
    def slope(self, c: Array) -> Array:
        """<phi'(u_1) phi'(u_2)>, which is d mean/dc over q."""

    @abstractmethod
    def gap(self, c: Array) -> Array:
        """(<phi^2> - <phi(u_1) phi(u_2)>)/(1 - c); at c = 1 its limit, q <phi'^2>."""


@final
class SigmoidPairs(Pairs):
    """An odd sigmoid, from its Hermite series in tables that must reach to the largest q."""

    def __init__(self, q: Array, tables: PairTables, mean_square: MeanTable) -> None:
        self.q, self.tables, self.mean_square = q, tables, mean_square
        self.rows: dict[str, Array] = {}

    def mean(self, c: Array) -> Array:
        return self.q / (1 + self.q) * c * self._sum("mean", c)

    def slope(self, c: Array) -> Array:
        return self._sum("slope", c)

    def gap(self, c: Array) -> Array:
        # sum_m B_m (1 - c^(2m+1))/(1 - c) = sum_m B_m + c (1 + c) sum_j c^(2j) sum_{m>j} B_m
        return self.mean_square(self.q) + self.q / (1 + self.q) * c * (1 + c) * self._sum("tail", c)

    def _sum(self, table: str, c: Array) -> Array:
        if table not in self.rows:
            self.rows[table] = self.tables.rows(getattr(self.tables, table), np.sqrt(self.q))
        return clenshaw(self.rows[table], 2 * c * c - 1)


@final
class ErfPairs(Pairs):
    """erf (Williams 1997): mean (2/pi) arcsin(Ac), A = 2q/(1+2q), slope (4/pi)/sqrt((1+2q)^2 - (2qc)^2)."""

    def __init__(self, q: Array) -> None:
        self.q, self.A = q, 2 * q / (1 + 2 * q)

    def mean(self, c: Array) -> Array:
        return 2 / math.pi * np.arcsin(self.A * c)

    def slope(self, c: Array) -> Array:
        return 4 / math.pi / np.sqrt((1 + 2 * self.q * (1 - c)) * (1 + 2 * self.q * (1 + c)))

    def gap(self, c: Array) -> Array:
        # arcsin A - arcsin Ac is the angle of sine Aa - Acb = A(1-c^2)/(a+cb) and cosine ab + A^2 c
        A, a, b = self.A, np.sqrt((1 - self.A * c) * (1 + self.A * c)), np.sqrt(1 + 4 * self.q) / (1 + 2 * self.q)
        slope = np.where(c < 0, A * (a - c * b) / (1 - c + 1e-300), A * (1 + c) / (a + np.abs(c) * b))
        angle = np.arctan2(slope * (1 - c), a * b + A * A * c)
        return 2 / math.pi * np.where(1 - c > 1e-9, angle / np.maximum(1 - c, 1e-9), slope / (a * b + A * A * c))


@final
class ReLUPairs(Pairs):
    """max(x, 0) (Cho & Saul 2009), c = cos t: mean q [sin t + (pi-t) cos t]/(2 pi), slope (pi-t)/(2 pi)."""

    def __init__(self, q: Array) -> None:
        self.q = q

    def mean(self, c: Array) -> Array:
        return self.q / (2 * math.pi) * (np.sqrt((1 - c) * (1 + c)) + c * (math.pi - np.arccos(c)))

    def slope(self, c: Array) -> Array:
        return (math.pi - np.arccos(c)) / (2 * math.pi) + 0 * self.q

    def gap(self, c: Array) -> Array:
        t = np.arccos(c)
        excess = np.where(t > 1e-5, (np.sin(t) - t * c) / np.maximum(1 - c, 1e-12), 2 * t / 3)
        return self.q / 2 * (1 - excess / math.pi)


@final
class LinearPairs(Pairs):
    """x: mean qc, slope 1."""

    def __init__(self, q: Array) -> None:
        self.q = q

    def mean(self, c: Array) -> Array:
        return self.q * c

    def slope(self, c: Array) -> Array:
        return np.ones_like(self.q * c)

    def gap(self, c: Array) -> Array:
        return self.q + 0 * c
