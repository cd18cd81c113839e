"""Measured +- error against predicted, with the verdict."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from scipy import special

WITHIN_SIGMAS: Final = 3.0
FEWEST: Final = 4
"""Samples from which their own scatter says how far their mean may be off."""


@lru_cache(maxsize=256)
def few_samples_factor(n: int) -> float:
    """What the standard error of n samples counts for: three of it are exceeded as seldom as three of a known one.

    Student's quantile over that of the normal law: 3.1 of four samples, 1.4 of ten, 1.0 of many; inf below FEWEST.
    """
    if n < FEWEST:
        return math.inf
    return float(special.stdtrit(n - 1, special.ndtr(WITHIN_SIGMAS))) / WITHIN_SIGMAS


@dataclass(frozen=True, slots=True)
class Agreement:
    """One line of the theory panel.

    measured, stderr: from the run (stderr NaN where one sample gives none). predicted: NaN where there is no theory,
    and then `because` says why. allowance: the part of the difference that the theory itself leaves open (a finite-size
    term known only to some digits, a discretisation), added to stderr in quadrature. source: paper or section.
    n: independent samples whose scatter is all that stderr is known by; 0 where it is known better.
    """

    name: str
    measured: float
    stderr: float
    predicted: float
    allowance: float = 0.0
    source: str = ""
    because: str = ""
    n: int = 0

    @property
    def sigmas(self) -> float:
        """(measured - predicted) over the combined error; NaN where either is unknown, or the error without bound."""
        stderr = self.stderr * few_samples_factor(self.n) if self.n else self.stderr
        error = math.hypot(stderr, self.allowance)
        return (self.measured - self.predicted) / error if 0 < error < math.inf else math.nan

    @property
    def within(self) -> bool | None:
        """Whether they agree within three errors; None where nothing can be said."""
        return None if math.isnan(self.sigmas) else abs(self.sigmas) <= WITHIN_SIGMAS


def no_prediction(name: str, measured: float, stderr: float, because: str) -> Agreement:
    """A measured quantity that no theory covers here, and why."""
    return Agreement(name, measured, stderr, math.nan, because=because)
