"""Which class each sample of a file belongs to, or that its targets are real numbers.

Classes: words, one-hot rows, or whole numbers from 0 to 65,535 (-1 and 1 for two), at most 256 of them; they are
numbered from 0 in their order. Real targets: numbers of which one at least is not whole, or of which there are more
than 256 different ones, unless the file promises classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.networks.datasets.files.contents import Contents
from simulator.networks.datasets.files.fault import DataFileError, quoted
from simulator.networks.datasets.targets import Labels

MAX_CLASSES: Final = 256
MAX_LABEL: Final = 65_535


@dataclass(frozen=True, slots=True)
class Classes:
    """labels: for each part of the file, the class of each sample. names: what the file calls each class.

    renamed: whether that differs from the class's number.
    """

    labels: tuple[Labels, ...]
    names: tuple[str, ...]

    @property
    def renamed(self) -> bool:
        return self.names != tuple(str(i) for i in range(len(self.names)))


def classes_of(contents: Contents) -> Classes | None:
    """The classes of a file; None where its targets are real. Raises DataFileError, with the place."""
    given = [part.y for part in contents.parts]
    if any(not isinstance(y, np.ndarray) for y in given):
        return _worded(contents)
    columns = [_single(y) for y in given if isinstance(y, np.ndarray)]
    if any(y is None for y in columns):
        if contents.promised:
            raise DataFileError(contents.path, f"its labels have the size {given[0].shape}: one a sample is wanted")  # type: ignore[union-attr]
        return None
    return _numbered(contents, [y for y in columns if y is not None])


def _single(y: NDArray[Any]) -> NDArray[Any] | None:
    """One number a sample: as given, or from one-hot rows. None: several real targets."""
    # 16-bit floats cannot even be compared with the largest label; a truth value is 0 or 1.
    wide = {"f": np.float64, "b": np.uint8}.get(y.dtype.kind, y.dtype)
    flat = y.reshape(len(y), -1)
    if flat.shape[1] == 1:
        return flat[:, 0].astype(wide)
    hot = np.isin(flat, (0, 1)).all() and bool((flat.sum(1) == 1).all())
    return flat.argmax(1) if hot else None


def _worded(contents: Contents) -> Classes:
    words: list[Sequence[str]] = []
    for part in contents.parts:
        if isinstance(part.y, np.ndarray):
            raise DataFileError(contents.path, f"{part.place(0)}: labels are numbers here and words in its other part")
        words.append(part.y)
    names = sorted(set().union(*words))
    _check_number(contents, len(names), "words")
    at = {name: i for i, name in enumerate(names)}
    return Classes(tuple(np.array([at[word] for word in each], np.int64) for each in words), tuple(names))


def _numbered(contents: Contents, given: Sequence[NDArray[Any]]) -> Classes | None:
    values = np.unique(np.concatenate([np.unique(y) for y in given]))
    whole = bool((values == np.floor(values)).all())
    if not contents.promised and (not whole or len(values) > MAX_CLASSES):
        return None
    signs = whole and values.tolist() == [-1, 1]
    for part, y in zip(contents.parts, given, strict=True):
        bad = (y != np.floor(y)) | (y > MAX_LABEL) | ((y < 0) & (not signs))
        if bad.any():
            at = int(np.argmax(bad))
            allowed = f"a whole number from 0 to {MAX_LABEL:,}, or -1 and 1"
            raise DataFileError(contents.path, f"{part.place(at)}: the label {float(y[at]):g} is not {allowed}")
    _check_number(contents, len(values), "labels")
    names = tuple(str(int(value)) for value in values)
    return Classes(tuple(np.searchsorted(values, y).astype(np.int64) for y in given), names)


def _check_number(contents: Contents, count: int, noun: str) -> None:
    if count == 1:
        raise DataFileError(contents.path, "all its samples are of one class: there is nothing to tell apart")
    if count > MAX_CLASSES:
        raise DataFileError(
            contents.path, f"its column of labels has {count:,} different {noun}; the limit is {MAX_CLASSES}"
        )


def summary(names: Sequence[str]) -> str:
    """The names of classes in a few words."""
    shown = [quoted(name, 20).strip("'\"") for name in names]
    return ", ".join(shown) if len(shown) <= 10 else f"{', '.join(shown[:3])}, … {shown[-1]}"
