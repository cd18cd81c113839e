"""Cugliandolo-Kurchan equations: the dynamics of an infinite glass from a random start, for any mixture and T >= 0.

    d_t C(t,t') = -mu C + int_0^t' f'(C(t,s)) R(t',s) ds + int_0^t f''(C(t,s)) R(t,s) C(s,t') ds
    d_t R(t,t') = -mu R + int_t'^t f''(C(t,s)) R(t,s) R(s,t') ds
    mu(t) = T + int_0^t [f'(C) R + f''(C) R C](t,s) ds,     E(t) = -int_0^t f'(C(t,s)) R(t,s) ds

with C(t,t) = R(t+,t) = 1 (Cugliandolo & Kurchan 1993, cond-mat/9303036; mixtures: Folena, Franz & Ricci-Tersenghi
2020, 1903.01421).
They describe continuous time: the finite step of a simulation is not in them.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from simulator.theory.checks import at_least, integer_at_least, positive, refuse
from simulator.theory.mixture import Array, Mixture

END, NEXT = -7 / 12, 1 / 12  # weights 1 + (END, NEXT) at each end of a grid: third-order Gregory quadrature
BLOCK = 128  # rows of a triangle that are multiplied together: they stay in the cache for both products


@dataclass(frozen=True, slots=True, eq=False)
class Dynamics:
    """Solution on the times t, shape (n,): E per spin, radial force mu; C and R of shape (n, n), [i, j] = (t_i, t_j).

    C is symmetric; R is zero for t_i < t_j. All arrays are read-only.
    """

    t: Array
    E: Array
    mu: Array
    C: Array
    R: Array

    def __post_init__(self) -> None:
        for array in (self.t, self.E, self.mu, self.C, self.R):
            array.setflags(write=False)

    @property
    def C0(self) -> Array:
        """C(t, 0), shape (n,)."""
        return self.C[:, 0]

    def ageing(self, t_w: float) -> tuple[Array, Array]:
        """Times t >= t_w and C(t, t_w), t_w being taken to the nearest time of the grid."""
        if not self.t[0] <= t_w <= self.t[-1]:
            raise refuse("t_w", t_w, f"must lie between 0 and {self.t[-1]:g}")
        j = int(np.argmin(np.abs(self.t - t_w)))
        return self.t[j:], self.C[j:, j]


def solve(mixture: Mixture, T: float = 0.0, t_end: float = 10.0, h: float = 0.1) -> Dynamics:
    """Solution on the grid 0, h, ..., t_end, extrapolated from the steps h, h/2 and h/4.

    With h = 0.1 energies are good to 1e-5 and p = 2 agrees with its exact solution to 1e-6. The cost grows as
    (t_end/h)^3: t_end = 10 takes 0.3 s, 50 takes about 6 s. ValueError for T < 0, or t_end or h not positive.
    """
    at_least("T", T, 0)
    positive("h", h)
    n = max(2, round(positive("t_end", t_end) / h))
    return extrapolate([integrate(mixture, T, t_end / n / k, n * k) for k in (1, 2, 4)])


def extrapolate(runs: list[Dynamics]) -> Dynamics:
    """Richardson: remove the errors of order h^3 (from two runs) and h^4 (from three), on the times that all share.

    The runs must end at the same time. Steps h, h/2 share the times of the first; 2h, 4h/3, h every fourth of the last.
    """
    sizes = [len(run.t) - 1 for run in runs]
    n = math.gcd(*sizes)
    strides = [size // n for size in sizes]
    rows = (1 / np.array(strides, dtype=float)) ** np.array([[0], [3], [4]])[: len(runs)]
    weights = np.linalg.solve(rows, np.eye(len(runs))[0])

    def combine(arrays: list[Array]) -> Array:
        shared = [a[::k] if a.ndim == 1 else a[::k, ::k] for a, k in zip(arrays, strides, strict=True)]
        return np.asarray(sum(w * a for w, a in zip(weights, shared, strict=True)))

    return Dynamics(
        runs[0].t[:: strides[0]],
        combine([run.E for run in runs]),
        combine([run.mu for run in runs]),
        combine([run.C for run in runs]),
        combine([run.R for run in runs]),
    )


def integrate(mixture: Mixture, T: float, h: float, n: int) -> Dynamics:
    """n steps of h in one go; see `march`."""
    rows = march(mixture, T, h, n)
    while True:
        try:
            next(rows)
        except StopIteration as end:
            result: Dynamics = end.value
            return result


def march(mixture: Mixture, T: float, h: float, n: int) -> Generator[int, None, Dynamics]:
    """n steps of h, one for each `next`; returns the solution, of error O(h^3), stable for h (T + 2 sqrt f''(1)) < 1.

    Two-step Adams-Bashforth predicts and three-point Adams-Moulton corrects, with Gregory quadrature of the same order
    (split at s = t', where C has a kink for T > 0). This costs what trapezoid and Heun cost and errs 20 times less at
    h = 0.1. A column t' has no past before its diagonal, so its first step is a trapezoid, which the second step
    replaces by the Simpson pair of the three derivatives then known.
    """
    at_least("T", T, 0)
    positive("h", h)
    n = integer_at_least("n", n, 2)
    C, R = np.zeros((n + 1, n + 1)), np.zeros((n + 1, n + 1))
    E, mu = np.zeros(n + 1), np.full(n + 1, float(T))
    C[0, 0] = R[0, 0] = 1.0
    dC, dR = np.zeros(n + 1), np.zeros(n + 1)  # C(t_j, t_j-1) and R(t_j, t_j-1)
    edges = (C, R, dC, dR)
    past: tuple[Array, Array] | None = None
    for m in range(n):
        *now, mu[m], E[m] = _rates(mixture, T, h, m, *edges)
        k = m + 1
        for X, d, i in ((C, dC, 0), (R, dR, 1)):
            row = X[m, :k] + h * now[i]
            if past is not None:
                row[:m] += h / 2 * (now[i][:m] - past[i])
            X[k, :k], X[k, k], d[k] = row, 1.0, row[-1]
        *new, _, _ = _rates(mixture, T, h, k, *edges)
        for X, d, i in ((C, dC, 0), (R, dR, 1)):
            row = X[m, :k] + h / 2 * (now[i] + new[i][:k])
            if past is not None:
                row[:m] -= h / 12 * (new[i][:m] - 2 * now[i][:m] + past[i])
                k0, k1, k2 = past[i][m - 1], now[i][m - 1], new[i][m - 1]
                row[m - 1] = 1 + h / 3 * (k0 + 4 * k1 + k2)
                X[m, m - 1] = d[m] = 1 + h / 12 * (5 * k0 + 8 * k1 - k2)
            X[k, :k], d[k] = row, row[-1]
        past = (now[0], now[1])
        yield k
    *_, mu[n], E[n] = _rates(mixture, T, h, n, *edges)
    C += np.tril(C, -1).T
    return Dynamics(h * np.arange(n + 1, dtype=np.float64), E, mu, C, R)


def _rates(
    mixture: Mixture, T: float, h: float, m: int, C: Array, R: Array, dC: Array, dR: Array
) -> tuple[Array, Array, float, float]:
    """d_t C(t_m, .) and d_t R(t_m, .), each of shape (m+1,), then mu(t_m) and E(t_m). C is still lower triangular."""
    if m == 0:
        return np.array([-T]), np.array([-T]), T, 0.0
    k = m + 1
    c, r, sub_C, sub_R = C[m, :k], R[m, :k], dC[1:k], dR[1:k]
    a, b = h * mixture.df(c), h * mixture.d2f(c) * r
    w = np.ones(k)
    w[[0, -1]] += END
    w[1] += NEXT
    w[-2] += NEXT
    work = float(w @ (a * r))
    mu = T + work + float(w @ (b * c))

    start, stop = a.copy(), b.copy()
    start[0] += END * a[0]
    start[1] += NEXT * a[1]
    stop[-1] += END * b[-1]
    stop[-2] += NEXT * b[-2]
    response, relay = _products(R[:k, :k], start, stop)

    response[0] = 0.0  # int_0^t' f'(C(t,s)) R(t',s) ds, with its end at s = t'
    response[1:] += END * a[1:] + NEXT * a[:-1] * sub_R

    relay[-1] = 0.0  # int_t'^t f''(C(t,s)) R(t,s) R(s,t') ds, with its end at s = t'
    relay[:-1] += END * b[:-1] + NEXT * b[1:] * sub_R

    feedback = sum(_products(C[:k, :k], w * b, w * b)) - w * b  # int_0^t f''(C(t,s)) R(t,s) C(s,t') ds
    feedback[1:-1] += 2 * (END + 0.5) * b[1:-1] + NEXT * (b[:-2] * sub_C[:-1] + b[2:] * sub_C[1:])  # kink at s = t'
    return response + feedback - mu * c, relay - mu * r, mu, -work


def _products(X: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """X @ x and y @ X for a lower triangular X; memory bounds the cost, so each block is read once for both."""
    down, up = np.empty_like(x), np.zeros_like(y)
    for i in range(0, len(x), BLOCK):
        j = min(i + BLOCK, len(x))
        block = X[i:j, :j]
        down[i:j] = block @ x[:j]
        up[:j] += y[i:j] @ block
    return down, up
