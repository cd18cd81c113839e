"""One experiment as the window handles it: what the user asks for goes to the runner, and here is what was asked."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import final

from PySide6.QtCore import QObject, Signal

from simulator import clock, parameters
from simulator.experiment import AbstractExperiment
from simulator.runner import DEFAULT_SEED, Runner
from simulator.snapshot import Failure, Snapshot
from simulator.undo import Timeline
from ui.recent import Recent

SPEEDS: tuple[float | None, ...] = (
    *(mantissa * 10.0**power for power in range(6) for mantissa in (1.0, 2.0, 5.0)),
    None,
)
"""Steps a second, None for as fast as the device goes."""
HEED_SECONDS = 0.5
"""So long after the last request a snapshot should know of it."""


def nearest(field: parameters.Field, number: float) -> float | int:
    """The value that a numeric parameter may have nearest to `number`; combinations are not looked at."""
    low = -math.inf if field.param.lo is None else field.param.lo
    high = math.inf if field.param.hi is None else field.param.hi
    inside = min(max(number, low), high)
    return round(inside) if field.kind is int else inside


@dataclass(frozen=True, slots=True)
class _Before:
    """What a run had that has been asked to begin anew, in case that is refused."""

    speed: float | None
    playing: bool


@final
class Channel(QObject):
    """The parameters last submitted (the one mutable truth), playing, seed and speed of one experiment."""

    changed = Signal()
    """Parameters, playing, seed or speed are not what they were."""
    rejected = Signal(str, str)
    """name of the parameter, one line that says what is allowed."""
    refused = Signal(str)
    """why the device, or a file, did not allow what was asked for: one line, said once."""
    not_begun = Signal()
    """what was to `begin` has been refused, and everything is as it was before."""
    speed_chosen = Signal(object)
    """steps a second that the user has chosen, None for no limit."""

    def __init__(self, kind: type[AbstractExperiment], runner: Runner, seed: int = DEFAULT_SEED) -> None:
        super().__init__()
        self.kind, self.name = kind, kind.name
        self.runner = runner
        self.timeline: Timeline[object] = Timeline(kind.Params())
        self.opened = self.playing = self.resting = False
        self.restarts = 0
        """How often the run has been asked to begin anew, but for a change of parameters."""
        self.refusals = 0
        """How often parameters have gone back to those of a run that could not be what was asked for."""
        self.seed = seed
        self.speed: float | None = kind.steps_per_second
        self.recent = Recent()
        self._before: _Before | None = None
        self._submitted = 0.0
        self._heeded: Snapshot | None = None

    def prepare(self, params: object) -> None:
        """Begin with `params` in place of the defaults. Only before `open`."""
        self.timeline = Timeline(params)
        self.changed.emit()

    def open(self) -> None:
        """Make it known to the runner, paused."""
        self.opened = True
        self.runner.open(self.name, self.timeline.present, self.seed)
        self.runner.set_speed(self.name, self.speed)

    def begin(self, params: object, seed: int, speed: float | None) -> None:
        """Another run from its first step, its parameters one change; before `open`, the run to begin with."""
        self.timeline.seal()
        self.timeline.change(params)
        self.recent.leave()
        self.seed = seed
        self.restarts += 1
        if self.opened:
            self._before = self._before or _Before(self.speed, self.playing)
            self._submitted = clock.now()
            self.runner.begin(self.name, params, seed)
        self.give_speed(speed)

    @property
    def params(self) -> object:
        """The parameters last submitted."""
        return self.timeline.present

    @property
    def latest(self) -> Snapshot | Failure | None:
        """The newest that the runner has published."""
        return self.runner.latest(self.name)

    @property
    def seen(self) -> Snapshot | Failure | None:
        """What is to be drawn: the newest, or the picture that the user has stepped back to."""
        return self.recent.seen or self.latest

    def note(self) -> None:
        """Keep the newest, so that the user may step back to it."""
        self.recent.note(self.latest)

    # --- parameters ----------------------------------------------------------------------------------------------

    def edit(self, name: str, value: object, settled: bool) -> None:
        """Take one value as the user gave it, with what it implies, or emit `rejected` and keep the old ones."""
        self.edit_many(parameters.implied(self.kind.Params, name, value), name, settled)

    def edit_many(self, values: Mapping[str, object], gesture: Hashable, settled: bool = False) -> None:
        """Take several values at once: all of them, or none where one is not allowed (and `rejected`, as in `edit`).

        Changes of one `gesture` are undone as one, until it is settled here or by `settle`.
        """
        try:
            params = parameters.change(self.params, **values)
        except parameters.ParameterError as error:
            self.timeline.seal()
            self.changed.emit()
            self.rejected.emit(*self._complaint(values, error))
            return
        self.timeline.change(params, gesture=gesture)
        if settled:
            self.timeline.seal()
        self._submit()

    @staticmethod
    def _complaint(values: Mapping[str, object], error: parameters.ParameterError) -> tuple[str, str]:
        """The parameter at whose control to say what is allowed, one that was touched; and what to say."""
        name = error.name if error.name in values else next(iter(values))
        return name, f"{values[name]} is not allowed: {error.allowed}"

    def settle(self) -> None:
        """The gesture has ended: the next change is undone by itself."""
        self.timeline.seal()

    def restore_defaults(self) -> None:
        """Every parameter at its default, as one change."""
        self.timeline.change(self.kind.Params())
        self._submit()

    def undo(self) -> None:
        """Take back the last change of parameters."""
        if self.timeline.can_undo:
            self.timeline.undo()
            self._submit()

    def redo(self) -> None:
        """Make an undone change again."""
        if self.timeline.can_redo:
            self.timeline.redo()
            self._submit()

    def _submit(self) -> None:
        self._before = None
        self.recent.leave()
        self._submitted = clock.now()
        self.runner.submit(self.name, self.params)
        self.changed.emit()

    def heed(self, snapshot: Snapshot) -> None:
        """Where the run is not as asked for although it has had time to be: make both agree again.

        The device refused a restart and the old run goes on: go back to its parameters, say why, and have the run
        forget it. A failure paused the run and new parameters have mended it: play again.
        """
        refused = bool(snapshot.notice) and snapshot is not self._heeded
        if snapshot.params == self.params and snapshot.seed == self.seed and not snapshot.notice:
            self._before = None
        stopped = self.playing and not self.resting and not snapshot.playing
        if not (refused or stopped) or clock.now() - self._submitted < HEED_SECONDS:
            return
        if refused:
            self._heeded = snapshot
            if "the run before goes on" in snapshot.notice:
                self._go_back_to(snapshot)
            self._submit()
            self.refused.emit(snapshot.notice)
        else:
            self._submitted = clock.now()
            self.runner.play(self.name)

    def _go_back_to(self, snapshot: Snapshot) -> None:
        """What was refused is no change to undo."""
        self.refusals += 1
        self.timeline.undo()
        if self.params != snapshot.params:
            self.timeline.redo()
            self.timeline.change(snapshot.params)
        self.seed = snapshot.seed
        before, self._before = self._before, None
        if before is not None:
            self.give_speed(before.speed)
            self.set_playing(before.playing)
            self.not_begun.emit()

    # --- the run -------------------------------------------------------------------------------------------------

    def set_playing(self, playing: bool) -> None:
        """Play or pause."""
        self.playing = playing
        self.follow()

    def toggle(self) -> None:
        """Play if paused, pause if playing."""
        self.set_playing(not self.playing)

    def single_step(self) -> None:
        """The next picture of those that were stepped back through; in the present one step, then paused."""
        self.playing = False
        if not self.recent.step_forward():
            self.runner.single_step(self.name)
        self.changed.emit()

    def step_back(self) -> None:
        """The picture before the one that is seen. The run pauses, and stays where it is."""
        if self.playing:
            self.set_playing(False)
        self.note()
        self.recent.step_back()
        self.changed.emit()

    def reset(self) -> None:
        """Begin anew from the same seed; a paused run stays paused. After a failure: try again."""
        self.restarts += 1
        self.runner.reset(self.name)
        self.follow()

    def reseed(self, seed: int | None = None) -> None:
        """Begin anew from another seed, drawn if None."""
        self.restarts += 1
        self.seed = self.runner.reseed(self.name, seed)
        self.follow()

    def follow(self) -> None:
        """Say again what the button shows: a failure may have paused it, or it was out of sight."""
        self._submitted = clock.now()
        self.recent.leave()
        (self.runner.play if self.playing and not self.resting else self.runner.pause)(self.name)
        self.changed.emit()

    def set_resting(self, resting: bool) -> None:
        """Out of sight nothing plays, whatever is asked for meanwhile; what should play goes on when it is seen."""
        self.resting = resting
        self.recent.forget()
        self.follow()

    def set_speed(self, steps_per_second: float | None) -> None:
        """The user's choice: so many steps a second; None for as fast as the device goes."""
        self.give_speed(steps_per_second)
        self.speed_chosen.emit(steps_per_second)

    def give_speed(self, steps_per_second: float | None) -> None:
        """A speed that came with the program or a session: the user has not chosen it."""
        self.speed = steps_per_second
        if self.opened:
            self.runner.set_speed(self.name, steps_per_second)
        self.changed.emit()

    def faster(self) -> None:
        """The next higher speed of the ladder."""
        now = self.speed
        if now is not None:
            self.set_speed(next((s for s in SPEEDS if s is None or s > now), None))

    def slower(self) -> None:
        """The next lower speed of the ladder."""
        now = math.inf if self.speed is None else self.speed
        lower = [s for s in SPEEDS if s is not None and s < now]
        self.set_speed(lower[-1] if lower else SPEEDS[0])
