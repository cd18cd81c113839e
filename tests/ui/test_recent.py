"""Stepping back through the last pictures: what is kept, and what is seen."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from simulator import clock
from simulator.clock import VirtualClock
from simulator.figures import Camera, Curve, Curves, frozen
from simulator.snapshot import Failure, Measurement, Snapshot
from tests.ui import pictures
from tests.ui.conftest import MakeWindow
from tests.ui.helpers import draw_frames, settle, snapshot
from tests.ui.test_keys import press
from tests.ui.toy import Toy, ToyParams
from ui import dialogs
from ui.channel import Channel
from ui.recent import BETWEEN, MOST, Recent, weight
from ui.status import THIN
from ui.together import Together
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
    assert recent.place == (2, 3) and recent.seen is not None and recent.seen.step == 1
    assert recent.step_forward() and recent.seen.step == 2, "what was seen when looking back began is not skipped"
    recent.leave()
    assert recent.seen is None and steps_back(recent) == [2, 1, 0]


def test_before_a_failure_lies_the_last_picture() -> None:
    recent = Recent()
    for step in range(3):
        recent.note(picture(step, playing=False))
    recent.note(dataclasses.replace(picture(3), playing=True))  # too near to be kept, but the last that was seen
    recent.note(Failure("toy", "broken", "", None))
    assert recent.last is not None and recent.last.step == 3
    assert steps_back(recent) == [3, 2, 1, 0]
    recent.note(picture(0, playing=False))
    assert recent.seen is None and not recent.step_back(), "a run that is built afresh has no past, whatever it counts"


def test_a_run_on_another_device_has_no_past() -> None:
    recent = Recent()
    for step in range(3):
        recent.note(picture(step, playing=False))
    recent.note(None)
    recent.note(picture(2, playing=False))
    assert not recent.step_back()


def test_a_surface_that_was_not_drawn_is_not_seen_again() -> None:
    recent, whole = Recent(), picture(0)
    bare, drawn = pictures.surface(pixels=False), pictures.surface()
    for step, surface in enumerate((bare, drawn, drawn)):
        measured = Measurement({}, {**whole.measurement.figures, "s": surface})
        recent.note(dataclasses.replace(picture(step, playing=False), measurement=measured))
    assert steps_back(recent) == [1]


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
    qtbot.waitUntil(lambda: window.groups["toy"].docks[0].panel.picture("waves") is not None)
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


def test_theory_and_export_are_of_the_picture_that_is_seen(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    paused_after_steps(qtbot, window, 2)
    press(qtbot, window, Qt.Key.Key_Left)
    seen = window.current.seen
    assert isinstance(seen, Snapshot)
    window.refresh()
    assert window.theory._shown is seen.measurement.agreement
    dialogs.export_line(window.current, tmp_path / "run.npz")
    with np.load(tmp_path / "run.npz") as found:
        assert json.loads(str(found["meta"]))["steps"] == seen.step < snapshot(window).step == found["step"][-1]


def test_a_failure_is_left_as_it_was_after_looking_back(window: Window, qtbot: QtBot) -> None:
    """The panels that do not say what went wrong show the last picture again, not one of the past."""
    paused_after_steps(qtbot, window, 3)
    window.runner._set("toy", lambda channel: setattr(channel, "slot", Failure("toy", "broken", "", ToyParams())))
    first, second = window.groups["toy"].docks[:2]
    qtbot.waitUntil(lambda: first.panel.currentIndex() == 2)
    last = window.current.recent.last
    assert last is not None

    def shown_is(snapshot: Snapshot) -> bool:
        view = second.panel.picture("image")
        return view is not None and view.figure is snapshot.measurement.figures["image"]

    for _ in range(3):
        press(qtbot, window, Qt.Key.Key_Left)
    past = window.current.seen
    assert isinstance(past, Snapshot) and past.step < last.step
    qtbot.waitUntil(lambda: shown_is(past) and first.panel.currentIndex() == 1)
    press(qtbot, window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: shown_is(last) and first.panel.currentIndex() == 2)


def test_pictures_forward_move_no_run(make_window: MakeWindow, toy: type[Toy], qtbot: QtBot) -> None:
    """Of several experiments, one may have more of a past than another."""
    window = make_window(toy)
    first, second = window.channels["toy"], Channel(toy, window.runner)
    paused_after_steps(qtbot, window, 3)
    steps: list[int] = []
    second.single_step = lambda: steps.append(1)  # type: ignore[method-assign]
    together = Together([first, second])
    first.step_back()
    together.single_step()
    assert first.recent.seen is None and not steps
    together.single_step()
    assert steps
