"""What a run leaves on disk: history, figures and meta, as .npz or .csv."""

import dataclasses
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from simulator import files
from simulator.commands import shell
from simulator.figures import Figure

SUFFIXES = (".npz", ".csv")


def check_out(path: Path) -> None:
    """Raise InputError or FailedError unless `path` is a place for results; before anything is computed."""
    shell.check_out(path, SUFFIXES)


def write(
    path: Path, history: Mapping[str, NDArray[Any]], figures: Mapping[str, Figure], meta: Mapping[str, Any]
) -> None:
    """Write a run whole or not at all. Raises FailedError."""
    try:
        with files.whole_file(path) as file:
            (_write_npz if path.suffix.lower() == ".npz" else _write_csv)(file, history, figures, meta)
    except OSError as error:
        raise shell.FailedError(
            f"{path} could not be written: {error.strerror or error}; nothing is left of it"
        ) from error


def _write_npz(
    file: IO[bytes], history: Mapping[str, NDArray[Any]], figures: Mapping[str, Figure], meta: Mapping[str, Any]
) -> None:
    leaves = {name: value for figure in figures for name, value in arrays(f"figures/{figure}", figures[figure])}
    np.savez_compressed(file, allow_pickle=False, **history, **leaves, meta=np.array(shell.dump(meta)))


def _write_csv(
    file: IO[bytes], history: Mapping[str, NDArray[Any]], figures: Mapping[str, Figure], meta: Mapping[str, Any]
) -> None:
    """Comment lines that hold `meta` as JSON, one line of names, one line a measurement; floats to the last digit."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True)
    text.writelines(f"# {line}\n" for line in shell.dump(meta).splitlines())
    text.write(",".join(history) + "\n")
    for row in zip(*(column.tolist() for column in history.values()), strict=True):
        text.write(",".join(map(repr, row)) + "\n")
    text.detach()


def arrays(name: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Everything in a figure as arrays: `figures/NAME/FIELD`, and a number for each of several."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays(f"{name}/{field.name}", getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, tuple) and any(dataclasses.is_dataclass(each) for each in value):
        for i, each in enumerate(value):
            yield from arrays(f"{name}/{i}", each)
    elif isinstance(value, (bool, int, float, str)) or (isinstance(value, tuple) and _plain(value)):
        yield name, np.array(value)


def _plain(values: tuple[Any, ...]) -> bool:
    return all(isinstance(each, (int, float)) for each in values) or all(isinstance(each, str) for each in values)
