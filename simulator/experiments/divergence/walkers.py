"""Twins of the walkers in a random landscape."""

from typing import Final, final

import numpy as np

from simulator.backends.base import AbstractBackend
from simulator.experiments.divergence.params import DivergenceParams
from simulator.experiments.divergence.twins import AbstractDeviceTwins, Array, States, directions
from simulator.experiments.landscape.experiment import make_landscape
from simulator.landscapes.base import TRACED, WalkerState

STRIDE: Final = 4
COPIES: Final = 12
"""Of all places, in float64 on the host: two twins' places and moments, and as many where they are put back."""


@final
class WalkerTwins(AbstractDeviceTwins):
    """(samples, replicas) pairs: groups are landscapes. On the sphere a twin is put back along the great circle."""

    stride = STRIDE

    def __init__(self, backend: AbstractBackend, params: DivergenceParams, seed: int) -> None:
        super().__init__(params, seed)
        if not backend.is_gpu:  # else the host's memory is not the device's
            backend.require(*[8 * params.samples * params.replicas * params.size] * COPIES)
        self.first = make_landscape(backend, params.landscape(), seed)
        self.second = self.first.twin()
        self._start = self.first.state()
        self._energy = np.full(2, np.nan)
        self.scatter(params.epsilon)

    def restart(self, epsilon: float) -> None:
        self.first.set_state(self._start)
        self.scatter(epsilon)
        self.step_count, self._grown, self._aim = 0, 0.0, epsilon

    def scatter(self, epsilon: float) -> None:
        """Put second twins at the distance epsilon from the first, in random directions."""
        state = self.first.state()
        x = np.asarray(state.x, float)
        z = directions(self._seed, x.shape)
        if self.first.sphere:
            z -= x * np.mean(z * x, axis=-1, keepdims=True)  # along the sphere, whose radius is 1 a component
            z /= np.sqrt(np.mean(np.square(z), axis=-1, keepdims=True))
        self._put([x + epsilon * z, np.asarray(state.v, float), np.asarray(state.m2, float)])

    def _energies(self) -> Array:
        """Before the last step, as the landscapes trace them."""
        return self._energy

    def _take(self, n: int, params: DivergenceParams) -> None:
        dials = params.dials()
        energy = TRACED.index("energy")
        self._energy = np.array([each.step(n, dials)[-1, 0, 0, energy] for each in (self.first, self.second)], float)

    def _states(self) -> tuple[States, States]:
        both = (self.first.state(), self.second.state())
        first, second = ((state.x, state.v, state.m2) for state in both)
        return first, second

    def _places(self) -> tuple[Array, Array]:
        return self.first.positions().astype(float), self.second.positions().astype(float)

    def _put(self, second: list[Array]) -> None:
        x, v, m2 = second
        if self.first.sphere:
            with np.errstate(divide="ignore", invalid="ignore"):
                x = x / np.sqrt(np.mean(np.square(x), axis=-1, keepdims=True))
        floats = [np.ascontiguousarray(each, np.float32) for each in (x, v, np.maximum(m2, 0))]
        self.second.set_state(WalkerState(*floats))
