"""Drawn things that pyqtgraph lacks: a band between two curves, and named levels whose names do not collide."""

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QTransform

from ui.theme import Theme
from ui.views.screen import Array


@final
class Band(pg.GraphicsObject):  # type: ignore[misc]
    """The area between low(x) and high(x), in one translucent colour, broken where either is NaN."""

    def __init__(self) -> None:
        super().__init__()
        self._path, self._box = QPainterPath(), QRectF()
        self._colour = QColor()

    def set_data(self, x: Array, low: Array, high: Array, colour: QColor) -> None:
        self.prepareGeometryChange()
        self._colour, self._path = colour, QPainterPath()
        good = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
        breaks = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
        for start, end in breaks.reshape(-1, 2):
            if end - start < 2:
                continue
            xs = np.concatenate([x[start:end], x[start:end][::-1]])
            ys = np.concatenate([low[start:end], high[start:end][::-1]])
            self._path.addPolygon(pg.functions.arrayToQPolygonF(xs, ys))
            self._path.closeSubpath()
        self._box = self._path.boundingRect()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def paint(self, painter: QPainter, *_: Any) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(self._path, self._colour)


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places as near as may be to those wanted (ascending), at least `apart` from each other, inside low..high."""
    places = [min(max(w, low), high) for w in wanted]
    for k in range(1, len(places)):
        places[k] = max(places[k], places[k - 1] + apart)
    if places and places[-1] > high:
        places[-1] = high
        for k in range(len(places) - 2, -1, -1):
            places[k] = min(places[k], places[k + 1] - apart)
    return places


@final
class Levels(pg.GraphicsObject):  # type: ignore[misc]
    """Straight lines across a plot, each with its name at the edge; names are moved apart rather than overlaid."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.lines: tuple[tuple[str, float, str, Any], ...] = ()
        self.setZValue(20)

    def set_lines(self, lines: tuple[tuple[str, float, str, Any], ...], theme: Theme) -> None:
        """lines: (axis "x" or "y", place on it, name, role)."""
        if (lines, theme) != (self.lines, self.theme):
            self.lines, self.theme = lines, theme
            self.update()

    def viewRangeChanged(self, *_: Any) -> None:
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        return self.viewRect()

    def paint(self, painter: QPainter, *_: Any) -> None:
        box = self.viewRect()
        if box is None or box.width() <= 0 or box.height() <= 0:
            return
        to_screen = painter.worldTransform()
        frame = to_screen.mapRect(box)
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.setClipRect(frame)
        painter.setFont(self.theme.font("small"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        width = max(1.0, self.theme.pen_width - 0.5)
        for axis, place, _name, role in self.lines:
            painter.setPen(self.theme.pen(role, width=width))
            if axis == "y":
                y = to_screen.map(QPointF(box.left(), place)).y()
                painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
            else:
                x = to_screen.map(QPointF(place, box.top())).x()
                painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        self._name(painter, to_screen, box, frame)
        painter.restore()

    def _name(self, painter: QPainter, to_screen: QTransform, box: QRectF, frame: QRectF) -> None:
        metrics = QFontMetricsF(painter.font())
        high = metrics.height()
        level = sorted(
            (to_screen.map(QPointF(box.left(), place)).y(), name, role)
            for axis, place, name, role in self.lines
            if axis == "y" and name and box.top() <= place <= box.bottom()
        )
        wanted: list[float] = []
        for y, _, _ in level:
            # Above its line, or below where another name is there already.
            crowded = bool(wanted) and y - high - 1 < wanted[-1] + high
            wanted.append(y + 3 if crowded else y - high - 1)
        tops = spread(wanted, high, frame.top() + 1, frame.bottom() - high - 1)
        for top, (_, name, role) in zip(tops, level, strict=True):
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, 0.7 * frame.width())
            wide = metrics.horizontalAdvance(words)
            self._words(painter, QRectF(frame.right() - wide - 7, top, wide + 5, high), words, role)
        upright = sorted(
            (to_screen.map(QPointF(place, box.top())).x(), name, role)
            for axis, place, name, role in self.lines
            if axis == "x" and name and box.left() <= place <= box.right()
        )
        ends: list[float] = []
        for x, name, role in upright:
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, 0.6 * frame.width())
            wide = metrics.horizontalAdvance(words) + 5
            left = x + 3 if x + 3 + wide <= frame.right() else x - 3 - wide
            row = next((k for k, end in enumerate(ends) if end < left), len(ends))
            ends[row : row + 1] = [left + wide + 6]
            self._words(painter, QRectF(left, frame.top() + 2 + row * high, wide, high), words, role)

    def _words(self, painter: QPainter, box: QRectF, words: str, role: Any) -> None:
        ground = QColor(self.theme.panel)
        ground.setAlpha(90)  # what lies beneath is the measurement: it must be seen through the words
        painter.fillRect(box, ground)
        # Amber and green are too pale for small type on white: there the words take the text's own muted colour.
        painter.setPen(self.theme.colour(role) if self.theme.dark else QColor(self.theme.muted))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
