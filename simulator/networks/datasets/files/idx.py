"""IDX, the format of MNIST (LeCun et al. 1998): an array behind a magic number; images and labels in two files.

    bytes 0, 0, type, number of dimensions; each dimension as uint32; the numbers, row-major, big-endian

Which files belong together: idx_family.py.
"""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.networks.datasets.files.bounded import check_count, opened
from simulator.networks.datasets.files.contents import Contents, Part, check_alike, check_finite, times
from simulator.networks.datasets.files.fault import DataFileError, quoted
from simulator.networks.datasets.files.idx_family import family

KINDS: Final = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_DIMENSIONS: Final = 4


def looks_like_idx(name: str, magic: bytes) -> bool:
    """By its name, or else by its first bytes (decompressed)."""
    lower = name.lower().removesuffix(".gz")
    named = "idx" in lower or lower.endswith("ubyte")
    return named or (len(magic) >= 4 and magic[:2] == b"\0\0" and magic[2] in KINDS and magic[3] in range(1, 5))


def read_idx(path: Path) -> Contents:
    """All that belongs to this file. Raises DataFileError."""
    found = family(path)
    training, test = _part(*found.training), _part(*found.test) if found.test else None
    if test is not None:
        check_alike(path, training, test)
    return Contents(path, training, test, promised=True)


def read_array(path: Path) -> NDArray[Any]:
    """The array of one IDX file. Raises DataFileError."""
    with opened(path) as (file, size):
        magic = file.read(4)
        if len(magic) < 4:
            raise DataFileError(path, f"it ends within its magic number, after {len(magic)} bytes")
        kind, dimensions = KINDS.get(magic[2]), magic[3]
        if magic[:2] != b"\0\0" or kind is None or not 1 <= dimensions <= MAX_DIMENSIONS:
            raise DataFileError(
                path, f"its magic number 0x{magic.hex()} is not that of IDX: 0x0000, a type (08 to 0e), 01 to 04"
            )
        head = file.read(4 * dimensions)
        if len(head) < 4 * dimensions:
            raise DataFileError(path, f"it ends within its {dimensions} dimensions, after {4 + len(head)} bytes")
        shape = tuple(int(n) for n in np.frombuffer(head, ">u4"))
        words, count = times(shape), math.prod(shape)
        if not count:
            raise DataFileError(path, f"its size {words} says that it holds nothing")
        check_count(path, count, f"its size {words} makes")
        itemsize = np.dtype(kind).itemsize
        wanted, got = count * itemsize, None if size is None else size - 4 - len(head)
        if got is None or got == wanted:  # a plain file of another length is not even read
            data = file.read(wanted + 1)
            got = len(data)
        if got != wanted:
            more = f"{got:,}" if size is not None or got < wanted else "more"
            raise DataFileError(path, f"{words} numbers take {wanted:,} bytes, but {more} follow its header")
    return np.frombuffer(data, kind).reshape(shape)


def _part(images: Path, labels: Path) -> Part:
    x, y = read_array(images), read_array(labels)
    if x.ndim < 2:
        raise DataFileError(images, "it has one dimension, and images have two or three: sample, row, column")
    if y.ndim != 1 or y.dtype.kind == "f":
        raise DataFileError(labels, f"labels are whole numbers in one dimension, not {y.dtype} in {y.ndim}")
    if len(x) != len(y):
        raise DataFileError(images, f"it has {len(x):,} images, but {quoted(labels.name)} has {len(y):,} labels")
    check_finite(images, x, lambda index: f"number {index[1:]} of image {index[0]}")
    return Part(x, y, lambda i: f"label {i} of {quoted(labels.name)}")
