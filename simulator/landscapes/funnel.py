"""The funnel that leads to the native state: H_bias = -N lambda g(Q), g(Q) = sum_p b_p Q^p, Q = s.xi/N.

A step takes it in its kernel (kernels/descend.cl); here it is for energies, gradients and Hessians at given points, in
float64. Also the confinement (kappa/2) |s|^2, which stands in the same place.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.optimizers import Dials

Float64s = NDArray[np.float64]


def depth(q: Float64s, dials: Dials) -> Float64s:
    """g(Q)."""
    return sum((b * q**p for p, b in enumerate(dials.shape, 1)), np.zeros_like(q))


def slope(q: Float64s, dials: Dials) -> Float64s:
    """g'(Q)."""
    return sum((p * b * q ** (p - 1) for p, b in enumerate(dials.shape, 1)), np.zeros_like(q))


def bend(q: Float64s, dials: Dials) -> Float64s:
    """g''(Q)."""
    return sum((p * (p - 1) * b * q ** (p - 2) for p, b in enumerate(dials.shape, 1) if p > 1), np.zeros_like(q))


def energy(points: Float64s, native: Float64s, dials: Dials) -> Float64s:
    """Energy per spin of funnel and confinement at points (..., N), for native states that broadcast to them."""
    n = points.shape[-1]
    q = np.sum(points * native, axis=-1) / n
    return -dials.funnel * depth(q, dials) + 0.5 * dials.confinement * np.sum(points**2, axis=-1) / n


def gradient(points: Float64s, native: Float64s, dials: Dials) -> Float64s:
    """Gradient of funnel and confinement, (..., N): -lambda g'(Q) xi + kappa s."""
    q = np.sum(points * native, axis=-1, keepdims=True) / points.shape[-1]
    return -dials.funnel * slope(q, dials) * native + dials.confinement * points


def hessian(point: Float64s, native: Float64s, dials: Dials) -> Float64s:
    """Euclidean Hessian of funnel and confinement at one point, (N, N): -lambda g''(Q) xi xi^T / N + kappa 1."""
    n = point.size
    q = np.asarray(point @ native / n)
    return -dials.funnel * bend(q, dials) * np.outer(native, native) / n + dials.confinement * np.eye(n)
