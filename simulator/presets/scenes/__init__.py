"""Scenes that come with the program, one an experiment and a tour of all: the files beside this one, by name."""

from collections.abc import Collection
from importlib import resources
from pathlib import Path

from simulator import scenes
from simulator.parameters import misspelt
from simulator.scenes import SUFFIX, Scene, SceneError

_FOLDER = resources.files(__name__)
NAMES: tuple[str, ...] = tuple(
    sorted(each.name.removesuffix(SUFFIX) for each in _FOLDER.iterdir() if each.name.endswith(SUFFIX))
)


def read(name: str, workspaces: Collection[str] | None = None) -> Scene:
    """One of NAMES. Raises SceneError."""
    return scenes.parse((_FOLDER / f"{name}{SUFFIX}").read_bytes(), f"scene {name!r}", workspaces)


def find(word: str, workspaces: Collection[str] | None = None, others: Collection[str] = ()) -> Scene:
    """The scene that a command line names: a file, or else one of NAMES.

    others: what else would have been allowed there. Raises SceneError.
    """
    if word in NAMES and not Path(word).is_file():
        return read(word, workspaces)
    path = Path(word)
    if path.name == word and not path.suffix and not path.exists():
        raise SceneError("record", misspelt("scene or experiment", word, sorted({*NAMES, *others})))
    return scenes.read(path, workspaces)
