"""R independent perceptrons of one architecture, trained side by side on the same batches, on a device."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.backends.base import AbstractBackend, DeviceArray
from simulator.networks.architecture import LOSSES, OPTIMIZERS, Architecture, TrainingDials
from simulator.networks.datasets.base import Dataset
from simulator.networks.layers import ACTIVATIONS
from simulator.networks.trainer_batches import MAX_STEPS, Batches, Stream, at_once, batch_indices
from simulator.networks.trainer_choice import choose_form
from simulator.networks.trainer_form import AbstractForm, Float32s, Rates

MAX_LAYERS: Final = 65
"""Layers of weights: at most 64 hidden layers."""
MAX_UNITS: Final = 4096
PLACED_BYTES: Final = 64 * 2**20
"""Theta vectors, and outputs, that an evaluation holds on the device at a time."""
ADAM_BETA_2: Final = 0.999
Data = str | tuple[ArrayLike, ArrayLike]
""""train", "test", or inputs x (n, dimension) with their targets t (n, outputs)."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainerState:
    """All that the next step depends on, float32 (networks, parameters): theta; first: momentum's v or Adam's m;
    second: Adam's v or RMSProp's r (None where the rule has none). step: steps taken. decays: the products of all beta
    and of all 0.999 so far, for Adam's bias corrections."""

    theta: Float32s
    first: Float32s | None = None
    second: Float32s | None = None
    step: int = 0
    decays: tuple[float, float] = (1.0, 1.0)


@final
class Trainer:
    """Minimises the loss of `networks` perceptrons by minibatches: see TrainingDials for the rules.

    At a step all networks see the same batch (batch_indices). Dropout masks of a hidden unit are a function of (seed,
    step, network, place in the batch, unit) alone. A network that diverges keeps its inf and nan to itself. The same
    seed on the same device gives the same bits, however steps are cut into calls. Kernels: kernels/mlp_*.cl.
    """

    def __init__(
        self,
        backend: AbstractBackend,
        architecture: Architecture,
        dataset: Dataset,
        networks: int,
        batch: int,
        optimizer: str,
        seed: int,
        theta: ArrayLike,
        stream: Stream | None = None,
        form: AbstractForm | None = None,
    ) -> None:
        """theta: (networks, parameters) to start from. stream: where batches come from instead of the data set.

        Raises ValueError for what does not fit together, OutOfDeviceMemoryError before anything is allocated.
        """
        _check(architecture, dataset, networks, batch, optimizer)
        self.backend, self.architecture, self.dataset = backend, architecture, dataset
        self.networks, self.optimizer, self.seed, self.batch = networks, optimizer, seed, batch
        self._form = form or choose_form(backend, architecture, networks, batch, optimizer)
        start = self._vectors(theta)
        if len(start) != networks:
            raise ValueError(f"theta of {len(start)} networks, not of networks={networks}")
        held = 1 + (optimizer in ("momentum", "adam")) + (optimizer in ("adam", "rmsprop"))
        data, (size, most) = 4 * (dataset.x.size + dataset.t.size), at_once(dataset, batch, stream is not None)
        scratch = self._form.scratch_bytes(networks, size * most)
        backend.require(*[self._form.bytes_of(networks)] * held, *scratch, data)
        self._batches = Batches(backend, dataset, batch, seed, stream, self._form.gathers)
        self._test: tuple[DeviceArray, DeviceArray] | None = None
        self._rates = backend.zeros((MAX_STEPS, 2))
        self._keys = (np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32 & 0xFFFFFFFF))
        self._theta = self._first = self._second = self._place(start)
        ones = np.ones if optimizer == "rmsprop" else np.zeros
        if optimizer in ("momentum", "adam"):
            self._first = self._place(np.zeros_like(start))
        if optimizer in ("adam", "rmsprop"):
            self._second = self._place(ones(start.shape, np.float32))
        self.step_count, self._decays = 0, (1.0, 1.0)

    # ---- training ----

    def step(self, n: int, dials: TrainingDials) -> None:
        """Queue n steps; nothing is read back."""
        numbers = (
            dials.learning_rate,
            dials.momentum,
            dials.epsilon,
            dials.weight_decay,
            dials.clip,
            1 - dials.dropout,
        )
        scalars: Rates = tuple(np.float32(number) for number in numbers)
        while n > 0:
            batch = self._batches.take(self.step_count, n)
            if self.optimizer == "adam":
                self._correct(batch.count, dials.momentum)
            number = self.step_count & 0xFFFFFFFF
            self._form.steps(self._theta, (self._first, self._second), self.networks, batch, number, self._rates,
                             scalars, self._keys)  # fmt: skip
            self.step_count += batch.count
            n -= batch.count

    def indices(self, first: int, count: int = 1) -> NDArray[np.uint32]:
        """The samples of steps first to first + count - 1, where there is no stream: see batch_indices."""
        return batch_indices(self.seed, len(self.dataset.x), self.batch, first, count)

    @property
    def theta(self) -> Float32s:
        """A host copy, (networks, parameters)."""
        return self._form.read(self._theta, self.networks)

    def set_theta(self, theta: ArrayLike) -> None:
        """Go on from theta (networks, parameters); what the optimizer remembers stays."""
        given = self._vectors(theta)
        if len(given) != self.networks:
            raise ValueError(f"theta of {len(given)} networks, not of networks={self.networks}")
        self.backend.write(self._theta, self._form.laid_out(given))

    @property
    def state(self) -> TrainerState:
        """A host copy of everything, for set_state() of any trainer of the same shape and optimizer."""
        first, second = (
            None if moment is self._theta else self._form.read(moment, self.networks)
            for moment in (self._first, self._second)
        )
        return TrainerState(self.theta, first, second, self.step_count, self._decays)

    def set_state(self, state: TrainerState) -> None:
        """Go on from `state`. ValueError where it is of another optimizer."""
        self.set_theta(state.theta)
        for moment, given in ((self._first, state.first), (self._second, state.second)):
            if (moment is self._theta) != (given is None):
                raise ValueError(f"a state of another optimizer than {self.optimizer}")
            if given is not None:
                self.backend.write(moment, self._form.laid_out(self._vectors(given)))
        self.step_count, self._decays = state.step, state.decays

    # ---- measurements, without dropout; theta (M, parameters) for any M, or the networks' own ----

    def evaluate(
        self, data: Data = "train", theta: ArrayLike | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean loss and fraction of right answers: each (M,). nan for an answer where targets are real numbers, and for
        both where there is nothing to measure on.

        An answer is right where the target's class is the first of the largest outputs; a nan is never right.
        """
        x, t = self._data(data)
        count = x.shape[0]
        if not count:
            none = np.full(self.networks if theta is None else len(self._vectors(theta)), np.nan)
            return none, none.copy()
        parts = [self._form.measure(vectors, m, x, t) for vectors, m in self._placed(theta)]
        losses, hits = (np.concatenate(each) / count for each in zip(*parts, strict=True))
        return losses, hits if self.dataset.classes else np.full(len(hits), np.nan)

    def outputs(self, x: ArrayLike, theta: ArrayLike | None = None) -> Float32s:
        """f (M, n, outputs) of inputs x (n, dimension)."""
        rows = _rows(x, self.architecture.sizes[0], "inputs")
        found = []
        for vectors, m in self._placed(theta):
            most = max(1, PLACED_BYTES // (4 * m * self.architecture.sizes[-1]))
            parts = [rows[at : at + most] for at in range(0, len(rows), most)]
            found.append(
                np.concatenate([self._form.outputs(vectors, m, self.backend.array(part)) for part in parts], axis=1)
            )
        return np.concatenate(found)

    def gradient(self, data: Data = "train", theta: ArrayLike | None = None) -> Float32s:
        """dL/dtheta (M, parameters) of the mean loss; 0 for biases that are not trained."""
        x, t = self._data(data)
        return np.concatenate([self._form.gradient(vectors, m, x, t) for vectors, m in self._placed(theta)])

    # ---- arrays ----

    def _place(self, theta: Float32s) -> DeviceArray:
        return self.backend.array(self._form.laid_out(theta))

    def _placed(self, theta: ArrayLike | None) -> list[tuple[DeviceArray, int]]:
        """Device arrays of theta and how many vectors each holds."""
        if theta is None:
            return [(self._theta, self.networks)]
        given = self._vectors(theta)
        most = max(1, PLACED_BYTES // self._form.measured_bytes())
        parts = [given[at : at + most] for at in range(0, len(given), most)]
        return [(self._place(part), len(part)) for part in parts]

    def _data(self, data: Data) -> tuple[DeviceArray, DeviceArray]:
        if not isinstance(data, str):
            x = _rows(data[0], self.architecture.sizes[0], "inputs")
            t = _rows(data[1], self.architecture.sizes[-1], "targets")
            if len(x) != len(t) or not len(x):
                raise ValueError(f"{len(x)} inputs with {len(t)} targets: as many of both, at least 1")
            return self.backend.array(x), self.backend.array(t)
        if data == "train":
            return self._batches.x, self._batches.t
        if data != "test":
            raise ValueError(f"data {data!r} is neither 'train' nor 'test'")
        if self._test is None:
            x, t = (np.asarray(each, np.float32) for each in (self.dataset.x_test, self.dataset.t_test))
            self._test = self.backend.array(x), self.backend.array(t)
        return self._test

    def _vectors(self, theta: ArrayLike) -> Float32s:
        return _rows(theta, self.architecture.parameters, "theta")

    def _correct(self, count: int, beta: float) -> None:
        """Adam's bias corrections of the next `count` steps, one product after the other so that cuts do not matter."""
        running = np.cumprod(np.vstack([self._decays, np.tile([beta, ADAM_BETA_2], (count, 1))]), axis=0)[1:]
        rates = np.zeros((MAX_STEPS, 2), np.float32)
        rates[:count] = 1 / np.where(running < 1, 1 - running, 1)
        self.backend.write(self._rates, rates)
        self._decays = (float(running[-1, 0]), float(running[-1, 1]))


def _rows(values: ArrayLike, width: int, what: str) -> Float32s:
    rows = np.ascontiguousarray(values, np.float32)
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(f"{what} of shape {rows.shape}: rows of {width} numbers are wanted")
    return rows


def _check(architecture: Architecture, dataset: Dataset, networks: int, batch: int, optimizer: str) -> None:
    sizes = architecture.sizes
    if not 2 <= len(sizes) <= MAX_LAYERS + 1 or min(sizes) < 1:
        raise ValueError(f"layers {sizes}: 2 to {MAX_LAYERS + 1} are wanted, of at least one unit each")
    if any(size > MAX_UNITS for size in sizes[1:-1]):
        raise ValueError(f"layers {sizes}: hidden layers have at most {MAX_UNITS} units")
    chosen = (architecture.activation, architecture.loss, optimizer)
    for name, value, allowed in zip(
        ("activation", "loss", "optimizer"), chosen, (ACTIVATIONS, LOSSES, OPTIMIZERS), strict=True
    ):
        if value not in allowed:
            raise ValueError(f"{name} {value!r} is none of {', '.join(allowed)}")
    for name, number in (("networks", networks), ("batch", batch)):
        if number < 1:
            raise ValueError(f"{name} {number} must be at least 1")
    if (sizes[0], sizes[-1]) != (dataset.dimension, dataset.outputs):
        raise ValueError(f"layers {sizes} do not fit data of {dataset.dimension} inputs and {dataset.outputs} outputs")
