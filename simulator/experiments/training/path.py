"""The way of one network through the space of its weights, and what the loss is around it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.networks.loss_paths import Plane, principal_plane, random_plane
from simulator.networks.trainer import Data, Trainer

Array = NDArray[np.float64]
Float32s = NDArray[np.float32]
MOST: Final = 64
"""Places of the way that are kept; from there on every other one."""
ROOM: Final = 2**24
"""Numbers that the kept places may have in all."""
PIXELS: Final = (40, 28, 20, 14)
"""Points along each side of a picture of the loss: as many as WORK lets be evaluated on EXAMPLES."""
WORK: Final = 2**30
"""Points times examples times parameters of one picture."""
EXAMPLES: Final = 64
"""Examples on which the loss is shown at least, where there are so many."""
MARGIN: Final = 0.35
"""How far the picture reaches beyond the way, in extents of it."""
ROUNDING: Final = 1e-6
"""A way that is shorter has not begun."""


class Path:
    """Theta of network 0 at every `stride`-th step; the stride doubles when there are too many."""

    def __init__(self, stride: int, parameters: int) -> None:
        self.stride, self._most = stride, max(8, min(MOST, ROOM // parameters))
        self._places: list[tuple[int, Float32s]] = []

    def take(self, step: int, theta: Float32s) -> None:
        """Keep theta (P,) if this step is one of those."""
        self._places.append((step, theta.copy()))
        if len(self._places) > self._most:
            self.stride *= 2
            self._places = [place for place in self._places if place[0] % self.stride == 0]

    def keeps(self, step: int) -> bool:
        """Whether this step is to be kept."""
        return step % self.stride == 0 and (not self._places or step > self._places[-1][0])

    @property
    def places(self) -> list[tuple[int, Float32s]]:
        """(step, theta) of those kept."""
        return list(self._places)

    def with_end(self, theta: Float32s) -> Float32s:
        """The places kept and, as the last, theta as it is now: (T, P), T at least 2."""
        return np.stack([*(place for _, place in self._places), theta])


@dataclass(frozen=True, slots=True, eq=False)
class LossPlane:
    """Losses (rows, columns) over extent (a0, a1, b0, b1), the way in it (T, 2), the shares of it that each axis holds.

    explained: nan for a random plane.
    """

    losses: Array
    extent: tuple[float, float, float, float]
    way: Array
    explained: tuple[float, float]


def principal(trainer: Trainer, data: Data, way: Float32s) -> LossPlane:
    """The loss over the plane that the way (T, P) moved in most (Li et al. 2018, sec. 7)."""
    found = principal_plane(way)
    share = (float(found.explained[0]), float(found.explained[1]))
    return _look(trainer, data, found.plane, found.coordinates, _around(found.coordinates), share)


def random(trainer: Trainer, data: Data, way: Float32s, seed: int) -> LossPlane:
    """The loss over two filter-normalised random directions from the end of the way (Li et al. 2018, sec. 4)."""
    plane = random_plane(trainer.architecture, way[-1], seed)
    return _look(trainer, data, plane, plane.coordinates(way), (-1.0, 1.0, -1.0, 1.0), (float("nan"), float("nan")))


def _around(way: Array) -> tuple[float, float, float, float]:
    known = way[np.isfinite(way).all(1)]
    low, high = known.min(0), known.max(0)
    span = float((high - low).max())
    reach = MARGIN * (span if span > ROUNDING else 1.0)  # before the first step there is no way, and rounding no loss
    return (float(low[0] - reach), float(high[0] + reach), float(low[1] - reach), float(high[1] + reach))


def _look(
    trainer: Trainer,
    data: Data,
    plane: Plane,
    way: Array,
    extent: tuple[float, float, float, float],
    share: tuple[float, float],
) -> LossPlane:
    parameters = trainer.architecture.parameters
    pixels = next((n for n in PIXELS if n * n * EXAMPLES * parameters <= WORK), PIXELS[-1])
    a, b = np.meshgrid(np.linspace(*extent[:2], pixels), np.linspace(*extent[2:], pixels))
    some = affordable(trainer, data, pixels * pixels)
    losses, _ = trainer.evaluate(some, theta=plane.at(a.ravel(), b.ravel()))
    return LossPlane(np.asarray(losses, float).reshape(pixels, pixels), extent, way, share)


def affordable(trainer: Trainer, data: Data, points: int) -> Data:
    """`data`, or the first of its examples, so that `points` vectors theta can be evaluated on them quickly."""
    x, t = (
        (trainer.dataset.x, trainer.dataset.t) if data == "train" else (trainer.dataset.x_test, trainer.dataset.t_test)
    )
    if not isinstance(data, str):
        x, t = (np.asarray(part) for part in data)
    most = max(EXAMPLES, WORK // (points * trainer.architecture.parameters))
    return data if most >= len(x) else (x[:most], t[:most])
