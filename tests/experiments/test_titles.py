"""Titles say what the data show, and nothing where they show nothing."""

from itertools import pairwise

import numpy as np
import pytest

from simulator.backends.registry import choose
from simulator.experiments.divergence.pictures import _along, _trend
from simulator.experiments.divergence.trace import Fit
from simulator.experiments.landscape.dynamics_theory import mixture_of
from simulator.experiments.landscape.params import LandscapeParams
from simulator.experiments.landscape.pictures import _what_energy_does
from simulator.experiments.propagation import PropagationParams
from simulator.experiments.propagation.ensemble import Averages
from simulator.experiments.propagation.pictures import _what_the_circle_does
from simulator.experiments.sharpening.descent_pictures import _is_sharper, _onset
from simulator.experiments.sharpening.moments import Moments, mean
from simulator.experiments.sharpening.plots import grows, shrinks
from simulator.experiments.training import Training
from simulator.experiments.training.curvature import KEPT
from simulator.experiments.training.params import TrainingParams
from simulator.experiments.training.path import LossPlane
from simulator.experiments.training.pictures import _are_in_turn, _leads_down, _what_losses_do
from simulator.figures import Curve, frozen
from simulator.networks.curvature import leading_eigenvalues
from simulator.parameters import make
from simulator.runner import Runner
from simulator.theory.asymptotics import threshold_energy

EPOCHS = np.linspace(0.0, 10.0, 60)


@pytest.mark.parametrize(
    ("train", "test", "title"),
    [
        (np.exp(-EPOCHS), np.exp(-EPOCHS), "Loss falls as the networks learn"),
        (np.exp(-EPOCHS), 0.5 + 0.1 * EPOCHS, "Training loss falls, test rises"),
        (np.exp(EPOCHS), np.exp(EPOCHS), "Loss rises"),
        (1.0 + 0.05 * np.sin(9 * EPOCHS), np.ones(60), "Loss of the networks"),
        (np.full(60, np.nan), np.full(60, np.nan), "Loss of the networks"),
        (np.ones(1), np.ones(1), "Loss of the networks"),
    ],
)
def test_losses_are_said_to_do_what_they_do(train, test, title):
    assert _what_losses_do(train, test) == title


def test_a_title_does_not_flicker_with_the_noise_of_a_descent():
    """Read anew after each epoch of a noisy descent, the title changes once and not back."""
    noise = np.random.default_rng(0).normal(0.0, 0.03, 400)
    loss = np.exp(-np.linspace(0.0, 4.0, 400) + noise)
    titles = [_what_losses_do(loss[:k], loss[:k]) for k in range(1, 401)]
    assert sum(a != b for a, b in pairwise(titles)) == 1


def test_modes_are_said_to_be_learnt_in_turn_only_where_they_are():
    t, goal = np.arange(100.0)[:, None], np.array([3.0, 2.0, 1.0])
    in_turn = goal / (1 + np.exp(-(t - np.array([20.0, 50.0, 80.0]))))
    at_once = goal / (1 + np.exp(-(t - 20.0)))
    assert _are_in_turn(in_turn, goal)
    assert not _are_in_turn(at_once, goal)
    assert not _are_in_turn(in_turn[:40], goal), "one alone"
    assert not _are_in_turn(np.full((100, 3), np.nan), goal)


def test_the_way_is_said_to_lead_down_only_where_it_does():
    down = np.tile(np.linspace(1.0, 0.0, 21), (21, 1))
    extent = (0.0, 1.0, 0.0, 1.0)
    way = np.array([[0.1, 0.5], [0.5, 0.5], [0.9, 0.5]])
    assert _leads_down(LossPlane(down, extent, way, (0.9, 0.1)))
    assert not _leads_down(LossPlane(down, extent, way[::-1], (0.9, 0.1)))
    assert not _leads_down(LossPlane(np.ones((21, 21)), extent, way, (0.9, 0.1)))
    assert not _leads_down(LossPlane(down, extent, np.full((2, 2), np.nan), (0.9, 0.1)))


def _fit(*exponents):
    return Fit(np.array(exponents)[:, None], 0.0, 0, 100, 0.0)


def test_twins_are_said_to_part_or_meet_where_that_is_sure():
    assert _trend(_fit(0.05, 0.06, 0.055, 0.05)) == "How fast twins part"
    assert _trend(_fit(-0.05, -0.06, -0.055, -0.05)) == "How fast twins meet"
    assert _trend(_fit(-0.05, 0.06, 0.01, -0.02)) == "How fast the distance grows"
    assert _trend(None) == "How fast the distance grows"
    assert _along(np.array([-0.1, 0.2]), done=False) == "Where twins begin to part"
    assert _along(np.array([0.1, 0.2]), done=False) == "The exponent along the rate"
    assert _along(np.array([0.1, 0.2]), done=True) == "Twins part at every rate"
    assert _along(np.array([-0.1, -0.2]), done=True) == "Twins meet at every rate"
    assert _along(np.zeros(0), done=True) == "The exponent along the rate"


def test_energy_is_said_to_be_where_it_is():
    params = make(LandscapeParams, {"family": "glass"})
    threshold = threshold_energy(mixture_of(params))

    def said(end, native=None):
        return _what_energy_does(params, np.r_[np.linspace(0.0, end, 50), np.full(50, end)], native)

    assert said(0.5 * threshold) == "Energy falls towards the threshold"
    assert said(threshold) == "Energy comes to the threshold"
    assert said(1.3 * threshold) == "Energy falls below the threshold"
    assert said(1.5 * threshold, 1.5 * threshold) == "Down to the native state"
    assert said(0.0) == said(-0.1 * threshold) == "Energy of the walkers"
    assert _what_energy_does(params, np.zeros(0), None) == "Energy of the walkers"
    assert _what_energy_does(params, np.full(9, np.nan), None) == "Energy of the walkers"


def _moments(low, high, seed):
    moments = Moments(2, seed)
    values = np.random.default_rng(seed).uniform(low, high, 64)
    moments.add(np.column_stack([np.ones(64), values]))
    return moments


def test_a_trend_with_size_is_claimed_beyond_its_errors():
    falls = {16: _moments(0.9, 1.1, 1), 64: _moments(0.6, 0.8, 2), 256: _moments(0.3, 0.5, 3)}
    level = {16: _moments(0.9, 1.1, 1), 256: _moments(0.9, 1.1, 3)}
    assert shrinks(falls, mean) and not grows(falls, mean)
    assert not shrinks(level, mean) and not grows(level, mean)
    assert grows(dict(zip(falls, reversed(falls.values()), strict=True)), mean)
    assert not shrinks({16: falls[16]}, mean) and not shrinks({}, mean)
    few = Moments(2, 0)
    few.add(np.array([[1.0, 0.1]]))
    assert not shrinks({16: falls[16], 64: few}, mean), "one sample has no error, and proves nothing"


def _success(x, y):
    return Curve("", frozen(x), frozen(y), "series", points=True, joined=True)


def test_success_is_sharper_only_where_both_onsets_were_measured():
    dial = np.linspace(0.0, 1.6, 9)
    wide, steep = np.clip((dial - 0.2) / 0.8, 0, 1), np.clip((dial - 0.6) / 0.2, 0, 1)
    assert _onset(_success(dial, wide)) == pytest.approx(0.4)
    assert _is_sharper([_success(dial, wide), _success(dial, steep)])
    assert not _is_sharper([_success(dial, steep), _success(dial, wide)])
    gap = steep.copy()
    gap[3:5] = np.nan
    assert not _is_sharper([_success(dial, wide), _success(dial, gap)]), "nobody has been there"
    assert not _is_sharper([_success(dial, wide)])


def test_circles_are_said_to_do_what_was_measured():
    averages = Averages.empty()
    assert _what_the_circle_does(averages) == "Length and curvature of the circle"
    for length, bend, title in (
        (8.0, 4.0, "Stretched and folded"), (8.0, 1.0, "Stretched"), (0.1, 1.0, "Shrunk towards a point"),
        (1.1, 1.0, "Length and curvature of the circle"),
    ):  # fmt: skip
        averages = Averages.empty()
        averages.length.add(np.array([[1.0, length], [1.0, length]]))
        averages.curvature.add(np.array([[1.0, bend], [1.0, bend]]))
        assert _what_the_circle_does(averages) == title


@pytest.mark.parametrize(
    ("sigma_w", "like", "gradient"),
    [
        (2.5, "Like inputs part", "Gradients explode"),
        (0.8, "Like inputs become more alike", "Gradients vanish"),
    ],
)
def test_order_and_chaos_are_named_by_their_data(sigma_w, like, gradient):
    runner = Runner()
    runner.open("propagation", make(PropagationParams, {"sigma_w": sigma_w, "networks": 8}), 1)
    runner.advance("propagation", 4)
    figures = runner.measure("propagation", {"c", "gradients", "q"}).measurement.figures
    assert (figures["c"].title, figures["gradients"].title) == (like, gradient)


def test_the_sharpness_is_followed_between_looks_and_is_what_a_look_finds():
    """While a window plays, looks are rare; points between them are as exact, and there are not ever more of them."""
    values = {"dataset": "spiral", "loss": "mse", "batch": 0, "learning_rate": 0.2, "networks": 2}
    run = Training()
    run.init(choose()[0], make(TrainingParams, values), 1)
    looker = run._looker
    looker.look(run._ensemble, run._step, leading=False, hurried=True)
    looker._again = np.inf  # no look is due any more
    exact = []
    for _ in range(6):
        run.step(3)
        looker._next = 0.0
        assert looker.look(run._ensemble, run._step, leading=False, hurried=True).step == 0
        x, t = run._ensemble.examples(len(run._ensemble.data.x))
        theta = run._ensemble.trainer.theta[0].astype(float)
        exact.append(float(leading_eigenvalues(run._ensemble.architecture, theta, x, t, 1)[0]))
    assert looker.steps == [0, 3, 6, 9, 12, 15, 18]
    assert looker.sharpness[1:] == pytest.approx(exact, rel=1e-3)
    for step in range(100, 100 + 3 * KEPT):
        looker._note(step, 1.0)
    assert KEPT / 2 <= len(looker.steps) == len(looker.sharpness) <= KEPT
    assert looker.steps == sorted(set(looker.steps))
