"""All that leaves the simulation thread: frozen values, arrays read-only."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from simulator.agreement import Agreement
from simulator.figures import Figure


@dataclass(frozen=True, slots=True)
class Scalar:
    """A measured number: mean, standard error over `n` independent samples (NaN for n < 2)."""

    mean: float
    stderr: float
    n: int

    @classmethod
    def of_samples(cls, values: ArrayLike) -> "Scalar":
        """Mean and standard error of independent values, shape (n,), reduced in float64."""
        x = np.asarray(values, dtype=np.float64).ravel()
        stderr = float(np.std(x, ddof=1) / math.sqrt(x.size)) if x.size > 1 else math.nan
        return cls(float(np.mean(x)), stderr, int(x.size))


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an experiment reports of its present state. `notes` are lines in words for the user."""

    scalars: Mapping[str, Scalar]
    figures: Mapping[str, Figure] = field(default_factory=dict)
    agreement: tuple[Agreement, ...] = ()
    diverged: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published state of one experiment.

    generation rises whenever the run starts anew; step counts within it. params belong to exactly this picture.
    steps_per_second is measured over the last second of playing. notice: why something asked for was refused ("" if
    nothing was); params are then those still running.
    """

    experiment: str
    generation: int
    step: int
    params: object
    seed: int
    measurement: Measurement
    playing: bool = False
    steps_per_second: float = 0.0
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A fault that stopped one experiment: one line, and the details for the log."""

    experiment: str
    message: str
    traceback: str
    params: object
    build_log: str = ""
