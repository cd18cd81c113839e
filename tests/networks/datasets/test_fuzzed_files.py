"""Whatever the bytes of a file: it opens, or there is the one clear error. What is written is what is read."""

import csv
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from simulator.networks.datasets.base import Dataset
from simulator.networks.datasets.files.delimited import read_delimited
from simulator.networks.datasets.files.fault import DataFileError
from simulator.networks.datasets.files.idx import read_array
from simulator.networks.datasets.files.npz import read_npz
from simulator.networks.datasets.files.opening import read_file
from simulator.networks.datasets.making import make_dataset
from simulator.parameters import ParameterError
from tests.networks.datasets.writing import CODES, idx_bytes, npz_bytes

NAMES = ("a.csv", "a.csv.gz", "a.npz", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "silent")
LABELS = idx_bytes(np.array([0, 1, 2, 1, 0, 1], "u1"))
FEW = st.integers(1, 12)
FLOATS = st.floats(-1e38, 1e38)
SMALL = {"min_value": -1000, "max_value": 1000, "allow_nan": False, "allow_infinity": False}
SIX = np.arange(6)
SETTINGS = settings(max_examples=200, deadline=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files")
    (made / "train-labels-idx1-ubyte").write_bytes(LABELS)
    return made


def opens_or_says_why(path: Path, content: bytes) -> Dataset | None:
    """The data set; None where there is the one clear error. Anything else, a warning too, fails the test."""
    path.write_bytes(content)
    for loss in ("mse", "hinge"):
        try:
            dataset = make_dataset("file", loss, samples=0, label_noise=0.5, data_file=str(path))
        except ParameterError as error:
            line = str(error)
            assert line.isprintable() and len(line) < 600
            assert line.startswith(f"data_file {path.name!r}: ") or (loss == "hinge" and line.startswith("loss = "))
            if loss == "mse":
                return None
        else:
            for array in (dataset.x, dataset.t, dataset.x_test, dataset.t_test):
                assert np.isfinite(array).all() and len(array) and array.dtype == np.float32
    return dataset


TEXT = st.text(st.sampled_from('0123456789.,;\t\n\r"-+eEnaif_ \ufeffµ'), max_size=60).map(lambda text: text.encode())
VALID = (
    b"a,b,label\n1,2,0\n3,4,1\n5,6,1\n7,8,0\n",
    npz_bytes(False, x=np.arange(12.0).reshape(6, 2), y=SIX % 2),
    npz_bytes(x_train=np.arange(12).reshape(6, 2), y_train=SIX % 2, x_test=np.ones((2, 2)), y_test=np.arange(2)),
    idx_bytes(np.arange(24).astype("u1").reshape(6, 2, 2)),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good file with some bytes changed, cut off or put in, perhaps compressed."""
    content = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(content) - 1))
        content[at] = draw(st.integers(0, 255))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(content)))
        content[at:at] = draw(st.binary(max_size=4))
    whole = bytes(content[: draw(st.integers(1, len(content)))]) if draw(st.booleans()) else bytes(content)
    if draw(st.booleans()):
        whole = gzip.compress(whole)
        whole = whole[: draw(st.integers(1, len(whole)))] if draw(st.booleans()) else whole
    return whole


@st.composite
def odd_arrays(draw: st.DrawFn) -> bytes:
    """An intact archive of arrays whose own bytes are damaged, so that no checksum gives them away."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in draw(st.sampled_from([("x", "y"), ("x", "y", "x_test", "y_test"), ("images", "labels")])):
            written = io.BytesIO()
            kind = draw(st.sampled_from(["u1", "i8", "f2", "f4", "f8", "?", "U2"]))
            np.save(written, draw(stn.arrays(kind, stn.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4))))
            content = bytearray(written.getvalue())
            for _ in range(draw(st.integers(0, 3))):
                content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
            archive.writestr(f"{name}.npy", bytes(content))
    return file.getvalue()


@given(content=odd_arrays())
@SETTINGS
def test_any_arrays(folder: Path, content: bytes) -> None:
    opens_or_says_why(folder / "c.npz", content)


@pytest.mark.parametrize("name", NAMES)
@given(content=st.one_of(st.binary(max_size=80), TEXT, TEXT.map(gzip.compress), damaged()))
@example(content=b"PK\x05\x06" + bytes(18))
@example(content=b"1e-200,0\n2e-200,1\n3e-200,0\n")
@example(content=b"1e38,0\n-1e38,1\n")
@example(content=npz_bytes(x_train=np.array([1.0, 1 + 1e-15]), y_train=[0, 1], x_test=[-3e38], y_test=[1]))
@SETTINGS
def test_any_bytes(folder: Path, name: str, content: bytes) -> None:
    opens_or_says_why(folder / name, content)


@given(
    values=stn.arrays(np.float64, st.tuples(FEW, FEW), elements=FLOATS),
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
    header=st.booleans(),
    packed=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    data=st.data(),
)
@SETTINGS
def test_tables_round_trip(folder: Path, values: Any, separator: str, end: str, mark: bool, header: bool, packed: bool,
                           quoting: Any, data: st.DataObject) -> None:  # fmt: skip
    """Every number as it was; labels in whatever column is called so."""
    rows, columns = values.shape
    mine = data.draw(st.lists(st.integers(0, 5), min_size=rows, max_size=rows))
    at = data.draw(st.integers(0, columns)) if header else columns
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting)
    if header:
        names = [f"column {separator} {i}" for i in range(columns)]
        writer.writerow([*names[:at], "Class", *names[at:]])
    for row, label in zip(values.tolist(), mine, strict=True):
        writer.writerow([*row[:at], label, *row[at:]])
    content = text.getvalue().encode("utf-8-sig" if mark else "utf-8")
    path = folder / ("a.csv.gz" if packed else "a.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    contents = read_delimited(path)
    assert np.array_equal(contents.training.x, values) and np.array_equal(contents.training.y, mine)
    assert contents.promised == header and contents.test is None


@given(
    array=st.sampled_from([*CODES]).flatmap(
        lambda kind: stn.arrays(kind, stn.array_shapes(min_dims=1, max_dims=4, max_side=5))
    ),
    packed=st.booleans(),
)
@SETTINGS
def test_idx_round_trips(folder: Path, array: Any, packed: bool) -> None:
    path = folder / "b-images-idx"
    path.write_bytes(gzip.compress(idx_bytes(array)) if packed else idx_bytes(array))
    back = read_array(path)
    assert back.shape == array.shape and back.astype(array.dtype).tobytes() == array.tobytes()


@given(
    x=st.sampled_from(["u1", "i2", ">i4", "f2", "f4", ">f8", "?"]).flatmap(
        lambda kind: stn.arrays(kind, st.tuples(st.just(7), FEW, FEW), elements=SMALL if "f" in kind else None)
    ),
    fortran=st.booleans(),
    packed=st.booleans(),
)
@SETTINGS
def test_npz_round_trips(folder: Path, x: Any, fortran: bool, packed: bool) -> None:
    path = folder / "b.npz"
    path.write_bytes(npz_bytes(packed, x=np.asfortranarray(x) if fortran else x, y=np.arange(7) % 3))
    contents = read_npz(path)
    assert np.array_equal(contents.training.x, x) and np.array_equal(contents.training.y, np.arange(7) % 3)
    dataset = make_dataset("file", samples=0, data_file=str(path))
    shape = x.shape[1:]
    assert dataset.shape == shape and dataset.dimension == shape[0] * shape[1] and np.abs(dataset.x).max() <= 1


@given(st.text(max_size=80))
@example("a\0.csv")
@example("~")
@SETTINGS
def test_any_name(name: str) -> None:
    try:
        read_file(name if "/" not in name else "x")
    except ParameterError as error:
        assert str(error).isprintable() and isinstance(error, DataFileError) == bool(name.strip())
