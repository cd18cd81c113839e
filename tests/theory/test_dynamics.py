"""The Cugliandolo-Kurchan solver against the reference, the exact p = 2, and its own scaling and convergence."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from simulator.theory import exact_p2
from simulator.theory.asymptotics import asymptote, dynamic_transition, threshold_energy
from simulator.theory.dynamics import Dynamics, extrapolate, integrate, march, solve
from simulator.theory.live_dynamics import live_curve, live_refinements
from simulator.theory.mixture import Mixture

P3 = Mixture.pure(3)
THREE_FOUR = Mixture.from_powers({3: 0.5, 4: 0.5})
TIMES = [1, 2, 5, 10, 20, 50, 100]


def at(run: Dynamics, values: np.ndarray, times: list[int]) -> np.ndarray:
    return CubicSpline(run.t, values)(times)


@pytest.fixture(scope="module")
def glass_0() -> Dynamics:
    return extrapolate([integrate(P3, 0.0, 100 / n, n) for n in (1000, 1500, 2000)])


@pytest.fixture(scope="module")
def glass_half() -> Dynamics:
    return extrapolate([integrate(P3, 0.5, 100 / n, n) for n in (1000, 1500, 2000)])


def test_p3_gradient_flow(glass_0):
    E = [-0.78251, -0.92622, -1.03566, -1.08160, -1.10951, -1.13055, -1.13960]
    C = [0.7137, 0.5481, 0.3773, 0.2847, 0.2160, 0.1513, 0.1163]
    run = glass_0
    assert at(run, run.E, TIMES)[3:] == pytest.approx(E[3:], abs=2e-5)
    assert at(run, run.C0, TIMES)[1:] == pytest.approx(C[1:], abs=6e-5)
    early = solve(P3, 0.0, 10.0)  # the grid above is too coarse to read off t = 1
    assert at(early, early.E, TIMES[:4]) == pytest.approx(E[:4], abs=1e-5)
    assert at(early, early.C0, TIMES[:4]) == pytest.approx(C[:4], abs=6e-5)


def test_p3_langevin(glass_half):
    E = [-0.58699, -0.68584, -0.76899, -0.80812, -0.83426, -0.85606, -0.86636]
    C = [0.5424, 0.3840, 0.2378, 0.1655, 0.1155, 0.0721, 0.0505]
    run = glass_half
    assert at(run, run.E, TIMES)[3:] == pytest.approx(E[3:], abs=2e-5)
    assert at(run, run.C0, TIMES)[3:] == pytest.approx(C[3:], abs=6e-5)
    early = solve(P3, 0.5, 10.0)
    assert at(early, early.E, TIMES[:4]) == pytest.approx(E[:4], abs=1e-5)
    assert at(early, early.C0, TIMES[:4]) == pytest.approx(C[:4], abs=6e-5)


def test_mixed_3_4():
    run = solve(THREE_FOUR, 0.0, 20.0)
    assert at(run, run.E, TIMES[:5]) == pytest.approx([-1.2725, -1.4287, -1.5497, -1.6020, -1.6345], abs=2e-4)


def test_mixed_3_4_late():
    """t = 50, and the two-point t^(-2/3) extrapolation of t = 20, 50, which is consistent with E_th."""
    run = extrapolate([integrate(THREE_FOUR, 0.0, 50 / n, n) for n in (750, 1125, 1500)])
    E_20, E_50 = at(run, run.E, [20, 50])
    assert pytest.approx(-1.6597, abs=2e-4) == E_50
    end = (E_50 * 50 ** (2 / 3) - E_20 * 20 ** (2 / 3)) / (50 ** (2 / 3) - 20 ** (2 / 3))
    assert end == pytest.approx(threshold_energy(THREE_FOUR), abs=1e-3)


def test_p2_agrees_with_the_exact_solution():
    run = solve(Mixture.pure(2), 0.0, 10.0)
    assert np.abs(run.E - exact_p2.energy(run.t)).max() < 1e-6
    assert np.abs(run.C - exact_p2.correlation(run.t[:, None], run.t)).max() < 1e-6


def test_p2_exact_energies():
    table = [-0.658047, -0.819249, -0.925988, -0.962740, -0.981309, -0.992509, -0.996252]
    assert exact_p2.energy(TIMES) == pytest.approx(table, abs=1e-6)
    late = 1e6
    assert exact_p2.energy(late) == pytest.approx(-1 + 3 / (8 * late), abs=1e-11)
    assert exact_p2.energy(0.0) == 0
    assert exact_p2.correlation([3.0, 1e5], [3.0, 1e5]) == pytest.approx([1, 1])
    assert exact_p2.energy(5.0, roughness=2.0) == pytest.approx(2 * exact_p2.energy(10.0))


def test_ageing_at_zero_temperature(glass_0):
    for t_w, double, triple in ((10, 0.8900, 0.7746), (30, 0.8657, 0.7469)):
        t, C = glass_0.ageing(t_w)
        assert t[0] == pytest.approx(t_w, abs=0.2)
        assert CubicSpline(t, C)([2 * t[0], 3 * t[0]]) == pytest.approx([double, triple], abs=1e-4)
    t, C = solve(P3, 0.0, 3.0).ageing(1.0)
    assert CubicSpline(t, C)([2, 3]) == pytest.approx([0.9353, 0.8464], abs=6e-5)


def test_ageing_at_temperature(glass_half):
    _, C = solve(P3, 0.5, 20.0).ageing(10.0)
    assert C[-1] == pytest.approx(0.5598, abs=6e-5)
    _, C = solve(P3, 0.5, 2.0).ageing(1.0)
    assert C[-1] == pytest.approx(0.7286, abs=6e-5)


def test_energy_approaches_the_threshold_as_a_power(glass_0):
    E_50, E_100 = at(glass_0, glass_0.E, [50, 100])
    E_th = threshold_energy(P3)
    assert (E_50 - E_th) * 50 ** (2 / 3) == pytest.approx(0.328, abs=5e-4)
    assert (E_100 - E_th) * 100 ** (2 / 3) == pytest.approx(0.325, abs=5e-4)


@pytest.mark.parametrize(("mixture", "T"), [(P3, 0.0), (P3, 0.5), (Mixture(1, 1, 1), 0.3), (Mixture.pure(5), 0.2)])
def test_error_is_of_third_order(mixture, T):
    one, two, four = (integrate(mixture, T, 0.01 / k, 100 * k).E[::k] for k in (1, 2, 4))
    assert np.log2(np.abs(one - two).max() / np.abs(two - four).max()) == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("T", [0.0, 0.6])
@pytest.mark.parametrize("Delta", [0.5, 3.0])
def test_roughness_scales_energy_time_and_temperature(T, Delta):
    mixture = Mixture(0.4, 1.0, 0.7)
    one, rough = solve(mixture, T, 4.0, 0.1), solve(mixture.scaled(Delta), Delta * T, 4.0 / Delta, 0.1 / Delta)
    assert rough.t * Delta == pytest.approx(one.t)
    assert pytest.approx(Delta * one.E, abs=1e-12 * Delta) == rough.E
    assert pytest.approx(one.C, abs=1e-12) == rough.C


@pytest.mark.parametrize(("p", "T"), [(2, 0.0), (3, 0.0), (3, 0.5), (4, 1.0), (6, 0.1)])
def test_radial_force_of_a_pure_glass(p, T):
    run = solve(Mixture.pure(p), T, 3.0, 0.05)
    assert run.mu == pytest.approx(T - p * run.E, abs=1e-9)
    assert np.array_equal(run.C, run.C.T) and run.C[0, 0] == 1


def test_hot_glass_reaches_equilibrium():
    mixture, T = Mixture(1, 1, 1), 2.0
    run = solve(mixture, T, 8.0, 0.05)
    assert run.E[-1] == pytest.approx(-mixture.f(1.0) / T, abs=1e-6)
    assert run.mu[-1] == pytest.approx(asymptote(mixture, T).mu, abs=1e-5)


def test_no_glass_is_free_diffusion():
    run = solve(P3.scaled(0), 0.7, 4.0)
    assert np.all(run.E == 0)
    assert pytest.approx(np.exp(-0.7 * run.t), abs=1e-6) == run.C0


def test_asymptote_below_T_d():
    at_half = asymptote(P3, 0.5)
    assert (at_half.q, at_half.X, at_half.E) == pytest.approx((0.638824, 0.565376, -0.886693), abs=1e-6)
    assert pytest.approx(-0.999386, abs=1e-6) == asymptote(P3, 0.3).E
    assert at_half.mu == pytest.approx(0.5 - 3 * at_half.E)  # mu = T - pE
    assert pytest.approx(2 * at_half.E) == asymptote(P3.scaled(2), 1.0).E


def test_threshold_energies():
    assert threshold_energy(THREE_FOUR) == pytest.approx(-1.690476, abs=1e-6)
    for p, E_th in ((2, -1), (3, -1.154701), (4, -1.224745)):
        assert threshold_energy(Mixture.pure(p)) == pytest.approx(E_th, abs=1e-6)
        assert threshold_energy(Mixture.pure(p, 3.0)) == pytest.approx(-3 * np.sqrt(2 * (p - 1) / p))


@pytest.mark.parametrize("p", [3, 4, 5, 9])
def test_dynamic_transition(p):
    T_d, q_d = dynamic_transition(Mixture.pure(p, 2.0))
    assert pytest.approx(2 * np.sqrt(p * (p - 2) ** (p - 2) / (2 * (p - 1) ** (p - 1)))) == T_d
    assert q_d == pytest.approx((p - 2) / (p - 1))
    just_below = asymptote(Mixture.pure(p, 2.0), T_d * (1 - 1e-9))
    assert pytest.approx(1, abs=1e-6) == just_below.X
    assert pytest.approx(-Mixture.pure(p, 2.0).f(1.0) / T_d) == just_below.E  # continuous at T_d


def test_dynamic_transition_values():
    assert dynamic_transition(Mixture.pure(2))[0] == pytest.approx(1, abs=1e-6)
    assert dynamic_transition(P3)[0] == pytest.approx(0.612372, abs=1e-6)
    assert dynamic_transition(Mixture.pure(4))[0] == pytest.approx(0.544331, abs=1e-6)


def test_continuous_mixtures():
    """2+4: one step for much 4, a continuum for little, unknown in between; the limits agree with p = 2 and T -> 0."""
    assert threshold_energy(Mixture(a2=0.9, a4=np.sqrt(0.19))) != threshold_energy(P3)
    assert np.isnan(threshold_energy(Mixture(a2=0.9, a4=np.sqrt(0.19))))
    weak = Mixture(a2=0.97, a4=np.sqrt(1 - 0.97**2))
    assert threshold_energy(weak) == pytest.approx(asymptote(weak, 1e-6).E, abs=1e-5)
    assert pytest.approx(-1 + 0.15) == asymptote(Mixture.pure(2), 0.3).E


@pytest.mark.parametrize(
    ("mixture", "T"),
    [
        (P3, 0.0),
        (P3, 0.5),
        (P3, 2.5),
        (Mixture.pure(2), 0.0),
        (Mixture.pure(4), 0.1),
        (THREE_FOUR, 0.0),
        (Mixture(1, 1, 1, roughness=0.3), 0.05),
    ],
)
def test_live_curve_meets_its_stated_error(mixture, T):
    fast = live_curve(mixture, T, 200.0)
    rate = (T + 2 * np.sqrt(mixture.d2f(1.0))) / (2 * np.sqrt(3))
    exact = solve(mixture, T, 30 / rate, 0.1 / rate)
    live = CubicSpline(fast.t, fast.E)(exact.t)
    assert np.abs(live - exact.E).max() < 5e-4 * mixture.roughness
    assert np.abs(CubicSpline(fast.t, fast.C0)(exact.t) - exact.C0).max() < 5e-4
    assert np.all(np.diff(fast.t) > 0) and fast.t[-1] == pytest.approx(200)
    assert not fast.E.flags.writeable


def test_live_curve_late_and_beyond(glass_0):
    fast = live_curve(P3, 0.0, 100.0)
    assert np.interp(TIMES, fast.t, fast.E)[4:] == pytest.approx(at(glass_0, glass_0.E, TIMES)[4:], abs=2e-4)
    far = live_curve(P3, 0.0, 1000.0)
    assert far.t_solved == 100 and far.t[-1] == 1000
    assert (far.E[-1] - threshold_energy(P3)) * 1000 ** (2 / 3) == pytest.approx(0.32, abs=0.02)


def test_live_curve_is_cached_and_can_be_interrupted():
    assert live_curve(P3, 0.0, 3.0) is live_curve(Mixture(a3=-2.0 * -1), 0.0, 3.0)
    chunks = live_refinements(P3, 0.0, 100.0)
    assert next(chunks) is None
    chunks.close()
    stages = {id(curve): curve for curve in live_refinements(P3, 0.0, 25.0) if curve is not None}
    assert [curve.t_solved for curve in stages.values()] == [5.0, 20.0, 25.0]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: solve(P3, -0.1), "T"),
        (lambda: solve(P3, 0.0, 0.0), "t_end"),
        (lambda: solve(P3, 0.0, 1.0, -0.1), "h"),
        (lambda: next(march(P3, 0.0, 0.1, 1)), "n"),
        (lambda: live_curve(P3, float("nan")), "T"),
        (lambda: live_curve(P3, 0.0, -1.0), "t_end"),
        (lambda: asymptote(P3, -1.0), "T"),
        (lambda: solve(P3, 0.0, 1.0).ageing(2.0), "t_w"),
        (lambda: exact_p2.energy([-1.0]), "t"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = .* is not allowed: "):
        call()
