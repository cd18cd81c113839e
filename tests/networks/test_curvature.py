"""Eigenvalues of the Hessian: Lanczos against the whole, followed while training; outliers, one fewer than classes."""

import numpy as np
import pytest

from simulator.networks.architecture import Architecture, TrainingDials
from simulator.networks.curvature import (
    DENSE,
    leading_eigenvalues,
    outliers,
    sharpness,
    singular_values,
)
from simulator.networks.initial import initial_theta
from simulator.networks.reference import descent, hessian_product, loss_and_gradient, update
from simulator.theory.stability import largest_sharpness


def clusters(seed, classes, dimension=20, samples=1000):
    """Gaussian classes of unit noise about prototypes of unit variance, and one-hot targets."""
    random = np.random.default_rng(seed)
    prototypes, of = random.standard_normal((classes, dimension)), random.integers(0, classes, samples)
    return prototypes[of] + random.standard_normal((samples, dimension)), np.eye(classes)[of]


def trained(architecture, theta, x, t, steps, rate=0.1):
    """Theta after full-batch gradient descent."""
    state = descent(theta, "sgd")
    for _ in range(steps):
        g = loss_and_gradient(architecture, state.theta, x, t)[1]
        state = update(architecture, TrainingDials(rate), "sgd", state, g)
    return state.theta


@pytest.mark.parametrize("sizes", [(20, 6, 3), (20, 15, 3)])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_lanczos_agrees_with_the_whole_matrix(sizes, activation):
    architecture, (x, t) = Architecture(sizes, activation), clusters(1, 3, samples=200)
    P = architecture.parameters
    assert (P <= DENSE) == (sizes == (20, 6, 3))  # both ways are taken
    theta = trained(architecture, initial_theta(architecture, 1, 1)[0], x, t, 20)
    product = hessian_product(architecture, theta, x, t)
    H = product(np.eye(P))
    exact = np.linalg.eigvalsh(H)[::-1]
    assert leading_eigenvalues(architecture, theta, x, t, 8) == pytest.approx(exact[:8], rel=1e-5)
    assert leading_eigenvalues(architecture, theta, x, t, 10 * P) == pytest.approx(exact, rel=1e-9, abs=1e-12)
    top = sharpness(architecture, theta, x, t)
    assert top.value == pytest.approx(exact[0], rel=1e-5) and np.linalg.norm(top.vector) == pytest.approx(1)
    assert np.linalg.norm(product(top.vector) - top.value * top.vector) < 1e-2 * top.value


def test_sharpness_is_followed_in_few_products():
    architecture, (x, t) = Architecture((20, 30, 4)), clusters(2, 4, samples=200)
    theta = initial_theta(architecture, 1, 1)[0]
    top = sharpness(architecture, theta, x, t)
    first = top.products
    for _ in range(5):
        theta = trained(architecture, theta, x, t, 5)
        top = sharpness(architecture, theta, x, t, top.vector)
    again = sharpness(architecture, theta, x, t, top.vector)
    exact = np.linalg.eigvalsh(hessian_product(architecture, theta, x, t)(np.eye(architecture.parameters)))[-1]
    assert top.value == pytest.approx(exact, rel=1e-5) and again.value == pytest.approx(exact, rel=1e-5)
    assert again.products <= 8 < first
    other = sharpness(Architecture((20, 12, 4)), np.zeros(304), x, t, top.vector)  # of another network: not followed
    assert np.isfinite(other.value)


@pytest.mark.parametrize("broken", [np.nan, np.inf, 1e200])
@pytest.mark.parametrize("sizes", [(4, 3, 3), (4, 60, 3)])
def test_divergence_is_no_error(sizes, broken):
    architecture, (x, t) = Architecture(sizes, "relu", "mse"), clusters(3, 3, 4, 20)
    theta = initial_theta(architecture, 1, 1)[0].astype(float) * 1.0
    theta[architecture.layers[1].weights.start] = broken
    if broken == 1e200:
        theta[:] = broken
    top = sharpness(architecture, theta, x, t)
    assert np.isnan(top.value) and top.vector is None
    assert np.isnan(leading_eigenvalues(architecture, theta, x, t, 5)).tolist() == [True] * 5
    found = singular_values(architecture, np.stack([theta, np.ones_like(theta)]), 2)
    assert np.isfinite(found[1]).all() and (broken == 1e200 or np.isnan(found[0]).all())


@pytest.mark.parametrize(("classes", "reference"), [(2, 2.2), (3, 2.8), (4, 2.1)])
def test_outliers_are_one_fewer_than_classes(classes, reference):
    """D = 20, 10 hidden relu, n = 1000, eta = 0.1, step 200: lambda_(C-1)/lambda_C, and none of it at the start."""
    architecture, before, after, counted = Architecture((20, 10, classes), "relu"), [], [], []
    for seed in range(8):
        x, t = clusters(seed, classes)
        theta = initial_theta(architecture, 1, seed)[0]
        start = leading_eigenvalues(architecture, theta, x, t, 10)
        end = leading_eigenvalues(architecture, trained(architecture, theta, x, t, 200), x, t, 10)
        before.append(np.log(start[classes - 2] / start[classes - 1]))
        after.append(np.log(end[classes - 2] / end[classes - 1]))
        counted.append(outliers(end).count)
    assert np.median(counted) == classes - 1
    assert abs(np.mean(after) - np.log(reference)) < 2 * np.std(after)  # the reference is of a draw as these are
    assert np.mean(after) - np.mean(before) > 3 * np.hypot(np.std(after), np.std(before)) / np.sqrt(8)


def test_training_stays_at_the_edge_of_stability():
    """10-40-40-1 tanh, 50 points, mse, eta = 0.2: eta lambda_max/2 rises to 1 by step 800 and stays.

    Inputs are N(0, 1)^10 and half of the targets 1, half -1, at random: to fit them the network must become sharp.
    """
    random, eta = np.random.default_rng(0), 0.2
    x, t = random.standard_normal((50, 10)), np.repeat([[1.0], [-1.0]], 25, axis=0)
    architecture = Architecture((10, 40, 40, 1), "tanh", "mse")
    theta = initial_theta(architecture, 6, 0, sigma_w=0.5).astype(float)

    def edge():
        return np.array([sharpness(architecture, one, x, t).value for one in theta]) / largest_sharpness(eta)

    assert edge().max() < 0.3
    for steps in (800, 200, 500):
        theta = trained(architecture, theta, x, t, steps, eta)
        assert edge().mean() == pytest.approx(1, abs=0.03)
        assert np.median(np.abs(edge() - 1)) < 0.03 and edge().max() < 1.1


def test_outliers():
    assert outliers([9.0, 8.0, 2.0, 1.9, 1.0]) == outliers([9.0, 8.0, 2.0, 1.9, -1.0])
    assert (outliers([9.0, 8.0, 2.0, 1.9]).count, outliers([9.0, 8.0, 2.0, 1.9]).ratio) == (2, 4.0)
    assert outliers([3.0, -1.0]).count == outliers([np.nan, np.nan]).count == 0


def test_singular_values():
    architecture = Architecture((5, 4, 3))
    theta = initial_theta(architecture, 2, 1)
    W = theta[:, architecture.layers[1].weights].reshape(2, 3, 4)
    assert singular_values(architecture, theta, 2) == pytest.approx(np.linalg.svd(W, compute_uv=False), rel=1e-5)
    with pytest.raises(ValueError, match="layer 3 must be from 1 to 2"):
        singular_values(architecture, theta, 3)
