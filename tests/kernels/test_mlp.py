"""The perceptrons' kernels in every layout: against float64, finite differences, and each other."""

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from kernels import mlp_network
from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.networks import reference
from simulator.networks.architecture import LOSSES, OPTIMIZERS, Architecture, TrainingDials
from simulator.networks.datasets.base import Dataset, labels
from simulator.networks.initial import initial_theta
from simulator.networks.layers import ACTIVATIONS
from simulator.networks.trainer import Trainer
from simulator.networks.trainer_batches import batch_indices
from simulator.networks.trainer_form import AbstractForm
from simulator.networks.trainer_lanes import Lanes
from simulator.networks.trainer_samples import Samples

Maker = Callable[[AbstractBackend, Architecture, str, int], AbstractForm]
FORMS: dict[str, Maker] = {
    "lanes": lambda backend, architecture, optimizer, batch: Lanes(backend, architecture, optimizer),
    "samples": Samples,
    "general": lambda *given: Samples(*given, general=True),
    "shared": lambda *given: Samples(*given, shared=True),
}
RATES = {"sgd": 0.05, "momentum": 0.05, "adam": 0.003, "rmsprop": 0.003}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Maker:
    """Each layout in turn."""
    return FORMS[request.param]


def dataset(sizes: tuple[int, ...], loss: str, samples: int = 45) -> Dataset:
    """Gaussian inputs with random classes, as the loss wants them."""
    rng, outputs = np.random.default_rng(samples), sizes[-1]

    def some(n: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        x, y = rng.standard_normal((n, sizes[0]), np.float32), rng.integers(0, max(2, outputs), n)
        if outputs == 1 and loss != "cross_entropy":
            return x, np.where(y, 1, -1)[:, None].astype(np.float32)
        t = np.eye(outputs, dtype=np.float32)[y % outputs]
        return x, 2 * t - 1 if loss == "hinge" else t

    return Dataset(*some(samples), *some(70), classes=max(2, outputs))


def trainer(backend: AbstractBackend, make: Maker, architecture: Architecture, optimizer: str = "sgd",
            networks: int = 11, batch: int = 13, seed: int = 5, samples: int = 45) -> Trainer:  # fmt: skip
    theta = initial_theta(architecture, networks, 3, "gaussian", 1.3, 0.3)
    data = dataset(architecture.sizes, architecture.loss, samples)
    form = make(backend, architecture, optimizer, batch)
    return Trainer(backend, architecture, data, networks, batch, optimizer, seed, theta, form=form)


def masks_at(sizes: tuple[int, ...], network: int, step: int, batch: int, dropout: float, seed: int
             ) -> list[NDArray[np.float64]]:  # fmt: skip
    """Of each hidden layer (batch, width), from the places of its random numbers."""
    masks = []
    for layer, width in enumerate(sizes[1:-1], 1):
        one, two = np.ones((width, batch), np.float32), np.ones((width, batch), np.float32)
        mlp_network.silence(one, two, layer, np.float32(1 - dropout), step, network, np.uint32(seed), np.uint32(0), 0)
        assert np.array_equal(one, two)
        masks.append(one.T.astype(np.float64))
    return masks


def followed(run: Trainer, dials: TrainingDials, steps: int) -> NDArray[np.float64]:
    """Theta after the same steps in float64."""
    architecture, data = run.architecture, run.dataset
    state = reference.descent(run.theta, run.optimizer)
    for k in range(steps):
        some = run.indices(k)[0]
        masks: list[NDArray[np.float64]] = []
        if dials.dropout:
            each = [masks_at(architecture.sizes, r, k, len(some), dials.dropout, run.seed) for r in range(run.networks)]
            masks = [np.stack(layer) for layer in zip(*each, strict=True)]
        g = reference.loss_and_gradient(architecture, state.theta, data.x[some], data.t[some], masks)[1]
        state = reference.update(architecture, dials, run.optimizer, state, g)
    return state.theta


def nearest_kink(run: Trainer, dials: TrainingDials, steps: int) -> NDArray[np.float64]:
    """How near any pre-activation of a hidden unit comes to 0 on the way, of each network."""
    architecture, data = run.architecture, run.dataset
    state, nearest = reference.descent(run.theta, run.optimizer), np.full(run.networks, np.inf)
    for k in range(steps):
        some = run.indices(k)[0]
        h = np.broadcast_to(data.x[some].astype(np.float64), (run.networks, len(some), architecture.sizes[0]))
        for layer in architecture.layers[:-1]:
            w = state.theta[:, layer.weights].reshape(-1, layer.fan_out, layer.fan_in)
            h = h @ w.mT + state.theta[:, None, layer.biases]
            nearest = np.minimum(nearest, np.abs(h).min((1, 2)))
            h = np.maximum(h, 0)
        g = reference.loss_and_gradient(architecture, state.theta, data.x[some], data.t[some])[1]
        state = reference.update(architecture, dials, run.optimizer, state, g)
    return nearest


def apart(mine: NDArray[np.float32], exact: NDArray[np.float64]) -> float:
    """The largest error of any number in units of its network's largest."""
    return float((np.abs(mine - exact).max(1) / np.abs(exact).max(1)).max())


# ---- batches ----


@pytest.mark.parametrize("samples", [1, 2, 3, 5, 8, 33, 100, 300, 4097])
def test_every_epoch_is_a_permutation_the_same_everywhere(backend: AbstractBackend, samples: int) -> None:
    for start in (0, 5, 2**33 + 17):
        count = 3 * samples + 5
        across = max(1, math.isqrt(samples - 1) + 1)
        numbers = (count, samples, across, -(-samples // across), (2**32 - 1) // across, 12, start & 0xFFFFFFFF,
                   start >> 32, 7, 0)  # fmt: skip
        found = []
        for device in (backend, choose("numba")[0]):
            out = device.zeros(count, np.uint32)
            device.kernel("mlp_batches", "order")(-(-count // 1024), out, *map(np.uint32, numbers))
            found.append(device.to_host(out))
        assert np.array_equal(*found)
        begin = -start % samples
        epochs = found[0][begin : begin + (count - begin) // samples * samples].reshape(-1, samples)
        assert len(epochs) >= 2
        assert np.array_equal(np.sort(epochs, axis=1), np.tile(np.arange(samples), (len(epochs), 1)))
        if samples >= 33:
            assert (epochs[0] != epochs[1]).mean() > 0.8


def test_places_run_on_over_the_epochs() -> None:
    """A batch that does not divide the data ends an epoch and begins the next; any cut gives the same batches."""
    whole = batch_indices(3, 10, 4, 0, 25)
    assert np.array_equal(np.sort(whole.reshape(10, 10), axis=1), np.tile(np.arange(10), (10, 1)))
    assert np.array_equal(whole[7:12], batch_indices(3, 10, 4, 7, 5))
    assert not np.array_equal(whole, batch_indices(4, 10, 4, 0, 25))
    assert np.array_equal(batch_indices(3, 10, 12, 6, 2), np.tile(np.arange(10), (2, 1)))


@pytest.mark.parametrize("samples", [4, 6, 30])
def test_orders_are_as_likely_as_each_other(samples: int) -> None:
    """First and second element: all pairs equally often, within what 40,000 epochs and known flaws (2 %) allow."""
    epochs = 40_000
    order = batch_indices(11, samples, 1, 0, epochs * samples).reshape(epochs, samples)
    pairs = np.bincount(order[:, 0].astype(np.int64) * samples + order[:, 1], minlength=samples**2)
    pairs = pairs.reshape(samples, samples)
    expected = epochs / (samples * (samples - 1))
    assert np.all(np.diag(pairs) == 0)
    apart = pairs[~np.eye(samples, dtype=bool)] / expected - 1
    assert math.sqrt(np.mean(apart**2)) < math.hypot(0.04, 1.5 / math.sqrt(expected))
    at = np.stack([np.bincount(order[:, place], minlength=samples) for place in range(samples)])
    assert math.sqrt(np.mean((at / (epochs / samples) - 1) ** 2)) < math.hypot(0.04, 1.5 * math.sqrt(samples / epochs))


# ---- steps ----


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fifty_steps_are_those_of_float64(
    backend: AbstractBackend, form: Maker, optimizer: str, loss: str, activation: str
) -> None:
    architecture = Architecture((5, 9, 4, 3), activation, loss, biased=activation != "erf")
    run = trainer(backend, form, architecture, optimizer)
    dials = TrainingDials(RATES[optimizer], 0.8, 1e-4, weight_decay=0.01, clip=0.5)
    exact = followed(run, dials, 50)
    start = run.theta
    smooth = np.full(run.networks, True)
    if activation == "relu":  # which side of a kink a sample is on is a matter of rounding within 1e-6 of it
        smooth = nearest_kink(run, dials, 50) > 2e-6
        assert smooth.sum() >= 7
    run.step(50, dials)
    assert apart(run.theta[smooth], exact[smooth]) < 1e-4
    assert apart(start, exact) > 0.02, "nothing was learnt"


SHAPES = (
    ((3, 2), 45), ((1, 1, 1), 1), ((2, 16, 16, 1), 32), ((20, 33, 17, 10), 7), ((3, *[4] * 64, 2), 5),
    ((100, 70, 3), 40),
)  # fmt: skip


@pytest.mark.parametrize(("sizes", "batch"), SHAPES, ids=str)
@pytest.mark.parametrize("clip", [0.0, 0.3])
def test_any_shape_and_batch(
    backend: AbstractBackend, form: Maker, sizes: tuple[int, ...], batch: int, clip: float
) -> None:
    run = trainer(backend, form, Architecture(sizes, "tanh", "mse"), "momentum", networks=3, batch=batch)
    dials = TrainingDials(0.02, 0.5, clip=clip)
    exact = followed(run, dials, 12)
    run.step(12, dials)
    assert apart(run.theta, exact) < 2e-5


@pytest.mark.parametrize("batch", [65, 150, 1000])
def test_batches_of_many_blocks(backend: AbstractBackend, form: Maker, batch: int) -> None:
    """More samples than a work-item takes at a time, the last block partly filled, up to the whole data set."""
    run = trainer(backend, form, Architecture((4, 12, 3), "relu"), "sgd", batch=batch, samples=150)
    dials = TrainingDials(0.3)
    exact = followed(run, dials, 10)
    run.step(10, dials)
    assert apart(run.theta, exact) < 2e-5


def test_a_gpus_form_agrees(form: Maker) -> None:
    """The same source with scalars in place of vectors and networks side by side, as it is built for a GPU."""
    gpu, _ = choose("opencl")
    gpu.is_gpu, gpu.lanes = True, 1
    for sizes, batch in (((5, 9, 4, 3), 13), ((6, 3), 45), ((20, 33, 17, 10), 7)):
        run = trainer(gpu, form, Architecture(sizes, "erf"), "adam", batch=batch)
        dials = TrainingDials(0.003, clip=0.5, dropout=0.2)
        exact = followed(run, dials, 20)
        run.step(20, dials)
        assert apart(run.theta, exact) < 1e-4
        data = run.dataset
        losses, right = run.evaluate("test")
        assert np.allclose(losses, reference.loss(run.architecture, run.theta, data.x_test, data.t_test), rtol=1e-5)
        f = run.outputs(data.x_test)
        assert np.array_equal(right, (labels_of(f) == labels(data.t_test)).mean(1))
        g = reference.loss_and_gradient(run.architecture, run.theta, data.x, data.t)[1]
        assert apart(run.gradient(), g) < 1e-5


def labels_of(f: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.stack([labels(each) for each in f])


# ---- measurements ----


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_is_the_slope_of_the_loss(
    backend: AbstractBackend, form: Maker, loss: str, activation: str
) -> None:
    """Against differences of the loss in float64, in random directions."""
    architecture = Architecture((5, 9, 4, 3), activation, loss)
    run = trainer(backend, form, architecture, networks=2)
    g, theta, data = run.gradient(), run.theta.astype(np.float64), run.dataset
    rng, small = np.random.default_rng(1), 1e-6
    for _ in range(5):
        direction = rng.standard_normal(theta.shape)
        ends = [reference.loss(architecture, theta + side * small * direction, data.x, data.t) for side in (1, -1)]
        slope = (ends[0] - ends[1]) / (2 * small)
        size = np.linalg.norm(g, axis=1) * np.linalg.norm(direction, axis=1)
        assert np.abs((g * direction).sum(1) - slope).max() < 1e-5 * size.max()


@pytest.mark.parametrize(("loss", "outputs"), [*product(LOSSES, (3,)), ("mse", 1), ("hinge", 1)])
def test_losses_answers_and_outputs(backend: AbstractBackend, form: Maker, loss: str, outputs: int) -> None:
    architecture = Architecture((5, 9, outputs), "tanh", loss)
    run = trainer(backend, form, architecture, samples=300)
    data = run.dataset
    theta = initial_theta(architecture, 37, 8, "gaussian", 2.0, 1.0)
    for which, (x, t) in {"train": (data.x, data.t), "test": (data.x_test, data.t_test)}.items():
        losses, right = run.evaluate(which, theta)
        f = run.outputs(x, theta)
        assert np.abs(f - reference.outputs(architecture, theta, x)).max() < 1e-5 * np.abs(f).max()
        assert np.allclose(losses, reference.loss(architecture, theta, x, t), rtol=2e-6)
        assert np.array_equal(right, (labels_of(f) == labels(t)).mean(1))
    alone = run.evaluate("test", theta[5:6])
    assert alone[0][0] == losses[5] and alone[1][0] == right[5], "a network's loss depends on the others"


def test_huge_outputs_have_a_finite_cross_entropy(backend: AbstractBackend, form: Maker) -> None:
    """Outputs of a thousand: the largest is taken out before any exponential."""
    architecture = Architecture((2, 3), "tanh", "cross_entropy")
    run = trainer(backend, form, architecture, networks=1)
    theta = np.array([[2e3, 0, -2e3, 0, 0, 0, 0, 0, 0]], np.float32)
    x, t = np.array([[1, 0], [-1, 0]], np.float32), np.eye(3, dtype=np.float32)[[0, 0]]
    exact = reference.loss(architecture, theta, x, t)
    assert np.isfinite(exact).all()
    assert np.allclose(run.evaluate((x, t), theta)[0], exact, rtol=1e-6)
    g = reference.loss_and_gradient(architecture, theta, x, t)[1]
    assert np.abs(run.gradient((x, t), theta) - g).max() < 1e-6


# ---- dropout ----


def test_dropout_is_that_of_its_places(backend: AbstractBackend, form: Maker) -> None:
    """Masks recomputed from (seed, step, network, place in the batch, unit), in float64."""
    architecture = Architecture((5, 9, 14, 3), "tanh")
    run = trainer(backend, form, architecture, "momentum", batch=21)
    dials = TrainingDials(0.05, dropout=0.3)
    exact = followed(run, dials, 10)
    run.step(10, dials)
    assert apart(run.theta, exact) < 1e-4


def test_masks_are_independent_and_of_the_right_mean() -> None:
    """3,000 places each: mean 1, the fraction kept, and no correlation between steps, networks, layers, units."""
    dropout, samples = 0.3, 3000
    masks = [
        column
        for network, step in product((0, 1), (0, 1))
        for layer in masks_at((1, 6, 6, 1), network, step, samples, dropout, 9)
        for column in layer.T
    ]
    table = np.stack(masks)
    kept = (table > 0).mean(1)
    assert np.allclose(table[table > 0], 1 / 0.7, rtol=1e-6)
    assert np.abs(kept - 0.7).max() < 4.5 * math.sqrt(0.3 * 0.7 / samples)
    correlations = np.corrcoef(table) - np.eye(len(table))
    assert np.abs(correlations).max() < 5 / math.sqrt(samples)


# ---- what must not matter ----


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_cuts_do_not_matter(backend: AbstractBackend, form: Maker, optimizer: str) -> None:
    dials = TrainingDials(RATES[optimizer], 0.8, 1e-4, 0.01, 0.5, 0.2)
    one, many = (trainer(backend, form, Architecture((5, 9, 4, 3)), optimizer) for _ in range(2))
    one.step(23, dials)
    for n in (1, 5, 0, 14, 3):
        many.step(n, dials)
    assert one.theta.tobytes() == many.theta.tobytes()


@pytest.mark.parametrize("clip", [0.0, 0.5])
def test_a_network_that_diverges_keeps_it_to_itself(backend: AbstractBackend, form: Maker, clip: float) -> None:
    architecture, dials = Architecture((5, 9, 4, 3), "relu", "mse"), TrainingDials(0.05, clip=clip)
    sane, mixed = (trainer(backend, form, architecture, "momentum") for _ in range(2))
    theta = sane.theta
    theta[3] *= np.float32(1e15)
    theta[7, 0] = np.nan
    mixed.set_theta(theta)
    for run in (sane, mixed):
        run.step(30, dials)
    others = np.delete(np.arange(11), [3, 7])
    assert not np.isfinite(mixed.theta[3]).all() and np.isnan(mixed.theta[7]).any()
    assert mixed.theta[others].tobytes() == sane.theta[others].tobytes()
    losses, right = mixed.evaluate()
    assert not np.isfinite(losses[[3, 7]]).any() and right[7] == 0
    assert np.array_equal(losses[others], sane.evaluate()[0][others])
