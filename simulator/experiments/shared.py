"""Parameters that another experiment declares: same words, same ranges, under what applies here."""

import dataclasses
from typing import Any

from simulator import parameters
from simulator.parameters import Param

Conditions = tuple[tuple[str, tuple[str, ...]], ...]
FAMILY = "family"


def shared(declaration: type, name: str, systems: tuple[str, ...], **changes: Any) -> Param:
    """The `Param` of field `name` in `declaration`, for these systems; a family of landscapes is a system here.

    changes: what differs, as fields of Param.
    """
    param = parameters.field(declaration, name).param
    families = next((values for other, values in param.applies if other == FAMILY), systems)
    here = tuple(system for system in systems if system in families)
    others: Conditions = tuple(condition for condition in param.applies if condition[0] != FAMILY)
    return dataclasses.replace(param, **{"applies": (("system", here), *others)} | changes)


def usual(declaration: type, name: str) -> Any:
    """The default of field `name` in `declaration`."""
    return parameters.field(declaration, name).default
