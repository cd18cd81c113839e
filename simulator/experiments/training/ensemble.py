"""The networks of one run with what they learn from: built from parameters and seed, stepped, measured."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.backends.base import AbstractBackend
from simulator.experiments.training.params import MADE_SAMPLES, TrainingParams
from simulator.experiments.training.trace import Losses
from simulator.networks.architecture import Architecture
from simulator.networks.datasets.base import Dataset
from simulator.networks.datasets.making import make_dataset
from simulator.networks.datasets.stream import DeformedStream
from simulator.networks.initial import decoupled_theta, initial_theta
from simulator.networks.trainer import Data, Trainer

Array = NDArray[np.float64]
Float32s = NDArray[np.float32]
EXAMINED: Final = (256, 2048)
"""Examples of each set on which losses and accuracies are measured: at least, where there are so many, and at most."""
EXAMINING: Final = 2**27
"""Networks times parameters times examples of that, unless it would be less than the least."""
UNREACHED: Final = 2**31
STREAMED: Final = 512
"""Examples of a stream that its training loss is measured on."""
QUICK: Final = 2**26
"""Networks times parameters times examples of a gradient that is measured while a window plays."""
WEIGHED: Final = 2**27
"""Bytes of weights and gradients that one measurement reads back from the device at most."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Of each network, (networks,): |gradient| of the training loss, |theta|, max |theta_i|. nan: not measured."""

    gradient: Array
    norm: Array
    largest: Array


def dataset_of(params: TrainingParams, seed: int) -> Dataset:
    """The data that `params` describe. Raises ParameterError, or DataFileError, in one line."""
    made = params.dataset not in ("digits", "digits-infinite", "file")
    samples = params.samples or (MADE_SAMPLES if made else 0)
    return make_dataset(
        params.dataset,
        params.loss,
        seed,
        samples,
        params.noise,
        params.label_noise,
        params.classes,
        params.dimension,
        params.amplitude,
        params.data_file,
    )


def _unseen(backend: AbstractBackend, stream: DeformedStream) -> tuple[Float32s, Float32s]:
    """Deformed training images of steps that no run reaches: what the training loss of a stream is measured on."""
    x, t = stream.stream(UNREACHED, -(-STREAMED // stream.batch))
    return backend.to_host(x)[:STREAMED], backend.to_host(t)[:STREAMED]


def theta_of(params: TrainingParams, architecture: Architecture, data: Dataset, seed: int) -> Float32s:
    """The weights that all networks start from: (networks, P)."""
    if params.init == "decoupled":
        return decoupled_theta(architecture, params.networks, seed, data.x, data.t, params.sigma_w)
    return initial_theta(architecture, params.networks, seed, params.init, params.sigma_w, params.sigma_b)


class Ensemble:
    """All networks of one run. Raises what the data, the parameters or the device say before anything is trained."""

    def __init__(self, backend: AbstractBackend, params: TrainingParams, seed: int) -> None:
        data = dataset_of(params, seed)
        samples = len(data.x)
        self.batch = params.batch if params.batch and (data.deformed or params.batch < samples) else samples
        self.architecture = params.architecture(data.dimension, data.outputs)
        weights = 4 * params.networks * self.architecture.parameters
        backend.require(weights, weights)  # before the host makes any: as given, and as trained
        stream = DeformedStream(backend, data, self.batch, seed, params.label_noise) if data.deformed else None
        self.data = data if stream is None else stream.tested()
        self.trainer = Trainer(
            backend,
            self.architecture,
            self.data,
            params.networks,
            self.batch,
            params.optimizer,
            seed,
            theta_of(params, self.architecture, self.data, seed),
            None if stream is None else stream.stream,
        )

        self.train, self.test = (
            self._some(self.data.x, self.data.t, "train") if stream is None else _unseen(backend, stream),
            self._some(self.data.x_test, self.data.t_test, "test"),
        )
        self.examined = min(self._most, samples) + min(self._most, len(self.data.x_test))

    def examples(self, most: int) -> tuple[Float32s, Float32s]:
        """Inputs and targets of the first training examples, or of a fixed part of the stream."""
        if isinstance(self.train, str):
            return self.data.x[:most], self.data.t[:most]
        x, t = (np.asarray(part, np.float32) for part in self.train)
        return x[:most], t[:most]

    @property
    def full_batch(self) -> bool:
        """Whether every step sees all examples, so that nothing is random but the start."""
        return self.batch == len(self.data.x) and not self.data.deformed

    def epoch(self, step: ArrayLike) -> Array:
        """How often each example has been seen by a step, in the shape of step."""
        return np.asarray(step, float) * (self.batch / len(self.data.x))

    def losses(self) -> Losses:
        """Of all networks on both sets."""
        found = [np.asarray(each, float) for which in (self.train, self.test) for each in self.trainer.evaluate(which)]
        train, train_accuracy, test, test_accuracy = found
        return Losses(train, test, train_accuracy, test_accuracy)

    def weights(self, hurried: bool) -> Weights:
        """Norms, where reading them back is not too much; while a window plays, no gradient that takes long."""
        networks, parameters = self.trainer.networks, self.architecture.parameters
        none = np.full(networks, math.nan)
        if 8 * networks * parameters > WEIGHED:
            return Weights(none, none, none)
        theta = self.trainer.theta.astype(float)
        quick = networks * parameters * min(self._most, len(self.data.x)) <= QUICK
        gradient = self.trainer.gradient(self.train).astype(float) if quick or not hurried else none[:, None]
        with np.errstate(all="ignore"):
            return Weights(np.linalg.norm(gradient, axis=1), np.linalg.norm(theta, axis=1), np.abs(theta).max(axis=1))

    def _some(self, x: Float32s, t: Float32s, name: str) -> Data:
        """The set of this name, or the first of its examples where there are many."""
        return name if len(x) <= self._most else (x[: self._most], t[: self._most])

    @property
    def _most(self) -> int:
        each = self.trainer.networks * self.architecture.parameters
        return max(EXAMINED[0], min(EXAMINED[1], EXAMINING // each))
