"""What is measured of signals in random networks: float64 arrays, read-only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64s = NDArray[np.float64]


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The array, read-only."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True, eq=False)
class Propagation:
    """Means over the units of each layer, shape (depth + 1, networks, K) or, of pairs, (depth + 1, networks, P).

    q: |h|^2/N. squared_signal: <phi^2>. slope: <phi'^2>, so that chi_1 = sigma_w^2 slope. slope_4: <phi'^4>.
    bend: <phi''^2>, chi_2 = sigma_w^2 bend. growth: <phi'^2 + phi phi''>, of which xi_q is made.
    distance: |h_a - h_b|^2/N of the pairs (P, 2), summed as differences. pair_slope: <phi'_a phi'_b>, of which xi_c is.
    states: layer -> (K, width), float32, of network 0.
    """

    q: Float64s
    squared_signal: Float64s
    slope: Float64s
    slope_4: Float64s
    bend: Float64s
    growth: Float64s
    pairs: NDArray[np.int32]
    distance: Float64s
    pair_slope: Float64s
    states: dict[int, NDArray[np.float32]]

    @classmethod
    def of(cls, moments: Float64s, distances: Float64s, pairs: NDArray[np.int32],
           states: dict[int, NDArray[np.float32]]) -> "Propagation":  # fmt: skip
        """From the kernels' means: moments (depth + 1, networks, K, 6), distances (depth + 1, networks, P, 2)."""
        q, signal, slope, slope_4, bend, product = (frozen(moments[..., i].copy()) for i in range(6))
        with np.errstate(invalid="ignore"):
            growth = frozen(slope + product)
        distance, pair_slope = (frozen(distances[..., i].copy()) for i in range(2))
        return cls(q, signal, slope, slope_4, bend, growth, frozen(pairs), distance, pair_slope, states)

    @property
    def overlap(self) -> Float64s:
        """h_a.h_b/N of the pairs."""
        return _overlap(self.q, self.distance, self.pairs)

    @property
    def correlation(self) -> Float64s:
        """c = h_a.h_b / (|h_a| |h_b|) of the pairs; nan where a length is 0 or infinite."""
        return _correlation(self.q, self.distance, self.pairs)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """What is measured at the last layer of each pixel: (pixels..., networks, K) or (pixels..., networks, P).

    sigma_w, sigma_b: float32 of the pixels' shape. Names as in Propagation.
    """

    sigma_w: NDArray[np.float32]
    sigma_b: NDArray[np.float32]
    q: Float64s
    slope: Float64s
    pairs: NDArray[np.int32]
    distance: Float64s
    pair_slope: Float64s

    @classmethod
    def of(cls, sigma_w: NDArray[np.float32], sigma_b: NDArray[np.float32], moments: Float64s, distances: Float64s,
           pairs: NDArray[np.int32]) -> "Grid":  # fmt: skip
        """From the kernels' means: moments (pixels..., networks, K, 6), distances (pixels..., networks, P, 2)."""
        q, slope = (frozen(moments[..., i].copy()) for i in (0, 2))
        distance, pair_slope = (frozen(distances[..., i].copy()) for i in range(2))
        return cls(frozen(sigma_w.copy()), frozen(sigma_b.copy()), q, slope, frozen(pairs), distance, pair_slope)

    @property
    def correlation(self) -> Float64s:
        """c of the pairs, (pixels..., networks, P)."""
        return _correlation(self.q, self.distance, self.pairs)

    @property
    def chi_1(self) -> Float64s:
        """sigma_w^2 <phi'^2>, averaged over the inputs: (pixels..., networks)."""
        with np.errstate(invalid="ignore", over="ignore"):
            return self.sigma_w[..., None].astype(np.float64) ** 2 * np.mean(self.slope, axis=-1)


def over_networks(values: Float64s, axis: int) -> tuple[Float64s, Float64s]:
    """Mean over the networks and its standard error (nan of a single network): `axis` is theirs."""
    count = values.shape[axis]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        mean = np.mean(values, axis=axis)
        if count < 2:
            return mean, np.full(mean.shape, np.nan)
        return mean, np.std(values, axis=axis, ddof=1) / np.sqrt(count)


def _overlap(q: Float64s, distance: Float64s, pairs: NDArray[np.int32]) -> Float64s:
    with np.errstate(invalid="ignore", over="ignore"):
        return (q[..., pairs[:, 0]] + q[..., pairs[:, 1]] - distance) / 2


def _correlation(q: Float64s, distance: Float64s, pairs: NDArray[np.int32]) -> Float64s:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return _overlap(q, distance, pairs) / np.sqrt(q[..., pairs[:, 0]] * q[..., pairs[:, 1]])


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """squared: |dL/dh^l|^2/N, (depth + 1, networks, K); layer `depth` is what was sent."""

    squared: Float64s


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Points of curves at each layer, all (depth + 1, networks, K): h.h/N, v.v/N, a.a/N and v.a/N.

    v = dh/dtheta, a = d^2h/dtheta^2.
    """

    q: Float64s
    metric: Float64s
    acceleration: Float64s
    mixed: Float64s

    @property
    def squared_curvature(self) -> Float64s:
        """N kappa^2 = (v.v a.a - (v.a)^2)/(v.v)^3 with the means: 1/q for a circle of |h|^2 = N q."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            return (self.metric * self.acceleration - self.mixed**2) / self.metric**3

    @property
    def length(self) -> Float64s:
        """Length over sqrt(N) of a closed curve whose points are equally spaced in theta: (depth + 1, networks)."""
        return 2 * np.pi * np.mean(np.sqrt(self.metric), axis=-1)
