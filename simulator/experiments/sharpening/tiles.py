"""Landscapes of several sizes side by side on one scale: one height field, a tile for each size, gaps between them."""

import math
from collections.abc import Sequence
from functools import cache
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.sharpening.subspace import Subspace
from simulator.figures import Camera, Surface, frozen
from simulator.theory.mixture import Mixture

Array = NDArray[np.float64]
PIXELS: Final = 151
GAP: Final = 17
"""Blank columns between two tiles."""
REACH: Final = 1.65
"""Angle from the middle of a tile to its rim, radians: just past the equator, where random states are."""
EDGE: Final = 2
"""Pixels beyond the rim, at the rim's height: without them its steps would be seen as teeth."""
CAMERA: Final = Camera(azimuth=5.0, elevation=33.0, zoom=1.26)
TURN: Final = (math.cos, math.sin)
NUDGE: Final = 1e-4


def tile_axis() -> Array:
    """Coordinates of a tile's pixels from its middle, (PIXELS,)."""
    return np.linspace(-1, 1, PIXELS) * half_side()


def half_side() -> float:
    """From the middle of a tile to its edges: the rim and what is beyond it."""
    return REACH / (1 - 2 * EDGE / (PIXELS - 1))


def offset(tile: int) -> float:
    """Where the middle of a tile stands, with that of the first at 0."""
    return tile * 2 * half_side() * (PIXELS - 1 + GAP) / (PIXELS - 1)


@cache
def inside() -> NDArray[np.int64]:
    """Flat indices of the pixels of a tile that are not blank, (n,)."""
    axis = tile_axis()
    return np.flatnonzero(np.hypot(*np.meshgrid(axis, axis)) <= half_side())


@cache
def pixels() -> Array:
    """Those pixels on the unit sphere, (n, 3): component 0 is the overlap with the middle."""
    axis = tile_axis()
    x, y = (grid.ravel()[inside()] for grid in np.meshgrid(axis, axis))
    shrink = np.minimum(1, REACH / np.maximum(np.hypot(x, y), 1e-12))
    return on_sphere(shrink * x, shrink * y)


def round_tile(values: Array) -> Array:
    """A tile (PIXELS, PIXELS) from the values at `pixels`, NaN around them."""
    tile = np.full(PIXELS * PIXELS, np.nan)
    tile[inside()] = values
    return tile.reshape(PIXELS, PIXELS)


def on_sphere(x: Array, y: Array) -> Array:
    """Points (..., 3) of the unit sphere at geodesic polar coordinates (x, y) about its first axis."""
    theta = np.hypot(x, y)
    scale = np.sinc(theta / np.pi)  # sin(theta)/theta, finite in the middle
    return np.stack([np.cos(theta), scale * x, scale * y], axis=-1)


@final
class Slices:
    """The glass around one state, in two directions that turn slowly; the same draw at every size, at roughness 1.

    Exact in law at any N, whatever the directions (subspace.py). Drawn once, so that the same hills are seen to shrink.
    """

    def __init__(self, mixture: Mixture, seed: int) -> None:
        self._mixture = mixture
        self._glass = Subspace(mixture, 5, np.random.default_rng([seed % 2**63, 0x511C]))
        self._turn, self._cached = 0.0, (math.nan, np.zeros(0))

    def turn_to(self, angle: float) -> None:
        """Look along directions at this angle, in radians, from those at the beginning."""
        self._turn = angle

    def _energy(self, x: Array) -> Array:
        """E at points (n, 3) of the span of the middle and the two directions, N = 1."""
        first, second = self._turn, 2**0.5 * self._turn  # two angles that never come back together
        parts = [x[:, 0], *(x[:, 1] * f(first) for f in TURN), *(x[:, 2] * f(second) for f in TURN)]
        return self._glass.energy(np.stack(parts, axis=1), 1)

    def _field(self) -> Array:
        if self._cached[0] != self._turn:
            self._cached = self._turn, self._energy(pixels())
        return self._cached[1]

    def tile(self, size: int) -> Array:
        """E of the glass on a tile about a state in no way chosen, such as the native one: at `pixels`, (n,)."""
        return np.asarray(self._field() / math.sqrt(size))

    def line(self, size: int, theta: Array) -> Array:
        """E of the glass along the great circle through the middle of the tile and its x axis, shape of theta."""
        return self._energy(on_sphere(theta, np.zeros_like(theta))) / math.sqrt(size)

    def tile_about(self, size: int, energy: float) -> Array:
        """E about a state of this energy at which the slope is 0: at `pixels`, (n,).

        The Gaussian field given both: E(x) + [E_c - E(e0)] f(x0)/f(1) - sum_i dE/dx_i(e0) x_i f'(x0)/f'(1).
        """
        return self._given(pixels(), self._field() / math.sqrt(size), size, energy)

    def line_about(self, size: int, energy: float, theta: Array) -> Array:
        """The same along the great circle of `line`."""
        return self._given(on_sphere(theta, np.zeros_like(theta)), self.line(size, theta), size, energy)

    def _given(self, x: Array, E: Array, size: int, energy: float) -> Array:
        f, df = self._mixture.f, self._mixture.df
        steps = NUDGE * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
        around = self._energy(on_sphere(steps[:, 0], steps[:, 1])) / math.sqrt(size)
        slope = np.array([around[1] - around[2], around[3] - around[4]]) / (2 * NUDGE)
        return np.asarray(E + (energy - around[0]) * f(x[:, 0]) / f(1.0) - x[:, 1:] @ slope * df(x[:, 0]) / df(1.0))


def side_by_side(
    title: str,
    axes: tuple[str, str, str],
    tiles: Sequence[Array],
    names: Sequence[str],
    heights_shown: tuple[float, float],
    note: str,
) -> Surface:
    """One surface of tiles (PIXELS, PIXELS) in a row, each named, on one scale of heights; NaN is left blank."""
    gap = np.full((PIXELS, GAP), np.nan)
    parts = [part for tile in tiles for part in (tile, gap)][:-1]
    heights = np.concatenate(parts, axis=1)
    if np.isnan(heights[0, 0]):
        heights[0, 0] = heights_shown[0]  # a height field with four blank corners is taken for one disc
    low, high = heights_shown
    middle = PIXELS // 2
    marks = tuple(
        (name, offset(k), 0.0, float(tile[middle, middle]))
        for k, (name, tile) in enumerate(zip(names, tiles, strict=True))
    )
    half = half_side()
    extent = (-half, offset(len(tiles) - 1) + half, -half, half)
    none = np.zeros((0, 3))
    return Surface(
        title, *axes, frozen(heights, np.float32), extent, low, high, frozen(none, np.float32),
        frozen(none[None], np.float32), marks, CAMERA, note=note,
    )  # fmt: skip
