"""What a lesson waits for: comparisons of measured values, joined by `and` and `or`.

    condition  = all {"or" all}
    all        = one {"and" one}
    one        = "(" condition ")" | name ("<" | "<=" | ">" | ">=") number | name "is" word

Nothing of it is ever evaluated as code: the text becomes a tree of comparisons, and names are looked up.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, final

from simulator.parameters import shortened

Look = Callable[[str], object]
"""The value of a name at present: a number, a word, True or False; NaN where it is not known."""
LONGEST: Final = 400
DEEPEST: Final = 20
_COMPARE: Final = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_SHOWN: Final = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "is": "is"}
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))"
    r"|(?P<word>[A-Za-z_][\w.-]*)|(?P<sign><=|>=|<|>|\(|\)))"
)


class ConditionError(ValueError):
    """What is wrong with a condition, in one line."""


@final
@dataclass(frozen=True, slots=True)
class Compare:
    """`name sign value`, as in `energy < -1`. sign: <, <=, > or >= with a number, `is` with a word."""

    name: str
    sign: str
    value: float | str

    def holds(self, look: Look) -> bool:
        """Whether it is so; never where the value is not known."""
        found = look(self.name)
        if isinstance(self.value, str):
            word = {True: "on", False: "off"}.get(found) if isinstance(found, bool) else found
            return word == self.value
        number = float(found) if isinstance(found, (int, float)) else math.nan
        return bool(_COMPARE[self.sign](number, self.value))

    def compares(self) -> Iterator["Compare"]:
        """All comparisons in it."""
        yield self

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else f"{self.value:g}".replace("-", "\u2212")
        return f"{self.name} {_SHOWN[self.sign]} {value}"


@final
@dataclass(frozen=True, slots=True)
class Joined:
    """Several conditions: `every` of them has to hold, or any."""

    parts: tuple["Condition", ...]
    every: bool

    def holds(self, look: Look) -> bool:
        """Whether it is so."""
        return (all if self.every else any)(part.holds(look) for part in self.parts)

    def compares(self) -> Iterator[Compare]:
        """All comparisons in it."""
        for part in self.parts:
            yield from part.compares()

    def __str__(self) -> str:
        shown = (f"({p})" if isinstance(p, Joined) else str(p) for p in self.parts)
        return (" and " if self.every else " or ").join(shown)


Condition = Compare | Joined


def parse(text: str) -> Condition:
    """The condition that a line says. Raises ConditionError."""
    if len(text) > LONGEST:
        raise ConditionError(f"a condition has {LONGEST} characters at most, and this one has {len(text)}")
    parser = _Parser(list(_tokens(text)))
    found = parser.condition(0)
    if parser.rest:
        raise ConditionError(f"{shortened(parser.rest[0][1])} is too much; join comparisons with 'and' or 'or'")
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConditionError(f"{shortened(text[at:].strip())} is no part of a condition; as in: energy < -1.0")
        at = match.end()
        kind = str(match.lastgroup)
        word = match[kind]
        yield (word, word) if word in ("and", "or", "is", "(", ")") else (kind, word)


class _Parser:
    """Goes through tokens (kind, text) from left to right."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.rest = tokens

    def _take(self, *kinds: str) -> str | None:
        if self.rest and self.rest[0][0] in kinds:
            return self.rest.pop(0)[1]
        return None

    def condition(self, depth: int) -> Condition:
        return self._joined("or", lambda: self._joined("and", lambda: self._one(depth)))

    def _joined(self, word: str, part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(tuple(parts), every=word == "and")

    def _one(self, depth: int) -> Condition:
        if self._take("("):
            if depth == DEEPEST:
                raise ConditionError("its brackets are nested too deeply")
            inside = self.condition(depth + 1)
            if not self._take(")"):
                raise ConditionError("a bracket is not closed")
            return inside
        name = self._need("a name", "word")
        if self._take("is"):
            return Compare(name, "is", self._need("a word after 'is'", "word", "number"))
        sign = self._need("<, <=, >, >= or 'is' after " + shortened(name), "sign")
        number = float(self._need(f"a number after {sign}", "number"))
        if not math.isfinite(number):
            raise ConditionError("a number is too large")
        return Compare(name, sign, number)

    def _need(self, what: str, *kinds: str) -> str:
        found = self._take(*kinds)
        if found is None:
            there = shortened(self.rest[0][1]) if self.rest else "the end"
            raise ConditionError(f"{what} is needed where {there} is; as in: energy < -1.0 and time >= 10")
        return found
