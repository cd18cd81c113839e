"""Training against JAX in float64 on the processor: gradients, Hessian products and the first 50 steps of every rule.

JAX differentiates the forward pass written here, and the updates are written here as TrainingDials states them: nothing
of what is tested takes part but the architecture's layout of theta.
"""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.special import erf

from simulator.networks.architecture import LOSSES, OPTIMIZERS, Architecture, TrainingDials
from simulator.networks.initial import initial_theta
from simulator.networks.layers import ACTIVATIONS
from simulator.networks.reference import descent, hessian_product, loss_and_gradient, update

SIZES, STEPS, BATCH = (6, 16, 16, 3), 50, 20
DIALS = {
    "sgd": TrainingDials(0.1),
    "momentum": TrainingDials(0.02, 0.9, weight_decay=0.01),
    "adam": TrainingDials(0.003, 0.9, clip=0.7),
    "rmsprop": TrainingDials(0.003, epsilon=1e-10, weight_decay=0.01),
}
PHI = {"tanh": jnp.tanh, "erf": erf, "relu": jax.nn.relu, "linear": lambda h: h}


@pytest.fixture(autouse=True)
def _double_precision():
    """JAX in float64 for the length of one test, on the processor even where there is a GPU."""
    with jax.enable_x64(True), jax.default_device(jax.devices("cpu")[0]):
        yield


def problem(loss, activation, networks=1):
    """An architecture, float32 thetas (networks, P), inputs and targets of STEPS batches: a teacher's classes."""
    random = np.random.default_rng(5)
    x = random.standard_normal((STEPS, BATCH, SIZES[0]))
    classes = (x @ random.standard_normal((SIZES[0], SIZES[-1]))).argmax(-1)
    t = np.eye(SIZES[-1])[classes]
    architecture = Architecture(SIZES, activation, loss)
    theta = initial_theta(architecture, networks, 3, sigma_w=1.2, sigma_b=0.1)
    return architecture, theta, x.astype(np.float32), (2 * t - 1 if loss == "hinge" else t).astype(np.float32)


def jax_loss(architecture, theta, x, t):
    """The mean loss of a batch, as Architecture states it."""
    s = x
    for at, layer in enumerate(architecture.layers):
        h = s @ theta[layer.weights].reshape(layer.fan_out, layer.fan_in).T + theta[layer.biases]
        s = h if at == len(architecture.layers) - 1 else PHI[architecture.activation](h)
    if architecture.loss == "mse":
        return jnp.mean(jnp.sum((s - t) ** 2, axis=-1) / 2)
    if architecture.loss == "hinge":
        return jnp.mean(jnp.sum(jnp.maximum(0, 1 - t * s) ** 2, axis=-1) / 2)
    return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(s), axis=-1))


def jax_step(dials, optimizer, theta, m, v, step, g):
    """One update: theta, and what the rule remembers."""
    if dials.clip:
        g = g * jnp.minimum(1, dials.clip / jnp.linalg.norm(g))
    change = g
    if optimizer == "momentum":
        change = m = dials.momentum * m + g
    elif optimizer == "adam":
        m, v = dials.momentum * m + (1 - dials.momentum) * g, 0.999 * v + 0.001 * g**2
        unbiased = m / (1 - dials.momentum**step), v / (1 - 0.999**step)
        change = unbiased[0] / (jnp.sqrt(unbiased[1]) + dials.epsilon)
    elif optimizer == "rmsprop":
        v = 0.9 * v + 0.1 * g**2
        change = g / jnp.sqrt(v + dials.epsilon)
    return theta * (1 - dials.learning_rate * dials.weight_decay) - dials.learning_rate * change, m, v


@cache
def jax_history(optimizer, loss, activation, networks=1):
    """Losses (STEPS + 1, networks) of each batch before its step, and thetas (STEPS + 1, networks, P)."""
    architecture, theta, x, t = problem(loss, activation, networks)
    x, t = x.astype(np.float64), t.astype(np.float64)
    slope = jax.value_and_grad(lambda theta, x, t: jax_loss(architecture, theta, x, t))

    def step(carry, batch):
        theta, m, v, count = carry
        value, g = slope(theta, *batch)
        after = jax_step(DIALS[optimizer], optimizer, theta, m, v, count, g)
        return (*after, count + 1), (value, after[0])

    def run(theta):
        second = jnp.ones_like(theta) if optimizer == "rmsprop" else jnp.zeros_like(theta)
        return jax.lax.scan(step, (theta, jnp.zeros_like(theta), second, 1.0), (x, t))[1]

    values, thetas = jax.jit(jax.vmap(run, out_axes=1))(theta.astype(np.float64))
    return np.asarray(values), np.asarray(thetas)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_in_float64(optimizer, loss, activation):
    architecture, theta, x, t = problem(loss, activation)
    values, thetas = jax_history(optimizer, loss, activation)
    state, ours = descent(theta[0], optimizer), []
    for at in range(STEPS):
        value, g = loss_and_gradient(architecture, state.theta, x[at], t[at])
        state = update(architecture, DIALS[optimizer], optimizer, state, g)
        ours.append(float(value))
        np.testing.assert_allclose(state.theta, thetas[at, 0], rtol=1e-10, atol=1e-12)
    assert ours == pytest.approx(values[:, 0].tolist(), rel=1e-10)
    assert values[0, 0] > 1.2 * values[-5:, 0].mean()  # it does learn


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_and_hessian_products(loss, activation):
    architecture, theta, x, t = problem(loss, activation)
    at = theta[0].astype(np.float64)
    slope = jax.grad(lambda theta: jax_loss(architecture, theta, x[0].astype(np.float64), t[0].astype(np.float64)))
    directions = np.random.default_rng(6).standard_normal((3, architecture.parameters))
    gradient, products = jax.jit(
        lambda at, directions: (slope(at), jax.vmap(lambda v: jax.jvp(slope, (at,), (v,))[1])(directions))
    )(at, directions)
    np.testing.assert_allclose(loss_and_gradient(architecture, at, x[0], t[0])[1], gradient, rtol=1e-11, atol=1e-14)
    ours = hessian_product(architecture, at, x[0], t[0])(directions)
    np.testing.assert_allclose(ours, products, rtol=1e-10, atol=1e-13)
    assert np.abs(ours).max() > 0.01
