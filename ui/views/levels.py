"""Named levels across a plot, whose names are always read."""

from collections.abc import Sequence
from typing import Any, Literal, final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from ui.theme import Theme
from ui.views.box_item import BoxItem
from ui.views.fitting import fitting
from ui.views.level_names import Inked, Line, Places, placed
from ui.views.strokes import Strokes

SHARE = 0.85
"""Of the plot's width, what one name may have."""


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
    """Straight lines across a plot, each with its name on a ground of its own, above the data.

    A name stands beside its line where the fewest data are, and stays there until they have come.
    """

    def __init__(self, box: Any, theme: Theme, strokes: Strokes) -> None:
        super().__init__(box, 2)
        self.theme = theme
        self.lines: tuple[tuple[str, float, str, Any], ...] = ()
        self._strokes = strokes
        self._places: Places = {}
        self._boxes: list[tuple[QRectF, str, Any]] = []
        self._boxes_for: tuple[object, ...] = ()

    def set_lines(self, lines: tuple[tuple[Literal["x", "y"], float, str, Any], ...], theme: Theme) -> None:
        """lines: (axis "x" or "y", place on it, name, role)."""
        if (lines, theme) != (self.lines, self.theme):
            self.lines, self.theme = lines, theme
            self._boxes_for = ()
            self.update()

    def boxes(self) -> list[tuple[QRectF, str, Any]]:
        """Where each name stands, in pixels of the plot's box; the words; the role. Names of lines out of sight have
        none, nor those for which there is no room: over each other they would not be read."""
        here = (self.lines, self.theme, self.ranges, self.frame, self._strokes.drawn)
        if here != self._boxes_for:
            self._boxes, self._boxes_for = self._stand(), here
        return self._boxes

    def _stand(self) -> list[tuple[QRectF, str, Any]]:
        metrics = self.theme.metrics("small")
        known = [(*self._line(axis, place), name, role) for axis, place, name, role in self.lines]
        named = []
        for axis, at, name, role in known:
            end = self.frame.height() if axis == "y" else self.frame.width()
            if name and 0.0 <= at <= end:
                words = fitting(name, metrics, SHARE * self.frame.width())
                wide = metrics.horizontalAdvance(words) + 6
                named.append((Line(name, axis, at, wide, metrics.height()), words, role))
        if not named:
            return []
        ink = Inked(self._strokes.drawn, self.ranges, self.frame, [(axis, at) for axis, at, _, _ in known])
        boxes, self._places = placed([line for line, _, _ in named], self.frame, ink, self._places)
        return [(box, words, role) for box, (_, words, role) in zip(boxes, named, strict=True) if box]

    def _line(self, axis: str, place: float) -> tuple[str, float]:
        return axis, self.at(0.0, place).y() if axis == "y" else self.at(place, 0.0).x()

    def paint(self, painter: QPainter, *_: Any) -> None:
        if not self.lines or self.frame.isEmpty():
            return
        painter.setClipRect(self.frame)
        painter.setFont(self.theme.font("small"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        width = max(1.0, self.theme.pen_width - 0.5)
        for axis, place, _name, role in self.lines:
            painter.setPen(self.theme.pen(role, width=width))
            at = self._line(axis, place)[1]
            if axis == "y":
                painter.drawLine(QPointF(self.frame.left(), at), QPointF(self.frame.right(), at))
            else:
                painter.drawLine(QPointF(at, self.frame.top()), QPointF(at, self.frame.bottom()))
        ground = QColor(self.theme.panel)
        for box, words, of in self.boxes():
            painter.fillRect(box, ground)
            painter.setPen(self.theme.ink(of))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
