"""How the walkers of a Gaussian field lie on a device, and how its work is cut up: a function of sizes and device."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.landscapes.base import Floats

BLOCK: Final = 32
"""Features come in multiples of this."""
SPLIT_WORK: Final = 2**20
"""Features times components times walkers from which two launches a step cost less than an idle core."""
GPU_ITEMS: Final = 256
"""Work-items a compute unit that keep a GPU busy."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How `walkers` points in each of `samples` samples lie on the device and who computes them (kernels/field.cl).

    across_walkers: walkers in the lanes, tiles of `width` of them; else `width` walkers a work-item, in the lanes
    components, or features of less than 4 components. interleaved: a GPU's [row][walker]. tiles: of a sample. parts:
    pieces of the features, added up after each step. held: components whose gradient a register tile holds.
    """

    across_walkers: bool
    interleaved: bool
    width: int
    samples: int
    walkers: int
    size: int
    tiles: int
    parts: int
    held: int

    @property
    def by_feature(self) -> bool:
        """Whether all components of a feature stand side by side, not 8 features of a component."""
        return not self.across_walkers and self.held >= 4

    @property
    def rows(self) -> int:
        """Components with padding, in the frequencies."""
        return self.padded if self.by_feature else math.ceil(self.size / self.held) * self.held

    @property
    def padded(self) -> int:
        """Components with padding, in the states."""
        unit = self.held if self.across_walkers else 16 if self.by_feature else 8
        return math.ceil(self.size / unit) * unit

    @property
    def stride(self) -> int:
        """Tiles in all."""
        return self.samples * self.tiles

    @property
    def slots(self) -> int:
        """Walkers in all, those included that only fill a tile."""
        return self.stride * self.width

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an array of states on the device."""
        if self.interleaved:
            return (self.padded, self.slots)
        return (self.stride, self.padded, self.width) if self.across_walkers else (self.slots, self.padded)

    @property
    def partial(self) -> tuple[int, ...]:
        """Shape of the partial gradients."""
        return (self.parts, *self.shape)

    def pack(self, points: NDArray[Any]) -> Floats:
        """Points (samples, walkers, N) as the device holds them; what pads is zero."""
        filled = np.zeros((self.samples, self.tiles * self.width, self.padded), np.float32)
        filled[:, : self.walkers, : self.size] = points
        if self.interleaved:
            return np.ascontiguousarray(filled.reshape(self.slots, self.padded).T)
        if self.across_walkers:
            return np.ascontiguousarray(filled.reshape(self.stride, self.width, self.padded).transpose(0, 2, 1))
        return filled.reshape(self.slots, self.padded)

    def unpack(self, states: NDArray[Any]) -> NDArray[Any]:
        """What pack was given, from the device's array."""
        rows: NDArray[Any] = states
        if self.interleaved:
            rows = states.reshape(self.padded, self.slots).T
        elif self.across_walkers:
            rows = states.reshape(self.stride, self.padded, self.width).transpose(0, 2, 1)
        return np.ascontiguousarray(self.walkers_of(rows.reshape(self.slots, self.padded))[..., : self.size])

    def unpack_partial(self, partial: NDArray[Any]) -> NDArray[Any]:
        """Gradients (samples, walkers, N), parts added up."""
        return self.unpack(partial.sum(axis=0))

    def walkers_of(self, values: NDArray[Any]) -> NDArray[Any]:
        """(slots, ...) -> (samples, walkers, ...)."""
        return values.reshape(self.samples, self.tiles * self.width, *values.shape[1:])[:, : self.walkers]


def make_layout(backend: AbstractBackend, samples: int, walkers: int, size: int, features: int) -> Layout:
    """The layout of these sizes on this device."""
    units, held = backend.compute_units, min(size, 4)
    if backend.is_gpu:
        parts = _parts(samples * walkers, units * GPU_ITEMS, features)
        return Layout(True, True, 1, samples, walkers, size, walkers, parts, held)
    if backend.name == "numba":
        width = min(16, math.ceil(samples * walkers / units), walkers)
        return Layout(True, False, width, samples, walkers, size, math.ceil(walkers / width), 1, held)
    work = features * size

    def cost(across: bool, width: int) -> float:
        """Time of a step in walkers of a full tile: rounds of `units` work-items, of which a split tile is several."""
        rounds = samples * math.ceil(walkers / width) / units
        if rounds > 1 or work * width < SPLIT_WORK:
            rounds = math.ceil(rounds)
        return rounds * width * (1.0 if across else _price(width, size))

    across, width = min([(True, 16), (False, 4), (False, 2), (False, 1)], key=lambda choice: cost(*choice))
    tiles = math.ceil(walkers / width)
    parts = _parts(samples * tiles, units, features) if work * width >= SPLIT_WORK else 1
    return Layout(across, False, width, samples, walkers, size, tiles, parts, held)


def make_points_layout(backend: AbstractBackend, points: int, rows: int) -> Layout:
    """`points` points of one sample with `rows` components, across the lanes, features in one piece."""
    width = 1 if backend.is_gpu else 16
    return Layout(True, backend.is_gpu, width, 1, points, rows, math.ceil(points / width), 1, 1)


def _price(width: int, size: int) -> float:
    """Time of a walker that has the lanes to itself, over that of one in a full tile of walkers: measured."""
    if size < 4:
        return 1.2
    if size < 200:
        return 6.5 if size < 16 else 2.5
    return {1: 1.2, 2: 1.15, 4: 1.1}[width]


def _parts(tiles: int, units: int, features: int) -> int:
    """Pieces of the features such that `tiles` of each keep `units` busy."""
    return max(1, min(math.ceil(units / tiles), features // BLOCK, 64))
