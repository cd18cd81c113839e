"""The distance of twins in an infinite glass, solved a few milliseconds at a time beside the run."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator import clock
from simulator.experiments.divergence.params import DivergenceParams
from simulator.experiments.divergence.twins import Array
from simulator.experiments.landscape.dynamics_theory import bath_temperature, mixture_of
from simulator.theory.dynamics import Dynamics, march
from simulator.theory.mixture import Mixture
from simulator.theory.spectrum import gd_step_limit
from simulator.theory.twin_dynamics import squares

ROWS: Final = 300
STEP: Final = 0.1
"""Of time, in units in which the pure p = 3 at T = 0 is 1: the curve ends at 30 of these."""
FIRST_SHOWN: Final = 0.5
"""From so much of the time on, the slope is called the exponent."""
INFINITESIMAL: Final = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class TwinCurve:
    """Times, and ln distance at these, of twins in an infinite glass, as far as it is solved."""

    t: Array
    logs: Array

    def exponent(self, until: float) -> float:
        """Slope over the second half of the time up to `until`, or of what is solved: it soon is constant."""
        end = min(until, float(self.t[-1]))
        here = (self.t >= FIRST_SHOWN * end) & (self.t <= end)
        if here.sum() < 2:
            return math.nan
        return float(np.polyfit(self.t[here], self.logs[here], 1)[0])


def applies(params: DivergenceParams) -> bool:
    """Whether the run is one that the equations describe: short steps in a glass, from a random start."""
    if params.system not in ("glass", "funnel") or params.optimizer not in ("gd", "langevin"):
        return False
    landscape = params.landscape()
    if landscape.bias or landscape.roughness == 0 or landscape.start != "random":
        return False
    return params.learning_rate < gd_step_limit(mixture_of(landscape))


class GlassTheory:
    """Holds the curve for the parameters on screen as it grows."""

    def __init__(self) -> None:
        self._key: tuple[Mixture, float, float] | None = None
        self._work: Iterator[None] | None = None
        self._t: Array = np.zeros(0)
        self._squares: list[float] = []

    @property
    def pending(self) -> bool:
        """Whether there is more of the curve to come."""
        return self._work is not None

    def curve(self, params: DivergenceParams, budget: float | None) -> TwinCurve | None:
        """What is known after `budget` more seconds, or all (None); None where the equations do not apply."""
        temperature = bath_temperature(params.landscape()) if applies(params) else None
        if temperature is None:
            self._key, self._work = None, None
            return None
        distance = INFINITESIMAL if params.renormalise else min(params.epsilon, 2.0)
        key = (mixture_of(params.landscape()), float(f"{temperature:.3g}"), distance)
        if key != self._key:
            self._key, self._squares = key, []
            self._work = self._solve(*key)
        end = math.inf if budget is None else clock.now() + budget
        while self._work is not None and clock.now() < end:
            if next(self._work, self) is self:
                self._work = None
        if len(self._squares) < 2:
            return None
        logs = np.log(np.array(self._squares)) / 2 + math.log(params.epsilon / distance)
        return TwinCurve(self._t[: len(logs)], logs)

    def _solve(self, mixture: Mixture, temperature: float, distance: float) -> Iterator[None]:
        h = STEP * 2 * math.sqrt(3) / (temperature + 2 * math.sqrt(mixture.d2f(1.0)))
        self._t = np.asarray(h * np.arange(ROWS + 1))
        rows, base = march(mixture, temperature, h, ROWS), None
        while base is None:
            try:
                next(rows)
                yield
            except StopIteration as end:
                base = end.value
        assert isinstance(base, Dynamics)
        for square in squares(mixture, base, distance):
            self._squares.append(square)
            yield
