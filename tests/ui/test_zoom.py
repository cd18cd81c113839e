"""A map with a lens: the wheel zooms around the pointer, a drag moves, a double click goes back, each one change."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from simulator.experiment import View
from simulator.figures import Image, Lens
from simulator.parameters import Param
from tests.ui import pictures
from tests.ui.test_handle_dock import Runner
from tests.ui.toy import Toy
from ui.channel import Channel
from ui.experiment_docks import ViewDock
from ui.panels import ViewPanel
from ui.theme import DARK
from ui.views.image import ImageView

Place = tuple[float, float, float, float]
FAR: Place = (0.0, 0.0, 4.0, 4.0)


@dataclass(frozen=True, slots=True)
class MapParams:
    map_x: Annotated[float, Param("x", "x", -10.0, 10.0, live=True)] = 0.0
    map_y: Annotated[float, Param("y", "y", -10.0, 10.0, live=True)] = 0.0
    map_span: Annotated[float, Param("s", "Span", 1e-12, 10.0, scale="log", live=True)] = 4.0


def seen_through(place: Place, names: tuple[str, str, str, str] = ("map_x", "map_y", "map_span", "map_span")) -> Image:
    x, y, wide, high = place
    extent = (x - wide / 2, x + wide / 2, y - high / 2, y + high / 2)
    image = replace(pictures.image(), points=(), extent=extent)
    return replace(image, lens=Lens(*place, *names, least_span=1e-12, most_span=10.0))


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setattr(Toy, "Params", MapParams)
    runner: Any = Runner()
    return Channel(Toy, runner)


@pytest.fixture
def view(qtbot: QtBot, channel: Channel) -> Iterator[ImageView]:
    """The map in its dock; each request is answered at once by a figure that shows what was asked for."""
    window = QMainWindow()
    qtbot.addWidget(window)
    panel = ViewPanel(View("map", "Map", ("map",)), DARK)
    dock = ViewDock(channel, panel, window)
    window.setCentralWidget(dock)

    def answer() -> None:
        p: Any = channel.params
        dock.panel.show_figures({"map": seen_through((p.map_x, p.map_y, p.map_span, p.map_span))})

    answer()
    channel.changed.connect(answer)
    window.resize(640, 480)
    window.show()
    view = panel.findChild(ImageView)
    assert isinstance(view, ImageView)
    qtbot.waitExposed(window)
    qtbot.wait(20)  # the heading finds its room first
    yield view
    channel.changed.disconnect(answer)
    del window


def pixel(view: ImageView, across: float, up: float) -> QPoint:
    """A point of the viewport at shares of the map."""
    frame = view.box.sceneBoundingRect()
    scene = QPointF(frame.left() + across * frame.width(), frame.bottom() - up * frame.height())
    return QPoint(view.plot.mapFromScene(scene))


def turn(view: ImageView, at: QPoint, notches: float) -> None:
    where, none = QPointF(at), Qt.MouseButton.NoButton
    steps, still = QPoint(0, round(120 * notches)), Qt.ScrollPhase.NoScrollPhase
    viewport = view.plot.viewport()
    turned = QWheelEvent(
        where, viewport.mapToGlobal(where), QPoint(), steps, none, Qt.KeyboardModifier.NoModifier, still, False
    )
    QApplication.sendEvent(viewport, turned)


def pause(view: ImageView) -> None:
    """As long as ends a row of turns."""
    view.zoom._end.stop()
    view.zoom._let_go()


def drag(qtbot: QtBot, view: ImageView, start: QPoint, end: QPoint) -> None:
    viewport, left = view.plot.viewport(), Qt.MouseButton.LeftButton
    qtbot.mousePress(viewport, left, pos=start)
    qtbot.mouseMove(viewport, (start + end) / 2)
    qtbot.mouseRelease(viewport, left, pos=end)


def place(channel: Channel) -> tuple[float, float, float]:
    p: Any = channel.params
    return p.map_x, p.map_y, p.map_span


def spans(view: ImageView) -> list[list[float]]:
    return [list(axis) for axis in view.box.viewRange()]


def test_the_wheel_zooms_around_the_pointer(view: ImageView, channel: Channel) -> None:
    at = pixel(view, 0.75, 0.25)
    frame = view.box.sceneBoundingRect()
    scene = view.plot.mapToScene(at)
    across, up = (scene.x() - frame.left()) / frame.width(), (frame.bottom() - scene.y()) / frame.height()
    before = (-2.0 + 4.0 * across, -2.0 + 4.0 * up)
    turn(view, at, 1.0)
    pause(view)
    x, y, span = place(channel)
    assert span == pytest.approx(3.0)
    assert (x - span / 2 + span * across, y - span / 2 + span * up) == pytest.approx(before)
    assert spans(view) == [pytest.approx([x - 1.5, x + 1.5]), pytest.approx([y - 1.5, y + 1.5])]


def test_turns_in_a_row_are_undone_as_one(qtbot: QtBot, view: ImageView, channel: Channel) -> None:
    for _ in range(3):
        turn(view, pixel(view, 0.3, 0.6), 2.0)
    with qtbot.waitSignal(view.lensReleased, timeout=5000):
        pass
    assert place(channel)[2] == pytest.approx(4.0 * 0.75**6)
    turn(view, pixel(view, 0.3, 0.6), -1.0)
    with qtbot.waitSignal(view.lensReleased, timeout=5000):
        pass
    channel.undo()
    assert place(channel)[2] == pytest.approx(4.0 * 0.75**6)
    channel.undo()
    assert place(channel) == (0.0, 0.0, 4.0) and not channel.timeline.can_undo
    assert spans(view) == [[-2.0, 2.0], [-2.0, 2.0]]


def test_a_drag_moves_what_is_under_the_pointer_with_it(qtbot: QtBot, view: ImageView, channel: Channel) -> None:
    start, end = pixel(view, 0.5, 0.5), pixel(view, 0.75, 0.4)
    drag(qtbot, view, start, end)
    frame = view.box.sceneBoundingRect()
    moved = end - start
    x, y, span = place(channel)
    assert (x, y) == pytest.approx((-4.0 * moved.x() / frame.width(), 4.0 * moved.y() / frame.height()))
    assert span == 4.0
    drag(qtbot, view, end, start)
    channel.undo()
    assert place(channel) == (x, y, 4.0)
    channel.undo()
    assert place(channel) == (0.0, 0.0, 4.0) and not channel.timeline.can_undo


def test_a_click_changes_nothing_and_a_double_click_goes_back(qtbot: QtBot, view: ImageView, channel: Channel) -> None:
    viewport, left, at = view.plot.viewport(), Qt.MouseButton.LeftButton, pixel(view, 0.4, 0.4)
    qtbot.mouseClick(viewport, left, pos=at)
    assert not channel.timeline.can_undo
    turn(view, at, 5.0)
    pause(view)
    zoomed = place(channel)
    qtbot.mousePress(viewport, left, pos=at)
    qtbot.mouseRelease(viewport, left, pos=at)
    qtbot.mouseDClick(viewport, left, pos=at)
    assert place(channel) == (0.0, 0.0, 4.0)
    assert spans(view) == [[-2.0, 2.0], [-2.0, 2.0]] and not view.zoomed
    channel.undo()
    assert place(channel) == zoomed


def test_it_zooms_as_far_as_it_may_and_no_farther(view: ImageView, channel: Channel) -> None:
    at = pixel(view, 0.7, 0.7)
    turn(view, at, -40.0)
    pause(view)
    assert place(channel)[2] == pytest.approx(10.0)
    for _ in range(12):
        turn(view, at, 10.0)
    pause(view)
    x, y, span = place(channel)
    assert span == pytest.approx(1e-12, rel=1e-6)
    turn(view, at, 3.0)
    pause(view)
    farther = place(channel)
    assert np.abs(np.subtract(farther, (x, y, span))).max() < 1e-15, "at its end it does not creep towards the pointer"
    (left, right), (bottom, top) = spans(view)
    assert right - left == pytest.approx(1e-12, rel=1e-3) and top - bottom == pytest.approx(1e-12, rel=1e-3)
    view.grab()


def test_figures_that_are_still_under_way_do_not_pull_it_back(view: ImageView, channel: Channel) -> None:
    channel.blockSignals(True)  # nothing answers
    turn(view, pixel(view, 0.5, 0.5), 4.0)
    near = spans(view)
    view.show_figure(seen_through(FAR))
    assert spans(view) == near
    pause(view)
    view.show_figure(seen_through(FAR))
    assert spans(view) == near
    view.zoom._waits_until = 0.0  # long ago
    view.show_figure(seen_through(FAR))
    assert spans(view) == [[-2.0, 2.0], [-2.0, 2.0]]
    channel.blockSignals(False)


def test_axes_may_count_in_other_units(qtbot: QtBot) -> None:
    view = ImageView(DARK)
    qtbot.addWidget(view)
    asked: list[Place] = []
    view.lensMoved.connect(lambda *place: asked.append(place))
    view.resize(500, 400)
    view.show()
    figure = seen_through((1.5, 2.5, 4e-6, 4e-6))
    assert figure.lens is not None
    lens = replace(figure.lens, x_origin=1.5, y_origin=2.50001, x_unit=1e-6, y_unit=1e-5)
    view.show_figure(replace(figure, lens=lens, extent=(-2.0, 2.0, -1.2, -0.8)))
    assert spans(view) == [pytest.approx([-2.0, 2.0]), pytest.approx([-1.2, -0.8])]
    turn(view, pixel(view, 0.5, 0.5), -1.0)
    x, y, wide, high = asked[-1]
    assert (x, y) == pytest.approx((1.5, 2.5), abs=2e-8) and (wide, high) == pytest.approx((4e-6 / 0.75, 4e-6 / 0.75))
    assert np.diff(spans(view)).ravel() == pytest.approx([4 / 0.75, 0.4 / 0.75])


def test_two_parameters_for_the_spans_and_none_for_a_map_without_lens(qtbot: QtBot) -> None:
    view = ImageView(DARK)
    qtbot.addWidget(view)
    asked: list[Place] = []
    view.lensMoved.connect(lambda *place: asked.append(place))
    view.resize(500, 400)
    view.show()
    view.show_figure(seen_through((0.0, 0.0, 4.0, 2.0), ("a", "b", "c", "d")))
    turn(view, pixel(view, 0.5, 0.5), 1.0)
    assert asked[-1][2:] == pytest.approx((3.0, 1.5))
    view.show_figure(replace(seen_through(FAR), lens=None))
    asked.clear()
    drag(qtbot, view, pixel(view, 0.5, 0.5), pixel(view, 0.7, 0.7))
    assert asked == []
