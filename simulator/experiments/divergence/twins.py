"""Two copies of a system that begin a distance apart and then get the same noise and the same batches."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.divergence.params import DivergenceParams

Array = NDArray[np.float64]
State = NDArray[np.float32] | Array
States = tuple[State, ...]
"""Places first, then what the optimizer remembers: (groups, members, components) each."""
MOST_PAIRS: Final = 256
"""Pairs whose distances are recorded one by one; of more, the first of each group."""
CLEAR: Final = 100.0
"""Roundings that a renormalised distance has at least."""
FOLLOWED: Final = 512
"""Components of the first pair that its trajectory is drawn from, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The twins after one step. logs (groups, members): ln of each pair's distance, root mean square over components;
    while they are put back again and again, of what it would be otherwise. distance (groups, members): what it is.
    size: of the cloud of all first twins. scale: of their components. tracks (2, components), energies (2,): of the
    first pair, the energies per component, nan where nobody keeps them here."""

    step: int
    logs: Array
    distance: Array
    size: float
    scale: float
    tracks: Array
    energies: Array


class AbstractTwins(ABC):
    """Pairs of twins, (groups, members) of them; groups are independent draws of everything, members share one.

    stride: steps from one look at the distances to the next. resolution: relative rounding of the numbers. words: what
    the precision is, for the user. steps: taken so far.
    """

    stride: int = 1
    resolution: float = float(np.finfo(np.float32).eps)
    step_count: int = 0

    @abstractmethod
    def advance(self, n: int, params: DivergenceParams) -> list[Sight]:
        """Take n steps; what was seen at each multiple of the stride on the way."""

    @abstractmethod
    def look(self) -> Sight:
        """The twins as they stand."""

    @abstractmethod
    def pull(self, epsilon: float) -> None:
        """Put second twins at the distance epsilon, and count from there."""


def apart(first: State, second: State) -> Array:
    """Root mean square distance over the last axis, float64."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.sqrt(np.mean(np.square(np.asarray(second, float) - np.asarray(first, float)), axis=-1))


def cloud(first: Array) -> tuple[float, float]:
    """Radius of the cloud of members about their mean, and size of components: root mean squares, of (groups, members,
    components). A cloud of one is as large as its components."""
    with np.errstate(over="ignore", invalid="ignore"):
        scale = math.sqrt(float(np.mean(np.square(first))))
        if first.shape[1] < 2:
            return scale, scale
        about = first - first.mean(axis=1, keepdims=True)
        return math.sqrt(float(np.mean(np.square(about))) * first.shape[1] / (first.shape[1] - 1)), scale


def drawn_in(first: States, second: States, factor: Array) -> list[Array]:
    """Second states at `factor` (groups, members) of their distance from the first, in the same direction. A factor
    that is not finite leaves a pair alone."""
    known = np.where(np.isfinite(factor), factor, 1.0)[..., None]
    with np.errstate(over="ignore", invalid="ignore"):
        return [np.asarray(a, float) + known * (np.asarray(b, float) - a) for a, b in zip(first, second, strict=True)]


def directions(seed: int, shape: tuple[int, ...], number: int = 0) -> Array:
    """Random directions, root mean square 1 over the last axis."""
    random = np.random.Generator(np.random.Philox(key=[seed & 0xFFFFFFFFFFFFFFFF, 0x7417 + number]))
    z = random.standard_normal(shape)
    return np.asarray(z / np.sqrt(np.mean(np.square(z), axis=-1, keepdims=True)))


class AbstractDeviceTwins(AbstractTwins):
    """Twins whose states are read from a device in single precision, every `stride` steps."""

    def __init__(self, params: DivergenceParams, seed: int) -> None:
        self._renormalised, self._epsilon, self._seed = params.renormalise, params.epsilon, seed
        self._grown: Array | float = 0.0
        self._aim: Array | float = params.epsilon
        self._drawn = 0

    @abstractmethod
    def _take(self, n: int, params: DivergenceParams) -> None:
        """n steps of both."""

    @abstractmethod
    def _states(self) -> tuple[States, States]:
        """All that both are and remember."""

    @abstractmethod
    def _places(self) -> tuple[Array, Array]:
        """Where both are, (groups, members, components), float64."""

    def _energies(self) -> Array:
        """Of the first pair."""
        return np.full(2, np.nan)

    @abstractmethod
    def _put(self, second: list[Array]) -> None:
        """Second twins' states."""

    def advance(self, n: int, params: DivergenceParams) -> list[Sight]:
        seen = []
        self._renormalised, self._epsilon = params.renormalise, params.epsilon
        while n > 0:
            taken = min(n, self.stride - self.step_count % self.stride)
            self._take(taken, params)
            self.step_count += taken
            n -= taken
            if self.step_count % self.stride == 0:
                seen.append(self._shorten() if params.renormalise else self.look())
        return seen

    @abstractmethod
    def restart(self, epsilon: float) -> None:
        """Back to the start, twins epsilon apart; a landscape's noise goes on where it was."""

    def look(self) -> Sight:
        first, second = self._places()
        return self._sight(first, second, apart(first, second))

    def pull(self, epsilon: float) -> None:
        self._grown, self._epsilon = 0.0, epsilon
        for _ in range(2):  # on a sphere the first, along a long chord, comes only near
            first, second = self._states()
            self._draw_in(first, second, apart(first[0], second[0]))

    def _shorten(self) -> Sight:
        """Note how far the twins have come since they were last put back, and put them back."""
        first, second = self._states()
        distance = apart(first[0], second[0])
        finest = self.resolution * cloud(np.asarray(first[0], float))[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            self._grown = self._grown + np.log(np.maximum(distance, finest) / self._aim)
        self._draw_in(first, second, distance)
        return self._sight(np.asarray(first[0], float), np.asarray(second[0], float), distance)

    def _draw_in(self, first: States, second: States, distance: Array) -> None:
        """Put second twins at the distance epsilon, or at the least that their numbers still resolve."""
        self._aim = np.maximum(self._epsilon, CLEAR * self.resolution * apart(0.0 * first[0], first[0]))
        with np.errstate(divide="ignore", invalid="ignore"):
            states = drawn_in(first, second, self._aim / distance)
        met = distance == 0  # to the last bit: any direction is as good
        if met.any():
            self._drawn += 1
            aims = np.broadcast_to(self._aim, met.shape)[met][:, None]  # epsilon itself may be less than a rounding
            states[0][met] += aims * directions(self._seed, states[0][met].shape, self._drawn)
        self._put(states)

    def _sight(self, first: Array, second: Array, distance: Array) -> Sight:
        size, scale = cloud(first)
        with np.errstate(divide="ignore", invalid="ignore"):
            free = np.log(np.maximum(distance, self.resolution * scale))
        logs = math.log(self._epsilon) + self._grown * np.ones_like(distance) if self._renormalised else free
        tracks = np.stack([first[0, 0, :FOLLOWED], second[0, 0, :FOLLOWED]])
        return Sight(self.step_count, logs, distance, size, scale, tracks, self._energies())
