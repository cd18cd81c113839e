"""Files that do not open: one line each, with the file, the place in it and what is wrong there."""

import gzip
import io
import os
import pickle
import re
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.networks.datasets.files import bounded
from simulator.networks.datasets.files.fault import DataFileError
from simulator.networks.datasets.making import make_dataset
from simulator.parameters import ParameterError
from tests.networks.datasets.writing import idx_bytes, mnist, npz_bytes

ROWS = b"1,2,0\n3,4,1\n5,6,0\n7,8,1\n"
MANY = b"".join(b"%d,%d\n" % (i, i) for i in range(300))
X = np.arange(12.0).reshape(6, 2)
Y = np.arange(6) % 2


def refusal(path: Path, content: bytes | None = None, **arguments: Any) -> str:
    """The one line that says why this file is refused, without the name in front."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataFileError) as caught:
        make_dataset("file", **{"samples": 0, "data_file": str(path), **arguments})
    line = str(caught.value)
    assert line.isprintable() and len(line) < 400 and isinstance(caught.value, ValueError)
    front = f"data_file {path.name!r}: "
    assert line.startswith(front)
    return line.removeprefix(front)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"a,b,label\n", "there is no line of data below its header"),
        (b"1,2,0\n3,4\n", "line 2: 2 values, but its first line has 3"),
        (b"a,b,c\n1,2,0\n\n3,4,1,9\n", "line 4: 4 values, but its header has 3"),
        (b"1,2,0\n3,4,1\n5\n", "line 3: 1 value, but its first line has 3"),
        (b"1,2,0\n3,x,1\n", "line 2, column 2: 'x' is not a number"),
        (b"a,b,c\n1,2,0\n3,,1\n", "line 3, column 2 ('b') is empty"),
        (b"label,b,c\n0,2,0\n1,3,1_0\n", "line 3, column 3 ('c'): '1_0' is not a number"),
        (b"1;2,5;0\n2;3;1\n", "line 1, column 2: '2,5' is not a number (numbers have a point, not a comma)"),
        (b"1,2,0\n3,nan,1\n", "line 2, column 2: nan is not a finite number"),
        (b"1,2,0\n3,4,1\n5,-inf,1\n", "line 3, column 2: -inf is not a finite number"),
        (b"1,2,0\n3,1e39,1\n", "line 2, column 2: 1e+39 is larger than 32-bit numbers hold"),
        (b"1,2,0\n3,4,inf\n", "line 2, column 3: inf is not a finite number"),
        (b"1,2,7\n3,4,7\n", "all its samples are of one class: there is nothing to tell apart"),
        (b"1,2,yes\n3,4,yes\n", "all its samples are of one class: there is nothing to tell apart"),
        (b"1,2,0\n3,4,-3\n", "line 2, column 3: the label -3 is not a whole number from 0 to 65,535, or -1 and 1"),
        (b"1,2,0\n3,4,70000\n", "line 2, column 3: the label 70000 is not a whole number from 0 to 65,535"),
        (b"label,x\n0,1\n1.5,2\n", "line 3, column 1 ('label'): the label 1.5 is not a whole number"),
        (b"1,2,0\n3,4,\n5,6,1\n", "line 2, column 3 is empty"),
        (b"1,2,0\n3,4,1\n5,6,oops\n", "line 3, column 3: 'oops' is not a number, as others are"),
        (b"1\n2\n", "line 1: one column; wanted are inputs and, beside them, what is to be learnt"),
        (b"1,2,0\n", "all its samples are of one class"),
        (b'1,2,0\n"3,4,1\n', "line 2: unexpected end of data"),
        (b"1,2,0\r3,4,1\r", "line 1: new-line character seen"),
        (b"1,2,0\n3,\xff,1\n", "line 2: byte 0xff is not UTF-8 text"),
        (ROWS.decode().encode("utf-16"), "line 1: byte 0xff is not UTF-8 text"),
        (b"1,2,0\n3,\x00,1\n", "line 2"),
        (b"x,value\n" + MANY.replace(b",", b",w"), "its column of labels has 300 different words; the limit is 256"),
        (b"x,label\n" + MANY, "its column of labels has 300 different labels; the limit is 256"),
        (b"\n" * 2000 + ROWS, "line 1001: more than 1,000 lines in a row are empty"),
        (b"1" * (2**22 + 5), "line 1 is over the limit of 4,194,304 bytes a line"),
    ],
)  # fmt: skip
def test_tables(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal(tmp_path / "t.csv", content).startswith(message)
    if content:
        assert refusal(tmp_path / "t.csv.gz", gzip.compress(content)).startswith(message)


def test_names_of_all_kinds(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.csv").startswith(f"there is no such file in {str(tmp_path)!r}")
    folder = tmp_path / "folder.npz"
    folder.mkdir()
    assert refusal(folder) == "it is a folder, not a file"
    assert refusal(tmp_path / "a.xlsx", b"1,2,3").startswith("it is of no known kind: wanted is a .npz or .csv file")
    with pytest.raises(DataFileError, match=r"a…': it cannot be read: File name too long"):
        make_dataset("file", data_file=str(tmp_path / ("a" * 300)))
    with pytest.raises(ParameterError, match=r"data_file = '' is not allowed: a .npz or .csv file"):
        make_dataset("file")
    with pytest.raises(DataFileError, match=r"data_file 'a\\x00b.csv': no file can have this name: embedded null byte"):
        make_dataset("file", data_file="/tmp/a\0b.csv")
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert refusal(pipe) == "it is a device or a pipe, not a file"
    odd = tmp_path / "two\nlines.csv"
    assert refusal(odd, b"").startswith("it is empty")


@pytest.mark.parametrize("name", ["t.csv", "t.npz", "train-images-idx3-ubyte"])
def test_no_permission(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root every file may be read, so the system is made to refuse."""
    mnist(tmp_path)
    path = tmp_path / name
    path.touch()
    path.write_bytes(path.read_bytes() or ROWS)

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        patch.setattr(io, "open", refuse)
        assert refusal(path) == "it may not be read: permission is denied"


def test_truncated_and_damaged_gz(tmp_path: Path) -> None:
    table = gzip.compress(b"\n".join(b"%d,%d,%d" % (i, i * i % 91, i % 2) for i in range(3000)))
    for cut in (12, 100, len(table) // 2, len(table) - 9, len(table) - 3):
        assert refusal(tmp_path / "t.csv.gz", table[:cut]).startswith("its compressed data break off before their end")
    assert refusal(tmp_path / "t.csv.gz", table[:-8] + b"\0\0\0\0" + table[-4:]).startswith(
        "its compressed data are dam"
    )
    path = mnist(tmp_path, packed=True)
    path.write_bytes(path.read_bytes()[:-20])
    assert refusal(path).startswith("its compressed data break off before their end")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: b[:3], "it ends within its magic number, after 3 bytes"),
        (lambda b: b[:10], "it ends within its 3 dimensions, after 10 bytes"),
        (lambda b: b[:-1], "60 x 28 x 28 numbers take 47,040 bytes, but 47,039 follow its header"),
        (lambda b: b + b"\0", "60 x 28 x 28 numbers take 47,040 bytes, but 47,041 follow its header"),
        (lambda b: b"\0\0\x07\x03" + b[4:], "its magic number 0x00000703 is not that of IDX"),
        (lambda b: b"\x89PNG" + b[4:], "its magic number 0x89504e47 is not that of IDX"),
        (lambda b: b[:4] + struct.pack(">I", 59) + b[8:], "59 x 28 x 28 numbers take 46,256 bytes, but 47,040 follow"),
        (lambda b: idx_bytes(np.zeros((59, 28, 28), "u1")), "it has 59 images, but 'train-labels-idx1-ubyte' has 60"),
        (lambda b: idx_bytes(np.zeros((0, 28, 28), "u1")), "its size 0 x 28 x 28 says that it holds nothing"),
        (lambda b: idx_bytes(np.zeros(60, "u1")), "it has one dimension, and images have two or three"),
        (lambda b: idx_bytes(np.zeros((60, 28, 27), "u1")), "samples of its training part have the size 28 x 27, but"),
        (lambda b: idx_bytes(np.full((60, 28, 28), np.nan, "f4")), "number (0, 0) of image 0: nan is not a finite"),
        (lambda b: b[:4] + struct.pack(">III", 2**20, 2**10, 2**10), "its size 1,048,576 x 1,024 x 1,024 makes"),
    ],
)
def test_idx_images(tmp_path: Path, change: Any, message: str) -> None:
    path = mnist(tmp_path)
    assert refusal(path, change(path.read_bytes())).startswith(message)


def test_idx_labels(tmp_path: Path) -> None:
    path = mnist(tmp_path)
    mine = tmp_path / "train-labels-idx1-ubyte"
    for array, message in (
        (np.zeros(60, "f4"), "labels are whole numbers in one dimension, not >f4 in 1"),
        (np.zeros((60, 1), "u1"), "labels are whole numbers in one dimension, not uint8 in 2"),
    ):
        assert refusal(mine, idx_bytes(array)) == message
    mine.write_bytes(idx_bytes((np.arange(60) - 1).astype("i1")))
    assert refusal(path).startswith("label 0 of 'train-labels-idx1-ubyte': the label -1 is not a whole number")
    mine.unlink()
    assert refusal(path) == "its labels are not beside it, in 'train-labels-idx1-ubyte'"
    assert refusal(tmp_path / "mine.idx", b"123").startswith("IDX files are two, named ...images-idx3-ubyte and,")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"not a zip", "it is no intact .npz archive: 'File is not a zip file'"),
        (npz_bytes(x=X, y=Y)[:-30], "it is no intact .npz archive"),
        (npz_bytes(a=X, b=Y), "it holds 'a', 'b'; wanted are x and y, images and labels, or x_train and y_train"),
        (npz_bytes(x=X), "it holds 'x'; wanted are"),
        (npz_bytes(x=X, y=Y[:5]), "x has 6 samples, but y has 5"),
        (npz_bytes(x=X, y=np.float64(3)), "x has 6 samples, but y has no"),
        (npz_bytes(x=X[:0], y=Y[:0]), "x of size 0 x 2 is empty"),
        (npz_bytes(x=X, y=Y * 0), "all its samples are of one class"),
        (npz_bytes(x=X, y=Y - 2), "y[0]: the label -2 is not a whole number from 0 to 65,535, or -1 and 1"),
        (npz_bytes(images=X, labels=Y / 2), "labels[1]: the label 0.5 is not a whole number"),
        (npz_bytes(images=X, labels=X), "its labels have the size (6, 2): one a sample is wanted"),
        (npz_bytes(x=np.where(X == 5, np.nan, X), y=Y), "x[2, 1]: nan is not a finite number"),
        (npz_bytes(x=np.where(X == 5, 1e300, X), y=Y), "x[2, 1]: 1e+300 is larger than 32-bit numbers hold"),
        (npz_bytes(x=X, y=np.where(X[:, 0] == 2, np.inf, 0.5)), "y[1]: inf is not a finite number"),
        (npz_bytes(x=X.astype("U3"), y=Y), "x holds text, not numbers"),
        (npz_bytes(x=X, y=np.array([["a", "b"]] * 6)), "y holds words in 2 dimensions, not 1"),
        (npz_bytes(x=X * 1j, y=Y), "x is of type complex128; opened are whole numbers"),
        (npz_bytes(x=np.zeros(6, "M8[s]"), y=Y), "x is of type datetime64[s]; opened are"),
        (npz_bytes(x=np.zeros(6, "f4,i4"), y=Y), "x is of type [('f0', '<f4'), ('f1', '<i4')]; opened are"),
        (npz_bytes(x=X[:1], y=Y[:1]), "all its samples are of one class"),
        (npz_bytes(x_train=X, y_train=Y, x_test=X[:, :1], y_test=Y), "samples of its training part have the size 2"),
        (npz_bytes(x_train=X, y_train=X, x_test=X, y_test=Y), "targets of its training part have the size 2, but"),
        (npz_bytes(x_train=X, y_train=Y, x_test=X, y_test=Y.astype("U1")), "y_train[0]: labels are numbers here and"),
    ],
)  # fmt: skip
def test_npz(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal(tmp_path / "a.npz", content).startswith(message)


class Bomb:
    """Unpickling this would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    traces = [tmp_path / f"trace{i}" for i in range(2)]
    objects = np.array([Bomb(traces[0])] * 6, dtype=object)
    assert refusal(tmp_path / "a.npz", npz_bytes(x=objects, y=Y)) == (
        "x holds Python objects; only numbers and words are opened"
    )
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("x.npy", pickle.dumps(Bomb(traces[1])))
        archive.writestr("y.npy", pickle.dumps(Bomb(traces[1])))
    assert refusal(tmp_path / "a.npz", plain.getvalue()).startswith("it is no intact .npz archive: ")
    assert not any(trace.exists() for trace in traces)


def npy(shape: str, dtype: str = "'|u1'", body: bytes = b"") -> bytes:
    """A .npy whose header is written by hand."""
    head = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head) + 1) + head + b"\n" + body


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            npy("(100000, 100000)"),
            "x of size 100,000 x 100,000 has 10,000,000,000 numbers, and the limit is 67,108,864",
        ),
        (npy("(67108865,)"), "x of size 67,108,865 has 67,108,865 numbers, and the limit is 67,108,864"),
        (npy("(60000000,)", "'<U100'"), "x takes 22,888 MiB, and the limit is 512 MiB"),
        (npy("(6, 1000000)", body=b"abc"), "x of size 6 x 1,000,000 takes 6,000,000 bytes, but the archive has 3"),
        (npy("(-1, 6)"), "x has the impossible size -1 x 6"),
        (npy("(6,)", "open('/etc/passwd')"), "it is no intact .npz archive"),
        (npy("(" * 300 + "6," + ")" * 300), "it is no intact .npz archive"),
        (b"\x93NUMPY\x03\x00" + npy("(6,)")[8:], "x is of .npy version (3, 0)"),
    ],
)
def test_npz_headers(tmp_path: Path, x: bytes, message: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", x)
        archive.writestr("y.npy", npy("(6,)", body=bytes(6)))
    assert refusal(tmp_path / "a.npz", file.getvalue()).startswith(message)


def test_bombs_do_not_go_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files that would unpack to gigabytes: refused with next to no memory taken."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as member:
            member.write(npy("(6, 16777216)"))
            for _ in range(96):
                member.write(bytes(2**20))
        archive.writestr("y.npy", npy("(6,)", body=bytes(6)))
    packed = tmp_path / "a.npz"
    packed.write_bytes(file.getvalue())
    line = tmp_path / "line.csv.gz"
    line.write_bytes(gzip.compress(bytes(2**25), 1))
    images, words = tmp_path / "train-images-idx3-ubyte.gz", tmp_path / "train-labels-idx1-ubyte.gz"
    images.write_bytes(gzip.compress(idx_bytes(np.zeros((10, 2, 2), "u1")) + bytes(2**26), 1))
    words.write_bytes(gzip.compress(idx_bytes(np.arange(10).astype("u1"))))
    tracemalloc.start()
    try:
        for path, message in (
            (packed, "x of size 6 x 16,777,216 has 100,663,296 numbers, and the limit is 67,108,864"),
            (line, "line 1 is over the limit of 4,194,304 bytes a line"),
            (images, "10 x 2 x 2 numbers take 40 bytes, but more follow its header"),
        ):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            assert refusal(path) == message
            assert tracemalloc.get_traced_memory()[1] - before < 2**24
    finally:
        tracemalloc.stop()
    monkeypatch.setattr("simulator.networks.datasets.files.delimited.MAX_TEXT", 1000)
    assert refusal(tmp_path / "t.csv", ROWS * 50) == "line 167: its text is over the limit of 1,000 bytes"
    monkeypatch.setattr(bounded, "MAX_VALUES", 20)
    assert refusal(tmp_path / "t.csv", ROWS * 4) == "line 11: up to here it has 22 numbers, and the limit is 20"
    monkeypatch.setattr(bounded, "MAX_FILE", 50)
    assert refusal(tmp_path / "t.csv", ROWS * 50) == "it has 1,200 bytes, and the limit is 50 bytes"


def test_long_and_strange_text_stays_on_one_line(tmp_path: Path) -> None:
    field = "x\u2028\x1b[31m" + "y" * 1000
    found = refusal(tmp_path / "t.csv", f'1,2,0\n3,"{field}",1\n'.encode())
    assert re.fullmatch(r"line 2, column 2: 'x\\u2028\\x1b\[31my{33}…' is not a number", found)
