"""Lyapunov exponents of gradient descent, per step, where they are known exactly: a quadratic and a double well.

Lambda = <ln |df_eta/dx|> along the orbit. Twins part where it is positive, which no gradient flow does.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import at_least, integer_at_least, refuse
from simulator.theory.mixture import Array
from simulator.theory.stability import growth

SETTLING = 1000
PERIODS = 64
"""Steps of an orbit over which is averaged: a power of two, as periods are where they double."""
SECOND_DOUBLING = math.sqrt(5) - 1
"""The eta from which on the double well's orbit of period two is unstable too: 9 - 2(1+eta)^2 = -1."""


def quadratic_exponent(eta: float, curvatures: ArrayLike, beta: float = 0.0) -> float:
    """max_i ln |1 - eta lambda_i| for the eigenvalues of the Hessian; with momentum, of the roots of its polynomial.

    -inf where eta lambda_i = 1 for all. ValueError for no curvatures, or a negative eta.
    """
    curvatures = np.asarray(curvatures, dtype=float)
    if not curvatures.size:
        raise refuse("curvatures", [], "must be at least one")
    largest = float(growth(at_least("eta", eta, 0), curvatures, beta).max())
    return math.log(largest) if largest else -math.inf


def double_well_exponent(eta: ArrayLike) -> Array:
    """Lambda of x <- x - eta (x^3 - x), the descent of V = (x^2 - 1)^2/4, where it is known; else nan; shape of eta.

    eta <= 1: x = +-1 is stable and Lambda = ln |1 - 2 eta|. 1 < eta <= sqrt 5 - 1: so is the orbit of two points with
    x_1 x_2 = 1/eta and (x_1 + x_2)^2 = 1 + 3/eta, whose slopes multiply to 9 - 2(1+eta)^2; Lambda is half the logarithm
    of that. eta = 2: the map is conjugate to the Chebyshev polynomial -T_3 on |x| <= sqrt 2 (x = sqrt 2 cos u,
    u -> 3u + pi), and Lambda = ln 3. eta > 2: almost every orbit ends at infinity, Lambda = inf. Between use
    `iterated_exponent`.
    """
    eta = np.asarray(eta, dtype=float)
    if not np.all(eta >= 0):
        raise refuse("eta", float(np.min(eta)), "must be at least 0")
    with np.errstate(divide="ignore"):
        settled = np.log(np.abs(1 - 2 * eta))
        doubled = np.log(np.abs(9 - 2 * (1 + eta) ** 2)) / 2
    chaotic = np.where(eta == 2, math.log(3), np.where(eta > 2, np.inf, np.nan))
    return np.asarray(np.where(eta <= 1, settled, np.where(eta <= SECOND_DOUBLING, doubled, chaotic)))


def iterated_exponent(eta: ArrayLike, steps: int = 10_000, x: ArrayLike = 0.3) -> Array:
    """Mean of ln |1 + eta - 3 eta x^2| over `steps` steps of the same map, after 1000 that settle; eta and x broadcast.

    inf where the orbit diverges. ValueError for steps < 1.
    """
    steps = integer_at_least("steps", steps, 1)
    rate, at = (np.asarray(one, dtype=float) for one in (eta, x))
    total = np.zeros(np.broadcast_shapes(rate.shape, at.shape))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in range(SETTLING + steps):
            if step >= SETTLING:
                total = total + np.log(np.abs(1 + rate - 3 * rate * at * at))
            at = at - rate * at * (at * at - 1)
    return np.asarray(np.where(np.isfinite(at), total / steps, np.inf))


def bend(eta: float) -> float:
    """Mean of |f''/2f'| along the stable orbit of the double well's map f: what a finite distance, times this, may add
    to its exponent per step; at most that. eta up to sqrt 5 - 1 in closed form, else along an iterated orbit.
    """
    at = _orbit(at_least("eta", eta, 0))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return float(np.mean(np.abs(3 * eta * at / (1 + eta - 3 * eta * at * at))))


def swing(eta: float) -> float:
    """How far the sum of ln |f'| along the stable orbit of the double well's map strays from its mean growth, from the
    least to the most; 0 where the orbit is one point, inf where it goes through a point without slope.
    """
    at = _orbit(at_least("eta", eta, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.abs(1 + eta - 3 * eta * at * at))
        strayed = np.append(0.0, np.cumsum(logs - logs.mean()))
    return float(np.ptp(strayed)) if np.all(np.isfinite(strayed)) else math.inf if at.size > 1 else 0.0


def _orbit(eta: float) -> Array:
    if eta <= 1:
        return np.ones(1)
    if eta <= SECOND_DOUBLING:  # the two roots of z^2 - (x_1 + x_2) z + x_1 x_2
        total, product = math.sqrt(1 + 3 / eta), 1 / eta
        root = math.sqrt(total * total - 4 * product)
        return np.array([total + root, total - root]) / 2
    at, seen = 0.3, np.empty(PERIODS)
    for step in range(-SETTLING, PERIODS):
        at -= eta * at * (at * at - 1)
        if step >= 0:
            seen[step] = at
    return seen
