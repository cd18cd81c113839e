"""Training against JAX in float64 on the processor: gradients, Hessian products and the first 50 steps of every rule.

Both of the float64 reference, to rounding, and of the device's trainer, to what float32 allows.

JAX differentiates the forward pass written here, and the updates are written here as TrainingDials states them: nothing
of what is tested takes part but the architecture's layout of theta.
"""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.special import erf

from simulator.networks.architecture import LOSSES, OPTIMIZERS, Architecture, TrainingDials
from simulator.networks.datasets.base import Dataset
from simulator.networks.initial import initial_theta
from simulator.networks.layers import ACTIVATIONS
from simulator.networks.reference import descent, hessian_product, loss_and_gradient, update
from simulator.networks.trainer import Trainer
from simulator.networks.trainer_batches import batch_indices

STEPS, BATCH, SAMPLES, NETWORKS, SEED = 50, 20, 150, 3, 5
SMALL, WIDE = (6, 16, 16, 3), (64, 300, 90, 10)
DIALS = {
    "sgd": TrainingDials(0.1),
    "momentum": TrainingDials(0.02, 0.9, weight_decay=0.01),
    "adam": TrainingDials(0.003, 0.9, clip=1.0),
    "rmsprop": TrainingDials(0.003, epsilon=1e-10, weight_decay=0.01),
}
PHI = {"tanh": jnp.tanh, "erf": erf, "relu": jax.nn.relu, "linear": lambda h: h}


@pytest.fixture(autouse=True)
def _double_precision():
    """JAX in float64 for the length of one test, on the processor even where there is a GPU."""
    with jax.enable_x64(True), jax.default_device(jax.devices("cpu")[0]):
        yield


def problem(loss, activation, sizes=SMALL):
    """An architecture, float32 thetas (NETWORKS, P), inputs and targets (SAMPLES, ...): a teacher's classes."""
    random = np.random.default_rng(5)
    x = random.standard_normal((SAMPLES, sizes[0]))
    classes = (x @ random.standard_normal((sizes[0], sizes[-1]))).argmax(-1)
    t = np.eye(sizes[-1])[classes]
    architecture = Architecture(sizes, activation, loss)
    theta = initial_theta(architecture, NETWORKS, 3, sigma_w=1.2, sigma_b=0.1)
    return architecture, theta, x.astype(np.float32), (2 * t - 1 if loss == "hinge" else t).astype(np.float32)


BATCHES = batch_indices(SEED, SAMPLES, BATCH, 0, STEPS)


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


@cache
def jax_slope(loss, activation, sizes):
    """(theta (NETWORKS, P), x, t) -> losses (NETWORKS,) and gradients, compiled once for all optimizers."""
    architecture = problem(loss, activation, sizes)[0]
    one = jax.value_and_grad(lambda theta, x, t: jax_loss(architecture, theta, x, t))
    return jax.jit(jax.vmap(one, in_axes=(0, None, None)))


@partial(jax.jit, static_argnums=(0, 1))
def jax_step(dials, optimizer, theta, m, v, step, g):
    """One update of theta (NETWORKS, P) along g: theta, and what the rule remembers."""
    if dials.clip:
        g = g * jnp.minimum(1, dials.clip / jnp.linalg.norm(g, axis=1, keepdims=True))
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
def jax_history(optimizer, loss, activation, sizes=SMALL):
    """Losses (STEPS, NETWORKS) of each step's batch before it, and thetas (STEPS, NETWORKS, P) after it."""
    _, theta, x, t = problem(loss, activation, sizes)
    slope, values, thetas = jax_slope(loss, activation, sizes), [], []
    theta = jnp.asarray(theta, jnp.float64)
    m, v = jnp.zeros_like(theta), jnp.ones_like(theta) if optimizer == "rmsprop" else jnp.zeros_like(theta)
    for at, batch in enumerate(BATCHES):
        value, g = slope(theta, x[batch].astype(np.float64), t[batch].astype(np.float64))
        theta, m, v = jax_step(DIALS[optimizer], optimizer, theta, m, v, at + 1.0, g)
        values.append(value)
        thetas.append(theta)
    return np.asarray(values), np.asarray(thetas)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_in_float64(optimizer, loss, activation):
    architecture, theta, x, t = problem(loss, activation)
    values, thetas = jax_history(optimizer, loss, activation)
    state, ours = descent(theta, optimizer), []
    for at, batch in enumerate(BATCHES):
        value, g = loss_and_gradient(architecture, state.theta, x[batch], t[batch])
        state = update(architecture, DIALS[optimizer], optimizer, state, g)
        ours.append(value)
        np.testing.assert_allclose(state.theta, thetas[at], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours, values, rtol=1e-10)
    assert np.abs(thetas[-1] - theta).mean() > 0.01  # they have moved far


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_on_a_device(backend, optimizer, loss, activation):
    """Same initial weights, same batches: the losses of the first 50 steps to 1e-4."""
    ours, values = device_losses(backend, optimizer, loss, activation, SMALL)
    np.testing.assert_allclose(ours, values, rtol=1e-4)


@pytest.mark.parametrize(
    ("optimizer", "loss", "activation"),
    [
        ("sgd", "mse", "tanh"),
        ("momentum", "hinge", "erf"),
        ("adam", "mse", "linear"),
        ("rmsprop", "cross_entropy", "relu"),
    ],
)
def test_training_of_wide_networks(backend, optimizer, loss, activation):
    """The same where a device works otherwise than on small networks; each value of each at least once."""
    ours, values = device_losses(backend, optimizer, loss, activation, WIDE)
    np.testing.assert_allclose(ours, values, rtol=1e-4)


def device_losses(backend, optimizer, loss, activation, sizes):
    """Losses (STEPS, NETWORKS) of each step's batch before it, of the trainer and of JAX."""
    architecture, theta, x, t = problem(loss, activation, sizes)
    data = Dataset(x, t, x[:1], t[:1], sizes[-1])
    trainer = Trainer(backend, architecture, data, NETWORKS, BATCH, optimizer, SEED, theta)
    ours = []
    for batch in BATCHES:
        ours.append(trainer.evaluate((x[batch], t[batch]))[0])
        trainer.step(1, DIALS[optimizer])
    return ours, jax_history(optimizer, loss, activation, sizes)[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_and_hessian_products(loss, activation):
    architecture, theta, x, t = problem(loss, activation)
    at = theta[0].astype(np.float64)
    slope = jax.grad(lambda theta: jax_loss(architecture, theta, x.astype(np.float64), t.astype(np.float64)))
    directions = np.random.default_rng(6).standard_normal((2, architecture.parameters))
    np.testing.assert_allclose(loss_and_gradient(architecture, at, x, t)[1], slope(at), rtol=1e-11, atol=1e-14)
    ours = hessian_product(architecture, at, x, t)(directions)
    products = [jax.jvp(slope, (at,), (v,))[1] for v in directions]
    np.testing.assert_allclose(ours, products, rtol=1e-10, atol=1e-13)
    assert np.abs(ours).max() > 0.01
