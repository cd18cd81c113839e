"""The circle of inputs as it is carried through one network: three principal directions, layer by layer."""

import math
from functools import cached_property, lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.propagation.ensemble import Ensemble
from simulator.experiments.propagation.params import PropagationParams
from simulator.figures import frozen
from simulator.networks import inputs

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
MAX_LAYERS = 64
"""A deep network's pictures are of so many of its layers, evenly spaced."""


@final
class Shape:
    """Projections of the circle, (points, 3) in units of sqrt(N), each turned to meet the one that was seen before."""

    def __init__(self, ensemble: Ensemble, params: PropagationParams, circle_q: float) -> None:
        count = min(params.depth + 1, MAX_LAYERS)
        self.layers = np.unique(np.linspace(0, params.depth, count).round().astype(int))
        self._scale = math.sqrt(params.width)
        points = _circle(params.width, params.manifold_points, ensemble.key(0) % 2**63)
        dials = (params.depth, params.sigma_w, params.sigma_b, params.keep)
        networks = ensemble.networks(0, 1)
        self._states = networks.states(points, *dials, layers=self.layers.tolist(), scale=math.sqrt(circle_q))

    def seen_after(self, frame: int, before: Array | None) -> Array:
        """The picture of layers[frame], turned to meet `before`."""
        shape = _principal(self._states[int(self.layers[frame])].astype(float)) / self._scale
        return shape if before is None or before.shape != shape.shape else _turned(shape, before)

    @cached_property
    def radius(self) -> float:
        """What the picture must hold: about the largest finite distance from the middle in any layer."""
        states = np.stack(list(self._states.values()))
        with np.errstate(over="ignore", invalid="ignore"):
            states -= states.mean(axis=1, keepdims=True)
            squares = np.einsum("lpn,lpn->lp", states, states).max(axis=1)
        finite = squares[np.isfinite(squares) & (squares > 0)]
        return math.sqrt(float(finite.max(initial=0.0)) or 1.0) / self._scale


@lru_cache(maxsize=2)
def _circle(width: int, points: int, seed: int) -> Floats:
    """Points of a circle of variance 1, (1, points, width), read-only: the same array for every place of the mark."""
    if width < 2:
        return frozen(np.zeros((1, points, width)), np.float32)
    return frozen(inputs.circle(width, 1, points, 1.0, seed), np.float32)


def _principal(states: Array) -> Array:
    """States (points, N) about their mean on their three principal directions, (points, 3); NaN if not finite."""
    if not np.isfinite(states).all():
        return np.full((len(states), 3), np.nan)
    centred = states - states.mean(axis=0)
    squares, vectors = np.linalg.eigh(centred @ centred.T)  # of the points, which are fewer than the units
    return np.asarray(vectors[:, :-4:-1] * np.sqrt(np.maximum(squares[:-4:-1], 0.0)))


def _turned(shape: Array, before: Array) -> Array:
    """`shape` in the rotation or reflection that brings its points nearest to those of `before` (Procrustes)."""
    if not (np.isfinite(shape).all() and np.isfinite(before).all()):
        return shape
    left, _, right = np.linalg.svd(shape.T @ before)
    return np.asarray(shape @ left @ right)
