"""What is drawn of a plot's data: lines, areas, marks and bars, by one item, mapped to pixels by arrays.

An item for each curve, as pyqtgraph has them, costs a millisecond of Python a plot and frame; this one a tenth.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen

from ui.views import shapes
from ui.views.box_item import FAR, BoxItem
from ui.views.screen import Array
from ui.views.shapes import Known


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One thing to draw at places x, y on the axes (n,), broken where they are NaN.

    line: a curve. pairs: strokes from every even place to the next. marks: discs as wide as the pen.
    area: between y and `low`, filled with the pen's colour. `under`: a wider pen that is drawn first, as a rim.
    """

    kind: Literal["line", "pairs", "marks", "area"]
    x: Array
    y: Array
    pen: QPen
    low: Array | None = None
    under: QPen | None = None


@final
class Strokes(BoxItem):
    """Draws strokes in their order, cut off at the edges of the plot."""

    def __init__(self, box: Any) -> None:
        super().__init__(box, 1)
        self._smooth = True
        self._made: list[Callable[[QPainter], None]] = []
        self._made_for: tuple[object, ...] = ()
        self.drawn: tuple[Stroke, ...] = ()

    def show_strokes(self, drawn: Sequence[Stroke], smooth: bool = True) -> None:
        """Draw these from now on; not `smooth`: without antialiasing."""
        self.drawn, self._smooth = tuple(drawn), smooth
        self._made_for = ()
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        if not self.drawn or self.frame.isEmpty():
            return
        if (self.ranges, self.frame) != self._made_for:
            self._made = list(self._drawings())
            self._made_for = (self.ranges, self.frame)
        painter.setClipRect(self.frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        for draw in self._made:
            draw(painter)

    def _drawings(self) -> Iterator[Callable[[QPainter], None]]:
        """What is to be done with the painter, in pixels; all places are mapped together."""
        left, right, bottom, top = self.ranges
        across, up = self.frame.width() / (right - left), self.frame.height() / (top - bottom)
        x = _bounded((np.concatenate([stroke.x for stroke in self.drawn]) - left) * across)
        y = _bounded((top - np.concatenate([stroke.y for stroke in self.drawn])) * up)
        known = np.isfinite(x) & np.isfinite(y)
        end = 0
        dashed: list[int] = []
        for stroke, following in zip(self.drawn, [*self.drawn[1:], None], strict=True):
            begin, end = end, end + stroke.x.size
            if _is_dashed(stroke):  # lines in the same pen one after another are drawn at once
                dashed.append(begin)
                if following is None or not _is_dashed(following) or following.pen is not stroke.pen:
                    here = slice(dashed[0], end)
                    yield _dashes(stroke.pen, x[here], y[here], known[here], [at - dashed[0] for at in dashed])
                    dashed = []
                continue
            mine = x[begin:end], y[begin:end], known[begin:end]
            if stroke.low is not None:
                low = _bounded((top - stroke.low) * up)
                yield partial(_fill, stroke.pen, shapes.areas(mine[0], mine[1], low, mine[2]))
                continue
            for pen in (stroke.under, stroke.pen):
                if pen is not None:
                    yield _drawing(stroke.kind, pen, *mine)


def _drawing(kind: str, pen: QPen, x: Array, y: Array, known: Known) -> Callable[[QPainter], None]:
    if kind == "marks":
        return partial(_draw_points, pen, shapes.points(x, y, known))
    if kind == "pairs":
        return partial(_draw_lines, pen, shapes.pairs(x, y))
    if pen.style() == Qt.PenStyle.CustomDashLine:
        return _dashes(pen, x, y, known, [0])
    if pen.widthF() > 1.0:
        return partial(_draw_lines, pen, shapes.pieces(x, y, known))
    return partial(_draw_polylines, pen, shapes.polygons(x, y, known))


def _is_dashed(stroke: Stroke) -> bool:
    """Whether it is a dashed line without a rim."""
    return stroke.kind == "line" and stroke.under is None and stroke.pen.style() == Qt.PenStyle.CustomDashLine


def _dashes(pen: QPen, x: Array, y: Array, known: Known, starts: Sequence[int]) -> Callable[[QPainter], None]:
    on, off = (pen.widthF() * length for length in pen.dashPattern())
    plain = QPen(pen)
    plain.setStyle(Qt.PenStyle.SolidLine)
    return partial(_draw_lines, plain, shapes.dashes(x, y, known, on, off, starts))


def _draw_lines(pen: QPen, lines: shapes.Lines, painter: QPainter) -> None:
    painter.setPen(pen)
    lines.draw(painter)


def _draw_polylines(pen: QPen, polygons: list[Any], painter: QPainter) -> None:
    painter.setPen(pen)
    for polygon in polygons:
        painter.drawPolyline(polygon)


def _draw_points(pen: QPen, polygons: list[Any], painter: QPainter) -> None:
    painter.setPen(pen)
    for polygon in polygons:
        painter.drawPoints(polygon)


def _fill(pen: QPen, polygons: list[Any], painter: QPainter) -> None:
    """Areas are large and pale: with smooth edges they would take six times as long and look alike."""
    smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pen.color())
    for polygon in polygons:
        painter.drawPolygon(polygon)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)


def _bounded(pixels: Array) -> Array:
    """As far out as a painter can count; NaN stays NaN."""
    return np.minimum(np.maximum(pixels, -FAR), FAR)
