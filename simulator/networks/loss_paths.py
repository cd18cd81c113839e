"""Where to look at the loss: straight from start to end, over a random plane, or over the plane that training moved in.

Points are vectors theta, to be evaluated elsewhere. What is seen in a plane depends on its directions: two random ones
nearly never contain the path, the first two principal ones contain most of it (Li et al. 2018, 1712.09913).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.networks.architecture import Architecture

Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]
NEGLIGIBLE: Final = 1e-12
"""Squared, relative to the longest extent of a path: what is shorter is rounding, and no direction."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """theta = origin + a directions[0] + b directions[1]; origin (P,), directions (2, P)."""

    origin: Float64s
    directions: Float64s

    def at(self, a: ArrayLike, b: ArrayLike) -> Float32s:
        """Theta at coordinates a, b, which broadcast: float32 (*their shape, P)."""
        a, b = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
        with np.errstate(invalid="ignore", over="ignore"):
            return (self.origin + np.stack([a, b], axis=-1) @ self.directions).astype(np.float32)

    def coordinates(self, theta: ArrayLike) -> Float64s:
        """(a, b) of the foot of the perpendicular from theta (..., P): (..., 2); directions at any angle, or none."""
        with np.errstate(invalid="ignore", over="ignore"):  # a network that has diverged has no place in the plane
            away = np.asarray(theta, np.float64) - self.origin
            gram = self.directions @ self.directions.T
            if not np.isfinite(gram).all():
                return np.full((*away.shape[:-1], 2), np.nan)
            return np.asarray(away @ self.directions.T @ np.linalg.pinv(gram, hermitian=True))


@dataclass(frozen=True, slots=True, eq=False)
class PrincipalPlane:
    """The plane of a path's first two principal directions (orthonormal), the path in it, and the shares they hold.

    coordinates: (T, 2), nan where the path is not finite. explained: (2,), fractions of the squared distances from the
    end.
    """

    plane: Plane
    coordinates: Float64s
    explained: Float64s


def interpolation(
    start: ArrayLike, end: ArrayLike, points: int = 26, low: float = 0.0, high: float = 1.0
) -> tuple[Float64s, Float32s]:
    """(a, (1 - a) start + a end) at equal steps of a from low to high: (points,), float32 (points, ..., P).

    start and end (..., P). Along this line the loss of a network falls without a barrier, from its initial weights to
    those that training found (Goodfellow, Vinyals & Saxe 2015, 1412.6544). ValueError for fewer than two points.
    """
    if points < 2:
        raise ValueError(f"points {points} must be at least 2")
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    a = np.linspace(low, high, points)
    along = a.reshape(-1, *(1 for _ in start.shape))
    with np.errstate(invalid="ignore", over="ignore"):  # an end that has diverged is physics
        return a, ((1 - along) * start + along * end).astype(np.float32)


def random_plane(architecture: Architecture, theta: ArrayLike, seed: int) -> Plane:
    """Two Gaussian directions, filter-normalised: each row of each W is scaled to the length of the row of theta (P,).

    So that a step of 1 is as large for every unit as its weights are (Li et al. 2018, sec. 4). Biases do not move, as
    there.
    """
    origin = np.asarray(theta, np.float64)
    drawn = np.random.default_rng([seed & 0xFFFFFFFFFFFFFFFF, 0x1055]).standard_normal((2, architecture.parameters))
    for layer in architecture.layers:
        W = origin[layer.weights].reshape(layer.fan_out, layer.fan_in)
        rows = drawn[:, layer.weights].reshape(2, layer.fan_out, layer.fan_in)
        with np.errstate(invalid="ignore", over="ignore"):
            scale = np.linalg.norm(W, axis=-1, keepdims=True) / np.linalg.norm(rows, axis=-1, keepdims=True)
            drawn[:, layer.weights] = (rows * scale).reshape(2, -1)
        drawn[:, layer.biases] = 0
    return Plane(origin, drawn)


def principal_plane(path: ArrayLike) -> PrincipalPlane:
    """The plane through the end of a path theta_0 ... theta_T (T + 1, P), P >= 2, that holds most of it.

    After Li et al. 2018, sec. 7: the first two right singular vectors of the matrix of theta_i - theta_T. A path that
    spans fewer gets a random direction for what is missing. Points that are not finite are left out. ValueError if none
    is finite.
    """
    path = np.asarray(path, np.float64)
    known = path[np.isfinite(path).all(1)]
    if not len(known):
        raise ValueError("a path without a finite point spans no plane")
    away = known - known[-1]
    squares, modes = np.linalg.eigh(away @ away.T)  # few points of many dimensions: the small Gram matrix
    total, squares, modes = max(float(squares.sum()), 0.0), squares[::-1][:2], modes[:, ::-1][:, :2]
    spare = np.random.default_rng(0x1055).standard_normal((2, path.shape[1]))
    found: list[Float64s] = []
    for k, other in enumerate(spare):
        real = k < len(squares) and squares[k] > NEGLIGIBLE * squares[0]
        direction = modes[:, k] @ away if real else other
        for before in found:
            direction = direction - (direction @ before) * before
        found.append(direction / np.linalg.norm(direction))
    plane = Plane(known[-1], np.stack(found))
    with np.errstate(invalid="ignore"):
        held = plane.coordinates(path)
    shares = (held[np.isfinite(path).all(1)] ** 2).sum(0) / total if total else np.zeros(2)
    return PrincipalPlane(plane, held, shares)
