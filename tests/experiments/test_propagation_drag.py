"""Under a dragged mark the map, q and c follow at every place, the rest by turns; at rest nothing is missing."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from simulator.backends.registry import choose
from simulator.clock import running_on
from simulator.experiments.propagation.experiment import Propagation
from simulator.experiments.propagation.params import PropagationParams
from simulator.networks.signals import Signals

WANTED = ("phase", "c", "q", "loop", "stretching", "jacobian")
ALWAYS = {"phase", "c", "q"}
SMALL = PropagationParams(width=30, depth=5, networks=2, manifold_points=16)


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.at = 100.0

    def now(self) -> float:
        return self.at

    def rest(self, seconds: float) -> None:
        self.at += max(seconds, 0.0)


@pytest.fixture
def clock() -> Iterator[Clock]:
    made = Clock()
    with running_on(made):
        yield made


@pytest.fixture
def dragged(clock: Clock) -> Propagation:
    """Played in a window, its mark moved four times, every sixtieth of a second."""
    experiment = Propagation()
    experiment.init(choose()[0], SMALL, 3)
    experiment.hurried = True
    clock.at += 10.0
    for k in range(4):
        clock.at += 1 / 60
        experiment.update(replace(SMALL, sigma_w=1.5 + 0.1 * k))
        experiment.step(1)
    return experiment


def test_secondary_pictures_take_turns_and_all_are_made_at_rest(dragged: Propagation, clock: Clock) -> None:
    made = [dragged.measure(WANTED).figures.keys() for _ in range(2)]
    assert all(names >= ALWAYS for names in made)
    assert {frozenset(names - ALWAYS) for names in made} == {frozenset({"loop", "stretching"}), frozenset({"jacobian"})}
    assert dragged.awaits_theory
    clock.at += 1.0
    assert dragged.measure(WANTED).figures.keys() == set(WANTED)
    assert not dragged.awaits_theory


def test_what_is_alone_in_sight_follows_at_every_place(dragged: Propagation) -> None:
    assert all("loop" in dragged.measure(("phase", "loop", "stretching")).figures for _ in range(3))


def test_a_single_change_leaves_nothing_out(dragged: Propagation, clock: Clock) -> None:
    clock.at += 1.0
    dragged.update(SMALL)
    assert dragged.measure(WANTED).figures.keys() == set(WANTED)


def test_after_a_drag_the_run_is_as_if_there_had_been_none(dragged: Propagation, clock: Clock) -> None:
    """Steps under the mark are made up for: as many networks as steps, the same numbers."""
    dragged.measure(WANTED)
    clock.at += 1.0
    dragged.step(2)
    steady = Propagation()
    steady.init(choose()[0], replace(SMALL, sigma_w=1.5 + 0.1 * 3), 3)
    steady.step(3)
    mine, theirs = dragged.measure().scalars, steady.measure().scalars
    assert {name: each.n for name, each in mine.items()} == {name: each.n for name, each in theirs.items()}
    for name, each in mine.items():
        assert each.mean == pytest.approx(theirs[name].mean, rel=1e-5, nan_ok=True), name


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_inputs_are_scaled_on_the_device(scale: float) -> None:
    """The same as inputs that are given scaled; unit vectors of a Jacobian are not scaled."""
    signals, dials = Signals(choose()[0], 20, 2, 5), (4, 1.5, 0.2)
    x, v, a = (np.random.default_rng(k).standard_normal((2, 3, 20), np.float32) for k in range(3))
    curves, same = signals.curves(x, v, a, *dials, scale=scale), signals.curves(scale * x, scale * v, scale * a, *dials)
    np.testing.assert_allclose(curves.acceleration, same.acceleration, rtol=1e-5)
    np.testing.assert_allclose(
        signals.jacobian(x[:, 0], *dials, scale=scale), signals.jacobian(scale * x[:, 0], *dials), rtol=1e-4, atol=1e-6
    )
    states = signals.states(x, *dials, layers=(0, 4), scale=scale)
    np.testing.assert_allclose(
        states[4], signals.propagate(scale * x, *dials, states=(4,)).states[4], rtol=1e-4, atol=1e-6
    )


def test_read_only_inputs_are_taken_as_they_are_and_others_as_they_have_become() -> None:
    signals, dials = Signals(choose()[0], 20, 1, 5), (3, 1.5, 0.2)
    x = np.random.default_rng(1).standard_normal((2, 20)).astype(np.float32)
    first = signals.propagate(x, *dials).q
    x *= 2.0
    second = signals.propagate(x, *dials).q
    assert not np.allclose(first, second)
    x.setflags(write=False)
    again = [signals.propagate(x, *dials).q for _ in range(2)]
    np.testing.assert_array_equal(again[0], second)
    np.testing.assert_array_equal(again[1], second)
