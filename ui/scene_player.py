"""Lets a scene happen in a window: its cues, as time goes on. Whoever tells the time makes it live or filmed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from PySide6.QtCore import QPointF

from simulator import parameters
from simulator.parameters import Value
from simulator.scenes import EARLY, Cue, Scene, Turn
from ui.views.loop import LoopView
from ui.views.surface import SurfaceView

if TYPE_CHECKING:
    from ui.channel import Channel
    from ui.window import Window


def between(declared: parameters.Field, start: float, end: float, share: float) -> float | int:
    """A number on its way from `start` to `end`: by factors where its slider is logarithmic, by differences else."""
    if share >= 1.0:
        return end
    if declared.param.scale == "log" and start > 0.0 and end > 0.0:
        value = start * (end / start) ** share
    else:
        value = start + share * (end - start)
    return round(value) if declared.kind is int else value


@dataclass(slots=True)
class _Change:
    """A cue that takes time: where its numbers began, by experiment and name, and how far each camera has turned."""

    cue: Cue
    begins: dict[str, dict[str, float]] = field(default_factory=dict)
    turned: dict[str, float] = field(default_factory=dict)


@final
class ScenePlayer:
    """One scene in one window. `begin` once, then `move_to` later and later times."""

    def __init__(self, window: "Window", scene: Scene) -> None:
        self.scene = scene
        self._window = window
        self._ahead = list(reversed(scene.cues))
        self._changes: list[_Change] = []
        self._caption_until = 0.0

    def begin(self) -> None:
        """What the scene's session says. Raises SessionError, and then nothing has changed."""
        self._window.sessions.begin(self.scene.session)

    @property
    def over(self) -> bool:
        """Whether every cue has come and has been carried out."""
        return not self._ahead and not self._changes

    def move_to(self, time: float) -> None:
        """Carry out what is due at `time`, seconds from the beginning."""
        if self._caption_until and time >= self._caption_until - EARLY:
            self._caption_until = 0.0
            self._window.caption.hide()
        while self._ahead and self._ahead[-1].at <= time + EARLY:
            cue = self._ahead.pop()
            self._carry_all(cue.at)  # what ends before this cue, or with it, does not undo what it sets
            self._start(cue)
        self._carry_all(time)

    def _carry_all(self, time: float) -> None:
        for change in list(self._changes):
            self._carry(change, time)

    def _start(self, cue: Cue) -> None:
        window, channels = self._window, self._window.channels
        if cue.workspace:
            wanted = [each for each in window.workspaces if each.name == cue.workspace]
            if wanted and wanted[0] is not window.workspace:
                window.open_workspace(wanted[0])
        for name, seed in cue.seed.items():
            channel = channels[name]
            if channel.opened:
                channel.reseed(seed)
            else:
                channel.begin(channel.params, seed, channel.speed)
        for name in cue.reset:
            if channels[name].opened:
                channels[name].reset()
        for name, speed in cue.speed.items():
            channels[name].give_speed(speed)
        for names, playing in ((cue.play, True), (cue.pause, False)):
            for name in names:
                if channels[name].opened:
                    channels[name].set_playing(playing)
        if cue.caption is not None:
            window.caption.say(cue.caption, cue.words, stays=True)
            self._caption_until = cue.at + cue.seconds
        if cue.over > 0.0:
            begins = {name: _numbers(channels[name].params, values) for name, values in cue.set.items()}
            self._changes.append(_Change(cue, begins))
            return
        for name, values in cue.set.items():
            _take(channels[name], values)
        if cue.camera:
            self._changes.append(_Change(cue))

    def _carry(self, change: _Change, time: float) -> None:
        """The numbers and cameras of a cue where they should be at `time`."""
        cue, share = change.cue, change.cue.share(time)
        for name, begins in change.begins.items():
            kind = self._window.channels[name].kind.Params
            values: dict[str, Value] = {
                each: between(parameters.field(kind, each), begin, float(cue.set[name][each]), share)
                for each, begin in begins.items()
            }
            _take(self._window.channels[name], values)
        seen = [self._turn(change, name, turn, share) for name, turn in cue.camera.items()]
        if share >= 1.0:
            change.begins = {}  # a camera may wait for its picture; what later cues set must not be undone meanwhile
        if share >= 1.0 and all(seen):
            self._changes.remove(change)

    def _turn(self, change: _Change, name: str, turn: Turn, share: float) -> bool:
        """Turn what can be turned among an experiment's pictures by what is missing; whether there is any."""
        docks = self._window.groups[name].docks
        views = [view for dock in docks for view in dock.panel.pictures if isinstance(view, SurfaceView | LoopView)]
        if not views:
            return False
        step = share - change.turned.get(name, 0.0)
        change.turned[name] = share
        if step == 0.0:
            return True
        for view in views:
            view.turn(step * turn.turn, step * turn.tilt)
            if turn.zoom == 1.0:
                continue
            if isinstance(view, SurfaceView):
                view.magnify(turn.zoom**step, QPointF(0.5 * view.canvas.width(), 0.5 * view.canvas.height()))
            else:
                view.magnify(turn.zoom**step)
        return True


def _numbers(params: object, values: Mapping[str, Value]) -> dict[str, float]:
    return {name: float(getattr(params, name)) for name in values}


def _take(channel: "Channel", values: Mapping[str, Value]) -> None:
    """Give these parameters to a run, or to one that has not begun."""
    if channel.opened:
        channel.edit_many(values, gesture="scene")
    else:
        channel.begin(parameters.change(channel.params, **values), channel.seed, channel.speed)
