"""The landscape experiment against theory, through the runner, at the sizes and tolerances of the physics reference.

Tolerances are the reference's (its acceptance table and section A, C): at least four of the run's own standard errors.
"""

import math

import numpy as np
import pytest

from simulator import parameters
from simulator.experiments.landscape import LandscapeParams
from simulator.runner import Runner
from simulator.theory import exact_p2, finite_size
from simulator.theory.dynamics import solve
from simulator.theory.live_dynamics import live_curve
from simulator.theory.mixture import Mixture


def measured(steps, seed=1, **values):
    """Scalars after `steps` steps on the best device."""
    runner = Runner()
    runner.open("landscape", parameters.make(LandscapeParams, values), seed)
    runner.advance("landscape", steps)
    return runner.measure("landscape")


def glass(**values):
    """Plain descent of many small glasses."""
    settings = {"family": "glass", "optimizer": "gd", "learning_rate": 0.02, "size": 64, "samples": 100, "replicas": 1}
    return settings | values


def funnel(*shape, **values):
    """A funnel of b1..b4 in a glass, walkers in its native state."""
    settings = {
        "family": "funnel",
        "optimizer": "gd",
        "start": "native",
        **dict(zip(("b1", "b2", "b3", "b4"), shape, strict=True)),
    }
    return settings | values


def agreement(shot, name):
    return next(row for row in shot.measurement.agreement if row.name == name)


def test_descent_of_the_three_spin_glass_at_t_10():
    """Reference, check 5: E(10) = -1.0816 + 2.2/N."""
    shot = measured(500, **glass())
    scalars = shot.measurement.scalars
    assert scalars["time"].mean == pytest.approx(10.0)
    assert scalars["energy"].mean == pytest.approx(-1.047, abs=0.02)
    assert scalars["energy"].n == 100
    assert agreement(shot, "energy E(t)").within
    assert agreement(shot, "correlation C(t,0)").within


def test_end_of_the_descent_and_its_spread():
    """Reference, check 6: mean -1.081 +- 0.015, spread over samples 0.037 within 25 %."""
    scalars = measured(5000, **glass()).measurement.scalars
    assert scalars["energy"].mean == pytest.approx(-1.081, abs=0.015)
    assert scalars["energy"].stderr * 10 == pytest.approx(0.037, rel=0.25)


def test_two_spin_descent_is_the_exact_bessel_form():
    scalars = measured(250, **glass(size=256, a2=1, a3=0, samples=20)).measurement.scalars
    assert scalars["energy"].mean == pytest.approx(float(exact_p2.energy(5.0)), abs=0.02)


@pytest.mark.parametrize(
    ("weights", "size", "samples", "eta"),
    [((0, 0, 1), 64, 16, 0.02), ((0, 1, 1), 64, 16, 0.02), ((1, 1, 0), 128, 30, 0.02)],
)
def test_other_mixtures_follow_their_own_curve(weights, size, samples, eta):
    """With the measured 1/N shift, to half of one and the sampling error (docs/physics/landscape.md)."""
    a2, a3, a4 = weights
    settings = glass(a2=a2, a3=a3, a4=a4, size=size, samples=samples, learning_rate=eta)
    energy = measured(round(5 / eta), **settings).measurement.scalars["energy"]
    mixture = Mixture(a2, a3, a4)
    predicted = float(solve(mixture, 0.0, 5.0).E[-1] + finite_size.energy_shift(mixture, 0.0, 5.0) / size)
    assert energy.mean == pytest.approx(predicted, abs=4 * energy.stderr + 0.5 / size)


@pytest.mark.parametrize("weights", [(1, 0, 0), (0, 0, 1), (0, 1, 1), (1, 0, 1)])
@pytest.mark.parametrize("T", [0.0, 0.5])
def test_the_shift_of_a_finite_glass_is_measured_not_assumed(weights, T):
    """N (E_N - E) and N (C_N - C) at t = 1, 2, 5, N = 40, 100 samples of 8 walkers; 2+4 was not fitted."""
    a2, a3, a4 = weights
    mixture, n, eta = Mixture(a2, a3, a4), 40, 0.01 if T else 0.02
    bath = {"optimizer": "langevin", "temperature": T} if T else {"optimizer": "gd"}
    settings = glass(a2=a2, a3=a3, a4=a4, size=n, replicas=8, learning_rate=eta) | bath
    runner = Runner()
    runner.open("landscape", parameters.make(LandscapeParams, settings), 7)
    curve = live_curve(mixture, T, 5.0)
    for before, t in ((0.0, 1.0), (1.0, 2.0), (2.0, 5.0)):
        runner.advance("landscape", round((t - before) / eta))
        shot = runner.measure("landscape", ()).measurement
        energy, memory = shot.scalars["energy"], shot.scalars["correlation"]
        E, C = (float(np.interp(t, curve.t, values)) for values in (curve.E, curve.C0))
        heat = 0.7 * eta * T * abs(E)  # steps of heat (reference, A)
        error = math.hypot(4 * energy.stderr, heat, finite_size.energy_error(mixture, t, n))
        assert energy.mean - E == pytest.approx(float(finite_size.energy_shift(mixture, T, t)) / n, abs=error)
        error = math.hypot(4 * memory.stderr, 2 * finite_size.correlation_error(mixture, t, n))
        assert memory.mean - C == pytest.approx(float(finite_size.correlation_shift(mixture, t)) / n, abs=error)
    assert agreement(runner.measure("landscape"), "energy E(t)").within


@pytest.mark.parametrize("roughness", [0.5, 1.5])
def test_roughness_scales_energy_and_time_together(roughness):
    """E(t; Delta) = Delta E(Delta t; 1), exactly, for the same couplings and start."""
    plain = measured(100, **glass(samples=4))
    scaled = measured(100, **glass(samples=4, roughness=roughness, learning_rate=0.02 / roughness))
    energy, other = (shot.measurement.scalars["energy"].mean for shot in (plain, scaled))
    assert other == pytest.approx(roughness * energy, rel=2e-4)


def test_langevin_relaxes_on_its_own_curve():
    """p = 3, T = 0.5: E(10) = -0.80812 as N -> infinity (reference, check 3), here with a finite-size shift."""
    energy = measured(1000, **glass(optimizer="langevin", temperature=0.5, learning_rate=0.01)).measurement.scalars[
        "energy"
    ]
    shift = float(finite_size.energy_shift(Mixture(0, 1, 0), 0.5, 10.0)) / 64
    assert energy.mean == pytest.approx(-0.80812 + shift, abs=4 * energy.stderr + 0.5 / 64)


def test_quiet_planting_keeps_equilibrium():
    """Reference, check 10: mean energy -1/(2T) at all times, every N."""
    bath = {"optimizer": "langevin", "temperature": 0.7, "learning_rate": 0.005}
    shot = measured(400, **funnel(0, 0, 1, 0, funnel=1 / 1.4, size=48, samples=100, replicas=4, **bath))
    assert shot.measurement.scalars["time"].mean == pytest.approx(2.0)
    assert shot.measurement.scalars["energy"].mean == pytest.approx(-0.714, abs=0.04)
    row = agreement(shot, "energy E(t)")
    assert row.within and row.predicted == pytest.approx(-1 / 1.4)


def test_small_batches_act_as_a_temperature():
    """Reference, check 9: b = 0.05, eta = 0.07, N = 48 ends at -0.482 +- 0.035, as Langevin at T_eff = 0.9975 does."""
    energy = measured(
        600, **glass(optimizer="sgd", batch_fraction=0.05, learning_rate=0.07, size=48, samples=12, replicas=16)
    )
    assert energy.measurement.scalars["energy"].mean == pytest.approx(-0.482, abs=0.035)


def test_native_branch_at_zero_temperature():
    """Reference, check 15: Q = 0.958872, E = -1.670062 at lambda = 1.5, g = Q^3."""
    settings = funnel(0, 0, 1, 0, funnel=1.5, learning_rate=0.05, size=128, samples=12, replicas=1)
    shot = measured(400, **settings)
    scalars = shot.measurement.scalars
    assert scalars["overlap_native"].mean == pytest.approx(0.9589, abs=0.006)
    assert scalars["success"].mean == 1.0
    assert agreement(shot, "overlap Q, walkers arrived").within
    assert agreement(shot, "energy, walkers arrived").within


@pytest.mark.parametrize(
    ("lam", "roughness", "weights"), [(1.0, 1.0, (0, 0, 1, 0)), (2.5, 1.5, (0, 1, 1, 1)), (1.5, 0.5, (1, 0, 0, 1))]
)
def test_native_branch_away_from_the_defaults(lam, roughness, weights):
    ensemble = {"size": 128, "samples": 12, "replicas": 1}
    shot = measured(600, **funnel(*weights, funnel=lam, roughness=roughness, learning_rate=0.03, **ensemble))
    row = agreement(shot, "overlap Q, walkers arrived")
    assert math.isfinite(row.predicted) and row.within, row
    energy = agreement(shot, "energy, walkers arrived")
    assert energy.within, energy


def test_weak_and_strong_funnels_fail_and_succeed():
    """Reference, C4: with b2 alone at N = 128, lambda = 0.5 succeeds at most 0.15, lambda = 1.2 at least 0.95."""
    common = funnel(0, 1, 0, 0, start="random", learning_rate=0.05, samples=10, replicas=16)
    weak = measured(600, **common | {"funnel": 0.5}).measurement.scalars["success"].mean
    strong = measured(600, **common | {"funnel": 1.2}).measurement.scalars["success"].mean
    assert weak <= 0.15 and strong >= 0.95


def test_hessian_of_random_glass_states_is_a_semicircle():
    """Reference, check 7: N = 200, width 1.732 within 1 %, centre -3E within 0.02."""
    shot = measured(0, **glass(size=200, samples=8))
    width = agreement(shot, "Hessian's width (std)")
    centre = agreement(shot, "Hessian's centre")
    assert width.measured == pytest.approx(math.sqrt(3), rel=0.01)
    assert centre.measured == pytest.approx(centre.predicted, abs=0.02)


def test_gaussian_field_spectrum_follows_its_height():
    """Centre kappa - eps/ell^2, radius 2 sigma/ell^2 at any point, here along a descent with sigma and ell not 1."""
    shot = measured(
        40,
        family="gaussian",
        optimizer="gd",
        learning_rate=0.02,
        size=60,
        samples=3,
        replicas=4,
        roughness=0.7,
        length_scale=1.4,
        features=24000,
        confinement=0.0,
    )
    assert agreement(shot, "Hessian's centre").within
    assert agreement(shot, "Hessian's width (std)").within


@pytest.mark.parametrize("family", ["glass", "funnel", "gaussian"])
@pytest.mark.parametrize("optimizer", ["gd", "sgd", "momentum", "adam", "langevin"])
def test_every_optimizer_descends_every_family(family, optimizer):
    settings = {
        "family": family,
        "optimizer": optimizer,
        "size": 32,
        "samples": 2,
        "replicas": 4,
        "learning_rate": 0.02,
    }
    begin, end = (measured(n, **settings).measurement.scalars["energy"].mean for n in (0, 300))
    assert end < begin - 0.2


def test_twice_the_same_seed_is_the_same_run_and_another_is_not():
    settings = glass(samples=3, replicas=5, optimizer="langevin", temperature=0.3)
    first, second, other = (measured(60, seed=seed, **settings).measurement.scalars for seed in (4, 4, 5))
    assert repr(first) == repr(second)
    assert first["energy"].mean != other["energy"].mean


def test_scalars_do_not_depend_on_how_a_run_is_cut_up():
    values = parameters.make(LandscapeParams, glass(samples=2, replicas=3, optimizer="sgd", batch_fraction=0.4))
    whole, pieces = Runner(), Runner()
    for runner in (whole, pieces):
        runner.open("landscape", values, 9)
    whole.advance("landscape", 70)
    for n in (1, 2, 30, 7, 30):
        pieces.advance("landscape", n)
        pieces.measure("landscape", {"energy", "hessian"})
    assert repr(whole.measure("landscape").measurement.scalars) == repr(pieces.measure("landscape").measurement.scalars)


def test_clones_start_together_and_noise_parts_them():
    settings = glass(start="pair", samples=3, replicas=8, optimizer="langevin", temperature=0.5)
    assert measured(0, **settings).measurement.scalars["overlap_replicas"].mean == pytest.approx(1.0, abs=1e-5)
    assert measured(500, **settings).measurement.scalars["overlap_replicas"].mean < 0.6
    still = measured(100, **(settings | {"optimizer": "gd"})).measurement.scalars["overlap_replicas"].mean
    assert still == pytest.approx(1.0, abs=1e-3)


def test_divergence_is_measured_and_left_behind_by_a_smaller_rate():
    """Explicit descent in a spring of stiffness kappa is unstable for eta kappa > 2."""
    values = {
        "family": "gaussian",
        "optimizer": "gd",
        "confinement": 1.0,
        "learning_rate": 3.0,
        "size": 8,
        "replicas": 4,
    }
    runner = Runner()
    runner.open("landscape", parameters.make(LandscapeParams, values), 1)
    runner.advance("landscape", 400)
    shot = runner.measure("landscape")
    assert shot.measurement.diverged and "lower η" in shot.measurement.notes[0]
    runner.submit("landscape", parameters.make(LandscapeParams, values | {"learning_rate": 0.1}))
    runner.advance("landscape", 100)
    again = runner.measure("landscape")
    assert again.generation == 1 and not again.measurement.diverged
    assert np.isfinite(again.measurement.scalars["energy"].mean)
