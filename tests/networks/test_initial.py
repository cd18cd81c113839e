"""Weights start as said: their variances, their singular values, and independent of which networks are drawn."""

import numpy as np
import pytest

from simulator.networks.architecture import Architecture, TrainingDials
from simulator.networks.initial import decoupled_theta, initial_theta
from simulator.networks.reference import descent, loss_and_gradient, update
from simulator.theory.deep_linear import deep_mode, modes
from simulator.theory.marchenko_pastur import SingularValues

NET = Architecture((40, 30, 60, 3))


def matrices(architecture, theta):
    """W of each layer, (networks, fan_out, fan_in)."""
    return [theta[:, layer.weights].reshape(-1, layer.fan_out, layer.fan_in) for layer in architecture.layers]


def test_variances():
    theta = initial_theta(NET, 50, 1, "gaussian", 1.5, 0.3)
    assert theta.shape == (50, NET.parameters) and theta.dtype == np.float32
    for layer, W in zip(NET.layers, matrices(NET, theta), strict=True):
        assert W.var() * layer.fan_in == pytest.approx(1.5**2, rel=5 * np.sqrt(2 / W.size))
        b = theta[:, layer.biases]
        assert b.var() == pytest.approx(0.3**2, rel=5 * np.sqrt(2 / b.size)) and abs(W.mean()) < 5 * W.std() / np.sqrt(
            W.size
        )
    across = np.corrcoef(theta[:8])
    assert np.abs(across - np.eye(8)).max() < 5 / np.sqrt(NET.parameters)


@pytest.mark.parametrize("init", ["gaussian", "orthogonal"])
def test_a_network_is_a_function_of_its_number(init):
    drawn = initial_theta(NET, 6, 7, init, 1.2, 0.1)
    assert np.array_equal(drawn[4:], initial_theta(NET, 2, 7, init, 1.2, 0.1, first=4))
    assert not np.allclose(drawn, initial_theta(NET, 6, 8, init, 1.2, 0.1))
    assert initial_theta(NET, 6, 7, init, 2.4, 0.2) == pytest.approx(2 * drawn, rel=1e-6)
    assert np.array_equal(initial_theta(NET, 1, 7 - 2**64, init, 1.2, 0.1), drawn[:1])  # any integer is a seed


def test_orthogonal_weights():
    theta = initial_theta(NET, 3, 1, "orthogonal", 1.5)
    for W in matrices(NET, theta):
        assert np.linalg.svd(W, compute_uv=False) == pytest.approx(1.5, rel=1e-5)
    assert not theta[:, NET.layers[0].biases].any()


def test_orthogonal_weights_are_uniform():
    """The signs and the size of the diagonal, which QR alone would leave all of one sign."""
    plane = Architecture((2, 2))
    W = matrices(plane, initial_theta(plane, 4000, 2, "orthogonal"))[0]
    angle = np.arctan2(W[:, 1, 0], W[:, 0, 0])
    assert np.abs(np.sort(angle) / (2 * np.pi) + 0.5 - np.linspace(0, 1, 4000)).max() < 1.63 / np.sqrt(
        4000
    )  # 1 % level
    assert (np.linalg.det(W) > 0).mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(4000))


def test_singular_values_are_those_of_theory():
    wide = Architecture((200, 100))
    s = np.linalg.svd(matrices(wide, initial_theta(wide, 4, 3, "gaussian", 1.3))[0], compute_uv=False)
    law = SingularValues(100, 200, 1.3)
    assert np.abs(np.sort(law.distribution(s.ravel())) - np.linspace(0, 1, s.size)).max() < 0.02


def test_decoupled_weights():
    random = np.random.default_rng(4)
    x, t = random.standard_normal((50, 6)), random.standard_normal((50, 4))
    deep = Architecture((6, 9, 5, 4), "linear", "mse")
    theta = decoupled_theta(deep, 3, 1, x, t, 0.01)
    U, _, Vt = np.linalg.svd(t.T @ x / 50, full_matrices=False)
    W1, W2, W3 = (W.astype(float) for W in matrices(deep, theta))
    assert pytest.approx(np.broadcast_to(0.01 * U @ Vt, (3, 4, 6)), abs=1e-8) == W3 @ W2 @ W1
    assert pytest.approx(W2.mT @ W2, abs=1e-7) == W1 @ W1.mT  # balanced
    assert not np.allclose(W1[0], W1[1])
    assert np.array_equal(theta[2:], decoupled_theta(deep, 1, 1, x, t, 0.01, first=2))


def test_decoupled_weights_learn_mode_by_mode():
    """Gradient descent of a three-layer linear network on white inputs tends to Saxe's equation with eta -> 0."""
    random, samples, end = np.random.default_rng(5), 40, 3.0
    x = np.linalg.qr(random.standard_normal((samples, 6)))[0] * np.sqrt(samples)
    t = x @ random.standard_normal((6, 4))
    deep = Architecture((6, 8, 5, 4), "linear", "mse", biased=False)  # inputs have a mean, which biases would learn
    theta, (U, s, V) = decoupled_theta(deep, 1, 1, x, t, 0.05).astype(float), modes(x, t)
    errors = []
    for steps in (1000, 2000):
        state, learnt = descent(theta, "sgd"), []
        for _ in range(steps):
            W1, W2, W3 = (W[0] for W in matrices(deep, state.theta))
            learnt.append(np.diag(U.T @ W3 @ W2 @ W1 @ V))
            g = loss_and_gradient(deep, state.theta, x, t)[1]
            state = update(deep, TrainingDials(end / steps), "sgd", state, g)
        exact = deep_mode(end / steps * np.arange(steps), s, 0.05, 3)
        errors.append(np.abs(np.array(learnt).T - exact).max())
    assert errors[0] < 0.03 * s[0] and errors[0] / errors[1] == pytest.approx(2, rel=0.1)  # of the first order in eta
    first = np.argmax(exact[0] > 0.9 * s[0])
    assert first and np.all(np.diff(exact[:, first] / s) < 0)  # the larger a mode, the sooner


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"init": "uniform"}, "init 'uniform' is none of gaussian, orthogonal"),
        ({"sigma_w": -1.0}, "sigma_w -1.0 must be finite and at least 0"),
        ({"sigma_b": np.inf}, "sigma_b inf must be finite and at least 0"),
        ({"networks": 0}, "networks 0 must be at least 1"),
        ({"first": -1}, "the first, -1, at least 0"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        initial_theta(NET, **({"networks": 2, "seed": 0} | arguments))


def test_data_that_do_not_fit_are_refused():
    x, t = np.ones((5, 3)), np.ones((5, 2))
    with pytest.raises(ValueError, match=r"data of 3 inputs and 2 outputs do not fit layers \(4, 2\)"):
        decoupled_theta(Architecture((4, 2), "linear"), 1, 0, x, t, 0.1)
    with pytest.raises(ValueError, match=r"a_0 0\.0 must be finite and greater than 0"):
        decoupled_theta(Architecture((3, 2), "linear"), 1, 0, x, t, 0.0)
