"""Singular values of a random matrix W (m, n), W_ij independent of variance sigma_w^2/n: how weights start out.

Their squares follow the law of Marchenko & Pastur (1967) as m, n -> infinity at a fixed y = m/n; what training has
learnt stands outside it (Martin & Mahoney 2021, 1810.01075).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import elementwise

from simulator.theory.checks import at_least, integer_at_least, refuse
from simulator.theory.mixture import Array


@dataclass(frozen=True, slots=True)
class SingularValues:
    """The law of the min(m, n) singular values of an m x n matrix of variance sigma_w^2/n (n: fan_in), sigma_w > 0.

    ValueError for m < 1, n < 1, or a sigma_w that is negative or not finite. sigma_w = 0: all are 0, density nan.
    """

    m: int
    n: int
    sigma_w: float = 1.0

    def __post_init__(self) -> None:
        integer_at_least("m", self.m, 1)
        integer_at_least("n", self.n, 1)
        at_least("sigma_w", self.sigma_w, 0)

    @property
    def edges(self) -> tuple[float, float]:
        """sigma_w |1 -+ sqrt(m/n)|."""
        root = math.sqrt(self.m / self.n)
        return self.sigma_w * abs(1 - root), self.sigma_w * (1 + root)

    def density(self, s: ArrayLike) -> Array:
        """sqrt((s_+^2 - s^2)(s^2 - s_-^2))/(pi sigma_w^2 min(1, m/n) s) at s, shape of s, of unit integral."""
        s = np.asarray(s, dtype=float)
        low, high = self.edges
        scale = math.pi * self.sigma_w**2 * min(1, self.m / self.n) or math.nan
        inside = (s >= low) & (s <= high)
        ratio = low / np.where(inside & (s > 0), s, 1)  # a square matrix has s_- = 0, where nothing is divided by s
        under = np.where(inside, (high**2 - s * s) * (1 - ratio**2), 0)
        return np.asarray(np.sqrt(np.maximum(under, 0)) / scale)

    def distribution(self, s: ArrayLike) -> Array:
        """Fraction of singular values up to s, shape of s."""
        s, root = np.asarray(s, dtype=float), math.sqrt(self.m / self.n)
        squared = (s / (self.sigma_w or math.nan)) ** 2
        cosine = np.where(s > 0, (squared - 1 - root**2) / (2 * root), -1)
        return self._below(math.pi - np.arccos(np.clip(cosine, -1, 1)))

    def quantile(self, fraction: ArrayLike) -> Array:
        """The s up to which a fraction of them lies, shape of fraction. ValueError unless all are from 0 to 1."""
        fraction = np.asarray(fraction, dtype=float)
        if not np.all((fraction >= 0) & (fraction <= 1)):
            raise refuse("fraction", fraction.tolist(), "must be from 0 to 1")
        flat = fraction.ravel()
        ends = np.zeros(len(flat)), np.full(len(flat), math.pi)
        found = elementwise.find_root(lambda angle, goal: self._below(angle) - goal, ends, args=(flat,))
        angle = np.where(flat <= 0, 0, np.where(flat >= 1, math.pi, found.x)).reshape(fraction.shape)
        root = math.sqrt(self.m / self.n)
        squared = (1 - root) ** 2 + 4 * root * np.sin(angle / 2) ** 2
        return np.asarray(self.sigma_w * np.sqrt(squared))

    def expected(self) -> Array:
        """Where the min(m, n) singular values are to be expected, descending: the quantiles (k - 1/2)/min(m, n)."""
        count = min(self.m, self.n)
        return self.quantile((np.arange(count, 0, -1) - 0.5) / count)

    def _below(self, angle: Array) -> Array:
        """Fraction of s^2 = sigma_w^2 (1 + y - 2 sqrt(y) cos angle) up to angle, 0 at 0 and 1 at pi.

        (2/pi) max(1, y) int_0^angle sin^2 u/(1 + y - 2 sqrt(y) cos u) du, integrated in closed form.
        """
        y = self.m / self.n
        a, b = 1 + y, 2 * math.sqrt(y)
        half = np.arctan2((1 + math.sqrt(y)) * np.sin(angle / 2), abs(1 - math.sqrt(y)) * np.cos(angle / 2))
        integral = (a * angle + b * np.sin(angle) - 2 * abs(1 - y) * half) / b**2
        return np.asarray(2 / math.pi * max(1.0, y) * integral)
