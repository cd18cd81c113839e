"""A data file that cannot be used: one line with its name, the place in it, and what is wrong there."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.parameters import ParameterError

_LONGEST = 40
"""Characters of a file's text that a message quotes."""


class DataFileError(ParameterError):
    """Says what is wrong with a data file, and where, in one line."""

    def __init__(self, path: Path, what: str) -> None:
        what = "".join(c if c.isprintable() else repr(c)[1:-1] for c in what)  # csv's own messages quote as they come
        ValueError.__init__(self, f"data_file {quoted(path.name or str(path), 200)}: {what}")
        self.name, self.value, self.allowed = "data_file", str(path), what


def quoted(text: str, longest: int = _LONGEST) -> str:
    """Foreign text in quotes, on one line, cut where it is long."""
    return repr(text if len(text) <= longest else text[:longest] + "…")


def megabytes(size: int) -> str:
    """A size in words."""
    return f"{size / 2**20:,.0f} MiB" if size >= 10 * 2**20 else f"{size:,} bytes"


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Whatever the system or a decompressor finds wrong while `path` is read, as a DataFileError."""
    try:
        yield
    except DataFileError:
        raise
    except FileNotFoundError as error:
        raise DataFileError(path, f"there is no such file in {quoted(str(path.parent), 200)}") from error
    except PermissionError as error:
        raise DataFileError(path, "it may not be read: permission is denied") from error
    except IsADirectoryError as error:
        raise DataFileError(path, "it is a folder, not a file") from error
    except EOFError as error:
        raise DataFileError(path, "its compressed data break off before their end: the file is truncated") from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise DataFileError(path, f"its compressed data are damaged: {error}") from error
    except OSError as error:
        raise DataFileError(path, f"it cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise DataFileError(path, "there is not enough memory for it") from error
