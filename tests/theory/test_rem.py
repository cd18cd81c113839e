"""The golf hole: the reference's figures, the two-state law against sums over states, what it refuses."""

import math

import numpy as np
import pytest

from simulator.theory.rem import (
    GolfHole,
    folding_ratio,
    folding_temperature,
    glass_temperature,
    ground_energy,
    latent_heat,
    slope_growth,
)


def test_temperatures_of_the_reference():
    """Section C2: T_g = .600561, e_glass = -.832555; lambda = 1 and 1.5; T_f/T_g = 1.6 at y = 1.1125."""
    assert (glass_temperature(), ground_energy()) == pytest.approx((0.600561, -0.832555), abs=1e-6)
    assert folding_temperature(1.0) == pytest.approx(1.120933, abs=1e-6)
    assert folding_temperature(1.5) == pytest.approx(1.982075, abs=1e-6)
    assert folding_ratio([1.0, 1.5, 1.1125 * 0.832555]) == pytest.approx([1.866476, 3.300371, 1.6], abs=2e-6)
    assert latent_heat(1.5) == pytest.approx(1.247739, abs=1e-6)
    assert slope_growth(1.5) == pytest.approx(0.0794, abs=1e-4)


def test_nothing_folds_below_the_lowest_random_energy():
    assert folding_temperature(0.83) is latent_heat(0.83) is slope_growth(0.83) is None
    assert np.isnan(folding_ratio(0.83)) and folding_ratio(-ground_energy()) == pytest.approx(1.0, abs=1e-7)
    assert math.isnan(GolfHole(12, 0.5).half()) and math.isnan(GolfHole(12, 0.0).max_slope())


@pytest.mark.parametrize(("N", "slope"), [(10, 0.857), (12, 1.005), (14, 1.156), (16, 1.307), (18, 1.461)])
def test_slopes_of_the_reference(N, slope):
    """max |dP/dT| and T(P = 1/2), exact enumeration averaged over samples; the annealed law is as good at T >> T_g."""
    hole = GolfHole(N, 1.5)
    assert hole.max_slope() == pytest.approx(slope, abs=0.005)
    assert hole.half() == pytest.approx(1.982, abs=0.002)


def test_the_slope_grows_by_the_same_with_each_spin():
    growth = (GolfHole(2000, 1.5).max_slope() - GolfHole(1000, 1.5).max_slope()) / 1000
    assert growth == pytest.approx(slope_growth(1.5), rel=1e-3)


def test_slope_and_heat_are_derivatives():
    hole, T, h = GolfHole(14, 1.2, 0.9), np.linspace(0.7, 3.0, 40), 1e-4
    assert hole.slope(T) == pytest.approx((hole.native(T - h) - hole.native(T + h)) / (2 * h), rel=1e-5, abs=1e-9)

    def free(T):
        """-ln Z of both states, per spin."""
        return -np.logaddexp(hole.N * hole.lam / T, math.log(2.0**hole.N - 1) + hole.N * hole.Delta**2 / (4 * T * T))

    beta, h = 1 / T, 1e-3
    heat = -(free(1 / (beta + h)) - 2 * free(T) + free(1 / (beta - h))) / h**2 * beta**2 / hole.N
    assert hole.heat(T) == pytest.approx(heat, rel=1e-4)


def test_enumeration_of_a_small_hole():
    """All 2^12 energies of some samples, summed one by one."""
    N, T = 12, np.linspace(1.3, 3.0, 171)
    native = []
    for sample in range(30):
        energies = np.random.default_rng(sample).standard_normal(2**N - 1) * math.sqrt(N / 2)
        Z = np.exp(-energies / T[:, None]).sum(axis=1)
        native.append(1 / (1 + Z * np.exp(-N * 1.5 / T)))
    native = np.array(native)
    error = native.std(axis=0, ddof=1) / math.sqrt(30)
    assert np.all(np.abs(native.mean(axis=0) - GolfHole(N, 1.5).native(T)) < 4 * error + 1e-3)


def test_roughness_scales_energies_and_temperatures():
    plain, rough = GolfHole(14, 1.5), GolfHole(14, 3.0, 2.0)
    assert rough.half() == pytest.approx(2 * plain.half()) and rough.max_slope() == pytest.approx(plain.max_slope() / 2)
    assert folding_temperature(3.0, 2.0) == pytest.approx(2 * folding_temperature(1.5))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: GolfHole(0, 1.0), "N = 0"),
        (lambda: GolfHole(8, -1.0), "lambda = -1.0"),
        (lambda: GolfHole(8, 1.0, math.nan), "Delta = nan"),
        (lambda: folding_ratio(1.0, 0.0), "Delta = 0.0"),
    ],
)
def test_bad_arguments(build, words):
    with pytest.raises(ValueError, match=words):
        build()
