"""The circle of inputs as it is carried through one network: three principal directions, layer by layer."""

import math
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.propagation.ensemble import Ensemble
from simulator.experiments.propagation.params import PropagationParams
from simulator.networks import inputs

Array = NDArray[np.float64]
MAX_LAYERS = 64
"""A deep network's pictures are of so many of its layers, evenly spaced."""


@final
class Shape:
    """Projections of the circle, (points, 3) in units of sqrt(N), each turned to meet the one that was seen before."""

    def __init__(self, ensemble: Ensemble, params: PropagationParams, circle_q: float) -> None:
        count = min(params.depth + 1, MAX_LAYERS)
        self.layers = np.unique(np.linspace(0, params.depth, count).round().astype(int))
        self._scale = math.sqrt(params.width)
        points = np.zeros((params.manifold_points, params.width))
        if params.width > 1:
            points = inputs.circle(params.width, 1, params.manifold_points, circle_q, ensemble.key(0) % 2**63)[0]
        dials = (params.depth, params.sigma_w, params.sigma_b, params.keep)
        self._states = ensemble.networks(0, 1).propagate(points, *dials, states=self.layers.tolist()).states

    def seen_after(self, frame: int, before: Array | None) -> Array:
        """The picture of layers[frame], turned to meet `before`."""
        shape = _principal(self._states[int(self.layers[frame])].astype(float)) / self._scale
        return shape if before is None or before.shape != shape.shape else _turned(shape, before)

    @cached_property
    def radius(self) -> float:
        """What the picture must hold: about the largest finite distance from the middle in any layer."""
        sizes = [np.linalg.norm(state - state.mean(axis=0), axis=1).max() for state in self._states.values()]
        finite = [value for value in sizes if np.isfinite(value) and value > 0]
        return float(max(finite, default=1.0)) / self._scale


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
