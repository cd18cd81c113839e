"""The training experiment against what is solved exactly, at the sizes and tolerances of the physics reference, E."""

import numpy as np
import pytest

from simulator import parameters
from simulator.backends.registry import choose
from simulator.experiments.training.params import TrainingParams
from simulator.networks.architecture import Architecture, TrainingDials
from simulator.networks.datasets.base import Dataset
from simulator.networks.trainer import Trainer
from simulator.runner import Runner
from simulator.theory.catapult import catapult_path
from simulator.theory.sgd_noise import stationary_variance

LINEAR = {"dataset": "linear", "loss": "mse", "activation": "linear", "biases": False, "batch": 0, "noise": 0,
          "sigma_b": 0}  # fmt: skip


def run(steps, seed=1, **values):
    runner = Runner()
    runner.open("training", parameters.make(TrainingParams, values), seed)
    runner.advance("training", steps)
    return runner.measure("training").measurement


def line(measurement, name):
    return next(row for row in measurement.agreement if row.name.startswith(name))


@pytest.mark.parametrize(("time", "strength"), [(0.5, 0.188842), (1.0, 1.723002), (1.5, 2.893241)])
def test_the_strongest_mode_follows_saxe(time, strength):
    """s = 3, a_0 = .01: a(t) of the device's network within half a per cent of the closed form."""
    rate = 2e-4
    done = run(round(time / rate), **LINEAR, init="decoupled", sigma_w=0.01, depth=1, width=16, classes=4,
               dimension=20, amplitude=3, learning_rate=rate, networks=4)  # fmt: skip
    row = line(done, "mode 1")
    assert row.measured == pytest.approx(strength, rel=0.005)
    assert row.predicted == pytest.approx(strength, rel=0.005)
    assert row.within


@pytest.mark.parametrize(("eta", "beta", "variance"), [(0.1, 0.0, 0.052632), (0.1, 0.9, 0.513514)])
def test_noise_of_sgd_in_a_quadratic(eta, beta, variance):
    """One bias learns the mean of normal numbers, one a step: a = c = 1, and its variance is the stationary one.

    The data are many, and the numbers of one pass through them sum to the same: what that takes away from the variance
    is of the order of steps/data below what is asked.
    """
    samples, steps, every, networks = 400_000, 300_000, 10, 1
    targets = np.random.default_rng(3).standard_normal((samples, 1)).astype(np.float32)
    targets = (targets - targets.mean()) / targets.std()
    x = np.zeros((samples, 1), np.float32)
    data = Dataset(x, targets, x[:1].copy(), targets[:1].copy(), 0)
    optimizer = "momentum" if beta else "sgd"
    trainer = Trainer(choose()[0], Architecture((1, 1), "linear", "mse"), data, networks, 1, optimizer, 7,
                      np.zeros((networks, 2), np.float32))  # fmt: skip
    dials = TrainingDials(learning_rate=eta, momentum=beta)
    trainer.step(1000, dials)
    seen = []
    for _ in range(steps // every):
        trainer.step(every, dials)
        seen.append(trainer.theta[0, 1])
    assert stationary_variance(1, 1, eta, beta) == pytest.approx(variance, abs=1e-6)
    assert np.var(seen) == pytest.approx(variance, rel=0.02)


@pytest.mark.parametrize(("product", "settles"), [(1.0, True), (2.6, True), (3.5, True), (4.6, False)])
def test_the_catapult_is_the_exact_map(product, settles):
    """f = u.v of a two-layer linear network: every loss of the first 60 steps is the map's, to float32's rounding."""
    width, steps = 256, 60
    rng = np.random.default_rng(5)
    theta = np.zeros((1, 3 * width + 1), np.float32)
    u, v = rng.standard_normal((2, width)) / width**0.25
    architecture = Architecture((1, width, 1), "linear", "mse", biased=False)
    theta[0, architecture.layers[0].weights], theta[0, architecture.layers[1].weights] = u, v
    one, zero = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
    trainer = Trainer(choose()[0], architecture, Dataset(one, zero, one, zero, 0), 1, 1, "sgd", 1, theta)
    f_0, curvature = float(u @ v), float(u @ u + v @ v)
    eta = product / curvature
    f, curvatures = catapult_path(f_0, curvature, eta, 1, steps)
    losses = []
    for _ in range(steps + 1):
        losses.append(float(trainer.evaluate("train")[0][0]))
        trainer.step(1, TrainingDials(learning_rate=eta))
    known = np.isfinite(f) & (np.abs(f) < 1e15)
    scale = np.maximum.accumulate(np.abs(f[known]))  # rounding is relative to the largest f on the way
    assert np.all(np.abs(np.sqrt(2 * np.array(losses)[known]) - np.abs(f[known])) < 1e-4 * scale)
    assert (losses[-1] < losses[0]) == settles
    if product > 2 and settles:
        assert max(losses) > 2 * losses[0] and eta * curvatures[-1] < 2, "it must have been thrown to a flatter place"


@pytest.mark.parametrize("steps", [800, 2000])
def test_the_edge_of_stability(steps):
    """10-40-40-1 tanh, 50 examples whose labels mean nothing, mse, eta = .2: eta lambda_max/2 from .97 to 1.03."""
    done = run(steps, dataset="clusters", amplitude=0, dimension=10, samples=50, loss="mse", width=40, depth=2, batch=0,
               noise=0, sigma_w=0.5, sigma_b=0, learning_rate=0.2, networks=4)  # fmt: skip
    row = line(done, "sharpness")
    assert 0.97 < row.measured < 1.03
    assert row.predicted == 1 and row.within


@pytest.mark.parametrize("steps", [400, 800, 1600])
def test_descent_jumps_to_and_fro_across_a_valley_as_sharp_as_the_edge(steps):
    """A narrow valley, sharper on its sides, where the networks are at a step, than half-way between two steps."""
    rate = 0.8
    done = run(steps, seed=2, dataset="teacher", loss="mse", width=16, depth=3, batch=0, sigma_w=0.7,
               learning_rate=rate, networks=4)  # fmt: skip
    row, here = line(done, "sharpness"), done.scalars["sharpness"].mean * rate / 2
    assert row.within and abs(row.measured - 1) < 0.01
    assert abs(here - 1) > 2 * abs(row.measured - 1)


def test_hessian_outliers_are_one_less_than_classes():
    """Three Gaussian classes, D = 20, one hidden layer of 10 relu units, step 200 of descent at .1."""
    done = run(200, dataset="clusters", classes=3, dimension=20, amplitude=1, noise=0, samples=1000, depth=1, width=10,
               activation="relu", batch=0, learning_rate=0.1, networks=4, sigma_b=0, sigma_w=1.4142)  # fmt: skip
    row = line(done, "Hessian outliers")
    assert row.predicted == 2
    assert row.measured == pytest.approx(2, abs=0.5) and row.within


@pytest.mark.parametrize("dimension", [15, 40])
def test_outliers_of_data_sets_that_miscount_are_within_what_is_left_open(dimension):
    """Four classes, of which two are more alike than others, or all far apart: the gap lies elsewhere."""
    done = run(200, dataset="clusters", classes=4, dimension=dimension, amplitude=1, noise=0, samples=1000, depth=1,
               width=20, activation="relu", batch=0, learning_rate=0.3, networks=4)  # fmt: skip
    row = line(done, "Hessian outliers")
    assert row.predicted == 3 and row.within


def test_the_straight_line_from_start_to_end_meets_no_barrier():
    """26 points, all of the networks drawn (Goodfellow et al. 2015)."""
    done = run(4000, dataset="blobs", classes=4, depth=2, width=32, learning_rate=0.1)
    for curve in done.figures["interpolation"].curves[:4]:
        assert len(curve.y) == 26
        assert np.all(np.diff(curve.y) < 1e-3 * curve.y[0])


def test_random_labels_are_memorised():
    """200 examples whose labels mean nothing, some 6000 weights: every one is learnt by heart (Zhang et al. 2017)."""
    done = run(4000, dataset="clusters", dimension=50, samples=200, label_noise=1, width=64, depth=2, optimizer="adam",
               learning_rate=0.003, networks=2)  # fmt: skip
    assert done.scalars["train_accuracy"].mean == 1.0
    assert done.scalars["test_accuracy"].mean == pytest.approx(0.5, abs=0.1)


NAIVE = {"dataset": "digits-infinite", "layers": "250,150,100,50", "activation": "relu", "optimizer": "rmsprop",
         "learning_rate": 0.04, "epsilon": 1e-10, "sigma_w": 1, "sigma_b": 0.1, "batch": 125,
         "networks": 2}  # fmt: skip


def reached(*at, **values):
    """Mean test accuracy and largest weight at some steps."""
    runner = Runner()
    runner.open("training", parameters.make(TrainingParams, {**NAIVE, **values}), 1)
    found, done = [], 0
    for step in at:
        runner.advance("training", step - done)
        scalars = runner.measure("training", {"loss"}).measurement.scalars
        found.append((scalars["test_accuracy"].mean, scalars["weight_max"].mean))
        done = step
    return found


def test_the_naive_deep_network_learns_and_then_falls_apart():
    """64-250-150-100-50-10 on an endless stream, rmsprop, a tiny epsilon: up, then down, while weights grow."""
    *early, end = reached(1000, 1600, 2200, 6000)
    top = max(accuracy for accuracy, _ in early)
    assert top > 0.6
    assert end[0] < top - 0.2
    assert end[1] > 7 and early[0][1] < end[1] / 1.5


def test_remedies_of_the_naive_deep_network():
    """A larger epsilon, a smaller rate: it learns and stays; weight decay: its weights stay bounded."""
    assert reached(800, epsilon=0.01)[0][0] > 0.9
    assert reached(800, learning_rate=0.01)[0][0] > 0.85
    ((accuracy, largest),) = reached(1500, weight_decay=0.1)
    assert accuracy > 0.6 and largest < 5
    assert reached(1500, clip=1)[0][1] > 5, "clipping does not help: rmsprop is scale-invariant"


def test_a_network_that_diverges_leaves_the_others_alone():
    done = run(400, dataset="spiral", loss="mse", batch=0, learning_rate=0.5)
    lost = done.scalars["diverged"].mean
    assert 0 < lost < 1 and not done.diverged
    assert np.isfinite(done.scalars["train_loss"].mean)
    assert any("diverged" in note for note in done.notes)


def test_a_run_does_not_depend_on_how_its_steps_are_cut():
    runner = Runner()
    runner.open("training", parameters.make(TrainingParams, {"dropout": 0.2, "optimizer": "adam"}), 4)
    for n in (1, 7, 92, 200):
        runner.advance("training", n)
        runner.measure("training", {"loss"})
    there = runner.measure("training").measurement.scalars
    for name, scalar in run(300, 4, dropout=0.2, optimizer="adam").scalars.items():
        np.testing.assert_equal(scalar.mean, there[name].mean, name)


@pytest.mark.parametrize("rate", [3.0, 20.0, 90.0])
def test_networks_that_diverge_at_the_edge_are_measured_in_silence(rate):
    """Whatever is not finite is left out; numpy's warnings would be errors here."""
    values = {"dataset": "spiral", "loss": "mse", "batch": 0, "learning_rate": rate, "activation": "relu"}
    runner = Runner()
    runner.open("training", parameters.make(TrainingParams, values), 1)
    for steps in (1, 2, 3, 10, 50, 200):
        runner.advance("training", steps)
        done = runner.measure("training", {"hessian", "sharpness"}).measurement
        assert all(row.within is None for row in done.agreement if row.name.startswith("sharpness"))
    assert done.scalars["diverged"].mean == 1.0
