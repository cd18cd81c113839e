"""Laws of N spins: the fits where they were made, their limits, what they leave open; fluctuations that are exact."""

import math

import numpy as np
import pytest

from simulator.theory import finite_size
from simulator.theory.asymptotics import dynamic_transition, threshold_energy
from simulator.theory.mixture import Mixture

P3 = Mixture.pure(3)


def test_energy_shift_of_the_pure_three_spin_glass():
    """Reference, A: a(1) = 1, a(10) = 2.2, a(50) = 3.4."""
    assert finite_size.energy_shift(P3, 0.0, [0, 1, 10, 50]) == pytest.approx([0, 1, 2.2, 3.4])
    t = np.geomspace(0.01, 50, 50)
    assert np.all(np.diff(finite_size.energy_shift(P3, 0.0, t)) > 0) and finite_size.energy_shift(P3, 0.0, 1e6) == 3.4
    assert finite_size.finite_energy(P3, 0.0, 10.0, -1.0816, 64) == pytest.approx(-1.047, abs=5e-4)


def test_energy_shift_grows_with_the_power_and_falls_with_the_heat():
    shifts = [
        finite_size.energy_shift(Mixture(*w), 0.0, 10.0)
        for w in ((1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1))
    ]
    assert shifts == sorted(shifts)
    hot = [float(finite_size.energy_shift(P3, T, 10.0)) for T in (0.0, 0.5, 1.0, 3.0)]
    assert hot == sorted(hot, reverse=True) and hot[-1] < 0.25


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_everything_scales_with_the_roughness(scale):
    """Energies and temperatures by Delta, times by 1/Delta."""
    for mixture in (P3, Mixture(1, 1, 0)):
        rough = mixture.scaled(scale)
        assert finite_size.energy_shift(rough, 0.3 * scale, 4.0 / scale) == pytest.approx(
            scale * finite_size.energy_shift(mixture, 0.3, 4.0)
        )
        assert finite_size.end_energy(rough, 64, 0.3 * scale) == pytest.approx(
            scale * finite_size.end_energy(mixture, 64, 0.3)
        )
        assert finite_size.energy_error(rough, 4.0 / scale, 64) == pytest.approx(
            scale * finite_size.energy_error(mixture, 4.0, 64)
        )
        assert finite_size.correlation_shift(rough, 4.0 / scale) == finite_size.correlation_shift(mixture, 4.0)
        assert finite_size.correlation_error(rough, 4.0 / scale, 64) == finite_size.correlation_error(mixture, 4.0, 64)
    assert finite_size.energy_shift(Mixture(0, 1, 0, roughness=0.0), 0.3, 5.0) == 0


@pytest.mark.parametrize(("N", "E"), [(32, -1.0453), (64, -1.0820), (128, -1.1099)])
def test_end_of_the_descent(N, E):
    """Simulated at t = 300, each +- 0.0024 (reference, A)."""
    assert finite_size.end_energy(P3, N) == pytest.approx(E, abs=4 * 0.0024)
    assert finite_size.finite_energy(P3, 0.0, 1e6, -1.154, N) == finite_size.end_energy(P3, N)


def test_end_energy_tends_to_the_threshold_and_is_not_claimed_where_unknown():
    for mixture in (Mixture.pure(2), P3, Mixture(0, 1, 1)):
        assert finite_size.end_energy(mixture, 10**9) == pytest.approx(threshold_energy(mixture), abs=1e-5)
    assert math.isnan(finite_size.end_energy(P3, 64, dynamic_transition(P3)[0]))
    assert finite_size.finite_energy(P3, 1.0, 1e3, -0.5, 64) == pytest.approx(-0.5 + 1.7 / 64)
    unknown = Mixture(1, 0, 1)
    assert math.isnan(finite_size.end_energy(unknown, 64, 0.5))
    assert math.isfinite(finite_size.finite_energy(unknown, 0.5, 10.0, -0.8, 64))


def test_more_is_left_open_where_nothing_was_fitted():
    known = finite_size.energy_error(P3, 10.0, 64)
    assert known == 0.5 / 64 and finite_size.energy_error(P3, 51.0, 64) == 1.5 / 64
    assert finite_size.energy_error(P3, 10.0, 256) == 1.5 / 256
    assert finite_size.correlation_error(P3, 10.0, 16) == pytest.approx(
        3 * 4 * finite_size.correlation_error(P3, 10.0, 64)
    )


def test_two_spin_ground_states_scatter_as_the_edge_of_a_matrix():
    """E_0 = -lambda_max/2 of 500 symmetric matrices, N = 80: mean and std are those of Tracy and Widom."""
    rng, N, draws = np.random.default_rng(3), 80, 500
    found = []
    for _ in range(draws):
        a = rng.standard_normal((N, N)) / math.sqrt(2 * N)
        found.append(-np.linalg.eigvalsh(a + a.T)[-1] / 2)
    p2 = Mixture.pure(2)
    assert np.std(found, ddof=1) == pytest.approx(finite_size.valley_fluctuation(p2, N), rel=0.12)
    assert np.mean(found) == pytest.approx(
        finite_size.end_energy(p2, N), abs=4 * np.std(found) / math.sqrt(draws) + 0.3 / N
    )
    assert finite_size.valley_fluctuation(P3, N) == 0


def test_noise():
    assert finite_size.sgd_temperature(P3, 0.07, 0.05) == pytest.approx(0.9975, abs=1e-6)
    assert finite_size.sgd_temperature(P3, 0.1, 0.2) == pytest.approx(3 * 0.1 * 0.8 / (4 * 0.2))
    assert finite_size.sgd_temperature(P3, 0.1, 1.0) == 0
    assert finite_size.sgd_temperature(P3.scaled(2), 0.1, 0.5) == 4 * finite_size.sgd_temperature(P3, 0.1, 0.5)
    assert finite_size.sample_fluctuation(Mixture(1, 1, 1), 50) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: finite_size.energy_shift(P3, 0.0, -1.0), "t"),
        (lambda: finite_size.energy_shift(P3, -1.0, 1.0), "T"),
        (lambda: finite_size.end_energy(P3, 1), "N"),
        (lambda: finite_size.energy_error(P3, 1.0, 1), "N"),
        (lambda: finite_size.correlation_error(P3, 1.0, 1), "N"),
        (lambda: finite_size.valley_fluctuation(P3, 0), "N"),
        (lambda: finite_size.sgd_temperature(P3, 0.1, 0.0), "b"),
        (lambda: finite_size.sgd_temperature(P3, -0.1, 0.5), "eta"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = .* is not allowed: "):
        call()
