"""Every data set by its name."""

from typing import Final, TypeVar

from simulator.networks.architecture import LOSSES
from simulator.networks.datasets.base import Dataset
from simulator.networks.datasets.clusters import clusters
from simulator.networks.datasets.digits import digits
from simulator.networks.datasets.draws import Draws, Float64s, Purpose
from simulator.networks.datasets.files.bounded import MAX_VALUES
from simulator.networks.datasets.linear import linear_map, whitened
from simulator.networks.datasets.own import own
from simulator.networks.datasets.planar import PLANAR, planar
from simulator.networks.datasets.targets import Labels, noisy_labels, noisy_targets, targets_of
from simulator.networks.datasets.teacher import Teacher
from simulator.parameters import ParameterError, UnknownParameterError

DATASETS: Final = (*PLANAR, "clusters", "teacher", "linear", "digits", "digits-infinite", "file")
HIGH: Final = ("clusters", "teacher", "linear")
"""Sets of any dimension."""
TEST_SAMPLES: Final = 1000
"""Of a set that is made here: drawn like the training samples, independent of them."""
MIN_CLASSES, MAX_CLASSES = 2, 10
Number = TypeVar("Number", int, float)


def make_dataset(
    name: str,
    loss: str = "cross_entropy",
    seed: int = 0,
    samples: int = 400,
    noise: float = 0.0,
    label_noise: float = 0.0,
    classes: int = 2,
    dimension: int = 2,
    amplitude: float = 1.0,
    data_file: str = "",
) -> Dataset:
    """The data set of this name, a function of the arguments alone.

    loss: mse, cross_entropy or hinge, which decides what targets look like (base.Dataset). samples: to train with; of
    digits and files at most, 0 for all. noise: what is added to inputs of generated sets, or to a teacher's outputs.
    label_noise: fraction of the training labels replaced by labels drawn at random. classes: of generated sets.
    dimension, amplitude: of HIGH. data_file: for file. Targets are real for linear, `classes` of them, and for teacher
    with mse, one.
    Raises ParameterError, for a file DataFileError: one line each.
    """
    if name not in DATASETS:
        raise UnknownParameterError(name, DATASETS, "dataset")
    if loss not in LOSSES:
        raise ParameterError("loss", loss, f"one of {', '.join(LOSSES)}")
    _within("label_noise", label_noise, 0.0, 1.0)
    if name == "file":
        return own(data_file, loss, seed, _within("samples", samples, 0, MAX_VALUES), label_noise)
    if name.startswith("digits"):
        samples = _within("samples", samples, 0, MAX_VALUES)
        return digits(loss, seed, samples, label_noise, deformed=name == "digits-infinite")
    _within("classes", classes, 1 if name == "linear" else MIN_CLASSES, MAX_CLASSES)
    _within("noise", noise, 0.0, 1e6)
    _within("dimension", dimension, 1, MAX_VALUES)
    _within("amplitude", amplitude, 0.0, 1e6)
    _within("samples", samples, 1, MAX_VALUES // (dimension if name in HIGH else 2))
    if name == "linear":
        return _linear(loss, seed, samples, noise, classes, dimension, amplitude)
    if name == "teacher":
        return _taught(loss, seed, samples, noise, label_noise, classes, dimension, amplitude)

    def drawn(purpose: Purpose, count: int) -> tuple[Float64s, Labels]:
        draws = Draws(seed, purpose)
        if name == "clusters":
            return clusters(draws, seed, count, classes, dimension, amplitude, noise)
        return planar(name, draws, count, classes, noise)

    x, labels = drawn(Purpose.TRAINING, samples)
    x_test, labels_test = drawn(Purpose.TEST, TEST_SAMPLES)
    return _classified(x, noisy_labels(labels, label_noise, classes, seed), x_test, labels_test, classes, loss)


def _taught(
    loss: str, seed: int, samples: int, noise: float, label_noise: float, classes: int, dimension: int, amplitude: float
) -> Dataset:
    """Inputs and what the teacher says of them."""
    real = loss == "mse"
    teacher = Teacher.drawn(seed, dimension, 1 if real else classes, amplitude)
    draws = Draws(seed, Purpose.TRAINING)
    x, x_test = draws.normals(samples, dimension), Draws(seed, Purpose.TEST).normals(TEST_SAMPLES, dimension)
    y, y_test = teacher(x), teacher(x_test)
    y = y + noise * draws.displacements(*y.shape)
    if real:
        y = noisy_targets(y, label_noise, seed)
        return Dataset(x.astype("f4"), y.astype("f4"), x_test.astype("f4"), y_test.astype("f4"), 0)
    mine = noisy_labels(y.argmax(1), label_noise, classes, seed)
    return _classified(x, mine, x_test, y_test.argmax(1), classes, loss)


def _linear(
    loss: str, seed: int, samples: int, noise: float, outputs: int, dimension: int, amplitude: float
) -> Dataset:
    """What a matrix makes of white inputs."""
    if loss != "mse":
        raise ParameterError("loss", loss, "mse where dataset is linear, whose targets are real")
    W, draws = linear_map(seed, dimension, outputs, amplitude), Draws(seed, Purpose.TRAINING)
    x, x_test = whitened(draws, samples, dimension), Draws(seed, Purpose.TEST).normals(TEST_SAMPLES, dimension)
    t = x @ W.T + noise * draws.displacements(samples, outputs)
    return Dataset(x.astype("f4"), t.astype("f4"), x_test.astype("f4"), (x_test @ W.T).astype("f4"), 0)


def _classified(x: Float64s, labels: Labels, x_test: Float64s, labels_test: Labels, classes: int, loss: str) -> Dataset:
    t, t_test = targets_of(labels, classes, loss), targets_of(labels_test, classes, loss)
    return Dataset(x.astype("f4"), t, x_test.astype("f4"), t_test, classes)


def _within(name: str, value: Number, lo: float, hi: float) -> Number:
    """`value`, if it is in the closed range. Raises ParameterError."""
    if not lo <= value <= hi:
        raise ParameterError(name, value, f"a number from {lo:,.12g} to {hi:,.12g}")
    return value
