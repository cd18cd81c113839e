"""The run's curves against time, kept at steps that depend on the step number alone: a replay draws the same."""

import numpy as np
from numpy.typing import NDArray

from simulator.landscapes.base import TRACED

Array = NDArray[np.float64]
PER_OCTAVE = 64


def kept(steps: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which steps are kept: all below 64, then 32 to 64 evenly spaced in each octave."""
    octave = np.floor(np.log2(np.maximum(steps, 1))).astype(np.int64)
    stride = np.left_shift(1, np.maximum(octave - int(np.log2(PER_OCTAVE)) + 1, 0))
    return np.asarray(steps % stride == 0)


class Trace:
    """Mean over all walkers, spread over walkers, and error over samples, of what every step records.

    Columns of `mean`, `spread`, `stderr` are named by `TRACED`. Times are those before the step.
    """

    def __init__(self) -> None:
        self._times: list[float] = []
        self._rows: list[Array] = []

    def append(self, steps: NDArray[np.int64], times: Array, rows: NDArray[np.float32]) -> None:
        """Take rows (n, samples, replicas, columns) of n steps at their times."""
        chosen = np.flatnonzero(kept(steps))
        if not chosen.size:
            return
        values = rows[chosen].astype(float)
        samples = values.shape[1]
        with np.errstate(over="ignore", invalid="ignore"):
            by_sample = values.mean(axis=2)
            spread = values.reshape(len(chosen), -1, len(TRACED)).std(axis=1)
            error = by_sample.std(axis=1, ddof=1) / np.sqrt(samples) if samples > 1 else np.full_like(spread, np.nan)
        self._times.extend(times[chosen])
        self._rows.extend(np.stack([by_sample.mean(axis=1), spread, error], axis=1))

    def column(self, name: str) -> tuple[Array, Array, Array, Array]:
        """Times, mean, spread and standard error of one traced quantity, each (kept steps,)."""
        if not self._rows:
            empty = np.zeros(0)
            return empty, empty, empty, empty
        table = np.array(self._rows)[:, :, TRACED.index(name)]
        return np.array(self._times), table[:, 0], table[:, 1], table[:, 2]
