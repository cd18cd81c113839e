"""The tangent space of the sphere, and the reflection that takes a Hessian there."""

import numpy as np
import pytest

from simulator.landscapes.tangent import radial_force, tangent, tangent_hessian


@pytest.mark.parametrize("n", [2, 3, 17])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_tangent_hessian_is_the_projected_one(n, sign):
    rng = np.random.default_rng(n)
    point = rng.standard_normal(n)
    point *= np.sqrt(n) / np.linalg.norm(point) * sign
    point[0] = sign * abs(point[0])
    matrix = rng.standard_normal((n, n))
    matrix = matrix + matrix.T
    gradient = rng.standard_normal(n)
    unit = point / np.linalg.norm(point)
    project = np.eye(n) - np.outer(unit, unit)
    full = np.linalg.eigvalsh(project @ matrix @ project + 1e6 * np.outer(unit, unit))[:-1]
    expected = full + radial_force(gradient, point)
    assert np.allclose(np.linalg.eigvalsh(tangent_hessian(matrix, gradient, point)), expected, atol=1e-8)


def test_tangent_gradient_has_no_radial_part():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((3, 4, 9))
    points *= 3.0 / np.linalg.norm(points, axis=-1, keepdims=True)
    assert np.abs(np.sum(tangent(rng.standard_normal(points.shape), points) * points, axis=-1)).max() < 1e-12
