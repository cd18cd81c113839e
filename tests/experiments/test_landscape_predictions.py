"""Where theory applies and where it does not: starts that coincide, steps too long, changes, walkers that settle."""

import math

import numpy as np
import pytest

from simulator import parameters
from simulator.experiments.landscape import LandscapeParams
from simulator.experiments.landscape.errors import error_of_samples, one_per_start
from simulator.experiments.landscape.predictions import ck_energy, native_branch, overlap_fluctuation
from simulator.runner import Runner
from simulator.theory.live_dynamics import LiveCurve

NATIVE = "overlap Q, walkers arrived"
PLANTED = {
    "optimizer": "langevin",
    "temperature": 0.7,
    "start": "native",
    "funnel": 1 / 1.4,
    "learning_rate": 0.02,
    "b2": 0,
    "b4": 0,
    "b3": 1,
}


def opened(**values):
    runner = Runner()
    settings = {"size": 24, "samples": 2, "replicas": 4, "optimizer": "gd"} | values
    runner.open("landscape", parameters.make(LandscapeParams, settings), 1)
    return runner, settings


def change(runner, settings, **values):
    runner.submit("landscape", parameters.make(LandscapeParams, settings | values))


def row(runner, name="energy E(t)"):
    return next(line for line in runner.measure("landscape").measurement.agreement if line.name == name)


def test_walkers_that_start_at_one_point_count_once():
    values = np.arange(10.0).reshape(2, 5)
    assert one_per_start(LandscapeParams(start="random"), values) is values
    assert one_per_start(LandscapeParams(start="native"), values).tolist() == [[2.0], [7.0]]
    assert one_per_start(LandscapeParams(start="pair"), values).tolist() == [[0.5, 2.5, 4.0], [5.5, 7.5, 9.0]]


@pytest.mark.parametrize("start", ["native", "pair"])
def test_walkers_that_never_part_give_no_error_and_so_no_verdict(start):
    """Plain descent from one point: their spread is 0, which is not the error of their mean."""
    runner, _ = opened(family="glass", samples=1, replicas=2, start=start)
    runner.advance("landscape", 40)
    line = row(runner)
    assert math.isfinite(line.predicted) and math.isnan(line.stderr) and line.within is None


def test_steps_beyond_the_stable_rate_are_not_gradient_flow():
    for eta, known in ((0.25, True), (0.3, False)):
        runner, _ = opened(family="glass", learning_rate=eta)
        runner.advance("landscape", 5)
        assert math.isfinite(row(runner).predicted) == known


def test_walkers_settle_before_they_are_compared_with_the_native_state():
    runner, settings = opened(funnel=1.5, start="native", learning_rate=0.05)
    runner.advance("landscape", 2)
    assert math.isnan(row(runner, NATIVE).predicted)
    runner.advance("landscape", 200)
    assert math.isfinite(row(runner, NATIVE).predicted)
    change(runner, settings, funnel=3.0)
    runner.advance("landscape", 20)
    assert "t = 20.1" in row(runner, NATIVE).because
    runner.advance("landscape", 190)
    assert math.isfinite(row(runner, NATIVE).predicted)


def test_weak_forces_settle_slowly():
    runner, _ = opened(roughness=0.05, funnel=0.2, b1=1, start="native", learning_rate=0.1)
    runner.advance("landscape", 400)
    assert math.isnan(row(runner, NATIVE).predicted)
    runner.advance("landscape", 110)
    assert math.isfinite(row(runner, NATIVE).predicted)


def test_quiet_planting_ends_with_a_change():
    runner, settings = opened(**PLANTED)
    runner.advance("landscape", 10)
    assert row(runner).predicted == pytest.approx(-1 / 1.4)
    change(runner, settings, funnel=1.0)
    runner.advance("landscape", 10)
    change(runner, settings)
    runner.advance("landscape", 10)
    assert "changed" in row(runner).because


def test_heat_in_steps_is_allowed_for():
    """The native energy at T = 1 and eta = 0.05 lies 0.03 above that of continuous time (reference, A)."""
    settings = {"optimizer": "langevin", "temperature": 1.0, "learning_rate": 0.05, "start": "native", "samples": 10}
    runner, _ = opened(**settings, b2=0, b4=0)
    runner.advance("landscape", 220)
    assert row(runner, "energy, walkers arrived").allowance > 0.7 * 0.05 * 1.1


def test_the_funnel_widens_the_hessian_in_one_direction():
    """H = -4 N Q^2 far from the native state: one eigenvalue moves by -8, the variance by 64/N."""
    runner, _ = opened(size=48, samples=12, replicas=2, funnel=4, b2=1, b3=0, b4=0)
    runner.advance("landscape", 1)
    width, centre = (row(runner, name) for name in ("Hessian's width (std)", "Hessian's centre"))
    assert width.predicted > 2.0 and width.within and centre.within
    assert width.measured == pytest.approx(width.predicted, rel=0.04)


def test_clones_are_alike_in_the_histogram_too():
    """Their overlap is 1 but for a rounding, which must not take it out of the picture."""
    runner, _ = opened(family="glass", samples=1, replicas=2, start="native", size=48)
    runner.advance("landscape", 200)
    histogram = runner.measure("landscape").measurement.figures["overlap_histogram"]
    assert np.sum(histogram.density * np.diff(histogram.edges)) == pytest.approx(1.0)


@pytest.mark.parametrize(("size", "end"), [(32, -1.0453), (64, -1.0820), (128, -1.1099)])
def test_theory_of_a_finite_glass_ends_where_its_descent_does(size, end):
    """Simulated energies at t = 300 (reference, A); CK alone goes on to -1.1547, with a fixed shift to below these."""
    flat = np.full(2, -1.1547)
    curve = LiveCurve(np.array([0.0, 1e4]), flat, flat.copy(), flat.copy(), 1e4)
    params = LandscapeParams(family="glass", optimizer="gd", size=size)
    assert ck_energy(params, curve, np.array([1e4]))[0] == pytest.approx(end, abs=0.004)


def test_the_mirror_valley_is_not_the_native_state():
    """At lambda = 3 even terms of the pull make a shallower valley at Q < 0, where about half the walkers end."""
    runner, _ = opened(optimizer="gd", funnel=3.0, samples=2, replicas=32, size=64, learning_rate=0.02)
    runner.advance("landscape", 1200)
    overlaps = row(runner, "overlap Q, walkers arrived")
    assert overlaps.measured == pytest.approx(overlaps.predicted, abs=0.02) and overlaps.stderr < 0.05


def rows_of(**values):
    runner, _ = opened(**values)
    runner.advance("landscape", 250)
    return {line.name: line for line in runner.measure("landscape").measurement.agreement}


@pytest.mark.parametrize(
    "values",
    [
        {"family": "funnel", "funnel": 2.0, "start": "native", "learning_rate": 0.05},
        {"family": "glass", "replicas": 8},
        {"family": "gaussian", "a3": 0},
        PLANTED,
    ],
)
def test_one_sample_never_claims_a_standard_error_of_nothing(values):
    """Its rows rest on what is known of the scatter between samples, or make no claim."""
    rows = rows_of(samples=1, **values)
    assert len(rows) > 2
    for line in rows.values():
        assert math.isnan(line.stderr) or line.stderr > 0, line


def test_few_samples_take_the_scatter_of_native_states_from_theory():
    one, four = (
        rows_of(samples=n, funnel=2.0, start="native", learning_rate=0.05)["energy, walkers arrived"] for n in (1, 4)
    )
    assert one.stderr == pytest.approx(1 / math.sqrt(2 * 24)) and four.stderr >= one.stderr / 2


def test_error_of_samples_is_their_own_where_they_are_enough_or_scatter_more():
    rng = np.random.default_rng(4)
    many, few = rng.standard_normal(40), np.array([0.0, 2.0])
    assert error_of_samples(many, 9.0) == many.std(ddof=1) / math.sqrt(40)
    assert error_of_samples(few, 0.1) == pytest.approx(1.0) and error_of_samples(few, 5.0) == 5 / math.sqrt(2)
    assert error_of_samples(few[:1], 0.1) == 0.1 and math.isnan(error_of_samples(few, math.nan))


def test_where_the_native_branch_is_about_to_end_one_sample_says_nothing():
    """The overlap falls without bound there, and so does its scatter: an infinite error would agree with anything."""
    lam = next(x for x in np.arange(0.6, 2.0, 0.002) if native_branch(LandscapeParams(funnel=x)) is not None)
    assert math.isnan(overlap_fluctuation(LandscapeParams(funnel=lam)))
    assert math.isfinite(overlap_fluctuation(LandscapeParams(funnel=lam + 0.1)))


@pytest.mark.parametrize("seed", range(6))
def test_walkers_of_one_valley_do_not_count_as_independent(seed):
    """p = 2: all walkers of a sample end in its ground state, whose energy differs from sample to sample."""
    runner = Runner()
    settings = {"family": "glass", "optimizer": "gd", "a2": 1, "a3": 0, "size": 48, "samples": 2, "replicas": 32}
    runner.open("landscape", parameters.make(LandscapeParams, settings), seed)
    runner.advance("landscape", 400)
    line = row(runner)
    assert line.within and line.stderr > 0.03


def test_few_waves_make_no_semicircle():
    """Width and index of the spectrum rest on it, its centre does not."""
    few, enough = (rows_of(family="gaussian", features=features) for features in (24 * 20, 24 * 60))
    for name in ("Hessian's width (std)", "index α"):
        assert math.isnan(few[name].predicted) and "480 waves" in few[name].because and few[name].within is None
        assert enough[name].within
    assert few["Hessian's centre"].within and enough["Hessian's centre"].within


@pytest.mark.parametrize("family", ["glass", "funnel", "gaussian"])
def test_without_roughness_nothing_random_is_predicted(family):
    """An exact curvature, good to float32, is not to be held against an error of zero."""
    rows = rows_of(family=family, roughness=0)
    for name in ("Hessian's width (std)", "Hessian's centre", "index α"):
        assert math.isnan(rows[name].predicted) and "without roughness" in rows[name].because


@pytest.mark.parametrize(
    ("optimizer", "ignored", "felt"),
    [
        ("sgd", {"momentum": 0.3, "temperature": 1.0}, {"batch_fraction": 0.3}),
        ("gd", {"batch_fraction": 0.2}, {"roughness": 0.5}),
    ],
)
def test_what_the_optimizer_ignores_does_not_disturb_a_run(optimizer, ignored, felt):
    runner, settings = opened(family="glass", optimizer=optimizer, learning_rate=0.02)
    runner.advance("landscape", 20)
    change(runner, settings, **ignored)
    runner.advance("landscape", 20)
    assert math.isfinite(row(runner).predicted)
    change(runner, settings, **ignored, **felt)
    runner.advance("landscape", 20)
    assert "changed" in row(runner).because


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"funnel": 0.45, "b1": 1, "b2": 1, "b3": 1, "b4": 0, "size": 48}, "replica symmetry is broken"),
        ({"funnel": 0.38, "b1": 1, "b2": 0, "b3": 0, "b4": 0, "size": 96}, "replica symmetry is broken"),
        ({"funnel": 0.6, "b1": 1, "b2": 0, "b3": 0, "b4": 0, "a2": 1, "a3": 0}, "not clearly above 0.5"),
    ],
)
def test_the_upper_tail_of_a_native_state_near_the_border_is_not_compared_with_it(values, words):
    """Walkers count as arrived from Q = 1/2 on: of a branch that lies lower, or near, they are not its mean."""
    runner, _ = opened(samples=8, replicas=16, optimizer="gd", learning_rate=0.05, **values)
    runner.advance("landscape", 400)
    found = row(runner, NATIVE)
    assert math.isnan(found.predicted) and words in found.because, found
