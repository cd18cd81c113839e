"""JSON read strictly: of bounded size, in UTF-8, no name twice in one object, no number that is not finite.

What such a document says is read through `Place`, which knows the way to each value and names it where it is at fault.
NaN, Infinity and 1e999 are numbers in no range: they too are refused at their place.
"""

import json
import math
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from simulator.parameters import misspelt, shortened

MAX_DIGITS: Final = 24
"""Of a whole number; the largest seed has 20."""
NO_TEXT: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of control characters, halves of characters, and ends of lines."""
KINDS: Final = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


class JsonError(Exception):
    """What is wrong with a document and where, in one line."""


class _Object(dict[str, Any]):
    """An object with the first name that it gives twice, if any."""

    twice: str | None = None


def load(path: Path, most: int) -> bytes:
    """The bytes of a regular file of at most `most` bytes. Raises JsonError."""
    try:
        if path.is_dir():
            raise JsonError("it is a folder, not a file")
        if path.exists() and not path.is_file():
            raise JsonError("it is a device or a pipe, not a file")
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError as error:
        raise JsonError(f"there is no such file in {shortened(str(path.parent))}") from error
    except OSError as error:
        raise JsonError(f"it cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a name that no system has
        raise JsonError(f"no file can have this name: {error}") from error
    if len(data) > most:
        raise JsonError(f"it has more than {most:,} bytes, which is the limit")
    return data


def parse(data: bytes | str) -> "Place":
    """The document. Raises JsonError with the line and column where it is at fault."""
    text = data if isinstance(data, str) else _decoded(data)
    if not text.strip():
        raise JsonError("it is empty")
    try:
        return Place(json.loads(text, object_pairs_hook=_object, parse_int=_whole))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise JsonError(f"it breaks off at {where}: its end is missing") from error
        raise JsonError(f"{where}: it is not JSON there ({error.msg})") from error
    except RecursionError as error:
        raise JsonError("its lists and objects are nested too deeply") from error


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise JsonError(f"line {line}, byte {column}: it is not text in UTF-8 there") from error


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object()
    for name, value in pairs:
        if name in found and found.twice is None:
            found.twice = name
        found[name] = value
    return found


def _whole(digits: str) -> int | float:
    """A whole number; one that is far too long is too large, and not worth the time that all its digits take."""
    return int(digits) if len(digits) <= MAX_DIGITS else math.copysign(math.inf, -1.0 if digits[0] == "-" else 1.0)


def _part(name: str | int) -> str:
    """A step of the way to a value."""
    if isinstance(name, int):
        return f"[{name}]"
    return "." + (name if name.isidentifier() else shortened(name))


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a document, and the names that lead to it; in a list, the place in it, from 0."""

    value: Any
    path: tuple[str | int, ...] = ()

    def fault(self, what: object) -> JsonError:
        """That `what` is wrong here."""
        way = "".join(_part(name) for name in self.path).removeprefix(".")
        return JsonError(f"{way}: {what}" if way else str(what))

    def members(self, known: Collection[str] | None = None, noun: str = "entry") -> dict[str, "Place"]:
        """The values of an object by name, all of them `known` if that is given."""
        if not isinstance(self.value, dict):
            raise self.fault(f"it is {self._kind}, and an object is needed")
        twice = getattr(self.value, "twice", None)
        if twice is not None:
            raise self.fault(f"{shortened(twice)} is given twice")
        for name in self.value:
            if known is not None and name not in known:
                raise self.fault(misspelt(noun, name, list(known)))
        return {name: Place(value, (*self.path, name)) for name, value in self.value.items()}

    def items(self, most: int) -> list["Place"]:
        """The values of a list of at most `most`."""
        if not isinstance(self.value, list):
            raise self.fault(f"it is {self._kind}, and a list is needed")
        if len(self.value) > most:
            raise self.fault(f"it has {len(self.value):,} entries, and the limit is {most:,}")
        return [Place(value, (*self.path, place)) for place, value in enumerate(self.value)]

    def text(self, longest: int, lines: bool = False) -> str:
        """A text of so many characters at most, on one line unless `lines`, without control characters."""
        if not isinstance(self.value, str):
            raise self.fault(f"it is {self._kind}, and a text is needed")
        if len(self.value) > longest:
            raise self.fault(f"it has {len(self.value):,} characters, and the limit is {longest:,}")
        bare = self.value.replace("\n", "") if lines else self.value
        if any(unicodedata.category(each) in NO_TEXT for each in bare):
            raise self.fault(f"{shortened(self.value)} has characters that are no text")
        return self.value

    def whole(self, lo: int, hi: int) -> int:
        """A whole number in a closed range."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not lo <= self.value <= hi:
            raise self.fault(f"{self.shown} is not allowed: a whole number from {lo} to {hi}")
        return self.value

    def number(self, lo: float, hi: float) -> float:
        """A number in a closed range."""
        if not isinstance(self.value, (int, float)) or isinstance(self.value, bool) or not lo <= self.value <= hi:
            raise self.fault(f"{self.shown} is not allowed: a number from {lo:g} to {hi:g}")
        return float(self.value)

    @property
    def shown(self) -> str:
        """The value, short and on one line."""
        if isinstance(self.value, str):
            return shortened(self.value)
        return self._kind if self.value is None or isinstance(self.value, (dict, list)) else str(self.value).lower()

    @property
    def _kind(self) -> str:
        return KINDS.get(dict if isinstance(self.value, dict) else type(self.value), "a number")
