"""A circle of inputs carried through random layers: its metric, curvature, length and turning.

h(theta) = sqrt(N q_0) (u_0 cos theta + u_1 sin theta), u_0 and u_1 orthonormal, is a curve whose covariance depends on
the angle between two points alone, K(t) = E h(theta) h(theta + t)/N = q - g t^2/2 + G t^4/24 + ..., and stays one.
K' = (sigma_w^2/keep) <phi phi>_K + sigma_b^2 expanded in t gives g' = chi_1 g and G' = chi_1 G + 3 chi_2 g^2, where chi
is taken at the q of the layer: exact for width -> infinity on and off q* (Poole et al. 2016, 1606.05340, at q*).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import integer_at_least, refuse
from simulator.theory.fixed_points import FixedPoint, fixed_point
from simulator.theory.mean_field import RandomNetwork
from simulator.theory.mixture import Array


@dataclass(frozen=True, slots=True, eq=False)
class Circle:
    """Layers 0 to depth of a great circle, shape (depth + 1, ...); read-only.

    q: |h|^2/N. metric: g = |dh/dtheta|^2/N. curvature: N kappa^2, kappa being the inverse radius of the osculating
    circle; inf for ReLU past layer 0, whose curve has kinks, and nan where the circle is a point.
    """

    q: Array
    metric: Array
    curvature: Array

    def __post_init__(self) -> None:
        for array in (self.q, self.metric, self.curvature):
            array.setflags(write=False)

    @property
    def length(self) -> Array:
        """Length over sqrt N, 2 pi sqrt g: grows as chi_1^(l/2) at q*."""
        return 2 * math.pi * np.sqrt(self.metric)

    @property
    def growth(self) -> Array:
        """Length over that of layer 0."""
        return np.sqrt(self.metric / self.metric[0])

    @property
    def turning(self) -> Array:
        """Total (Euler) curvature, the integral of kappa over the length, 2 pi sqrt(N kappa^2 g): 2 pi for a circle.

        In chaos it grows as chi_1^(l/2): the curve folds. In order it stays finite.
        """
        return 2 * math.pi * np.sqrt(self.curvature * self.metric)


def circle(network: RandomNetwork, depth: int, q_0: ArrayLike | None = None, fixed: FixedPoint | None = None) -> Circle:
    """A great circle of |h|^2 = N q_0 through `depth` layers; q_0 = None starts at q*, with g_0 = q*.

    fixed: the network's fixed point, where it is known already.

    N kappa^2' = 3 chi_2/chi_1^2 + N kappa^2/chi_1, from 1/q_0. With dropout one mask is shared by the whole circle, so
    that sigma_w^2/keep takes the place of sigma_w^2. ValueError for q_0 <= 0, or without q_0 where q* is 0 or none.
    """
    depth = integer_at_least("depth", depth, 0)
    if q_0 is None:
        q = (fixed or fixed_point(network)).q
        if not np.all(q > 0):
            raise refuse("q*", float(np.min(q)), "no circle without a fixed point above 0: give q_0")
    else:
        q = np.broadcast_to(np.asarray(q_0, dtype=float), np.broadcast_shapes(network.shape, np.shape(q_0)))
        if not np.all(q > 0):
            raise refuse("q_0", float(np.min(q)), "must be greater than 0")
    path = np.empty((3, depth + 1, *q.shape))
    g, curvature = q, 1 / q
    path[:, 0] = q, g, curvature
    chi_1, chi_2 = network.chi_1(q) / network.keep, network.chi_2(q) / network.keep
    for layer in range(1, depth + 1):
        with np.errstate(divide="ignore", invalid="ignore"):
            curvature = 3 * chi_2 / chi_1**2 + curvature / chi_1
        g = chi_1 * g
        if q_0 is not None:
            q = network.q_map(q)
            chi_1, chi_2 = network.chi_1(q) / network.keep, network.chi_2(q) / network.keep
        path[:, layer] = q, g, curvature
    return Circle(*path)
