"""The names that a lesson may use of one experiment: its parameters, scalars and figures, with or without its own."""

import dataclasses
import re
from typing import final

from simulator import parameters
from simulator.experiment import AbstractExperiment
from simulator.parameters import ParameterError, UnknownParameterError
from ui.lessons.condition import Compare, Condition, Joined

STEP = "step"
"""Steps since the run began: known of every experiment."""


@final
class Names:
    """Finds names of `kind`. Raises ParameterError for what there is not."""

    def __init__(self, kind: type[AbstractExperiment]) -> None:
        self.kind = kind
        self._parameters = [field.name for field in parameters.fields(kind.Params)]
        self._figures = [name for view in kind.views for name in view.figures]

    def parameter(self, word: str) -> str:
        """A parameter's name."""
        return self._found(self._own(word), self._parameters, "parameter")

    def figure(self, word: str) -> str:
        """A figure's name."""
        return self._found(self._own(word), self._figures, "figure")

    def scalar(self, word: str) -> str:
        """A scalar's name; of one that is measured at several sizes, with its size in place of N."""
        name = self._own(word)
        if self._is_scalar(name):
            return name
        raise UnknownParameterError(name, list(self.kind.scalars), f"scalar of {self.kind.name}")

    def resolved(self, condition: Condition) -> Condition:
        """The same condition with names as they are looked up."""
        if isinstance(condition, Joined):
            return dataclasses.replace(condition, parts=tuple(self.resolved(part) for part in condition.parts))
        name = self._own(condition.name)
        if name == STEP or self._is_scalar(name):
            if condition.sign == "is":
                raise self._fault(name, condition, "it is a number: <, <=, > or >= is needed")
            return dataclasses.replace(condition, name=name)
        if name not in self._parameters:
            known = [STEP, *self.kind.scalars, *self._parameters]
            raise UnknownParameterError(name, known, f"scalar or parameter of {self.kind.name}")
        return self._of_parameter(dataclasses.replace(condition, name=name))

    def _of_parameter(self, compare: Compare) -> Compare:
        field = parameters.field(self.kind.Params, compare.name)
        if field.kind in (bool, str) and compare.sign != "is":
            raise self._fault(compare.name, compare, "it is no number: 'is' and a word are needed")
        if field.kind in (int, float) and compare.sign == "is":
            raise self._fault(compare.name, compare, "it is a number: <, <=, > or >= is needed")
        if field.kind is bool:
            on = field.check(compare.value)
            return dataclasses.replace(compare, value="on" if on else "off")
        field.check(compare.value)
        return compare

    def _fault(self, name: str, compare: Compare, allowed: str) -> ParameterError:
        return ParameterError(name, str(compare), allowed)

    def _own(self, word: str) -> str:
        """A name without that of its experiment before it."""
        experiment, dot, name = word.partition(".")
        if not dot:
            return word
        if experiment != self.kind.name:
            raise ParameterError(
                word, experiment, f"this step is of {self.kind.name}; 'experiment: ...' chooses another"
            )
        return name

    def _is_scalar(self, name: str) -> bool:
        sized = re.sub(r"_\d+$", "_N", name)
        return (name in self.kind.scalars and not name.endswith("_N")) or (sized != name and sized in self.kind.scalars)

    def _found(self, name: str, known: list[str], noun: str) -> str:
        if name not in known:
            raise UnknownParameterError(name, known, f"{noun} of {self.kind.name}")
        return name
