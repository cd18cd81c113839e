"""One experiment being run: its parameters, seed, generation, history and pictures. No thread; the runner drives it."""

import dataclasses
import math
import traceback
from array import array
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from simulator import clock, parameters
from simulator.backends.base import AbstractBackend, KernelBuildError, OutOfDeviceMemoryError
from simulator.experiment import AbstractExperiment
from simulator.figures import Camera, Figure, Surface
from simulator.rendering import SurfaceRenderer
from simulator.snapshot import Failure, Measurement, Snapshot

CHUNK_SECONDS = 0.010
MAX_CHUNK_STEPS = 4096


@final
class History:
    """Every scalar measured in one generation, in order; nothing is dropped. Eight bytes a number.

    One thread appends; any may ask for the arrays: `_steps` grows last, so what it counts is complete.
    """

    def __init__(self) -> None:
        self._steps = array("q")
        self._values: dict[str, array[float]] = {}

    def append(self, step: int, measurement: Measurement) -> None:
        """Note one measurement; a second one at the same step is the same measurement and is not noted again."""
        if self._steps and step <= self._steps[-1]:
            return
        for name, scalar in measurement.scalars.items():
            self._note(name, scalar.mean)
            self._note(f"{name}_stderr", scalar.stderr)
        self._steps.append(step)

    def _note(self, name: str, value: float) -> None:
        """Append to one column, which holds NaN for every step at which it was not measured."""
        column = self._values.setdefault(name, array("d"))
        column.extend([math.nan] * (len(self._steps) - len(column)))
        column.append(value)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """`step` (int64) and one float64 array a scalar, with its standard error as NAME_stderr."""
        # Slices are copies: a view of the column itself would forbid it to grow.
        steps = np.array(self._steps[:], np.int64)
        columns: dict[str, NDArray[Any]] = {"step": steps}
        for name, values in list(self._values.items()):
            known = np.array(values[: steps.size], np.float64)
            columns[name] = np.concatenate([known, np.full(steps.size - known.size, math.nan)])
        return columns


@final
class Simulation:
    """An experiment with everything that a run of it carries.

    `backend` may change between generations only. Nothing here is thread-safe: one thread owns it.
    """

    def __init__(self, kind: type[AbstractExperiment], backend: AbstractBackend, params: object, seed: int) -> None:
        self.kind, self.backend, self.params, self.seed = kind, backend, params, seed
        self.generation, self.step = 0, 0
        self.notice = ""
        self.history = History()
        self._experiment = self._build(backend, params, seed)
        self._cameras: dict[str, Camera] = {}
        self._renderer: SurfaceRenderer | None = None
        self._chunk = 1
        self._pace: deque[tuple[float, int]] = deque(maxlen=200)
        self._diverged = False
        self._measured: tuple[int, int, object, frozenset[str] | None, Measurement] | None = None

    def restart(self, params: object | None = None, seed: int | None = None) -> None:
        """Begin anew. Where the device refuses the memory, the old run goes on and `notice` says why."""
        try:
            begin = self.prepare(params, seed)
        except (OutOfDeviceMemoryError, parameters.ParameterError) as refusal:
            self.notice = f"{refusal}; the run before goes on"
            return
        begin()

    def prepare(
        self, params: object | None = None, seed: int | None = None, backend: AbstractBackend | None = None
    ) -> Callable[[], None]:
        """Build what would begin anew, beside the run, which goes on unless what is returned is called.

        Raises what the device or the parameters say.
        """
        new_params = self.params if params is None else params
        new_seed = self.seed if seed is None else seed
        new_backend = self.backend if backend is None else backend
        experiment = self._build(new_backend, new_params, new_seed)

        def begin() -> None:
            if new_backend is not self.backend:
                self._renderer = None
            self._experiment, self.params, self.seed, self.backend = experiment, new_params, new_seed, new_backend
            self.generation, self.step, self.notice = self.generation + 1, 0, ""
            self.history, self._measured, self._chunk, self._diverged = History(), None, 1, False
            self._pace.clear()

        return begin

    def apply(self, params: object) -> None:
        """Take new parameters: live ones at once; any other, or a live one after a divergence, restarts."""
        if params == self.params:
            self.notice = ""
            return
        if parameters.needs_restart(self.params, params) or self._diverged:
            self.restart(params)
            return
        self._experiment.update(params)
        self.params, self.notice = params, ""

    def advance(self, n: int) -> None:
        """Exactly n steps, in chunks short enough for Ctrl+C and for the device's watchdog."""
        left = n
        while left > 0:
            left -= self._advance_chunk(left, CHUNK_SECONDS)
        self._note_pace(n)

    def advance_chunk(self, at_most: int, chunk_seconds: float = CHUNK_SECONDS) -> int:
        """One chunk of about that time, however fast the device; returns the steps taken."""
        steps = self._advance_chunk(at_most, chunk_seconds)
        self._note_pace(steps)
        return steps

    def _advance_chunk(self, at_most: int, chunk_seconds: float) -> int:
        steps = max(1, min(self._chunk, at_most, MAX_CHUNK_STEPS))
        began = clock.now()
        self._experiment.step(steps)
        seconds = clock.now() - began
        self.step += steps
        growth = min(2.0, max(0.5, chunk_seconds / max(seconds, 1e-6)))
        if steps == self._chunk or growth < 1.0:
            self._chunk = max(1, min(MAX_CHUNK_STEPS, round(steps * growth)))
        return steps

    def _note_pace(self, steps: int) -> None:
        if steps > 0:
            self._pace.append((clock.now(), steps))

    def look(self, figure: str, camera: Camera) -> None:
        """See a surface from elsewhere."""
        self._cameras[figure] = camera

    def measure(self, wanted: Collection[str] | None = None, playing: bool = False) -> Snapshot:
        """Measure once for each state and parameters, render what is wanted, note the scalars."""
        key = None if wanted is None else frozenset(wanted)
        old = self._measured
        if old is not None and old[:2] == (self.generation, self.step) and old[2] is self.params and old[3] == key:
            measurement = old[4]
        else:
            self._experiment.hurried = playing
            measurement = self._experiment.measure(wanted)
            self.history.append(self.step, measurement)
            # A theory curve still being refined changes the picture without a step: such a measurement is not kept.
            self._measured = None if self.awaits_theory else (self.generation, self.step, self.params, key, measurement)
            self._diverged = measurement.diverged
        shown = dataclasses.replace(measurement, figures=self._rendered(measurement.figures))
        return Snapshot(
            self.kind.name, self.generation, self.step, self.params, self.seed, shown, playing, self.pace(), self.notice
        )

    @property
    def awaits_theory(self) -> bool:
        """Whether a curve is still being computed beside the run, so that the picture changes without a step."""
        return self._experiment.awaits_theory

    def pace(self) -> float:
        """Steps a second over the last second of playing."""
        now = clock.now()
        recent = [(at, steps) for at, steps in self._pace if now - at < 1.0]
        if len(recent) < 2:
            return 0.0
        return sum(steps for _, steps in recent[1:]) / max(now - recent[0][0], 1e-6)

    def _build(self, backend: AbstractBackend, params: object, seed: int) -> AbstractExperiment:
        experiment = self.kind()
        experiment.init(backend, parameters.validate(params), seed)
        return experiment

    def _rendered(self, figures: Mapping[str, Figure]) -> dict[str, Figure]:
        return {name: self._render(name, figure) for name, figure in figures.items()}

    def _render(self, name: str, figure: Figure) -> Figure:
        if not isinstance(figure, Surface) or name not in self._cameras:
            return figure
        self._renderer = self._renderer or SurfaceRenderer(self.backend)
        return self._renderer.render(dataclasses.replace(figure, camera=self._cameras[name]))


def describe_failure(experiment: str, params: object, error: BaseException) -> Failure:
    """An exception as something to show."""
    return Failure(
        experiment,
        f"{type(error).__name__}: {error}",
        "".join(traceback.format_exception(error)),
        params,
        error.log if isinstance(error, KernelBuildError) else "",
    )
