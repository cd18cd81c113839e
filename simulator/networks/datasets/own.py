"""Somebody's own data, from a file, made ready to learn.

A fifth of each class is held out for the test where the file has no test part; which, the seed decides. Inputs and real
targets are scaled by what the training part shows.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.networks.datasets.base import Dataset, Float32s
from simulator.networks.datasets.files.contents import Contents, Part
from simulator.networks.datasets.files.fault import DataFileError, quoted
from simulator.networks.datasets.files.labels import Classes, classes_of, summary
from simulator.networks.datasets.files.opening import read_file
from simulator.networks.datasets.files.scaling import column_scaling, image_scaling, image_shape
from simulator.networks.datasets.targets import noisy_labels, noisy_targets, shuffled, split, targets_of
from simulator.parameters import ParameterError

Indices = NDArray[np.int64]


def own(data_file: str, loss: str, seed: int, samples: int, label_noise: float) -> Dataset:
    """The data set of a file; `samples` of its training samples at most, 0 for all.

    Raises ParameterError: for the file (DataFileError), or where real targets meet a loss that wants classes.
    """
    contents = read_file(data_file)
    classes = classes_of(contents)
    if classes is None and loss != "mse":
        raise ParameterError(
            "loss", loss, f"mse, for what {quoted(contents.path.name, 200)} wants learnt are real numbers"
        )
    if len(contents.training.x) < 2:
        raise DataFileError(contents.path, "it has one sample; to learn and to test, two are needed")
    kept, held = _parts(contents, classes, seed)
    kept = kept[:samples] if samples else kept
    test = contents.training if contents.test is None else contents.test
    x, x_test, shape, scaled = _inputs(contents.training.x, kept, test.x, held)
    t, t_test = _targets(contents, classes, kept, held, loss, seed, label_noise)
    names = classes.names if classes and classes.renamed else ()
    words = f"{contents.path.name}: {_words(contents, classes, len(kept), len(held), shape)}; {scaled}"
    return Dataset(x, t, x_test, t_test, len(classes.names) if classes else 0, shape, words=words, names=names)


def _parts(contents: Contents, classes: Classes | None, seed: int) -> tuple[Indices, Indices]:
    """Which samples train, in random order, and which of the test part test."""
    count = len(contents.training.x)
    if contents.test is not None:
        return shuffled(count, seed), np.arange(len(contents.test.x))
    return split(classes.labels[0] if classes else np.zeros(count, np.int64), seed)


def _inputs(
    x: NDArray[Any], kept: Indices, x_test: NDArray[Any], held: Indices
) -> tuple[Float32s, Float32s, tuple[int, int] | None, str]:
    shape = image_shape(x)
    flat, flat_test = x.reshape(len(x), -1), x_test.reshape(len(x_test), -1)
    training = flat[kept]
    scaling = image_scaling(training) if shape else column_scaling(training)
    return scaling(training), scaling(flat_test[held]), shape, ("pixels " if shape else "") + scaling.words


def _targets(
    contents: Contents, classes: Classes | None, kept: Indices, held: Indices, loss: str, seed: int, label_noise: float
) -> tuple[Float32s, Float32s]:
    if classes is None:
        y = [_real(part) for part in contents.parts]
        scaling = column_scaling(y[0][kept])
        return scaling(noisy_targets(y[0][kept], label_noise, seed)), scaling(y[-1][held])
    count = len(classes.names)
    mine = noisy_labels(classes.labels[0][kept], label_noise, count, seed)
    return targets_of(mine, count, loss), targets_of(classes.labels[-1][held], count, loss)


def _real(part: Part) -> NDArray[Any]:
    y = np.asarray(part.y)
    return y.reshape(len(y), -1)


def _words(contents: Contents, classes: Classes | None, training: int, held: int, shape: tuple[int, int] | None) -> str:
    inputs = f"images of {shape[0]} x {shape[1]}" if shape else "samples"
    test = f"{held:,} {'held out' if contents.test is None else 'of its test part'} to test"
    if classes is None:
        learnt = "real targets, scaled to mean 0 and variance 1"
    else:
        learnt = f"{len(classes.names)} classes" + (f" ({summary(classes.names)})" if classes.renamed else "")
    return f"{training:,} {inputs} to train with, {test}; {learnt}"
