"""The glass's kernels: packing against brute force, disorder, mini-batches, and that no result depends on geometry."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.landscapes.glass import Geometry, Glass, blocks_in_all, cuts
from simulator.optimizers import OPTIMIZERS, Dials

MIXTURES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 2.0, 0.5))
LIVELY = Dials(temperature=0.3, batch_fraction=0.3, funnel=0.7, shape=(0.1, 0.2, 0.3, 0.4))


def brute_force(glass: Glass, sample: int, s: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Energy per spin and gradient as plain sums over the couplings, float64."""
    energy, gradient = 0.0, np.zeros(glass.size)
    for p, a in zip((2, 3, 4), glass.mixture, strict=True):
        if a == 0.0:
            continue
        indices, c = glass.couplings(p, sample)
        assert len(indices) == math.comb(glass.size + p - 1, p)
        energy -= float(np.sum(c * np.prod(s[indices], axis=1)))
        for q in range(p):
            np.add.at(gradient, indices[:, q], -c * np.prod(np.delete(s[indices], q, axis=1), axis=1))
    return energy / glass.size, gradient


@pytest.mark.parametrize("mixture", MIXTURES, ids=str)
@pytest.mark.parametrize(("size", "replicas"), [(2, 1), (5, 3), (19, 20), (24, 9)])
def test_energy_and_gradient_are_sums_over_couplings(
    backend: AbstractBackend, size: int, replicas: int, mixture: tuple[float, float, float]
) -> None:
    glass = Glass(backend, size, 2, replicas, 7, mixture)
    points = glass.starts()
    energies, gradients = glass.evaluate(points, Dials(roughness=0.5))
    for sample, replica in ((0, 0), (1, replicas - 1)):
        energy, gradient = brute_force(glass, sample, points[sample, replica].astype(np.float64))
        assert abs(energies[sample, replica] - 0.5 * energy) < 2e-6
        assert np.abs(gradients[sample, replica] - 0.5 * gradient).max() < 1e-5


@pytest.mark.parametrize("p", [2, 3, 4])
def test_couplings_have_the_variance_of_their_orderings(backend: AbstractBackend, p: int) -> None:
    """Var C = m / (2 N^(p-1)) with m the number of distinct orderings, for every pattern of equal indices."""
    size, samples = 4, 2000
    mixture = tuple(float(q == p) for q in (2, 3, 4))
    glass = Glass(backend, size, samples, 1, 11, mixture)  # type: ignore[arg-type]
    indices, _ = glass.couplings(p, 0)
    c = np.stack([glass.couplings(p, sample)[1] for sample in range(samples)]).astype(np.float64)
    assert sorted(map(tuple, indices)) == sorted(
        tuple(sorted(i, reverse=True)) for i in itertools.combinations_with_replacement(range(size), p)
    )
    for column, index in zip(c.T, indices, strict=True):
        m = math.factorial(p) / math.prod(math.factorial(n) for n in Counter(index.tolist()).values())
        assert abs(np.mean(column**2) * 2 * size ** (p - 1) / m - 1) < 5 * math.sqrt(2 / samples)
    correlations = np.corrcoef(c.T) - np.eye(len(indices))
    assert np.abs(correlations).max() < 5.5 / math.sqrt(samples)


@pytest.mark.parametrize("size", [2, 3, 6])
def test_covariance_is_exact_at_every_size(backend: AbstractBackend, size: int) -> None:
    """E[H(s) H(s')] = N f(q), f(q) = (a2^2 q^2 + a3^2 q^3 + a4^2 q^4) / 2, at three overlaps."""
    samples = 6000
    mixture = np.array([1.0, 2.0, 1.5])
    glass = Glass(backend, size, samples, 1, 5, tuple(mixture))  # type: ignore[arg-type]
    rng = np.random.default_rng(size)
    points = rng.standard_normal((3, size))
    points *= np.sqrt(size) / np.linalg.norm(points, axis=1, keepdims=True)
    everywhere = np.broadcast_to(points.astype(np.float32), (samples, 3, size))
    h = glass.evaluate(everywhere, Dials())[0].astype(np.float64) * size
    q = points @ points.T / size
    a2 = (mixture / np.linalg.norm(mixture)) ** 2
    f = sum(a2[p - 2] * q**p for p in (2, 3, 4)) / 2
    error = size * np.sqrt((f**2 + 0.25) / samples)
    assert np.all(np.abs(h.T @ h / samples - size * f) < 4.5 * error)
    assert np.all(np.abs(h.mean(axis=0)) < 4.5 * np.sqrt(size / 2 / samples))


SHAPES = (
    Geometry(True, 8, 3, 1),
    Geometry(False, 1, 20, 1),
    Geometry(True, 8, 3, 3),
    Geometry(False, 1, 20, 2),
)


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_geometries_agree(backend: AbstractBackend, rule: str) -> None:
    """Walkers or components across the lanes, one part or several: the same numbers but for rounding."""
    dials = Dials(rule, temperature=0.3, batch_fraction=0.3, funnel=0.7)
    runs = []
    for shape in SHAPES:
        glass = Glass(backend, 21, 2, 20, 7, (1.0, 2.0, 0.5), forced=shape)
        runs.append((glass.step(3, dials), glass.positions(), glass.native()))
    for run in runs[1:]:
        for mine, first in zip(run, runs[0], strict=True):
            assert np.abs(mine - first).max() < 2e-4 * max(1.0, np.abs(first).max())


def test_a_gpus_form_agrees() -> None:
    """One walker a work-item, no vectors, neighbours adjacent, gradients in parts: the same source, built for a GPU."""
    usual, _ = choose("opencl")
    gpu, _ = choose("opencl")
    gpu.is_gpu, gpu.lanes = True, 1
    for rule in OPTIMIZERS:
        dials = Dials(rule, temperature=0.3, batch_fraction=0.3, funnel=0.7)
        runs = []
        for backend in (usual, gpu):
            glass = Glass(backend, 21, 2, 20, 7, (1.0, 2.0, 0.5))
            assert glass.geometry.width == (1 if backend is gpu else 8)
            traced = glass.step(3, dials)
            end = glass.positions()
            runs.append((traced, end, glass.native(), *glass.evaluate(end, dials), glass.hessian(1, end[1, 2], dials)))
        for mine, other in zip(*runs, strict=True):
            assert np.abs(mine - other).max() < 2e-4 * max(1.0, np.abs(other).max())


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_backends_agree_on_one_step(rule: str) -> None:
    dials = Dials(rule, temperature=0.3, batch_fraction=0.3, funnel=0.7)
    runs = []
    for name in ("opencl", "numba"):
        glass = Glass(choose(name)[0], 21, 2, 20, 7, (1.0, 2.0, 0.5))
        runs.append((glass.starts(), glass.step(1, dials), glass.positions()))
    for mine, other in zip(*runs, strict=True):
        assert np.abs(mine - other).max() < 1e-4 * max(1.0, np.abs(other).max())


@pytest.mark.parametrize("rule", OPTIMIZERS)
@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[1], SHAPES[2]], ids=str)
def test_same_bits_however_steps_are_cut_up(backend: AbstractBackend, rule: str, shape: Geometry) -> None:
    dials = Dials(rule, temperature=0.3, batch_fraction=0.3, funnel=0.7)
    glasses = [Glass(backend, 21, 2, 20, 7, forced=shape) for _ in range(2)]
    whole = glasses[0].step(6, dials)
    pieces = np.concatenate([glasses[1].step(n, dials) for n in (1, 2, 3)])
    assert np.array_equal(whole, pieces)
    assert np.array_equal(glasses[0].positions(), glasses[1].positions())
    assert glasses[0].step_count == glasses[1].step_count == 6


def test_fewer_replicas_are_the_first_of_more(backend: AbstractBackend) -> None:
    for rule in OPTIMIZERS:
        few, many = (Glass(backend, 24, 1, replicas, 7) for replicas in (20, 60))
        assert few.geometry.width == many.geometry.width
        dials = Dials(rule, temperature=0.3, batch_fraction=0.3, funnel=0.7)
        assert np.array_equal(few.step(3, dials), many.step(3, dials)[:, :, :20])
        assert np.array_equal(few.positions(), many.positions()[:, :20])


@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[1]], ids=str)
def test_a_whole_batch_is_gradient_descent_bit_for_bit(backend: AbstractBackend, shape: Geometry) -> None:
    glasses = [Glass(backend, 21, 2, 20, 7, (1.0, 2.0, 0.5), forced=shape) for _ in range(2)]
    traces = [glass.step(4, Dials(rule, funnel=0.5)) for glass, rule in zip(glasses, ("gd", "sgd"), strict=True)]
    assert np.array_equal(*traces)
    assert np.array_equal(glasses[0].positions(), glasses[1].positions())


@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize("fraction", [0.5, 0.3, 0.05])
def test_mini_batch_noise(backend: AbstractBackend, fraction: float, across: bool) -> None:
    """A mini-batch gradient is unbiased; its variance is ((1-b)/b) f'(1) a tangent component on average over disorder.

    All walkers stand at the native state, so that their mean is the mean over mini-batches of one gradient. The traced
    energy is that of the whole Hamiltonian.
    """
    size, samples, replicas, eta = 32, 6, 256, 0.01
    shape = Geometry(True, 8, replicas // 8, 1) if across else Geometry(False, 1, replicas, 1)
    glass = Glass(backend, size, samples, replicas, 21, start="native", forced=shape)
    x = glass.positions().astype(np.float64)
    energies, gradients = glass.evaluate(glass.positions()[:, :1], Dials())
    tangent = gradients - np.sum(gradients * x[:, :1], axis=-1, keepdims=True) / size * x[:, :1]
    traced = glass.step(1, Dials("sgd", eta, batch_fraction=fraction))[0]
    assert np.abs(traced[..., 0] - energies).max() < 1e-5
    y = glass.positions().astype(np.float64)
    noise = (x - y * size / np.sum(x * y, axis=-1, keepdims=True)) / eta - tangent
    expected = (1 - fraction) / fraction * 1.5
    variance = np.sum(noise**2, axis=(1, 2)) / (replicas * (size - 1))
    # between samples: 6000 couplings of which each counts with its square; within: 256 x 31 components
    assert abs(variance.mean() / expected - 1) < 0.04
    bias = noise.mean(axis=1)
    assert abs(np.mean(bias**2) * replicas / expected - 1) < 5 * math.sqrt(2 / (samples * (size - 1)))
    again = noise.reshape(samples, replicas // 2, 2, size)
    pairs = np.sum(again[:, :, 0] * again[:, :, 1]) / (expected * samples * replicas / 2 * size)
    assert abs(pairs) < 5 / math.sqrt(samples * replicas / 2 * size)


def test_mini_batches_of_two_steps_are_independent(backend: AbstractBackend) -> None:
    size, replicas, eta = 32, 256, 1e-3
    glass = Glass(backend, size, 1, replicas, 22, start="native")
    noises = []
    for _ in range(2):
        x = glass.positions().astype(np.float64)
        g = glass.evaluate(glass.positions(), Dials())[1]
        glass.step(1, Dials("sgd", eta, batch_fraction=0.5))
        y = glass.positions().astype(np.float64)
        move = (x - y * size / np.sum(x * y, axis=-1, keepdims=True)) / eta
        noises.append(move - (g - np.sum(g * x, axis=-1, keepdims=True) / size * x))
    scale = math.sqrt(float(np.mean(noises[0] ** 2) * np.mean(noises[1] ** 2)) * noises[0].size)
    assert abs(float(np.sum(noises[0] * noises[1]))) < 5 * scale


@pytest.mark.parametrize("parts", [1, 2, 7, 40])
@pytest.mark.parametrize("size", [2, 5, 30])
def test_cuts_share_out_every_block(size: int, parts: int) -> None:
    rows = cuts(size, parts).astype(np.int64)
    assert rows[0].tolist() == [0] * 5
    assert rows[-1, [0, 1, 2, 4]].tolist() == [size, blocks_in_all(3, size), size, blocks_in_all(4, size)]
    assert np.all(np.diff(rows[:, [0, 1, 2, 4]], axis=0) >= 0)
    assert np.all(rows[:, 3] <= rows[:, 2])
    if size == 30 and parts == 2:
        assert abs(rows[1, 1] / rows[2, 1] - 0.5) < 0.06 and abs(rows[1, 4] / rows[2, 4] - 0.5) < 0.01


def test_divergence_is_shown_not_hidden(backend: AbstractBackend) -> None:
    """An overflowing gradient ends in NaN, not in an exception and not in a finite number."""
    glass = Glass(backend, 16, 1, 4, 1)
    traced = glass.step(3, Dials("gd", learning_rate=1e30, roughness=1e30))
    assert np.isfinite(traced[0]).all() or np.isinf(traced[0]).any()
    assert not np.isfinite(traced[-1]).all()
