"""Files that open: what is read, what is held out, what is said of it."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.networks.datasets.base import Dataset, labels
from simulator.networks.datasets.digits import FILE
from simulator.networks.datasets.making import make_dataset
from simulator.parameters import ParameterError
from tests.networks.datasets.writing import idx_bytes, mnist, npz_bytes

IRIS = "5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n5.8,2.7,virginica\n"


def opened(path: Path, content: bytes | str, **arguments: Any) -> Dataset:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return make_dataset("file", data_file=str(path), **{"samples": 0, **arguments})


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("which", ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"])
def test_any_file_of_an_mnist_opens_all(tmp_path: Path, packed: bool, which: str) -> None:
    suffix = mnist(tmp_path, packed=packed).name.removeprefix("train-images-idx3-ubyte")
    dataset = make_dataset("file", samples=0, data_file=str(tmp_path / f"{which}-ubyte{suffix}"))
    assert dataset.x.shape == (60, 784) and dataset.x_test.shape == (20, 784) and dataset.t.shape == (60, 10)
    assert dataset.shape == (28, 28) and dataset.classes == 10 and dataset.names == ()
    assert dataset.x.min() == -1 and dataset.x.max() == 1
    for x, t in ((dataset.x, dataset.t), (dataset.x_test, dataset.t_test)):
        for image, digit in zip(x.reshape(-1, 28, 28), labels(t), strict=True):
            assert (image[2 * digit : 2 * digit + 6, 4:24] == 1).all()
            assert (image == 1).sum() == 120
    assert "60 images of 28 x 28 to train with, 20 of its test part to test; 10 classes" in dataset.words
    assert labels(dataset.t_test).tolist() == (np.arange(20) % 10).tolist()


def test_idx_without_a_test_part_and_with_other_names(tmp_path: Path) -> None:
    """Dots, capitals, a prefix; one of the two compressed; 16-bit pixels; labels from 1."""
    images = np.random.default_rng(1).integers(-500, 500, (40, 5, 7)).astype(np.int16)
    images[:, 0, :2] = -500, 500
    mine = (np.arange(40) % 4 + 1).astype(np.uint8)
    (tmp_path / "My-Train-Images.idx3-short.gz").write_bytes(gzip.compress(idx_bytes(images)))
    other = tmp_path / "My-Train-Labels.idx1-short"
    other.write_bytes(idx_bytes(mine))
    (tmp_path / "their-train-images.idx3-short").write_bytes(b"")  # of no concern
    dataset = make_dataset("file", samples=0, data_file=str(other))
    assert dataset.shape == (5, 7) and len(dataset.x) == 32 and len(dataset.x_test) == 8
    assert np.bincount(labels(dataset.t_test)).tolist() == [2, 2, 2, 2]
    assert dataset.names == ("1", "2", "3", "4") and "4 classes (1, 2, 3, 4)" in dataset.words
    assert "held out to test" in dataset.words and "pixels -500 to 500" in dataset.words


def test_a_test_part_without_labels_is_left_out(tmp_path: Path) -> None:
    path = mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert "held out to test" in make_dataset("file", samples=0, data_file=str(path)).words
    alone = tmp_path / "alone"
    alone.mkdir()
    mnist(alone)
    for each in alone.glob("train-*"):
        each.unlink()
    dataset = make_dataset("file", samples=0, data_file=str(alone / "t10k-images-idx3-ubyte"))
    assert len(dataset.x) + len(dataset.x_test) == 20


def test_keras_mnist(tmp_path: Path) -> None:
    r = np.random.default_rng(0)
    x = r.integers(0, 256, (70, 28, 28)).astype(np.uint8)
    content = npz_bytes(x_train=x[:50], y_train=np.arange(50) % 10, x_test=x[50:], y_test=np.arange(20) % 10)
    dataset = opened(tmp_path / "mnist.npz", content, seed=3)
    assert dataset.shape == (28, 28) and len(dataset.x) == 50 and len(dataset.x_test) == 20
    assert np.abs(dataset.x_test - (x[50:].reshape(20, -1) / 127.5 - 1)).max() < 1e-2
    few = opened(tmp_path / "mnist.npz", content, seed=3, samples=8)
    assert len(few.x) == 8 and len(few.x_test) == 20 and few.t.shape == (8, 10)
    assert not np.array_equal(labels(few.t), np.arange(8))  # eight at random, not the first eight


@pytest.mark.parametrize("names", [("x", "y"), ("X", "Y"), ("images", "labels"), ("data", "target")])
@pytest.mark.parametrize("packed", [False, True])
def test_npz_names(tmp_path: Path, names: tuple[str, str], packed: bool) -> None:
    x = np.random.default_rng(0).normal(3, 5, (50, 4))
    content = npz_bytes(packed, **{names[0]: x, names[1]: np.arange(50) % 3})
    dataset = opened(tmp_path / "a.npz", content)
    assert dataset.x.shape == (40 + 1, 4) and dataset.shape is None and dataset.classes == 3
    assert np.allclose(dataset.x.mean(0), 0, atol=1e-6) and np.allclose(dataset.x.std(0), 1, atol=1e-6)
    assert "each column scaled to mean 0 and variance 1" in dataset.words


def test_the_digits_file_opens_as_a_file() -> None:
    dataset, bundled = make_dataset("file", samples=0, data_file=str(FILE)), make_dataset("digits", samples=0)
    assert all(np.array_equal(getattr(dataset, a), getattr(bundled, a)) for a in ("x", "t", "x_test", "t_test"))
    assert dataset.shape == (8, 8)


@pytest.mark.parametrize(
    "y",
    [
        np.eye(3)[np.arange(30) % 3],
        (np.arange(30) % 3)[:, None].astype(np.float32),
        np.array(["ant", "bee", "cat"])[np.arange(30) % 3],
        10 * (np.arange(30) % 3).astype(np.uint16),
    ],
)
def test_npz_labels(tmp_path: Path, y: np.ndarray[Any, Any]) -> None:
    """One-hot, a column, words, numbers with gaps."""
    dataset = opened(tmp_path / "a.npz", npz_bytes(x=np.arange(30) % 3, y=y))
    assert dataset.classes == 3
    rank = np.unique(dataset.x[:, 0], return_inverse=True)[1]
    assert np.array_equal(labels(dataset.t), rank)
    assert dataset.names in ((), ("ant", "bee", "cat"), ("0", "10", "20"))


@pytest.mark.parametrize("separator", [",", ";", "\t", ", "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
@pytest.mark.parametrize("header", ["", "a,b,kind\n", '"a","b; c","my\tkind"\n'])
def test_tables(tmp_path: Path, separator: str, end: str, start: str, header: str) -> None:
    text = start + (header + IRIS).replace(",", separator).replace("\n", end)
    dataset = opened(tmp_path / "iris.csv", text)
    assert dataset.names == ("setosa", "virginica") and dataset.dimension == 2
    assert len(dataset.x) + len(dataset.x_test) == 4
    assert "2 classes (setosa, virginica)" in dataset.words


@pytest.mark.parametrize("column", ["label", "Class", " target ", "Y"])
def test_the_column_of_labels_by_its_name(tmp_path: Path, column: str) -> None:
    rows = "\n".join(f"{i % 3},{7.5 * (i % 3)},{i}" for i in range(30))
    for suffix, pack in ((".csv", bytes), (".csv.gz", gzip.compress), (".txt", bytes)):
        dataset = opened(tmp_path / f"a{suffix}", pack(f"{column},p,q\n{rows}".encode()))
        assert dataset.classes == 3 and dataset.dimension == 2
        assert np.array_equal(np.unique(dataset.x[:, 0], return_inverse=True)[1], labels(dataset.t))


def test_a_table_of_pixels_is_images(tmp_path: Path) -> None:
    """MNIST as .csv: whole numbers to 255, 784 columns."""
    x = np.random.default_rng(0).integers(0, 256, (20, 784))
    x[0, :2] = 0, 255
    head = "label," + ",".join(f"pixel{i}" for i in range(784))
    body = "\n".join(f"{i % 2}," + ",".join(map(str, row)) for i, row in enumerate(x))
    dataset = opened(tmp_path / "train.csv", f"{head}\n{body}\n")
    assert dataset.shape == (28, 28)
    back = {row.tobytes() for row in np.round((np.concatenate([dataset.x, dataset.x_test]) + 1) * 127.5).astype(int)}
    assert len(back & {row.tobytes() for row in x}) >= 16  # the range is that of the training part
    assert opened(tmp_path / "b.csv", f"{head}\n{body.replace(',255,', ',255.5,')}\n").shape is None


def test_signs_and_real_targets(tmp_path: Path) -> None:
    signs = opened(tmp_path / "a.csv", "\n".join(f"{i},{(-1) ** i}" for i in range(20)), loss="hinge")
    assert signs.classes == 2 and signs.names == ("-1", "1") and sorted(set(signs.t[:, 0])) == [-1, 1]
    rows = [(i, 3 * i + 0.5) for i in range(50)]
    text = "x,target\n" + "\n".join(f"{a},{b}" for a, b in rows)
    real = opened(tmp_path / "b.csv", text, loss="mse")
    assert real.classes == 0 and real.t.shape == (40, 1) and "real targets" in real.words
    assert np.allclose(real.t.mean(), 0, atol=1e-6) and np.allclose(real.t.std(), 1, atol=1e-6)
    assert np.allclose(real.t, real.x, atol=1e-5)  # both linear in i
    noisy = opened(tmp_path / "b.csv", text, loss="mse", label_noise=0.5)
    assert 15 <= (noisy.t != real.t).sum() <= 20 and np.array_equal(noisy.t_test, real.t_test)
    many = opened(tmp_path / "c.csv", "\n".join(f"{i},{i}" for i in range(1000)), loss="mse")
    assert many.classes == 0  # more than 256 different whole numbers
    both = opened(
        tmp_path / "d.npz", npz_bytes(x=np.arange(20.0), y=np.random.default_rng(0).normal(size=(20, 3))), loss="mse"
    )
    assert both.outputs == 3 and both.dimension == 1
    with pytest.raises(ParameterError, match=r"loss = 'hinge' is not allowed: mse, for what 'b.csv' wants learnt"):
        opened(tmp_path / "b.csv", text, loss="hinge")


def test_a_column_that_never_changes(tmp_path: Path) -> None:
    dataset = opened(tmp_path / "a.csv", "\n".join(f"0.1,{i},{i % 2}" for i in range(30)))
    assert (dataset.x[:, 0] == 0).all() and (dataset.x_test[:, 0] == 0).all() and dataset.x[:, 1].std() > 0.9


def test_formats_are_told_by_content_where_the_name_is_silent(tmp_path: Path) -> None:
    assert opened(tmp_path / "archive", npz_bytes(x=np.arange(10), y=np.arange(10) % 2)).classes == 2
    (tmp_path / "some-labels").write_bytes(idx_bytes((np.arange(10) % 2).astype(np.uint8)))
    assert opened(tmp_path / "some-images", idx_bytes(np.zeros((10, 3, 3), np.uint8))).shape == (3, 3)


def test_the_seed_decides_what_is_held_out(tmp_path: Path) -> None:
    content = npz_bytes(x=np.arange(100), y=np.arange(100) % 2)
    one, again, other = (opened(tmp_path / "a.npz", content, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.x_test, again.x_test) and not np.array_equal(one.x_test, other.x_test)
    assert len(one.x_test) == 20
