"""Stepping back through the last pictures: what is kept, and what is seen."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from simulator import clock
from simulator.clock import VirtualClock
from simulator.figures import Camera, Curve, Curves, frozen
from simulator.snapshot import Failure, Measurement, Snapshot
from tests.ui.helpers import draw_frames, settle, snapshot
from tests.ui.test_keys import press
from ui.recent import BETWEEN, MOST, Recent, weight
from ui.status import THIN
from ui.views.curves import CurvesView
from ui.window import Window


def picture(step: int, generation: int = 0, playing: bool = True, points: int = 2) -> Snapshot:
    """A snapshot with one curve, whose height is the step."""
    line = Curve("y", frozen(np.arange(points)), frozen(np.full(points, step)))
    measured = Measurement({}, {"y": Curves("Y", "x", "y", (line,))})
    return Snapshot("toy", generation, step, None, 1, measured, playing)


def steps_back(recent: Recent) -> list[int]:
    """The steps that are seen on the way back."""
    found = []
    while recent.step_back():
        assert recent.seen is not None
        found.append(recent.seen.step)
    return found


def test_the_weight_of_a_picture_is_that_of_its_arrays() -> None:
    assert weight(picture(1, points=1000).measurement) == 2 * 1000 * 8
    assert weight(Camera()) == weight("text") == weight(None) == 0


def test_back_and_forth_ends_in_the_present() -> None:
    recent = Recent()
    for step in range(4):
        recent.note(picture(step, playing=False))
    assert recent.seen is None and not recent.step_forward()
    assert steps_back(recent) == [2, 1, 0] and recent.place == (3, 3)
    assert recent.step_forward() and recent.seen is not None and recent.seen.step == 1
    assert recent.step_forward() and recent.place == (1, 3)
    assert recent.step_forward() and recent.seen is None and not recent.step_forward()


def test_while_it_plays_pictures_are_thinned_out_and_the_present_is_never_lost() -> None:
    recent, time = Recent(), VirtualClock()
    with clock.running_on(time):
        for step in range(100):
            time.move_to(step / 60)
            recent.note(picture(step))
        found = steps_back(recent)
    gaps = -np.diff(found)
    assert 0 <= 99 - found[0] <= BETWEEN * 60 + 1 and gaps.min() >= BETWEEN * 60 - 1 and gaps.max() <= BETWEEN * 60 + 1


def test_another_picture_of_the_same_state_takes_the_place_of_the_one_before() -> None:
    recent = Recent()
    for step, points in ((0, 2), (1, 2), (1, 5), (2, 2)):
        recent.note(picture(step, playing=False, points=points))
    assert steps_back(recent) == [1, 0]
    recent.step_forward()
    assert recent.seen is not None and weight(recent.seen.measurement) == 2 * 5 * 8


def test_what_comes_while_one_looks_back_changes_nothing_of_the_past() -> None:
    recent = Recent()
    for step in range(3):
        recent.note(picture(step, playing=False))
    recent.step_back()
    recent.note(picture(3, playing=False))
    assert recent.place == (1, 2) and recent.seen is not None and recent.seen.step == 1
    recent.leave()
    assert recent.seen is None and steps_back(recent) == [2, 1, 0]


def test_before_a_failure_lies_the_last_picture() -> None:
    recent = Recent()
    for step in range(3):
        recent.note(picture(step, playing=False))
    recent.note(Failure("toy", "broken", "", None))
    assert steps_back(recent) == [2, 1, 0]


def test_a_run_that_begins_anew_has_no_past() -> None:
    recent = Recent()
    for step in range(3):
        recent.note(picture(step, playing=False))
    recent.step_back()
    recent.note(picture(0, generation=1, playing=False))
    assert recent.seen is None and not recent.step_back()


def test_nothing_is_seen_beside_figures_of_another_time() -> None:
    recent, bare = Recent(), dataclasses.replace(picture(0), measurement=Measurement({}))
    recent.note(dataclasses.replace(bare, playing=False))
    for step in range(1, 4):
        recent.note(picture(step, playing=False))
    assert steps_back(recent) == [2, 1], "the first has no figures, and those of later would stay"
    recent.leave()
    figures = picture(4).measurement.figures
    more = Measurement({}, {**figures, "z": figures["y"]})
    for step in (4, 5):
        recent.note(dataclasses.replace(picture(step, playing=False), measurement=more))
    assert steps_back(recent) == [4], "those before have one figure less"


def test_no_more_is_kept_than_memory_is_granted() -> None:
    recent = Recent(most_bytes=10 * 2 * 100 * 8)
    for step in range(50):
        recent.note(picture(step, playing=False, points=100))
    assert steps_back(recent) == list(range(48, 39, -1))
    recent = Recent()
    for step in range(MOST + 50):
        recent.note(picture(step, playing=False))
    assert len(steps_back(recent)) == MOST - 1


# --- in the window -------------------------------------------------------------------------------------------------


def height(window: Window) -> float:
    """Of the wave that is drawn, at its left end."""
    view = window.groups["toy"].docks[0].panel.picture("waves")
    assert isinstance(view, CurvesView) and isinstance(view.figure, Curves)
    return float(view.figure.curves[0].y[0])


def paused_after_steps(qtbot: QtBot, window: Window, steps: int) -> list[float]:
    """Pause, take single steps, and give the heights that were seen."""
    window.current.set_playing(False)
    first = settle(qtbot, window)
    qtbot.waitUntil(lambda: window.groups["toy"].docks[0].drawn is first)
    heights = [height(window)]
    for _ in range(steps):
        step = snapshot(window).step
        press(qtbot, window, Qt.Key.Key_Right)
        qtbot.waitUntil(lambda step=step: snapshot(window).step == step + 1)  # type: ignore[misc]
        qtbot.waitUntil(lambda: window.groups["toy"].docks[0].drawn is snapshot(window))
        heights.append(height(window))
    return heights


def test_left_shows_the_pictures_before_and_right_those_after(window: Window, qtbot: QtBot) -> None:
    heights = paused_after_steps(qtbot, window, 3)
    last = snapshot(window)
    for back, expected in enumerate(reversed(heights[:-1]), start=1):
        press(qtbot, window, Qt.Key.Key_Left)
        qtbot.waitUntil(lambda expected=expected: height(window) == expected)  # type: ignore[misc]
        window.refresh()
        assert window.status.pace.text().replace(THIN, "").startswith(f"step {last.step - back}: {back} of ")
    for expected in heights[1:]:
        window.transport.step.click()
        qtbot.waitUntil(lambda expected=expected: height(window) == expected)  # type: ignore[misc]
    assert snapshot(window) is last, "the run stayed where it was"
    press(qtbot, window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: snapshot(window).step == last.step + 1)


def test_left_pauses_and_play_goes_on_from_the_present(window: Window, qtbot: QtBot) -> None:
    draw_frames(qtbot, window, 20)
    window.transport.back.click()
    assert not window.current.playing
    present = settle(qtbot, window)
    window.transport.back.click()
    seen = window.current.seen
    assert isinstance(seen, Snapshot) and seen.step < present.step
    press(qtbot, window, Qt.Key.Key_Space)
    assert window.current.seen is window.current.latest
    qtbot.waitUntil(lambda: snapshot(window).step > present.step)


@pytest.mark.parametrize("act", ["edit", "reset", "camera", "another picture", "away and back"])
def test_what_makes_new_pictures_leaves_the_past(window: Window, qtbot: QtBot, act: str) -> None:
    paused_after_steps(qtbot, window, 2)
    press(qtbot, window, Qt.Key.Key_Left)
    assert window.current.seen is not window.current.latest
    group = window.groups["toy"]
    if act == "edit":
        window.current.edit("rate", 2.0, True)
    elif act == "reset":
        window.current.reset()
    elif act == "camera":
        group.docks[0].camera_changed.emit("waves", Camera())
    elif act == "another picture":
        group.docks[2].raise_()
        group.docks[2].panel.choose("bars" if "waves" in group.docks[2].panel.wanted else "waves")
        qtbot.waitUntil(lambda: window.current.seen is window.current.latest)
    else:
        window.current.set_resting(True)
        window.current.set_resting(False)
    assert window.current.seen is window.current.latest


def test_theory_and_export_are_of_the_picture_that_is_seen(window: Window, qtbot: QtBot) -> None:
    paused_after_steps(qtbot, window, 2)
    press(qtbot, window, Qt.Key.Key_Left)
    seen = window.current.seen
    assert isinstance(seen, Snapshot)
    window.refresh()
    assert window.theory._shown is seen.measurement.agreement
