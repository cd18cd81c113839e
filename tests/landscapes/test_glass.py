"""The glass as a landscape: the contract of base.py, and the physics of REFERENCE.md, section A."""

import math

import numpy as np
import pytest

from simulator.backends.base import AbstractBackend, OutOfDeviceMemoryError
from simulator.landscapes.glass import Geometry, Glass, geometry
from simulator.landscapes.tangent import radial_force, tangent_hessian
from simulator.optimizers import Dials

FUNNEL = Dials(roughness=0.8, funnel=0.7, shape=(0.1, 0.2, 0.3, 0.4), confinement=0.2)


@pytest.mark.parametrize(("size", "samples", "replicas"), [(2, 3, 1), (9, 1, 17), (33, 2, 5), (16, 2, 32)])
def test_shapes(backend: AbstractBackend, size: int, samples: int, replicas: int) -> None:
    glass = Glass(backend, size, samples, replicas, 1)
    assert glass.sphere and (glass.size, glass.samples, glass.replicas) == (size, samples, replicas)
    assert glass.step(3, Dials()).shape == (3, samples, replicas, 4)
    assert glass.step(0, Dials()).shape == (0, samples, replicas, 4)
    for states in (glass.positions(), glass.starts()):
        assert states.shape == (samples, replicas, size) and states.dtype == np.float32
        assert np.allclose(np.sum(states.astype(np.float64) ** 2, axis=-1), size, rtol=1e-5)
    assert glass.native().shape == (samples, size)
    assert np.allclose(np.sum(glass.native().astype(np.float64) ** 2, axis=-1), size, rtol=1e-5)
    energies, gradients = glass.evaluate(glass.positions()[:, :1].repeat(3, axis=1), Dials())
    assert energies.shape == (samples, 3) and gradients.shape == (samples, 3, size)
    assert glass.step_count == 3


def test_starts(backend: AbstractBackend) -> None:
    random, pair, native = (Glass(backend, 40, 2, 6, 9, start=start) for start in ("random", "pair", "native"))
    x = random.starts()
    overlaps = np.einsum("sai,sbi->sab", x, x)[:, ~np.eye(6, dtype=bool)] / 40
    assert 0.02 < overlaps.std() < 0.3 and np.abs(overlaps).max() < 0.8
    y = pair.starts()
    assert np.array_equal(y[:, ::2], y[:, 1::2]) and np.array_equal(y[:, ::2], x[:, ::2])
    assert np.array_equal(native.starts(), np.broadcast_to(native.native()[:, None], (2, 6, 40)))
    assert np.allclose(native.step(1, Dials())[0, :, :, 1], 1.0, atol=1e-6)
    assert np.array_equal(random.native(), native.native())
    pair.step(4, Dials())
    z = pair.positions()
    assert np.array_equal(z[:, ::2], z[:, 1::2]), "clones without noise stay together"
    pair.step(1, Dials("langevin", temperature=0.1))
    z = pair.positions()
    assert not np.array_equal(z[:, ::2], z[:, 1::2])


def test_seeds_and_samples_differ(backend: AbstractBackend) -> None:
    one, other, same = (Glass(backend, 12, 2, 4, seed) for seed in (1, 1 + 2**40, 1))
    assert not np.array_equal(one.couplings(3, 0)[1], other.couplings(3, 0)[1])
    assert not np.array_equal(one.couplings(3, 0)[1], one.couplings(3, 1)[1])
    assert not np.array_equal(one.native()[0], one.native()[1])
    assert np.array_equal(one.couplings(3, 1)[1], same.couplings(3, 1)[1])
    assert np.array_equal(one.step(5, Dials()), same.step(5, Dials()))


def test_mixture_is_normalised(backend: AbstractBackend) -> None:
    glass = Glass(backend, 8, 1, 2, 3, (0.0, 3.0, 4.0))
    assert np.allclose(glass.mixture, (0.0, 0.6, 0.8))
    pure = Glass(backend, 8, 1, 2, 3, (0.0, 5.0, 0.0))
    assert np.allclose(glass.couplings(3, 0)[1], 0.6 * pure.couplings(3, 0)[1])


@pytest.mark.parametrize("mixture", [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 2.0, 0.5)], ids=str)
@pytest.mark.parametrize("size", [3, 18])
def test_derivatives_belong_together(backend: AbstractBackend, size: int, mixture: tuple[float, float, float]) -> None:
    """grad against differences of the energy, the Hessian against differences of the gradient, funnel included."""
    glass = Glass(backend, size, 2, 2, 5, mixture)
    point, h = glass.starts()[1, 1], 0.05
    ends = [point + sign * h * step for sign in (1, -1, 2, -2) for step in np.eye(size)]
    everywhere = np.stack([np.array(ends, np.float32)] * 2)
    energies, gradients = glass.evaluate(everywhere, FUNNEL)
    e = energies[1].astype(np.float64).reshape(4, size) * size
    g = gradients[1].astype(np.float64).reshape(4, size, size)
    here = glass.evaluate(np.stack([point[None]] * 2), FUNNEL)[1][1, 0]

    def slope(f: np.ndarray) -> np.ndarray:  # exact for polynomials of the fourth degree
        return (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * h)

    assert np.abs(slope(e) - here).max() < 1e-3 * np.abs(here).max()
    hessian = glass.hessian(1, point, FUNNEL)
    assert hessian.shape == (size, size) and np.array_equal(hessian, hessian.T)
    assert np.abs(slope(g) - hessian).max() < 1e-4 * np.abs(hessian).max()


def test_energy_falls_along_its_gradient(backend: AbstractBackend) -> None:
    glass = Glass(backend, 32, 3, 8, 2)
    energy = glass.step(60, Dials("gd", 0.05))[..., 0]
    assert np.all(np.diff(energy.astype(np.float64), axis=0) < 1e-6)
    assert energy[-1].mean() < -0.9


def test_tangent_hessian_is_a_semicircle(backend: AbstractBackend) -> None:
    """p = 3, random states, N = 200: centre -3E, std sqrt(f''(1)) = 1.7320 (REFERENCE.md, A and check 7)."""
    size, samples = 200, 8
    glass = Glass(backend, size, samples, 1, 17)
    points = glass.starts()
    energies, gradients = glass.evaluate(points, Dials())
    widths = []
    for sample in range(samples):
        point = points[sample, 0].astype(np.float64)
        gradient = gradients[sample, 0].astype(np.float64)
        hessian = glass.hessian(sample, points[sample, 0], Dials())
        assert abs(radial_force(gradient, point) + 3 * energies[sample, 0]) < 1e-4
        eigenvalues = np.linalg.eigvalsh(tangent_hessian(hessian, gradient, point))
        assert abs(eigenvalues.mean() + 3 * energies[sample, 0]) < 0.05
        assert abs(np.abs(eigenvalues - eigenvalues.mean()).max() - 2 * math.sqrt(3)) < 0.35
        widths.append(eigenvalues.std())
    assert abs(np.mean(widths) / math.sqrt(3) - 1) < 0.01


def test_memory_is_refused_before_anything_is_allocated(backend: AbstractBackend) -> None:
    before = Glass(backend, 8, 1, 2, 1)
    with pytest.raises(OutOfDeviceMemoryError, match="lower the size"):
        Glass(backend, 1024, 1, 1, 1, (0.0, 0.0, 1.0))
    assert before.step(2, Dials()).shape == (2, 1, 2, 4)


@pytest.mark.parametrize("wrong", [{"size": 1}, {"samples": 0}, {"replicas": 0}, {"mixture": (0.0, 0.0, 0.0)}])
def test_what_is_no_glass_is_refused(backend: AbstractBackend, wrong: dict[str, object]) -> None:
    sizes = {"size": 8, "samples": 1, "replicas": 1, "mixture": (0.0, 1.0, 0.0)} | wrong
    with pytest.raises(ValueError, match="no glass"):
        Glass(backend, seed=1, **sizes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="points of shape"):
        Glass(backend, 8, 1, 1, 1).evaluate(np.zeros((2, 1, 8), np.float32), Dials())


def test_geometry_is_a_function_of_sizes(backend: AbstractBackend) -> None:
    """Chosen by no timing: the same sizes on the same device give the same geometry, and it covers all replicas."""
    for replicas in (1, 3, 8, 9, 100, 4096):
        chosen = [geometry(backend, 128, 2, replicas, 12_000) for _ in range(2)]
        assert chosen[0] == chosen[1]
        assert chosen[0].tiles * chosen[0].width >= replicas
    assert not geometry(backend, 256, 1, 1, 90_000).across_walkers
    assert geometry(backend, 128, 1, 256, 12_000).across_walkers


def test_long_runs_outgrow_one_trace(backend: AbstractBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.landscapes.glass.MAX_TRACE_BYTES", 2048)
    short, plain = Glass(backend, 8, 1, 20, 4), Glass(backend, 8, 1, 20, 4, forced=Geometry(True, 8, 3, 1))
    traced = short.step(11, Dials("langevin", temperature=0.2))
    monkeypatch.undo()
    assert np.array_equal(traced, plain.step(11, Dials("langevin", temperature=0.2)))
