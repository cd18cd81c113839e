"""The twins' distances over the run, and the exponent fitted to them.

Rows are kept at steps that depend on the step number, and on where a parameter last changed, alone: a replay draws the
same.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.divergence.twins import MOST_PAIRS, Array, Sight

PER_OCTAVE: Final = 64
MOST_ROWS: Final = 1200
"""Older rows make way: some ten changes of a parameter are kept."""
RESOLVED: Final = 10.0
"""Distances below so many roundings are left out of a fit."""
SATURATED: Final = 0.1
"""So are those above this part of the cloud: they feel that the cloud has an end."""
TAILS: Final = (0.1, 0.9)
"""Quantiles of the pairs that must be between the two."""
TRANSIENT: Final = 1 / 3
"""The first part of what can be fitted, in which twins turn into the direction that grows fastest."""
LEAST_ROWS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What is kept of one step. logs: of up to MOST_PAIRS pairs, (groups, members); low, high: TAILS of all pairs."""

    step: int
    logs: Array
    low: float
    high: float
    size: float
    scale: float
    tracks: Array
    energies: Array


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A straight line through ln distance. exponents (groups, members): slope of each pair, per step; level: of their
    mean at step 0; first, last: the steps fitted; drift: by how much the mean slope of the later half exceeds that of
    the earlier."""

    exponents: Array
    level: float
    first: int
    last: int
    drift: float

    @property
    def exponent(self) -> float:
        """The mean over the pairs."""
        return mean(self.exponents)


def mean(values: Array) -> float:
    """Over all pairs that are known; nan where none is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan


def kept(steps: int, stride: int) -> bool:
    """Whether so many steps after a change are kept: the first 64 looks, then 32 to 64 evenly in each octave."""
    looks = steps // stride
    octave = max(looks, 1).bit_length() - 1
    return looks % (1 << max(octave - 5, 0)) == 0


class Trace:
    """Rows of one run. resolution: relative, of the numbers the twins are made of."""

    def __init__(self, resolution: float, stride: int) -> None:
        self.resolution, self._stride = resolution, stride
        self.rows: deque[Row] = deque(maxlen=MOST_ROWS)
        self.changed_at = 0

    def mark(self, step: int) -> None:
        """A parameter has changed: a fit begins here."""
        self.changed_at = step

    def append(self, seen: Sight) -> None:
        """Take what was seen, where that is a step to be kept."""
        since = seen.step - self.changed_at
        if not kept(since, self._stride) or (self.rows and self.rows[-1].step >= seen.step):
            return
        pairs = np.sort(np.where(np.isfinite(seen.logs), seen.logs, np.inf), axis=None)
        known = max(int(np.isfinite(pairs).sum()), 1)
        low, high = (float(pairs[min(round(tail * known), known - 1)]) for tail in TAILS)
        few = _thinned(seen.logs)
        self.rows.append(Row(seen.step, few, low, high, seen.size, seen.scale, seen.tracks, seen.energies))

    @property
    def steps(self) -> NDArray[np.int64]:
        """(rows,)."""
        return np.array([row.step for row in self.rows], np.int64)

    @property
    def logs(self) -> Array:
        """(rows, groups, members)."""
        return np.stack([row.logs for row in self.rows])

    def fit(self, renormalised: bool) -> Fit | None:
        """The exponent since the last change, from the longest stretch of rows that show it; None where too few do."""
        here = [row for row in self.rows if row.step >= self.changed_at]
        usable = [renormalised or self._shows(row) for row in here]
        first, last = _longest(
            [use and bool(np.isfinite(row.logs).any()) for use, row in zip(usable, here, strict=True)]
        )
        span = here[last - 1].step - here[first].step if last > first else 0
        rows = [row for row in here[first:last] if row.step >= here[first].step + TRANSIENT * span]
        if len(rows) < LEAST_ROWS:
            return None
        steps = np.array([row.step for row in rows], float)
        logs = np.stack([row.logs for row in rows])
        half = len(rows) // 2
        with np.errstate(invalid="ignore"):
            exponents = _slopes(steps, logs)
            level = mean(logs.mean(axis=0) - exponents * steps.mean())
            drift = mean(_slopes(steps[half:], logs[half:])) - mean(_slopes(steps[: half + 1], logs[: half + 1]))
        return Fit(exponents, level, rows[0].step, rows[-1].step, drift)

    def _shows(self, row: Row) -> bool:
        """Whether nearly all pairs are between what can be resolved and what is small beside the cloud."""
        if not (row.scale > 0 and row.size > 0):
            return False
        least, most = RESOLVED * self.resolution * row.scale, SATURATED * row.size
        return row.low > math.log(least) and row.high < math.log(most)


def _slopes(steps: Array, logs: Array) -> Array:
    """Of straight lines through logs (steps, groups, members), by least squares."""
    about = steps - steps.mean()
    return np.asarray(np.tensordot(about / np.sum(about**2), logs, axes=1))


def _longest(flags: list[bool]) -> tuple[int, int]:
    """Where the longest run of True begins and ends; the later of equals."""
    best, first = (0, 0), 0
    for k, flag in enumerate([*flags, False]):
        if not flag:
            best = (first, k) if k - first >= best[1] - best[0] else best
            first = k + 1
    return best


def _thinned(logs: Array) -> Array:
    """Up to MOST_PAIRS of (groups, members): means of neighbours of many independent pairs, else the first members."""
    groups, members = logs.shape
    if members > 1:
        return logs[:MOST_PAIRS, : max(1, MOST_PAIRS // groups)]
    if groups <= MOST_PAIRS:
        return logs
    blocks = MOST_PAIRS // 4
    return np.array([[mean(block)] for block in logs[: groups - groups % blocks, 0].reshape(blocks, -1)])
