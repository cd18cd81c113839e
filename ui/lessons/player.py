"""Goes through a lesson: sets what a step says, takes a prediction, waits for what is measured, and then explains."""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, final

from PySide6.QtCore import QObject, Signal

from simulator import parameters
from simulator.snapshot import Scalar, Snapshot
from ui.channel import Channel
from ui.lessons.lesson import Lesson, Step
from ui.lessons.names import STEP
from ui.workspaces import Workspace

if TYPE_CHECKING:
    from ui.window import Window


class Phase(Enum):
    """Of one step: a prediction is asked for, something is waited for, all has been said."""

    PREDICT = "predict"
    WATCH = "watch"
    DONE = "done"


@final
@dataclass(frozen=True, slots=True)
class Own:
    """An experiment as it was before a lesson took it."""

    params: object
    seed: int
    speed: float | None
    playing: bool


@final
class Player(QObject):
    """Plays one lesson in a window. small: runs are of the sizes for tests.

    What the user had is kept, and is there again when the lesson ends: one change of each experiment that it took.
    """

    entered = Signal()
    """Another step, or none: the lesson has ended."""
    changed = Signal()
    """The phase or the prediction is not what it was."""

    def __init__(self, window: "Window", small: bool = False) -> None:
        super().__init__(window)
        self._window, self.small = window, small
        self.lesson: Lesson | None = None
        self.index = 0
        self.phase = Phase.DONE
        self.answer: int | None = None
        self.guess: float | None = None
        self.measured: Scalar | None = None
        self.verdicts: dict[int, bool] = {}
        self._own: dict[str, Own] = {}
        self._home: Workspace | None = None
        self._before: object = None
        self._began = False

    # --- what is so ----------------------------------------------------------------------------------------------

    @property
    def step(self) -> Step:
        """The step in front; only while a lesson is on."""
        assert self.lesson is not None
        return self.lesson.steps[self.index]

    @property
    def channel(self) -> Channel:
        """The experiment that the step is about."""
        return self._window.channels[self.step.experiment]

    @property
    def last(self) -> bool:
        """Whether this is the last step."""
        return self.lesson is not None and self.index == len(self.lesson.steps) - 1

    @property
    def news(self) -> Snapshot | None:
        """The newest snapshot of what the step has set; None where what is shown is still what was before."""
        news = self.channel.latest if self.channel.opened else None
        if not isinstance(news, Snapshot) or news.params != self.channel.params or news.seed != self.channel.seed:
            return None
        before = self._before
        stale = isinstance(before, Snapshot) and self._began and news.generation == before.generation
        return None if stale else news

    def look(self, name: str) -> object:
        """The value at present of what a condition names; NaN where it is not known yet."""
        news = self.news
        if news is None:
            return float("nan")
        if name == STEP:
            return news.step
        scalar = news.measurement.scalars.get(name)
        if scalar is not None:
            return scalar.mean
        return getattr(news.params, name, float("nan"))

    @property
    def predicted(self) -> bool:
        """Whether the prediction that the step asks for is there to be checked."""
        return (self.guess if self.step.place is not None else self.answer) is not None

    @property
    def right(self) -> bool | None:
        """Whether the prediction was right; None where there was none, or nothing to compare it with."""
        step = self.step
        if step.choices and self.answer is not None:
            return step.choices[self.answer].right
        if step.place is not None and self.guess is not None and self.measured is not None:
            return abs(self.guess - self.measured.mean) <= step.place.within
        return None

    # --- what is done --------------------------------------------------------------------------------------------

    def start(self, lesson: Lesson, index: int = 0) -> None:
        """Begin a lesson at one of its steps; one that is on is left first."""
        if self.lesson is not None:
            self.leave()
        self._home, self._own, self.verdicts = self._window.workspace, {}, {}
        self.lesson = lesson
        self._enter(min(max(index, 0), len(lesson.steps) - 1), jump=True)

    def replace(self, lesson: Lesson) -> None:
        """Go on with another version of the lesson that is on."""
        self.lesson = lesson
        self._enter(min(self.index, len(lesson.steps) - 1), jump=True)

    def leave(self) -> None:
        """End the lesson; everything is as the user had it."""
        if self.lesson is None:
            return
        window, home, own = self._window, self._home, self._own
        self.lesson, self._own = None, {}
        self.entered.emit()
        for name, was in own.items():
            channel = window.channels[name]
            channel.set_playing(False)
            channel.begin(was.params, was.seed, was.speed)
            channel.set_playing(was.playing)
        if home is not None:
            window.open_workspace(home)
        for name in own:
            window.channels[name].set_resting(window.workspace is None or name not in window.workspace.experiments)

    def go_on(self) -> None:
        """What the one large button does: check the prediction, or go to the next step, or end."""
        if self.lesson is None:
            return
        if self.phase is Phase.PREDICT:
            self.check()
        elif self.phase is Phase.DONE and self.last:
            self.leave()
        elif self.phase is Phase.DONE:
            self._enter(self.index + 1)

    def back(self) -> None:
        """The step before."""
        if self.lesson is not None and self.index > 0:
            self._enter(self.index - 1, jump=True)

    def again(self) -> None:
        """This step from its beginning."""
        if self.lesson is not None:
            self._enter(self.index, jump=True)

    def choose(self, number: int) -> None:
        """Predict one of the choices."""
        if self.phase is Phase.PREDICT and number < len(self.step.choices):
            self.answer = number
            self.changed.emit()

    def put(self, value: float) -> None:
        """Predict a value."""
        place = self.step.place
        if self.phase is Phase.PREDICT and place is not None:
            self.guess = min(max(value, place.low), place.high)
            self.changed.emit()

    def check(self) -> None:
        """The prediction stands: let the run show it."""
        if self.phase is not Phase.PREDICT or not self.predicted:
            return
        if self.step.wait is None:
            self._finish()
            return
        self.phase = Phase.WATCH
        self._before = self.channel.latest
        self._set(self.step, self.channel)
        self.channel.set_playing(True)
        self.changed.emit()

    def skip(self) -> None:
        """Wait no longer."""
        if self.lesson is not None and self.phase is Phase.WATCH:
            self._finish()

    def tick(self) -> None:
        """Look whether what is waited for has come."""
        if self.lesson is None or self.phase is not Phase.WATCH or self.step.wait is None:
            return
        if self.step.wait.holds(self.look):
            self._finish()

    # --- within --------------------------------------------------------------------------------------------------

    def _enter(self, index: int, jump: bool = False) -> None:
        self.index, self.answer, self.guess, self.measured = index, None, None, None
        step = self.step
        channel = self.channel
        if channel.name not in self._own:
            playing = channel.playing or not channel.opened
            self._own[channel.name] = Own(channel.params, channel.seed, channel.speed, playing)
        self.phase = Phase.PREDICT if step.predicts else Phase.WATCH if step.wait is not None else Phase.DONE
        if not channel.opened:
            channel.open()
        channel.set_playing(False)
        self._before = channel.latest
        self._began = jump or step.fresh
        if not step.holds:
            self._set(step, channel)
        elif jump or (step.fresh and step.place is not None):  # the run before would show where to put the mark
            self._set_stage(step, channel)
        self.entered.emit()
        self._show(step)
        channel.set_playing(not step.holds)
        self.changed.emit()

    def _show(self, step: Step) -> None:
        """The step's workspace, in its default arrangement unless it is there already."""
        window = self._window
        if window.lessons.staged and window.workspace is not None and window.workspace.name == step.workspace:
            window.lessons.place()
        else:
            window.open_workspace(next(each for each in window.workspaces if each.name == step.workspace))

    def _set_stage(self, step: Step, channel: Channel) -> None:
        """What is seen while a prediction is asked for: the run of the step before, at its beginning."""
        assert self.lesson is not None
        before = [each for each in self.lesson.steps[: self.index] if each.experiment == step.experiment]
        shown = before[-1] if before else step
        channel.begin(shown.test_params if self.small else shown.params, shown.seed, channel.speed)
        if step.place is not None:
            for _ in range(2):  # a plot with a point or none has no axes to put a mark on
                channel.single_step()

    def _set(self, step: Step, channel: Channel) -> None:
        """The step's own run: begun anew, or live in the run that is on."""
        params = step.test_params if self.small else step.params
        speed = None if self.small else step.speed
        if self._began:
            channel.begin(params, step.seed, speed)
        elif step.changes or (self.small and params != channel.params):
            channel.settle()
            channel.edit_many(parameters.to_json(params), gesture="lesson", settled=True)
            channel.give_speed(speed)

    def _finish(self) -> None:
        news, place = self.news, self.step.place
        if place is not None and news is not None:
            self.measured = news.measurement.scalars.get(place.scalar)
        if self.right is not None:
            self.verdicts[self.index] = self.right
        self.phase = Phase.DONE
        self.changed.emit()
