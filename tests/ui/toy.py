"""A small experiment with every kind of parameter and of figure, so that the window is tested without kernels."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, final

import numpy as np

from simulator.agreement import Agreement, no_prediction
from simulator.backends.base import AbstractBackend
from simulator.experiment import AbstractExperiment, View
from simulator.figures import Bars, Curve, Curves, Figure, Histogram, Image, frozen
from simulator.parameters import Param, ParameterError
from simulator.snapshot import Measurement, Scalar


@dataclass(frozen=True, slots=True)
class ToyParams:
    kind: Annotated[str, Param("kind", "Kind", choices=("sine", "noise"), doc="What is drawn.", group="Model")] = "sine"
    rate: Annotated[float, Param("η", "Rate", 0.0, 10.0, live=True, doc="Speed of the wave.", group="Model")] = 1.0
    small: Annotated[
        float, Param("ε", "Small", 0.0, 1.0, scale="log", live=True, applies=(("kind", ("noise",)),), doc="Noise.")
    ] = 0.1
    size: Annotated[int, Param("N", "Size", 2, 1024, scale="log", doc="Points on a curve.", group="Size")] = 128
    count: Annotated[int, Param("n", "Count", 1, 50, live=True, doc="Waves.", group="Size")] = 3
    bold: Annotated[bool, Param("bold", "Bold", live=True, doc="A switch.", group="Size")] = False
    layers: Annotated[str, Param("layers", "Layers", doc="Free text.", group="Size")] = "4,4"
    free: Annotated[float, Param("x", "Free", live=True, doc="Any number.", group="Size")] = 0.0
    fault: Annotated[str, Param("fault", "Fault", choices=("none", "step", "init"), live=False, doc="Fails.")] = "none"

    def check(self) -> None:
        if self.count > self.size:
            raise ParameterError("count", self.count, f"at most size = {self.size}")


@final
class Toy(AbstractExperiment):
    """Waves that run. Raise the rate above 9 and it diverges."""

    name, title, Params = "toy", "Toy", ToyParams
    scalars: ClassVar = {"level": "mean of the wave"}
    views = (
        View("waves", "Waves", ("waves",)),
        View("both", "Picture", ("image", "histogram")),
        View("bars", "Bars", ("bars", "waves"), alternatives=True),
    )

    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        if params.fault == "init":
            raise RuntimeError("cannot begin")
        self.params, self.seed, self.t = params, seed, 0

    def update(self, params: Any) -> None:
        self.params = params

    def step(self, n: int) -> None:
        if self.params.fault == "step":
            raise RuntimeError("cannot step")
        time.sleep(0.002)  # as a device would: without the interpreter
        self.t += n

    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        p = self.params
        x = np.linspace(0.0, 10.0, p.size)
        y = np.sin(x * p.count + 1e-4 * self.t * p.rate + self.seed)
        diverged = p.rate > 9.0
        notes = ("diverged: the rate is too high; lower η to begin again",) if diverged else ()
        figures: dict[str, Figure] = {
            "waves": Curves("A wave that runs", "x", "y", (Curve("measured", frozen(x), frozen(y)),)),
            "image": Image("Its square", "x", "y", "v", frozen(np.outer(y, y), np.float32), (0.0, 1.0, 0.0, 1.0)),
            "histogram": Histogram("How often", "y", "p", frozen(np.linspace(-1, 1, 11)), frozen(np.ones(10) / 2)),
            "bars": Bars("Levels", "level", ("a", "b"), frozen([1.0, 2.0]), frozen([0.1, 0.2])),
        }
        agreement = (
            Agreement("mean of y", float(y.mean()), 0.01, 0.0, source="Euler 1748"),
            no_prediction("free", p.free, 0.1, "nobody has one"),
        )
        shown = {k: v for k, v in figures.items() if wanted is None or k in wanted}
        return Measurement({"level": Scalar(float(y.mean()), 0.01, 2)}, shown, agreement, diverged, notes)
