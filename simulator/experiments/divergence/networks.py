"""Twins of networks in training: the same batches, the same dropout, the same examples deformed alike."""

import dataclasses
from typing import Final, final

import numpy as np

from simulator.backends.base import AbstractBackend
from simulator.experiments.divergence.params import DivergenceParams
from simulator.experiments.divergence.twins import AbstractDeviceTwins, Array, States, directions
from simulator.experiments.training.ensemble import Ensemble
from simulator.experiments.training.predictions import Seen
from simulator.experiments.training.trace import Trace
from simulator.networks.trainer import TrainerState

STRIDE: Final = 4
SLOWEST: Final = 32
"""Steps from one measurement of the losses to the next at the beginning, at most."""


@final
class NetworkTwins(AbstractDeviceTwins):
    """(networks, 1) pairs from different initial weights; components are the parameters."""

    stride = STRIDE

    def __init__(self, backend: AbstractBackend, params: DivergenceParams, seed: int, watched: bool = True) -> None:
        """watched: whether their losses are measured on the way."""
        super().__init__(params, seed)
        self._watched = watched
        training = params.training()
        self.first, self.second = (Ensemble(backend, training, seed) for _ in range(2))
        slowest = max(STRIDE, min(SLOWEST, self.first.examined // (2 * self.first.batch)))
        self.traces = tuple(Trace(slowest - slowest % STRIDE) for _ in range(2))
        self._start = self.first.trainer.state
        self.restart(params.epsilon)
        self._note()

    def restart(self, epsilon: float) -> None:
        theta = self._start.theta
        z = directions(self._seed, theta.shape)
        if not self.first.architecture.biased:  # nothing would ever bring these together
            for layer in self.first.architecture.layers:
                z[:, layer.biases] = 0.0
            z /= np.sqrt(np.mean(np.square(z), axis=-1, keepdims=True))
        self.first.trainer.set_state(self._start)
        twin = (theta + epsilon * z).astype(np.float32)
        self.second.trainer.set_state(dataclasses.replace(self._start, theta=twin))
        self.step_count, self._grown, self._aim = 0, 0.0, epsilon

    def seen(self, steady: bool, hurried: bool) -> tuple[Seen, Seen]:
        """What the training experiment measures of both; no curvature."""
        first, second = (
            Seen(
                self.step_count, float(each.epoch(self.step_count)), each.losses(), each.weights(hurried), None, steady
            )
            for each in (self.first, self.second)
        )
        return first, second

    def _take(self, n: int, params: DivergenceParams) -> None:
        dials = params.training().dials()
        for each in (self.first, self.second):
            each.trainer.step(n, dials)
        if (self.step_count + n) % self.stride == 0:
            self._note(self.step_count + n)

    def _note(self, step: int = 0) -> None:
        """Keep both twins' losses where they are due."""
        if self._watched and self.traces[0].keeps(step):
            for trace, each in zip(self.traces, (self.first, self.second), strict=True):
                trace.append(step, each.losses())

    def _states(self) -> tuple[States, States]:
        first, second = (_arrays(each.trainer.state) for each in (self.first, self.second))
        return first, second

    def _places(self) -> tuple[Array, Array]:
        first, second = (each.trainer.theta.astype(float)[:, None] for each in (self.first, self.second))
        return first, second

    def _put(self, second: list[Array]) -> None:
        put_state(self.second, second)


def _arrays(state: TrainerState) -> States:
    known = (state.theta, state.first, state.second)
    return tuple(each[:, None] for each in known if each is not None)


def put_state(ensemble: Ensemble, arrays: list[Array]) -> None:
    """Go on from these: theta, and what the optimizer remembers; running means of squares are not negative."""
    trainer = ensemble.trainer
    given = [np.ascontiguousarray(each[:, 0], np.float32) for each in arrays]
    moments = dict(zip(_remembered(trainer.optimizer), given[1:], strict=True))
    if "second" in moments:
        moments["second"] = np.maximum(moments["second"], 0)
    before = trainer.state
    trainer.set_state(TrainerState(given[0], **moments, step=before.step, decays=before.decays))


def _remembered(optimizer: str) -> tuple[str, ...]:
    return {"sgd": (), "momentum": ("first",), "adam": ("first", "second"), "rmsprop": ("second",)}[optimizer]
