"""One declaration of every parameter: metadata, validation, text and JSON.

A parameter set is a frozen dataclass whose fields are annotated with `Param`. Everything else that a program needs
to know of a parameter (its control, its `--set` form, its place in a session file, its row in the docs) derives from
that declaration.
"""

import dataclasses
import difflib
import math
import typing
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Value = float | int | str | bool
SHOWN = 80
"""Characters of a bad input that an error message repeats."""
P = typing.TypeVar("P")


class ParameterError(ValueError):
    """Bad input: names the parameter, the value given and what is allowed, in one line."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        given = shortened(value) if isinstance(value, str) else repr(value)
        super().__init__(f"{name} = {given} is not allowed: {allowed}")
        self.name, self.value, self.allowed = name, value, allowed


class UnknownParameterError(ParameterError):
    """A name that no parameter has; carries the nearest valid name, if any is near, and all of them."""

    def __init__(self, name: str, valid: typing.Sequence[str], noun: str = "parameter") -> None:
        ValueError.__init__(self, misspelt(noun, name, valid))
        self.name, self.value, self.allowed = name, None, ", ".join(valid)


def misspelt(noun: str, word: str, valid: typing.Sequence[str]) -> str:
    """One line for a name that is not known: the nearest that is, where one is near, and all there are."""
    near = did_you_mean(word, valid)
    return f"no {noun} {shortened(word)}{near}{' There' if near else '; there'} are: {', '.join(valid)}"


def did_you_mean(word: str, valid: typing.Sequence[str]) -> str:
    """`; did you mean 'NAME'?`, or "" where `word` is like none of the valid names (6 letters in 10, any case)."""
    names = {name.lower(): name for name in valid}
    near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"; did you mean {names[near[0]]!r}?" if near else ""


def shortened(text: str) -> str:
    """`text` in quotes on one line, cut where it is long."""
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


@dataclass(frozen=True, slots=True)
class Param:
    """What is to be known of one parameter beside its type and default.

    symbol: as in the papers. label: plain name. lo, hi: closed range of a number. choices: of a word.
    scale: how its slider moves; a logarithmic slider whose `lo` is 0 has 0 at its left end.
    live: changes the running simulation without a reset. doc: what it does to the picture.
    group: heading in the panel. applies: (other parameter, values) for which this one matters, e.g.
    (("family", ("glass", "funnel")),); empty means always.
    file: of a text that names a file, which files a dialog offers and a window takes when they are dropped on it, e.g.
    "Tables (*.csv *.npz)". implies: (other parameter, value) that a window sets too when this text is given.
    usual: of a number whose 0, or a text whose emptiness, leaves the choice to the program: what a set of parameters
    has it choose, in words, such as "usual: 0.2".
    """

    symbol: str
    label: str
    lo: float | None = None
    hi: float | None = None
    choices: tuple[str, ...] = ()
    scale: Literal["linear", "log"] = "linear"
    live: bool = False
    doc: str = ""
    unit: str = ""
    group: str = "Model"
    applies: tuple[tuple[str, tuple[str, ...]], ...] = ()
    file: str = ""
    implies: tuple[tuple[str, str], ...] = ()
    usual: Callable[[typing.Any], str] | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter as declared: its name, Python type (int, float, str or bool), default and `Param`."""

    name: str
    kind: type
    default: Value
    param: Param

    @property
    def allowed(self) -> str:
        """What this parameter may be, as words for an error message or a tooltip."""
        if self.kind is bool:
            return "on or off"
        if self.param.choices:
            return "one of " + ", ".join(self.param.choices)
        if self.kind is str:
            return "text"
        noun = "a whole number" if self.kind is int else "a number"
        lo, hi = self.param.lo, self.param.hi
        if lo is None and hi is None:
            return f"{noun}"
        if hi is None:
            return f"{noun}, at least {lo:g}"
        if lo is None:
            return f"{noun}, at most {hi:g}"
        return f"{noun} from {lo:g} to {hi:g}"

    def check(self, value: object) -> Value:
        """Return `value` as this parameter's type. Raises ParameterError if it is not allowed."""
        if self.kind is bool:
            return self._check_bool(value)
        if self.kind is str:
            if not isinstance(value, str) or (self.param.choices and value not in self.param.choices):
                raise ParameterError(self.name, value, self.allowed)
            return value
        return self._check_number(value)

    def _check_bool(self, value: object) -> bool:
        words = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in words:
            return words[value.lower()]
        raise ParameterError(self.name, value, self.allowed)

    def _check_number(self, value: object) -> Value:
        try:
            number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
        except (ValueError, OverflowError):
            number = math.nan
        lo = -math.inf if self.param.lo is None else self.param.lo
        hi = math.inf if self.param.hi is None else self.param.hi
        whole = self.kind is not int or (math.isfinite(number) and number == int(number))
        if not (math.isfinite(number) and lo <= number <= hi and whole):
            raise ParameterError(self.name, value, self.allowed)
        return int(number) if self.kind is int else number


def fields(declaration: type) -> tuple[Field, ...]:
    """The parameters that a dataclass declares, in order."""
    return _read(typing.cast(Hashable, declaration))


@cache
def _read(declaration: Hashable) -> tuple[Field, ...]:
    assert isinstance(declaration, type)
    hints = typing.get_type_hints(declaration, include_extras=True)
    found = []
    for field in dataclasses.fields(declaration):
        kind, param = typing.get_args(hints[field.name])
        found.append(Field(field.name, kind, typing.cast(Value, field.default), param))
    return tuple(found)


def field(declaration: type, name: str) -> Field:
    """The declaration of one parameter. Raises UnknownParameterError."""
    for candidate in fields(declaration):
        if candidate.name == name:
            return candidate
    raise UnknownParameterError(name, [candidate.name for candidate in fields(declaration)])


def make(declaration: type[P], values: Mapping[str, object]) -> P:
    """Build a parameter set from names and values (text or JSON), the rest at their defaults.

    Raises UnknownParameterError for a misspelt name, ParameterError for a value that is not allowed.
    """
    checked = {name: field(declaration, name).check(value) for name, value in values.items()}
    return validate(declaration(**checked))


def change(params: P, **values: object) -> P:
    """`params` with some values replaced, validated."""
    checked = {name: field(type(params), name).check(value) for name, value in values.items()}
    return validate(dataclasses.replace(params, **checked))  # type: ignore[type-var]


def validate(params: P) -> P:
    """Check every value, and whatever the declaration's own `check()` says of combinations. Returns `params`."""
    for each in fields(type(params)):
        each.check(getattr(params, each.name))
    combination = getattr(params, "check", None)
    if combination is not None:
        combination()
    return params


def parse_assignments(assignments: typing.Iterable[str]) -> dict[str, str]:
    """`["size=64", "family=glass"]` as a mapping. Raises ParameterError for one without '='."""
    pairs: dict[str, str] = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator:
            raise ParameterError("--set", assignment, "NAME=VALUE")
        pairs[name.strip()] = value.strip()
    return pairs


def to_json(params: object) -> dict[str, Value]:
    """Every parameter by name, ready for JSON."""
    return {each.name: getattr(params, each.name) for each in fields(type(params))}


def differing(old: object, new: object) -> frozenset[str]:
    """The parameters that differ and matter, by name: one that applies neither before nor after changes nothing."""
    names = (each.name for each in fields(type(new)))
    return frozenset(
        name
        for name in names
        if getattr(old, name) != getattr(new, name) and (applies(old, name) or applies(new, name))
    )


def needs_restart(old: object, new: object) -> bool:
    """Whether going from `old` to `new` changes anything that matters and is not live."""
    return any(not field(type(new), name).param.live for name in differing(old, new))


def implied(declaration: type, name: str, value: object) -> dict[str, object]:
    """`value` for parameter `name`, with what giving it sets too. Raises UnknownParameterError."""
    others = field(declaration, name).param.implies if value else ()
    return {name: value, **dict(others)}


def usual(params: object, name: str) -> str:
    """What 0 or an empty text stands for in parameter `name` beside the other values; "" of one that means itself."""
    words = field(type(params), name).param.usual
    return "" if words is None else words(params)


def applies(params: object, name: str) -> bool:
    """Whether parameter `name` matters for the other values in `params`."""
    conditions = field(type(params), name).param.applies
    return all(getattr(params, other) in values for other, values in conditions)
