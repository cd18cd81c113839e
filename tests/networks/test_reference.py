"""The perceptron in float64: its gradient and Hessian against differences, its updates against their definition."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.networks.architecture import LOSSES, OPTIMIZERS, Architecture, TrainingDials
from simulator.networks.initial import initial_theta
from simulator.networks.layers import ACTIVATIONS
from simulator.networks.reference import (
    descent,
    hessian_product,
    loss,
    loss_and_gradient,
    outputs,
    sample_losses,
    update,
)

SIZES = (4, 7, 5, 3)


def problem(loss_name, activation="tanh", biased=True, samples=9, networks=2):
    """An architecture, thetas of several networks, inputs and targets as the loss wants them."""
    random = np.random.default_rng(1)
    architecture = Architecture(SIZES, activation, loss_name, biased)
    theta = initial_theta(architecture, networks, 1, sigma_w=1.4, sigma_b=0.3).astype(float)
    x, classes = random.standard_normal((samples, 4)), random.integers(0, 3, samples)
    t = np.eye(3)[classes]
    return architecture, theta, x, 2 * t - 1 if loss_name == "hinge" else t


def differences(f, theta, size=1e-6):
    """df/dtheta by central differences, of a function of many (..., P) at once: (P, *f's shape)."""
    steps = size * np.eye(len(theta))
    return (f(theta + steps) - f(theta - steps)) / (2 * size)


def test_outputs_are_the_layers_in_turn():
    architecture, theta, x, _ = problem("mse", "tanh")
    W1, W2, W3 = (theta[1, layer.weights].reshape(layer.fan_out, layer.fan_in) for layer in architecture.layers)
    b1, b2, b3 = (theta[1, layer.biases] for layer in architecture.layers)
    f = np.array([W3 @ np.tanh(W2 @ np.tanh(W1 @ one + b1) + b2) + b3 for one in x])
    assert outputs(architecture, theta, x)[1] == pytest.approx(f, rel=1e-13)
    own = np.stack([x, x[::-1]])
    assert outputs(architecture, theta, own)[1] == pytest.approx(f[::-1], rel=1e-13)


def test_losses_of_known_outputs():
    f, t = np.array([[1.0, -2.0, 0.5]]), np.array([[0.2, 0.3, 0.5]])
    of = lambda name, t: float(sample_losses(Architecture((1, 3), "tanh", name), f, t)[0])  # noqa: E731
    assert of("mse", t) == pytest.approx((0.8**2 + 2.3**2) / 2)
    assert of("cross_entropy", t) == pytest.approx(np.log(np.exp(f).sum()) - float((t * f).sum()))
    assert of("hinge", np.array([[1.0, 1.0, -1.0]])) == pytest.approx((0 + 3**2 + 1.5**2) / 2)
    huge = sample_losses(Architecture((1, 2)), [[1e4, -1e4]], [[0.0, 1.0]])
    assert huge == pytest.approx([2e4])  # softmax does not overflow


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss_name", LOSSES)
def test_gradients_are_finite_differences(loss_name, activation, biased):
    architecture, theta, x, t = problem(loss_name, activation, biased)
    masks = [np.random.default_rng(2).integers(0, 2, (2, 9, width)) * 2.0 for width in SIZES[1:-1]]
    for given in ((), masks):
        values, gradients = loss_and_gradient(architecture, theta, x, t, given)
        assert values == pytest.approx(loss(architecture, theta, x, t, given), rel=1e-14)
        for network in range(2):
            own = [mask[network] for mask in given]
            slopes = differences(lambda one, own=own: loss(architecture, one, x, t, own), theta[network])
            if not biased:
                for layer in architecture.layers:
                    slopes[layer.biases] = 0
            assert gradients[network] == pytest.approx(slopes, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss_name", LOSSES)
def test_hessian_products_are_differences_of_gradients(loss_name, activation, biased):
    architecture, theta, x, t = problem(loss_name, activation, biased)
    masks = [np.random.default_rng(2).integers(0, 2, (9, width)) * 2.0 for width in SIZES[1:-1]]
    unit = np.eye(architecture.parameters)
    for given in ((), masks):
        product = hessian_product(architecture, theta[0], x, t, given)
        hessian = product(unit)
        slopes = differences(lambda one, given=given: loss_and_gradient(architecture, one, x, t, given)[1], theta[0])
        if not biased:
            for layer in architecture.layers:
                slopes[layer.biases] = 0
        assert np.abs(hessian).max() > 0.01
        np.testing.assert_allclose(hessian, slopes, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(hessian, hessian.T, rtol=1e-13, atol=1e-14)
        assert product(unit[3]) == pytest.approx(hessian[3], abs=1e-15)


def after(optimizer, gradients, **dials):
    """Theta of one number, from 1, after descents along the given gradients."""
    architecture = Architecture((1, 1), biased=False)
    state = descent([1.0, 7.0], optimizer)
    for g in gradients:
        state = update(architecture, TrainingDials(learning_rate=0.1, **dials), optimizer, state, [g, 0.0])
    assert state.step == len(gradients) and state.theta[1] == 7  # a bias that is not trained does not even decay
    return float(state.theta[0])


def test_updates():
    """Two steps of each rule by hand."""
    assert after("sgd", [2.0, -1.0]) == pytest.approx(1 - 0.2 + 0.1)
    assert after("momentum", [2.0, -1.0], momentum=0.5) == pytest.approx(1 - 0.2 - 0.0)
    m, v = (0.5 * 2 * 0.5 - 0.5) / (1 - 0.25), (0.999 * 0.004 + 0.001) / (1 - 0.999**2)
    adam = 1 - 0.1 * 2 / (2 + 0.01) - 0.1 * m / (np.sqrt(v) + 0.01)
    assert after("adam", [2.0, -1.0], momentum=0.5, epsilon=0.01) == pytest.approx(adam)
    r = [0.9 + 0.4, 0.9 * 1.3 + 0.1]
    rms = 1 - 0.1 * 2 / np.sqrt(r[0] + 0.01) + 0.1 / np.sqrt(r[1] + 0.01)
    assert after("rmsprop", [2.0, -1.0], epsilon=0.01) == pytest.approx(rms)
    assert after("sgd", [0.0, 0.0], weight_decay=0.5) == pytest.approx(0.95**2)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_clipping_is_of_each_network_by_itself(optimizer):
    architecture, theta, x, t = problem("mse")
    g = loss_and_gradient(architecture, theta, x, t)[1]
    norms = np.linalg.norm(g, axis=1)
    clip = float(norms.mean())  # one is clipped, the other is not
    clipped = g * np.minimum(1, clip / norms)[:, None]
    assert (clipped != g).any(1).tolist() == (norms > clip).tolist()
    dials = TrainingDials(clip=clip, weight_decay=0.1)
    done = update(architecture, dials, optimizer, descent(theta, optimizer), g)
    plain = update(architecture, replace(dials, clip=0.0), optimizer, descent(theta, optimizer), clipped)
    assert done.theta == pytest.approx(plain.theta, rel=1e-14)


@pytest.mark.parametrize("loss_name", LOSSES)
def test_divergence_is_no_error(loss_name):
    architecture, theta, x, t = problem(loss_name, "relu")
    dials, state = TrainingDials(learning_rate=1e30, clip=1.0, weight_decay=1e30), descent(theta, "sgd")
    state = replace(state, theta=np.stack([theta[0], np.full(architecture.parameters, np.nan)]))
    for _ in range(12):
        state = update(architecture, dials, "sgd", state, loss_and_gradient(architecture, state.theta, x, t)[1])
    assert not np.isfinite(loss(architecture, state.theta, x, t)).any()
    assert np.isnan(hessian_product(architecture, state.theta[1], x, t)(np.ones(architecture.parameters))).any()


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(ValueError, match="optimizer 'gd' is none of sgd, momentum, adam, rmsprop"):
        descent([0.0], "gd")
