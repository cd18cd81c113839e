"""The real digits: all of them, attributed, split as is said, and learnable."""

import numpy as np
import pytest

from simulator.networks.datasets.base import labels
from simulator.networks.datasets.digits import FILE, read_digits
from simulator.networks.datasets.making import make_dataset

# UCI's description of the set: optdigits.tes.
COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_all_1797_are_there() -> None:
    pixels, what = read_digits()
    assert pixels.shape == (1797, 8, 8) and pixels.dtype == np.uint8
    assert pixels.min() == 0 and pixels.max() == 16
    assert np.bincount(what).tolist() == COUNTS
    # The first instance, a nought, as the repository prints it.
    assert pixels[0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0] and what[0] == 0
    assert len(np.unique(pixels.reshape(1797, -1), axis=0)) == 1797


def test_they_are_attributed_and_small() -> None:
    text = FILE.with_name("digits.txt").read_text(encoding="utf-8")
    for word in ("Optical Recognition of Handwritten Digits", "UCI Machine Learning Repository", "CC BY 4.0"):
        assert word in text
    assert "10.24432/C50P49" in text and "Alpaydin" in text and "Kaynak" in text
    assert FILE.stat().st_size < 60_000


def test_the_split() -> None:
    """A fifth of each digit is held out; both parts together are the set; seeds choose different ones."""
    dataset, other = make_dataset("digits", seed=1, samples=0), make_dataset("digits", seed=2, samples=0)
    assert len(dataset.x) == 1442 and len(dataset.x_test) == 355
    assert np.bincount(labels(dataset.t_test)).tolist() == [count // 5 for count in COUNTS]
    pixels, what = read_digits()
    every = {row.tobytes(): label for row, label in zip(pixels.reshape(1797, -1), what, strict=True)}
    x, t = np.concatenate([dataset.x, dataset.x_test]), np.concatenate([labels(dataset.t), labels(dataset.t_test)])
    back = np.round((x + 1) * 8).astype(np.uint8)
    assert {row.tobytes(): label for row, label in zip(back, t, strict=True)} == every
    assert x.min() == -1 and x.max() == 1 and 0.6 < (x**2).mean() < 1.1
    assert not np.array_equal(dataset.x_test, other.x_test)
    assert dataset.shape == (8, 8) and dataset.classes == 10 and not dataset.deformed
    assert dataset.words.startswith("1,442 handwritten digits (UCI ") and "CC BY 4.0" in dataset.words


@pytest.mark.parametrize("seed", range(3))
def test_a_linear_classifier_reads_them(seed: int) -> None:
    """Ridge regression reads more than 90 % of the held-out digits, and one on labels at random a tenth."""
    found = []
    for noise in (0.0, 1.0):
        dataset = make_dataset("digits", seed=seed, samples=0, label_noise=noise)
        x, x_test = (np.hstack([x, np.ones((len(x), 1))]).astype(float) for x in (dataset.x, dataset.x_test))
        weights = np.linalg.solve(x.T @ x + 10 * np.eye(65), x.T @ dataset.t)
        found.append((labels(x_test @ weights) == labels(dataset.t_test)).mean())
    assert found[0] > 0.9 and found[1] < 0.25


def test_fewer_samples_and_the_stream_s_data() -> None:
    few, all_of_them = make_dataset("digits", samples=100), make_dataset("digits", samples=0)
    assert np.array_equal(few.x, all_of_them.x[:100]) and np.array_equal(few.x_test, all_of_them.x_test)
    endless = make_dataset("digits-infinite", samples=0, label_noise=0.5)
    assert endless.deformed and np.array_equal(endless.x, all_of_them.x)
    assert np.array_equal(endless.t, all_of_them.t)  # the stream draws labels at random anew
