"""A data file of any known kind, told by its name, or else by its first bytes."""

from pathlib import Path
from typing import Final

from simulator.networks.datasets.files.bounded import opened
from simulator.networks.datasets.files.contents import Contents
from simulator.networks.datasets.files.delimited import read_delimited
from simulator.networks.datasets.files.fault import DataFileError
from simulator.networks.datasets.files.idx import looks_like_idx, read_idx
from simulator.networks.datasets.files.npz import read_npz
from simulator.parameters import ParameterError

TABLES: Final = (".csv", ".tsv", ".txt", ".data")
ALLOWED: Final = "a .npz or .csv file, or one of MNIST's IDX files, .gz or not"


def read_file(data_file: str) -> Contents:
    """What this file holds. Raises ParameterError for no name, DataFileError for whatever is wrong with the file."""
    if not data_file.strip():
        raise ParameterError("data_file", data_file, ALLOWED)
    path = Path(data_file)
    lower = path.name.lower()
    if lower.endswith(".npz"):
        return read_npz(path)
    if lower.removesuffix(".gz").endswith(TABLES):
        return read_delimited(path)
    with opened(path) as (file, _):
        magic = file.read(4)
    if magic[:2] == b"PK":
        return read_npz(path)
    if looks_like_idx(lower, magic):
        return read_idx(path)
    raise DataFileError(path, f"it is of no known kind: wanted is {ALLOWED}")
