"""Which IDX files belong together, told by their names as MNIST's are: any one of them opens all.

train-images-idx3-ubyte and train-labels-idx1-ubyte lie side by side, each compressed (.gz) or not, with a dash or a dot
before "idx"; t10k-... or test-... instead of train-... are the test part.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.networks.datasets.files.bounded import checked_size
from simulator.networks.datasets.files.fault import DataFileError, explained, quoted

Pair = tuple[Path, Path]
PARTS: Final = (("train", "train"), ("t10k", "test"), ("test", "test"))
"""Word in a name, and what part it stands for; the first that is found counts."""


@dataclass(frozen=True, slots=True)
class Family:
    """(images, labels) of the training part, and of the test part where there are both."""

    training: Pair
    test: Pair | None


@dataclass(frozen=True, slots=True)
class _Name:
    """What a file's name says: what it holds, of which part, whether compressed, and the rest."""

    what: str
    part: str
    packed: bool
    rest: str

    @classmethod
    def read(cls, name: str) -> "_Name | None":
        lower = name.lower()
        stem = lower.removesuffix(".gz")
        what = max(("images", "labels"), key=stem.rfind)
        if what not in stem:
            return None
        word, part = next((pair for pair in PARTS if pair[0] in stem), ("", ""))
        before, _, after = stem.rpartition(what)
        rest = re.sub(r"[.-]idx\d", "-idx", f"{before}*{after}")
        return cls(what, part, stem != lower, rest.replace(word, "%", 1) if word else rest)


def family(path: Path) -> Family:
    """What belongs to `path`. Raises DataFileError where its other half is not beside it."""
    mine = _Name.read(path.name)
    if mine is None:
        raise DataFileError(
            path, "IDX files are two, named ...images-idx3-ubyte and, in the same folder, ...labels-idx1-ubyte"
        )
    with explained(path):
        checked_size(path)
        found = _relatives(path, mine, sorted(each.name for each in path.parent.iterdir()))
    training, test = _pair(path, found, "train"), _pair(path, found, "test")
    if training and mine.part:
        return Family(training, test)
    own = _pair(path, found, mine.part)
    if own is None:
        other = "labels" if mine.what == "images" else "images"
        raise DataFileError(
            path, f"its {other} are not beside it, in {quoted(_renamed(path.name, mine.what, other), 200)}"
        )
    return Family(own, None)


def _relatives(path: Path, mine: _Name, names: Iterable[str]) -> dict[tuple[str, str], str]:
    """(what, part) -> name; of several the file itself, else one as compressed as it is."""
    found: dict[tuple[str, str], str] = {}
    alike: set[tuple[str, str]] = set()
    for name in names:
        read = _Name.read(name)
        if read is None or read.rest != mine.rest or not (path.parent / name).is_file():
            continue
        key = (read.what, read.part)
        if key not in found or (read.packed == mine.packed and key not in alike):
            found[key] = name
        if read.packed == mine.packed:
            alike.add(key)
    return found | {(mine.what, mine.part): path.name}


def _pair(path: Path, found: dict[tuple[str, str], str], part: str) -> Pair | None:
    names = [found.get((what, part)) for what in ("images", "labels")]
    return (path.parent / names[0], path.parent / names[1]) if names[0] and names[1] else None


def _renamed(name: str, what: str, other: str) -> str:
    at = name.lower().rfind(what)
    digit = "1" if other == "labels" else "3"
    return re.sub(r"(?i)(idx)\d", rf"\g<1>{digit}", name[:at] + other + name[at + len(what) :])
