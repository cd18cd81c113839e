"""Scene files: a session, and what happens in it when. A video is recorded from one; a window plays it.

    {"format": 1, "title": "...", "workspace": "landscape", "experiments": {"landscape": {"seed": 1, "speed": 120}},
     "seconds": 20, "fps": 30, "size": [1280, 720],
     "cues": [{"at": 0, "caption": "Glass", "words": "what to look for", "for": 6},
              {"at": 8, "over": 5, "set": {"landscape": {"funnel": 1.5}}, "camera": {"landscape": {"turn": 90}}}]}

Beside the entries of a session, which simulator/sessions.py describes: `seconds` it lasts, `fps` frames a second,
`size` of the picture, `theme`, `view` (window, canvas, or one panel's name), and `cues`. Reading is as strict as a
session's, and says which cue is at fault. The speed of an experiment is in steps a second of the video: so a slow
machine makes the same video as a fast one. `null`, as fast as the device goes, would not, and is refused.
"""

import dataclasses
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

from simulator import parameters, sessions, strict_json
from simulator.files import whole_file
from simulator.parameters import Value, misspelt, shortened
from simulator.runner import experiment_class
from simulator.sessions import MAX_SEED, SPEEDS, Session, SessionError
from simulator.strict_json import JsonError, Place

SUFFIX: Final = ".funnelscene.json"
MAX_SECONDS, MAX_FPS, MAX_CUES = 3600.0, 120, 20_000
MAX_BYTES: Final = 2**22
"""Of a scene's file: as many cues as it may have, of two hundred bytes each."""
SIDES: Final = (64, 7680)
"""Of the picture, pixels."""
USUAL_SECONDS: Final = 20.0
DEFAULT_FPS: Final = 30
DEFAULT_SIZE: Final = (1280, 720)
USUAL_SPEED: Final = 60.0
"""Steps a second of an experiment that goes as fast as the device where nobody says otherwise."""
THEMES: Final = ("dark", "light")
EASES: Final = ("smooth", "linear")
EARLY: Final = 1e-9
"""Seconds by which a cue may come before its time: a frame's time is a quotient."""
LETTERS_A_SECOND: Final = 14.0
LEAST_SECONDS: Final = 4.0
_TOP: Final = ("seconds", "fps", "size", "theme", "view", "cues")
_CUE: Final = (
    "at", "over", "ease", "set", "camera", "caption", "words", "for", "workspace", "play", "pause", "reset", "seed",
    "speed",
)  # fmt: skip


class SceneError(SessionError):
    """A scene that cannot be opened: what it is called, where it is at fault and how, in one line."""


def reading_seconds(text: str) -> float:
    """How long one needs to read `text` beside watching."""
    return LEAST_SECONDS + len(text) / LETTERS_A_SECOND


@final
@dataclass(frozen=True, slots=True)
class Turn:
    """How a camera moves: turned and tilted by degrees, its magnification multiplied by `zoom`."""

    turn: float = 0.0
    tilt: float = 0.0
    zoom: float = 1.0


@final
@dataclass(frozen=True, slots=True)
class Cue:
    """What happens from `at` on, seconds from the beginning, in the order of the fields.

    over: seconds that live numbers and cameras take, eased as `ease` says. caption: None leaves what is shown, "" with
    no words takes it away; seconds: how long it stays.
    """

    at: float
    workspace: str = ""
    seed: Mapping[str, int] = field(default_factory=dict)
    reset: tuple[str, ...] = ()
    speed: Mapping[str, float] = field(default_factory=dict)
    set: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    camera: Mapping[str, Turn] = field(default_factory=dict)
    play: tuple[str, ...] = ()
    pause: tuple[str, ...] = ()
    caption: str | None = None
    words: str = ""
    seconds: float = 0.0
    over: float = 0.0
    ease: str = "smooth"

    def share(self, time: float) -> float:
        """How much of what takes `over` seconds is done at `time`, 0 to 1; of what takes none, all of it."""
        if self.over <= 0.0 or time >= self.at + self.over - EARLY:
            return 1.0
        done = max(0.0, (time - self.at) / self.over)
        return done if self.ease == "linear" else done * done * (3.0 - 2.0 * done)


@final
@dataclass(frozen=True, slots=True)
class Scene:
    """A session with its cues, in order of time.

    size: (width, height), pixels. view: window, canvas (no controls), or the name of one panel.
    """

    session: Session
    cues: tuple[Cue, ...] = ()
    seconds: float = USUAL_SECONDS
    fps: int = DEFAULT_FPS
    size: tuple[int, int] = DEFAULT_SIZE
    theme: str = "dark"
    view: str = "window"

    @property
    def frames(self) -> int:
        """How many pictures it has."""
        return max(1, round(self.seconds * self.fps))


def _usual_seconds(caption: str) -> float:
    """How long a caption stays where nobody says: nothing needs no time."""
    return reading_seconds(caption) if caption else 0.0


def filmed(session: Session) -> Session:
    """`session` with a speed for every experiment: without one a slow machine would make another video."""
    runs = {
        name: run if run.speed is not None else dataclasses.replace(run, speed=USUAL_SPEED)
        for name, run in session.experiments.items()
    }
    return dataclasses.replace(session, experiments=runs)


# --- reading -------------------------------------------------------------------------------------------------------


def read(path: Path, workspaces: Collection[str] | None = None) -> Scene:
    """The scene in a file. workspaces: those there are, if known. Raises SceneError."""
    source = f"scene {shortened(path.name or str(path))}"
    try:
        data = strict_json.load(path, MAX_BYTES)
    except JsonError as error:
        raise SceneError(source, error) from error
    return parse(data, source, workspaces)


def parse(data: bytes | str, source: str, workspaces: Collection[str] | None = None) -> Scene:
    """The scene that a text holds; `source` is what errors call it. Raises SceneError."""
    size = len(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
    if size > MAX_BYTES:
        raise SceneError(source, f"it has {size:,} bytes, and the limit is {MAX_BYTES:,}")
    try:
        return _scene(strict_json.parse(data), workspaces)
    except JsonError as error:
        raise SceneError(source, error) from error


def _scene(root: Place, workspaces: Collection[str] | None) -> Scene:
    session = sessions.session_in(root, "scene", _TOP)
    top = root.members()
    _check_speeds(top["experiments"])
    if workspaces is not None and session.workspace:
        _one_of(top["workspace"], workspaces, "workspace")
    seconds = top["seconds"].number(0.1, MAX_SECONDS) if "seconds" in top else USUAL_SECONDS
    cues = _cues(top["cues"], filmed(session), seconds, workspaces) if "cues" in top else ()
    return Scene(
        filmed(session),
        cues,
        seconds,
        top["fps"].whole(1, MAX_FPS) if "fps" in top else DEFAULT_FPS,
        _size(top["size"]) if "size" in top else DEFAULT_SIZE,
        _one_of(top["theme"], THEMES, "theme") if "theme" in top else "dark",
        top["view"].text(80) if "view" in top else "window",
    )


def _check_speeds(experiments: Place) -> None:
    for place in experiments.members().values():
        speed = place.members().get("speed")
        if speed is not None and speed.value is None:
            raise speed.fault("null is not allowed in a scene: a number of steps a second of the video")


def _size(place: Place) -> tuple[int, int]:
    sides = [each.whole(*SIDES) for each in place.items(2)]
    if len(sides) != 2 or any(side % 2 for side in sides):
        raise place.fault("a width and a height, both even, are needed")
    return sides[0], sides[1]


def _one_of(place: Place, known: Collection[str], noun: str) -> str:
    word = place.text(80)
    if word not in known:
        raise place.fault(misspelt(noun, word, list(known)))
    return word


def _cues(place: Place, session: Session, seconds: float, workspaces: Collection[str] | None) -> tuple[Cue, ...]:
    """In order of time. Each is checked against the parameters that those before it leave."""
    found = [(each.members(_CUE), each) for each in place.items(MAX_CUES)]
    for here, each in found:
        if "at" not in here:
            raise each.fault("it has no 'at', seconds from the beginning")
        here["at"].number(0.0, seconds)
    found.sort(key=lambda pair: float(pair[0]["at"].value))
    present = {name: run.params for name, run in session.experiments.items()}
    return tuple(_cue(here, present, workspaces) for here, _ in found)


def _cue(here: Mapping[str, Place], present: dict[str, object], workspaces: Collection[str] | None) -> Cue:
    over = here["over"].number(0.0, MAX_SECONDS) if "over" in here else 0.0
    caption = here["caption"].text(120) if "caption" in here else None
    words = here["words"].text(2000, lines=True) if "words" in here else ""
    lasts = here["for"].number(0.1, MAX_SECONDS) if "for" in here else _usual_seconds((caption or "") + words)
    workspace = ""
    if "workspace" in here:
        known = here["workspace"]
        workspace = known.text(80) if workspaces is None else _one_of(known, workspaces, "workspace")
    return Cue(
        float(here["at"].value),
        workspace,
        {name: each.whole(0, MAX_SEED) for name, each in _by_experiment(here, "seed", present)},
        _names(here, "reset", present),
        {name: each.number(*SPEEDS) for name, each in _by_experiment(here, "speed", present)},
        {name: _set(name, each, present, over) for name, each in _by_experiment(here, "set", present)},
        {name: _turn(each) for name, each in _by_experiment(here, "camera", present)},
        _names(here, "play", present),
        _names(here, "pause", present),
        caption if caption is not None or not words else "",
        words,
        lasts,
        over,
        _one_of(here["ease"], EASES, "ease") if "ease" in here else "smooth",
    )


def _by_experiment(here: Mapping[str, Place], entry: str, present: Mapping[str, object]) -> list[tuple[str, Place]]:
    return list(here[entry].members(present, "experiment in this scene").items()) if entry in here else []


def _names(here: Mapping[str, Place], entry: str, present: Mapping[str, object]) -> tuple[str, ...]:
    """Experiments in a list."""
    if entry not in here:
        return ()
    return tuple(_one_of(each, present, "experiment in this scene") for each in here[entry].items(len(present)))


def _set(name: str, place: Place, present: dict[str, object], over: float) -> dict[str, Value]:
    """The values that a cue sets, which `present` then has."""
    kind = experiment_class(name).Params
    for parameter, each in place.members().items() if over > 0.0 else ():
        declared = next((found for found in parameters.fields(kind) if found.name == parameter), None)
        if declared is not None and (declared.kind not in (int, float) or not declared.param.live):
            why = "it is no number" if declared.kind not in (int, float) else "changing it begins the run anew"
            raise each.fault(f"it cannot change over {over:g} s, only at once: {why}")
    present[name] = sessions.make(kind, place, present[name])
    return {parameter: getattr(present[name], parameter) for parameter in place.members()}


def _turn(place: Place) -> Turn:
    here = place.members(("turn", "tilt", "zoom"))
    return Turn(
        here["turn"].number(-3600.0, 3600.0) if "turn" in here else 0.0,
        here["tilt"].number(-180.0, 180.0) if "tilt" in here else 0.0,
        here["zoom"].number(0.05, 20.0) if "zoom" in here else 1.0,
    )


# --- writing -------------------------------------------------------------------------------------------------------


def write(path: Path, scene: Scene) -> None:
    """Write a scene, whole or not at all. Raises OSError; SceneError for one that could not be read again."""
    data = as_text(scene).encode()
    with whole_file(path) as file:
        file.write(data)


def as_text(scene: Scene) -> str:
    """A scene as a file has it, one cue a line. Raises SceneError for one that could not be read again."""
    head = _json(_as_json(scene), indent=1).removesuffix("\n}")
    cues = ",\n  ".join(_json(_cue_as_json(cue)) for cue in scene.cues)
    text = f'{head},\n "cues": [\n  {cues}\n ]\n}}\n' if cues else f'{head},\n "cues": []\n}}\n'
    parse(text, "the scene")
    return text


def _json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, indent=indent)


def _as_json(scene: Scene) -> dict[str, Any]:
    """All but its cues."""
    return sessions.as_json(scene.session) | {
        "seconds": scene.seconds,
        "fps": scene.fps,
        "size": list(scene.size),
        "theme": scene.theme,
        "view": scene.view,
    }


def _cue_as_json(cue: Cue) -> dict[str, Any]:
    """Only what it says: most cues say little."""
    plain = Cue(cue.at, seconds=_usual_seconds((cue.caption or "") + cue.words))
    names = {each.name: "for" if each.name == "seconds" else each.name for each in dataclasses.fields(Cue)}
    values = {entry: getattr(cue, name) for name, entry in names.items() if getattr(cue, name) != getattr(plain, name)}
    if "camera" in values:
        values["camera"] = {name: dataclasses.asdict(turn) for name, turn in cue.camera.items()}
    lists = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {"at": cue.at, **lists}
