"""Signals in wide random networks: how variance q and correlation c of pre-activations pass from layer to layer.

    q' = (sigma_w^2/keep) <phi(u)^2> + sigma_b^2,      c' = [sigma_w^2 <phi(u_1) phi(u_2)> + sigma_b^2]/q'

with u, u_1, u_2 of variance q and u_1, u_2 of correlation c, weights N(0, sigma_w^2/fan_in), biases N(0, sigma_b^2)
(Poole et al. 2016, 1606.05340). Dropout keeps a unit with probability `keep` and divides it by `keep`, with masks
independent between inputs (Schoenholz et al. 2017, 1611.01232). They hold for width -> infinity: one network of width
N scatters by about sqrt(2/N) in q per layer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.activations import BLOCK, Activation, activation
from simulator.theory.checks import at_least, integer_at_least, refuse
from simulator.theory.mixture import Array
from simulator.theory.pairs import Pairs

VANISHED = 1e-290  # a variance below is 0: rounding would tell its correlation


@dataclass(frozen=True, slots=True, eq=False)
class RandomNetwork:
    """An ensemble of networks, or a grid of them: sigma_w, sigma_b and keep have one shape and are read-only."""

    activation: Activation
    sigma_w: Array
    sigma_b: Array
    keep: Array

    @property
    def shape(self) -> tuple[int, ...]:
        return self.sigma_w.shape

    @property
    def gain(self) -> Array:
        """sigma_w^2/keep, which multiplies <phi^2> in the variance and <phi'^2> in the squared gradient."""
        return self.sigma_w**2 / self.keep

    def q_map(self, q: ArrayLike) -> Array:
        """q of the next layer; q >= 0 broadcasts with the parameters. Increasing in q."""
        return self.gain * self.activation.mean_square(_variance(q)) + self.sigma_b**2

    def c_map(self, q: ArrayLike, c: ArrayLike) -> Array:
        """c of the next layer from q and c of this one; where the next q is 0, c itself. c = 1 is fixed if keep = 1."""
        q, c = _variance(q), _correlation(c)
        return self._ratio(self.activation.pair_mean(q, c), self.q_map(q), c)

    def chi_1(self, q: ArrayLike) -> Array:
        """sigma_w^2 <phi'^2>: the factor of a small squared distance between two inputs, slope of the c map at c = 1.

        At q* only is it the slope; at any q it is the factor of distances. keep does not enter.
        """
        return self.sigma_w**2 * self.activation.slope(_variance(q))

    def chi_2(self, q: ArrayLike) -> Array:
        """sigma_w^2 <phi''^2>, which bends curves; inf for ReLU."""
        return _product(self.sigma_w**2, self.activation.bend(_variance(q)))

    def chi(self, q: ArrayLike, c: ArrayLike) -> Array:
        """sigma_w^2 <phi'(u_1) phi'(u_2)>: slope of the c map at q*; chi_1 at c = 1."""
        q, c = _variance(q), _correlation(c)
        pair = self.activation.pair_slope(q, c)
        return self.sigma_w**2 * np.where(c == 1, self.activation.slope(q), pair)

    def gradient_factor(self, q: ArrayLike) -> Array:
        """(sigma_w^2/keep) <phi'^2>: |dL/dh_l|^2 over |dL/dh_(l+1)|^2, q being that of layer l, all widths alike."""
        return self.gain * self.activation.slope(_variance(q))

    def _ratio(self, pair_mean: Array, q_next: Array, c: Array) -> Array:
        covariance = self.sigma_w**2 * pair_mean + self.sigma_b**2
        ratio = np.divide(
            covariance, q_next, out=np.array(np.broadcast_to(c, covariance.shape)), where=q_next > VANISHED
        )
        return np.clip(ratio, -1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """q and c of layers 0 to depth, shape (depth + 1, ...); read-only."""

    q: Array
    c: Array

    def __post_init__(self) -> None:
        self.q.setflags(write=False)
        self.c.setflags(write=False)


def make_network(name: str, sigma_w: ArrayLike, sigma_b: ArrayLike, keep: ArrayLike = 1.0) -> RandomNetwork:
    """Network of the activation `name` (tanh, erf, relu, linear); the parameters broadcast to one grid.

    ValueError for an unknown name, sigma_w or sigma_b negative or not finite, or keep outside (0, 1].
    """
    arrays = [np.asarray(x, dtype=float) for x in (sigma_w, sigma_b, keep)]
    for label, values in zip(("sigma_w", "sigma_b"), arrays, strict=False):
        for value in values[~(np.isfinite(values) & (values >= 0))].flat:
            at_least(label, float(value), 0)
    for value in arrays[2][~((arrays[2] > 0) & (arrays[2] <= 1))].flat:
        raise refuse("keep", float(value), "must be greater than 0 and at most 1")
    try:
        shape = np.broadcast_shapes(*(x.shape for x in arrays))
    except ValueError:
        raise refuse("shapes", tuple(x.shape for x in arrays), "sigma_w, sigma_b and keep must broadcast") from None
    return RandomNetwork(activation(name), *(np.broadcast_to(x, shape) for x in arrays))


def first_layer(network: RandomNetwork, q_x: ArrayLike = 1.0, c_x: ArrayLike = 0.0) -> tuple[Array, Array]:
    """(q, c) of the first pre-activations W x + b, for inputs of mean square q_x per component and correlation c_x."""
    q_x, c_x = _variance(q_x), _correlation(c_x)
    q = network.sigma_w**2 * q_x + network.sigma_b**2
    return q, network._ratio(q_x * c_x, q, c_x)


def iterate(network: RandomNetwork, depth: int, q_0: ArrayLike, c_0: ArrayLike = 1.0) -> Trajectory:
    """q and c through `depth` layers from (q_0, c_0), of any shapes that broadcast with the network.

    Compare a simulated network with this and not with the fixed point, which is approached over xi_c layers. A grid of
    200 x 200 for tanh takes a second for 50 layers. q overflows to inf where it diverges, and c is then nan.
    """
    depth = integer_at_least("depth", depth, 0)
    starts = (_variance(q_0), _correlation(c_0))
    shape = np.broadcast_shapes(network.shape, *(x.shape for x in starts))
    sigma_w, sigma_b, keep, q, c = (
        np.broadcast_to(x, shape).ravel() for x in (network.sigma_w, network.sigma_b, network.keep, *starts)
    )
    path = np.empty((2, depth + 1, q.size))
    order = np.argsort(sigma_w**2 / keep + sigma_b**2)
    for start in range(0, q.size, BLOCK):
        block = order[start : start + BLOCK]
        part = RandomNetwork(network.activation, sigma_w[block], sigma_b[block], keep[block])
        path[:, :, block] = _iterate(part, depth, q[block], c[block])
    return Trajectory(path[0].reshape(depth + 1, *shape), path[1].reshape(depth + 1, *shape))


def _iterate(network: RandomNetwork, depth: int, q: Array, c: Array) -> Array:
    path = np.empty((2, depth + 1, q.size))
    path[:, 0] = q, c
    pairs: Pairs | None = None
    at = q
    with np.errstate(over="ignore", invalid="ignore"):
        for layer in range(1, depth + 1):
            once = q[:1] if q.size > 1 and np.all(q == q[0]) else q  # of inputs alike in length, all that q decides
            if pairs is None or not np.all(np.abs(once - at) <= 1e-14 * at):
                pairs, at = network.activation.pairs(once), once
            q_next = network.q_map(once)
            c = network._ratio(pairs.mean(c), q_next, c)
            q = q_next
            path[:, layer] = q, c
    return path


def gradient_norms(network: RandomNetwork, q: ArrayLike) -> Array:
    """|dL/dh_l|^2 over |dL/dh_depth|^2, l = 0 ... depth, for q of shape (depth + 1, ...): products of gradient_factor.

    At q* and keep = 1: chi_1^(depth - l). Exact for width -> infinity, on the assumption that the weights of the
    backward pass are independent of those of the forward pass (Schoenholz et al. 2017).
    """
    factors = network.gradient_factor(q)
    factors[-1] = 1
    return np.asarray(np.cumprod(factors[::-1], axis=0)[::-1])


def residual_growth(alpha: float, sigma_w: float) -> float:
    """1 + alpha^2 sigma_w^2/2: factor of q in one layer x' = x + alpha W relu(x) of a residual network."""
    return 1 + at_least("alpha", abs(alpha), 0) ** 2 * at_least("sigma_w", sigma_w, 0) ** 2 / 2


def _product(factor: Array, value: Array) -> Array:
    """factor * value, 0 if factor is 0 even where value is inf."""
    return np.multiply(factor, value, out=np.zeros(np.broadcast_shapes(factor.shape, value.shape)), where=factor > 0)


def _variance(q: ArrayLike) -> Array:
    q = np.asarray(q, dtype=float)
    if not np.all(q >= 0):
        raise refuse("q", float(np.min(q)), "must be at least 0")
    return q


def _correlation(c: ArrayLike) -> Array:
    c = np.asarray(c, dtype=float)
    if not np.all(np.abs(c) <= 1):
        raise refuse("c", float(c.flat[np.argmax(~(np.abs(c) <= 1))]), "must lie between -1 and 1")
    return c
