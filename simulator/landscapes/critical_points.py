"""Critical points of any landscape by Levenberg-Marquardt on |grad H|^2, in float64 on the host.

At each iterate (Hess^2 + lambda) d = -Hess grad; a step is accepted where |grad| falls (lambda falls), else it rises.
Runs that stall are local minima of |grad|^2, not critical points: they are discarded, for they would corrupt the index
(Doye & Wales 2002, J. Chem. Phys. 116, 3777; Dauphin et al. 2014, 1406.2572).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, final

import numpy as np
from numpy.typing import NDArray

from simulator.landscapes.tangent import tangent_hessian

Array = NDArray[np.float64]
Energy = Callable[[Array], float]
Derivatives = Callable[[Array], tuple[Array, Array]]
"""Gradient (N,) and Hessian (N, N) of H at a point, float64."""

TOLERANCE: Final = 1e-9
MAX_STEPS: Final = 200
_STALLED: Final = 1e-5
"""|Hess grad| over |Hess| |grad| below which a gradient that is not small is that of a local minimum of |grad|^2."""
_SMALL: Final = 1e-3
"""|grad|/sqrt(N) below which Newton's method is left to finish."""


class Surface(Protocol):
    """A landscape in local coordinates, float64.

    energy: H/N at a point (N,). local: grad H (n,) and Hess H (n, n) in coordinates of the tangent space there, which
    `move` follows.
    """

    def energy(self, point: Array) -> float: ...

    def local(self, point: Array) -> tuple[Array, Array]: ...

    def move(self, point: Array, step: Array) -> Array: ...


@final
@dataclass(frozen=True, slots=True)
class FlatSurface:
    """H on R^N from its own functions."""

    height: Energy
    derivatives: Derivatives

    def energy(self, point: Array) -> float:
        return self.height(point)

    def local(self, point: Array) -> tuple[Array, Array]:
        return self.derivatives(point)

    def move(self, point: Array, step: Array) -> Array:
        return point + step


@final
@dataclass(frozen=True, slots=True)
class SphereSurface:
    """H on |s|^2 = N from its Euclidean functions: P grad H, and P Hess H P - (s.grad H/N) 1.

    The tangent space at s has the axes 2, 3, ... of the reflection that takes the first to s, as in tangent_hessian.
    """

    height: Energy
    derivatives: Derivatives

    def energy(self, point: Array) -> float:
        return self.height(point)

    def local(self, point: Array) -> tuple[Array, Array]:
        slope, curvature = self.derivatives(point)
        return _reflected(point, slope)[1:], tangent_hessian(curvature, slope, point)

    def move(self, point: Array, step: Array) -> Array:
        moved = point + _reflected(point, np.concatenate([[0.0], step]))
        return np.asarray(moved * np.sqrt(point.size) / np.linalg.norm(moved))


def _reflected(point: Array, vector: Array) -> Array:
    mirror = point / np.linalg.norm(point)
    mirror[0] += np.copysign(1.0, mirror[0])
    return np.asarray(vector - 2.0 * (mirror @ vector) / (mirror @ mirror) * mirror)


@dataclass(frozen=True, slots=True)
class CriticalPoint:
    """Where grad H = 0: the point (N,), H/N there, the Hessian's spectrum (ascending) and its fraction below zero."""

    point: Array
    energy: float
    eigenvalues: Array

    @property
    def index(self) -> float:
        return float(np.mean(self.eigenvalues < 0))


def find(
    surface: Surface, start: Array, tolerance: float = TOLERANCE, max_steps: int = MAX_STEPS
) -> CriticalPoint | None:
    """The critical point that Levenberg-Marquardt reaches from `start` (N,), or None if it stalls.

    Reached is |grad H| < tolerance sqrt(N).
    """
    point, damping = np.asarray(start, float), 1e-2
    slope, curvature = surface.local(point)
    values, vectors = np.linalg.eigh(curvature)
    for _ in range(max_steps):
        length = float(np.linalg.norm(slope))
        if length < tolerance * np.sqrt(point.size):
            return CriticalPoint(point, surface.energy(point), values)
        along, largest = vectors.T @ slope, float(np.max(np.abs(values)))
        flat = np.linalg.norm(values * along) < _STALLED * largest * length
        if not np.isfinite(length) or damping > 1 / _STALLED**2 or (flat and length > _SMALL * np.sqrt(point.size)):
            return None
        step = -vectors @ (values / (values**2 + damping * largest**2) * along)
        tried = surface.move(point, step)
        new_slope, new_curvature = surface.local(tried)
        if np.linalg.norm(new_slope) < length:
            point, slope, damping = tried, new_slope, max(damping / 5, 1e-16)
            values, vectors = np.linalg.eigh(new_curvature)
        else:
            damping *= 4
    return None


def critical_points(surface: Surface, starts: Iterator[Array]) -> Iterator[CriticalPoint]:
    """Those that `find` reaches, one by one; starts that stall are passed over."""
    for start in starts:
        found = find(surface, start)
        if found is not None:
            yield found
