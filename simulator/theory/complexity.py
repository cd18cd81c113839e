"""How many critical points the pure spherical glass has (Auffinger, Ben Arous & Cerny 2013, 1003.1129)."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from simulator.theory.asymptotics import threshold_energy
from simulator.theory.checks import integer_at_least
from simulator.theory.mixture import Array, Mixture


def complexity(mixture: Mixture, E: ArrayLike, k: int = 0) -> Array:
    """Sigma_k(E): (1/N) ln of the mean number of critical points of index k at energy E, nats per spin, shape of E.

    Sigma_k = (1/2) ln(p-1) - (p-2) v^2/(4(p-1)) - (k+1) I_1(v), v = sqrt2 |E|/Delta, E_inf = 2 sqrt((p-1)/p),
    I_1 = (v/E_inf^2) sqrt(v^2 - E_inf^2) - ln[(v + sqrt(v^2 - E_inf^2))/E_inf]. nan above E_th, where the index of a
    typical critical point grows with N. Negative below E_k: none to be expected. ValueError for a mixture or k < 0.
    """
    p, k = mixture.p, integer_at_least("k", k, 0)
    E = np.asarray(E, dtype=float)
    v = -math.sqrt(2) * E / mixture.roughness
    E_inf = 2 * math.sqrt((p - 1) / p)
    v = np.where(np.isclose(v, E_inf, rtol=1e-12, atol=0), E_inf, v)
    with np.errstate(invalid="ignore"):
        root = np.sqrt(v * v - E_inf * E_inf)
        I_1 = v * root / E_inf**2 - np.log((v + root) / E_inf)
        Sigma = math.log(p - 1) / 2 - (p - 2) * v * v / (4 * (p - 1)) - (k + 1) * I_1
    return np.asarray(np.where(v >= E_inf, Sigma, np.nan))


def total_complexity(mixture: Mixture) -> float:
    """(1/2) ln(p-1): (1/N) ln of the mean number of all critical points of a pure mixture; p = 2 has 2N."""
    return math.log(mixture.p - 1) / 2


def lowest_energy(mixture: Mixture, k: int = 0) -> float:
    """E_k, the zero of Sigma_k: the lowest energy at which critical points of index k are found.

    k = 0: the ground state. p = 2: -Delta for every k. ValueError for a mixture or k < 0.
    """
    E_th = threshold_energy(mixture)
    if integer_at_least("k", k, 0) >= 0 and mixture.p == 2:
        return E_th
    return float(brentq(lambda E: float(complexity(mixture, E, k)), 3 * E_th, E_th, xtol=1e-15))


def critical_points_on_circle(mixture: Mixture) -> float:
    """2 sqrt(3p-2): mean number of critical points for N = 2, exact; independent of the roughness."""
    return 2 * math.sqrt(3 * mixture.p - 2)
