"""The training experiment: many small networks learn side by side; what is measured, and what theory says."""

from collections.abc import Callable, Collection
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import NDArray

from simulator import clock
from simulator.backends.base import AbstractBackend
from simulator.experiment import AbstractExperiment, View
from simulator.experiments.training import path, pictures, predictions, seeing
from simulator.experiments.training.curvature import Looker, weight_spectrum
from simulator.experiments.training.ensemble import QUICK, Ensemble
from simulator.experiments.training.exact import Catapult, DeepLinear, not_plain
from simulator.experiments.training.params import TrainingParams
from simulator.experiments.training.predictions import Seen
from simulator.experiments.training.trace import Trace
from simulator.figures import Figure
from simulator.networks.loss_paths import interpolation
from simulator.snapshot import Measurement

Array = NDArray[np.float64]
FIGURES: Final = frozenset(
    {"answers", "boundary", "loss", "accuracy", "outcomes", "plane", "around", "interpolation", "sharpness", "hessian",
     "weights"}
)  # fmt: skip
CURVED: Final = frozenset({"sharpness", "hessian"})
LINES: Final = 4
"""Networks whose straight lines are drawn."""
SLOWEST: Final = (8, 32)
"""Steps from one point of the curves to the next at the beginning, at most: where that takes little time, or much."""
AGAIN: Final = 4.0
"""While a window plays, a dear figure is drawn again after so many times as long as it took."""
SELDOM: Final = 0.1
"""And after so many seconds at least."""


@final
class Training(AbstractExperiment):
    """Many small networks learn one data set side by side, from different initial weights.

    theta <- theta - eta grad L (and momentum, adam, rmsprop). The loss is far from convex, yet nearly all networks end
    equally well: watch where they come to, how straight their way is (Goodfellow et al. 2015; Li et al. 2018), and how
    the sharpness climbs to 2/eta and stays there (Cohen et al. 2021). Raise eta: the edge comes down.
    """

    name = "training"
    title = "Training"
    Params = TrainingParams
    steps_per_second = 200.0
    scalars: ClassVar = {
        "epoch": "how often each example has been seen",
        "train_loss": "training loss, mean over networks that have not diverged, like all below",
        "test_loss": "test loss",
        "train_accuracy": "share of training examples that are right",
        "test_accuracy": "share of test examples that are right",
        "loss_std": "standard deviation of the test loss over networks",
        "gradient_norm": "|∇L| of the training loss",
        "weight_norm": "|θ|",
        "weight_max": "max |θᵢ|",
        "sharpness": "top eigenvalue of the Hessian on up to 512 training examples, the first networks",
        "diverged": "fraction of networks whose loss is not finite or above a million",
    }
    views = (
        View("data", "Data", ("answers", "boundary"), alternatives=True),
        View("loss", "Loss", ("loss", "accuracy")),
        View("landscape", "Loss landscape", ("plane", "around", "interpolation"), alternatives=True),
        View("curvature", "Curvature", ("sharpness", "hessian"), alternatives=True),
        View("networks", "Networks", ("outcomes", "weights"), alternatives=True),
    )

    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        self._params: TrainingParams = params
        self._seed, self._step, self._steady = seed, 0, True
        self._ensemble = ensemble = Ensemble(backend, params, seed)
        # Measuring all examples takes as long as so many steps: a quarter of the time at first, less and less later.
        quick = params.networks * ensemble.architecture.parameters * ensemble.examined <= QUICK
        slowest = SLOWEST[0] if quick else SLOWEST[1]
        self._trace = Trace(max(1, min(slowest, ensemble.examined // (2 * ensemble.batch))))
        self._way = path.Path(self._trace.stride, ensemble.architecture.parameters)
        self._looker, self._plane = Looker(), seeing.Plane(ensemble)
        self._linear, self._catapult = DeepLinear(params, ensemble), Catapult(params, ensemble)
        self._start = ensemble.trainer.theta[:LINES].copy()
        self._exact: list[tuple[int, float]] = []
        self._kept: dict[str, tuple[int, Figure, float]] = {}
        self._note_row()

    def update(self, params: Any) -> None:
        if self._step:
            self._steady = False
        self._params = params

    def step(self, n: int) -> None:
        dials = self._params.dials()
        while n > 0:
            taken = min(n, self._trace.due(self._step), self._way.stride - self._step % self._way.stride)
            self._ensemble.trainer.step(taken, dials)
            self._step += taken
            n -= taken
            self._note_row()

    def _note_row(self) -> None:
        """Keep what this step is to be remembered by."""
        if self._trace.keeps(self._step):
            self._trace.append(self._step, self._ensemble.losses())
            if self._linear.applies:
                self._linear.keep(self._step, self._ensemble, self._params.learning_rate, self._trace.stride)
            if self._catapult.applies:
                self._catapult.advance(self._params.learning_rate, self._step)
                now = (self._step, float(np.median(self._catapult.loss)))
                self._exact = [row for row in (*self._exact, now) if row[0] % self._trace.stride == 0]
        if self._way.keeps(self._step):
            self._way.take(self._step, self._ensemble.trainer.theta[0])

    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        figures = FIGURES if wanted is None else FIGURES & set(wanted)
        ensemble, params = self._ensemble, self._params
        for exact in (self._catapult, self._linear):
            if exact.applies:
                exact.advance(params.learning_rate, self._step)
        leading = "hessian" in figures
        half = predictions.half_step(params, ensemble)
        looked = self._looker.look(ensemble, self._step, leading, self.hurried, half) if CURVED & figures else None
        lately = self._looker.lately(ensemble, self._way.places, looked.step, half) if half and looked else np.nan
        seen = Seen(
            self._step,
            float(ensemble.epoch(self._step)),
            ensemble.losses(),
            ensemble.weights(self.hurried),
            looked,
            self._steady,
            lately,
        )
        rows = predictions.agreements(params, ensemble, seen, self._linear, self._catapult)
        made = {name: self._figure(name, seen) for name in sorted(figures)}
        return Measurement(predictions.scalars(seen), made, rows, bool(seen.diverged.all()), self._notes(seen))

    def _figure(self, name: str, seen: Seen) -> Figure:
        ensemble, params, trace = self._ensemble, self._params, self._trace
        drawn: dict[str, Callable[[], Figure]] = {
            "answers": lambda: seeing.answers(ensemble, self._plane),
            "boundary": lambda: seeing.boundary(ensemble, self._plane, alone=ensemble.data.shape is None),
            "loss": lambda: pictures.loss(trace, ensemble, seen, self._exact_loss()),
            "accuracy": self._progress,
            "outcomes": lambda: pictures.outcomes(seen),
            "sharpness": lambda: pictures.sharpness(self._looker, params, ensemble),
            "weights": lambda: pictures.weights(weight_spectrum(ensemble, ensemble.trainer.theta), ensemble, params),
        }
        dear: dict[str, Callable[[], Figure]] = {
            "plane": lambda: pictures.plane(path.principal(ensemble.trainer, ensemble.train, self._places())),
            "around": lambda: pictures.plane(path.random(ensemble.trainer, ensemble.train, self._places(), self._seed)),
            "interpolation": self._line,
        }
        if name == "hessian":
            return pictures.hessian(seen.curvature, ensemble)
        return drawn[name]() if name in drawn else self._now_and_then(name, dear[name])

    def _now_and_then(self, name: str, draw: Callable[[], Figure]) -> Figure:
        """A figure that is dear to draw: while a window plays, the one before for some time."""
        step, figure, due = self._kept.get(name, (-1, None, 0.0))
        now = clock.now()
        if figure is None or (step != self._step and (not self.hurried or now >= due)):
            figure = draw()
            later = clock.now()
            self._kept[name] = (self._step, figure, later + max(SELDOM, AGAIN * (later - now)))
        return figure

    def _places(self) -> NDArray[np.float32]:
        return self._way.with_end(self._ensemble.trainer.theta[0])

    def _progress(self) -> Figure:
        """Accuracy; of real targets the share explained, of linear networks their modes."""
        if self._linear.applies and not self._catapult.applies:
            exact = self._steady and not self._linear.unpredicted(self._params, self._ensemble)
            return pictures.modes(self._linear, exact, self._params.learning_rate)
        if self._ensemble.data.classes == 0:
            return pictures.explained(self._trace, self._ensemble)
        return pictures.accuracy(self._trace, self._ensemble)

    def _line(self) -> Figure:
        """Losses on the straight lines of the first networks."""
        ensemble, trainer = self._ensemble, self._ensemble.trainer
        a, points = interpolation(self._start, trainer.theta[:LINES])
        flat = points.reshape(-1, points.shape[-1])
        train, test = (
            np.asarray(trainer.evaluate(which, theta=flat)[0], float) for which in (ensemble.train, ensemble.test)
        )
        shape = points.shape[:2]
        return pictures.interpolation(a, train.reshape(shape), test.reshape(shape))

    def _exact_loss(self) -> tuple[Array, Array] | None:
        if not (self._catapult.applies and self._steady) or not_plain(self._params, self._ensemble):
            return None
        steps, losses = zip(*self._exact, strict=True)
        return np.array(steps, float), np.array(losses)

    def _notes(self, seen: Seen) -> tuple[str, ...]:
        lost, notes = int(seen.diverged.sum()), []
        if self._ensemble.data.words:
            notes.append(self._ensemble.data.words)
        if lost:
            notes.append(f"{lost} of {len(seen.diverged)} networks have diverged; the others go on")
        return tuple(notes)
