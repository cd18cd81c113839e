"""The parts of the training experiment: curves that are kept, the way, what is drawn, parameters that make no run."""

import numpy as np
import pytest

from simulator import parameters
from simulator.backends.base import OutOfDeviceMemoryError
from simulator.backends.registry import choose
from simulator.experiments.training import Training
from simulator.experiments.training.ensemble import Ensemble
from simulator.experiments.training.params import TrainingParams
from simulator.experiments.training.path import Path
from simulator.experiments.training.predictions import CHANGED
from simulator.experiments.training.trace import MOST, Losses, Trace, middle
from simulator.figures import Gallery, Image
from simulator.parameters import ParameterError
from simulator.runner import Runner


def params(**values):
    return parameters.make(TrainingParams, values)


def measured(steps=20, **values):
    runner = Runner()
    runner.open("training", params(**values), 1)
    runner.advance("training", steps)
    return runner.measure("training").measurement


LINEAR = {"dataset": "linear", "loss": "mse", "activation": "linear", "biases": False, "batch": 0, "noise": 0}
SAXE = LINEAR | {"init": "decoupled", "sigma_w": 0.1, "depth": 1, "classes": 3, "learning_rate": 0.01}
CATAPULT = LINEAR | {"dimension": 1, "classes": 1, "amplitude": 0, "depth": 1, "width": 64, "sigma_w": 0.2,
                     "sigma_b": 0, "samples": 20, "learning_rate": 0.3}  # fmt: skip
EDGE = {"dataset": "spiral", "loss": "mse", "batch": 0, "learning_rate": 0.2, "networks": 4}
CLUSTERS = {"dataset": "clusters", "samples": 300, "classes": 3, "noise": 0, "activation": "relu", "depth": 1}
PERTURBED = [
    {"optimizer": "momentum"}, {"optimizer": "adam", "learning_rate": 0.01}, {"batch": 2}, {"weight_decay": 0.5},
    {"dropout": 0.3}, {"clip": 0.01}, {"networks": 1}, {"networks": 2}, {"depth": 0}, {"depth": 3}, {"width": 2},
    {"samples": 600}, {"sigma_w": 0.6}, {"learning_rate": 0.5}, {"learning_rate": 1.0},
]  # fmt: skip


@pytest.mark.parametrize("change", PERTURBED, ids=str)
@pytest.mark.parametrize("base", [SAXE, CATAPULT, EDGE, CLUSTERS], ids=["saxe", "catapult", "edge", "clusters"])
def test_theory_claims_nothing_that_is_wrong(base, change):
    """Whatever the parameters, at any step: agreement, or a word that says why there is no prediction."""
    runner = Runner()
    runner.open("training", params(**base | change), 1)
    figures = {"hessian"} if base is CLUSTERS else {"sharpness"}
    for steps in (0, 1, 4, 20, 250):
        runner.advance("training", steps)
        for row in runner.measure("training", figures).measurement.agreement:
            assert row.within is not False, (steps, row)
            assert row.because or np.isfinite(row.predicted)


def test_rows_thin_out_and_stay_evenly_spaced():
    trace, step = Trace(3), 0
    for _ in range(5 * MOST):
        if trace.keeps(step):
            trace.append(step, Losses(*(np.full(4, float(step)),) * 4))
        step += trace.due(step)
    steps = trace.steps
    assert len(steps) <= MOST and steps[0] == 0
    assert set(np.diff(steps)) == {trace.stride}
    assert np.array_equal(trace.column("test")[1], steps)


def test_a_diverged_network_counts_as_highest():
    table = np.array([[1.0, 2.0, np.nan, 3.0, np.inf, 4.0, 0.0]])
    low, median, high = middle(table)[:, 0]
    assert (low, median) == (1.0, 3.0) and high == np.inf
    assert np.isnan(middle(np.full((1, 3), np.nan))).all()


def test_the_way_thins_out_and_keeps_its_start():
    way = Path(2, 10)
    for step in range(0, 1000):
        if way.keeps(step):
            way.take(step, np.full(10, step, np.float32))
    places = way.with_end(np.full(10, -1.0, np.float32))
    assert 32 <= len(places) <= 65
    assert places[0, 0] == 0 and places[-1, 0] == -1
    assert len(set(np.diff(places[:-1, 0]))) == 1


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"layers": "16,x"}, "layers"),
        ({"layers": "16,,8"}, "layers"),
        ({"layers": "0"}, "layers"),
        ({"layers": "3000"}, "layers"),
        ({"layers": ",".join(["4"] * 65)}, "layers"),
        ({"dataset": "file"}, "data_file"),
        ({"classes": 1}, "classes"),
        ({"init": "decoupled"}, "init"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"networks": 0}, "networks"),
        ({"dataset": "mnist"}, "dataset"),
    ],
)
def test_what_makes_no_run_is_one_line(values, name):
    with pytest.raises(ParameterError) as caught:
        params(**values)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_layers_in_place_of_width_and_depth():
    assert params(width=7, depth=3).hidden == (7, 7, 7)
    assert params(layers=" 250, 150 ,100,50").hidden == (250, 150, 100, 50)
    assert params(depth=0).hidden == ()


@pytest.mark.parametrize(
    "values",
    [
        {"dataset": "spiral", "classes": 3},
        {"dataset": "circles", "loss": "hinge"},
        {"dataset": "blobs", "loss": "mse", "classes": 5, "activation": "erf", "learning_rate": 0.05},
        {"dataset": "xor", "optimizer": "momentum", "depth": 0},
        {"dataset": "clusters", "classes": 4, "optimizer": "rmsprop", "activation": "relu"},
        {"dataset": "teacher", "loss": "mse", "dimension": 5},
        {"dataset": "linear", "loss": "mse", "activation": "linear", "classes": 3, "learning_rate": 0.02},
        {"dataset": "linear", "loss": "mse", "dimension": 1, "classes": 1, "samples": 1, "learning_rate": 0.02},
        {"dataset": "digits", "samples": 200, "optimizer": "adam", "learning_rate": 0.01},
        {"dataset": "digits-infinite", "batch": 20},
        {"dataset": "spiral", "samples": 1, "networks": 1},
        {"dataset": "clusters", "dimension": 1},
        {"sigma_w": 0, "sigma_b": 0},
    ],
    ids=str,
)
def test_every_data_set_is_trained_on_and_drawn_whole(values):
    """Every figure is there, and of numbers that are finite; scalars are those of the contract."""
    seen = measured(**values)
    assert set(seen.scalars) == set(Training.scalars)
    shown = {name for view in Training.views for name in view.figures}
    assert set(seen.figures) == shown
    answers = seen.figures["answers"]
    if "digits" in str(values.get("dataset")):
        assert isinstance(answers, Gallery) and len(answers.tiles) == 40
    else:
        assert isinstance(answers, Image) and np.isfinite(answers.values).all()
        assert sum(len(points.x) for points in answers.points) == min(400, values.get("samples", 400))
    assert np.isfinite(seen.scalars["train_loss"].mean)
    assert np.isfinite(seen.figures["plane"].values).all()


@pytest.mark.parametrize("values", [{"dataset": "linear", "activation": "linear"}, {"dataset": "blobs"}], ids=str)
def test_what_has_diverged_is_said_and_drawn_as_far_as_it_is_finite(values):
    runner = Runner()
    runner.open("training", params(loss="mse", learning_rate=50, **values), 1)
    for _ in range(30):  # infinite first, nan later
        runner.advance("training", 2)
        seen = runner.measure("training").measurement
    assert seen.diverged and seen.scalars["diverged"].mean == 1
    assert np.isnan(seen.scalars["train_loss"].mean) and seen.scalars["train_loss"].n == 0
    assert any("16 of 16" in note for note in seen.notes)


def test_measuring_changes_nothing():
    runner, other = Runner(), Runner()
    for each in (runner, other):
        each.open("training", params(dropout=0.1), 2)
    for _ in range(5):
        runner.advance("training", 20)
        runner.measure("training")
    other.advance("training", 100)
    one, two = (each.measure("training").measurement for each in (runner, other))
    for name, scalar in one.scalars.items():
        np.testing.assert_equal(scalar.mean, two.scalars[name].mean, name)


def test_a_learning_rate_that_is_changed_while_it_runs_takes_effect_at_once():
    runner = Runner()
    runner.open("training", params(), 1)
    runner.advance("training", 50)
    before = runner.measure("training").measurement.scalars["weight_norm"].mean
    runner.submit("training", params(learning_rate=1e-5))
    runner.advance("training", 50)
    after = runner.measure("training").measurement.scalars["weight_norm"].mean
    assert after == pytest.approx(before, rel=1e-4)


def test_what_no_longer_holds_after_a_change_is_said():
    runner = Runner()
    runner.open("training", params(**SAXE), 1)
    runner.advance("training", 50)
    assert "mode 1" in {row.name for row in runner.measure("training").measurement.agreement if row.within}
    runner.submit("training", params(**SAXE | {"learning_rate": 0.001}))
    runner.advance("training", 50)
    rows = {row.name: row.because for row in runner.measure("training").measurement.agreement}
    assert rows["mode 1"] == CHANGED


def test_too_large_for_the_device_is_refused_before_anything_is_built():
    with pytest.raises(OutOfDeviceMemoryError):
        Ensemble(choose()[0], params(width=2048, depth=20, networks=4096), 1)


def test_before_the_first_step_the_loss_around_is_shown_and_not_rounding():
    picture = measured(0).figures["plane"]
    assert isinstance(picture, Image)
    assert picture.extent[1] - picture.extent[0] > 0.5 and np.ptp(picture.values) > 1e-3
    assert measured(1, learning_rate=0.001).figures["plane"].extent[1] < 0.1, "from then on the way decides"
