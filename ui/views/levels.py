"""Named levels across a plot, whose names do not collide."""

from collections.abc import Sequence
from typing import Any, final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from ui.theme import Theme
from ui.views.box_item import BoxItem


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
class Levels(BoxItem):
    """Straight lines across a plot, each with its name at the edge; names are moved apart rather than overlaid."""

    def __init__(self, box: Any, theme: Theme) -> None:
        super().__init__(box, 2)
        self.theme = theme
        self.lines: tuple[tuple[str, float, str, Any], ...] = ()

    def set_lines(self, lines: tuple[tuple[str, float, str, Any], ...], theme: Theme) -> None:
        """lines: (axis "x" or "y", place on it, name, role)."""
        if (lines, theme) != (self.lines, self.theme):
            self.lines, self.theme = lines, theme
            self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        if not self.lines or self.frame.isEmpty():
            return
        painter.setClipRect(self.frame)
        painter.setFont(self.theme.font("small"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        width = max(1.0, self.theme.pen_width - 0.5)
        placed = [
            (axis, self.at(0.0, place).y() if axis == "y" else self.at(place, 0.0).x(), name, role)
            for axis, place, name, role in self.lines
        ]
        for axis, at, _name, role in placed:
            painter.setPen(self.theme.pen(role, width=width))
            if axis == "y":
                painter.drawLine(QPointF(self.frame.left(), at), QPointF(self.frame.right(), at))
            else:
                painter.drawLine(QPointF(at, self.frame.top()), QPointF(at, self.frame.bottom()))
        self._name(painter, placed)

    def _name(self, painter: QPainter, placed: list[tuple[str, float, str, Any]]) -> None:
        frame = self.frame
        metrics = QFontMetricsF(painter.font())
        high = metrics.height()
        level = sorted(
            (at, name, role)
            for axis, at, name, role in placed
            if axis == "y" and name and frame.top() <= at <= frame.bottom()
        )
        wanted: list[float] = []
        for y, _, _ in level:
            # Above its line, or below where another name is there already, or the plot's edge.
            crowded = y - high - 1 < (wanted[-1] + high if wanted else frame.top())
            wanted.append(y + 3 if crowded else y - high - 1)
        tops = spread(wanted, high, frame.top() + 1, frame.bottom() - high - 1)
        for top, (_, name, role) in zip(tops, level, strict=True):
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, 0.7 * frame.width())
            wide = metrics.horizontalAdvance(words)
            self._words(painter, QRectF(frame.right() - wide - 7, top, wide + 5, high), words, role)
        upright = sorted(
            (at, name, role)
            for axis, at, name, role in placed
            if axis == "x" and name and frame.left() <= at <= frame.right()
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
