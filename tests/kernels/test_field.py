"""kernels/field.cl and field.py against float64 numpy, in every layout; the functions of vector.cl in ulp."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyopencl as cl
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.backends.opencl import BUILD_OPTIONS, KERNELS, OpenCLBackend
from simulator.backends.registry import choose
from simulator.landscapes.gaussian import Gaussian
from simulator.optimizers import Dials

SIZES = [
    (1, 1, 3),
    (2, 2, 1),
    (2, 1, 33),
    (3, 2, 5),
    (7, 3, 9),
    (50, 2, 2),
    (50, 1, 20),
    (130, 1, 4),
    (300, 1, 1),
    (300, 1, 12),
]
"""(N, samples, replicas): every layout and every remainder."""
DIALS = Dials(learning_rate=0.05, roughness=0.8, confinement=0.1)
Evaluate = Callable[[str, NDArray[np.float32]], NDArray[np.float32]]


@pytest.fixture(scope="module")
def gpu() -> Iterator[AbstractBackend]:
    """The processor, made to run what a GPU would run: scalar lanes, states interleaved."""
    backend, _ = choose("opencl")
    assert isinstance(backend, OpenCLBackend)
    backend.is_gpu, backend.lanes = True, 1
    yield backend
    backend.finish()


@pytest.fixture(scope="module", params=[8, 1])
def functions(request: pytest.FixtureRequest) -> Evaluate:
    """Evaluates an expression of vector.cl in `x` on this device, with 8 lanes and with 1."""
    backend, _ = choose("opencl")
    assert isinstance(backend, OpenCLBackend)
    context, queue, lanes = backend._context, backend._queue, request.param

    def evaluate(body: str, x: NDArray[np.float32]) -> NDArray[np.float32]:
        source = f"""#include "vector.cl"
        __kernel void probe(__global const realv *in, __global realv *out) {{
            const realv x = in[get_global_id(0)]; realv c, s; {body} }}"""
        options = [*BUILD_OPTIONS, "-I", str(KERNELS), f"-DLANES={lanes}", "-DIS_GPU=0"]
        program = cl.Program(context, source).build(options=options)
        result = np.empty_like(x)
        flags = cl.mem_flags
        given = cl.Buffer(context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=x)
        taken = cl.Buffer(context, flags.WRITE_ONLY, x.nbytes)
        cl.Kernel(program, "probe")(queue, (x.size // lanes,), (1,), given, taken)
        cl.enqueue_copy(queue, result, taken)
        return result

    return evaluate


def ulps(value: NDArray[np.float32], exact: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.abs(value - exact) / np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64)


def turns() -> NDArray[np.float32]:
    """Phases over a turn, finely, and over thousands of turns."""
    random = np.random.default_rng(1).uniform(-3000, 3000, 2**16)
    return np.concatenate([np.linspace(-1.25, 1.25, 2**18), random]).astype(np.float32)


def test_cosine_in_turns_is_good_to_three_ulp(functions: Evaluate) -> None:
    x = turns()
    exact = np.cos(2 * np.pi * (x.astype(float) % 1))
    value = functions("out[get_global_id(0)] = COS_TURNS(x);", x)
    assert np.abs(value - exact).max() < 1.8e-7, "3 ulp of the largest cosines"
    assert ulps(value, exact)[np.abs(exact) > 0.1].max() < 3
    assert np.abs(value).max() <= 1.0 + 1.2e-7


def test_cosine_and_slope_in_turns(functions: Evaluate) -> None:
    x = turns()
    phase = 2 * np.pi * (x.astype(float) % 1)
    value = functions("cos_slope_turns(x, &c, &s); out[get_global_id(0)] = c;", x)
    slope = functions("cos_slope_turns(x, &c, &s); out[get_global_id(0)] = s;", x)
    assert np.abs(value - np.cos(phase)).max() < 1.8e-7
    exact = -2 * np.pi * np.sin(phase)
    assert ulps(slope, exact)[np.abs(exact) > 0.1].max() < 3
    zero = functions("cos_slope_turns(x, &c, &s); out[get_global_id(0)] = s;", np.zeros(8, np.float32))
    assert np.array_equal(zero, np.zeros(8)), "the sine of nothing is nothing"


def test_cosine_keeps_what_is_not_a_number(functions: Evaluate) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 0.0] * 2, np.float32)
    for body in ("out[get_global_id(0)] = COS_TURNS(x);", "cos_slope_turns(x, &c, &s); out[get_global_id(0)] = c;"):
        assert np.array_equal(np.isnan(functions(body, x)), ~np.isfinite(x))


def test_logarithm_of_uniforms_is_good_to_two_ulp(functions: Evaluate) -> None:
    x = ((np.arange(2**18) * 32 + 7.5) * 2.0**-23).astype(np.float32)
    x = np.concatenate([x, (np.arange(64) + 0.5).astype(np.float32) * np.float32(2.0**-23)])
    value = functions("out[get_global_id(0)] = LOG_UNIFORM(x);", x)
    assert ulps(value, np.log(x.astype(float))).max() < 2


def reference(field: Gaussian, points: NDArray[Any], dials: Dials) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """H/N and grad H in float64 from the same features."""
    energies, gradients = [], []
    scale = dials.roughness * np.sqrt(2 * field.size / field.features)
    for sample in range(field.samples):
        turns, biases = field.host_features(sample)
        k, x = 2 * np.pi * turns.astype(float), points[sample].astype(float)
        phase = x @ k.T + 2 * np.pi * biases
        spring = 0.5 * dials.confinement * np.sum(x * x, axis=-1)
        energies.append((scale * np.cos(phase).sum(-1) + spring) / field.size)
        gradients.append(-scale * np.sin(phase) @ k + dials.confinement * x)
    return np.array(energies), np.array(gradients)


def check(field: Gaussian) -> None:
    x = field.positions()
    energy, gradient = reference(field, x, DIALS)
    rounding = 1e-6 / np.sqrt(field.size) + 3e-7  # of a phase, a sum of N terms: the square root of N
    for e, g in (field.evaluate(x, DIALS),):
        assert e.dtype == g.dtype == np.float32
        assert np.abs(e - energy).max() < rounding
        assert np.abs(g - gradient).max() < 2e-5
    assert np.array_equal(field.positions(), x), "evaluate moved a walker"
    trace = field.step(1, DIALS)
    assert np.abs(trace[0, ..., 0] - energy).max() < rounding
    assert np.all(trace[0, ..., 1] == 0)
    assert np.allclose(trace[0, ..., 2], np.mean(x * x, axis=-1), rtol=1e-5)
    assert np.allclose(trace[0, ..., 3], np.mean(gradient**2, axis=-1), rtol=1e-4, atol=1e-6)
    assert np.abs(field.positions() - (x - 0.05 * gradient)).max() < 2e-6


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_energy_and_gradient_against_float64(backend: AbstractBackend, size: tuple[int, int, int]) -> None:
    check(Gaussian(backend, *size, seed=7, features=0 if size[0] < 100 else 4000))


@pytest.mark.parametrize("size", [(1, 1, 3), (2, 2, 20), (7, 3, 9), (130, 1, 4)], ids=str)
def test_a_gpu_computes_the_same(gpu: AbstractBackend, size: tuple[int, int, int]) -> None:
    check(Gaussian(gpu, *size, seed=7, features=0 if size[0] < 100 else 4000))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "langevin"])
def test_a_gpu_takes_the_same_steps_and_slices(gpu: AbstractBackend, optimizer: str) -> None:
    ours, theirs = (Gaussian(b, 6, 2, 5, seed=3, features=2048) for b in (gpu, choose("opencl")[0]))
    dials = Dials(optimizer, 0.05, temperature=0.3, batch_fraction=0.5, confinement=0.1)
    seen, expected = ours.step(3, dials), theirs.step(3, dials)
    assert np.abs(seen - expected).max() < 1e-4 * np.abs(expected).max()
    assert np.abs(ours.positions() - theirs.positions()).max() < 1e-4
    axes, u, v = np.eye(6)[:2], np.linspace(-1, 1, 7), np.linspace(-2, 2, 11)
    planes = [field.plane(1, np.full(6, 0.2), *axes, u, v) for field in (ours, theirs)]
    assert np.abs(planes[0] - planes[1]).max() < 5e-6


def test_large_sizes_use_matrix_products_and_agree(backend: AbstractBackend) -> None:
    for replicas in (1, 10):
        check(Gaussian(backend, 520, 1, replicas, seed=3, features=2048))


def test_the_same_features_and_starts_everywhere(backend: AbstractBackend, gpu: AbstractBackend) -> None:
    here, there = (Gaussian(b, 6, 3, 2, seed=2**40 + 9, features=64) for b in (backend, gpu))
    alone = Gaussian(backend, 6, 1, 5, seed=2**40 + 9, features=64)
    for sample in range(3):
        for ours, theirs in zip(here.host_features(sample), there.host_features(sample), strict=True):
            assert np.allclose(ours, theirs, rtol=0, atol=1e-6)
    assert np.array_equal(alone.host_features(0)[0], here.host_features(0)[0])
    assert np.allclose(here.starts(), there.starts(), rtol=0, atol=2e-6)
    assert not np.allclose(here.host_features(0)[0], here.host_features(1)[0])


def test_features_are_normal_and_uniform(backend: AbstractBackend) -> None:
    field = Gaussian(backend, 5, 1, 1, seed=1, length_scale=2.0, features=40000)
    k, b = field.host_features(0)
    z = 2 * np.pi * 2.0 * np.sqrt(5) * k.astype(float)
    count = z.size
    assert abs(z.mean()) < 4 / np.sqrt(count)
    assert abs(z.var() - 1) < 4 * np.sqrt(2 / count)
    assert abs(np.mean(z**4) - 3) < 4 * np.sqrt(96 / count)
    assert np.abs(np.corrcoef(z.T) - np.eye(5)).max() < 5 / np.sqrt(40000)
    assert b.min() > 0 and b.max() < 1
    assert abs(b.mean() - 0.5) < 4 / np.sqrt(12 * 40000)


@pytest.mark.parametrize("replicas", [1, 4, 2048])
def test_sgd_keeps_each_feature_with_its_probability(backend: AbstractBackend, replicas: int) -> None:
    """Mean and variance of the gradient noise over walkers and steps, in both layouts, from one place: the origin."""
    field = Gaussian(backend, 2, 1, replicas, seed=5, features=1024, start="native")
    dials = Dials("sgd", learning_rate=1e-7, batch_fraction=0.25)
    energy, gradient = reference(field, np.zeros((1, 1, 2)), dials)
    turns, biases = field.host_features(0)
    each = np.sqrt(2 * 2 / 1024) * np.sin(2 * np.pi * biases)[:, None] * (2 * np.pi * turns)
    moves, count = [], 2048 // replicas
    for _ in range(count):
        before = field.positions().astype(float)
        trace = field.step(1, dials)
        moves.append((before - field.positions())[0] / 1e-7)
        drop = 2048 * 1e-7 * np.mean(gradient**2)
        assert np.abs(trace[0, ..., 0] - energy).max() < 2 * drop + 1e-5, "the energy is that of all features"
    noise = np.concatenate(moves) - gradient[0]
    variance = 3 * np.sum(each**2, axis=0)
    assert np.all(np.abs(noise.mean(axis=0)) < 4 * np.sqrt(variance / 2048) + 0.02)
    assert np.all(np.abs(noise.var(axis=0) / variance - 1) < 4 * np.sqrt(2 / 2048))
