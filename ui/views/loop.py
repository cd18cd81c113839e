"""Loop: a closed curve in space, turned by the mouse, in colours that run once round it."""

import math
from typing import final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from simulator.figures import Figure, Loop
from ui.theme import DARK, Theme
from ui.views.base import NOTHING_YET, AbstractView, paint_sentence
from ui.views.loop_paint import Stage, paint_axes, paint_loop, paint_sphere
from ui.views.numbers import readable
from ui.views.plot import Overlay
from ui.views.screen import Array
from ui.views.turntable import Turntable

DEGREES_PER_PIXEL = 0.5
TURN = 0.3
"""Degrees that it turns by itself with each new figure, until the mouse takes it: depth is seen in motion."""
REACH = 14.0
"""The read-out takes the nearest point within so many pixels."""
BAR = 3.0


@final
class LoopView(AbstractView):
    """Shows a Loop."""

    kind = Loop

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.canvas = LoopCanvas(self)
        self.body.addWidget(self.canvas, 1)
        self.turntable, self.touched = Turntable(), False

    def _show(self, figure: Figure) -> None:
        assert isinstance(figure, Loop)
        if figure is not self.canvas.loop and self.canvas.loop is not None and not self.touched:
            self.turntable = self.turntable.turned(TURN, 0.0)
        self.canvas.show_loop(figure)

    def _restyle(self) -> None:
        self.canvas.overlay.theme = self.theme
        self.canvas.update()

    def reset_view(self) -> None:
        self.turntable, self.touched = Turntable(), False
        self.canvas.update()

    def turn(self, azimuth: float, elevation: float) -> None:
        """Turn by degrees; it no longer turns by itself."""
        self.turntable, self.touched = self.turntable.turned(azimuth, elevation), True
        self.canvas.update()

    def magnify(self, factor: float) -> None:
        """Zoom."""
        self.turntable = self.turntable.magnified(factor)
        self.canvas.update()


@final
class LoopCanvas(QWidget):
    """The picture itself, and the mouse on it."""

    def __init__(self, view: LoopView) -> None:
        super().__init__(view)
        self.view = view
        self.loop: Loop | None = None
        self._points: Array = np.zeros((0, 3))
        self._last = QPointF(-1, -1)
        self._pressed = False
        self.overlay = Overlay(view.theme, self)
        self.setMouseTracking(True)
        self.setMinimumSize(80, 60)

    def show_loop(self, loop: Loop) -> None:
        """Show a loop. Must not modify it."""
        points = np.asarray(loop.points, np.float64).reshape(-1, 3)
        self.loop = loop
        self._points = points.copy()
        self._points[~np.isfinite(points).all(axis=1)] = np.nan
        seen = bool(np.isfinite(self._points).any())
        blank = "No finite values: NaN or infinity throughout." if points.size else NOTHING_YET
        self.overlay.say("" if seen else blank)
        self.setAccessibleName(loop.title)
        self.update()
        self._hover()

    @property
    def radius(self) -> float:
        """Of the sphere that the picture fits; that of the curve where the figure names none."""
        asked = self.loop.radius if self.loop is not None else 0.0
        if math.isfinite(asked) and 1e-30 < asked < 1e30:
            return asked
        good = self._points[np.isfinite(self._points).all(axis=1)]
        own = float(np.abs(good).max()) * math.sqrt(3.0) if good.size else 0.0
        return own if own > 1e-30 else 1.0

    @property
    def frame_words(self) -> str:
        """Which picture of an animation this is: 'layer 3 of 20'."""
        if self.loop is None or not self.loop.frame_name:
            return ""
        return f"{self.loop.frame_name} {self.loop.frame} of {self.loop.frames}"

    def stage(self) -> Stage:
        """Where the sphere stands now."""
        above = self.view.theme.metrics("body").height() if self.frame_words else 0.0
        room = QRectF(self.rect()).adjusted(4, 0.5 * above, -4, -BAR - 4)
        return Stage.fitting(room, self.radius, self.view.turntable)

    def places(self) -> Array:
        """The points in pixels of the canvas, (n, 2)."""
        return self.stage().at(self.view.turntable.seen(self._points))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self.view.theme
        if self.loop is None:
            paint_sentence(painter, self, theme, NOTHING_YET)
        elif not self.overlay.sentence:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(self.rect())
            stage, table, radius = self.stage(), self.view.turntable, self.radius
            paint_sphere(painter, theme, stage, table, radius)
            paint_loop(painter, theme, stage, table.seen(self._points), radius)
            paint_axes(painter, theme, stage, table, radius, self.loop.axes, QRectF(self.rect()).adjusted(0, 0, 0, -6))
            self._paint_words(painter, radius)
        painter.end()

    def _paint_words(self, painter: QPainter, radius: float) -> None:
        """The frame's name and its place among the frames; the sphere's radius."""
        assert self.loop is not None
        theme, room = self.view.theme, QRectF(self.rect())
        painter.setFont(theme.font("small"))
        painter.setPen(QColor(theme.muted))
        small = room.adjusted(2, 0, -2, -BAR - 4)
        painter.drawText(
            small,
            int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom),
            f"sphere of radius {readable(radius, 3)}",
        )
        if not self.frame_words:
            return
        painter.setFont(theme.font("body"))
        painter.setPen(QColor(theme.text))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), self.frame_words)
        if self.loop.frames > 1:
            share = min(max(self.loop.frame / self.loop.frames, 0.0), 1.0)
            bar = QRectF(room.left(), room.bottom() - BAR, room.width(), BAR)
            painter.fillRect(bar, QColor(theme.line))
            bar.setWidth(share * bar.width())
            painter.fillRect(bar, QColor(theme.muted))

    # --- the mouse -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.button() == Qt.MouseButton.LeftButton
        self._last = event.position()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        moved, self._last = event.position() - self._last, event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.view.turn(-DEGREES_PER_PIXEL * moved.x(), DEGREES_PER_PIXEL * moved.y())
        self._hover()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = False
        self._hover()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.view.reset_view()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.view.magnify(1.0015 ** event.angleDelta().y())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._last = QPointF(-1, -1)
        self._hover()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.overlay.setGeometry(self.rect())
        super().resizeEvent(event)

    def _hover(self) -> None:
        """The point under the cursor: how far round the loop it lies, and where in space."""
        if self._pressed or self.loop is None or self._last.x() < 0:
            self.overlay.read("", QPointF(), False)
            return
        places = self.places()
        away = np.hypot(*(places - [self._last.x(), self._last.y()]).T)
        if not np.nanmin(away, initial=math.inf) < REACH:
            self.overlay.read("", QPointF(), False)
            return
        k = int(np.nanargmin(away))
        at = ", ".join(readable(float(v), 3) for v in self.loop.points[k])
        words = f"{100.0 * k / len(away):.0f} % round the loop\nat ({at})"
        self.overlay.read(words, QPointF(*places[k].tolist()), True)
