"""What a user does while a video is recorded, noted as the cues of a scene.

Not noted: single steps, steps back, and how cameras are turned.
"""

import dataclasses
from typing import TYPE_CHECKING, Final, final

from simulator import parameters
from simulator.scenes import MAX_SECONDS, USUAL_SPEED, Cue, Scene, filmed
from simulator.sessions import Session
from ui.sessions import captured
from ui.thinning import thinned

if TYPE_CHECKING:
    from ui.channel import Channel
    from ui.window import Window

EVERY: Final = 0.1
"""Seconds between two notes of a parameter that is being dragged: numbers go on evenly between them."""
MOST: Final = 18_000
"""Cues of a recorded scene; where there would be more, those of a parameter that is being dragged lie further apart."""
TRAIL: Final = 20
"""So many changes are remembered as changes that the run may refuse yet, and one more."""
DIGITS: Final = 4
"""Of a time in seconds, after the point."""


@dataclasses.dataclass(frozen=True, slots=True)
class _State:
    """What cues say of one experiment."""

    params: object
    seed: int
    playing: bool
    speed: float | None


@dataclasses.dataclass(slots=True)
class _Known:
    """One experiment as it was noted last. noted: when its parameters were; trail: the latest looks that noted
    anything, each as the state before it and its cues."""

    state: _State
    restarts: int
    refusals: int
    noted: float = 0.0
    trail: list[tuple[_State, list[Cue]]] = dataclasses.field(default_factory=list)


@final
class Notes:
    """Looks at the window now and then, and notes what is no longer as it was."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._session: Session = captured(window, "Recorded")
        self._runs = dict(self._session.experiments)
        self._known = {name: _known(window.channels[name]) for name in self._runs}
        self._workspace = window.workspace
        resting = tuple(name for name, known in self._known.items() if not known.state.playing)
        self._cues: list[Cue] = [Cue(0.0, pause=resting)] if resting else []

    def look(self, time: float, last: bool = False) -> None:
        """Note what has changed, `time` seconds from the beginning; in the `last` look, also what has only just."""
        if time > MAX_SECONDS:  # no scene is longer
            return
        window = self._window
        if window.workspace is not self._workspace and window.workspace is not None:
            self._workspace = window.workspace
            self._cues.append(Cue(time, workspace=window.workspace.name))
            for name in window.workspace.experiments:
                if name not in self._known:
                    self._meet(time, name, window.channels[name])
        for name, known in self._known.items():
            self._note(time, name, known, window.channels[name], last)

    def _meet(self, time: float, name: str, channel: "Channel") -> None:
        """An experiment that has come into sight: the scene begins with it as it is now."""
        self._runs[name] = captured(self._window, "").experiments[name]
        self._known[name] = _known(channel, time)
        self._cues.append(Cue(time, play=(name,)) if channel.playing else Cue(time, pause=(name,)))

    def _note(self, time: float, name: str, known: _Known, channel: "Channel", last: bool) -> None:
        if channel.refusals != known.refusals:
            known.refusals = channel.refusals
            self._take_back(known, channel.params)
        before, now = known.state, _state(channel)
        restarted = channel.restarts != known.restarts
        cues = []
        if now.params != before.params:
            if last or restarted or time - known.noted >= EVERY:
                cues.append(self._parameters(time, name, known, channel))
                known.noted = time
            else:  # they are on their way
                now = dataclasses.replace(now, params=before.params)
        if now.seed != before.seed:
            cues.append(Cue(time, seed={name: now.seed}))
        elif restarted:
            cues.append(Cue(time, reset=(name,)))
        if now.speed != before.speed:
            cues.append(Cue(time, speed={name: USUAL_SPEED if now.speed is None else now.speed}))
        if now.playing != before.playing:
            cues.append(Cue(time, play=(name,)) if now.playing else Cue(time, pause=(name,)))
        if cues:
            self._cues += cues
            known.trail = [*known.trail[-TRAIL:], (before, cues)]
        known.state, known.restarts = now, channel.restarts

    @staticmethod
    def _parameters(time: float, name: str, known: _Known, channel: "Channel") -> Cue:
        """The values that are others: numbers on their way since the last note, all else at once."""
        kind = channel.kind.Params
        before, after = parameters.to_json(known.state.params), parameters.to_json(channel.params)
        changed = {each: value for each, value in after.items() if value != before[each]}
        # Of a drag each note begins where the one before ended, whenever it was that the window looked.
        begun = known.noted if time - known.noted < 2.0 * EVERY else time - EVERY
        over = round(time - begun, DIGITS)
        if over > 0.0 and all(_is_smooth(parameters.field(kind, each)) for each in changed):
            return Cue(round(begun, DIGITS), over=over, ease="linear", set={name: changed})
        return Cue(time, set={name: changed})

    def _take_back(self, known: _Known, params: object) -> None:
        """The run has refused what was noted last, and `params` are those that it had: a film would refuse it too."""
        places = [place for place, (before, _) in enumerate(known.trail) if before.params == params]
        if places:
            gone = {id(cue) for _, cues in known.trail[places[-1] :] for cue in cues}
            self._cues = [cue for cue in self._cues if id(cue) not in gone]
            known.state, known.trail = known.trail[places[-1]][0], known.trail[: places[-1]]

    def scene(self, seconds: float, size: tuple[int, int]) -> Scene:
        """All that was noted, of the first hour at most."""
        self.look(seconds, last=True)
        session = filmed(dataclasses.replace(self._session, experiments=self._runs))
        lasts = min(max(0.1, seconds), MAX_SECONDS)
        cues = thinned([cue for cue in self._cues if cue.at <= lasts], MOST)
        return Scene(session, cues, lasts, size=size, theme=self._window.theme.name)


def _state(channel: "Channel") -> _State:
    return _State(channel.params, channel.seed, channel.playing, channel.speed)


def _known(channel: "Channel", time: float = 0.0) -> _Known:
    return _Known(_state(channel), channel.restarts, channel.refusals, time)


def _is_smooth(field: parameters.Field) -> bool:
    """Whether a number may be on its way from one value to another."""
    return field.param.live and field.kind in (int, float)
