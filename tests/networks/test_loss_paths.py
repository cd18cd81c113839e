"""Where the loss is looked at: lines, filter-normalised planes, and the plane of the path."""

import numpy as np
import pytest

from simulator.networks.architecture import Architecture
from simulator.networks.initial import initial_theta
from simulator.networks.loss_paths import Plane, interpolation, principal_plane, random_plane

NET = Architecture((6, 5, 4))


def test_interpolation():
    start, end = initial_theta(NET, 3, 1), initial_theta(NET, 3, 2)
    a, thetas = interpolation(start, end)
    assert thetas.shape == (26, 3, NET.parameters) and thetas.dtype == np.float32
    assert np.array_equal(thetas[0], start) and np.array_equal(thetas[-1], end)
    assert thetas[5] == pytest.approx(0.8 * start + 0.2 * end, abs=1e-6) and a[5] == pytest.approx(0.2)
    beyond, further = interpolation(start[0], end[0], 3, -0.5, 1.5)
    assert beyond.tolist() == [-0.5, 0.5, 1.5] and further[2] == pytest.approx(1.5 * end[0] - 0.5 * start[0], abs=1e-6)
    with pytest.raises(ValueError, match="points 1 must be at least 2"):
        interpolation(start, end, 1)


def test_filters_are_as_long_as_those_of_theta():
    theta = initial_theta(NET, 1, 1, sigma_w=1.5, sigma_b=0.3)[0]
    theta[NET.layers[1].weights.start :][:5] = 0  # a dead row stays where it is
    plane = random_plane(NET, theta, 7)
    for layer in NET.layers:
        W, *rows = (one[layer.weights].reshape(layer.fan_out, layer.fan_in) for one in (theta, *plane.directions))
        for row in rows:
            assert np.linalg.norm(row, axis=1) == pytest.approx(np.linalg.norm(W, axis=1), rel=1e-6)
        assert not plane.directions[:, layer.biases].any()
    assert np.array_equal(plane.at(0, 0), theta)
    again, other = random_plane(NET, theta, 7), random_plane(NET, theta, 8)
    assert np.array_equal(plane.directions, again.directions) and not np.allclose(plane.directions, other.directions)


def test_coordinates_in_a_plane():
    random = np.random.default_rng(1)
    plane = Plane(random.standard_normal(30), random.standard_normal((2, 30)))
    a, b = np.linspace(-1, 1, 5), np.linspace(0, 2, 3)[:, None]
    thetas = plane.at(a, b)
    assert thetas.shape == (3, 5, 30) and thetas.dtype == np.float32
    held = plane.coordinates(thetas)
    assert held[..., 0] == pytest.approx(np.broadcast_to(a, (3, 5)), abs=1e-6)
    assert held[..., 1] == pytest.approx(np.broadcast_to(b, (3, 5)), abs=1e-6)
    across = np.linalg.svd(plane.directions)[2][5]  # perpendicular to both
    assert plane.coordinates(thetas[1, 2] + 3 * across) == pytest.approx([0, 1], abs=1e-6)


def test_principal_plane_holds_a_plane_path():
    random, t = np.random.default_rng(2), np.linspace(0, 3, 40)
    basis = np.linalg.qr(random.standard_normal((200, 2)))[0].T
    path = 5 + np.stack([3 * np.exp(-t), np.sin(2 * t)], axis=1) @ basis
    found = principal_plane(path)
    assert found.explained.sum() == pytest.approx(1) and found.explained[0] > found.explained[1] > 0
    assert found.plane.directions @ found.plane.directions.T == pytest.approx(np.eye(2), abs=1e-12)
    for point, (a, b) in zip(path, found.coordinates, strict=True):
        assert found.plane.at(a, b) == pytest.approx(point, abs=1e-5)
    assert found.coordinates[-1] == pytest.approx([0, 0], abs=1e-12)


def test_principal_directions_are_those_that_hold_most():
    random = np.random.default_rng(3)
    path = np.cumsum(random.standard_normal((60, 50)), axis=0)
    found = principal_plane(path)
    away = path - path[-1]
    s = np.linalg.svd(away, compute_uv=False)
    assert found.explained == pytest.approx(s[:2] ** 2 / (s**2).sum())
    assert found.coordinates == pytest.approx(away @ found.plane.directions.T, abs=1e-9)


@pytest.mark.parametrize("points", [1, 2, 3])
def test_short_and_broken_paths(points):
    path = np.arange(points)[:, None] * np.ones((points, 20)) * 0.1  # it never leaves a line
    found = principal_plane(np.concatenate([path, np.full((2, 20), np.nan)]))
    assert found.plane.directions @ found.plane.directions.T == pytest.approx(np.eye(2), abs=1e-12)
    assert np.isnan(found.coordinates[points:]).all()
    assert found.coordinates[:points, 1] == pytest.approx(0, abs=1e-12)
    assert found.explained == pytest.approx([float(points > 1), 0], abs=1e-12)
    with pytest.raises(ValueError, match="a path without a finite point spans no plane"):
        principal_plane(np.full((2, 20), np.inf))
