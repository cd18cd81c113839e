"""The propagation experiment: ensembles of random deep networks, measured batch by batch on mean-field theory."""

import math
from collections.abc import Callable, Collection
from typing import Any, ClassVar, final

import numpy as np

from simulator import clock
from simulator.agreement import Agreement
from simulator.backends.base import AbstractBackend
from simulator.experiment import AbstractExperiment, View
from simulator.experiments.propagation import pictures, predictions
from simulator.experiments.propagation.diagrams import Memory, PhaseDiagram
from simulator.experiments.propagation.ensemble import Array, Averages, Ensemble
from simulator.experiments.propagation.params import PropagationParams
from simulator.experiments.propagation.shape import Shape
from simulator.figures import Figure
from simulator.snapshot import Measurement

JACOBIAN_EVERY = 4
"""Batches between two Jacobians, the dearest measurement."""
KEPT_VALUES = 20_000
STILL_SECONDS = 0.4
"""How long the parameters must rest before the spectrum's theory, a third of a second's work, is computed."""
TURNS = (frozenset({"loop", "stretching"}), frozenset({"jacobian", "gradients"}))
"""Pictures that take turns under a dragged mark: the map, its mark, q and c follow at every place, these at every
second, and all are made as soon as the mark rests."""
SWIFT_SECONDS, REST_SECONDS = 0.1, 0.08
"""Changes that follow each other within the first are a drag; a mark that has stood still for the second rests."""
TABLE_SECONDS = 0.1
"""Under a dragged mark the agreement is worked out this often: it is read, not watched."""
CHUNK_SECONDS = 0.01
"""What a step takes at least while a mark is dragged, unless it is the first one there."""
FIGURES = frozenset({"phase", "c", "q", "gradients", "loop", "stretching", "jacobian", "memory"})


@final
class Propagation(AbstractExperiment):
    """Signals in random deep networks: alike or apart, on the phase diagram of order and chaos.

    h' = W phi(h) + b, W_ij ~ N(0, sigma_w^2/N), b ~ N(0, sigma_b^2) (Poole et al. 2016; Schoenholz et al. 2017;
    Pennington et al. 2017). Drag the mark across the dashed line: inputs that become alike begin to part, a circle that
    shrinks begins to fold, gradients that vanish begin to explode. Each step measures one more batch of networks.
    """

    name = "propagation"
    title = "Order and chaos"
    Params = PropagationParams
    scalars: ClassVar = {
        "q_star": "q = |h|²/N after the last layer",
        "c_star": "correlation of two inputs after the last layer",
        "chi_1": "σ_w²⟨φ'²⟩ at the last layer: growth of small differences a layer",
        "xi_c": "layers in which correlations forget e-fold, −1/ln σ_w²⟨φ'φ'⟩ at the last layer",
        "xi_q": "layers in which lengths forget e-fold",
        "length_growth": "length of the circle at the last layer over that at the first",
        "curvature": "Nκ² of the circle at the last layer",
        "phase": "−1 ordered, 0 critical within two errors, +1 chaotic, by χ₁",
        "jacobian_variance": "Var(s²)/mean² of the Jacobian's squared singular values",
    }
    views = (
        View("phase", "Phase diagram", ("phase", "memory"), alternatives=True),
        View("signals", "Signals", ("c", "q")),
        View("manifold", "Manifold", ("loop", "stretching")),
        View("jacobian", "Jacobian", ("jacobian", "gradients"), alternatives=True),
    )
    steps_per_run = 0
    steps_per_second = 30.0

    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        self._params: PropagationParams = params
        self._ensemble = Ensemble(backend, params, seed)
        self._diagram = PhaseDiagram(backend, params, seed)
        self._memory = Memory(backend, params, seed)
        self._steps, self._batch, self._owed, self._has_jacobian = 0, 0, 0, False
        self._changed, self._swift, self._places, self._bare = clock.now(), 0, 0, False
        self._lines: tuple[Agreement, ...] = ()
        self._lined = -math.inf
        self._left_out: frozenset[str] = frozenset()
        self._values: Array = np.zeros(0)
        self._glance: Array | None = None
        self._shape: Shape | None = None
        self._seen: Array | None = None
        self._begin()

    def update(self, params: Any) -> None:
        if params.dropout != self._params.dropout:
            self._diagram.begin(params)
        self._memory.begin(params)
        self._params = params
        now = clock.now()
        self._swift = self._swift + 1 if now - self._changed < SWIFT_SECONDS else 0
        self._changed = now
        self._begin()

    def step(self, n: int) -> None:
        began, fresh = clock.now(), self._batch == 0
        self._take_first()
        self._steps += n
        self._owed += n
        for _ in range(n):
            self._diagram.refine()
        if self.hurried and (fresh or self._dragged):  # a dragged mark waits for no more; a later step makes up for it
            if n > 1 or not fresh:
                clock.rest(began + CHUNK_SECONDS - clock.now())
            return
        self._take_rest_of_first()
        for _ in range(self._owed):
            self._ensemble.add(self._averages, self._batch, self._params)
            self._ensemble.add_circle(self._averages, self._batch, self._params, self._theory.circle_q)
            self._ensemble.add_gradients(self._averages, self._batch, self._params)
            if self._batch % JACOBIAN_EVERY == 0:
                self._add_jacobian(self._batch)
            self._memory.refine()
            self._batch += 1
        self._owed = 0

    def _take_first(self) -> None:
        """Batch 0 belongs to step 0; it is measured when first asked for."""
        if self._batch == 0:
            self._ensemble.add(self._averages, 0, self._params)
            self._batch = 1

    def _take_first_circle(self) -> None:
        if not self._averages.length.n:
            self._ensemble.add_circle(self._averages, 0, self._params, self._theory.circle_q)

    def _take_first_gradients(self) -> None:
        if not self._averages.gradient.n:
            self._ensemble.add_gradients(self._averages, 0, self._params)

    def _take_rest_of_first(self) -> None:
        """Circle, gradients and Jacobian of the first networks, at the first step or when first asked for."""
        self._take_first_circle()
        self._take_first_gradients()
        if not self._has_jacobian:
            self._add_jacobian(0)
            self._has_jacobian = True

    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        self._take_first()
        averages, theory, params = self._averages, self._theory, self._params
        figures = self._in_turn(wanted)
        if wanted is None:
            self._take_rest_of_first()
        else:
            if "gradients" in figures or not (self.hurried or self._left_out):
                self._take_first_gradients()
            if "stretching" in figures or not self._left_out:
                self._take_first_circle()
        rested = wanted is None or clock.now() - self._changed > STILL_SECONDS
        self._bare = "jacobian" in figures and not rested
        drawn: dict[str, Callable[[], Figure]] = {
            "phase": lambda: pictures.phase(params, self._diagram, theory),
            "c": lambda: pictures.angles(averages, theory, params),
            "q": lambda: pictures.lengths(averages, theory),
            "gradients": lambda: pictures.gradients(averages, theory),
            "loop": self._loop,
            "stretching": lambda: pictures.stretching(averages, theory),
            "jacobian": lambda: pictures.singular_values(self._singular_values(), theory, params, rested),
            "memory": lambda: pictures.memory(params, self._memory, theory),
        }
        diverged = not bool(np.isfinite(averages.q.mean[:, 0]).all())
        made = {name: drawn[name]() for name in sorted(figures)}
        return Measurement(predictions.scalars(averages), made, self._agreement(), diverged, self._notes())

    @property
    def awaits_theory(self) -> bool:
        """Whether pictures, or a curve in one, have been left out under a dragged mark: they are made when it rests,
        step or no step."""
        return bool(self._left_out) or self._bare

    @property
    def _dragged(self) -> bool:
        """Whether the parameters change again and again, faster than anybody types."""
        return self._swift > 1 and clock.now() - self._changed < REST_SECONDS

    def _in_turn(self, wanted: Collection[str] | None) -> frozenset[str]:
        """The figures to make now: all that are wanted, or under a dragged mark those whose turn it is."""
        self._left_out = frozenset()
        if wanted is None:
            return FIGURES
        figures = FIGURES & frozenset(wanted)
        parts = [part for turn in TURNS if (part := turn & figures)]
        if self._dragged and len(parts) > 1:
            self._places += 1
            mine = parts[self._places % len(parts)]
            self._left_out = frozenset[str]().union(*parts) - mine
        return figures - self._left_out

    def _agreement(self) -> tuple[Agreement, ...]:
        """The lines of the theory panel; under a dragged mark those of a place that it has just passed."""
        now = clock.now()
        whole = not self._left_out
        if whole or (self._averages.length.n and now - self._lined > TABLE_SECONDS):
            self._lines = predictions.agreements(self._params, self._averages, self._theory, self.hurried or not whole)
            self._lined = now
        return self._lines

    def _add_jacobian(self, batch: int) -> None:
        values = self._ensemble.add_jacobian(self._averages, batch, self._params, self._theory.circle_q)
        self._values = np.concatenate([self._values, values.ravel()])[-KEPT_VALUES:]

    def _singular_values(self) -> Array:
        """Those measured; before the first step those of one network, at which a dragged mark can be followed."""
        if self._has_jacobian:
            return self._values
        if self._glance is None:
            self._glance = self._ensemble.jacobian(0, self._params, self._theory.circle_q, most=1).ravel()
        return self._glance

    def _loop(self) -> Figure:
        """The next layer every other step; its network stays the same, so that it does not flicker."""
        self._shape = self._shape or Shape(self._ensemble, self._params, self._theory.circle_q)
        frame = (self._steps // 2) % len(self._shape.layers)
        self._seen = self._shape.seen_after(frame, self._seen)
        return pictures.loop(self._shape, frame, self._seen)

    def _begin(self) -> None:
        """Measure anew with the same random numbers, so that what is seen moves smoothly with the parameters."""
        self._theory = predictions.theory_for(self._params)
        self._averages, self._batch, self._owed, self._has_jacobian = Averages.empty(), 0, 0, False
        self._values, self._glance = np.zeros(0), None
        self._shape = None

    def _notes(self) -> tuple[str, ...]:
        notes = [self._theory.words]
        finite = np.isfinite(self._averages.q.mean[:, 0])
        if not finite.all():
            layer = int(np.argmin(finite))
            notes.append(f"the signal overflows float32 from layer {layer} on: drawn as far as it is finite")
        return tuple(notes)
