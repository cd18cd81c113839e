"""Data sets that are made here: scaled, deterministic, and hard or easy as they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.networks.datasets.base import Dataset, labels
from simulator.networks.datasets.clusters import prototypes
from simulator.networks.datasets.draws import Draws, Purpose
from simulator.networks.datasets.making import DATASETS, make_dataset
from simulator.networks.datasets.planar import PLANAR, planar
from simulator.networks.datasets.targets import split, targets_of
from simulator.networks.datasets.teacher import Teacher
from simulator.parameters import ParameterError, UnknownParameterError

GENERATED = (*PLANAR, "clusters", "teacher")
BUNDLED = (*GENERATED, "digits", "digits-infinite")


def arrays(dataset: Dataset) -> tuple[NDArray[np.float32], ...]:
    return dataset.x, dataset.t, dataset.x_test, dataset.t_test


def linear_accuracy(dataset: Dataset) -> float:
    """Test accuracy of least squares on the one-hot targets."""
    x, x_test = (np.hstack([x, np.ones((len(x), 1))]).astype(float) for x in (dataset.x, dataset.x_test))
    weights = np.linalg.lstsq(x, dataset.t.astype(float), rcond=None)[0]
    return float((labels(x_test @ weights) == labels(dataset.t_test)).mean())


def nearest_accuracy(dataset: Dataset) -> float:
    """Test accuracy of the nearest training sample."""
    away = ((dataset.x_test[:, None] - dataset.x) ** 2).sum(-1)
    return float((labels(dataset.t)[away.argmin(1)] == labels(dataset.t_test)).mean())


@pytest.mark.parametrize("name", BUNDLED)
def test_the_arguments_decide_everything(name: str) -> None:
    one, again, other = (make_dataset(name, seed=seed, samples=150, label_noise=0.3) for seed in (7, 7, 8))
    assert all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(again), strict=True))
    assert not np.array_equal(one.x, other.x)
    for array in arrays(one):
        assert array.dtype == np.float32 and array.flags.c_contiguous and not array.flags.writeable
        assert np.isfinite(array).all() and len(array)
    assert one.x.shape == (150, one.dimension) and one.t.shape == (150, one.outputs)


@pytest.mark.parametrize("name", GENERATED)
def test_more_samples_leave_the_first_as_they_were(name: str) -> None:
    few, many = (make_dataset(name, seed=3, samples=samples, noise=0.2, dimension=7) for samples in (60, 200))
    assert np.array_equal(few.x, many.x[:60]) and np.array_equal(few.t, many.t[:60])
    assert np.array_equal(few.x_test, many.x_test)
    shared = (many.x_test[:, None] == many.x).all(-1)
    assert not shared.any()


@pytest.mark.parametrize("classes", range(2, 11))
@pytest.mark.parametrize("name", PLANAR)
def test_planar_sets_have_mean_square_one(name: str, classes: int) -> None:
    x, labels = planar(name, Draws(11, Purpose.TRAINING), 20_000, classes, 0.0)
    squares = (x**2).mean(1)
    # Classes take turns, so that their differing sizes add to the spread, not to the error; five standard errors.
    assert abs(squares.mean() - 1) < 5 * squares.std() / np.sqrt(len(x))
    counts = np.bincount(labels, minlength=classes)
    assert counts.max() - counts.min() <= 1
    assert np.abs(x).max() < 3.2


@pytest.mark.parametrize("name", PLANAR)
def test_noise_is_added(name: str) -> None:
    plain, noisy = (planar(name, Draws(4, Purpose.TRAINING), 20_000, 3, noise)[0] for noise in (0.0, 0.3))
    away = (noisy - plain) / 0.3
    n = away.size
    assert abs(away.mean()) < 5 / np.sqrt(n) and abs((away**2).mean() - 1) < 5 * np.sqrt(2 / n)
    assert abs((away * plain).mean()) < 5 / np.sqrt(n)


def test_only_blobs_are_parted_by_lines() -> None:
    for name in PLANAR:
        dataset = make_dataset(name, seed=2, samples=1000, noise=0.0)
        line, nearest = linear_accuracy(dataset), nearest_accuracy(dataset)
        assert nearest > 0.99, name
        assert line > 0.99 if name == "blobs" else line < 0.75, (name, line)


def test_xor_is_the_four_quadrants() -> None:
    x, labels = planar("xor", Draws(1, Purpose.TRAINING), 2000, 2, 0.0)
    assert np.array_equal(labels, (x[:, 0] * x[:, 1] < 0).astype(int))
    assert np.abs(x).min() > 0.05  # the quadrants stand apart


def test_the_arms_of_a_spiral_are_one_arm_turned() -> None:
    for classes in (2, 5):
        x, labels = planar("spiral", Draws(1, Purpose.TRAINING), 5000, classes, 0.0)
        radius = np.hypot(*x.T)
        turns = 3 * radius / radius.max() / classes
        angle = np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi) - labels / classes
        # the largest radius drawn is not quite the end of the arm
        assert np.abs((angle - turns + 0.5) % 1 - 0.5).max() < 0.01


def test_targets_as_the_loss_wants_them() -> None:
    three, two = np.array([0, 2, 1]), np.array([0, 1, 1])
    assert targets_of(three, 3, "cross_entropy").tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert targets_of(three, 3, "mse").tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert targets_of(three, 3, "hinge").tolist() == [[1, -1, -1], [-1, -1, 1], [-1, 1, -1]]
    assert targets_of(two, 2, "cross_entropy").tolist() == [[1, 0], [0, 1], [0, 1]]
    for loss in ("mse", "hinge"):
        assert targets_of(two, 2, loss).tolist() == [[-1], [1], [1]]
    for loss in ("mse", "hinge", "cross_entropy"):
        assert labels(targets_of(three, 3, loss)).tolist() == three.tolist()
        assert labels(targets_of(two, 2, loss)).tolist() == two.tolist()


@pytest.mark.parametrize("name", ["spiral", "clusters", "digits", "teacher"])
def test_labels_drawn_at_random(name: str) -> None:
    """Of 1,000 labels f (1 - 1/C) change, within five standard errors; those of a smaller f change at a larger too."""
    made = [make_dataset(name, seed=5, samples=1000, classes=4, dimension=6, label_noise=f) for f in (0, 0.3, 0.6, 1)]
    classes, true = made[0].classes, labels(made[0].t)
    changed = [labels(each.t) != true for each in made]
    assert all(np.array_equal(each.x, made[0].x) and np.array_equal(each.t_test, made[0].t_test) for each in made)
    for fraction, now in zip((0, 0.3, 0.6, 1), changed, strict=True):
        p = 1 - 1 / classes
        assert abs(now.sum() - 1000 * fraction * p) <= 5 * np.sqrt(1000 * fraction * p * (1 - p))
    assert not (changed[1] & ~changed[2]).any() and not (changed[2] & ~changed[3]).any()


def test_clusters_are_where_they_say() -> None:
    """Means A p_c and variance 1 + noise^2; prototypes standard normal, those of the first classes always the same."""
    dataset = make_dataset("clusters", seed=9, samples=20_000, classes=5, dimension=50, amplitude=0.55, noise=0.5)
    p = prototypes(9, 5, 50)
    assert np.array_equal(prototypes(9, 3, 50), p[:3])
    assert abs(p.mean()) < 5 / np.sqrt(250) and abs(p.var() - 1) < 5 * np.sqrt(2 / 250)
    mine = labels(dataset.t)
    for c in range(5):
        away = dataset.x[mine == c] - 0.55 * p[c]
        n = len(away)
        assert np.abs(away.mean(0)).max() < 5 * np.sqrt(1.25 / n)
        assert np.abs(away.var(0) / 1.25 - 1).max() < 5 * np.sqrt(2 / n)


def test_real_targets_of_a_teacher() -> None:
    dataset = make_dataset("teacher", "mse", seed=6, samples=20_000, dimension=12, noise=0.5)
    teacher = Teacher.drawn(6, 12, 1, 1.0)
    assert dataset.classes == 0 and dataset.outputs == 1
    assert np.allclose(dataset.t_test, teacher(dataset.x_test.astype(float)), atol=1e-6)  # without noise
    away = dataset.t - teacher(dataset.x.astype(float))
    assert abs(away.var() / 0.25 - 1) < 5 * np.sqrt(2 / len(away))
    squares = teacher(dataset.x.astype(float)) ** 2
    # the scale comes from 4,096 inputs of its own
    assert abs(squares.mean() - 1) < 5 * squares.std() * np.sqrt(1 / len(squares) + 1 / 4096)
    for axis in range(12):
        assert abs(dataset.x[:, axis].var() - 1) < 5 * np.sqrt(2 / len(away))


def test_a_teacher_s_amplitude_bends_it() -> None:
    """The part of its variance that a straight line explains falls with the amplitude."""
    explained = []
    for amplitude in (0.1, 1.0, 10.0):
        dataset = make_dataset("teacher", "mse", seed=1, samples=4000, dimension=10, amplitude=amplitude)
        x, t = dataset.x.astype(float), dataset.t.astype(float)
        residual = t - x @ np.linalg.lstsq(x, t, rcond=None)[0]
        explained.append(1 - residual.var() / t.var())
    assert explained[0] > 0.99 and explained[0] > explained[1] > explained[2] + 0.1


def test_two_classes_of_a_teacher_are_equally_likely() -> None:
    mine = labels(make_dataset("teacher", samples=10_000, dimension=8, seed=2).t)
    assert abs(mine.mean() - 0.5) < 5 * 0.5 / np.sqrt(10_000)
    three = np.bincount(labels(make_dataset("teacher", samples=3000, dimension=8, classes=3, seed=2).t), minlength=3)
    assert three.min() > 300


@given(st.lists(st.integers(0, 4), min_size=2, max_size=200), st.integers(0, 2**64 - 1))
@settings(deadline=None)
def test_a_split_holds_out_a_fifth_of_each_class(given_labels: list[int], seed: int) -> None:
    mine = np.array(given_labels)
    kept, held = split(mine, seed)
    assert sorted([*kept, *held]) == list(range(len(mine)))
    counts, out = np.bincount(mine, minlength=5), np.bincount(mine[held], minlength=5)
    if (counts < 5).all():
        assert len(held) == 1
    else:
        assert out.tolist() == (counts // 5).tolist()
    again = split(mine, seed)
    assert np.array_equal(again[0], kept) and np.array_equal(again[1], held)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "spirals"}, "no dataset 'spirals'; did you mean 'spiral'?"),
        ({"name": "xor", "loss": "l1"}, "loss = 'l1' is not allowed: one of mse, cross_entropy, hinge"),
        ({"name": "xor", "classes": 11}, "classes = 11 is not allowed: a number from 2 to 10"),
        ({"name": "xor", "classes": 1}, "classes = 1 is not allowed: a number from 2 to 10"),
        ({"name": "xor", "samples": 0}, "samples = 0 is not allowed: a number from 1 to 33,554,432"),
        ({"name": "clusters", "samples": 2000, "dimension": 10**6}, "samples = 2000 is not allowed: a number from 1"),
        ({"name": "digits", "samples": -1}, "samples = -1 is not allowed: a number from 0"),
        ({"name": "digits", "label_noise": 1.5}, "label_noise = 1.5 is not allowed: a number from 0 to 1"),
        ({"name": "blobs", "noise": float("nan")}, "noise = nan is not allowed: a number from 0"),
        ({"name": "teacher", "amplitude": -1.0}, "amplitude = -1.0 is not allowed: a number from 0"),
    ],
)
def test_bad_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make_dataset(**arguments)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)
    assert isinstance(caught.value, UnknownParameterError) == (arguments["name"] not in DATASETS)
