"""Tangent quantities on the sphere |s|^2 = N, float64."""

import numpy as np
from numpy.typing import NDArray

Float64s = NDArray[np.float64]


def radial_force(gradient: Float64s, point: Float64s) -> Float64s:
    """mu = -s.grad H / N over the last axis."""
    return -np.sum(np.asarray(gradient, float) * np.asarray(point, float), axis=-1) / point.shape[-1]


def tangent(gradient: Float64s, point: Float64s) -> Float64s:
    """g_T = g - (g.s/N) s over the last axis."""
    return np.asarray(gradient, float) + radial_force(gradient, point)[..., None] * np.asarray(point, float)


def tangent_hessian(hessian: Float64s, gradient: Float64s, point: Float64s) -> Float64s:
    """P (grad^2 H) P - (s.grad H/N) 1 in an orthonormal basis of the tangent space, (N-1, N-1).

    The basis is a Householder reflection 1 - 2vv^T that takes the first axis to `point`, less that axis: two rank-one
    updates of the Hessian in place of two matrix products.
    """
    v = point / np.linalg.norm(point)
    v[0] += np.copysign(1.0, v[0])
    v /= np.linalg.norm(v)
    hv = hessian @ v
    cross = np.outer(v, hv - (v @ hv) * v)
    reflected = hessian - 2.0 * (cross + cross.T)
    return reflected[1:, 1:] + float(radial_force(gradient, point)) * np.eye(point.size - 1)
