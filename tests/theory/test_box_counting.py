"""Box counting on sets whose dimension is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.theory.box_counting import boundary, box_counts, dimension

Bools = NDArray[np.bool_]
SIDE = 512
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
THREES = 3 ** np.arange(1, 5)


def repeated(tile: list[list[int]], times: int) -> Bools:
    """A tile in each place of a tile that is set, again and again."""
    mask = np.ones((1, 1), np.int64)
    for _ in range(times):
        mask = np.kron(mask, np.array(tile))
    return mask.astype(np.bool_)


def koch(times: int) -> Bools:
    """The pixels that von Koch's curve of so many generations touches."""
    points = np.array([0, 1], np.complex128)
    for _ in range(times):
        a, third = points[:-1], np.diff(points) / 3
        corners = [a, a + third, a + third * (1 + np.exp(1j * np.pi / 3)), a + 2 * third]
        points = np.concatenate([np.stack(corners, axis=1).ravel(), points[-1:]])
    places = 20 + 100j + points * (SIDE - 40)
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[places.imag.astype(int), places.real.astype(int)] = True
    return mask


DRAWN: dict[str, tuple[Bools, NDArray[np.int64] | None, float]] = {
    "Sierpinski's triangle": (repeated([[1, 0], [1, 1]], 9), None, np.log(3) / np.log(2)),
    "Sierpinski's carpet": (repeated([[1, 1, 1], [1, 0, 1], [1, 1, 1]], 6), THREES, np.log(8) / np.log(3)),
    "Cantor's dust": (repeated([[1, 0, 1], [0, 0, 0], [1, 0, 1]], 6), THREES, np.log(4) / np.log(3)),
    "von Koch's curve": (koch(8), None, np.log(4) / np.log(3)),
    "a slanted line": (boundary(ROWS > 0.37 * COLUMNS + 20), None, 1.0),
    "a circle": (boundary(np.hypot(ROWS - 250, COLUMNS - 260) < 200), None, 1.0),
    "a disc": (np.hypot(ROWS - 250, COLUMNS - 260) < 200, None, 2.0),
}


@pytest.mark.parametrize("name", DRAWN)
def test_sets_of_known_dimension_are_right_within_their_errors(name: str) -> None:
    mask, sizes, exact = DRAWN[name]
    found = dimension(mask, sizes)
    assert found is not None
    assert abs(found.value - exact) < 2 * found.stderr
    assert found.stderr < 0.1


@pytest.mark.parametrize("exact", [1, 2])
def test_what_goes_on_beyond_the_edges_is_exact(exact: int) -> None:
    """A line, and a square that is full: boxes that the edge cuts count by their share."""
    found = dimension(ROWS == 100 if exact == 1 else ROWS >= 0)
    assert found is not None
    assert found.value == pytest.approx(exact, abs=1e-9) and found.stderr < 1e-9
    assert found.counts == pytest.approx((SIDE / found.sizes) ** exact)


def test_counts_are_means_over_places_of_the_grid() -> None:
    mask = np.zeros((16, 16), np.bool_)
    mask[3:5, 3:5] = True  # in a grid of fours it lies in one box along an axis in three of four places
    assert box_counts(mask, [1, 2, 4]).tolist() == [4.0, 1.5**2, 1.25**2]


def test_the_boundary_is_where_neighbours_differ() -> None:
    inside = np.zeros((5, 6), np.bool_)
    inside[2:, 3:] = True
    edge = boundary(inside)
    assert edge.shape == (4, 5)
    assert set(zip(*np.nonzero(edge), strict=True)) == {(1, 2), (1, 3), (1, 4), (2, 2), (3, 2)}
    assert not boundary(np.ones((4, 4), np.bool_)).any()


def test_too_little_has_no_dimension() -> None:
    assert dimension(np.zeros((64, 64), np.bool_)) is None
    assert dimension(np.ones((8, 8), np.bool_)) is None
    assert dimension(np.zeros((0, 0), np.bool_)) is None


def test_bad_input_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"mask = \(4,\) is not allowed: must have two axes"):
        box_counts(np.ones(4), [1])
    with pytest.raises(ValueError, match=r"sizes = \[0, 2\] is not allowed: must be at least 1"):
        box_counts(np.ones((4, 4)), [0, 2])
