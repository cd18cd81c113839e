"""Files opened with limits, so that no file, however it is made, takes more than the memory it is allowed."""

import errno
import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from simulator.networks.datasets.files.fault import DataFileError, explained, megabytes

MAX_FILE: Final = 2**31
"""Bytes of a file as it lies on the disk."""
MAX_TEXT: Final = 2**30
"""Bytes of a table as text, decompressed."""
MAX_VALUES: Final = 2**26
"""Numbers in one array: 85,598 images of 28 x 28."""
GZIP: Final = b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, int | None]]:
    """The bytes of `path`, decompressed if it is a gz file, and how many there are (None: only reading to the end
    tells). Raises DataFileError, also for what goes wrong while it is read.
    """
    with explained(path):
        size = checked_size(path)
        with path.open("rb") as plain:
            magic = plain.read(2)
            plain.seek(0)
            if magic == GZIP:
                with gzip.open(plain) as unpacked:
                    yield cast(BinaryIO, unpacked), None
            else:
                yield plain, size


def checked_size(path: Path) -> int:
    """Bytes of a regular file within the limits. Raises DataFileError, OSError."""
    try:
        status = path.stat()
    except ValueError as error:  # a name that no system has
        raise DataFileError(path, f"no file can have this name: {error}") from error
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not path.is_file():
        raise DataFileError(path, "it is a device or a pipe, not a file")
    if status.st_size == 0:
        raise DataFileError(path, "it is empty")
    if status.st_size > MAX_FILE:
        raise DataFileError(path, f"it has {megabytes(status.st_size)}, and the limit is {megabytes(MAX_FILE)}")
    return status.st_size


def check_count(path: Path, count: int, what: str) -> None:
    """Raises DataFileError where `what` are more numbers than fit."""
    if count > MAX_VALUES:
        raise DataFileError(path, f"{what} {count:,} numbers, and the limit is {MAX_VALUES:,}")
