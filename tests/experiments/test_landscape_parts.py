"""The parts of the landscape experiment that are not physics: trace, theory in pieces, combinations of parameters."""

import numpy as np
import pytest

from simulator import parameters
from simulator.experiments.landscape import LandscapeParams
from simulator.experiments.landscape.dynamics_theory import DynamicsTheory, bath_temperature, mixture_of
from simulator.experiments.landscape.errors import error_of_mean
from simulator.experiments.landscape.observation import replica_overlaps
from simulator.experiments.landscape.params import STARTS
from simulator.experiments.landscape.scenery import _cut_at_jumps
from simulator.experiments.landscape.trace import Trace, kept
from simulator.parameters import ParameterError
from simulator.runner import Runner
from simulator.theory.live_dynamics import live_curve


def test_trace_keeps_the_same_steps_however_they_arrive():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((3000, 2, 3, 4)).astype(np.float32)
    steps = np.arange(3000, dtype=np.int64)
    whole, pieces = Trace(), Trace()
    whole.append(steps, 0.1 * steps, rows)
    for cut in np.split(steps, [1, 2, 700, 701, 2500]):
        pieces.append(cut, 0.1 * cut, rows[cut])
    for one, other in zip(whole.column("overlap"), pieces.column("overlap"), strict=True):
        assert np.array_equal(one, other)


def test_trace_thins_by_octaves():
    steps = np.arange(2**16, dtype=np.int64)
    chosen = steps[kept(steps)]
    assert chosen[:64].tolist() == list(range(64))
    counts = [np.sum((chosen >= 2**k) & (chosen < 2 ** (k + 1))) for k in range(6, 16)]
    assert set(counts) == {32}


def test_trace_statistics_are_those_of_all_walkers_and_of_samples():
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((1, 5, 7, 4)).astype(np.float32)
    trace = Trace()
    trace.append(np.array([0]), np.array([0.0]), rows)
    _, mean, spread, stderr = trace.column("energy")
    x = rows[0, :, :, 0].astype(float)
    assert mean[0] == pytest.approx(x.mean()) and spread[0] == pytest.approx(x.std())
    assert stderr[0] == pytest.approx(x.mean(axis=1).std(ddof=1) / np.sqrt(5))


def test_theory_in_pieces_ends_where_theory_in_one_piece_does():
    params = LandscapeParams(family="glass", optimizer="gd")
    theory = DynamicsTheory()
    for _ in range(2000):
        curve = theory.curve(params, 1.0, 0.01)
        if not theory.pending:
            break
    whole = live_curve(mixture_of(params), 0.0, 100.0)
    assert not theory.pending and curve is not None
    assert np.array_equal(curve.E, whole.E)
    theory.curve(LandscapeParams(family="glass", optimizer="langevin", temperature=0.7), 1.0, 0.0)
    assert theory.pending
    assert theory.curve(params, 1.0, 0.0) is curve and not theory.pending


@pytest.mark.parametrize(
    ("optimizer", "expected"), [("gd", 0.0), ("langevin", 0.4), ("sgd", 0.07 * 0.95 * 1.5 / 0.1), ("adam", None)]
)
def test_bath_temperature(optimizer, expected):
    params = LandscapeParams(optimizer=optimizer, temperature=0.4, learning_rate=0.07, batch_fraction=0.05)
    assert bath_temperature(params) == (None if expected is None else pytest.approx(expected))


def test_combinations_that_make_no_landscape_are_refused():
    with pytest.raises(ParameterError, match="a2, a3, a4"):
        parameters.make(LandscapeParams, {"a3": 0})
    with pytest.raises(ParameterError, match="b1, b2, b3, b4"):
        parameters.make(LandscapeParams, {"b2": 0, "b3": 0, "b4": 0})
    parameters.make(LandscapeParams, {"family": "gaussian", "a3": 0, "b2": 0, "b3": 0, "b4": 0})


def test_error_of_a_mean_comes_from_samples_or_from_all_walkers():
    rng = np.random.default_rng(2)
    many = rng.standard_normal((40, 3))
    assert error_of_mean(many) == pytest.approx(many.mean(axis=1).std(ddof=1) / np.sqrt(40))
    one = rng.standard_normal((1, 50))
    assert error_of_mean(one) == pytest.approx(one.std(ddof=1) * np.sqrt(1 / 50 + 1 / 4))
    assert np.isnan(error_of_mean(np.zeros((2, 1))))


def test_overlaps_of_pairs_are_those_of_clones():
    rng = np.random.default_rng(3)
    states = rng.standard_normal((1, 4, 6))
    assert np.allclose(
        replica_overlaps(states, True)[0], [states[0, 0] @ states[0, 1] / 6, states[0, 2] @ states[0, 3] / 6]
    )
    assert replica_overlaps(states, False)[0].shape == (6,)


@pytest.mark.parametrize("family", ["glass", "funnel", "gaussian"])
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("size", [2, 3, 9])
def test_every_picture_of_the_smallest_landscapes(family, start, size):
    """Nothing breaks, nothing is empty, nothing is NaN at the edges of the parameter range."""
    runner = Runner()
    values = {"family": family, "start": start, "size": size, "samples": 1, "replicas": 2}
    runner.open("landscape", parameters.make(LandscapeParams, values), 1)
    runner.advance("landscape", 3)
    shot = runner.measure("landscape")
    assert set(shot.measurement.figures) == {
        name for view in runner._channels["landscape"].kind.views for name in view.figures
    }
    assert np.isfinite(shot.measurement.figures["surface"].heights).any()
    assert np.isfinite(shot.measurement.scalars["energy"].mean)


def test_trails_begin_after_their_last_jump():
    trails = np.zeros((2, 4, 3))
    trails[0, :, 0] = [-2.0, -1.9, 1.0, 1.1]  # jumps between the second and the third point
    trails[1, :, 0] = [0.0, 0.1, 0.2, 0.3]
    cut = _cut_at_jumps(trails)
    assert np.isnan(cut[0, :2]).all() and cut[0, 2:, 0].tolist() == [1.0, 1.1]
    assert np.isfinite(cut[1]).all()


def test_eigenvalues_are_spared_only_while_a_window_plays():
    """Headless, or paused, every measurement has them: a history does not depend on how fast the device is."""
    runner = Runner()
    runner.open("landscape", parameters.make(LandscapeParams, {"size": 16, "samples": 2, "replicas": 2}), 1)
    for _ in range(3):
        runner.advance("landscape", 1)
        assert "hessian_min" in runner.measure("landscape", {"hessian"}).measurement.scalars
    simulation = runner._channels["landscape"].simulation
    noted = []
    for _ in range(3):
        simulation.advance(1)
        noted.append("hessian_min" in simulation.measure({"hessian"}, playing=True).measurement.scalars)
    assert not all(noted)
    assert "hessian_min" in simulation.measure({"hessian", "energy"}).measurement.scalars
    paused = simulation.measure({"hessian"}).measurement
    simulation.apply(parameters.change(simulation.params, roughness=0.5))
    changed = simulation.measure({"hessian"}).measurement
    assert changed.scalars["hessian_min"].mean != paused.scalars["hessian_min"].mean
