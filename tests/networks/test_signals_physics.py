"""Signals in random networks: one layer against numpy, and wide networks against mean-field theory (REFERENCE, F)."""

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.networks.inputs import circle, correlated, frames
from simulator.networks.measured import over_networks
from simulator.networks.signals import Signals
from simulator.theory.mean_field import iterate, make_network

PHI = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0), "linear": lambda x: x}
CRITICAL_002 = 1.0667830925  # tanh, sigma_b = .02: chi_1 = 1 there
Q_CRITICAL = 0.0758551385


@pytest.fixture(scope="module")
def device() -> AbstractBackend:
    """Physics needs speed: OpenCL, whose numbers are numba's (tests/kernels)."""
    return choose("opencl")[0]


@pytest.mark.parametrize("width", [1, 2, 33, 130])
@pytest.mark.parametrize("init", ["gaussian", "orthogonal"])
@pytest.mark.parametrize("activation", PHI)
def test_layers_are_what_they_say(backend: AbstractBackend, activation: str, init: str, width: int) -> None:
    """Two layers, the gradient and the Jacobian against float64 numpy with the same weights."""
    signals = Signals(backend, width, 2, 3, activation, init)
    inputs = correlated(width, 2, [0.5], 1.3, 1)
    run = signals.propagate(inputs, 2, 1.6, 0.4, 1.0, [[0, 1]], [0, 1, 2])
    h = inputs[0].astype(np.float32).astype(np.float64)
    jacobian = np.eye(width)
    for layer in (1, 2):
        w, b = 1.6 * signals.weights(layer).astype(float), 0.4 * signals.biases(layer).astype(float)
        slope = {"tanh": 1 - np.tanh(h[0]) ** 2, "relu": (h[0] > 0) * 1.0, "linear": np.ones(width)}[activation]
        jacobian = (w * slope) @ jacobian
        h = PHI[activation](h) @ w.T + b
        assert np.abs(run.states[layer] - h).max() < 1e-5 * np.abs(h).max() + 1e-6
        assert np.allclose(run.q[layer, 0], np.mean(h**2, axis=1), rtol=1e-5)
        assert np.isclose(run.overlap[layer, 0, 0], h[0] @ h[1] / width, rtol=1e-4, atol=1e-5)
    got = signals.jacobian(inputs[:, 0], 2, 1.6, 0.4)
    assert np.abs(got[0] - jacobian).max() < 1e-5 * max(1.0, np.abs(jacobian).max())


def test_gradients_are_those_of_the_jacobian(backend: AbstractBackend) -> None:
    """|J^T g|^2 of the gradient that was sent, for one input, from the layers' own numbers."""
    signals = Signals(backend, 60, 200, 3)
    inputs = correlated(60, 1, [0.5], 1.3, 1)[:, :1]
    back, jacobian = signals.gradients(inputs, 3, 1.6, 0.4), signals.jacobian(inputs[:, 0], 3, 1.6, 0.4)
    predicted = np.sum(jacobian.astype(float) ** 2, axis=(1, 2)) / 60  # <|J^T g|^2>/N over g
    ratio, error = over_networks(back.squared[0, :, 0] / predicted, 0)
    assert abs(ratio - 1) < 4 * error and error < 0.03


@pytest.mark.parametrize("init", ["gaussian", "orthogonal"])
def test_networks_that_become_others_leave_nothing_behind(backend: AbstractBackend, init: str) -> None:
    """Whatever was carried before, in whatever shapes: the numbers are those of networks made anew."""
    inputs = correlated(40, 3, [0.5], 1.0, 1)
    used = Signals(backend, 40, 3, 7, "tanh", init)
    used.propagate(inputs, 6, 2.0, 0.1, states=[2])
    used.jacobian(inputs[:, 0], 6, 2.0, 0.1)
    used.draw_from(9)
    used.gradients(inputs, 4, 1.5, 0.2)
    fresh = Signals(backend, 40, 3, 9, "tanh", init)
    for one in ("q", "distance"):
        got, wanted = (getattr(s.propagate(inputs, 5, 1.5, 0.2, 1.0, [[0, 1]]), one) for s in (used, fresh))
        assert np.array_equal(got, wanted)
    assert np.array_equal(used.jacobian(inputs[:, 0], 5, 1.5, 0.2), fresh.jacobian(inputs[:, 0], 5, 1.5, 0.2))
    assert np.array_equal(used.gradients(inputs, 5, 1.5, 0.2).squared, fresh.gradients(inputs, 5, 1.5, 0.2).squared)


@pytest.mark.parametrize("init", ["gaussian", "orthogonal"])
def test_weights(backend: AbstractBackend, init: str) -> None:
    signals = Signals(backend, 120, 2, 3, "tanh", init)
    w = signals.weights(1).astype(np.float64)
    assert not np.array_equal(w, signals.weights(2)) and not np.array_equal(w, signals.weights(1, 1))
    if init == "orthogonal":
        assert np.abs(w @ w.T - np.eye(120)).max() < 2e-6
    assert abs(np.mean(w)) < 5 / 120**1.5
    assert abs(np.mean(w**2) * 120 - 1) < 5 * np.sqrt(2) / 120
    assert abs(np.mean(w**4) * 120**2 / 3 - 1) < 0.1
    assert abs(signals.biases(1).var() - 1) < 5 * np.sqrt(2 / 120)


def test_orthogonal_weights_are_haar(backend: AbstractBackend) -> None:
    """O(2): both determinants as often, and the first column at a uniform angle; diagonal of any sign."""
    w = np.stack([Signals(backend, 2, 1, seed, "tanh", "orthogonal").weights(1) for seed in range(300)]).astype(float)
    reflections, angles = np.linalg.det(w) < 0, np.arctan2(w[:, 1, 0], w[:, 0, 0])
    assert abs(reflections.mean() - 0.5) < 4 * 0.5 / np.sqrt(300)
    for harmonic in (1, 2, 3):
        assert abs(np.mean(np.exp(1j * harmonic * angles))) < 4 / np.sqrt(300)


def test_iterated_map(device: AbstractBackend) -> None:
    """Check 21: (2.5, .3), layer 20, c_0 = 0."""
    run = Signals(device, 1000, 20, 1).propagate(correlated(1000, 20, [0.0], 1.0, 1), 20, 2.5, 0.3, pairs=[[0, 1]])
    assert abs(run.q[20].mean() / 4.0791 - 1) < 0.04
    assert abs(run.correlation[20].mean() - 0.1202) < 0.05
    path = iterate(make_network("tanh", 2.5, 0.3), 20, 1.0, 0.0)
    assert np.allclose(run.q.mean(axis=(1, 2)), path.q, rtol=0.04)


@pytest.mark.parametrize("activation", ["tanh", "erf", "relu", "linear"])
@pytest.mark.parametrize(("sigma_w", "sigma_b"), [(0.9, 0.3), (1.6, 0.2)])
def test_measured_maps(device: AbstractBackend, activation: str, sigma_w: float, sigma_b: float) -> None:
    """q, c and chi_1 of layer 5 within four standard errors and 1/N of theory; the grid measures the same."""
    width, networks = 300, 60
    signals, inputs = Signals(device, width, networks, 2, activation), correlated(width, networks, [0.3], 1.2, 4)
    run = signals.propagate(inputs, 5, sigma_w, sigma_b, pairs=[[0, 1]])
    network = make_network(activation, sigma_w, sigma_b)
    path = iterate(network, 5, 1.2, 0.3)
    measured = (run.q[5].mean(-1), run.overlap[5, :, 0], sigma_w**2 * run.slope[5].mean(-1))
    predicted = (path.q[5], path.q[5] * path.c[5], network.chi_1(path.q[5]))
    for mine, theory in zip(measured, predicted, strict=True):
        mean, error = over_networks(mine, 0)
        assert abs(mean - theory) < 4 * error + 3 / width * abs(theory)
    grid = signals.grid(inputs, 5, [sigma_w, 0.5], sigma_b)
    assert np.allclose(grid.correlation[0], run.correlation[5], atol=1e-4)
    assert np.allclose(grid.chi_1[0], sigma_w**2 * run.slope[5].mean(-1), rtol=1e-4)


def test_dropout(device: AbstractBackend) -> None:
    """Keep .9 on the would-be critical line: q .9035, c .4267 (REFERENCE, seed coverage)."""
    signals = Signals(device, 1000, 20, 5)
    run = signals.propagate(correlated(1000, 20, [0.43], 0.9, 1), 20, 1.395584, 0.3, 0.9, [[0, 1]])
    for mine, theory in ((run.q.mean(-1), 0.90348), (run.correlation[..., 0], 0.42669)):
        mean, error = over_networks(mine[10:].mean(axis=0), 0)
        assert abs(mean - theory) < 4 * error and error < 0.02


@pytest.mark.parametrize(("init", "variance"), [("gaussian", 16.4), ("orthogonal", 0.417)])
def test_jacobian_spectrum(device: AbstractBackend, init: str, variance: float) -> None:
    """Check 22: Var(s^2) at L = 16, N = 400, critical tanh."""
    signals = Signals(device, 400, 3, 1, "tanh", init)
    j = signals.jacobian(correlated(400, 3, [0.0], Q_CRITICAL, 1)[:, 0], 16, CRITICAL_002, 0.02).astype(float)
    squared = np.linalg.svd(j, compute_uv=False) ** 2
    normalised = squared / squared.mean(axis=1, keepdims=True)
    assert abs(normalised.var(axis=1).mean() / variance - 1) < 0.15


def test_gradients_grow_as_chi_1(device: AbstractBackend) -> None:
    back = Signals(device, 500, 20, 1).gradients(correlated(500, 20, [0.0], 4.079, 1), 12, 2.5, 0.3)
    growth = np.log(back.squared[:-1] / back.squared[1:]).mean(axis=(0, 2))
    mean, error = over_networks(growth, 0)
    assert abs(mean - np.log(1.585225)) < 4 * error + 0.005 and error < 0.02


def test_circle(device: AbstractBackend) -> None:
    """N kappa^2 of layers 0 to 6 at (2.5, .3) within 6 %, metric as chi_1^l; velocities are differences of states."""
    q, count = 4.079124, 4
    signals, width, networks = Signals(device, 1000, 30, 8), 1000, 30
    u, angle = frames(width, networks, 2, 3) * np.sqrt(q), 2 * np.pi * np.arange(count) / count
    h = circle(width, networks, count, q, 3)
    v = -np.sin(angle)[:, None] * u[:, :1] + np.cos(angle)[:, None] * u[:, 1:]
    curves = signals.curves(h, v, -h, 6, 2.5, 0.3)
    kappa: NDArray[np.float64] = curves.squared_curvature.mean(axis=(1, 2))
    assert np.allclose(kappa, [0.2452, 1.5825, 2.4261, 2.9583, 3.2941, 3.5058, 3.6394], rtol=0.06)
    assert np.allclose(curves.metric.mean(axis=(1, 2)) / q, 1.585225 ** np.arange(7), rtol=0.06)
    near = h * np.cos(0.01) + v * np.sin(0.01)
    apart = signals.propagate(np.concatenate([h, near], axis=1), 3, 2.5, 0.3, pairs=[[0, count]]).distance[..., 0]
    assert np.allclose(apart, 1e-4 * curves.metric[:4, :, 0], rtol=0.05)


def test_overflow_is_physics(backend: AbstractBackend) -> None:
    """float32 overflows under relu at sigma_w = 100: inf or nan in the statistics, and the finite part stays."""
    signals = Signals(backend, 40, 2, 1, "relu")
    run = signals.propagate(correlated(40, 2, [0.5], 1.0, 1), 40, 100.0, 0.1, pairs=[[0, 1]])
    assert np.isfinite(run.q[:8]).all() and not np.isfinite(run.q[-1]).any()
    assert not np.isfinite(run.correlation[-1]).any()
    assert not np.isfinite(signals.gradients(np.ones((1, 40)), 40, 100.0, 0.1).squared[0]).any()
    assert not np.isfinite(signals.grid(np.ones((2, 40)), 40, [100.0], 0.1).q).any()


def test_refusals(backend: AbstractBackend) -> None:
    signals = Signals(backend, 20, 2, 1, "tanh", "orthogonal")
    with pytest.raises(ValueError, match="orthogonal weights are square"):
        signals.propagate(np.ones((1, 3, 21)), 2, 1.0, 0.1)
    for wrong in ({"depth": 0}, {"keep": 0.0}, {"keep": 1.5}, {"pairs": [[0, 3]]}, {"inputs": np.ones((3, 3, 20))}):
        with pytest.raises(ValueError):
            signals.propagate(**({"inputs": np.ones((1, 3, 20)), "depth": 2, "sigma_w": 1.0, "sigma_b": 0.1} | wrong))
    for wrong in ({"width": 0}, {"width": 4096}, {"networks": 0}, {"activation": "sine"}, {"init": "sparse"}):
        with pytest.raises(ValueError):
            Signals(backend, **({"width": 20, "networks": 2, "seed": 1} | wrong))
