"""The divergence experiment: twins, their distance, the exponent, and what theory says of it."""

from collections.abc import Callable, Collection
from typing import Any, ClassVar, Final, final

import numpy as np

from simulator import parameters
from simulator.backends.base import AbstractBackend, OutOfDeviceMemoryError
from simulator.experiment import AbstractExperiment, View
from simulator.experiments.divergence import losses, pictures, predictions, verdict
from simulator.experiments.divergence.atlas import Atlas
from simulator.experiments.divergence.glass_theory import GlassTheory, TwinCurve
from simulator.experiments.divergence.networks import NetworkTwins
from simulator.experiments.divergence.params import LANDSCAPES, TOYS, DivergenceParams
from simulator.experiments.divergence.toys import ToyTwins
from simulator.experiments.divergence.trace import Fit, Trace
from simulator.experiments.divergence.twins import AbstractTwins, Sight
from simulator.experiments.divergence.walkers import WalkerTwins
from simulator.experiments.training import predictions as training
from simulator.experiments.training.experiment import Training
from simulator.figures import Figure
from simulator.networks.trainability import Trainability
from simulator.networks.trainability_picture import picture
from simulator.snapshot import Measurement, Scalar

FIGURES: Final = frozenset({"distance", "growth", "rates", "states", "energy", "map", "trainability"})
MAPPED: Final = frozenset({"map", "rates"})
MAP_SECONDS: Final = 0.008
"""How long one measurement of a playing run may refine the map."""
THEORY_SECONDS: Final = 0.003
TRAINABILITY_SECONDS: Final = (0.015, 0.012)
"""How long one measurement may refine the map of trainability: while it is coarse, and then."""
COARSE: Final = 128
"""Side of the first map of trainability on which a boundary shows."""
MAP_SLICES: Final = 4
"""How much of it else."""
LENS: Final = ("map_x", "map_y", "map_span", "map_span")
TRAINED: Final = {name: words for name, words in Training.scalars.items() if name != "sharpness"}


@final
class Divergence(AbstractExperiment):
    """Twins that begin an invisible distance apart, under the same noise and batches: do they part, or meet?

    Lambda = lim 1/t ln |x'(t) - x(t)| / epsilon, per step (Benettin et al. 1980). Gradient flow never parts twins for
    long; a step too long, or batches too small, does, exponentially. Strengthen the funnel, and watch twins that had
    nothing in common any more meet again.
    """

    name = "divergence"
    title = "Divergence"
    Params = DivergenceParams
    steps_per_second = 60.0
    scalars: ClassVar = {
        "distance": "between the twins of a pair, root mean square over components, mean over pairs",
        "lyapunov": "Λ per step, fitted to ln distance since parameters last changed",
        "separated": "fraction of twins farther apart than the cloud's own size",
        **{name: f"{words} (network)" for name, words in TRAINED.items()},
        **{f"twin_{name}": f"of the twins: {words} (network)" for name, words in TRAINED.items()},
    }
    views = (
        View("twins", "Twins", ("distance",)),
        View("exponent", "Exponent", ("growth", "rates"), alternatives=True),
        View("course", "Both twins", ("states", "energy"), alternatives=True),
        View("map", "Map", ("map",)),
        View("trainability", "Trainability", ("trainability",)),
    )

    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        self._params: DivergenceParams = params
        self._twins = make_twins(backend, params, seed)
        self._atlas, self._wants_map = Atlas(backend, params, seed), False
        self._backend, self._seed = backend, seed
        self._trainability: Trainability | None = None
        self._wants_trainability = False
        self._steady, self._theory = True, GlassTheory()
        self._seen: Sight
        self._curve: TwinCurve | None = None
        self._begin()

    def update(self, params: Any) -> None:
        changed = frozenset(name for name in parameters.differing(self._params, params) if not name.startswith("map_"))
        self._params = params
        self._atlas.update(params)
        if "renormalise" in changed:
            if params.renormalise:
                self._twins.pull(params.epsilon)
            self._begin()
        elif changed:
            self._trace.mark(self._twins.step_count)
        self._steady = self._steady and not (changed and self._twins.step_count)

    def step(self, n: int) -> None:
        for seen in self._twins.advance(n, self._params):
            self._trace.append(seen)
            self._seen = seen

    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        figures = FIGURES if wanted is None else FIGURES & set(wanted)
        if self._seen.step != self._twins.step_count:
            self._seen = self._twins.look()
        fit = self._trace.fit(self._params.renormalise)
        self._curve = (
            self._theory.curve(self._params, None if wanted is None else THEORY_SECONDS) if self._steady else None
        )
        self._wants_map = bool(MAPPED & figures)
        if self._wants_map:
            self._atlas.refine(MAP_SECONDS if self.hurried else None, MAP_SLICES, "rates" in figures)
        self._wants_trainability = "trainability" in figures
        made = {name: self._figure(name, fit) for name in sorted(figures)}
        scalars = predictions.scalars(self._params, self._seen, fit) | self._of_networks()
        agreement = verdict.agreements(self._params, fit, self._trace.changed_at, self._curve)
        notes = predictions.notes(self._params, self._seen, fit, self._trace.resolution)
        diverged = not bool(np.isfinite(self._seen.distance).any())
        return Measurement(scalars, made, agreement, diverged, notes)

    @property
    def awaits_theory(self) -> bool:
        """Whether a curve is being solved, or a map measured while it is looked at."""
        trained = self._trainability is not None and self._trainability.done
        if self._steady and self._theory.pending:
            return True
        return (self._wants_map and not self._atlas.done) or (self._wants_trainability and not trained)

    @property
    def sight(self) -> Sight:
        """The twins as last measured."""
        return self._seen

    def _begin(self) -> None:
        """Record from here."""
        self._trace = Trace(self._twins.resolution, self._twins.stride)
        self._trace.mark(self._twins.step_count)
        self._seen = self._twins.look()
        self._trace.append(self._seen)

    def _figure(self, name: str, fit: Fit | None) -> Figure:
        params, trace, atlas = self._params, self._trace, self._atlas
        drawn: dict[str, Callable[[], Figure]] = {
            "distance": lambda: pictures.distance(trace, fit, params, self._curve),
            "growth": lambda: pictures.running(trace, fit, params),
            "rates": lambda: pictures.rates(atlas, params),
            "energy": self._energy,
            "states": self._states,
            "map": lambda: pictures.chart(atlas, params),
            "trainability": self._fractal,
        }
        return drawn[name]()

    def _fractal(self) -> Figure:
        """The trainability map, made when it is first looked at, and a little finer each time."""
        params = self._params
        if self._trainability is None:
            steps, samples, side = params.map_steps, params.map_samples, int(params.map_side)
            try:
                self._trainability = Trainability(self._backend, params.window(), self._seed, steps, samples, side=side)
            except OutOfDeviceMemoryError as refusal:  # the twins have their room and go on
                self._wants_trainability = False
                return pictures.nothing(f"no map of trainability: {refusal}")
        self._trainability.look(params.window())
        self._trainability.refine(TRAINABILITY_SECONDS[self._trainability.level >= COARSE])
        return picture(self._trainability, LENS)

    def _energy(self) -> Figure:
        if isinstance(self._twins, NetworkTwins):
            return losses.losses(self._twins)
        return pictures.energies(self._trace)

    def _states(self) -> Figure:
        if isinstance(self._twins, NetworkTwins):
            return losses.accuracies(self._twins)
        if self._params.system == "doublewell":
            return pictures.orbits(self._trace, self._params)
        return pictures.plane(self._trace)

    def _of_networks(self) -> dict[str, Scalar]:
        """The training experiment's scalars, of both twins."""
        if not isinstance(self._twins, NetworkTwins):
            return {}
        first, second = (training.scalars(seen) for seen in self._twins.seen(self._steady, self.hurried))
        return first | {f"twin_{name}": scalar for name, scalar in second.items()}


def make_twins(backend: AbstractBackend, params: DivergenceParams, seed: int) -> AbstractTwins:
    """The twins of the system that `params` name. Raises what the device and the parameters say."""
    if params.system in TOYS:
        return ToyTwins(params, seed)
    return WalkerTwins(backend, params, seed) if params.system in LANDSCAPES else NetworkTwins(backend, params, seed)
