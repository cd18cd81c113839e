"""Why a run has no number for a scalar, or no error bar: in words, where there was too little to measure it from."""

import math
from collections.abc import Iterator

from simulator import parameters
from simulator.snapshot import Measurement, Scalar

SPREADS = ("energy_std", "loss_std", "overlap_replicas")
"""Scalars (or the beginning of their names) that compare several walkers or networks with one another."""
ENSEMBLES = ("replicas", "networks")
"""Parameters that say how many of those there are."""


def reasons(measurement: Measurement, params: object) -> tuple[str, ...]:
    """A line for each reason, with the names of the scalars it explains; none where the system has diverged."""
    if measurement.diverged:
        return ()
    scalars, lines = measurement.scalars, dict[str, list[str]]()
    for name, scalar in scalars.items():
        for reason in _reasons(name, scalar, params):
            lines.setdefault(reason, []).append(name)
    return tuple(f"{', '.join(names)}: {reason}" for reason, names in lines.items())


def _reasons(name: str, scalar: Scalar, params: object) -> Iterator[str]:
    if not math.isnan(scalar.mean):
        if math.isnan(scalar.stderr) and scalar.n == 1:
            yield "no error bar from 1 independent sample; it takes 2 at least"
        return
    single = _single(params)
    if name.startswith(SPREADS) and single:
        yield f"nan, because {single} = 1; to compare several takes 2 at least"
    elif scalar.n == 0:
        yield "nan, because nothing has been measured for it yet; it takes more steps, samples or sizes"


def _single(params: object) -> str:
    """The parameter that leaves one walker or network alone; "" where there are several."""
    names = {each.name for each in parameters.fields(type(params))}
    alone = (name for name in ENSEMBLES if name in names and parameters.applies(params, name))
    return next((name for name in alone if getattr(params, name) == 1), "")
