"""Exact learning of deep linear networks f = W_L ... W_1 x (Saxe, McClelland & Ganguli 2014, 1312.6120).

Gradient flow on white inputs (<x x^T> = 1), from weights balanced and aligned with the singular vectors of Sigma =
<t x^T>: W_L ... W_1 keeps those vectors, and each of its singular values a(t) follows that of Sigma, s, by itself:
tau da/dt = L a^(2 - 2/L) (s - a). On L = 1/2 <|f - t|^2>, time is learning rate times steps and tau = 1. Where an input
direction has the variance d instead of 1, s/d and tau/d take the place of s and tau.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from simulator.theory.checks import integer_at_least, positive, refuse
from simulator.theory.mixture import Array

TOLERANCE = 1e-11


def mode(t: ArrayLike, s: ArrayLike, a_0: ArrayLike, tau: float = 1.0) -> Array:
    """a(t) = s e^(2st/tau)/(e^(2st/tau) - 1 + s/a_0) for two layers, eq. 10 of the paper; t, s and a_0 broadcast.

    s = 0 decays as a_0/(1 + 2 a_0 t/tau). ValueError unless s >= 0, a_0 > 0 and tau > 0.
    """
    t, s, a_0 = _checked(t, s, a_0)
    x = 2 * s * t / positive("tau", tau)
    # s/(1 - e^-x) without cancellation at small s: what is left of it at s = 0 is tau/2t
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        learnt = np.where(x == 0, a_0 / (1 + 2 * a_0 * t / tau), s / (-np.expm1(-x) + s / a_0 * np.exp(-x)))
    return np.asarray(learnt)


def half_time(s: ArrayLike, a_0: ArrayLike, tau: float = 1.0) -> Array:
    """When a = s/2, tau/(2s) ln(s/a_0 - 1): the larger a mode, the sooner it is learnt; broadcasts.

    Negative where it is past; nan where a never was s/2: s = 0 or a_0 >= s.
    """
    _, s, a_0 = _checked(0.0, s, a_0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(positive("tau", tau) / (2 * s) * np.log(np.where(a_0 < s, s / a_0 - 1, np.nan)))


def deep_mode(t: ArrayLike, s: ArrayLike, a_0: ArrayLike, layers: int, tau: float = 1.0) -> Array:
    """a(t) of `layers` weight matrices: tau da/dt = L a^(2-2/L) (s - a); shape (*s and a_0 broadcast, len(t)).

    Closed for one and two layers, else integrated to a relative 1e-9. t: ascending from 0 or later, (T,). ValueError as
    for mode, and for times that descend.
    """
    L, tau = integer_at_least("layers", layers, 1), positive("tau", tau)
    t, s, a_0 = _checked(t, *np.broadcast_arrays(np.asarray(s, dtype=float), np.asarray(a_0, dtype=float)))
    if t.ndim != 1 or not np.all(np.diff(t, prepend=0.0) >= 0):
        raise refuse("t", t.tolist(), "must be a list of times that ascend from 0 or later")
    if L == 1:
        return np.asarray(s[..., None] + (a_0 - s)[..., None] * np.exp(-t / tau))
    if L == 2:
        return mode(t, s[..., None], a_0[..., None], tau)
    goal = s.ravel()

    def speed(_: float, ln_a: Array) -> Array:  # in ln a, small modes are as exact as large ones
        a = np.exp(ln_a)
        return L / tau * a ** (1 - 2 / L) * (goal - a)

    span = (0.0, max(float(t[-1]), 1e-300))
    found = solve_ivp(speed, span, np.log(a_0.ravel()), "LSODA", t, rtol=TOLERANCE, atol=TOLERANCE)
    return np.asarray(np.exp(found.y).reshape(*s.shape, len(t)))


def modes(x: ArrayLike, targets: ArrayLike) -> tuple[Array, Array, Array]:
    """(U, s, V) of Sigma = <t x^T> = U diag(s) V^T over samples, s descending.

    x (samples, inputs), targets (samples, outputs); U (outputs, k), s (k,), V (inputs, k), k the smaller dimension.
    """
    x, targets = np.asarray(x, dtype=float), np.asarray(targets, dtype=float)
    U, s, Vt = np.linalg.svd(targets.T @ x / len(x), full_matrices=False)
    return U, s, Vt.T


def _checked(t: ArrayLike, s: ArrayLike, a_0: ArrayLike) -> tuple[Array, Array, Array]:
    t, s, a_0 = (np.asarray(one, dtype=float) for one in (t, s, a_0))
    if not np.all(s >= 0):
        raise refuse("s", float(np.min(s)), "must be at least 0")
    if not np.all(a_0 > 0):
        raise refuse("a_0", float(np.min(a_0)), "must be greater than 0")
    return t, s, a_0
