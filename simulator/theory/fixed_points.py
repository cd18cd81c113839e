"""Where signals in deep random networks end: q*, c*, the phases, the critical line and the depth scales.

Order: chi_1 < 1 at q*, all inputs become alike and gradients vanish. Chaos: chi_1 > 1, alike inputs part until their
correlation is c* < 1, and gradients explode (Poole et al. 2016, 1606.05340; Schoenholz et al. 2017, 1611.01232).
"""

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import elementwise

from simulator.theory.activations import activation
from simulator.theory.checks import at_least
from simulator.theory.mean_field import RandomNetwork
from simulator.theory.mixture import Array
from simulator.theory.pairs import Pairs

MARGIN = 1e-9  # |chi_1 - 1| below this is critical: nearer, q* does not tell the phases apart
TRAINABLE = 6.0


class Phase(IntEnum):
    """Phase of a network; `words` says what it means."""

    ORDERED = 0
    CRITICAL = 1
    CHAOTIC = 2
    DROPOUT = 3
    UNBOUNDED = 4

    @property
    def words(self) -> str:
        """One line for the user."""
        return WORDS[self]


WORDS = {
    Phase.ORDERED: "ordered: all inputs become alike (c* = 1) and gradients vanish",
    Phase.CRITICAL: "critical: small differences and gradients keep their size, the depth xi_c is infinite",
    Phase.CHAOTIC: "chaotic: alike inputs part (c* < 1) and gradients explode",
    Phase.DROPOUT: "dropout: independent masks part even equal inputs (c* < 1), so no critical line is left",
    Phase.UNBOUNDED: "no fixed point: q grows with depth without bound",
}


@dataclass(frozen=True, slots=True, eq=False)
class FixedPoint:
    """Limit of infinite depth, on the grid of the network; all arrays read-only.

    q, c: the stable fixed point, nan where there is none (ReLU for sigma_w^2/keep >= 2, linear for >= 1). If q = 0, c
    is its limit for sigma_b -> 0. chi_1, chi_2: at q. chi_c: slope of the c map at c, below 1 if c is stable.
    xi_c, xi_q: -1/ln of the slopes of both maps, the layers in which c and q forget e-fold where they started; inf if
    critical. gradient: factor of |dL/dh|^2 per layer, chi_1/keep. phase: values of `Phase`.
    """

    network: RandomNetwork
    q: Array
    c: Array
    chi_1: Array
    chi_2: Array
    chi_c: Array
    xi_c: Array
    xi_q: Array
    gradient: Array
    phase: np.ndarray[Any, np.dtype[np.int8]]

    def __post_init__(self) -> None:
        for field in fields(self)[1:]:
            getattr(self, field.name).setflags(write=False)

    def describe(self, *index: int) -> str:
        """One line on the phase at this place of the grid, with the reason where there is no fixed point."""
        phase, level = Phase(int(self.phase[index])), self.network.activation.level
        if phase is Phase.UNBOUNDED:
            return (
                f"{phase.words}, for sigma_w^2/keep = {float(self.network.gain[index]):.6g} is not below {1 / level:g}"
            )
        if np.isnan(self.q[index]):
            return f"{phase.words}; every q is a fixed point, for sigma_w^2/keep = {1 / level:g} and sigma_b = 0"
        return phase.words


def fixed_point(network: RandomNetwork) -> FixedPoint:
    """q*, c* and what follows from them: 0.2 s for 200 x 200 tanh networks.

    For a bounded phi the map of q is increasing and concave, and Newton's method from sigma_w^2/keep + sigma_b^2
    falls on q* without overshooting. c* is found from sigma_w^2 gap(c) + delta/(1-c) = q*, the map with its root c = 1
    divided out, delta = (1/keep - 1) sigma_w^2 <phi^2>; the left side is increasing and convex.
    """
    phi, shape = network.activation, network.shape
    sigma_w, sigma_b, keep = (x.ravel() for x in (network.sigma_w, network.sigma_b, network.keep))
    flat = RandomNetwork(phi, sigma_w, sigma_b, _near_one(keep))
    level = _near_one(flat.gain * phi.level)
    scale_free = phi.level > 0
    q = _homogeneous_q(flat, level) if scale_free else _bounded_q(flat)
    chi_1, chi_2, gradient = flat.chi_1(_known(q)), flat.chi_2(_known(q)), flat.gradient_factor(_known(q))

    exists = ~np.isnan(q) | ((level == 1) & (flat.sigma_b == 0) & (flat.keep == 1) & scale_free)
    solved = exists & ((flat.keep < 1) | (chi_1 > 1 + MARGIN))
    c = np.where(exists, 1.0, np.nan)
    # without a scale in phi, c* does not depend on sigma_b
    q_c = np.divide(1, 1 - level, out=np.ones_like(q), where=level < 1) if scale_free else q
    c[solved] = _correlation(flat, q_c, solved)
    chi_c = np.where(exists, flat.chi(_known(q_c), _known(c)), np.nan)

    phase = np.select([chi_1 < 1 - MARGIN, chi_1 <= 1 + MARGIN], [Phase.ORDERED, Phase.CRITICAL], Phase.CHAOTIC)
    phase = np.where(flat.keep < 1, Phase.DROPOUT, phase)
    phase = np.where(np.isnan(q) & ((level > 1) | (flat.sigma_b > 0)), Phase.UNBOUNDED, phase)
    q_slope = np.where(level < 1 + 1e-12, flat.gain * phi.growth(_known(q)), np.nan)
    xi_c, xi_q = depth_scale(chi_c), depth_scale(q_slope)
    q, c, chi_1, chi_2 = (x.reshape(shape) for x in (q, c, chi_1, chi_2))
    chi_c, xi_c, xi_q, gradient = (x.reshape(shape) for x in (chi_c, xi_c, xi_q, gradient))
    return FixedPoint(network, q, c, chi_1, chi_2, chi_c, xi_c, xi_q, gradient, phase.astype(np.int8).reshape(shape))


def depth_scale(slope: ArrayLike) -> Array:
    """xi = -1/ln(slope), layers; inf for a slope within 1e-9 of 1, 0 for a slope of 0, nan above 1."""
    slope = np.asarray(slope, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.abs(slope - 1) < MARGIN, np.inf, np.where(slope > 1, np.nan, -1 / np.log(slope))))


def trainable_depth(xi_c: ArrayLike) -> Array:
    """6 xi_c: a heuristic upper envelope of the depth that can be trained (Schoenholz et al. 2017), not a prediction.

    Networks near the critical line reach it only after long training, and those beyond it never do.
    """
    return TRAINABLE * np.asarray(xi_c, dtype=float)


def critical_line(name: str, sigma_b: ArrayLike) -> tuple[Array, Array]:
    """(sigma_w, q*) at which chi_1 = 1, shape of sigma_b: c* = 1 is stable for smaller sigma_w, for keep = 1.

    q - <phi^2>/<phi'^2> = sigma_b^2. ReLU: sigma_w = sqrt 2, linear: sigma_w = 1, with q* = nan. With dropout no such
    line exists for c*; gradients keep their size on sqrt(keep) times this one. ValueError unless sigma_b >= 0.
    """
    phi, sigma_b = activation(name), np.asarray(sigma_b, dtype=float)
    for value in sigma_b[~(np.isfinite(sigma_b) & (sigma_b >= 0))].flat:
        at_least("sigma_b", float(value), 0)
    if phi.level:
        return np.full_like(sigma_b, phi.level**-0.5), np.full_like(sigma_b, np.nan)

    def excess(ln_q: Array, b: Array) -> Array:
        q = np.exp(ln_q)
        return q - phi.mean_square(q) / phi.slope(q) - b * b

    b = np.maximum(sigma_b, 1e-7).ravel()  # below, q* < 1e-4 is lost in rounding, and sigma_w is that of sigma_b = 0
    found = elementwise.find_root(excess, (2 * np.log(b), 2 * np.log(b + 3)), args=(b,), tolerances={"xrtol": 1e-15})
    q = np.where(sigma_b < 1e-7, 0.0, np.exp(found.x).reshape(sigma_b.shape))
    return phi.slope(q) ** -0.5, q


def _homogeneous_q(network: RandomNetwork, level: Array) -> Array:
    return np.divide(network.sigma_b**2, 1 - level, out=np.full_like(level, np.nan), where=level < 1)


def _bounded_q(network: RandomNetwork) -> Array:
    gain, offset = network.gain, network.sigma_b**2
    q = gain + offset
    q[(offset == 0) & (_near_one(gain * network.activation.gain_0) <= 1)] = 0
    left = np.flatnonzero(q > 0)
    for _ in range(200):
        here = q[left]
        value = gain[left] * network.activation.mean_square(here) + offset[left] - here
        step = value / (1 - gain[left] * network.activation.growth(here))
        q[left] = np.maximum(here + step, 0.0)
        left = left[np.abs(step) > 4e-15 * here]
        if not len(left):
            break
    return q


def _correlation(network: RandomNetwork, q: Array, where: np.ndarray[Any, np.dtype[np.bool_]]) -> Array:
    """c* of the networks `where`, which have c* < 1."""
    phi, weight, keep, q = network.activation, network.sigma_w[where] ** 2, network.keep[where], q[where]
    zero = q == 0
    q = np.where(zero, 1.0, q)
    delta = (1 / keep - 1) * weight * phi.mean_square(q)

    def solve(pairs: Pairs, q: Array, weight: Array, delta: Array) -> Array:
        c, last = np.maximum(1 - delta / q, 0), 0.5 * q * q * phi.bend(q)
        for _ in range(200):
            gap, d = pairs.gap(c), 1 - c
            close = (d < 1e-6) & np.isfinite(last)
            slope = np.where(close, last, (gap - q * pairs.slope(c)) / np.maximum(d, 1e-300))
            lossy = (delta > 0) & (d > 0)
            lost = np.divide(delta, d, out=np.zeros_like(d), where=lossy)
            full_slope = weight * slope + np.divide(lost, d, out=np.zeros_like(d), where=lossy)
            with np.errstate(over="ignore"):  # of weights near the smallest number; the step is cut off below
                step = np.divide(weight * gap + lost - q, full_slope, out=np.zeros_like(d), where=full_slope > 0)
            c = np.clip(c - np.maximum(step, 0), 0, 1)
            if np.all(step <= 1e-15 + 1e-13 * d):
                break
        return c

    c = phi.in_blocks(solve, q, q, weight, delta)
    part = 1 - weight * phi.gain_0
    return np.where(zero, np.divide(1 - weight * phi.gain_0 / keep, part, out=np.ones_like(part), where=part > 0), c)


def _near_one(x: Array) -> Array:
    """x, but 1 where rounding alone keeps it from 1: sqrt(2)**2 is meant as 2."""
    return np.where(np.abs(x - 1) < 1e-12, 1.0, x)


def _known(x: Array) -> Array:
    return np.where(np.isnan(x), 1.0, x)
