"""Session files: what was running, as JSON that a person can read, and that gives the same run again.

    {"format": 1, "version": "0.1.0", "title": "...", "words": "what to look for", "workspace": "landscape",
     "experiments": {"landscape": {"parameters": {"size": 64}, "seed": 1, "speed": null}}}

Reading is strict: an unknown name, a value that is not allowed or a newer format is refused in one line that says
where. Only `format` and `experiments` are needed; parameters that are missing are at their defaults, and what is
written holds all. A speed is in steps a second, null for as fast as the device goes; one that is missing is the
experiment's own.
"""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

from simulator import experiments, parameters, strict_json
from simulator.experiment import AbstractExperiment
from simulator.files import whole_file
from simulator.parameters import ParameterError, misspelt, shortened
from simulator.runner import DEFAULT_SEED, experiment_class
from simulator.strict_json import JsonError, Place
from simulator.version import VERSION

FORMAT: Final = 1
SUFFIX: Final = ".funnelscope.json"
MAX_BYTES: Final = 2**20
MAX_SEED: Final = 2**64 - 1
SPEEDS: Final = (0.01, 1e9)
"""Steps a second that can be asked for."""
OVERVIEW: Final = "overview"
"""The workspace that shows every experiment. Each of the others shows one, and has its name."""
_TOP: Final = ("format", "version", "title", "words", "workspace", "experiments")
_RUN: Final = ("parameters", "seed", "speed")


class SessionError(ParameterError):
    """A session that cannot be opened: what it is called, where it is at fault and how, in one line."""

    def __init__(self, source: str, what: object) -> None:
        ValueError.__init__(self, f"{source}: {what}")
        self.name, self.value, self.allowed = "session", source, str(what)


@final
@dataclass(frozen=True, slots=True)
class Run:
    """One experiment: its parameters, its seed, and its speed in steps a second (None: as fast as the device goes)."""

    params: object
    seed: int = DEFAULT_SEED
    speed: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Session:
    """Experiments by name, the first of them in front. words: what to look for. workspace: "" for any that fits.

    version: of the program that wrote it.
    """

    experiments: Mapping[str, Run]
    title: str = ""
    words: str = ""
    workspace: str = ""
    version: str = field(default=VERSION, compare=False)

    def run(self, name: str) -> Run:
        """What it says of one experiment. Raises SessionError where it says nothing."""
        if name not in self.experiments:
            raise SessionError("the session", f"it holds no {name}, but {', '.join(self.experiments)}")
        return self.experiments[name]


def usual(kind: type[AbstractExperiment]) -> Run:
    """An experiment as it begins where no session says otherwise."""
    return Run(kind.Params(), DEFAULT_SEED, kind.steps_per_second)


# --- reading -------------------------------------------------------------------------------------------------------


def read(path: Path) -> Session:
    """The session in a file. Raises SessionError."""
    source = f"session {shortened(path.name or str(path))}"
    try:
        data = strict_json.load(path, MAX_BYTES)
    except JsonError as error:
        raise SessionError(source, error) from error
    return parse(data, source)


def parse(data: bytes | str, source: str) -> Session:
    """The session that a text holds; `source` is what errors call it. Raises SessionError."""
    if len(data) > MAX_BYTES:
        raise SessionError(source, f"it has {len(data):,} characters, and the limit is {MAX_BYTES:,}")
    try:
        return session_in(strict_json.parse(data))
    except JsonError as error:
        raise SessionError(source, error) from error


def session_in(root: Place, noun: str = "session", further: Collection[str] = ()) -> Session:
    """The session that a document holds, which may have `further` entries. Raises JsonError."""
    top = root.members()
    if "format" not in top:
        raise root.fault(f"it is no {noun}: it has no 'format'")
    version = top["version"].text(40) if "version" in top else ""
    if top["format"].whole(1, 2**63) > FORMAT:
        writer = f", {version}" if _newer(version) else ""
        raise top["format"].fault(
            f"{top['format'].value} is that of a newer Funnelscope{writer}; this one, {VERSION}, reads format {FORMAT}"
        )
    try:
        root.members((*_TOP, *further))
        if "experiments" not in top:
            raise root.fault("it has no 'experiments'")
        return Session(
            {name: _run(name, place) for name, place in _experiments(top["experiments"]).items()},
            top["title"].text(120) if "title" in top else "",
            top["words"].text(2000, lines=True) if "words" in top else "",
            top["workspace"].text(60) if "workspace" in top else "",
            version,
        )
    except JsonError as error:
        if _newer(version):
            raise JsonError(f"{error} (it was written by Funnelscope {version}, and this is {VERSION})") from error
        raise


def workspace_names() -> tuple[str, ...]:
    """Every workspace that a session may name."""
    return (OVERVIEW, *(kind.name for kind in experiments.EXPERIMENTS))


def check_workspace(session: Session) -> None:
    """Refuse headless what a window refuses, and in the same words. Raises SessionError."""
    name, shown = session.workspace, session.experiments
    if name and name not in workspace_names():
        raise SessionError("the session", misspelt("workspace", name, workspace_names()))
    if name not in ("", OVERVIEW, *shown):
        raise SessionError("the session", f"workspace {name!r} does not show {', '.join(shown)}")


def check_files(session: Session) -> None:
    """Refuse a session whose data cannot be read here, before anything is begun. Raises SessionError."""
    for name, run in session.experiments.items():
        for each, path in _files(run.params).items():
            if not _readable(path):
                place, file = f"experiments.{name}.parameters.{each}", shortened(path.name or str(path))
                what = f"there is no file {file} in {shortened(str(path.parent))} that can be read"
                raise SessionError("the session", f"{place}: {what}")


def _experiments(place: Place) -> dict[str, Place]:
    found = place.members()
    if not found:
        raise place.fault("it is empty, and one experiment at least is needed")
    return found


def _run(name: str, place: Place) -> Run:
    try:
        kind = experiment_class(name)
    except ParameterError as error:
        raise Place(None, place.path[:-1]).fault(error) from error
    here = place.members(_RUN)
    default = usual(kind)
    speed = default.speed
    if "speed" in here:
        speed = None if here["speed"].value is None else here["speed"].number(*SPEEDS)
    return Run(
        make(kind.Params, here["parameters"]) if "parameters" in here else default.params,
        here["seed"].whole(0, MAX_SEED) if "seed" in here else default.seed,
        speed,
    )


def make(declaration: type, place: Place, before: object | None = None) -> object:
    """Parameters as an object gives them, the rest as `before`, or at their defaults. Raises JsonError."""
    declared = {each.name: each for each in parameters.fields(declaration)}
    try:
        values = {name: value_of(declared[name], here) for name, here in place.members(declared, "parameter").items()}
        return parameters.make(declaration, values) if before is None else parameters.change(before, **values)
    except ParameterError as error:
        raise place.fault(error) from error


def value_of(declared: parameters.Field, place: Place) -> Any:
    """A value as JSON has it: no number in a text, which the command line would take."""
    if isinstance(place.value, str) and declared.kind is str:
        return place.text(MAX_BYTES)
    if isinstance(place.value, (bool, int, float)) and declared.kind is not str:
        return place.value
    above = Place(None, place.path[:-1])
    raise above.fault(f"{declared.name} = {place.shown} is not allowed: {declared.allowed}")


def _newer(version: str) -> bool:
    """Whether `version` is one that this program has not reached."""

    def numbers(text: str) -> tuple[int, ...]:
        return tuple(int(word) for word in text.split(".") if word.isascii() and word.isdigit())

    return numbers(version) > numbers(VERSION)


# --- writing -------------------------------------------------------------------------------------------------------


def write(path: Path, session: Session) -> None:
    """Write a session, whole or not at all. Raises OSError; SessionError for one that could not be read again."""
    data = as_text(session).encode()
    with whole_file(path) as file:
        file.write(data)


def as_text(session: Session) -> str:
    """A session as a file has it. Raises SessionError for one that could not be read again."""
    return _checked(json.dumps(as_json(session), allow_nan=False, ensure_ascii=False, indent=2) + "\n")


def as_line(session: Session) -> str:
    """A session as one line of text. Raises SessionError for one that could not be read again."""
    return _checked(json.dumps(as_json(session), allow_nan=False, ensure_ascii=False, separators=(",", ":")))


def _checked(text: str) -> str:
    """`text`, once it has been read: a title may be too long, and a file's name hold bytes that are no text."""
    parse(text, "the session")
    return text


def as_json(session: Session) -> dict[str, Any]:
    """A session as JSON has it."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": session.title,
        "words": session.words,
        "workspace": session.workspace,
        "experiments": {
            name: {"parameters": _whole_paths(run.params), "seed": run.seed, "speed": run.speed}
            for name, run in session.experiments.items()
        },
    }


def _whole_paths(params: object) -> dict[str, parameters.Value]:
    """Every parameter, files by their absolute names: whoever opens it may stand in another folder."""
    return parameters.to_json(params) | {each.name: str(path.absolute()) for each, path in _named(params)}


def _readable(path: Path) -> bool:
    """Whether there is such a file; a name that no system has is that of none."""
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except (OSError, ValueError):
        return False


def _files(params: object) -> dict[str, Path]:
    """The files that a run with these parameters reads, by parameter: one that is named, but not chosen, is not."""
    values = parameters.to_json(params)
    return {
        each.name: path
        for each, path in _named(params)
        if all(values[other] == value for other, value in each.param.implies)
    }


def _named(params: object) -> list[tuple[parameters.Field, Path]]:
    """The parameters that name a file, each with the file."""
    values = parameters.to_json(params)
    named = [each for each in parameters.fields(type(params)) if each.param.file and values[each.name]]
    return [(each, Path(str(values[each.name]))) for each in named]
