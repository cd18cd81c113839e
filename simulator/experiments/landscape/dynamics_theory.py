"""The Cugliandolo-Kurchan curve for the parameters on screen, solved a few milliseconds at a time beside the run."""

import math
from collections.abc import Iterator

from simulator import clock
from simulator.experiments.landscape.params import LandscapeParams
from simulator.theory.finite_size import sgd_temperature
from simulator.theory.live_dynamics import LiveCurve, live_curve, live_refinements
from simulator.theory.mixture import Mixture

FIRST_HORIZON = 100.0
KEPT_CURVES = 64
"""Finished curves that are kept, of some 20 kB each."""


def mixture_of(params: LandscapeParams) -> Mixture:
    """The covariance of the glass on screen."""
    return Mixture(params.a2, params.a3, params.a4, roughness=params.roughness)


def bath_temperature(params: LandscapeParams) -> float | None:
    """The temperature that the optimizer amounts to as eta -> 0: 0 for gd, T for langevin, T_eff = eta (1-b) f'(1)/(2b)
    for sgd; None where its dynamics is of another kind (momentum, adam)."""
    if params.optimizer == "gd":
        return 0.0
    if params.optimizer == "langevin":
        return params.temperature
    if params.optimizer == "sgd":
        return sgd_temperature(mixture_of(params), params.learning_rate, params.batch_fraction)
    return None


class DynamicsTheory:
    """Holds the best curve so far, and the last finished ones, so that changing the parameters back costs nothing."""

    def __init__(self) -> None:
        self._key: tuple[Mixture, float, float] | None = None
        self._refinements: Iterator[LiveCurve | None] | None = None
        self._curve: LiveCurve | None = None
        self._finished: dict[tuple[Mixture, float, float], LiveCurve] = {}

    @property
    def pending(self) -> bool:
        """Whether a better curve is still being computed."""
        return self._refinements is not None

    def curve(self, params: LandscapeParams, until: float, budget: float | None) -> LiveCurve | None:
        """The curve for `params` up to `until` at least: whole if `budget` is None, else what so many seconds give."""
        T = bath_temperature(params)
        if params.family == "gaussian" or T is None or params.roughness == 0:
            self._key, self._refinements, self._curve = None, None, None
            return None
        horizon = FIRST_HORIZON * 10 ** max(0, math.ceil(math.log10(max(until, 1e-9) / FIRST_HORIZON)))
        # Three significant digits are below a pixel, and keep a dragged slider from asking for a curve a pixel.
        key = (mixture_of(params), float(f"{T:.3g}"), horizon)
        if budget is None:
            end = max(1.0, until * 1.001)
            return live_curve(key[0], key[1], min(end, horizon))
        if key != self._key:
            known = self._finished.get(key)
            # Where only the horizon has moved on, the shorter curve is shown until there is a longer one.
            shorter = self._curve if self._key is not None and key[:2] == self._key[:2] else None
            self._key, self._curve = key, known or shorter
            self._refinements = None if known is not None else live_refinements(*key)
        self._refine(budget)
        return self._curve

    def _refine(self, budget: float) -> None:
        deadline = clock.now() + budget
        while self._refinements is not None and clock.now() < deadline:
            try:
                better = next(self._refinements)
            except StopIteration:
                self._refinements = None
                if self._curve is not None and self._key is not None:
                    self._finished[self._key] = self._curve
                    if len(self._finished) > KEPT_CURVES:
                        del self._finished[next(iter(self._finished))]
                return
            if better is not None and (self._curve is None or better.t[-1] >= self._curve.t[-1]):
                self._curve = better
