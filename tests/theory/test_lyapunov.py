"""Closed forms of exponents against what the maps themselves do."""

import math

import numpy as np
import pytest

from simulator.theory.lyapunov import SECOND_DOUBLING, double_well_exponent, iterated_exponent, quadratic_exponent


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


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_quadratic_exponent_is_the_growth_of_the_map_itself(beta):
    curvatures, eta = np.array([0.05, 0.4, 2.0]), 0.7
    step = np.block([[np.diag(1 - eta * curvatures), -eta * beta * np.eye(3)], [np.diag(curvatures), beta * np.eye(3)]])
    exact = quadratic_exponent(eta, curvatures, beta)
    assert exact == pytest.approx(math.log(np.abs(np.linalg.eigvals(step)).max()))
