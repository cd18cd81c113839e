"""The landscape itself as a picture: a slice through it, the walkers on it, their trails."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.landscape.observation import Observation
from simulator.experiments.landscape.params import LandscapeParams
from simulator.figures import Image, Points, Surface, frozen
from simulator.landscapes import slices
from simulator.landscapes.base import AbstractLandscape
from simulator.landscapes.gaussian import Gaussian
from simulator.optimizers import Dials

Array = NDArray[np.float64]
PIXELS = 160
RADIUS = 2.2
"""Angle to the centre at the rim, radians: past the equator, where random starts lie (pi/2)."""
SHOWN_WALKERS = 128
TRAIL = 24


class Scenery:
    """Slice, walkers and trails of sample 0. The slice goes through the centre and the first and last walker shown.

    The centre is the native state, or, where there is none, the deepest state found so far.
    """

    def __init__(self) -> None:
        self._trail: deque[tuple[int, Array]] = deque(maxlen=TRAIL)
        self._deepest: tuple[float, Array] | None = None

    def pictures(
        self, landscape: AbstractLandscape, seen: Observation, params: LandscapeParams, dials: Dials
    ) -> tuple[Surface, Image]:
        """The surface and its map, for the state just seen."""
        positions, energy = seen.positions[0, :SHOWN_WALKERS], seen.energy[0, :SHOWN_WALKERS]
        centre = self._centre(landscape, seen, params)
        frame = slices.make_frame(centre, positions[0], positions[-1])
        if landscape.sphere:
            coefficients = slices.polynomial(landscape, 0, frame, dials)
            reach = RADIUS
            heights = slices.polar(coefficients, reach, PIXELS)
        else:
            reach = 1.15 * float(np.nanmax(np.linalg.norm(positions - centre, axis=1), initial=1.0))
            heights = _plane(landscape, centre, frame, reach)
        walkers = self._walkers(landscape, positions, energy, centre, frame)
        trails = self._trails(landscape.step_count, np.column_stack([positions, energy]), landscape, centre, frame)
        return _surface(heights, reach, walkers, trails, params), _map(heights, reach, walkers, params)

    def _centre(self, landscape: AbstractLandscape, seen: Observation, params: LandscapeParams) -> Array:
        if params.family == "funnel":
            return np.asarray(landscape.native()[0], float)
        best = seen.best(0)
        energy = float(seen.energy[0, best])
        if self._deepest is None or energy < self._deepest[0]:
            self._deepest = (energy, seen.positions[0, best].copy())
        return self._deepest[1]

    def _walkers(
        self, landscape: AbstractLandscape, positions: Array, energy: Array, centre: Array, frame: slices.Frame
    ) -> Array:
        if landscape.sphere:
            plane = slices.polar_coordinates(positions, frame)
        else:
            plane = _flat_coordinates(positions, centre, frame)
        return np.column_stack([plane, energy])

    def _trails(
        self, step: int, states: Array, landscape: AbstractLandscape, centre: Array, frame: slices.Frame
    ) -> Array:
        if not self._trail or step > self._trail[-1][0]:
            self._trail.append((step, states))
        past = np.stack([state for _, state in self._trail], axis=1)
        flat = past.reshape(-1, past.shape[-1])
        trails = self._walkers(landscape, flat[:, :-1], flat[:, -1], centre, frame).reshape(*past.shape[:2], 3)
        return _cut_at_jumps(trails)


def _cut_at_jumps(trails: Array) -> Array:
    """Trails (n, m, 3) from their last jump across the picture on: near the centre, directions turn at once."""
    reach = np.nanmax(np.abs(trails[..., :2]), initial=1.0)
    jump = np.linalg.norm(np.diff(trails[..., :2], axis=1), axis=-1) > 0.4 * reach
    later = np.logical_or.accumulate(jump[:, ::-1], axis=1)[:, ::-1]
    trails[:, :-1][later] = np.nan
    return trails


def _plane(landscape: AbstractLandscape, centre: Array, frame: slices.Frame, reach: float) -> NDArray[np.float32]:
    assert isinstance(landscape, Gaussian)
    axis = np.linspace(-reach, reach, PIXELS).astype(np.float32)
    return landscape.plane(0, centre, frame.e1, frame.e2, axis, axis)


def _flat_coordinates(positions: Array, centre: Array, frame: slices.Frame) -> Array:
    """True distance to the centre, in the direction of the shadow on (e1, e2)."""
    offset = positions - centre
    shadow = offset @ np.stack([frame.e1, frame.e2]).T
    phi = np.arctan2(shadow[:, 1], shadow[:, 0])
    distance = np.linalg.norm(offset, axis=1)
    return np.column_stack([distance * np.cos(phi), distance * np.sin(phi)])


def _labels(params: LandscapeParams) -> tuple[str, str, str]:
    """Axes and centre of the slice in words."""
    if params.family == "gaussian":
        return "distance along e₁", "distance along e₂", "deepest state"
    centre = "native state" if params.family == "funnel" else "deepest state"
    return "angle along e₁ (rad)", "angle along e₂ (rad)", centre


def _title(params: LandscapeParams) -> str:
    if params.family == "funnel" and params.funnel == 0:
        return "Walkers descend a glass: nothing pulls to the native state"
    return {
        "funnel": "Walkers descend a funnel with a native state",
        "glass": "Walkers descend a glass: no state stands out",
        "gaussian": "Walkers descend a random Gaussian field",
    }[params.family]


def _surface(
    heights: NDArray[np.float32], reach: float, walkers: Array, trails: Array, params: LandscapeParams
) -> Surface:
    x, y, centre = _labels(params)
    finite = np.concatenate([heights[np.isfinite(heights)].astype(float), walkers[np.isfinite(walkers[:, 2]), 2]])
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (-1.0, 1.0)
    middle = float(heights[PIXELS // 2, PIXELS // 2])
    extent = (-reach, reach, -reach, reach)
    return Surface(
        _title(params),
        x,
        y,
        "E = H/N",
        frozen(heights, np.float32),
        extent,
        low,
        max(high, low + 1e-6),
        frozen(walkers, np.float32),
        frozen(trails, np.float32),
        ((centre, 0.0, 0.0, middle),),
        note="slice through the centre and two walkers; the others stand at their true angle and energy",
    )


def _map(heights: NDArray[np.float32], reach: float, walkers: Array, params: LandscapeParams) -> Image:
    x, y, centre = _labels(params)
    marks = (
        Points("walkers", frozen(walkers[:, 0]), frozen(walkers[:, 1])),
        Points(centre, frozen([0.0]), frozen([0.0]), "native"),
    )
    extent = (-reach, reach, -reach, reach)
    return Image(_title(params), x, y, "E = H/N", frozen(heights, np.float32), extent, marks)
