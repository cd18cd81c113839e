"""Measured +- error against predicted, with the verdict."""

import math
from dataclasses import dataclass

WITHIN_SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """One line of the theory panel.

    measured, stderr: from the run (stderr NaN where one sample gives none). predicted: NaN where there is no theory,
    and then `because` says why. allowance: the part of the difference that the theory itself leaves open (a finite-size
    term known only to some digits, a discretisation), added to stderr in quadrature. source: paper or section.
    """

    name: str
    measured: float
    stderr: float
    predicted: float
    allowance: float = 0.0
    source: str = ""
    because: str = ""

    @property
    def sigmas(self) -> float:
        """(measured - predicted) over the combined error; NaN where either is unknown, or the error without bound."""
        error = math.hypot(self.stderr, self.allowance)
        return (self.measured - self.predicted) / error if 0 < error < math.inf else math.nan

    @property
    def within(self) -> bool | None:
        """Whether they agree within three errors; None where nothing can be said."""
        return None if math.isnan(self.sigmas) else abs(self.sigmas) <= WITHIN_SIGMAS


def no_prediction(name: str, measured: float, stderr: float, because: str) -> Agreement:
    """A measured quantity that no theory covers here, and why."""
    return Agreement(name, measured, stderr, math.nan, because=because)
