"""What a data file holds, before it is known what a network shall learn from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.networks.datasets.files.fault import DataFileError

FLOAT32_MAX = float(np.finfo(np.float32).max)
Place = Callable[[int], str]
"""Where sample i of a part stands in the file, in words for a message."""


@dataclass(frozen=True, slots=True)
class Part:
    """Samples: x (samples, ...) of numbers, and for each a y: numbers (samples,) or (samples, outputs), or words."""

    x: NDArray[Any]
    y: NDArray[Any] | Sequence[str]
    place: Place


@dataclass(frozen=True, slots=True)
class Contents:
    """All of a file. test: None where it has no test part. promised: whether what y is called promises classes.

    path: what messages and words name.
    """

    path: Path
    training: Part
    test: Part | None
    promised: bool

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.training,) if self.test is None else (self.training, self.test)


def check_alike(path: Path, training: Part, test: Part) -> None:
    """Raises DataFileError where the samples or the targets of two parts are not of one size."""
    for noun, one, other in (("samples", training.x, test.x), ("targets", training.y, test.y)):
        if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
            continue
        if one.shape[1:] != other.shape[1:]:
            sizes = f"{times(one.shape[1:])}, but those of its test part {times(other.shape[1:])}"
            raise DataFileError(path, f"{noun} of its training part have the size {sizes}")


def times(shape: tuple[int, ...]) -> str:
    """A size in words."""
    return " x ".join(f"{n:,}" for n in shape) or "1"


def check_finite(path: Path, array: NDArray[Any], place: Callable[[tuple[int, ...]], str]) -> None:
    """Raises DataFileError for the first number that is none, or too large for 32 bits; place: of an index."""
    if array.dtype.kind != "f":
        return
    rows = max(1, 2**22 // max(1, array[0].size if array.ndim > 1 else 1))
    for first in range(0, len(array), rows):  # a few at a time: a mask of all would be as large as the data
        some = array[first : first + rows]
        bad = ~np.isfinite(some)
        if some.dtype.itemsize > 4:
            bad |= np.abs(some) > FLOAT32_MAX
        if bad.any():
            index = tuple(int(i) for i in np.argwhere(bad)[0])
            index = (index[0] + first, *index[1:])
            value = float(array[index])
            wrong = "is larger than 32-bit numbers hold" if np.isfinite(value) else "is not a finite number"
            raise DataFileError(path, f"{place(index)}: {value:g} {wrong}")
