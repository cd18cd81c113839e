"""The spherical p = 2 glass at T = 0, exactly (Cugliandolo & Dean 1995, cond-mat/9502075)."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ive

from simulator.theory.checks import refuse
from simulator.theory.mixture import Array


def energy(t: ArrayLike, roughness: float = 1.0) -> Array:
    """E(t) = -Delta I_2(4 Delta t) / I_1(4 Delta t), per spin, for t >= 0 of any shape; -1 + 3/(8t) at late times.

    ValueError for a negative time.
    """
    t = roughness * _times("t", t)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(t > 0, -roughness * ive(2, 4 * t) / ive(1, 4 * t), 0.0))


def correlation(t: ArrayLike, t_w: ArrayLike, roughness: float = 1.0) -> Array:
    """C(t,t') = [I_1(2(t+t'))/(t+t')] / sqrt[I_1(4t) I_1(4t') / (4 t t')], times in units of 1/Delta; broadcasts.

    Scaled Bessel functions: the exponentials cancel, so no time overflows. ValueError for a negative time.
    """
    t, t_w = roughness * _times("t", t), roughness * _times("t_w", t_w)
    return np.asarray(_per_time(t + t_w, 2) / np.sqrt(_per_time(2 * t, 2) * _per_time(2 * t_w, 2)))


def _per_time(tau: Array, k: float) -> Array:
    """exp(-k tau) I_1(k tau)/tau, which is k/2 at tau = 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(tau > 0, ive(1, k * tau) / tau, k / 2))


def _times(name: str, value: ArrayLike) -> Array:
    array = np.asarray(value, dtype=float)
    if not np.all(array >= 0):
        raise refuse(name, value, "every time must be at least 0")
    return array
