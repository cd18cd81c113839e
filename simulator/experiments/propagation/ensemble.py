"""What is measured of random networks, batch after batch, with errors over networks."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.experiments.propagation.params import PropagationParams
from simulator.figures import frozen
from simulator.networks import inputs
from simulator.networks.signals import Signals
from simulator.snapshot import Scalar

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
STARTS_C = (0.0, 0.5, 0.9)
"""Input correlations that are shown beside the chosen one."""
STARTS_Q = (0.1, 5.0)
"""Input variances that are shown beside 1."""
JACOBIAN_BUDGET = 1.5e10
"""Multiplications spent on Jacobians: their number is cut so that wide, deep networks do not stop the picture."""
CIRCLE_POINTS = 16
"""Points at which the circle's metric and curvature are taken: they are alike everywhere on it."""


@final
class Average:
    """Mean and standard error of arrays of one shape, taken in as rows (count, ...); NaN rows stay NaN."""

    def __init__(self) -> None:
        self.n = 0
        self._mean: Array = np.zeros(())
        self._squares: Array = np.zeros(())

    def add(self, rows: Array) -> None:
        """Take more rows, the first axis being independent samples (Chan's parallel update)."""
        count = len(rows)
        with np.errstate(invalid="ignore", over="ignore"):
            mean = rows.mean(axis=0)
            squares = ((rows - mean) ** 2).sum(axis=0)
            total = self.n + count
            shift = mean - self._mean
            self._squares = self._squares + squares + shift**2 * (self.n * count / total)
            self._mean = self._mean + shift * (count / total)
        self.n = total

    @property
    def mean(self) -> Array:
        """The mean, of one row's shape."""
        return self._mean

    @property
    def stderr(self) -> Array:
        """Its standard error; NaN for fewer than two rows."""
        if self.n < 2:
            return np.full_like(self._mean, math.nan)
        return np.sqrt(self._squares / (self.n - 1) / self.n)

    def scalar(self, *index: int) -> Scalar:
        """One entry as a scalar."""
        return Scalar(float(self.mean[index]), float(self.stderr[index]), self.n)


@dataclass(frozen=True, slots=True)
class Averages:
    """Averages over networks; layers run from 0 to depth.

    q (depth + 1, 3): variance from starts 1 and STARTS_Q; c (depth + 1, 4): correlation from the chosen start and
    STARTS_C; chi_1, pair_slope, growth (depth + 1): sigma_w^2 <phi'^2>, sigma_w^2 <phi'_a phi'_b>, and
    (sigma_w^2/keep) <phi'^2 + phi phi''>; gradient (depth + 1): |dL/dh|^2 over that sent in at the last layer;
    length (depth + 1) of the circle over its first, curvature (depth + 1): N kappa^2; spread (): Var(s^2)/mean^2 of
    the Jacobian's squared singular values.
    """

    q: Average
    c: Average
    chi_1: Average
    pair_slope: Average
    growth: Average
    gradient: Average
    length: Average
    curvature: Average
    spread: Average

    @classmethod
    def empty(cls) -> "Averages":
        """Nothing measured yet."""
        return cls(*(Average() for _ in range(9)))


@final
class Ensemble:
    """Networks in batches of `params.networks`; batch k has weights of its own, the same for every sigma."""

    def __init__(self, backend: AbstractBackend, params: PropagationParams, seed: int) -> None:
        self._backend, self._seed = backend, seed
        self._static = (params.width, params.networks, params.activation, params.init)
        self._kept: dict[tuple[bool, int], Signals] = {}

    def networks(self, batch: int, count: int | None = None) -> Signals:
        """The networks of one batch (its first `count`).

        Those of batch 0 are kept, and with them their weights: a dragged mark then only scales what is there. All
        other batches share what they need of the device.
        """
        width, networks, activation, init = self._static
        kept = (batch > 0, count or networks)
        if kept not in self._kept:
            self._kept[kept] = Signals(self._backend, width, count or networks, self.key(batch), activation, init)
        self._kept[kept].draw_from(self.key(batch))
        return self._kept[kept]

    def key(self, batch: int) -> int:
        """Seed of a batch: batch 0 has the run's own."""
        return (self._seed + batch * 0x9E3779B97F4A7C15) % 2**64

    def add(self, averages: Averages, batch: int, params: PropagationParams) -> None:
        """Measure lengths and correlations of one batch, and add them."""
        networks = self.networks(batch)
        given = _starts(params.width, params.networks, params.correlation, self.key(batch) % 2**63)
        pairs = [(0, 1 + k) for k in range(1 + len(STARTS_C))]
        dials = (params.depth, params.sigma_w, params.sigma_b, params.keep)
        run = networks.propagate(given, *dials, pairs=pairs)
        square = params.sigma_w**2
        first = 2 + len(STARTS_C)
        averages.q.add(_by_network(run.q[..., [0, *range(first, first + len(STARTS_Q))]]))
        averages.c.add(_by_network(run.correlation))
        averages.chi_1.add(_by_network(square * run.slope[..., 0]))
        averages.pair_slope.add(_by_network(square * run.pair_slope[..., 0]))
        averages.growth.add(_by_network(square / params.keep * run.growth[..., 0]))

    def add_gradients(self, averages: Averages, batch: int, params: PropagationParams) -> None:
        """Send gradients back through one batch and add them."""
        dials = (params.depth, params.sigma_w, params.sigma_b, params.keep)
        given = _starts(params.width, params.networks, params.correlation, self.key(batch) % 2**63)
        back = self.networks(batch).gradients(given[:, :1], *dials).squared[..., 0]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            averages.gradient.add(_by_network(back / back[-1]))

    def add_circle(self, averages: Averages, batch: int, params: PropagationParams, circle_q: float) -> None:
        """Carry circles through one batch, and add their length and curvature. circle_q: the variance they begin at."""
        if params.width < 2:
            return
        circle, velocity, acceleration = _circles(params.width, params.networks, self.key(batch) % 2**63)
        dials = (params.depth, params.sigma_w, params.sigma_b, params.keep, math.sqrt(circle_q))
        curves = self.networks(batch).curves(circle, velocity, acceleration, *dials)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            averages.length.add(_by_network(curves.length / curves.length[0]))
            # From means over the circle: a ratio point by point is biased where the network is narrow.
            g, a, mixed = (x.mean(axis=-1) for x in (curves.metric, curves.acceleration, curves.mixed))
            averages.curvature.add(_by_network((g * a - mixed**2) / g**3))

    def add_jacobian(self, averages: Averages, batch: int, params: PropagationParams, circle_q: float) -> Array:
        """Add those of `jacobian`, which are returned, as one sample a network."""
        values = self.jacobian(batch, params, circle_q)
        if len(values):
            averages.spread.add(values.var(axis=1))
        return values

    def jacobian(self, batch: int, params: PropagationParams, circle_q: float, most: int | None = None) -> Array:
        """Squared singular values over their mean, (networks, width), of as many of a batch's networks as can be paid.

        At most `most` of them. A Jacobian that is not finite is left out.
        """
        cost = params.width**3 * params.depth
        count = int(np.clip(JACOBIAN_BUDGET // cost, 1, most or params.networks))
        at = _directions(params.width, count, self.key(batch) % 2**63)
        dials = (params.depth, params.sigma_w, params.sigma_b, params.keep, math.sqrt(circle_q))
        matrices = self.networks(batch, count).jacobian(at, *dials)
        finite = np.isfinite(matrices).all(axis=(1, 2))
        squared = np.linalg.svd(matrices[finite].astype(float), compute_uv=False) ** 2
        mean = squared.mean(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(squared / mean)


# A dragged mark asks for the same inputs again and again: the same read-only arrays need not be written to the device.


@lru_cache(maxsize=4)
def _starts(width: int, networks: int, correlation: float, seed: int) -> Floats:
    """Inputs of variance 1 with their correlations, and those of other variance, (networks, points, width)."""
    along = inputs.correlated(width, networks, (correlation, *STARTS_C), 1.0, seed)
    others = [np.sqrt(q) * along[:, :1] for q in STARTS_Q]
    return frozen(np.concatenate([along, *others], axis=1), np.float32)


@lru_cache(maxsize=4)
def _circles(width: int, networks: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Points of a circle of variance 1 for each network, with first and second derivative by its angle: (networks,
    points, width) each.

    Networks that shared a circle would share its finite-width scatter, and their error bars would not show it.
    """
    points = inputs.circle(width, networks, CIRCLE_POINTS, 1.0, seed)
    u = inputs.frames(width, networks, 2, seed)
    angle = 2 * np.pi * np.arange(CIRCLE_POINTS) / CIRCLE_POINTS
    velocity = -np.sin(angle)[:, None] * u[:, :1] + np.cos(angle)[:, None] * u[:, 1:]
    return frozen(points, np.float32), frozen(velocity, np.float32), frozen(-points, np.float32)


@lru_cache(maxsize=4)
def _directions(width: int, networks: int, seed: int) -> Floats:
    """An input of variance 1 for each network, (networks, width)."""
    return frozen(inputs.frames(width, networks, 1, seed)[:, 0], np.float32)


def _by_network(layers: Array) -> Array:
    """(networks, depth + 1, ...) from (depth + 1, networks, ...)."""
    return np.moveaxis(layers, 1, 0)
