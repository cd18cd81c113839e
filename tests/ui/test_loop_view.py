"""The loop's view: a turntable, colours that close on themselves, far strokes first."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from simulator.figures import Loop, frozen
from tests.ui import pictures
from ui.theme import DARK, LIGHT
from ui.views import make_view
from ui.views.cyclic import LEAN, cyclic_table, oklab_circle
from ui.views.loop import LoopView
from ui.views.loop_paint import DEPTHS, HUES, strokes
from ui.views.turntable import MAX_ZOOM, Turntable

HOME = Turntable()


@pytest.fixture
def view(qtbot: QtBot) -> LoopView:
    made = make_view(pictures.loop(), DARK)
    assert isinstance(made, LoopView)
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    qtbot.waitExposed(made)
    qtbot.wait(20)
    return made


def wheel(view: LoopView, delta: int) -> None:
    at = QPointF(view.canvas.rect().center())
    event = QWheelEvent(
        at, QPointF(view.canvas.mapToGlobal(at)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.canvas.wheelEvent(event)


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (35, 24), (200, -70), (359, 90)])
def test_turning_keeps_distances_and_hands(azimuth: float, elevation: float) -> None:
    rotation = Turntable(azimuth, elevation).rotation()
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
    points = np.random.default_rng(0).normal(size=(20, 3))
    seen = Turntable(azimuth, elevation).seen(points)
    assert np.linalg.norm(np.diff(seen, axis=0), axis=1) == pytest.approx(
        np.linalg.norm(np.diff(points, axis=0), axis=1)
    )
    assert np.cross(rotation[0], rotation[1]) @ rotation[2] == pytest.approx(-1.0), "right, up, away: not a mirror"


def test_known_views() -> None:
    right, forth, up = np.eye(3)
    assert Turntable(0, 0).seen(right) == pytest.approx(np.array([[1, 0, 0]]))
    assert Turntable(0, 0).seen(up) == pytest.approx(np.array([[0, 1, 0]]))
    assert Turntable(0, 0).seen(forth) == pytest.approx(np.array([[0, 0, 1]]))
    assert Turntable(0, 90).seen(up) == pytest.approx(np.array([[0, 0, -1]])), "from above, up is towards the eye"
    assert Turntable(0, 80).turned(370, 30) == Turntable(10, 90)
    assert Turntable().magnified(1e9).zoom == MAX_ZOOM


def test_a_known_point_stands_where_it_should(view: LoopView) -> None:
    points = frozen([[1.2, 0, 0], [0, 0, 1.2], [0, 0, 0]], np.float32)
    view.show_figure(dataclasses.replace(pictures.loop(), points=points))
    view.turntable = Turntable(0.0, 0.0)
    stage = view.canvas.stage()
    reach = stage.scale * 1.2
    middle = np.array([stage.centre.x(), stage.centre.y()])
    assert view.canvas.places() - middle == pytest.approx(np.array([[reach, 0], [0, -reach], [0, 0]]), abs=1e-3)
    assert 0.8 < 2 * reach / min(view.canvas.width(), view.canvas.height()) < 1.0


def test_a_loop_that_grows_is_seen_to_grow(view: LoopView) -> None:
    view.turn(1.0, 0.0)
    before = np.ptp(view.canvas.places(), axis=0)
    view.show_figure(dataclasses.replace(pictures.loop(), points=frozen(0.5 * pictures.loop().points, np.float32)))
    assert np.ptp(view.canvas.places(), axis=0) == pytest.approx(0.5 * before, rel=1e-4)


def test_far_strokes_come_first_and_all_of_them() -> None:
    seen = HOME.seen(pictures.loop().points)
    k, hue, level = strokes(seen)
    assert sorted(k.tolist()) == list(range(len(seen)))
    assert np.all(np.diff(level) >= 0) and set(level.tolist()) == set(range(DEPTHS))
    assert set(hue.tolist()) == set(range(HUES))
    assert seen[k[level == 0], 2].mean() > seen[k[level == DEPTHS - 1], 2].mean()
    broken = seen.copy()
    broken[7] = np.nan
    assert set(range(len(seen))) - set(strokes(broken)[0].tolist()) == {6, 7}


def test_the_mouse_turns_zooms_and_resets(qtbot: QtBot, view: LoopView) -> None:
    start = view.canvas.rect().center()
    # A point on the near side goes with the mouse.
    near = -HOME.rotation()[2]
    qtbot.mousePress(view.canvas, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view.canvas, start + QPoint(20, 10))
    qtbot.mouseRelease(view.canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(20, 10))
    ((right, up, _),) = view.turntable.seen(near)
    assert right > 0.05 and up < -0.05
    turned = view.turntable
    view.show_figure(pictures.loop(frame=4))
    assert view.turntable == turned, "what the mouse has turned stays so"
    wheel(view, 240)
    assert view.turntable.zoom > 1.2
    qtbot.mouseDClick(view.canvas, Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(view.canvas, Qt.MouseButton.LeftButton)
    assert view.turntable == HOME


def test_it_turns_by_itself_with_new_figures_alone(view: LoopView) -> None:
    before = view.turntable.azimuth
    for frame in range(10):
        view.show_figure(pictures.loop(frame=frame))
    after = view.turntable.azimuth
    assert 0.5 < after - before < 20.0
    view.set_theme(LIGHT)
    view.grab()
    assert view.turntable.azimuth == after


def test_the_frame_is_named_and_the_point_under_the_mouse_read(qtbot: QtBot, view: LoopView) -> None:
    assert view.canvas.frame_words == "layer 3 of 20"
    view.turn(0.0, 30.0)
    place = view.canvas.places()[60]
    qtbot.mouseMove(view.canvas, QPoint(round(place[0]), round(place[1])))
    qtbot.waitUntil(lambda: view.canvas.overlay.words.startswith("25 % round the loop"))
    view.show_figure(dataclasses.replace(pictures.loop(), frame_name=""))
    assert view.canvas.frame_words == ""


def test_the_figure_is_not_modified(view: LoopView) -> None:
    points = pictures.loop().points.copy()
    points[3] = np.nan
    figure = Loop("t", ("a", "b", "c"), frozen(points, np.float32), 1.0)
    view.show_figure(figure)
    view.grab()
    assert np.array_equal(figure.points, points, equal_nan=True)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_colours_close_on_themselves_in_equal_steps_that_no_eye_confuses(theme: str) -> None:
    circle = oklab_circle(theme, HUES)
    steps = np.linalg.norm(circle - np.roll(circle, 1, axis=0), axis=1)
    assert steps == pytest.approx(np.full(HUES, steps[0]))
    # Without red and green, lightness and blue to yellow are left: still no two places are near each other.
    left = circle[:, [0, 2]]
    apart = np.linalg.norm(left[:, None] - left[None], axis=2)
    opposite = np.abs((np.arange(HUES)[:, None] - np.arange(HUES)[None] + HUES // 2) % HUES - HUES // 2) > HUES // 6
    assert apart[opposite].min() > LEAN * 0.9
    table = cyclic_table(theme, HUES).astype(int)
    assert np.abs(table - np.roll(table, 1, axis=0)).max() < 30
    assert table.min() >= 0 and len({tuple(c) for c in table.tolist()}) == HUES
