"""Statics, complexity and equilibrium dynamics of the glass against the tables of the reference."""

import numpy as np
import pytest

from simulator.theory import equilibrium
from simulator.theory.complexity import complexity, critical_points_on_circle, lowest_energy, total_complexity
from simulator.theory.mixture import Mixture
from simulator.theory.spectrum import tangent_hessian
from simulator.theory.statics import glass_state, ground_state_energy, static_transition

P3 = Mixture.pure(3)
TABLE = [  # p, E_0, E_th, E_1, T_s, q_s, Sigma(E_th), Sigma_total
    (2, -1, -1, -1, 1, 0, 0, 0),
    (3, -1.171675, -1.154701, -1.168758, 0.586054, 0.645007, 0.013240, 0.346574),
    (4, -1.268610, -1.224745, -1.260984, 0.503039, 0.804522, 0.049306, 0.549306),
]


@pytest.mark.parametrize(("p", "E_0", "E_th", "E_1", "T_s", "q_s", "Sigma_th", "Sigma_all"), TABLE)
def test_table(p, E_0, E_th, E_1, T_s, q_s, Sigma_th, Sigma_all):
    mixture = Mixture.pure(p)
    assert ground_state_energy(mixture) == pytest.approx(E_0, abs=1e-6)
    assert lowest_energy(mixture, 1) == pytest.approx(E_1, abs=1e-6)
    assert static_transition(mixture) == pytest.approx((T_s, q_s), abs=1e-6)
    assert complexity(mixture, -np.sqrt(2 * (p - 1) / p)) == pytest.approx(Sigma_th, abs=1e-6)
    assert total_complexity(mixture) == pytest.approx(Sigma_all, abs=1e-6)


@pytest.mark.parametrize("p", [3, 4, 5, 8, 12])
def test_two_routes_to_the_ground_state(p):
    mixture = Mixture.pure(p, 1.7)
    assert ground_state_energy(mixture) == pytest.approx(lowest_energy(mixture), abs=1e-12)


def test_complexity_of_minima():
    values = complexity(P3, [-1.155, -1.160, -1.165, -1.170])
    assert values == pytest.approx([0.013059, 0.009587, 0.005677, 0.001467], abs=1e-6)
    assert np.sqrt(2) * lowest_energy(P3) == pytest.approx(-1.656998, abs=1e-6)
    assert np.isnan(complexity(P3, -1.0)) and np.isnan(complexity(P3, 1.2))
    assert complexity(P3.scaled(2), -2.32) == pytest.approx(complexity(P3, -1.16))
    E = [lowest_energy(Mixture.pure(5), k) for k in range(5)]
    assert np.all(np.diff(E) > 0) and E[-1] < -np.sqrt(1.6)


def test_critical_points_on_the_circle():
    assert critical_points_on_circle(P3) == pytest.approx(5.2915, abs=5e-5)
    assert critical_points_on_circle(Mixture.pure(4)) == pytest.approx(6.3246, abs=5e-5)


@pytest.mark.parametrize("mixture", [P3, Mixture.pure(4, 2.0), Mixture(0, 1, 1), Mixture(1, 1, 1)])
def test_glass_below_T_s(mixture):
    T_s, q_s = static_transition(mixture)
    F, q, m = glass_state(mixture, T_s * (1 - 1e-7))
    assert equilibrium.paramagnet_free_energy(mixture, T_s) == pytest.approx(F, rel=1e-6)
    assert (q, m) == pytest.approx((q_s, 1), abs=1e-5)
    assert glass_state(mixture, 2 * T_s) == (-mixture.f(1.0) / (4 * T_s), 0, 1)
    T, d = 0.4 * T_s, 1e-5  # E = F - T dF/dT, against the energy of the saddle
    F, q, m = glass_state(mixture, T)
    slope = (glass_state(mixture, T + d)[0] - glass_state(mixture, T - d)[0]) / (2 * d)
    assert F - T * slope == pytest.approx(-(mixture.f(1.0) - (1 - m) * mixture.f(q)) / T, rel=1e-7)
    cold = 1e-3
    F, q, m = glass_state(mixture, cold)
    E = -(mixture.f(1.0) - (1 - m) * mixture.f(q)) / cold
    assert pytest.approx(E, abs=2e-3 * mixture.roughness) == ground_state_energy(mixture)


def test_mixtures_of_2_and_4():
    """A ground state with one step, with a continuum of them, and one for which neither holds."""
    energies = [ground_state_energy(Mixture(a2=a, a4=np.sqrt(1 - a * a))) for a in (0.4, 0.9, 0.97)]
    assert energies[0] < energies[2] < -1 and np.isnan(energies[1])
    assert static_transition(Mixture(a2=0.97, a4=np.sqrt(1 - 0.97**2))) == pytest.approx((0.97, 0))
    assert np.isnan(glass_state(Mixture.pure(2), 0.5)[0])
    assert ground_state_energy(Mixture(a2=1, a3=1e-2)) == pytest.approx(-1, abs=1e-4)


def test_paramagnet_and_quiet_planting():
    assert equilibrium.paramagnet_energy(P3, 0.7) == pytest.approx(-0.7142857)
    assert equilibrium.paramagnet_energy(Mixture(1, 2, 3, roughness=2.0), 0.7) == pytest.approx(-4 / 1.4)
    assert equilibrium.quiet_planting(P3, 0.7) == pytest.approx((1 / 1.4, -1 / 1.4))
    assert equilibrium.quiet_planting(P3.scaled(3), 2.0) == pytest.approx((9 / 4, -9 / 4))


@pytest.mark.parametrize(
    ("T", "C"), [(1.0, [0.91111, 0.69032, 0.54228, 0.37650]), (0.7, [0.93879, 0.79758, 0.71363, 0.62936])]
)
def test_equilibrium_correlation(T, C):
    t, values = equilibrium.correlation(P3, T, 2.0)
    assert t[[10, 50, 100, 200]] == pytest.approx([0.1, 0.5, 1, 2])
    assert values[[10, 50, 100, 200]] == pytest.approx(C, abs=1e-5)
    _, scaled = equilibrium.correlation(P3.scaled(2), 2 * T, 1.0)
    assert scaled == pytest.approx(values)


def test_equilibrium_correlation_of_free_diffusion():
    t, C = equilibrium.correlation(P3.scaled(1e-9), 0.5, 4.0)
    assert pytest.approx(np.exp(-0.5 * t), abs=1e-9) == C


def test_E_0_and_threshold_in_the_spectrum():
    assert tangent_hessian(P3, lowest_energy(P3)).edges[0] == pytest.approx(3 * (1.171675 - 1.154701), abs=1e-5)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: equilibrium.correlation(P3, 0.6, 1.0), "T"),
        (lambda: equilibrium.correlation(P3, 1.0, 0.0), "t_end"),
        (lambda: equilibrium.paramagnet_energy(P3, 0.0), "T"),
        (lambda: glass_state(P3, 0.0), "T"),
        (lambda: complexity(P3, -1.16, -1), "k"),
        (lambda: complexity(Mixture(1, 1, 0), -1.16), "mixture"),
        (lambda: lowest_energy(Mixture(1, 1, 0)), "mixture"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = .* is not allowed: "):
        call()
