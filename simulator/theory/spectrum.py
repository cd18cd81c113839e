"""Semicircle laws: the Hessian of the glass, its edge at finite N, and the index of its critical points."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import at_least, integer_at_least
from simulator.theory.mixture import Array, Mixture

TRACY_WIDOM_MEAN = -1.2065  # mean of the Tracy-Widom law of real symmetric matrices
INDEX_CONSTANT = 2.33  # pi^2 Var - ln N of their number of negative eigenvalues, +- 0.06, for N = 12 to 240


@dataclass(frozen=True, slots=True)
class Semicircle:
    """Density (2/(pi R^2)) sqrt(R^2 - (x-c)^2), |x-c| <= R, c = centre, R = radius >= 0 (Wigner 1958)."""

    centre: float
    radius: float

    def __post_init__(self) -> None:
        at_least("radius", self.radius, 0)

    @property
    def std(self) -> float:
        """Standard deviation, R/2."""
        return self.radius / 2

    @property
    def edges(self) -> tuple[float, float]:
        """Lowest and highest eigenvalue as N -> infinity."""
        return self.centre - self.radius, self.centre + self.radius

    def finite_edges(self, N: int) -> tuple[float, float]:
        """Mean edges of an N x N matrix: they recede by 1.2065 (R/2) N^(-2/3) (Tracy & Widom 1996)."""
        shift = -TRACY_WIDOM_MEAN * self.radius / 2 * integer_at_least("N", N, 2) ** (-2 / 3)
        return self.centre - self.radius + shift, self.centre + self.radius - shift

    def fluctuations(self, N: int) -> tuple[float, float, float]:
        """Std from one N x N matrix to the next of its mean eigenvalue, R/(sqrt 2 N), of the std of its eigenvalues,
        R/(2N), and of its fraction of negative ones, sqrt(ln N + 2.33)/(pi N) at alpha = 1/2 (Majumdar & others 2009,
        0910.0775; the constant is from simulated matrices). ValueError for N < 2.
        """
        N = integer_at_least("N", N, 2)
        index = math.sqrt(math.log(N) + INDEX_CONSTANT) / (math.pi * N)
        return self.radius / (math.sqrt(2) * N), self.radius / (2 * N), index

    def density(self, x: ArrayLike) -> Array:
        """Density at x, of the same shape, of unit integral; zero outside the edges; nan if radius = 0."""
        u = (np.asarray(x, dtype=float) - self.centre) / (self.radius or math.nan)
        return np.asarray(2 / (math.pi * (self.radius or math.nan)) * np.sqrt(np.clip(1 - u * u, 0, None)))

    @property
    def index(self) -> float:
        """alpha: the fraction of negative eigenvalues."""
        if self.radius == 0:
            return float(np.heaviside(-self.centre, 0.5))
        return float(semicircle_index(self.centre / self.radius))


def semicircle_index(x: ArrayLike) -> Array:
    """alpha = [arccos x - x sqrt(1-x^2)]/pi for x = centre/radius, of any shape; 1 below x = -1, 0 above x = 1."""
    u = np.clip(np.asarray(x, dtype=float), -1, 1)
    return np.asarray((np.arccos(u) - u * np.sqrt(1 - u * u)) / math.pi)


def tangent_hessian(mixture: Mixture, E: float) -> Semicircle:
    """Spectrum of P Hess P - (s.grad H/N) 1 for a pure p at energy E per spin: centre -pE, radius 2 sqrt f''(1).

    Pure p: radius Delta sqrt(2p(p-1)). ValueError for a mixture, in which E does not fix mu: use tangent_hessian_at.
    """
    return tangent_hessian_at(mixture, -mixture.p * E)


def tangent_hessian_at(mixture: Mixture, mu: float) -> Semicircle:
    """The same for any mixture at radial force mu = -s.grad H/N: centre mu, radius 2 sqrt f''(1)."""
    return Semicircle(mu, 2 * math.sqrt(mixture.d2f(1.0)))


def lowest_eigenvalue(mixture: Mixture, E: float) -> float:
    """lambda_min = p(|E| - |E_th|) as N -> infinity, for a pure p at energy E."""
    return tangent_hessian(mixture, E).edges[0]


def index_curve(mixture: Mixture, E: ArrayLike) -> Array:
    """alpha(E) of a pure p, shape of E: the semicircle index at x = E/E_th; slope 2/(pi |E_th|) at E = 0."""
    return semicircle_index(-mixture.p * np.asarray(E, dtype=float) / (2 * math.sqrt(mixture.d2f(1.0))))


def gd_step_limit(mixture: Mixture) -> float:
    """Largest stable step of gradient descent, eta = 2/lambda_max, lambda_max = 4 sqrt f''(1) at the threshold.

    p = 3: 0.28868/Delta. inf for a roughness of 0.
    """
    largest = 4 * math.sqrt(mixture.d2f(1.0))
    return 2 / largest if largest else math.inf
