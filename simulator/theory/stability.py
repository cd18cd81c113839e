"""The largest step that gradient descent takes stably, and the largest curvature that a step allows.

theta <- theta - eta v, v <- beta v + lambda theta has the characteristic polynomial z^2 - (1+beta-eta lambda) z + beta,
whose roots are inside the unit circle iff 0 < eta lambda < 2(1+beta). Full-batch training drives lambda_max up to that
line and hovers there, the edge of stability (Cohen, Kaur, Li, Kolter & Talwalkar 2021, 2103.00065).
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import at_least, refuse
from simulator.theory.mixture import Array


def largest_sharpness(eta: float, beta: float = 0.0) -> float:
    """2(1+beta)/eta: gradient descent with heavy-ball momentum is stable while lambda_max is less; inf for eta = 0.

    ValueError for a negative eta, or unless 0 <= beta < 1.
    """
    return _bound(at_least("eta", eta, 0), beta)


def largest_rate(sharpness: float, beta: float = 0.0) -> float:
    """2(1+beta)/lambda_max, the rate at which it becomes unstable; inf for lambda_max <= 0, where no rate is stable
    because there is nothing to be stable about.

    ValueError for a sharpness that is not finite, or unless 0 <= beta < 1.
    """
    if not math.isfinite(sharpness):
        raise refuse("sharpness", sharpness, "must be finite")
    return _bound(max(sharpness, 0.0), beta)


def growth(eta: ArrayLike, curvature: ArrayLike, beta: ArrayLike = 0.0) -> Array:
    """Factor per step by which a deviation grows as t -> infinity: the larger |z| of the two roots; broadcasts.

    beta = 0: |1 - eta lambda|. sqrt(beta) where the roots are complex.
    """
    eta, curvature, beta = (np.asarray(one, dtype=float) for one in (eta, curvature, beta))
    middle = np.abs(1 + beta - eta * curvature) / 2
    root = middle**2 - beta
    real = middle + np.sqrt(np.maximum(root, 0))
    return np.asarray(np.where(root < 0, np.sqrt(np.maximum(beta, 0)), real))


def _bound(other: float, beta: float) -> float:
    if not 0 <= beta < 1:
        raise refuse("beta", beta, "must be at least 0 and less than 1")
    return 2 * (1 + beta) / other if other else math.inf
