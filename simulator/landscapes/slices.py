"""Exact two-dimensional slices of a landscape.

On the sphere: geodesic polar coordinates (theta, phi) around a centre c, s = sqrt(N)(cos(theta) c + sin(theta)
(cos(phi) e1 + sin(phi) e2)). The energy restricted to the span of (c, e1, e2) is a polynomial in three variables of
degree at most four, so the tensors are contracted to it once, by evaluating H at points that determine it, and every
pixel is the polynomial. In flat space: the plane centre + u e1 + v e2.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.landscapes.base import AbstractLandscape
from simulator.optimizers import Dials

Array = NDArray[np.float64]
DEGREES = (1, 2, 3, 4)
PROBES = 64


@dataclass(frozen=True, slots=True)
class Frame:
    """Orthonormal directions (N,) each: the centre's and the two that the slice opens from it."""

    centre: Array
    e1: Array
    e2: Array

    @property
    def matrix(self) -> Array:
        """(3, N): centre, e1, e2."""
        return np.stack([self.centre, self.e1, self.e2])


def make_frame(centre: Array, first: Array, second: Array) -> Frame:
    """The frame around `centre` whose half-planes hold the points `first` and, with it, `second` (any lengths, (N,)).

    Points that give no direction of their own are replaced by coordinate axes.
    """
    axes: list[Array] = []
    fallback = iter(np.eye(centre.size))
    for vector in (centre, first, second):
        candidate = _orthogonal(vector, axes)
        while candidate is None and len(axes) < centre.size:
            candidate = _orthogonal(next(fallback), axes)
        axes.append(np.zeros(centre.size) if candidate is None else candidate)
    return Frame(*axes)


def _orthogonal(vector: Array, axes: list[Array]) -> Array | None:
    length = np.linalg.norm(vector)
    if not (np.isfinite(length) and length > 0):
        return None
    rest = vector / length
    for _ in range(2):  # twice is enough: the second pass removes what rounding left
        for axis in axes:
            rest = rest - (rest @ axis) * axis
    remaining = np.linalg.norm(rest)
    return rest / remaining if remaining > 1e-3 else None


@cache
def _exponents() -> NDArray[np.int64]:
    """Every (a, b, c) with a + b + c in DEGREES, (34, 3)."""
    return np.array([(a, b, d - a - b) for d in DEGREES for a in range(d + 1) for b in range(d + 1 - a)])


def _monomials(x: Array) -> Array:
    """Monomials of the points x (..., 3), (..., 34)."""
    powers = x[..., None, :] ** _exponents()
    return np.asarray(np.prod(powers, axis=-1))


@cache
def _probes() -> tuple[Array, Array]:
    """Points (PROBES, 3) inside the unit ball and the pseudo-inverse that turns values there into coefficients."""
    index = np.arange(PROBES) + 0.5
    height = 1 - 2 * index / PROBES
    turn = np.pi * (1 + 5**0.5) * index
    ring = np.sqrt(1 - height**2)
    sphere = np.stack([ring * np.cos(turn), ring * np.sin(turn), height], axis=1)
    points = sphere * np.resize([1.0, 0.55, 0.8, 0.35], PROBES)[:, None]
    return points, np.asarray(np.linalg.pinv(_monomials(points)), float)


def polynomial(landscape: AbstractLandscape, sample: int, frame: Frame, dials: Dials) -> Array:
    """Coefficients (34,) of E = H/N on the span of `frame`, at s = sqrt(N) x.frame, for polynomial landscapes."""
    points, solve = _probes()
    probes = np.sqrt(landscape.size) * points @ frame.matrix
    everywhere = np.broadcast_to(probes.astype(np.float32), (landscape.samples, *probes.shape))
    energies = landscape.evaluate(everywhere, dials)[0][sample]
    return np.asarray(solve @ energies.astype(float))


def polar(coefficients: Array, radius: float, pixels: int) -> NDArray[np.float32]:
    """E on a grid (pixels, pixels) over x, y in [-radius, radius] with theta = |(x, y)|; NaN beyond the radius."""
    inside, table = _chart(radius, pixels)
    values = np.full(pixels * pixels, np.nan, np.float32)
    values[inside] = table @ coefficients.astype(np.float32)
    return values.reshape(pixels, pixels)


@lru_cache(maxsize=2)
def _chart(radius: float, pixels: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Flat indices of the pixels inside the radius, (n,), and every monomial there, (n, 34): a slice is one product."""
    axis = np.linspace(-radius, radius, pixels)
    x, y = (grid.ravel() for grid in np.meshgrid(axis, axis))
    inside = np.flatnonzero(np.hypot(x, y) <= radius)
    x, y = x[inside], y[inside]
    theta = np.hypot(x, y)
    scale = np.sinc(theta / np.pi)  # sin(theta)/theta, finite in the middle
    points = np.stack([np.cos(theta), scale * x, scale * y], axis=-1)
    return inside, _monomials(points).astype(np.float32)


def polar_coordinates(positions: Array, frame: Frame) -> Array:
    """Where points on the sphere (..., N) lie in the slice's coordinates, (..., 2).

    Their true angle theta to the centre, in the direction of their shadow on (e1, e2).
    """
    root = np.sqrt(positions.shape[-1])
    shadow = positions @ frame.matrix.T / root
    theta = np.arccos(np.clip(shadow[..., 0], -1, 1))
    phi = np.arctan2(shadow[..., 2], shadow[..., 1])
    return np.stack([theta * np.cos(phi), theta * np.sin(phi)], axis=-1)
