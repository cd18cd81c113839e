"""One declaration of every parameter: metadata, validation, text and JSON.

A parameter set is a frozen dataclass whose fields are annotated with `Param`. Everything else that a program needs
to know of a parameter (its control, its `--set` form, its place in a session file, its row in the docs) derives from
that declaration.
"""

import dataclasses
import difflib
import math
import typing
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Value = float | int | str | bool
P = typing.TypeVar("P")


class ParameterError(ValueError):
    """Bad input: names the parameter, the value given and what is allowed, in one line."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"{name} = {value!r} is not allowed: {allowed}")
        self.name, self.value, self.allowed = name, value, allowed


class UnknownParameterError(ParameterError):
    """A name that no parameter has; carries the nearest valid name."""

    def __init__(self, name: str, valid: typing.Sequence[str], noun: str = "parameter") -> None:
        near = difflib.get_close_matches(name, valid, n=1, cutoff=0.0)
        hint = f"; did you mean {near[0]!r}? There are: {', '.join(valid)}" if near else ""
        ValueError.__init__(self, f"no {noun} {name!r}{hint}")
        self.name, self.value, self.allowed = name, None, ", ".join(valid)


@dataclass(frozen=True, slots=True)
class Param:
    """What is to be known of one parameter beside its type and default.

    symbol: as in the papers. label: plain name. lo, hi: closed range of a number. choices: of a word.
    scale: how its slider moves; a logarithmic slider whose `lo` is 0 has 0 at its left end.
    live: changes the running simulation without a reset. doc: what it does to the picture.
    group: heading in the panel. applies: (other parameter, values) for which this one matters, e.g.
    (("family", ("glass", "funnel")),); empty means always.
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


def needs_restart(old: object, new: object) -> bool:
    """Whether going from `old` to `new` changes anything that is not live."""
    return any(getattr(old, f.name) != getattr(new, f.name) for f in fields(type(new)) if not f.param.live)


def applies(params: object, name: str) -> bool:
    """Whether parameter `name` matters for the other values in `params`."""
    conditions = field(type(params), name).param.applies
    return all(getattr(params, other) in values for other, values in conditions)
