"""The endless stream: the same samples on every device and in any pieces, deformed as much as is said, never twice."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.networks.datasets.base import Dataset, labels
from simulator.networks.datasets.making import make_dataset
from simulator.networks.datasets.stream import NODES, Deformation, DeformedStream, bumps
from simulator.networks.datasets.targets import targets_of

STILL = Deformation(0, 0, 0, 0)
SIZE = 16


def images(rows: int, columns: int, count: int = 9, classes: int = 3) -> Dataset:
    """Different images of random pixels."""
    x = np.random.default_rng(1).uniform(-1, 1, (2 * count, rows * columns)).astype(np.float32)
    t = targets_of(np.arange(2 * count) % classes, classes, "cross_entropy")
    return Dataset(x[:count], t[:count], x[count:], t[count:], classes, (rows, columns), True)


def ramps() -> Dataset:
    """An image that shows its own vertical coordinate, class 0, and one that shows the horizontal one, class 1.

    Bilinear interpolation of a ramp is exact: unless it is beyond the edge, a deformed pixel says where it comes from.
    """
    i, j = np.meshgrid(np.arange(SIZE), np.arange(SIZE), indexing="ij")
    x = np.stack([i.ravel(), j.ravel()]).astype(np.float32)
    t = targets_of(np.array([0, 1]), 2, "cross_entropy")
    return Dataset(x, t, x, t, 2, (SIZE, SIZE), True)


def sources(deformation: Deformation, axis: int, backend: AbstractBackend, rows: int = 40_000) -> NDArray[np.float64]:
    """Where each pixel comes from, along one axis: (about rows/2, SIZE, SIZE)."""
    stream = DeformedStream(backend, ramps(), rows, 17, deformation=deformation)
    x, t = (backend.to_host(array) for array in stream.stream(0, 1))
    return x[labels(t) == axis].reshape(-1, SIZE, SIZE).astype(np.float64)


def host(backend: AbstractBackend, stream: DeformedStream, first: int, count: int) -> tuple[NDArray[np.float32], ...]:
    return tuple(backend.to_host(array) for array in stream.stream(first, count))


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (28, 28), (5, 13), (1, 3)])
def test_twins_agree(rows: int, columns: int) -> None:
    """OpenCL, its scalar path that a GPU takes, and numba: the same images and labels, pixels to 2e-5."""
    scalar, _ = choose("opencl")
    scalar.lanes, scalar.is_gpu = 1, True
    found = []
    for backend in (choose("opencl")[0], scalar, choose("numba")[0]):
        stream = DeformedStream(backend, images(rows, columns), 13, 2**40 + 3, 0.4)
        found.append((*host(backend, stream, 2**32 - 2, 5), *stream.test(50)))
    for other in found[1:]:
        assert np.abs(found[0][0] - other[0]).max() < 2e-5 and np.abs(found[0][2] - other[2]).max() < 2e-5
        assert np.array_equal(found[0][1], other[1]) and np.array_equal(found[0][3], other[3])
    assert found[0][0].shape == (65, rows * columns) and found[0][1].shape == (65, 3)


def test_a_batch_does_not_depend_on_what_is_made_with_it(backend: AbstractBackend) -> None:
    dataset = make_dataset("digits-infinite", samples=0)
    stream, smaller = (DeformedStream(backend, dataset, batch, 5, 0.1) for batch in (21, 8))
    x, t = host(backend, stream, 0, 16)
    for first, count in ((7, 1), (3, 9), (15, 1)):
        some_x, some_t = host(backend, stream, first, count)
        assert np.array_equal(some_x, x[21 * first : 21 * (first + count)])
        assert np.array_equal(some_t, t[21 * first : 21 * (first + count)])
    few, _ = host(backend, smaller, 0, 16)
    assert np.array_equal(few.reshape(16, 8, 64), x.reshape(16, 21, 64)[:, :8])
    other = DeformedStream(backend, dataset, 21, 6, 0.1)
    assert not np.array_equal(host(backend, other, 0, 16)[0], x)
    assert len(np.unique(x, axis=0)) == len(x)  # never twice


def test_without_deformation_images_stay_what_they_are(backend: AbstractBackend) -> None:
    dataset = make_dataset("digits-infinite", "hinge", samples=0, seed=4)
    stream = DeformedStream(backend, dataset, 3000, 5, deformation=STILL)
    x, t = host(backend, stream, 0, 1)
    place = {row.tobytes(): i for i, row in enumerate(dataset.x)}
    found = np.array([place[row.tobytes()] for row in x])
    assert np.array_equal(t, dataset.t[found])
    # Each image is equally likely: chi squared of 1,442 cells, five standard deviations.
    expected = 3000 / len(dataset.x)
    chi = ((np.bincount(found, minlength=len(dataset.x)) - expected) ** 2 / expected).sum()
    assert abs(chi - (len(dataset.x) - 1)) < 5 * np.sqrt(2 * len(dataset.x))


def test_the_test_set_is_of_held_out_images(backend: AbstractBackend) -> None:
    dataset = make_dataset("digits-infinite", samples=0, seed=4)
    x, _ = DeformedStream(backend, dataset, 10, 5, 0.9, STILL).test()
    held, trained = ({row.tobytes() for row in part} for part in (dataset.x_test, dataset.x))
    assert {row.tobytes() for row in x} <= held and not held & trained
    assert len({row.tobytes() for row in x}) > 0.9 * len(held)
    stream = DeformedStream(backend, dataset, 10, 5, 0.9)
    with_test = stream.tested()
    stream.stream(0, 3)
    again = DeformedStream(backend, dataset, 99, 5).test()
    assert np.array_equal(with_test.x_test, again[0]) and np.array_equal(with_test.t_test, again[1])
    assert with_test.x_test.shape == (1000, 64) and with_test.deformed and np.array_equal(with_test.x, dataset.x)


def test_labels_are_drawn_anew_each_time(backend: AbstractBackend) -> None:
    """A share noise (1 - 1/C) of labels is not the image's, whichever image it is."""
    dataset = make_dataset("digits-infinite", samples=0)
    made = [host(backend, DeformedStream(backend, dataset, 125, 5, noise), 0, 80) for noise in (0.0, 0.4)]
    assert np.array_equal(made[0][0], made[1][0])
    true, noisy = labels(made[0][1]), labels(made[1][1])
    n, p = len(true), 0.4 * 0.9
    assert abs((true != noisy).mean() - p) < 5 * np.sqrt(p * (1 - p) / n)
    drawn = np.bincount(noisy[true != noisy], minlength=10)
    assert drawn.min() > 0.7 * drawn.mean()


def test_shifts_are_even(backend: AbstractBackend) -> None:
    """All pixels of a sample move alike, by up to 0.08 of the size, evenly."""
    for axis in (0, 1):
        at = sources(Deformation(0.08, 0, 0, 0), axis, backend)[:, 4:12, 4:12]
        moved = at - (np.arange(4, 12)[:, None] if axis == 0 else np.arange(4, 12))
        assert np.ptp(moved, axis=(1, 2)).max() < 1e-5
        shift = moved[:, 0, 0] / (0.08 * SIZE)
        assert 0.999 < shift.max() <= 1 and -1 <= shift.min() < -0.999
        n = len(shift)
        assert abs(shift.mean()) < 5 / np.sqrt(3 * n)
        assert abs((shift**2).mean() - 1 / 3) < 5 * np.sqrt(4 / 45 / n)
        assert abs((shift**4).mean() - 1 / 5) < 5 * np.sqrt(16 / 225 / n)


def test_turns_and_stretches(backend: AbstractBackend) -> None:
    """Slopes of the map: R(turn) diag(stretch), both even."""
    inner = slice(4, 12)

    def slopes(deformation: Deformation, axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        at = sources(deformation, axis, backend)[:, inner, inner]
        # a plane through the pixels, about a centre that stays where it is
        assert np.abs(at.mean((1, 2)) - (SIZE - 1) / 2).max() < 1e-4
        i = np.arange(8) - 3.5
        return (at * i[:, None]).sum((1, 2)) / (8 * (i**2).sum()), (at * i).sum((1, 2)) / (8 * (i**2).sum())

    turn = Deformation(0, 1 / 30, 0, 0)
    (yy, yx), (xy, xx) = slopes(turn, 0), slopes(turn, 1)
    for a, b, sign in ((yy, yx, -1), (xx, xy, 1)):
        angle = np.arctan2(sign * b, a) / (2 * np.pi) * 30
        assert np.abs(a**2 + b**2 - 1).max() < 1e-5
        assert 0.999 < angle.max() < 1 + 1e-5 and -1 - 1e-5 < angle.min() < -0.999
        assert abs((angle**2).mean() - 1 / 3) < 5 * np.sqrt(4 / 45 / len(angle))
    stretch = Deformation(0, 0, 0.12, 0)
    (yy, yx), (xy, xx) = slopes(stretch, 0), slopes(stretch, 1)
    for a, b in ((yy, yx), (xx, xy)):
        assert np.abs(b).max() < 1e-5
        beyond = (a - 1) / 0.12
        assert 0.999 < beyond.max() < 1 + 1e-4 and -1 - 1e-4 < beyond.min() < -0.999
        assert abs(beyond.mean()) < 5 / np.sqrt(3 * len(beyond))
        assert abs((beyond**2).mean() - 1 / 3) < 5 * np.sqrt(4 / 45 / len(beyond))


def test_the_elastic_field(backend: AbstractBackend) -> None:
    """Normal, of the variance asked for at each pixel, correlated as its bumps are: smoothly, and falling off."""
    weights = bumps(SIZE, SIZE)
    assert weights.shape == (SIZE, NODES) and np.allclose((weights**2).sum(1), 1)
    line = weights @ weights.T
    inner = slice(3, 13)
    for axis in (0, 1):
        at = sources(Deformation(0, 0, 0, 0.04), axis, backend)[:, inner, inner]
        rest = np.arange(3, 13)[:, None] if axis == 0 else np.arange(3, 13)
        moved = ((at - rest) / (0.04 * SIZE)).reshape(len(at), -1)
        n = len(moved)
        assert np.abs(moved.mean(0)).max() < 5 / np.sqrt(n)
        assert np.abs((moved**2).mean(0) - 1).max() < 5 * np.sqrt(2 / n)
        assert np.abs((moved**4).mean(0) - 3).max() < 5 * np.sqrt(96 / n)
        covariance = moved.T @ moved / n
        predicted = np.kron(line[inner, inner], line[inner, inner])
        assert np.abs(covariance - predicted).max() < 5.5 * np.sqrt(2 / n)
    assert line[0, 1] > 0.97 and (np.diff(line[0]) < 0).all() and line[0, -1] < 0.2  # smooth, and not one shift of all


def test_beyond_the_edge_there_is_paper(backend: AbstractBackend) -> None:
    """Images of full ink, moved: whatever shows beyond them is blank, and half of the edge's pixel in between."""
    dataset = make_dataset("digits-infinite", samples=0)
    inked = replace(dataset, x=np.ones_like(dataset.x))
    x, _ = host(backend, DeformedStream(backend, inked, 4000, 1, deformation=Deformation(0.5, 0, 0, 0)), 0, 1)
    assert x.min() == -1 and x.max() == 1
    ink = (x.reshape(-1, 8, 8) + 1) / 2
    # A shift of d pixels leaves 8 - |d| of 8 columns' ink: even in |d| up to 4, in both directions, mean (6/8)^2.
    total = ink.mean((1, 2))
    assert abs(total.mean() - 0.75**2) < 5 * total.std() / np.sqrt(len(total))


def test_deformed_digits_stay_readable(backend: AbstractBackend) -> None:
    """The nearest of 20,000 deformed training digits names more than 93 % of the deformed held-out ones."""
    dataset = make_dataset("digits-infinite", samples=0, seed=3)
    stream = DeformedStream(backend, dataset, 2000, 5)
    x, t = host(backend, stream, 0, 10)
    seen, true = stream.test()
    away = (x**2).sum(1) - 2 * seen @ x.T
    assert (labels(t)[away.argmin(1)] == labels(true)).mean() > 0.93


def test_buffers_are_held(backend: AbstractBackend) -> None:
    stream = DeformedStream(backend, images(8, 8), 6, 5)
    first, again, other = stream.stream(0, 2), stream.stream(5, 2), stream.stream(0, 3)
    assert first[0] is again[0] and first[1] is again[1] and other[0] is not first[0]
    assert tuple(other[0].shape) == (18, 64) and tuple(other[1].shape) == (18, 3)
    for count in (4, 5, 6, 7):
        stream.stream(0, count)
    assert stream.stream(0, 2)[0] is not first[0]  # few counts are kept


def test_what_cannot_be_deformed(backend: AbstractBackend) -> None:
    with pytest.raises(ValueError, match="only images with classes can be deformed"):
        DeformedStream(backend, make_dataset("spiral"), 10, 1)
    with pytest.raises(ValueError, match="batch 0 must be at least 1"):
        DeformedStream(backend, images(8, 8), 0, 1)
