"""Noise, stability, catapult and chaos of gradient descent: section E of the reference, and simulations in float64."""

from fractions import Fraction

import numpy as np
import pytest

from simulator.theory import catapult, lyapunov, sgd_noise, stability


def simulated_variance(eta: float, beta: float, walkers: int, steps: int, settle: int) -> float:
    """Variance of theta of SGD with unit curvature and unit noise, over walkers and steps after `settle`."""
    random, theta, v = np.random.default_rng(1), np.zeros(walkers), np.zeros(walkers)
    squares = 0.0
    for step in range(settle + steps):
        v = beta * v + theta + random.standard_normal(walkers)
        theta = theta - eta * v
        squares += float(theta @ theta) if step >= settle else 0.0
    return squares / (steps * walkers)


@pytest.mark.parametrize(("beta", "expected"), [(0.0, 0.052632), (0.9, 0.513514)])
def test_stationary_variance(beta, expected):
    exact = float(sgd_noise.stationary_variance(1.0, 1.0, 0.1, beta))
    assert exact == pytest.approx(expected, abs=5e-7)
    assert simulated_variance(0.1, beta, 4000, 500, 300) == pytest.approx(exact, rel=0.02)


def test_stationary_variance_ends_where_stability_does():
    eta = np.array([0.0, 0.5, 1.999, 2.0, 2.5])
    assert np.array_equal(np.isfinite(sgd_noise.stationary_variance(1.0, 1.0, eta)), eta < 2)
    assert np.isinf(sgd_noise.stationary_variance([-1.0, 0.0, 1.0], 1.0, 0.1, [0.0, 0.0, 1.0])).all()
    for beta in (0.0, 0.5):
        edge = stability.largest_rate(3.0, beta)
        assert np.isfinite(sgd_noise.stationary_variance(3.0, 1.0, edge * 0.999, beta))
        assert np.isinf(sgd_noise.stationary_variance(3.0, 1.0, edge * 1.001, beta))
        T = sgd_noise.effective_temperature(2.0, 1e-6, beta)
        assert float(sgd_noise.stationary_variance(3.0, 2.0, 1e-6, beta)) * 3 == pytest.approx(T, rel=1e-5)


@pytest.mark.parametrize("beta", [0.0, 0.6, 0.9])
def test_stationary_covariance_is_stationary(beta):
    """The covariance of (theta, v) is what one step makes of it; without momentum the equation of the paper holds."""
    random, n, eta = np.random.default_rng(2), 5, 0.3
    A, C = (M @ M.T / n + 0.1 * np.eye(n) for M in random.standard_normal((2, n, n)))
    Sigma = sgd_noise.stationary_covariance(A, C, eta, beta)
    step = np.block([[np.eye(n) - eta * A, -eta * beta * np.eye(n)], [A, beta * np.eye(n)]])
    kick = np.concatenate([-eta * np.eye(n), np.eye(n)])
    joint = np.zeros((2 * n, 2 * n))
    for _ in range(4000):
        joint = step @ joint @ step.T + kick @ C @ kick.T
    assert pytest.approx(joint[:n, :n], rel=1e-9, abs=1e-12) == Sigma
    if not beta:
        assert pytest.approx(eta * C, abs=1e-12) == A @ Sigma + Sigma @ A - eta * A @ Sigma @ A
    diagonal = sgd_noise.stationary_covariance(np.diag([1.0, 2.0]), np.diag([1.0, 3.0]), 0.1, beta)
    assert pytest.approx(diagonal) == np.diag(sgd_noise.stationary_variance([1.0, 2.0], [1.0, 3.0], 0.1, beta))


def test_thresholds():
    assert stability.largest_sharpness(0.2) == 10 and stability.largest_sharpness(0.2, 0.9) == pytest.approx(19)
    assert (
        stability.largest_rate(10) == 0.2 and stability.largest_rate(-1.0) == stability.largest_sharpness(0) == np.inf
    )


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9])
def test_growth_of_deviations(beta):
    """The factor per step of descents of a quadratic, below and above the threshold."""
    curvature = 2.0
    for ratio in (0.2, 0.7, 0.97, 1.03, 1.3):
        eta = ratio * stability.largest_rate(curvature, beta)
        roots = np.roots([1, -(1 + beta - eta * curvature), beta])
        growth = float(stability.growth(eta, curvature, beta))
        assert growth == pytest.approx(np.abs(roots).max())
        assert (growth > 1) == (ratio > 1)
        assert lyapunov.quadratic_exponent(eta, [curvature], beta) == pytest.approx(np.log(growth))


def test_catapult_map_is_gradient_descent_exactly():
    """In rational arithmetic, where u.v/sqrt n has no rounding, the map and descent are the same numbers."""
    random, n, root = np.random.default_rng(3), 9, 3
    u, v = ([Fraction(int(k), 64) for k in row] for row in random.integers(-200, 200, (2, n)))
    eta = Fraction(3, 16)
    for _ in range(3):
        f, lam = sum(a * b for a, b in zip(u, v, strict=True)) / root, sum(a * a for a in u + v) / n
        u, v = ([a - eta * f * b / root for a, b in zip(p, q, strict=True)] for p, q in ((u, v), (v, u)))
        after = sum(a * b for a, b in zip(u, v, strict=True)) / root, sum(a * a for a in u + v) / n
        assert after[0] == f * (1 - eta * lam + eta**2 * f**2 / n)
        assert after[1] == lam + eta * f**2 / n * (eta * lam - 4)
        scale = abs(f) * (1 + eta * lam), lam + 4 * eta * f**2 / n * (1 + eta * lam)
        for ours, exact, size in zip(
            catapult.catapult_map(float(f), float(lam), float(eta), n), after, scale, strict=True
        ):
            assert abs(Fraction(float(ours)) - exact) <= 1e-15 * float(size)


@pytest.mark.parametrize(
    ("product", "regime"), [(1.5, "lazy"), (2.5, "catapult"), (3.5, "catapult"), (4.5, "divergent")]
)
def test_regimes(product, regime):
    """Gradient descent of u and v, float64, in a wide network."""
    random, n = np.random.default_rng(4), 1000
    u, v = random.standard_normal((2, n))
    f, lam = u @ v / np.sqrt(n), (u @ u + v @ v) / n
    eta, first = product / lam, (f, lam)
    assert catapult.regime(lam, eta) == regime
    path, curvatures = catapult.catapult_path(f, lam, eta, n, 200)
    for step in range(200):
        if abs(f) > 1e30:
            break
        assert (f, lam) == pytest.approx((path[step], curvatures[step]), rel=1e-9, abs=1e-9)
        u, v = u - eta * f * v / np.sqrt(n), v - eta * f * u / np.sqrt(n)
        f, lam = u @ v / np.sqrt(n), (u @ u + v @ v) / n
    if regime == "divergent":
        assert abs(f) > 1e30 and not np.isfinite(path[-1])
        return
    assert abs(path[-1]) < 1e-3 and eta * curvatures[-1] < 2
    grown = np.abs(path).max() > 5 * abs(first[0])
    assert grown == (regime == "catapult") and (curvatures[-1] < 0.9 * first[1]) == (regime == "catapult")


def test_exponent_of_the_double_well():
    exact = lyapunov.double_well_exponent([0.25, 0.9, 1.5, 2.0, 2.5])
    assert pytest.approx([np.log(0.5), -0.2231, np.nan, 1.098612, np.inf], abs=5e-5, nan_ok=True) == exact
    assert exact[3] == np.log(3) and lyapunov.double_well_exponent(0.5) == -np.inf
    measured = lyapunov.iterated_exponent([0.25, 0.9, 2.5])
    assert pytest.approx(exact[[0, 1, 4]], abs=1e-9) == measured
    starts = np.linspace(0.1, 0.9, 64)
    assert lyapunov.iterated_exponent(1.5, 10_000, starts).mean() == pytest.approx(0.490, abs=2e-3)
    assert lyapunov.iterated_exponent(2.0, 10_000, starts).mean() == pytest.approx(np.log(3), abs=2e-3)


def test_double_well_is_chebyshev_at_two():
    u = np.linspace(0.1, 3, 50)
    x = np.sqrt(2) * np.cos(u)
    assert x - 2 * (x**3 - x) == pytest.approx(-np.sqrt(2) * np.cos(3 * u))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: sgd_noise.stationary_covariance(np.eye(2), np.eye(3), 0.1), r"\(A, C\)"),
        (lambda: sgd_noise.stationary_covariance(np.eye(2), np.eye(2), 2.0), "eta"),
        (lambda: sgd_noise.stationary_covariance(-np.eye(2), np.eye(2), 0.1), "eta"),
        (lambda: sgd_noise.stationary_covariance(np.eye(2), np.eye(2), 0.1, 1.0), "beta"),
        (lambda: sgd_noise.effective_temperature(-1.0, 0.1), "c"),
        (lambda: stability.largest_sharpness(-0.1), "eta"),
        (lambda: stability.largest_sharpness(0.1, 1.0), "beta"),
        (lambda: stability.largest_rate(np.nan), "sharpness"),
        (lambda: catapult.catapult_map(1.0, 1.0, 0.1, 0), "n"),
        (lambda: catapult.catapult_path(1.0, 1.0, 0.1, 4, -1), "steps"),
        (lambda: catapult.regime(1.0, 0.0), "eta"),
        (lambda: lyapunov.quadratic_exponent(0.1, []), "curvatures"),
        (lambda: lyapunov.double_well_exponent(-0.1), "eta"),
        (lambda: lyapunov.iterated_exponent(1.0, 0), "steps"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = .* is not allowed: "):
        call()
