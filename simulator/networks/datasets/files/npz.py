"""NumPy archives, read without unpickling: each array's header is checked before any of it is decompressed.

Names, upper or lower case, of inputs and what is to be learnt: one row of NAMES, with the last two where there is a
test part of its own (Keras' mnist.npz: x_train, y_train, x_test, y_test). y: whole numbers or words are classes,
one-hot rows too; other numbers are real targets. What is called labels must be classes.
"""

import math
import zipfile
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.networks.datasets.files.bounded import MAX_VALUES, check_count, checked_size
from simulator.networks.datasets.files.contents import Contents, Part, check_alike, check_finite, times
from simulator.networks.datasets.files.fault import DataFileError, explained, megabytes, quoted

NAMES: Final = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x", "y", "x_test", "y_test"),
    ("images", "labels", "test_images", "test_labels"),
    ("data", "target", "data_test", "target_test"),
)
LARGEST: Final = 8 * MAX_VALUES
"""Bytes of one array, decompressed."""


def read_npz(path: Path) -> Contents:
    """The arrays of one archive. Raises DataFileError."""
    with explained(path):
        checked_size(path)
        with path.open("rb") as file:
            return _read(path, file)


def _read(path: Path, file: IO[bytes]) -> Contents:
    try:
        with zipfile.ZipFile(file) as archive:
            return _contents(path, archive)
    except (DataFileError, MemoryError):
        raise
    except Exception as error:  # zipfile and numpy raise anything at all on damaged archives
        raise DataFileError(path, f"it is no intact .npz archive: {_first_line(error)}") from error


def _contents(path: Path, archive: zipfile.ZipFile) -> Contents:
    members = {info.filename.lower().removesuffix(".npy"): info for info in archive.infolist()}
    names = next((row for row in NAMES if row[0] in members and row[1] in members), None)
    if names is None:
        there = ", ".join(quoted(name) for name in list(members)[:8]) or "nothing"
        raise DataFileError(path, f"it holds {there}; wanted are x and y, images and labels, or x_train and y_train")
    parts = [_part(path, archive, members, *names[:2])]
    if names[2] in members and names[3] in members:
        parts.append(_part(path, archive, members, *names[2:]))
        check_alike(path, *parts)
    return Contents(path, parts[0], parts[1] if len(parts) > 1 else None, promised="labels" in names[1])


def _part(path: Path, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], x_name: str, y_name: str) -> Part:
    x, y = (_array(path, archive, members[name], name) for name in (x_name, y_name))
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        sizes = [f"{len(a):,}" if a.ndim else "no" for a in (x, y)]
        raise DataFileError(path, f"{x_name} has {sizes[0]} samples, but {y_name} has {sizes[1]}")
    if x.dtype.kind == "U":
        raise DataFileError(path, f"{x_name} holds text, not numbers")
    if y.dtype.kind == "U" and y.ndim > 1:
        raise DataFileError(path, f"{y_name} holds words in {y.ndim} dimensions, not 1")
    check_finite(path, x, lambda index: f"{x_name}[{_index(index)}]")
    check_finite(path, y, lambda index: f"{y_name}[{_index(index)}]")
    return Part(x, y.tolist() if y.dtype.kind == "U" else y, lambda i: f"{y_name}[{i}]")


def _array(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> NDArray[Any]:
    """One array of the archive, after its header has been found to be within the limits and true."""
    with archive.open(info) as file:
        shape, dtype = _header(path, file, name)
        start = file.tell()
    count = math.prod(shape)
    if not count:
        raise DataFileError(path, f"{name} of size {times(shape)} is empty")
    check_count(path, count, f"{name} of size {times(shape)} has")
    size = count * dtype.itemsize
    if size > LARGEST:
        raise DataFileError(path, f"{name} takes {megabytes(size)}, and the limit is {megabytes(LARGEST)}")
    if info.file_size - start != size:
        has = f"the archive has {info.file_size - start:,}"
        raise DataFileError(path, f"{name} of size {times(shape)} takes {size:,} bytes, but {has}: it is truncated")
    with archive.open(info) as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _header(path: Path, file: IO[bytes], name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise DataFileError(path, f"{name} is of .npy version {version}; there are (1, 0) and (2, 0)")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise DataFileError(path, f"{name} holds Python objects; only numbers and words are opened")
    if dtype.kind not in "biufU" or (dtype.kind == "f" and dtype.itemsize > 8):
        raise DataFileError(
            path, f"{name} is of type {dtype}; opened are whole numbers, floats up to 64 bits, and words"
        )
    if any(n < 0 for n in shape):
        raise DataFileError(path, f"{name} has the impossible size {times(shape)}")
    return shape, dtype


def _index(index: tuple[int, ...]) -> str:
    return ", ".join(map(str, index))


def _first_line(error: Exception) -> str:
    return quoted(str(error).split("\n")[0] or type(error).__name__, 120)
