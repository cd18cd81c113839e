"""An experiment small enough to know its every number: independent random walks of a known width."""

import os
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np

from simulator.agreement import Agreement, no_prediction
from simulator.backends.base import AbstractBackend
from simulator.experiment import AbstractExperiment
from simulator.figures import Curve, Curves, frozen
from simulator.parameters import Param
from simulator.snapshot import Measurement, Scalar


@dataclass(frozen=True, slots=True)
class WalkParams:
    width: Annotated[float, Param("σ", "Width", lo=0.0, hi=1e300, live=True, doc="Width of one step.")] = 1.0
    walkers: Annotated[int, Param("M", "Walkers", lo=1, hi=4096, doc="How many walk.")] = 64
    kind: Annotated[str, Param("", "Kind", choices=("normal", "signs"), doc="How a step is drawn.")] = "normal"


class Walk(AbstractExperiment):
    """Random walks. Their mean square grows as σ² t."""

    name, title, Params = "walk", "Random walks", WalkParams
    scalars: ClassVar = {"spread": "mean square distance", "idle": "never measured", "farthest": "with the figure"}
    views: ClassVar = ()
    steps_per_run = 100
    pause = float(os.environ.get("WALK_PAUSE", "0"))
    started = os.environ.get("WALK_STARTED")
    """A file to make at the first step, for a test that waits for it."""

    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        self.params, self.time = params, 0
        self.draws = np.random.Generator(np.random.Philox(seed))
        self.x = np.zeros(params.walkers)

    def update(self, params: Any) -> None:
        self.params = params

    def step(self, n: int) -> None:
        if self.started:
            Path(self.started).touch()
        for _ in range(n):
            time.sleep(self.pause)
            draws = self.draws.standard_normal(self.x.size)
            with np.errstate(over="ignore"):
                self.x += self.params.width * (draws if self.params.kind == "normal" else np.sign(draws))
            self.time += 1

    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        with np.errstate(over="ignore", invalid="ignore"):
            spread = Scalar.of_samples(self.x**2)
        figure = Curves("Walks", "walker", "x", (Curve("x", frozen(np.arange(self.x.size)), frozen(self.x)),))
        drawn = wanted is None or "walks" in wanted
        with_figure = {"farthest": Scalar(float(np.max(np.abs(self.x))), float("nan"), 1)} if drawn else {}
        return Measurement(
            scalars={"spread": spread, "idle": Scalar(float("nan"), float("nan"), 0)} | with_figure,
            figures={"walks": figure} if drawn else {},
            agreement=(
                Agreement(
                    "spread",
                    spread.mean,
                    spread.stderr,
                    self.params.width * self.params.width * self.time,
                    source="Einstein 1905",
                ),
                no_prediction("idle", 0.0, float("nan"), "nobody knows"),
            ),
            diverged=not np.isfinite(spread.mean),
        )
