"""What is drawn of a plot's data: lines, areas, marks and bars, by one item, mapped to pixels by arrays.

An item for each curve, as pyqtgraph has them, costs a millisecond of Python a plot and frame; this one a tenth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPolygonF

from ui.views.box_item import FAR, BoxItem, Ranges
from ui.views.screen import Array


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
        self._made: list[tuple[Stroke, list[Any]]] = []
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
        ranges = self.ranges
        if (ranges, self.frame) != self._made_for:
            self._made = [(stroke, list(self._shapes(stroke, ranges))) for stroke in self.drawn]
            self._made_for = (ranges, self.frame)
        painter.setClipRect(self.frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        for stroke, shapes in self._made:
            for pen in (stroke.under, stroke.pen):
                if pen is not None:
                    _draw(painter, stroke.kind, pen, shapes)

    def _shapes(self, stroke: Stroke, ranges: Ranges) -> Iterator[Any]:
        """What the painter takes: polygons, or arguments of drawLines."""
        left, right, bottom, top = ranges
        across, up = self.frame.width() / (right - left), self.frame.height() / (top - bottom)
        x = np.clip((stroke.x - left) * across, -FAR, FAR)
        y = np.clip((top - stroke.y) * up, -FAR, FAR)
        if stroke.kind == "pairs":
            yield from _lines(x[0::2], y[0::2], x[1::2], y[1::2])
        elif stroke.kind == "marks":
            good = np.isfinite(x) & np.isfinite(y)
            if good.any():
                yield arrayToQPolygonF(x[good], y[good])
        elif stroke.kind == "area":
            assert stroke.low is not None
            low = np.clip((top - stroke.low) * up, -FAR, FAR)
            for run in _runs(np.isfinite(x) & np.isfinite(y) & np.isfinite(low)):
                yield arrayToQPolygonF(np.concatenate([x[run], x[run][::-1]]), np.concatenate([y[run], low[run][::-1]]))
        elif stroke.pen.style() == Qt.PenStyle.SolidLine and stroke.pen.widthF() > 1.0:
            # Piece by piece, a wide line is ten times faster; but dashes need the whole line.
            good = np.isfinite(x) & np.isfinite(y)
            k = np.flatnonzero(good[:-1] & good[1:])
            yield from _lines(x[k], y[k], x[k + 1], y[k + 1])
        else:
            for run in _runs(np.isfinite(x) & np.isfinite(y)):
                yield arrayToQPolygonF(x[run], y[run])


def _draw(painter: QPainter, kind: str, pen: QPen, shapes: list[Any]) -> None:
    painter.setPen(Qt.PenStyle.NoPen if kind == "area" else pen)
    painter.setBrush(QBrush(pen.color()) if kind == "area" else Qt.BrushStyle.NoBrush)
    for shape in shapes:
        if not isinstance(shape, QPolygonF):
            painter.drawLines(*shape.drawargs())
        elif kind == "area":
            painter.drawPolygon(shape)
        elif kind == "marks":
            painter.drawPoints(shape)
        else:
            painter.drawPolyline(shape)


def _runs(good: np.ndarray[Any, np.dtype[np.bool_]]) -> list[slice]:
    """Where two or more in a row are good."""
    if good.all():
        return [slice(0, good.size)] if good.size > 1 else []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]])))
    return [slice(start, end) for start, end in edges.reshape(-1, 2) if end - start > 1]


def _lines(x0: Array, y0: Array, x1: Array, y1: Array) -> Iterator[Any]:
    """Straight lines without a Python object for each; nothing where there are none."""
    if x0.size:
        lines = PrimitiveArray(QLineF, 4)
        lines.resize(x0.size)
        lines.ndarray()[:] = np.stack([x0, y0, x1, y1], axis=1)
        yield lines
