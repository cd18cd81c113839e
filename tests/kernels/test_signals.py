"""The kernels of random networks: activations, normals, backends and geometries that agree, repeats to the bit."""

import numpy as np
import pytest
from scipy import special

from simulator.backends.base import AbstractBackend, OutOfDeviceMemoryError
from simulator.backends.registry import choose
from simulator.networks.inputs import correlated
from simulator.networks.signals import Signals

PHI = {
    "tanh": (np.tanh, lambda x: 1 / np.cosh(np.clip(x, -300, 300)) ** 2),
    "erf": (special.erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2))),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float)),
    "linear": (lambda x: x, np.ones_like),
}
SIDES = {"store": 2**28, "drawn": 0}


@pytest.mark.parametrize("name", PHI)
def test_activations(backend: AbstractBackend, name: str) -> None:
    """Value and slope against float64; relative near zero, where the ordered phase lives."""
    x = np.concatenate([np.linspace(-12, 12, 40001), np.geomspace(1e-30, 1, 399), [0, 1e30, -1e30, np.inf, -np.inf]])
    x = np.resize(x, -(-x.size // 8) * 8).astype(np.float32)
    out = backend.zeros((3, x.size))
    vectors = x.size // (8 if backend.lanes == 8 else 1)
    kernel = backend.kernel("signals", "probe", ACTIVATION=list(PHI).index(name))
    kernel(vectors, backend.array(x), out, np.uint32(vectors))
    value, slope, _ = backend.to_host(out)
    with np.errstate(over="ignore"):
        exact, steep = PHI[name][0](x.astype(np.float64)), PHI[name][1](x.astype(np.float64))
    finite = np.isfinite(exact)
    assert np.array_equal(value[~finite], exact[~finite])
    assert np.all(np.abs(value[finite] - exact[finite]) <= 1e-6 * np.abs(exact[finite]))
    smooth = np.abs(x) < 1e20
    assert np.abs(slope[smooth] - steep[smooth]).max() < 1e-6


def test_nan_passes_through_activations(backend: AbstractBackend) -> None:
    x = np.full(8, np.nan, np.float32)
    for kind in range(4):
        out = backend.zeros((3, 8))
        backend.kernel("signals", "probe", ACTIVATION=kind)(
            8 // backend.lanes, backend.array(x), out, np.uint32(8 // backend.lanes)
        )
        assert np.isnan(backend.to_host(out)[0]).all()


def test_normals() -> None:
    """Both backends draw the same numbers, standard normal within five standard errors."""
    drawn = []
    for name in ("opencl", "numba"):
        backend, _ = choose(name)
        out = backend.zeros(2**19)
        backend.kernel("signals", "normals", ACTIVATION=0)(2**9, out, np.uint32(1), np.uint32(2))
        drawn.append(backend.to_host(out).astype(np.float64))
    assert np.abs(drawn[0] - drawn[1]).max() < 4e-6
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(drawn[0] ** power) - mean) < 5 * np.sqrt(variance / 2**19)


@pytest.mark.parametrize("init", ["gaussian", "orthogonal"])
@pytest.mark.parametrize("activation", PHI)
def test_backends_agree_after_one_layer(activation: str, init: str) -> None:
    got = []
    for name in ("opencl", "numba"):
        signals = Signals(choose(name)[0], 45, 3, 9, activation, init)
        inputs = correlated(45, 3, [0.5, -0.2], 1.5, 2)
        run = signals.propagate(inputs, 1, 1.7, 0.4, 0.8, [[0, 1], [1, 2]], [0, 1])
        got.append((run.states[1], run.q, run.slope, run.bend, run.distance, run.pair_slope, signals.weights(1, 2)))
    for mine, other in zip(*got, strict=True):
        assert np.abs(mine - other).max() <= 1e-4 * np.abs(other).max()


@pytest.mark.parametrize("init", ["gaussian", "orthogonal"])
def test_a_gpus_form_agrees(init: str) -> None:
    """One row a work-item, no vectors: the same source, built for a GPU."""
    usual, gpu = choose("opencl")[0], choose("opencl")[0]
    gpu.is_gpu, gpu.lanes = True, 1
    inputs, got = correlated(21, 2, [0.5], 1.5, 2), []
    for backend in (usual, gpu):
        signals = Signals(backend, 21, 2, 9, "tanh", init)
        run = signals.propagate(inputs, 3, 1.7, 0.4, 0.8, [[0, 1]])
        back = signals.gradients(inputs, 3, 1.7, 0.4, 0.8)
        grid = signals.grid(inputs, 3, [1.0, 2.0], 0.3)
        got.append((run.q, run.distance, back.squared, grid.distance, signals.jacobian(inputs[:, 0], 3, 1.7, 0.4)))
    for mine, other in zip(*got, strict=True):
        assert np.abs(mine - other).max() <= 2e-4 * np.abs(other).max()


@pytest.mark.parametrize("init", ["gaussian", "orthogonal"])
def test_drawn_and_stored_weights_agree(backend: AbstractBackend, init: str) -> None:
    """Whole networks a work-item or rows, drawn or stored, points in any grouping: the same but for rounding."""
    inputs, got = correlated(37, 9, [0.5, 0.2, 0.1, 0.6, 0.7, 0.3], 2.0, 1), []
    for store_bytes in SIDES.values():
        signals = Signals(backend, 37, 9, 5, "tanh", init, store_bytes)
        run = signals.propagate(inputs, 4, 2.5, 0.3, 0.9, [[0, 1], [0, 6]], [0, 2, 4])
        back = signals.gradients(inputs, 4, 2.5, 0.3, 0.9)
        grid = signals.grid(inputs, 4, [[2.5, 1.0], [2.0, 3.0]], 0.3, 0.9)
        got.append((run.distance, run.states[4], back.squared, grid.distance, grid.slope))
    for mine, other in zip(*got, strict=True):
        assert np.abs(mine - other).max() <= 1e-4 * np.abs(other).max()
    alone = Signals(backend, 37, 9, 5, "tanh", init).propagate(inputs[:, :2], 4, 2.5, 0.3, 0.9, [[0, 1]])
    assert np.abs(alone.distance[..., 0] - got[0][0][..., 0]).max() < 1e-4 * got[0][0].max()


def test_same_bits_when_repeated_and_in_pieces(backend: AbstractBackend) -> None:
    inputs = correlated(50, 4, [0.5], 1.0, 3)
    first, again = (Signals(backend, 50, 4, 7) for _ in range(2))
    runs = [signals.propagate(inputs, 6, 2.0, 0.3, 0.9, [[0, 1]]) for signals in (first, first, again)]
    assert all(np.array_equal(run.distance, runs[0].distance) for run in runs[1:])
    axis = np.linspace(0.5, 3.0, 12)
    whole = first.grid(inputs, 5, axis, 0.3)
    parts = [first.grid(inputs, 5, axis[some], 0.3).distance for some in (slice(0, 5), slice(5, 12))]
    assert np.allclose(np.concatenate(parts), whole.distance, rtol=1e-5)
    assert np.array_equal(first.grid(inputs, 5, axis, 0.3).distance, whole.distance)


def test_too_much_is_refused_before_anything_is_lost(backend: AbstractBackend) -> None:
    signals, inputs = Signals(backend, 64, 2, 1), correlated(64, 2, [0.5], 1.0, 1)
    before = signals.propagate(inputs, 4, 1.5, 0.1)
    with pytest.raises(OutOfDeviceMemoryError):
        signals.gradients(np.ones((2, 40000, 64)), 50000, 1.5, 0.1)
    assert np.array_equal(signals.propagate(inputs, 4, 1.5, 0.1).q, before.q)
