"""The surface's view: the camera that the mouse moves, the words that stay on the picture."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from simulator.figures import Camera, Surface
from simulator.projection import Projection
from tests.ui import pictures
from ui.theme import DARK, LIGHT
from ui.views import make_view
from ui.views.pick import ground_under
from ui.views.surface import MAX_HEIGHT, MAX_WIDTH, SurfaceView

HOME = Camera()


@pytest.fixture
def view(qtbot: QtBot) -> SurfaceView:
    made = make_view(Surface, DARK)
    assert isinstance(made, SurfaceView)
    qtbot.addWidget(made)
    made.resize(500, 360)
    made.show()
    qtbot.waitExposed(made)
    made.show_figure(pictures.surface())
    # The title and the note find their room first.
    qtbot.wait(20)
    return made


@pytest.fixture
def asked(view: SurfaceView) -> list[Camera]:
    """Every camera asked for from now on."""
    cameras: list[Camera] = []
    view.cameraChanged.connect(cameras.append)
    return cameras


def wheel(view: SurfaceView, delta: int, at: QPoint) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(view.canvas.mapToGlobal(at)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.canvas.wheelEvent(event)


def drag(qtbot: QtBot, view: SurfaceView, button: Qt.MouseButton, by: QPoint) -> None:
    start = view.canvas.rect().center()
    qtbot.mousePress(view.canvas, button, pos=start)
    qtbot.mouseMove(view.canvas, start + by)
    qtbot.mouseRelease(view.canvas, button, pos=start + by)


def test_it_asks_for_a_picture_of_its_own_size(qtbot: QtBot) -> None:
    view = make_view(Surface, LIGHT)
    assert isinstance(view, SurfaceView)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    with qtbot.waitSignal(view.cameraChanged) as signal:
        view.show_figure(pictures.surface())
    assert signal.args is not None
    camera = signal.args[0]
    assert (camera.width, camera.height) == (view.canvas.width(), view.canvas.height())
    assert (camera.azimuth, camera.elevation, camera.dark) == (HOME.azimuth, HOME.elevation, False)
    with qtbot.waitSignal(view.cameraChanged) as signal:
        view.set_theme(DARK)
    assert signal.args is not None
    assert signal.args[0].dark


def test_large_canvases_are_rendered_at_a_bounded_size(view: SurfaceView, asked: list[Camera]) -> None:
    view.resize(2400, 1200)
    camera = asked[-1]
    assert camera.width <= MAX_WIDTH and camera.height <= MAX_HEIGHT
    assert camera.width / camera.height == pytest.approx(view.canvas.width() / view.canvas.height(), rel=0.01)
    view.show_figure(pictures.surface(camera=camera))
    view.grab()
    view.sharpen(1.5)
    wanted = (round(1.5 * view.canvas.width()), round(1.5 * view.canvas.height()))
    assert (asked[-1].width, asked[-1].height) == wanted, "a film has every pixel"


def test_the_mouse_turns_pans_and_zooms(qtbot: QtBot, view: SurfaceView, asked: list[Camera]) -> None:
    drag(qtbot, view, Qt.MouseButton.LeftButton, QPoint(40, 20))
    assert asked[-1].azimuth == pytest.approx(HOME.azimuth - 18.0)
    assert asked[-1].elevation == pytest.approx(HOME.elevation + 9.0)
    view.turn(0.0, 500.0)
    assert asked[-1].elevation == 90.0
    drag(qtbot, view, Qt.MouseButton.MiddleButton, QPoint(10, -20))
    half = 0.5 * view.canvas.height()
    assert (asked[-1].pan_x, asked[-1].pan_y) == pytest.approx((10 / half, 20 / half))
    wheel(view, 120, QPoint(100, 80))
    assert asked[-1].zoom > 1.1
    qtbot.mouseDClick(view.canvas, Qt.MouseButton.LeftButton)
    assert dataclasses.replace(asked[-1], width=HOME.width, height=HOME.height) == HOME


def test_zooming_keeps_in_place_what_is_under_the_cursor(view: SurfaceView, asked: list[Camera]) -> None:
    extent = pictures.surface().extent
    at = QPoint(120, 90)
    before = Projection.of(view.camera, extent, 0.0, 1.0)
    place = np.array([(at.x() - before.centre_x) / before.scale, (at.y() - before.centre_y) / before.scale])
    wheel(view, 240, at)
    after = Projection.of(asked[-1], extent, 0.0, 1.0)
    assert np.array([after.centre_x, after.centre_y]) + after.scale * place == pytest.approx([120.0, 90.0])


def test_it_asks_once_for_each_camera(view: SurfaceView, asked: list[Camera]) -> None:
    for value in range(50):
        view.show_figure(pictures.surface(value=value))
    assert asked == []
    view.turn(5.0, 0.0)
    view.show_figure(pictures.surface())
    assert len(asked) == 1, "an older picture that still arrives changes nothing"


def test_the_picture_is_shown_and_not_modified(view: SurfaceView) -> None:
    figure = pictures.surface(value=90, camera=view.camera)
    assert figure.pixels is not None
    before = figure.pixels.copy()
    view.show_figure(figure)
    # Away from words and marks: grey 90 at opacity 90 over the panel.
    colour = view.grab().toImage().pixelColor(view.canvas.geometry().topRight() + QPoint(-8, 8))
    assert abs(colour.red() - (90 * 90 + 0x17 * 165) // 255) <= 2
    assert np.array_equal(figure.pixels, before)
    view.show_figure(dataclasses.replace(figure, pixels=None))
    assert view.canvas.surface is figure, "until the next picture is there, the last one stays"


def test_the_value_under_the_cursor_is_the_surfaces(view: SurfaceView) -> None:
    figure = pictures.surface()
    projection = Projection.of_surface(figure)
    for x, y in ((0.3, -0.4), (-0.8, 0.1)):
        height = 0.5 * (x + 1)
        px, py, _ = projection.pixels((x, y, height))
        assert ground_under(figure, projection, px, py) == pytest.approx((x, y, height), abs=1e-3)
    assert ground_under(figure, projection, 1.0, 1.0) is None


def test_a_right_click_opens_the_menu_and_a_right_drag_does_not(
    qtbot: QtBot, view: SurfaceView, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QPoint] = []
    monkeypatch.setattr(view, "open_menu", opened.append)
    qtbot.mouseClick(view.canvas, Qt.MouseButton.RightButton)
    assert len(opened) == 1
    qtbot.mousePress(view.canvas, Qt.MouseButton.RightButton, pos=QPoint(50, 50))
    qtbot.mouseRelease(view.canvas, Qt.MouseButton.RightButton, pos=QPoint(90, 50))
    assert len(opened) == 1
