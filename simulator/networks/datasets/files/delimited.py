"""Tables as text: UTF-8, separated by commas, semicolons or tabs, with or without a header; any line ends but CR alone.

A header is a first line without a number, or one that names a column label, class, target or y. What is to be learnt is
that column, else the last one. It holds classes where it holds whole numbers or words, and real targets otherwise; a
column named label or class must hold classes. All other columns are numbers.
"""

import csv
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from simulator.networks.datasets.files.bounded import MAX_TEXT, check_count, opened
from simulator.networks.datasets.files.contents import Contents, Part, check_finite
from simulator.networks.datasets.files.fault import DataFileError, megabytes, quoted

LABEL_NAMES: Final = ("label", "class", "target", "y")
PROMISING: Final = ("label", "class")
MAX_LINE: Final = 2**22
"""Bytes of one line."""
MAX_BLANK: Final = 1000
"""Empty lines one after the other."""
MOSTLY: Final = 0.5
"""Labels are numbers, and others are faults, where more than this fraction of them are numbers."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the first line says: the separator, how many columns, which is to be learnt, names if there is a header."""

    separator: str
    count: int
    target: int
    names: Sequence[str]

    def name(self, column: int) -> str:
        """A column in words."""
        return f"column {column + 1}" + (f" ({quoted(self.names[column])})" if self.names else "")

    @property
    def promised(self) -> bool:
        return bool(self.names) and _plain(self.names[self.target]) in PROMISING


def read_delimited(path: Path) -> Contents:
    """The table of one file. Raises DataFileError."""
    with opened(path) as (file, _):
        lines = _lines(path, file)
        head = list[str]()
        while not (head and head[-1].strip()):
            if (line := next(lines, None)) is None:
                raise DataFileError(path, "it is empty")
            head.append(line)
        columns = _columns(path, head[-1], len(head))
        values, targets, places = _rows(path, columns, chain(head, lines))
    if not targets:
        raise DataFileError(path, "there is no line of data below its header" if columns.names else "it is empty")
    x = np.frombuffer(values, np.float64).reshape(len(targets), columns.count - 1)

    def place(index: tuple[int, ...]) -> str:
        return f"line {places[index[0]]}, {columns.name(index[1] + (index[1] >= columns.target))}"

    check_finite(path, x, place)
    y = _targets(path, columns, targets, places)
    where = columns.name(columns.target)
    if isinstance(y, np.ndarray):
        check_finite(path, y, lambda index: f"line {places[index[0]]}, {where}")
    return Contents(path, Part(x, y, lambda i: f"line {places[i]}, {where}"), None, columns.promised)


def _lines(path: Path, file: BinaryIO) -> Iterator[str]:
    """Line by line, within the limits; empty ones come as "". The byte-order mark is left out."""
    total = blank = number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        total += len(line)
        if total > MAX_TEXT:
            raise DataFileError(path, f"line {number}: its text is over the limit of {megabytes(MAX_TEXT)}")
        if len(line) > MAX_LINE:
            raise DataFileError(path, f"line {number} is over the limit of {megabytes(MAX_LINE)} a line")
        blank = 0 if line.strip() else blank + 1
        if blank > MAX_BLANK:
            raise DataFileError(path, f"line {number}: more than {MAX_BLANK:,} lines in a row are empty")
        try:
            yield (line[3:] if number == 1 and line.startswith(b"\xef\xbb\xbf") else line).decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataFileError(path, f"line {number}: byte 0x{line[error.start]:02x} is not UTF-8 text") from error


def _columns(path: Path, first: str, line: int) -> _Columns:
    unquoted = re.sub(r'"[^"]*"', "", first)
    separator = next((each for each in "\t;," if each in unquoted), ",")
    try:
        fields = next(csv.reader([first], delimiter=separator, strict=True, skipinitialspace=True), [])
    except csv.Error as error:
        raise DataFileError(path, f"line {line}: {error}") from error
    if len(fields) < 2:
        raise DataFileError(path, f"line {line}: one column; wanted are inputs and, beside them, what is to be learnt")
    words = [_plain(field) for field in fields]
    header = not any(_is_number(field) for field in fields) or any(word in LABEL_NAMES for word in words)
    if not header:
        return _Columns(separator, len(fields), len(fields) - 1, ())
    target = next((words.index(name) for name in LABEL_NAMES if name in words), len(fields) - 1)
    return _Columns(separator, len(fields), target, fields)


def _rows(path: Path, columns: _Columns, lines: Iterator[str]) -> "tuple[array[float], list[str], list[int]]":
    """Inputs one after the other, the text of what is to be learnt, and the line of each sample."""
    values, targets, places = array("d"), list[str](), list[int]()
    rows = csv.reader(lines, delimiter=columns.separator, strict=True, skipinitialspace=True)
    header = bool(columns.names)
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise DataFileError(path, f"line {rows.line_num}: {error}") from error
        if row is None:
            return values, targets, places
        if not row or (len(row) == 1 and not row[0].strip()):
            continue
        if header:
            header = False
            continue
        if len(row) != columns.count:
            first = "its header" if columns.names else "its first line"
            raise DataFileError(path, f"line {rows.line_num}: {_many(len(row))}, but {first} has {columns.count:,}")
        targets.append(row.pop(columns.target).strip())
        try:
            values.extend(map(float, row))
        except ValueError:
            raise _no_number(path, columns, row, rows.line_num) from None
        if "_" in "".join(row):  # which Python would take for a digit's neighbour
            raise _no_number(path, columns, row, rows.line_num)
        places.append(rows.line_num)
        check_count(path, len(values), f"line {rows.line_num}: up to here it has")


def _targets(
    path: Path, columns: _Columns, targets: Sequence[str], places: Sequence[int]
) -> np.ndarray[tuple[int], np.dtype[np.float64]] | Sequence[str]:
    """Numbers where most are; words otherwise."""
    numbers = [_is_number(text) for text in targets]
    where = columns.name(columns.target)
    for text, line in zip(targets, places, strict=True):
        if not text:
            raise DataFileError(path, f"line {line}, {where} is empty")
    if sum(numbers) <= MOSTLY * len(targets):
        return targets
    if not all(numbers):
        at = numbers.index(False)
        raise DataFileError(path, f"line {places[at]}, {where}: {quoted(targets[at])} is not a number, as others are")
    return np.array([float(text) for text in targets])


def _no_number(path: Path, columns: _Columns, row: Sequence[str], line: int) -> DataFileError:
    """The first field of a row of inputs that is not a number."""
    at, text = next((at, text) for at, text in enumerate(row) if not _is_number(text))
    where = f"line {line}, {columns.name(at + (at >= columns.target))}"
    if not text.strip():
        return DataFileError(path, f"{where} is empty")
    hint = " (numbers have a point, not a comma)" if re.fullmatch(r"\s*-?\d+,\d+\s*", text) else ""
    return DataFileError(path, f"{where}: {quoted(text)} is not a number{hint}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _plain(name: str) -> str:
    return name.strip().casefold()


def _many(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"
