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
    """P (grad^2 H) P - (s.grad H/N) 1 in an orthonormal basis of the tangent space, (N-1, N-1)."""
    basis = tangent_basis(point)
    inner = basis.T @ hessian @ basis
    return inner + float(radial_force(gradient, point)) * np.eye(point.size - 1)


def tangent_basis(point: Float64s) -> Float64s:
    """Orthonormal basis (N, N-1) of the space orthogonal to `point`: a Householder reflection less its first column."""
    n = point.size
    unit = np.asarray(point, float) / np.linalg.norm(point)
    mirror = unit.copy()
    mirror[0] += np.copysign(1.0, unit[0])
    reflection = np.eye(n) - 2.0 * np.outer(mirror, mirror) / (mirror @ mirror)
    return reflection[:, 1:]
