"""The run's curves against epochs, kept at steps that depend on the step number alone: a replay draws the same."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST: Final = 400
"""Rows from which on only every other one is kept, so that a run of any length fits a screen."""
MIDDLE: Final = (0.16, 0.5, 0.84)
"""Quantiles that are drawn: the median and the middle two thirds of the networks. A diverged one counts as highest."""


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """What all networks have reached on both sets: (networks,) each; accuracy is nan where targets are real."""

    train: Array
    test: Array
    train_accuracy: Array
    test_accuracy: Array

    @property
    def table(self) -> Array:
        """(4, networks)."""
        return np.stack([self.train, self.test, self.train_accuracy, self.test_accuracy])


TRACED: Final = ("train", "test", "train_accuracy", "test_accuracy")


class Trace:
    """Quantiles over the networks at every `stride`-th step; the stride doubles when there are too many rows."""

    def __init__(self, stride: int) -> None:
        self.stride = stride
        self._steps: list[int] = []
        self._rows: list[Array] = []

    def due(self, step: int) -> int:
        """Steps from `step` to the next that is kept, at least 1."""
        return self.stride - step % self.stride

    def keeps(self, step: int) -> bool:
        """Whether this step is to be measured."""
        return step % self.stride == 0 and (not self._steps or step > self._steps[-1])

    def append(self, step: int, losses: Losses) -> None:
        """Take the row of a step that is kept."""
        self._steps.append(step)
        self._rows.append(middle(losses.table))
        if len(self._steps) > MOST:
            self.stride *= 2
            kept = [step % self.stride == 0 for step in self._steps]
            self._steps = [step for step, keep in zip(self._steps, kept, strict=True) if keep]
            self._rows = [row for row, keep in zip(self._rows, kept, strict=True) if keep]

    @property
    def steps(self) -> NDArray[np.int64]:
        """(rows,)."""
        return np.array(self._steps, np.int64)

    def column(self, name: str) -> tuple[Array, Array, Array]:
        """Low, middle and high of one of TRACED, (rows,) each."""
        if not self._rows:
            return np.zeros(0), np.zeros(0), np.zeros(0)
        low, median, high = np.stack(self._rows)[:, :, TRACED.index(name)].T
        return low, median, high


def middle(table: Array) -> Array:
    """Quantiles MIDDLE over the last axis, nan taken for infinite: (3, ...); nan where all are."""
    ranked = np.sort(np.where(np.isnan(table), np.inf, table), axis=-1)
    last = ranked.shape[-1] - 1
    found = np.stack([ranked[..., round(fraction * last)] for fraction in MIDDLE])
    return np.where(np.isnan(table).all(-1), np.nan, found)
