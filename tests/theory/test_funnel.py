"""The spherical funnel: native branch at zero and finite temperature, thresholds, folding."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from simulator.theory import folding
from simulator.theory.funnel import (
    Bias,
    barrier_state,
    energy_profile,
    free_energy_profile,
    native_curve,
    native_state,
)
from simulator.theory.mixture import Mixture

P3, CUBE = Mixture.pure(3), Bias.pure(3)


@pytest.mark.parametrize(("lam", "Q", "E"), [(1.0, 0.888074, -1.263418), (1.5, 0.958872, -1.670062)])
def test_native_state_at_zero_temperature(lam, Q, E):
    state = native_state(P3, CUBE, lam)
    assert pytest.approx((Q, E), abs=1e-6) == (state.Q, state.E)
    assert pytest.approx((1 + np.sqrt(1 - 2 / (3 * lam**2))) / 2, abs=1e-12) == state.Q**2
    assert energy_profile(P3, CUBE, lam, state.Q) == pytest.approx(state.E, abs=1e-12)
    assert pytest.approx(state.E) == state.F and state.stable


@pytest.mark.parametrize("mixture", [P3.scaled(0.6), Mixture(1, 1, 1), Mixture.pure(4), Mixture.pure(2, 1.3)])
@pytest.mark.parametrize("bias", [CUBE, Bias(0, 1, 1, 1), Bias(1, 0, 0, 3), Bias.pure(4), Bias.pure(1)])
def test_native_state_minimises_the_profile(mixture, bias):
    lam = 1.3 * max(folding.existence_threshold(mixture, bias), 0.5)
    state = native_state(mixture, bias, lam)
    profile = lambda Q: float(energy_profile(mixture, bias, lam, Q))  # noqa: E731
    near = minimize_scalar(profile, bounds=(state.Q - 0.02, min(1, state.Q + 0.02)), method="bounded")
    assert near.x == pytest.approx(state.Q, abs=1e-5)
    down = energy_profile(mixture, bias, lam, np.linspace(state.Q, 1, 200))
    assert np.all(np.diff(down) > 0)  # nothing between it and Q = 1


def test_thresholds():
    assert folding.existence_threshold(P3, CUBE) == pytest.approx(0.816497, abs=1e-6)
    assert folding.global_threshold(P3, CUBE) == pytest.approx(0.853164, abs=1e-6)
    assert 3 * folding.existence_threshold(P3, CUBE) == pytest.approx(2.449, abs=5e-4)
    assert 3 * folding.global_threshold(P3, CUBE) == pytest.approx(2.559, abs=6e-4)
    assert native_state(P3, CUBE, 0.8164) is None and native_state(P3, CUBE, 0.8166) is not None
    assert folding.global_threshold(P3.scaled(3), CUBE) == pytest.approx(3 * 0.853164, abs=3e-6)


@pytest.mark.parametrize("mixture", [P3, Mixture(1, 2, 3, roughness=2.0), Mixture.pure(4)])
def test_existence_is_trivialisation_and_bbp(mixture):
    """The stability of the native branch contains two thresholds that are derived otherwise."""
    h = folding.trivialisation_field(mixture)
    assert folding.existence_threshold(mixture, Bias.pure(1)) == pytest.approx(h, rel=1e-9)
    b_2 = folding.lambda_GD(mixture, Bias.pure(2))
    assert folding.existence_threshold(mixture, Bias.pure(2)) == pytest.approx(b_2, rel=1e-9)
    assert native_state(mixture, Bias.pure(1), h * 1.001).stable
    assert not native_state(mixture, Bias.pure(1), h * 0.999).stable


def test_trivialisation_and_signal():
    assert folding.trivialisation_field(P3) == pytest.approx(1.224745, abs=1e-6)
    assert folding.lambda_GD(P3, Bias.pure(2)) == pytest.approx(0.866025, abs=1e-6)
    assert folding.lambda_GD(P3.scaled(2), Bias(0, 1, 1, 0)) == pytest.approx(4 * 0.866025, abs=4e-6)
    assert folding.lambda_GD(P3, CUBE) == np.inf
    assert folding.escape_rate(P3, Bias.pure(2), 1.3) == pytest.approx(0.290, abs=5e-4)
    assert folding.escape_rate(P3, Bias.pure(2), 0.86) == 0
    assert folding.spiked_threshold(3, 1) == pytest.approx(0.5)
    assert folding.spiked_threshold(3, 4) == pytest.approx(0.732051, abs=1e-6)


def test_folding():
    fold = folding.folding(P3, CUBE, 1.5)
    assert fold.T_f == pytest.approx(1.45992, abs=1e-5)
    assert fold.Q_f == pytest.approx(0.704, abs=5e-4)
    assert fold.barrier == pytest.approx(0.03215, abs=1e-5)
    assert fold.latent_heat > 0 and 0 < fold.Q_barrier < fold.Q_f
    native, top = native_state(P3, CUBE, 1.5, fold.T_f), barrier_state(P3, CUBE, 1.5, fold.T_f)
    F = free_energy_profile(P3, CUBE, 1.5, fold.T_f, [0.0, native.Q, top.Q])
    assert pytest.approx([-0.25 / fold.T_f, native.F, top.F], abs=1e-9) == F
    assert F[0] == pytest.approx(F[1], abs=1e-9) and F[2] - F[1] == pytest.approx(fold.barrier)


def test_folding_scales_with_roughness():
    one, two = folding.folding(P3, Bias(0, 1, 1, 1), 1.0), folding.folding(P3.scaled(2), Bias(0, 1, 1, 1), 2.0)
    assert (two.T_f, two.barrier, two.Q_f) == pytest.approx((2 * one.T_f, 2 * one.barrier, one.Q_f), rel=1e-7)


def test_low_p_terms_lower_the_barrier():
    barrier = {p: folding.folding(P3.scaled(0.5), Bias(0, 3 - p, p, 0), 1.0).barrier for p in (2, 3)}
    assert folding.folding(P3.scaled(0.5), Bias.pure(4), 1.0).barrier > barrier[3] > barrier[2] >= 0


def test_continuous_folding_and_none():
    fold = folding.folding(P3, Bias.pure(2), 1.5)
    assert (fold.T_f, fold.Q_f, fold.barrier) == (3.0, 0, 0)
    assert native_state(P3, Bias.pure(2), 1.5, 2.9).Q < 0.3
    assert folding.folding(P3, Bias.pure(1), 1.5) is None
    assert folding.folding(P3, CUBE, 0.0) is None
    assert folding.folding(P3, CUBE, 0.8) is None
    assert folding.folding(P3, CUBE, 0.87).T_f < folding.folding(P3, CUBE, 0.9).T_f


def test_native_state_at_temperature():
    state = native_state(P3, CUBE, 1.5, 1.0)
    assert pytest.approx((0.8184, -1.1289), abs=5e-5) == (state.Q, state.E)
    assert pytest.approx(native_state(P3, CUBE, 1.5).E, abs=1e-6) == native_state(P3, CUBE, 1.5, 1e-7).E
    d = 1e-5  # E = F - T dF/dT along the branch
    slope = (native_state(P3, CUBE, 1.5, 1 + d).F - native_state(P3, CUBE, 1.5, 1 - d).F) / (2 * d)
    assert state.F - slope == pytest.approx(state.E, abs=1e-7)


@pytest.mark.parametrize("mixture", [P3, P3.scaled(2), Mixture(0, 1, 2), Mixture.pure(4, 0.5)])
def test_nishimori_line(mixture):
    bias = Bias(0, mixture.a2**2, mixture.a3**2, mixture.a4**2)
    lam = 1.4 * mixture.roughness
    T = folding.nishimori_temperature(mixture, lam)
    assert pytest.approx(mixture.roughness**2 / (2 * lam)) == T
    state = native_state(mixture, bias, lam, T)
    assert pytest.approx(-lam) == state.E and state.q == pytest.approx(state.Q)


def test_pure_funnel_without_glass():
    state = native_state(P3.scaled(0), CUBE, 1.0)
    assert (state.Q, state.E) == (1, -1)
    Q, E = native_curve(P3.scaled(0), Bias.pure(1), 2.0, [0.5, 1.0])
    assert pytest.approx(-2 * Q) == E
    assert pytest.approx([0.5, 1.0]) == 2 * (1 - Q**2) / Q  # lambda = T Q/(1-Q^2)


def test_curve_breaks_off_where_there_is_no_branch():
    Q, E = native_curve(P3, CUBE, [[0.7], [1.5]], [0.0, 1.0, 3.0])
    assert Q.shape == E.shape == (2, 3)
    assert np.array_equal(np.isnan(Q), [[True, True, True], [False, False, True]])


def test_profile_ends_where_the_sphere_does():
    F = free_energy_profile(P3, CUBE, 1.5, 0.7, np.linspace(-1, 1, 21))
    assert np.isnan(F[[0, -1]]).all() and np.isfinite(F[1:-1]).all()
    assert np.isnan(energy_profile(P3, CUBE, 1.0, 1.1))


def test_gap_over_roughness():
    assert folding.gap_over_roughness(P3, CUBE, 1.5, 96) == pytest.approx(np.sqrt(192) * 1.5)
    assert folding.gap_over_roughness(P3.scaled(2), Bias(1, 2, 3, 4), 1.5, 96) == pytest.approx(np.sqrt(192) * 0.75)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: Bias(), r"\(b1, b2, b3, b4\)"),
        (lambda: Bias(b2=-1.0, b3=2.0), "b2"),
        (lambda: Bias.pure(5), "p"),
        (lambda: native_state(P3, CUBE, -1.0), "lambda"),
        (lambda: native_state(P3, CUBE, 1.0, -1.0), "T"),
        (lambda: free_energy_profile(P3, CUBE, 1.0, 0.0, 0.5), "T"),
        (lambda: folding.nishimori_temperature(P3, 0.0), "lambda"),
        (lambda: folding.spiked_threshold(2, 1.0), "p"),
        (lambda: folding.gap_over_roughness(P3, CUBE, 1.0, 0), "N"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = .* is not allowed: "):
        call()
