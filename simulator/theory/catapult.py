"""The catapult: gradient descent on L = f^2/2 of a two-layer linear network f = u.v/sqrt n, at any learning rate.

f and the curvature lambda = (|u|^2 + |v|^2)/n obey a closed map, exactly and at every width n:
f' = f (1 - eta lambda + eta^2 f^2/n), lambda' = lambda + (eta f^2/n)(eta lambda - 4)
(Lewkowycz, Bahri, Dyer, Sohl-Dickstein & Gur-Ari 2020, 2003.02218).
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import at_least, integer_at_least, positive
from simulator.theory.mixture import Array

LAZY: Final = "lazy"
CATAPULT: Final = "catapult"
DIVERGENT: Final = "divergent"


def catapult_map(f: ArrayLike, curvature: ArrayLike, eta: ArrayLike, n: int) -> tuple[Array, Array]:
    """(f, lambda) after one step at rate eta and width n >= 1; f, curvature and eta broadcast. Overflow gives inf."""
    n = integer_at_least("n", n, 1)
    f, lam, eta = (np.asarray(one, dtype=float) for one in (f, curvature, eta))
    with np.errstate(over="ignore", invalid="ignore"):
        kick = eta * f * f / n
        return np.asarray(f * (1 - eta * lam + eta * kick)), np.asarray(lam + kick * (eta * lam - 4))


def catapult_path(f: float, curvature: float, eta: float, n: int, steps: int) -> tuple[Array, Array]:
    """f and lambda of steps 0 to `steps`, (steps + 1,) each; infinite or nan once they diverge."""
    path = np.empty((2, integer_at_least("steps", steps, 0) + 1))
    path[:, 0] = f, curvature
    for step in range(steps):
        path[:, step + 1] = catapult_map(path[0, step], path[1, step], eta, n)
    return path[0], path[1]


def regime(curvature: float, eta: float) -> str:
    """What happens to a wide network (f^2 << n): by its initial eta lambda.

    Below 2 `lazy`: f decays and lambda stays. From 2 to 4 `catapult`: f grows until f^2 ~ n, which lowers lambda until
    eta lambda < 2, where training converges. From 4 on `divergent`: lambda grows with f.
    """
    product = positive("eta", eta) * at_least("curvature", curvature, 0)
    return LAZY if product < 2 else CATAPULT if product < 4 else DIVERGENT
