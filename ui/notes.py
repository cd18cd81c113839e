"""What a user does while a video is recorded, noted as the cues of a scene."""

import dataclasses
from typing import TYPE_CHECKING, Final, final

from simulator import parameters
from simulator.scenes import Cue, Scene, filmed
from simulator.sessions import Session
from ui.sessions import captured

if TYPE_CHECKING:
    from ui.channel import Channel
    from ui.window import Window

EVERY: Final = 0.1
"""Seconds between two notes of a parameter that is being dragged: numbers go on evenly between them."""


@dataclasses.dataclass(slots=True)
class _Known:
    """One experiment as it was noted last."""

    params: object
    seed: int
    playing: bool
    speed: float | None
    noted: float = 0.0


@final
class Notes:
    """Looks at the window now and then, and notes what is no longer as it was."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._session: Session = captured(window, "Recorded")
        self._runs = dict(self._session.experiments)
        self._known = {name: _known(window.channels[name]) for name in self._runs}
        self._workspace = window.workspace
        self._cues: list[Cue] = []

    def look(self, time: float) -> None:
        """Note what has changed, `time` seconds from the beginning."""
        window = self._window
        if window.workspace is not self._workspace and window.workspace is not None:
            self._workspace = window.workspace
            self._cues.append(Cue(time, workspace=window.workspace.name))
            for name in window.workspace.experiments:
                if name not in self._known:
                    self._runs |= captured(window, "").experiments
                    self._known[name] = _known(window.channels[name])
        for name, known in self._known.items():
            self._note(time, name, known, window.channels[name])

    def _note(self, time: float, name: str, known: _Known, channel: "Channel") -> None:
        if channel.seed != known.seed:
            self._cues.append(Cue(time, seed={name: channel.seed}))
            known.seed = channel.seed
        if channel.speed != known.speed and channel.speed is not None:
            self._cues.append(Cue(time, speed={name: channel.speed}))
            known.speed = channel.speed
        if channel.playing != known.playing:
            self._cues.append(Cue(time, play=(name,)) if channel.playing else Cue(time, pause=(name,)))
            known.playing = channel.playing
        if channel.params == known.params or time - known.noted < EVERY:
            return
        kind = channel.kind.Params
        before, after = parameters.to_json(known.params), parameters.to_json(channel.params)
        changed = {each: value for each, value in after.items() if value != before[each]}
        smooth = {each: value for each, value in changed.items() if _is_smooth(parameters.field(kind, each))}
        begun = max(known.noted, time - EVERY)
        if smooth and smooth.keys() == changed.keys() and time > begun:
            self._cues.append(Cue(begun, over=time - begun, ease="linear", set={name: smooth}))
        else:
            self._cues.append(Cue(time, set={name: changed}))
        known.params, known.noted = channel.params, time

    def scene(self, seconds: float, size: tuple[int, int]) -> Scene:
        """All that was noted."""
        self.look(seconds)
        session = filmed(dataclasses.replace(self._session, experiments=self._runs))
        lasts = max(0.1, seconds)
        cues = sorted((cue for cue in self._cues if cue.at <= lasts), key=lambda cue: cue.at)
        return Scene(session, tuple(cues), lasts, size=size, theme=self._window.theme.name)


def _known(channel: "Channel") -> _Known:
    return _Known(channel.params, channel.seed, channel.playing, channel.speed)


def _is_smooth(field: parameters.Field) -> bool:
    """Whether a number may be on its way from one value to another."""
    return field.param.live and field.kind in (int, float)
