"""The landscape experiment: an ensemble of walkers, what is measured of it, and what theory says."""

import math
from collections.abc import Callable, Collection
from typing import Any, ClassVar, cast, final

import numpy as np
from numpy.typing import NDArray

from simulator import clock, parameters
from simulator.backends.base import AbstractBackend
from simulator.experiment import AbstractExperiment, View
from simulator.experiments.landscape import observation, pictures, predictions
from simulator.experiments.landscape.dynamics_theory import DynamicsTheory
from simulator.experiments.landscape.observation import Observation, Spectrum
from simulator.experiments.landscape.params import LandscapeParams
from simulator.experiments.landscape.scenery import Scenery
from simulator.experiments.landscape.trace import Trace
from simulator.figures import Figure
from simulator.landscapes.base import AbstractLandscape, Start
from simulator.landscapes.gaussian import Gaussian
from simulator.landscapes.glass import Glass
from simulator.optimizers import Dials
from simulator.snapshot import Measurement
from simulator.theory.live_dynamics import LiveCurve

THEORY_SECONDS = 0.003
"""How long one measurement of a playing run may refine a theory curve."""
SPECTRUM_SECONDS = 0.2
FIGURES = frozenset({"energy", "overlap", "overlap_histogram", "hessian", "surface", "map"})
STEADY = frozenset({"learning_rate"})
"""Live parameters that a plain descent may change without leaving its theory: the time axis takes account of them."""


@final
class Landscape(AbstractExperiment):
    """Walkers descend a random landscape: a glass, a funnel with a native state, or a Gaussian field.

    H = Delta H_glass(s) - N lambda sum_p b_p Q^p on |s|^2 = N, E[H_glass(s) H_glass(s')] = N f(q), or a Gaussian field
    in R^N (Cugliandolo & Kurchan 1993; Bryngelson & Wolynes 1987; Bray & Dean 2007). In the glass every walker ends
    near one threshold energy, far above the ground state. Raise lambda: the funnel draws them to the native state.
    """

    name = "landscape"
    title = "Landscape"
    Params = LandscapeParams
    scalars: ClassVar = {
        "time": "t, the sum of η over the steps",
        "energy": "E = H/N, mean over walkers",
        "energy_std": "spread of E over the walkers of a landscape",
        "energy_min": "lowest E of a landscape",
        "overlap_native": "Q = s·ξ/N with the native state",
        "overlap_replicas": "q = s·s'/N between walkers (between clones for start=pair)",
        "correlation": "C(t,0) = s(t)·s(0)/N",
        "radial_force": "μ = −s·∇H/N",
        "gradient_norm": "|g_T|²/N, the tangent gradient's",
        "hessian_min": "lowest eigenvalue of the tangent Hessian at the lowest walker",
        "index": "fraction of its negative eigenvalues",
        "success": "fraction of walkers with |Q| > 1/2",
    }
    views = (
        View("landscape", "Landscape", ("surface", "map"), alternatives=True),
        View("energy", "Energy", ("energy",)),
        View("overlap", "Overlap", ("overlap", "overlap_histogram")),
        View("hessian", "Hessian", ("hessian",)),
    )

    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        self._params: LandscapeParams = params
        self._dials = params.dials()
        self._landscape = make_landscape(backend, params, seed)
        self._trace, self._scenery, self._theory = Trace(), Scenery(), DynamicsTheory()
        # Time since the learning rate last changed is a product, not a sum: it does not depend on how steps are cut up.
        self._since_step, self._since_time, self._steady, self._changed_at = 0, 0.0, True, 0.0
        self._spectra: list[Spectrum] = []
        self._spectra_of: tuple[int, Dials] | None = None
        self._spectra_at = -math.inf

    def update(self, params: Any) -> None:
        changed = parameters.differing(self._params, params)
        # The temperature of sgd is proportional to its learning rate.
        if changed and (params.optimizer == "sgd" or not changed <= STEADY):
            self._steady = self._steady and self._landscape.step_count == 0
            self._changed_at = self._time
        if "learning_rate" in changed:
            self._since_time, self._since_step = self._time, self._landscape.step_count
        self._params, self._dials = params, params.dials()

    def step(self, n: int) -> None:
        first = self._landscape.step_count
        rows = self._landscape.step(n, self._dials)
        steps = first + np.arange(n, dtype=np.int64)
        self._trace.append(steps, self._time_at(steps), rows)

    def _time_at(self, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        return self._since_time + (steps - self._since_step) * self._dials.learning_rate

    @property
    def _time(self) -> float:
        return float(self._time_at(np.array(self._landscape.step_count)))

    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        figures = FIGURES if wanted is None else frozenset(wanted)
        seen = observation.observe(self._landscape, self._dials)
        patience = THEORY_SECONDS if "energy" in figures else THEORY_SECONDS / 4  # no hurry where nobody sees it
        curve = self._theory.curve(self._params, self._time, None if wanted is None else patience)
        state = (self._landscape.step_count, self._dials)
        if "hessian" in figures and state != self._spectra_of and (not self.hurried or self._spectra_are_due()):
            self._spectra = observation.spectra(self._landscape, seen, self._dials)
            self._spectra_of, self._spectra_at = state, clock.now()
        found = self._spectra if "hessian" in figures and not seen.diverged else []
        scalars = observation.scalars(
            seen, found if state == self._spectra_of else None, self._time, self._params.start == "pair"
        )
        run = predictions.Run(self._time, self._steady, self._time - self._changed_at)
        agreement = () if seen.diverged else predictions.agreements(self._params, run, seen, found, curve)
        made = self._draw(figures, seen, found, curve)
        return Measurement(scalars, made, agreement, seen.diverged, self._notes(seen.diverged))

    def _draw(
        self, figures: Collection[str], seen: Observation, found: list[Spectrum], curve: LiveCurve | None
    ) -> dict[str, Figure]:
        params = self._params
        plots: dict[str, Callable[[], Figure]] = {
            "energy": lambda: pictures.energy(params, self._trace, curve),
            "overlap": lambda: pictures.overlap(params, self._trace, curve),
            "overlap_histogram": lambda: pictures.overlap_histogram(params, seen),
            "hessian": lambda: pictures.hessian(params, found),
        }
        made = {name: draw() for name, draw in plots.items() if name in figures}
        if "surface" in figures or "map" in figures:
            made["surface"], made["map"] = self._scenery.pictures(self._landscape, seen, params, self._dials)
        return made

    def _spectra_are_due(self) -> bool:
        """While a window plays, eigenvalues, the dearest of all, are taken a few times a second, noted when fresh."""
        return clock.now() - self._spectra_at >= SPECTRUM_SECONDS

    @property
    def awaits_theory(self) -> bool:
        """Whether the theory's curve is still being refined."""
        return self._theory.pending

    def _notes(self, diverged: bool) -> tuple[str, ...]:
        if not diverged:
            return ()
        return (f"diverged by t = {self._time:.3g}: the learning rate is too high here; lower η to begin again",)


def make_landscape(backend: AbstractBackend, params: LandscapeParams, seed: int) -> AbstractLandscape:
    """The landscape that `params` describe, with its walkers at their start. Raises OutOfDeviceMemoryError."""
    start = cast(Start, params.start)
    common = (backend, params.size, params.samples, params.replicas, seed)
    if params.family == "gaussian":
        return Gaussian(*common, length_scale=params.length_scale, features=params.features, start=start)
    return Glass(*common, mixture=(params.a2, params.a3, params.a4), start=start)
