"""The host face of training: state and replay, streams, chunks, and what it says to bad input."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend, DeviceArray, OutOfDeviceMemoryError
from simulator.backends.registry import choose
from simulator.networks import trainer as module
from simulator.networks.architecture import OPTIMIZERS, Architecture, TrainingDials
from simulator.networks.datasets.base import Dataset
from simulator.networks.initial import initial_theta
from simulator.networks.trainer import Trainer, TrainerState
from simulator.networks.trainer_batches import batch_indices
from simulator.networks.trainer_choice import choose_form
from simulator.networks.trainer_fixed import Fixed, can_be_fixed
from simulator.networks.trainer_lanes import Lanes
from simulator.networks.trainer_samples import Samples

SIZES = (3, 8, 6, 2)
DIALS = TrainingDials(0.01, 0.8, 1e-4, 0.01, 0.5, 0.1)


def dataset(samples: int = 40, classes: int = 2) -> Dataset:
    """Two clusters."""
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, samples + 20)
    x = rng.standard_normal((samples + 20, 3), np.float32) + 1.5 * (2 * y[:, None] - 1).astype(np.float32)
    t = np.eye(2, dtype=np.float32)[y]
    return Dataset(x[:samples], t[:samples], x[samples:], t[samples:], classes)


def make(backend: AbstractBackend, optimizer: str = "adam", networks: int = 9, seed: int = 4, **more: Any) -> Trainer:
    architecture = more.pop("architecture", Architecture(SIZES))
    theta = more.pop("theta") if "theta" in more else initial_theta(architecture, networks, 1, sigma_w=1.2)
    data = more.pop("data", dataset())
    return Trainer(backend, architecture, data, networks, more.pop("batch", 7), optimizer, seed, theta, **more)


def same(one: TrainerState, two: TrainerState) -> bool:
    arrays = zip((one.theta, one.first, one.second), (two.theta, two.first, two.second), strict=True)
    equal = all(a is b is None or (a is not None and b is not None and a.tobytes() == b.tobytes()) for a, b in arrays)
    return equal and (one.step, one.decays) == (two.step, two.decays)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("networks", [1, 9])
def test_a_state_replays_bit_for_bit(backend: AbstractBackend, optimizer: str, networks: int) -> None:
    run = make(backend, optimizer, networks)
    run.step(7, DIALS)
    middle = run.state
    run.step(9, DIALS)
    end = run.state
    assert end.step == 16
    assert (middle.first is None, middle.second is None) == {
        "sgd": (True, True), "momentum": (False, True), "adam": (False, False), "rmsprop": (True, False)
    }[optimizer]  # fmt: skip
    run.set_state(middle)
    assert same(run.state, middle)
    run.step(9, DIALS)
    assert same(run.state, end)
    fresh = make(backend, optimizer, networks)
    fresh.set_state(middle)
    fresh.step(9, DIALS)
    assert same(fresh.state, end)


def test_twins_start_as_near_as_they_are_put(backend: AbstractBackend) -> None:
    """Two networks that are equal stay equal to the bit; a millionth apart, near and not equal."""
    theta = initial_theta(Architecture(SIZES), 1, 1)
    run = make(backend, "momentum", 3, theta=np.concatenate([theta, theta, theta * np.float32(1 + 1e-6)]))
    run.step(20, TrainingDials(0.05))
    end = run.theta
    assert end[0].tobytes() == end[1].tobytes()
    assert 0 < np.abs(end[2] - end[0]).max() < 1e-3


def test_the_seed_is_the_order_of_the_batches(backend: AbstractBackend) -> None:
    """The same seed the same bits; another seed other batches; a full batch needs none."""
    runs = [make(backend, seed=seed, batch=batch) for seed, batch in ((4, 7), (4, 7), (5, 7), (4, 40), (5, 99))]
    for run in runs:
        run.step(5, TrainingDials(0.01))
    theta = [run.theta.tobytes() for run in runs]
    assert theta[0] == theta[1] != theta[2]
    assert theta[3] == theta[4] != theta[0]
    assert np.array_equal(runs[0].indices(3, 2), batch_indices(4, 40, 7, 3, 2))
    assert np.array_equal(runs[3].indices(3), np.arange(40)[None])


def test_training_learns(backend: AbstractBackend) -> None:
    run = make(backend, "sgd", batch=10)
    before, _ = run.evaluate("test")
    run.step(300, TrainingDials(0.1))
    after, right = run.evaluate("test")
    assert np.all(after < before / 2) and np.all(right >= 0.9)


def test_a_stream_is_what_is_trained_on(backend: AbstractBackend) -> None:
    """A stream that hands out the data set's own batches trains the same; its arrays may be larger and used again."""
    data, calls = dataset(), []
    buffers = backend.zeros((4096 * 7, 3)), backend.zeros((4096 * 7, 2))

    def stream(first: int, count: int) -> tuple[DeviceArray, DeviceArray]:
        calls.append((first, count))
        some = batch_indices(4, 40, 7, first, count).reshape(-1)
        for buffer, rows in zip(buffers, (data.x, data.t), strict=True):
            full = np.zeros(buffer.shape, np.float32)
            full[: len(some)] = rows[some]
            backend.write(buffer, full)
        return buffers

    for networks in (1, 9):
        usual, streamed = make(backend, networks=networks), make(backend, networks=networks, stream=stream)
        for run in (usual, streamed):
            run.step(11, DIALS)
            run.step(2, DIALS)
        assert usual.theta.tobytes() == streamed.theta.tobytes()
    assert [calls[0][0], calls[-1]] == [0, (11, 2)]


@pytest.mark.parametrize("networks", [1, 9])
def test_chunks_do_not_matter(backend: AbstractBackend, networks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many thetas and outputs at once, or a few at a time."""
    run, theta = make(backend, networks=networks), initial_theta(Architecture(SIZES), 50, 8)
    found = [(*run.evaluate("train", theta), run.outputs(run.dataset.x, theta), run.gradient("test", theta))]
    monkeypatch.setattr(module, "PLACED_BYTES", 3000)
    found.append((*run.evaluate("train", theta), run.outputs(run.dataset.x, theta), run.gradient("test", theta)))
    assert [each.shape for each in found[0]] == [(50,), (50,), (50, 40, 2), (50, run.architecture.parameters)]
    for one, other in zip(*found, strict=True):
        assert one.tobytes() == other.tobytes()


def test_real_targets_have_no_answers(backend: AbstractBackend) -> None:
    run = make(backend, data=dataset(classes=0), architecture=Architecture(SIZES, loss="mse"))
    losses, right = run.evaluate()
    assert np.isfinite(losses).all() and np.isnan(right).all()


def test_biases_that_are_not_trained_stay(backend: AbstractBackend) -> None:
    architecture = Architecture(SIZES, biased=False)
    theta = initial_theta(architecture, 9, 1, sigma_b=0.5)
    for networks in (1, 9):
        run = make(backend, networks=networks, architecture=architecture, theta=theta[:networks])
        run.step(5, DIALS)
        end = run.theta
        for layer in architecture.layers:
            assert np.array_equal(end[:, layer.biases], theta[:networks, layer.biases])
            assert not np.array_equal(end[:, layer.weights], theta[:networks, layer.weights])
            assert np.all(run.gradient()[:, layer.biases] == 0)


def test_a_large_seed_is_no_other_seed(backend: AbstractBackend) -> None:
    """64 bits count."""
    runs = [make(backend, seed=seed) for seed in (4, 4 + 2**32)]
    for run in runs:
        run.step(5, TrainingDials(0.01, dropout=0.5))
    assert runs[0].theta.tobytes() != runs[1].theta.tobytes()


def test_steps_go_on_beyond_32_bits(backend: AbstractBackend) -> None:
    """A small network takes 2^32 steps in two hours; masks begin again there, batches do not."""
    run, other = make(backend, "sgd"), make(backend, "sgd")
    start = TrainerState(run.theta, step=2**32 - 2)
    for each, cuts in ((run, (5,)), (other, (2, 3))):
        each.set_state(start)
        for n in cuts:
            each.step(n, TrainingDials(0.01, dropout=0.5))
    assert run.state.step == 2**32 + 3
    assert run.theta.tobytes() == other.theta.tobytes()
    assert not np.array_equal(run.indices(2**32), run.indices(0))


def test_nothing_to_measure_on_is_nan(backend: AbstractBackend) -> None:
    data = dataset()
    run = make(backend, data=Dataset(data.x, data.t, data.x[:0], data.t[:0], 2))
    assert np.isnan(run.evaluate("test")).all() and run.evaluate("test", run.theta[:2])[0].shape == (2,)


@pytest.mark.parametrize(
    ("sizes", "networks", "batch", "chosen"),
    [((2, 16, 16, 1), 1, 32, Samples), ((2, 16, 16, 1), 256, 32, Samples),
     ((2, 16, 16, 1), 4096, 32, Lanes), ((2, 16, 16, 1), 16, 1, Lanes),
     ((784, 64, 10), 64, 32, Samples)],
)  # fmt: skip
def test_the_layout_follows_from_the_shape(sizes: tuple[int, ...], networks: int, batch: int, chosen: type) -> None:
    backend, _ = choose("opencl")
    assert type(choose_form(backend, Architecture(sizes), networks, batch, "sgd")) is chosen


def test_small_networks_have_a_kernel_of_their_own() -> None:
    """But not with dropout, or for many samples."""
    backend, _ = choose("opencl")
    assert can_be_fixed(backend, Architecture((2, 16, 16, 1)))
    for sizes, activation in (((2, 16, 16, 1), "erf"), ((2, 1), "tanh"), ((9, 99, 99, 9), "tanh"), ((2,) * 9, "relu")):
        assert not can_be_fixed(backend, Architecture(sizes, activation))
    fixed = Fixed(backend, Architecture((2, 16, 16, 1)), 32)
    plain, dropout = (tuple(np.float32([0.1, 0.9, 0, 0, 0, keep])) for keep in (1, 0.9))
    assert fixed.takes(32, plain) and not fixed.takes(32, dropout) and not fixed.takes(65, plain)


def bad(**changed: Any) -> dict[str, Any]:
    return {"networks": 9, "architecture": Architecture(SIZES), "optimizer": "sgd"} | changed


WRONG = (
    (bad(optimizer="lbfgs"), "optimizer 'lbfgs' is none of sgd, momentum, adam, rmsprop"),
    (bad(architecture=Architecture(SIZES, "selu")), "activation 'selu' is none of"),
    (bad(architecture=Architecture(SIZES, loss="l1")), "loss 'l1' is none of"),
    (bad(architecture=Architecture((4, 2))), "do not fit data of 3 inputs and 2 outputs"),
    (bad(architecture=Architecture((3, 4097, 2))), "at most 4096 units"),
    (bad(architecture=Architecture((3, 0, 2))), "at least one unit"),
    (bad(architecture=Architecture((3, *[2] * 66))), "2 to 66 are wanted"),
    (bad(networks=0), "networks 0 must be at least 1"),
    (bad(batch=0), "batch 0 must be at least 1"),
    (bad(theta=np.zeros((9, 5), np.float32)), "theta of shape"),
    (bad(theta=np.zeros((8, Architecture(SIZES).parameters), np.float32)), "theta of 8 networks, not of networks=9"),
)


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[message for _, message in WRONG])
def test_bad_input_is_named(backend: AbstractBackend, arguments: dict[str, Any], message: str) -> None:
    theta = arguments.setdefault("theta", np.zeros((9, arguments["architecture"].parameters), np.float32))
    assert theta.ndim == 2
    with pytest.raises(ValueError, match=message):
        make(backend, **arguments)


def test_bad_data_is_named(backend: AbstractBackend) -> None:
    run, x, t = make(backend), np.zeros((4, 3)), np.zeros((3, 2))
    with pytest.raises(ValueError, match="neither 'train' nor 'test'"):
        run.evaluate("valid")
    with pytest.raises(ValueError, match="4 inputs with 3 targets"):
        run.evaluate((x, t))
    with pytest.raises(ValueError, match="inputs of shape"):
        run.outputs(x.T)
    with pytest.raises(ValueError, match="theta of 1 networks"):
        run.set_theta(run.theta[:1])
    with pytest.raises(ValueError, match="another optimizer"):
        run.set_state(TrainerState(run.theta))


def test_memory_is_refused_before_it_is_taken(backend: AbstractBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """No array is made for networks that do not fit."""
    theta: NDArray[np.float32] = initial_theta(Architecture(SIZES), 9, 1)
    monkeypatch.setattr(type(backend), "memory", lambda _: (10_000, 10_000))
    made: list[object] = []
    monkeypatch.setattr(type(backend), "array", lambda _, host: made.append(host))
    monkeypatch.setattr(type(backend), "zeros", lambda _, shape, dtype=np.float32: made.append(shape))
    with pytest.raises(OutOfDeviceMemoryError, match="lower the size"):
        make(backend, theta=theta)
    assert not [each for each in made if not (isinstance(each, np.ndarray) and each.size < 100)]
