"""Closed forms of exponents against what the maps themselves do."""

import math

import numpy as np
import pytest
from scipy.special import ive

from simulator.theory.dynamics import integrate
from simulator.theory.lyapunov import (
    SECOND_DOUBLING,
    bend,
    double_well_exponent,
    iterated_exponent,
    quadratic_exponent,
    swing,
)
from simulator.theory.mixture import Mixture
from simulator.theory.twin_dynamics import squares


def test_the_orbit_of_two_points_is_one_and_has_the_slope_of_the_closed_form():
    for eta in (1.02, 1.1, 1.2, 1.23):
        total, product = math.sqrt(1 + 3 / eta), 1 / eta
        x = (total + math.sqrt(total**2 - 4 * product)) / 2
        other = x - eta * (x**3 - x)
        assert x + other == pytest.approx(total) and x * other == pytest.approx(product)
        slopes = [1 + eta - 3 * eta * at**2 for at in (x, other)]
        assert double_well_exponent(eta) == pytest.approx(math.log(abs(math.prod(slopes))) / 2)
        assert iterated_exponent(eta, 2000) == pytest.approx(float(double_well_exponent(eta)), abs=1e-6)


def test_closed_forms_meet_where_orbits_double():
    """At eta = 1 and sqrt 5 - 1 the exponent is 0 from both sides; beyond the second no closed form is claimed."""
    assert abs(double_well_exponent([1 - 1e-9, 1 + 1e-9, SECOND_DOUBLING])).max() < 1e-7
    assert pytest.approx(1.2360679775) == SECOND_DOUBLING
    assert np.isnan(double_well_exponent([SECOND_DOUBLING + 1e-9, 1.5, 2 - 1e-9])).all()


def test_twice_through_the_minimum_is_superstable():
    eta = 3 / math.sqrt(2) - 1  # 9 = 2 (1 + eta)^2
    assert double_well_exponent(eta) < -15


@pytest.mark.parametrize("eta", [0.4, 0.9, 1.05, 1.12, 1.2])
def test_the_bend_is_the_change_of_the_slope_along_the_orbit(eta):
    x, slopes, shifted, d = 0.3, [], [], 1e-7
    for step in range(3000):
        if step >= 2980:
            slopes.append(1 + eta - 3 * eta * x * x)
            shifted.append(1 + eta - 3 * eta * (x + d) ** 2)
        x -= eta * (x**3 - x)
    change = np.abs(np.log(np.abs(np.array(shifted) / slopes))).mean() / d
    assert bend(eta) == pytest.approx(change / 2, rel=1e-3)


def test_the_bend_has_no_jump_where_closed_forms_end_and_no_bound_at_the_superstable_orbit():
    assert bend(SECOND_DOUBLING - 1e-4) == pytest.approx(bend(SECOND_DOUBLING + 1e-3), rel=0.05)
    assert bend(3 / math.sqrt(2) - 1) > 1e6
    with pytest.raises(ValueError, match="eta"):
        bend(-1.0)


def test_the_swing_is_half_the_ratio_of_the_two_slopes():
    """Of an orbit of two points: the sum of logarithms goes up and down by half of their difference."""
    total, product = math.sqrt(1 + 3 / 1.1), 1 / 1.1
    x = (total + math.sqrt(total**2 - 4 * product)) / 2
    slopes = [abs(1 + 1.1 - 3.3 * at**2) for at in (x, total - x)]
    assert swing(1.1) == pytest.approx(abs(math.log(slopes[0] / slopes[1])) / 2)
    assert swing(0.9) == 0 and swing(1.25) > 0.1


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_quadratic_exponent_is_the_growth_of_the_map_itself(beta):
    curvatures, eta = np.array([0.05, 0.4, 2.0]), 0.7
    step = np.block([[np.diag(1 - eta * curvatures), -eta * beta * np.eye(3)], [np.diag(curvatures), beta * np.eye(3)]])
    exact = quadratic_exponent(eta, curvatures, beta)
    assert exact == pytest.approx(math.log(np.abs(np.linalg.eigvals(step)).max()))


@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.5])
def test_twins_in_the_solvable_glass_follow_its_eigenmodes(temperature):
    """p = 2: |s_1 - s_2|^2 = d^2 int rho(x) exp(2 x t) exp(-2 int mu), rho the semicircle of radius 2, noise or not; at
    T = 0 it stays what it was. The error falls as h^2."""
    mixture, errors = Mixture(1, 0, 0), []
    for n in (50, 100):
        base = integrate(mixture, temperature, 5 / n, n)
        found = np.array(list(squares(mixture, base, 1e-6)))
        t, h = base.t[1:], 5 / n
        swept = np.cumsum((base.mu[1:] + base.mu[:-1]) / 2 * h) - h**2 / 12 * (
            np.gradient(base.mu, h)[1:] - np.gradient(base.mu, h)[0]
        )  # the end correction of Euler and Maclaurin
        exact = 1e-12 * ive(1, 4 * t) / (2 * t) * np.exp(4 * t - 2 * swept)
        errors.append(float(np.abs(np.log(found[1:] / exact)[n // 5 :]).max()))
        if temperature == 0:
            assert np.abs(np.log(exact / 1e-12)).max() < 3e-3
    assert errors[1] < 0.01 and errors[1] < 0.45 * errors[0]


def test_twins_that_are_far_apart_do_not_grow_as_small_ones():
    """One curve in the linear regime whatever the distance; no distance grows beyond that of strangers, sqrt 2."""
    mixture = Mixture(0, 1, 0)
    base = integrate(mixture, 0.3, 0.1, 200)
    near, nearer, far = (np.array(list(squares(mixture, base, d))) for d in (1e-5, 1e-9, 1.0))
    np.testing.assert_allclose(near / 1e-10, nearer / 1e-18, rtol=1e-4)
    assert near[-1] > 10 * near[0] and far[-1] < 2.1 and far[-1] / far[0] < 0.5 * near[-1] / near[0]
    with pytest.raises(ValueError, match="distance"):
        next(squares(mixture, base, 0.0))
