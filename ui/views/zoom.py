"""The mouse on a map with a lens: the wheel zooms around the pointer, a drag moves, a double click goes back."""

import math
import time
from typing import final

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent

from simulator.figures import Lens
from ui.views.clip import Extent
from ui.views.handle_drag import EVERY_MS, PATIENCE
from ui.views.plot import AbstractPlotView

NOTCH = 0.75
"""What a notch of the wheel leaves of the spans."""
PAUSE_MS = 600
"""Turns of the wheel less than so far apart are one change."""
STILL = 3.0
"""Pixels that a click may slip without being a drag."""
SAME = 1e-6
"""Of its spans, how far apart two places of a lens may be that are one."""
Place = tuple[float, float, float, float]


@final
class Zoom(QObject):
    """Where the axes look: at the figure's lens, but where the mouse has been since then."""

    moved = Signal(float, float, float, float)
    """x, y, x_span, y_span of the part that is wanted."""
    released = Signal()
    """The drag, or a row of turns of the wheel, has ended."""
    home = Signal()
    drawn = Signal()
    """The axes are to look elsewhere."""

    def __init__(self, view: AbstractPlotView) -> None:
        super().__init__(view)
        self._view = view
        self.held = False
        self._lens: Lens | None = None
        self._place = self._from = self._said = (math.nan,) * 4
        self._press = QPointF()
        self._drags = False
        self._waits_until: float | None = None
        self._tick = QTimer(self, interval=EVERY_MS, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._say)
        self._end = QTimer(self, interval=PAUSE_MS, singleShot=True)
        self._end.timeout.connect(self._let_go)

    @property
    def extent(self) -> Extent:
        """What the axes span: left, right, bottom, top."""
        x, y, wide, high = self._place
        if (lens := self._lens) is not None:
            x, wide = (x - lens.x_origin) / lens.x_unit, wide / lens.x_unit
            y, high = (y - lens.y_origin) / lens.y_unit, high / lens.y_unit
        return x - wide / 2, x + wide / 2, y - high / 2, y + high / 2

    def show(self, lens: Lens | None) -> None:
        """Take a figure's lens; its place only where the mouse has not a newer one."""
        if (lens is None) != (self._lens is None):
            self.held, self._waits_until = False, None
            self._end.stop()
            if lens is None:
                self._view.plot.viewport().unsetCursor()
            else:
                self._view.plot.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        self._lens = lens
        if lens is not None and not self._waits(place_of(lens)) and not self._busy:
            self._place = place_of(lens)

    def take(self, event: QEvent) -> bool:
        """Follow an event of the plot's viewport; whether it was meant for the lens alone."""
        if self._lens is None:
            return False
        if isinstance(event, QWheelEvent):
            return self._turn(event)
        if not isinstance(event, QMouseEvent):
            return False
        left = event.button() == Qt.MouseButton.LeftButton
        if event.type() == QEvent.Type.MouseButtonPress and left:
            return self._take_hold(event.position())
        if event.type() == QEvent.Type.MouseMove and self.held:
            if event.buttons() & Qt.MouseButton.LeftButton:
                self._pull(event.position())
            else:  # let go where nobody saw it
                self._drop()
        elif event.type() == QEvent.Type.MouseButtonRelease and left and self.held:
            self._pull(event.position())
            self._drop()
            return True
        elif event.type() == QEvent.Type.MouseButtonDblClick and left:
            self.home.emit()
            return True
        return False

    @property
    def _busy(self) -> bool:
        """Whether the mouse is at it."""
        return self._drags or self._end.isActive()

    def _shares(self, at: QPointF) -> tuple[float, float] | None:
        """Where a point of the viewport lies on the map: 0 to 1 across and upwards; None beside it."""
        frame = self._view.box.sceneBoundingRect()
        scene = self._view.plot.mapToScene(at.toPoint())
        if not frame.contains(scene) or frame.isEmpty():
            return None
        return (scene.x() - frame.left()) / frame.width(), (frame.bottom() - scene.y()) / frame.height()

    def _turn(self, event: QWheelEvent) -> bool:
        shares = self._shares(event.position())
        if shares is None or self._drags or self._lens is None:
            return False
        factor = self._allowed(NOTCH ** (event.angleDelta().y() / 120.0))
        x, y, wide, high = self._place
        across, up = shares[0] - 0.5, shares[1] - 0.5  # what is under the pointer stays there
        self._go((x + across * wide * (1 - factor), y + up * high * (1 - factor), wide * factor, high * factor))
        self._end.start()
        event.accept()
        return True

    def _allowed(self, factor: float) -> float:
        """The factor nearest to this one that leaves both spans what they may be."""
        assert self._lens is not None
        _, _, wide, high = self._place
        least = self._lens.least_span / min(wide, high)
        most = self._lens.most_span / max(wide, high)
        return max(min(factor, max(most, 1.0)), min(least, 1.0))

    def _take_hold(self, at: QPointF) -> bool:
        if self._shares(at) is None:
            return False
        if self._end.isActive():
            self._end.stop()
            self._let_go()
        self.held, self._press, self._from = True, at, self._place
        return True

    def _pull(self, at: QPointF) -> None:
        moved = at - self._press
        if not self._drags and math.hypot(moved.x(), moved.y()) < STILL:
            return
        self._drags = True
        self._view.plot.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        frame = self._view.box.sceneBoundingRect()
        x, y, wide, high = self._from
        self._go((x - moved.x() / frame.width() * wide, y + moved.y() / frame.height() * high, wide, high))

    def _drop(self) -> None:
        self.held = False
        self._view.plot.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        if self._drags:
            self._let_go()

    def _go(self, place: Place) -> None:
        self._place = place
        self.drawn.emit()
        if not self._tick.isActive():
            self._say()

    def _say(self) -> None:
        if self._lens is not None and self._place != self._said:
            self._said = self._place
            self._waits_until = time.monotonic() + PATIENCE
            self._tick.start()
            self.moved.emit(*self._place)  # which may bring the answer at once

    def _let_go(self) -> None:
        self._tick.stop()
        self._say()
        self._tick.stop()
        self._drags = False
        self.released.emit()

    def _waits(self, there: Place) -> bool:
        """Whether a figure is older than what the mouse has asked for."""
        if self._waits_until is None:
            return False
        if same(there, self._place) or time.monotonic() > self._waits_until:
            self._waits_until = None
        return self._waits_until is not None


def place_of(lens: Lens) -> Place:
    """Centre and spans."""
    return lens.x, lens.y, lens.x_span, lens.y_span


def same(a: Place, b: Place) -> bool:
    """Whether two places are one, but for rounding."""
    wide, high = a[2], a[3]
    scales = (wide, high, wide, high)
    return all(abs(p - q) <= SAME * scale for p, q, scale in zip(a, b, scales, strict=True))
