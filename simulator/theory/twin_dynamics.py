"""Two copies of an infinite glass under one noise: how the square of their distance grows, from a random start.

K(t,t') = s_1(t).s_2(t')/N obeys the Cugliandolo-Kurchan equations of two replicas whose noise is the same,

    d_t K(t,t') = -mu K + int_0^t' f'(K(t,s)) R(t',s) ds + int_0^t f''(C(t,s)) R(t,s) K(s,t') ds       (t > t')
    d_t K(t,t)  = 2 [the right-hand side at t' = t] + 2T

of which K = C is one solution: twins that are equal stay so. Solved is Delta = C - K, whose equation has neither the
noise nor the mean motion in it, so that a distance of 1e-12 is as exact as one of 1 (Heerema & Ritort 1998,
cond-mat/9804149, for twins with a finite distance).
"""

from collections.abc import Iterator

import numpy as np

from simulator.theory.checks import positive, refuse
from simulator.theory.dynamics import Dynamics
from simulator.theory.mixture import Array, Mixture

SMALL = 1e-6
"""Delta below which f'(C) - f'(C - Delta) is f''(C) Delta to all digits that matter."""


def squares(mixture: Mixture, base: Dynamics, distance: float) -> Iterator[float]:
    """|s_1 - s_2|^2/N = 2 Delta(t,t) at each time of `base`, one after the other, for twins so far apart at t = 0.

    Heun's rule and trapezoids on the grid of `base`: error O(h^2). ValueError for a distance not within (0, 2].
    """
    if not positive("distance", distance) <= 2:
        raise refuse("distance", distance, "must be at most 2: twins are on a sphere of radius 1 a component")
    h, n = float(base.t[1] - base.t[0]), len(base.t)
    delta = np.zeros((n, n))
    delta[0, 0] = distance**2 / 2
    yield 2.0 * float(delta[0, 0])
    now = _rates(mixture, base, h, 0, delta)
    for m in range(n - 1):
        k = m + 1
        ahead = np.append(delta[m, :k] + h * now, delta[m, m] + 2 * h * now[m])
        delta[k, : k + 1] = delta[: k + 1, k] = ahead
        then = _rates(mixture, base, h, k, delta)
        row = np.append(delta[m, :k] + h / 2 * (now + then[:k]), delta[m, m] + h * (now[m] + then[k]))
        delta[k, : k + 1] = delta[: k + 1, k] = row
        now = _rates(mixture, base, h, k, delta)
        yield 2.0 * float(delta[k, k])


def _rates(mixture: Mixture, base: Dynamics, h: float, m: int, delta: Array) -> Array:
    """d_t Delta(t_m, t_j) for j = 0 ... m."""
    k = m + 1
    c, r, d = base.C[m, :k], base.R[m, :k], delta[m, :k]
    memory = h * mixture.d2f(c) * r
    memory[[0, -1]] *= 0.5 if k > 1 else 0.0
    difference = np.where(np.abs(d) < SMALL, mixture.d2f(c) * d, mixture.df(c) - mixture.df(c - d))
    response = base.R[:k, :k]
    noise = h * (response @ difference - 0.5 * response[:, 0] * difference[0] - 0.5 * np.diag(response) * difference)
    noise[0] = 0.0
    return np.asarray(-base.mu[m] * d + delta[:k, :k] @ memory + noise)
