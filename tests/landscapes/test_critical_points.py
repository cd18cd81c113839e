"""Critical points: the finder on surfaces whose points are known; index against energy (Bray & Dean 2007)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simulator.backends.registry import choose
from simulator.landscapes.critical_points import CriticalPoint, FlatSurface, SphereSurface, critical_points, find
from simulator.landscapes.gaussian import Gaussian
from simulator.landscapes.glass import Glass
from simulator.optimizers import Dials

Array = NDArray[np.float64]


def slope_of_index(points: list[CriticalPoint]) -> float:
    energy, index = (np.array([getattr(p, name) for p in points]) for name in ("energy", "index"))
    return float(np.polyfit(energy, index, 1)[0])


def collect(surface: FlatSurface | SphereSurface, starts: Iterator[Array], count: int) -> list[CriticalPoint]:
    found = critical_points(surface, starts)
    return [next(found) for _ in range(count)]


def test_a_double_well() -> None:
    """H = (x^2 - 1)^2/4 + y^2: minima at x = +-1, a saddle at 0."""

    def derivatives(p: Array) -> tuple[Array, Array]:
        x, y = p
        return np.array([x**3 - x, 2 * y]), np.diag([3 * x**2 - 1, 2.0])

    surface = FlatSurface(lambda p: (p[0] ** 2 - 1) ** 2 / 8 + p[1] ** 2 / 2, derivatives)
    for start, expected, index in ((0.1, 0.0, 0.5), (0.9, 1.0, 0.0), (-2.0, -1.0, 0.0)):
        point = find(surface, np.array([start, 0.4]))
        assert point is not None
        assert np.allclose(point.point, [expected, 0], atol=1e-8)
        assert point.index == index
        assert np.isclose(point.energy, (expected**2 - 1) ** 2 / 8)


def test_a_run_that_stalls_is_no_critical_point() -> None:
    """H = x^3/3 + x: its slope x^2 + 1 is smallest at 0 and nowhere zero."""
    surface = FlatSurface(lambda p: 0.0, lambda p: (p**2 + 1, np.diag(2 * p)))
    assert find(surface, np.array([0.7])) is None


def test_a_quadratic_form_on_the_sphere() -> None:
    """The critical points of s.A s/2 on the sphere are the eigenvectors: index k of the k-th, its spectrum the gaps."""
    size = 6
    levels = np.array([-2.0, -1.0, 0.3, 0.9, 2.0, 3.5])
    surface = SphereSurface(lambda s: float(s @ (levels * s)) / (2 * size), lambda s: (levels * s, np.diag(levels)))
    random = np.random.default_rng(2)
    points = collect(surface, (random.standard_normal(size) for _ in iter(int, 1)), 12)
    for point in points:
        assert np.isclose(point.point @ point.point, size)
        k = int(np.argmax(np.abs(point.point)))
        assert np.isclose(point.energy, levels[k] / 2)
        assert np.allclose(point.eigenvalues, np.delete(levels, k) - levels[k], atol=1e-7)
    assert len({int(np.argmax(np.abs(p.point))) for p in points}) > 2


def test_index_against_energy_in_the_gaussian_field() -> None:
    """d alpha/d eps = 1/(pi sigma) = 0.3183 at eps = 0, RBF."""
    size, samples, each = 20, 10, 10
    field = Gaussian(choose("opencl")[0], size, samples, 1, seed=11, features=4000)
    random, points = np.random.default_rng(3), []
    for sample in range(samples):
        starts = (random.standard_normal(size) for _ in iter(int, 1))
        points += collect(field.surface(sample, Dials()), starts, each)
    assert abs(slope_of_index(points) - 0.3183) < 0.04
    energy = np.array([p.energy for p in points])
    assert 1.1 < energy.std() * np.sqrt(size) < 1.75, "Kac-Rice: sqrt(2), the finder's bias 1.2 to 1.55"


def test_index_against_energy_in_the_glass() -> None:
    """d alpha/d E = 2/(pi |E_th|) = 0.5513 at E = 0, p = 3; .549 +- .010 at N = 48."""
    size, samples, each = 48, 4, 20
    glass = Glass(choose("opencl")[0], size, samples, 1, seed=5)
    random, points = np.random.default_rng(4), []
    for sample in range(samples):
        starts = (random.standard_normal(size) for _ in iter(int, 1))
        points += collect(cubic(glass, sample), (s * np.sqrt(size) / np.linalg.norm(s) for s in starts), each)
    assert abs(slope_of_index(points) - 0.549) < 0.04


def cubic(glass: Glass, sample: int) -> SphereSurface:
    """H of a p = 3 glass in float64: its Hessian is linear in s, so those at the unit vectors hold every coupling."""
    rows = [glass.hessian(sample, unit, Dials()) for unit in np.eye(glass.size, dtype=np.float32)]
    tensor = np.array(rows).reshape(glass.size, -1)

    def energy(s: Array) -> float:
        return float(s @ (s @ tensor).reshape(glass.size, -1) @ s) / (6 * glass.size)

    def derivatives(s: Array) -> tuple[Array, Array]:
        hessian = (s @ tensor).reshape(glass.size, -1)
        return 0.5 * hessian @ s, hessian

    return SphereSurface(energy, derivatives)
