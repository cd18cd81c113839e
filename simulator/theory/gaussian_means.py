"""Means over one or two Gaussian variables: the trapezoid rule, and the Hermite series of an odd activation.

With poles of the integrand at a distance d the rule converges as exp(-2 pi d/h), where Gauss-Hermite is poor. For a
pair of correlation c, E phi(u_1) phi(u_2) = sum_k a_k^2 c^k (Mehler 1866): no term is negative.
"""

import math
from collections.abc import Callable

import numpy as np

from simulator.theory.mixture import Array

REACH = 12.0  # standard deviations: exp(-72) is left out
STEP = 0.16  # in x = sqrt q z (in z for q < 1), for poles of high order at x = i pi/2
DECAY = 37 / (math.pi * math.sqrt(2))  # a_k^2 falls as exp(-pi sqrt(2k/q)), to 1e-16 at k = q DECAY^2
MAX_TERMS = 1024


def nodes(s: float, step: float = STEP) -> tuple[Array, Array]:
    """Nodes |z| <= 12, symmetric, and weights of sum 1 for E f(s z) with s >= 0."""
    half = math.ceil(REACH * max(1.0, s) / step)
    z = REACH / half * np.arange(-half, half + 1, dtype=np.float64)
    weights = np.exp(-z * z / 2)
    return z, weights / weights.sum()


def mean(f: Callable[[Array], Array], q: float) -> float:
    """E f(sqrt q z), q >= 0."""
    s = math.sqrt(q)
    z, weights = nodes(s)
    return float(weights @ f(s * z))


def pair_mean(f: Callable[[Array], Array], q: float, c: float) -> float:
    """E f(u_1) f(u_2), both of variance q and correlation c: the same in two dimensions, along u_1 + u_2 and across."""
    z, weights = nodes(math.sqrt(q))
    along, across = math.sqrt(q * (1 + c) / 2) * z[:, None], math.sqrt(q * (1 - c) / 2) * z
    return float(weights @ (f(along + across) * f(along - across)) @ weights)


def hermite_terms(dphi: Callable[[Array], Array], s: Array) -> Array:
    """a_k^2/s^2 of an odd phi(s z), k = 1, 3, 5, ..., shape (terms, m) for s >= 0 of shape (m,), from phi'.

    a_k = E[phi(s z) He_k(z)]/sqrt k! = (s/sqrt k) E[phi'(s z) h_(k-1)(z)], h_j = He_j/sqrt j!, phi' being negligible
    past |x| = 19. For poles at +-i pi/2 and beyond the terms leave 1e-12 out of sum_k a_k^2 up to s = 5.4 and 1e-7 at
    s = 10. h_j is carried times exp(-z^2/4), so that nothing overflows.
    """
    terms = min(MAX_TERMS, 12 + math.ceil((DECAY * float(s.max())) ** 2 / 2))
    step = STEP / 2
    width = np.maximum(s, 1)[:, None]  # h_j is resolved for every j, or high terms would be noise
    z = step * np.arange(math.ceil(19.2 / step), dtype=np.float64) / width
    h = np.exp(-z * z / 4)
    weights = dphi(s[:, None] * z) * h * (2 * step / math.sqrt(2 * math.pi) / width)
    weights[:, 0] /= 2
    before, squared = np.zeros_like(h), z * z
    result = np.empty((terms, len(s)))
    for m in range(terms):
        j = 2 * m
        result[m] = np.einsum("ij,ij->i", weights, h) / math.sqrt(j + 1)
        after = (squared - (2 * j + 1)) * h - math.sqrt(j * (j - 1)) * before
        before, h = h, after / math.sqrt((j + 1) * (j + 2))
    return np.asarray(result**2)
