"""The propagation experiment against mean-field theory, at the sizes and tolerances of the physics reference, F."""

import dataclasses

import numpy as np
import pytest

from simulator import parameters
from simulator.backends.registry import choose
from simulator.experiments.propagation import Propagation, PropagationParams
from simulator.experiments.propagation.ensemble import Averages, Ensemble
from simulator.experiments.propagation.predictions import depth_of, theory_for
from simulator.runner import Runner
from simulator.snapshot import Scalar


def run(steps=0, seed=1, **values):
    runner = Runner()
    runner.open("propagation", parameters.make(PropagationParams, values), seed)
    runner.advance("propagation", steps)
    return runner.measure("propagation", {"c"})


def test_chaotic_network_of_the_reference():
    """Check 21: width 1000, 20 networks, layer 20, c_0 = 0: q 4.0791 within 4 %, c 0.1202 within 0.05."""
    scalars = run(sigma_w=2.5, sigma_b=0.3, width=1000, networks=20, depth=20, correlation=0).measurement.scalars
    assert scalars["q_star"].mean == pytest.approx(4.0791, rel=0.04)
    assert scalars["c_star"].mean == pytest.approx(0.1202, abs=0.05)
    assert scalars["phase"].mean == 1.0


POINTS = (
    ("tanh", 1.0, 0.3, 0.2),
    ("tanh", 1.3, 0.5, 0.6),
    ("tanh", 1.8, 0.2, 0.9),
    ("erf", 1.6, 0.3, 0.5),
    ("relu", 1.3, 0.4, 0.1),
)


def test_five_points_on_both_sides_of_the_line():
    """q and c of every layer within four standard errors, at most one in twenty beyond two; no other allowance."""
    sigmas = []
    for activation, sigma_w, sigma_b, start in POINTS:
        params = PropagationParams(
            activation=activation, sigma_w=sigma_w, sigma_b=sigma_b, correlation=start, width=500, networks=24, depth=15
        )
        averages, theory = Averages.empty(), theory_for(params)
        Ensemble(choose()[0], params, 3).add(averages, 0, params)
        for average, predicted in ((averages.q, theory.q), (averages.c, theory.c)):
            sigmas.append(np.abs(average.mean - predicted)[1:, 0] / average.stderr[1:, 0])
    assert np.max(sigmas) < 4
    assert np.mean(np.array(sigmas) > 2) <= 0.05


def test_curvature_of_the_circle():
    """N kappa^2 at (2.5, .3), layers 0 to 6, within 6 %."""
    params = PropagationParams(sigma_w=2.5, sigma_b=0.3, width=1000, networks=6, depth=6)
    averages = Averages.empty()
    Ensemble(choose()[0], params, 5).add_circle(averages, 0, params, theory_for(params).circle_q)
    expected = [0.2452, 1.5825, 2.4261, 2.9583, 3.2941, 3.5058, 3.6394]
    assert averages.curvature.mean == pytest.approx(expected, rel=0.06)
    assert averages.length.mean[-1] == pytest.approx(theory_for(params).circle.growth[-1], rel=0.06)


@pytest.mark.parametrize(("init", "expected"), [("gaussian", 16.42), ("orthogonal", 0.4173)])
def test_spread_of_the_jacobian_at_the_critical_point(init, expected):
    """Check 22: tanh, sigma_b = .02, critical sigma_w, L = 16, N = 400, within 15 %."""
    from simulator.theory.fixed_points import critical_line

    sigma_w = float(critical_line("tanh", 0.02)[0])
    params = PropagationParams(sigma_w=sigma_w, sigma_b=0.02, width=400, networks=3, depth=16, init=init)
    averages, theory = Averages.empty(), theory_for(params)
    Ensemble(choose()[0], params, 7).add_jacobian(averages, 0, params, theory.circle_q)
    assert theory.spread == pytest.approx(expected, rel=1e-3)
    assert float(averages.spread.mean) == pytest.approx(expected, rel=0.15)


def test_gradients_grow_as_predicted():
    params = PropagationParams(sigma_w=1.8, sigma_b=0.1, width=500, networks=16, depth=12)
    averages, theory = Averages.empty(), theory_for(params)
    Ensemble(choose()[0], params, 9).add_gradients(averages, 0, params)
    error = np.hypot(averages.gradient.stderr, 2 * 12 / 500 * theory.gradient)
    assert np.all(np.abs(averages.gradient.mean - theory.gradient)[:-1] < 4 * error[:-1])


def test_dropout_parts_equal_inputs():
    """Reference's last paragraph: tanh, sigma_b = .3, sigma_w = 1.395584, keep .9: q* = .90348, c* = .42669."""
    shot = run(sigma_w=1.395584, sigma_b=0.3, dropout=0.1, width=600, networks=20, depth=40, correlation=1.0)
    scalars = shot.measurement.scalars
    assert scalars["q_star"].mean == pytest.approx(0.90348, abs=4 * scalars["q_star"].stderr + 0.01)
    assert scalars["c_star"].mean == pytest.approx(0.42669, abs=4 * scalars["c_star"].stderr + 0.01)


def test_the_same_seed_is_the_same_run_and_steps_add_networks():
    one, two, other = (run(3, seed, width=40, networks=3).measurement.scalars for seed in (2, 2, 5))
    assert repr(one) == repr(two) and one["q_star"].mean != other["q_star"].mean
    assert one["q_star"].n == 12  # the first batch belongs to step 0


def test_measuring_changes_nothing():
    """Neither how steps are cut up nor what is measured on the way."""
    params = parameters.make(PropagationParams, {"width": 30, "networks": 2, "depth": 5})
    whole, pieces = Runner(), Runner()
    for runner in (whole, pieces):
        runner.open("propagation", params, 4)
    whole.advance("propagation", 9)
    for n in (0, 1, 4, 4):
        pieces.advance("propagation", n)
        pieces.measure("propagation", {"c"} if n % 2 else None)
    one, other = (runner.measure("propagation").measurement.scalars for runner in (whole, pieces))
    assert repr(one) == repr(other)


def test_what_a_dragged_mark_is_spared_the_next_step_makes_up_for():
    """In the window the first step after a change measures one batch alone; the run is the same after the second."""
    params = parameters.make(PropagationParams, {"width": 30, "networks": 3, "depth": 5})
    moved = dataclasses.replace(params, sigma_w=1.5)
    averages = []
    for hurried in (False, True):
        experiment = Propagation()
        experiment.init(choose()[0], params, 4)
        experiment.hurried = hurried
        experiment.step(1)
        experiment.update(moved)
        experiment.step(1)
        first = experiment.measure({"jacobian"})
        assert first.scalars["q_star"].n == (3 if hurried else 6)
        assert np.isfinite(first.figures["jacobian"].density).all() and first.figures["jacobian"].density.max() > 0
        experiment.step(1)
        averages.append(experiment.measure())
    calm, hasty = averages
    assert calm.scalars["q_star"].n == 9 and repr(calm.scalars) == repr(hasty.scalars)
    assert repr(calm.figures["memory"]) == repr(hasty.figures["memory"])


def test_dragging_keeps_the_random_numbers():
    """A little more sigma_w is a little more of everything: the same weights, scaled."""
    near, far = (run(width=100, sigma_w=w).measurement.scalars["q_star"].mean for w in (1.5, 1.5001))
    assert abs(near - far) < 1e-3


@pytest.mark.parametrize(
    "values",
    [
        {"width": 1, "depth": 1},
        {"width": 1, "depth": 30, "correlation": -0.3},
        {"width": 2, "depth": 1, "networks": 1},
        {"width": 3, "init": "orthogonal", "manifold_points": 8},
        {"sigma_w": 0.0, "sigma_b": 0.0},
        {"activation": "linear", "sigma_w": 1.0},
        {"activation": "erf", "sigma_w": 10.0, "sigma_b": 5.0, "depth": 200},
        {"dropout": 0.9, "width": 16},
    ],
)
def test_every_picture_at_the_edges(values):
    """No warning, no fault, every figure there."""
    runner = Runner()
    runner.open("propagation", parameters.make(PropagationParams, {"networks": 2, "depth": 6, **values}), 1)
    runner.advance("propagation", 2)
    shot = runner.measure("propagation")
    assert len(shot.measurement.figures) == 8 and not shot.measurement.diverged


def test_overflow_is_drawn_as_far_as_it_is_finite_and_said():
    shot = run(activation="relu", sigma_w=10.0, depth=60, width=64, networks=2)
    assert shot.measurement.diverged
    assert any("overflows float32 from layer" in note for note in shot.measurement.notes)
    assert any("no fixed point" in note for note in shot.measurement.notes)
    finite = [np.isfinite(curve.y).sum() for curve in shot.measurement.figures["c"].curves if curve.points]
    assert max(finite) > 5


def test_relu_above_its_critical_point_says_that_there_is_no_fixed_point():
    rows = run(activation="relu", sigma_w=1.6, depth=10).measurement
    assert "no fixed point" in rows.notes[0]


def test_depth_of_a_slope():
    xi = depth_of(Scalar(0.8, 0.01, 5))
    assert xi.mean == pytest.approx(-1 / np.log(0.8)) and xi.stderr == pytest.approx(xi.mean**2 / 0.8 * 0.01)
    assert depth_of(Scalar(1.0, 0.1, 5)).mean == np.inf


def test_a_network_too_narrow_for_its_depth_gets_no_verdict():
    """At width 200 and depth 16 finite width moves the curvature by a third: that is no agreement."""
    runner = Runner()
    runner.open("propagation", parameters.make(PropagationParams, {}), 1)
    rows = {row.name: row for row in runner.measure("propagation", {"c"}).measurement.agreement}
    assert rows["curvature Nκ²"].within is None and "too narrow" in rows["curvature Nκ²"].because
    assert rows["length of the circle"].within is not None
