"""Slices are exact: every pixel is the energy of a point that can be named."""

import numpy as np
import pytest

from simulator.landscapes import slices
from simulator.landscapes.glass import Glass
from simulator.optimizers import Dials

DIALS = Dials(roughness=0.8, funnel=1.3, shape=(0.1, 0.2, 0.3, 0.4))


@pytest.fixture
def glass(backend):
    return Glass(backend, 24, 2, 5, 3, mixture=(0.4, 0.7, 0.5))


def test_every_pixel_is_the_energy_of_its_point(glass):
    positions = glass.positions()[1].astype(float)
    frame = slices.make_frame(glass.native()[1].astype(float), positions[0], positions[4])
    heights = slices.polar(slices.polynomial(glass, 1, frame, DIALS), 2.0, 33)
    axis = np.linspace(-2.0, 2.0, 33)
    rows, columns = np.nonzero(np.isfinite(heights))
    theta, phi = np.hypot(axis[columns], axis[rows]), np.arctan2(axis[rows], axis[columns])
    directions = np.cos(phi)[:, None] * frame.e1 + np.sin(phi)[:, None] * frame.e2
    points = np.sqrt(24) * (np.cos(theta)[:, None] * frame.centre + np.sin(theta)[:, None] * directions)
    everywhere = np.broadcast_to(points.astype(np.float32), (2, *points.shape))
    energies = glass.evaluate(everywhere, DIALS)[0][1]
    assert np.abs(heights[rows, columns] - energies).max() < 2e-5
    assert np.isnan(heights[0, 0]) and theta.max() <= 2.0


def test_the_slice_passes_through_the_first_walker(glass):
    """Height of the surface under the walker that opened the slice is that walker's own energy."""
    positions = glass.positions()[0].astype(float)
    frame = slices.make_frame(glass.native()[0].astype(float), positions[0], positions[4])
    x, y = slices.polar_coordinates(positions[0], frame)
    theta, phi = np.hypot(x, y), np.arctan2(y, x)
    there = np.cos(theta) * frame.centre + np.sin(theta) * (np.cos(phi) * frame.e1 + np.sin(phi) * frame.e2)
    assert np.allclose(np.sqrt(24) * there, positions[0], atol=1e-4)


def test_polar_coordinates_give_the_true_angle_to_the_centre():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((7, 10))
    points *= np.sqrt(10) / np.linalg.norm(points, axis=1, keepdims=True)
    frame = slices.make_frame(*rng.standard_normal((3, 10)))
    expected = np.arccos(points @ frame.centre / np.sqrt(10))
    assert np.allclose(np.linalg.norm(slices.polar_coordinates(points, frame), axis=1), expected)


@pytest.mark.parametrize("n", [2, 3, 8])
@pytest.mark.parametrize("flaw", ["same", "zero", "nan", "none"])
def test_a_frame_is_orthonormal_whatever_opens_it(n, flaw):
    rng = np.random.default_rng(n)
    centre, first, second = rng.standard_normal((3, n))
    first, second = {
        "same": (centre, 2 * centre),
        "zero": (np.zeros(n), second),
        "nan": (np.full(n, np.nan), np.full(n, np.nan)),
        "none": (first, second),
    }[flaw]
    matrix = slices.make_frame(centre, first, second).matrix
    expected = np.eye(3)
    expected[2, 2] = n > 2  # there are only two directions in a plane
    assert np.allclose(matrix @ matrix.T, expected, atol=1e-12)
