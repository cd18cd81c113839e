"""Sessions that come with the program, each of which shows one effect: the files beside this one, by name."""

from importlib import resources
from pathlib import Path

from simulator import sessions
from simulator.parameters import misspelt
from simulator.sessions import SUFFIX, Session, SessionError

_FOLDER = resources.files(__name__)
NAMES: tuple[str, ...] = tuple(
    sorted(each.name.removesuffix(SUFFIX) for each in _FOLDER.iterdir() if each.name.endswith(SUFFIX))
)
"""In the order in which they are listed."""


def read(name: str) -> Session:
    """One of NAMES. Raises SessionError."""
    return sessions.parse((_FOLDER / f"{name}{SUFFIX}").read_bytes(), f"preset {name!r}")


def find(word: str) -> Session:
    """The session that a command line names: a file, or else a preset. Raises SessionError."""
    if word in NAMES and not Path(word).is_file():
        return read(word)
    path = Path(word)
    if path.name == word and not path.suffix and not path.exists():
        raise SessionError("--session", f"{misspelt('session file or preset', word, NAMES)}")
    return sessions.read(path)
