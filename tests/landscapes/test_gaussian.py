"""The Gaussian field: statistics over the disorder, slices, Hessian; steps that depend on nothing but their place."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend, OutOfDeviceMemoryError
from simulator.backends.registry import choose
from simulator.landscapes.gaussian import Gaussian, default_features
from simulator.optimizers import OPTIMIZERS, Dials

DIALS = Dials(roughness=0.8, confinement=0.1)
LAYOUTS = [(2, 1, 1), (3, 2, 20), (50, 2, 3), (300, 1, 1), (300, 1, 12)]
"""(N, samples, replicas): features or walkers across the lanes, in one piece or split over the features."""


def fields(backend: AbstractBackend, size: int, samples: int, features: int, **more: Any) -> Gaussian:
    return Gaussian(backend, size, samples, 1, seed=11, features=features, **more)


def test_covariance_over_the_disorder(backend: AbstractBackend) -> None:
    """cov[eps(x), eps(y)] = exp(-|x-y|^2/(2 N l^2))/N."""
    samples, size = 4000, 4
    field = fields(backend, size, samples, 32, length_scale=0.7)
    points = np.zeros((5, size), np.float32)
    points[:, 1] = [0.0, 0.5, 1.0, 2.0, 4.0]
    points += np.array([0.3, -1.0, 0.2, 2.0], np.float32)
    everywhere = np.broadcast_to(points, (samples, *points.shape))
    energy = field.evaluate(everywhere, Dials())[0].astype(float) * np.sqrt(size)
    distance = np.sum((points[:, None] - points[None]) ** 2, axis=-1)
    expected = np.exp(-distance / (2 * size * 0.7**2))
    error = np.sqrt((1 + expected**2) / samples)
    assert np.all(np.abs(energy.mean(axis=0)) < 4 / np.sqrt(samples))
    assert np.all(np.abs(energy.T @ energy / samples - expected) < 4 * error)


def test_variances_of_height_and_slope(backend: AbstractBackend) -> None:
    """Var eps = 1/N, Var d_i phi = 1 for sigma = l = 1, slope and height uncorrelated."""
    samples, size = 4000, 6
    field = fields(backend, size, samples, 64)
    point = np.broadcast_to(np.float32(np.linspace(-1, 1, size)), (samples, 1, size))
    energy, gradient = (a.astype(float).reshape(samples, -1) for a in field.evaluate(point, Dials()))
    error = np.sqrt(2 / samples)
    assert abs(size * energy.var() - 1) < 4 * error
    assert np.all(np.abs(gradient.var(axis=0) - 1) < 4 * error)
    assert np.all(np.abs(np.mean(energy * gradient, axis=0)) < 4 / np.sqrt(samples * size))


@pytest.mark.parametrize("distance", [0.5, 1.0, 2.0])
def test_variance_of_the_kernel_that_the_features_estimate(backend: AbstractBackend, distance: float) -> None:
    """(1 - K^2)^2/(2F) with the phases integrated out: features are independent, so groups of 64 are fields of 64."""
    groups, each, size = 4000, 64, 2
    k, _ = Gaussian(backend, size, 1, 1, seed=23, features=groups * each).host_features(0)
    offset = np.array([distance, 0.0])
    estimate = np.cos(2 * np.pi * k.astype(float) @ offset).reshape(groups, each).mean(axis=1)
    kernel = np.exp(-(distance**2) / (2 * size))
    assert abs(estimate.mean() - kernel) < 4 * (1 - kernel**2) / np.sqrt(2 * groups * each)
    assert abs(estimate.var() * 2 * each / (1 - kernel**2) ** 2 - 1) < 4 * np.sqrt(3 / groups)


@pytest.mark.parametrize("size", LAYOUTS, ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_is_the_same_on_every_backend(optimizer: str, size: tuple[int, int, int]) -> None:
    ours, theirs = (Gaussian(choose(name)[0], *size, seed=4, features=1024) for name in ("opencl", "numba"))
    dials = Dials(optimizer, 0.05, temperature=0.5, batch_fraction=0.5, roughness=1.2, confinement=0.2)
    for _ in range(2):
        traces, moves = [], []
        gradient = theirs.evaluate(theirs.positions(), dials)[1]
        for field in (ours, theirs):
            before = field.positions()
            traces.append(field.step(1, dials))
            moves.append(field.positions() - before)
        # adam divides by |g|: where that is small, float32's rounding of the sums is not small beside it
        steep = np.abs(gradient) > (0.02 if optimizer == "adam" else -1) * gradient.std()
        assert np.abs(moves[0] - moves[1])[steep].max() < 1e-4 * np.abs(moves[1]).max()
        assert np.abs(traces[0] - traces[1]).max() < 1e-4 * np.abs(traces[1]).max()


@pytest.mark.parametrize("size", LAYOUTS, ids=str)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "langevin"])
def test_cutting_up_the_steps_changes_nothing(
    backend: AbstractBackend, optimizer: str, size: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    dials = Dials(optimizer, 0.05, temperature=0.3, batch_fraction=0.5, confinement=0.1)
    whole, pieces, small = (Gaussian(backend, *size, seed=4, features=1024) for _ in range(3))
    trace = whole.step(7, dials)
    assert trace.shape == (7, size[1], size[2], 4)
    cut = np.concatenate([pieces.step(n, dials) for n in (3, 0, 4)])
    monkeypatch.setattr("simulator.landscapes.gaussian.MAX_TRACE_BYTES", 1)
    one_by_one = small.step(7, dials)
    for other, seen in ((pieces, cut), (small, one_by_one)):
        assert np.array_equal(seen, trace)
        assert np.array_equal(other.positions(), whole.positions())
        assert other.step_count == whole.step_count == 7


def test_moments_start_from_nothing_when_the_rule_changes(backend: AbstractBackend) -> None:
    fresh, used = (Gaussian(backend, 5, 1, 3, seed=4) for _ in range(2))
    momentum, still = Dials("momentum", 0.05), Dials("gd", 0.0)
    used.step(3, Dials("adam", 0.0))
    used.step(1, still)
    fresh.step(4, still)
    assert np.array_equal(used.step(2, momentum), fresh.step(2, momentum))


def test_starts(backend: AbstractBackend) -> None:
    random = Gaussian(backend, 50, 2, 200, seed=4, features=64).starts().astype(float)
    assert abs(np.mean(random**2) - 1) < 4 * np.sqrt(2 / random.size)
    pair = Gaussian(backend, 50, 2, 6, seed=4, features=64, start="pair").starts()
    assert np.array_equal(pair[:, ::2], pair[:, 1::2])
    assert not np.any(pair[:, 0] == pair[:, 2])
    native = Gaussian(backend, 50, 2, 6, seed=4, features=64, start="native")
    assert not native.starts().any()
    assert not native.native().any()
    assert native.native().shape == (2, 50)


def test_roughness_and_confinement_are_live(backend: AbstractBackend) -> None:
    field = Gaussian(backend, 4, 2, 3, seed=8)
    x = field.positions()
    rough, slope = field.evaluate(x, Dials())
    mixed, both = field.evaluate(x, Dials(roughness=2.0, confinement=0.5))
    height = np.mean(x.astype(float) ** 2, axis=-1)
    assert np.allclose(mixed, 2 * rough + 0.25 * height, atol=1e-5)
    assert np.allclose(both, 2 * slope + 0.5 * x, atol=1e-5)
    assert np.allclose(field.step(1, Dials("gd", 0.0, roughness=2.0, confinement=0.5))[0, ..., 0], mixed, atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("middle", [0.0, 0.4])
@pytest.mark.parametrize("rows", [1, 20, 21])
def test_plane_chart_and_evaluate_agree(backend: AbstractBackend, size: int, middle: float, rows: int) -> None:
    field = Gaussian(backend, size, 2, 3, seed=9, features=1024)
    centre, e1, e2 = np.random.default_rng(5).standard_normal((3, size))
    u, v = np.linspace(-1, 1.5, 37), np.linspace(-0.8, 0.8, rows) + middle
    y = np.stack(np.broadcast_arrays(u, v[:, None]), axis=-1)
    points = (centre + y @ np.stack([e1, e2])).astype(np.float32)
    both = np.broadcast_to(points.reshape(1, -1, size), (2, 37 * rows, size))
    for sample in range(2):
        expected = field.evaluate(both, DIALS)[0][sample].reshape(rows, 37)
        for seen in (
            field.plane(sample, centre, e1, e2, u, v, DIALS),
            field.energies(sample, points, DIALS),
            field.energies(sample, y, DIALS, np.stack([e1, e2]), centre),
        ):
            assert seen.dtype == np.float32
            assert seen.shape == (rows, 37)
            assert np.abs(seen - expected).max() < 5e-6


def test_a_grid_without_symmetry(backend: AbstractBackend) -> None:
    field = Gaussian(backend, 3, 1, 1, seed=9, features=1024)
    field.step(1, DIALS)
    centre, e1, e2 = np.eye(3)
    u, v = np.array([0.0, 0.1, 0.7]), np.array([-1.0, 0.2, 0.3, 2.0, 2.5])
    points = centre + u[:, None] * e1 + v[:, None, None] * e2
    assert np.allclose(field.plane(0, centre, e1, e2, u, v), field.energies(0, points), atol=5e-6)


def test_a_curved_chart(backend: AbstractBackend) -> None:
    """Energies at points of a sphere in the span of three directions, by their coordinates there."""
    field = Gaussian(backend, 30, 1, 1, seed=9, features=1024)
    basis = np.linalg.qr(np.random.default_rng(5).standard_normal((30, 3)))[0].T
    y = np.random.default_rng(6).standard_normal((4, 9, 3))
    y *= np.sqrt(30) / np.linalg.norm(y, axis=-1, keepdims=True)
    assert np.allclose(field.energies(0, y, DIALS, basis), field.energies(0, y @ basis, DIALS), atol=5e-6)


@pytest.mark.parametrize("size", [1, 2, 20, 520])
def test_hessian_is_the_gradient_of_the_gradient(backend: AbstractBackend, size: int) -> None:
    field = Gaussian(backend, size, 2, 1, seed=9, features=1024)
    x = np.random.default_rng(5).standard_normal(size)
    hessian = field.hessian(1, x.astype(np.float32), DIALS)
    assert hessian.dtype == np.float64
    assert np.array_equal(hessian, hessian.T)
    surface, step = field.surface(1, DIALS), 1e-5
    gradient, exact = surface.derivatives(x)
    single = np.broadcast_to(x.astype(np.float32), (2, 1, size))
    energy, slope = field.evaluate(single, DIALS)
    assert abs(surface.energy(x) - energy[1, 0]) < 3e-6 / np.sqrt(size)
    assert np.abs(gradient - slope[1, 0]).max() < 2e-5
    assert np.abs(hessian - exact).max() < 1e-5
    for i in range(min(size, 5)):
        ahead, behind = (surface.derivatives(x + sign * step * np.eye(size)[i])[0] for sign in (1, -1))
        assert np.abs((ahead - behind) / (2 * step) - exact[i]).max() < 1e-8


def test_free_kurtosis_of_the_hessian(backend: AbstractBackend) -> None:
    """kappa_4/kappa_2^2 = 1.5 N/F: F = 4N features are visibly no semicircle."""
    size, draws = 200, 20
    field = fields(backend, size, draws, 4 * size)
    second, fourth = [], []
    for sample in range(draws):
        hessian = field.hessian(sample, np.zeros(size, np.float32), Dials())
        values = np.linalg.eigvalsh(hessian)
        values -= values.mean()
        second.append(np.mean(values**2))
        fourth.append(np.mean(values**4))
    kurtosis = np.mean(fourth) / np.mean(second) ** 2 - 2
    assert abs(kurtosis - 0.375) < 0.06


def test_default_features() -> None:
    assert default_features(1) == default_features(5) == 1024
    assert default_features(64) == 12800
    assert default_features(65) == 6528
    assert default_features(1024) == 102400


def test_too_large_is_refused_before_anything_is_allocated(
    backend: AbstractBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("allocated")

    monkeypatch.setattr(backend, "zeros", fail)
    with pytest.raises(OutOfDeviceMemoryError):
        Gaussian(backend, 1024, 4096, 1, seed=0)


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"samples": 0}, {"replicas": 0}, {"features": -1}, {"length_scale": 0.0}]
)
def test_impossible_sizes_are_refused(backend: AbstractBackend, wrong: dict[str, Any]) -> None:
    sizes: dict[str, Any] = {"size": 3, "samples": 1, "replicas": 1, "seed": 0}
    with pytest.raises(ValueError, match="must be at least 1"):
        Gaussian(backend, **(sizes | wrong))


def test_divergence_is_physics(backend: AbstractBackend) -> None:
    """A step far too large ends in infinity or no number at all, and that comes through."""
    field = Gaussian(backend, 4, 1, 3, seed=0)
    trace = field.step(400, Dials("gd", learning_rate=50.0, confinement=1.0))
    assert np.isfinite(trace[0]).all()
    assert not np.isfinite(trace[-1, ..., 0]).any()
    energy, gradient = field.evaluate(field.positions(), DIALS)
    assert not np.isfinite(energy).any()
    assert not np.isfinite(gradient).all()


def ordinary(field: Gaussian) -> NDArray[np.float32]:
    return field.step(20, Dials("langevin", 0.05, temperature=0.2))


def test_same_seed_same_bits_other_seed_other_field(backend: AbstractBackend) -> None:
    one, again, other = (ordinary(Gaussian(backend, 10, 2, 20, seed=s)) for s in (3, 3, 3 + 2**32))
    assert np.array_equal(one, again)
    assert not np.allclose(one, other)
