"""The mouse on a map with a handle: press and it is there, drag and it follows, let go and that was one move."""

import math
import time
from typing import final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent

from simulator.figures import Handle
from ui.views.clip import Extent
from ui.views.handle import HandleMark
from ui.views.plot import AbstractPlotView

EVERY_MS = 17
"""Places go out at most this often, the last of a drag always."""
PATIENCE = 1.0
"""So many seconds a place that was let go waits for a figure that knows of it; older ones are still under way."""
GRASP = 8.0
"""The ring is taken hold of so many pixels outside it, too."""


@final
class HandleDrag(QObject):
    """Shows the handle of the figure, but under the mouse while that holds it."""

    moved = Signal(float, float)
    released = Signal()
    drawn = Signal()
    """The mark may be elsewhere than before."""

    def __init__(self, view: AbstractPlotView) -> None:
        super().__init__(view)
        self._view = view
        self.mark = HandleMark(view)
        self.held = False
        self._handle: Handle | None = None
        self._extent: Extent = (0.0, 1.0, 0.0, 1.0)
        self._place = self._said = self._before = (math.nan, math.nan)
        self._waits_until: float | None = None
        self._timer = QTimer(self, interval=EVERY_MS, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._say)

    def show(self, handle: Handle | None, extent: Extent) -> None:
        """Take a figure's handle; its place only where the mouse has not a newer one."""
        self._handle, self._extent = handle, extent
        if handle is None:
            if self.held:
                self._let_go()
            self._waits_until = None
            self._view.plot.viewport().unsetCursor()
        elif not self.held and not self._waits(handle):
            self._place = (float(handle.x), float(handle.y))
        self._draw()

    def take(self, event: QEvent) -> bool:
        """Follow an event of the plot's viewport; whether it was meant for the handle alone."""
        if self._handle is None or not isinstance(event, QMouseEvent):
            return False
        at = event.position().toPoint()
        left = event.button() == Qt.MouseButton.LeftButton
        if event.type() == QEvent.Type.MouseButtonPress and left and self._takes(at):
            self._before, self._said = self._place, (math.nan, math.nan)
            self.held = True
            self._move(at)
            self._look(at)
            return True
        if event.type() == QEvent.Type.MouseMove:
            if self.held and not event.buttons() & Qt.MouseButton.LeftButton:  # let go where nobody saw it
                self._let_go()
            elif self.held:
                self._move(at)
            self._look(at)
        elif event.type() == QEvent.Type.MouseButtonRelease and left and self.held:
            self._move(at)
            self._let_go()
            self._look(at)
            return True
        elif event.type() == QEvent.Type.MouseButtonDblClick and left and self._view.zoomed:
            self._put_back()
        return False

    def _takes(self, at: QPoint) -> bool:
        """Whether a press here is on the map, or on the part of the ring that juts out of it."""
        scene = self._view.plot.mapToScene(at)
        if self._view.box.sceneBoundingRect().contains(scene):
            return True
        return self._away(at) <= self.mark.radius + GRASP

    def _away(self, at: QPoint) -> float:
        """Pixels from the middle of the ring."""
        spot = self.mark.spot()
        if spot is None:
            return math.inf
        offset = self.mark.parentItem().mapToScene(spot) - self._view.plot.mapToScene(at)
        return math.hypot(offset.x(), offset.y())

    def _move(self, at: QPoint) -> None:
        """Be at a point of the screen, or as near to it as the map allows; say so now or with the next tick."""
        place = self._view.box.mapSceneToView(self._view.plot.mapToScene(at))
        x0, x1, y0, y1 = self._extent
        x = min(max(place.x(), min(x0, x1)), max(x0, x1))
        y = min(max(place.y(), min(y0, y1)), max(y0, y1))
        self._place = (x, y)
        self._draw()
        if not self._timer.isActive():
            self._say()

    def _say(self) -> None:
        if self._place != self._said and self.held:
            self._said = self._place
            self._timer.start()
            self.moved.emit(*self._place)

    def _let_go(self) -> None:
        self._say()
        self._timer.stop()
        self.held = False
        self._waits_until = time.monotonic() + PATIENCE
        self._draw()
        self.released.emit()

    def _put_back(self) -> None:
        """A double click undoes the zoom: its first click was not meant for the handle."""
        if math.isfinite(sum(self._before)):
            self._place = self._before
            self._waits_until = time.monotonic() + PATIENCE
            self._draw()
            self.moved.emit(*self._place)
            self.released.emit()

    def _waits(self, handle: Handle) -> bool:
        """Whether a figure is older than the place where the handle was let go."""
        if self._waits_until is None:
            return False
        x0, x1, y0, y1 = self._extent
        far = max(
            abs(handle.x - self._place[0]) / (abs(x1 - x0) or 1), abs(handle.y - self._place[1]) / (abs(y1 - y0) or 1)
        )
        if far < 1e-3 or time.monotonic() > self._waits_until:
            self._waits_until = None
        return self._waits_until is not None

    def _draw(self) -> None:
        seen = self._handle is not None and all(math.isfinite(v) for v in self._place)
        words = "" if self._handle is None else self._handle.label
        self.mark.show_at(self._place if seen else None, words, self.held)
        self.drawn.emit()

    def _look(self, at: QPoint) -> None:
        """The cursor says what a press would do."""
        shape = Qt.CursorShape.CrossCursor
        if self.held:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._away(at) <= self.mark.radius + GRASP:
            shape = Qt.CursorShape.OpenHandCursor
        elif not self._takes(at):
            shape = Qt.CursorShape.ArrowCursor
        if self._view.plot.viewport().cursor().shape() != shape:
            self._view.plot.viewport().setCursor(shape)
