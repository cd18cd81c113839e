"""The Cugliandolo-Kurchan curve that a window draws for the parameters on screen: within a second or two, in chunks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator.theory.asymptotics import asymptote
from simulator.theory.checks import at_least, positive
from simulator.theory.dynamics import Dynamics, extrapolate, march
from simulator.theory.mixture import Array, Mixture

# Until tau, steps: in units of 2 sqrt 3 / (T + 2 sqrt f''(1)), which is 1 for the pure p = 3 at T = 0.
STAGES = ((5.0, (0.05, 0.025, 0.0125)), (20.0, (0.1, 0.05, 0.025)), (100.0, (0.2, 0.1)))
ROWS_PER_CHUNK = 8


@dataclass(frozen=True, slots=True, eq=False)
class LiveCurve:
    """E(t) per spin, C(t,0) and mu(t) on the times t, all of shape (n,) and read-only.

    Times after t_solved are not solved for: there the curve is a power law from the last solved value to its asymptote.
    """

    t: Array
    E: Array
    C0: Array
    mu: Array
    t_solved: float

    def __post_init__(self) -> None:
        for array in (self.t, self.E, self.C0, self.mu):
            array.setflags(write=False)


@lru_cache(maxsize=64)
def live_curve(mixture: Mixture, T: float = 0.0, t_end: float = 100.0) -> LiveCurve:
    """The whole curve, cached; error below 5e-4 times the roughness up to t_solved. About 1 s for t_end = 100, p = 3.

    ValueError for T < 0 or t_end not positive.
    """
    *_, curve = live_refinements(mixture, T, t_end)
    assert curve is not None
    return curve


def live_refinements(mixture: Mixture, T: float = 0.0, t_end: float = 100.0) -> Iterator[LiveCurve | None]:
    """The best curve so far, None at first, after each chunk of a few milliseconds: stop iterating to interrupt it.

    Three grids, each coarser and longer than the one before. What a coarse grid gets wrong hardly changes with time
    once the fast relaxation is over, so each is shifted to meet the finer one where it takes over.
    """
    at_least("T", T, 0)
    positive("t_end", t_end)
    rate = (T + 2 * math.sqrt(mixture.d2f(1.0))) / (2 * math.sqrt(3)) or 1.0
    curve: LiveCurve | None = None
    for tau, steps in STAGES:
        span = min(t_end, tau / rate)
        n = max(10, math.ceil(span * rate / steps[0] - 1e-9))
        runs = []
        for step in steps:
            refine = round(steps[0] / step)
            rows = march(mixture, T, span / (n * refine), n * refine)
            while True:
                try:
                    if next(rows) % ROWS_PER_CHUNK == 0:
                        yield curve
                except StopIteration as end:
                    runs.append(end.value)
                    break
        curve = _join(curve, extrapolate(runs))
        if span == t_end:
            break
        yield curve
    assert curve is not None
    yield curve if curve.t_solved >= t_end else _tail(curve, mixture, T, t_end)


def _join(fine: LiveCurve | None, coarse: Dynamics) -> LiveCurve:
    t_solved = float(coarse.t[-1])
    if fine is None:
        return LiveCurve(coarse.t, coarse.E, coarse.C0, coarse.mu, t_solved)
    meet = fine.t[-1]
    later = coarse.t > meet * (1 + 1e-9)

    def append(known: Array, new: Array) -> Array:
        return np.concatenate([known, new[later] + known[-1] - np.interp(meet, coarse.t, new)])

    t = np.concatenate([fine.t, coarse.t[later]])
    return LiveCurve(t, append(fine.E, coarse.E), append(fine.C0, coarse.C0), append(fine.mu, coarse.mu), t_solved)


def _tail(curve: LiveCurve, mixture: Mixture, T: float, t_end: float) -> LiveCurve:
    """Continue each observable as limit + (last - limit) (t/t_solved)^-nu, with nu its slope over the last factor 2."""
    limit = asymptote(mixture, T)
    t = np.geomspace(curve.t_solved, t_end, 65)[1:]

    def extend(known: Array, end: float) -> Array:
        last, half = known[-1], np.interp(curve.t_solved / 2, curve.t, known)
        if math.isnan(end):  # no closed form: the t^(-2/3) of the pure glass (p = 3, T = 0)
            nu, end = 2 / 3, last - (half - last) / (2 ** (2 / 3) - 1)
        else:
            ratio = (half - end) / (last - end) if abs(last - end) > 1e-9 else 1.0
            nu = min(math.log2(ratio), 8.0) if ratio > 1 else 2 / 3
        return np.concatenate([known, end + (last - end) * (t / curve.t_solved) ** -nu])

    E, C0, mu = extend(curve.E, limit.E), extend(curve.C0, 0.0), extend(curve.mu, limit.mu)
    return LiveCurve(np.concatenate([curve.t, t]), E, C0, mu, curve.t_solved)
