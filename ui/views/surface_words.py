"""What is written round a rendered surface: its ground, the scale of heights, the names of axes and marks."""

import functools
import math

import numpy as np
from numpy.typing import ArrayLike
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen

from simulator.colormaps import table8
from simulator.figures import Surface
from simulator.projection import Projection, is_disc
from ui.theme import Theme
from ui.views import numbers
from ui.views.fitting import fitting
from ui.views.levels import spread
from ui.views.screen import Array

RING = 96
SCALE_GAP, SCALE_WIDE = 14.0, 4.0


class _Screen:
    """Data coordinates as places on the canvas."""

    def __init__(self, view: Projection, frame: QRectF, scale: float) -> None:
        self._view, self._frame, self._scale = view, frame, scale

    def pixels(self, places: ArrayLike) -> Array:
        """Places (n, 3) as x and y on the canvas, (2, n)."""
        x, y, _ = self._view.pixels(places).T
        return np.stack([self._frame.left() + x * self._scale, self._frame.top() + y * self._scale])

    def __call__(self, *places: tuple[float, float, float]) -> list[QPointF]:
        """Places as points: all that are wanted at once, for what costs time is the call."""
        return [QPointF(x, y) for x, y in self.pixels(places).T.tolist()] if places else []

    def outline(self, surface: Surface, height: float) -> Array:
        """The edge of the ground, at a height, as x and y (2, n)."""
        x0, x1, y0, y1 = surface.extent
        if is_disc(surface.heights):
            turns = np.linspace(0.0, 2.0 * math.pi, RING, endpoint=False)
            x = 0.5 * (x0 + x1) + 0.5 * (x1 - x0) * np.cos(turns)
            y = 0.5 * (y0 + y1) + 0.5 * (y1 - y0) * np.sin(turns)
        else:
            x, y = np.array([x0, x1, x1, x0]), np.array([y0, y0, y1, y1])
        return self.pixels(np.column_stack([x, y, np.full(x.size, height)]))


def paint_ground(
    painter: QPainter, theme: Theme, surface: Surface, view: Projection, frame: QRectF, scale: float
) -> None:
    """The edge of the ground at the lowest height, under the surface."""
    at = _Screen(view, frame, scale)
    painter.setPen(QPen(QColor(theme.line), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(arrayToQPolygonF(*at.outline(surface, surface.low)))
    x0, x1, y0, y1 = surface.extent
    x, y, low = 0.5 * (x0 + x1), 0.5 * (y0 + y1), surface.low
    west, east, south, north = at((x0, y, low), (x1, y, low), (x, y0, low), (x, y1, low))
    painter.drawLine(west, east)
    painter.drawLine(south, north)


def paint_words(
    painter: QPainter, theme: Theme, surface: Surface, view: Projection, frame: QRectF, scale: float, canvas: QRectF
) -> None:
    """The scale of heights, the axes' names, the marks."""
    at = _Screen(view, frame, scale)
    painter.setFont(theme.font("small"))
    taken = _paint_scale(painter, theme, surface, at, canvas)
    _paint_axes(painter, theme, surface, at, canvas, taken)
    _paint_marks(painter, theme, surface, at, canvas)


@functools.cache
def _stops() -> list[tuple[float, QColor]]:
    """The colours of heights, from the lowest to the highest."""
    colours = table8("viridis", 17).tolist()
    return [(k / (len(colours) - 1), QColor(*colour)) for k, colour in enumerate(colours)]


def _paint_scale(painter: QPainter, theme: Theme, surface: Surface, at: _Screen, canvas: QRectF) -> QRectF:
    """A coloured bar beside the leftmost edge of the ground, as high as the range of heights; where its name is."""
    if not surface.high > surface.low:
        return QRectF()
    edge = at.outline(surface, surface.low)
    bottom = QPointF(*edge[:, np.argmin(edge[0])].tolist())
    x0, _, y0, _ = surface.extent
    below, above = at((x0, y0, surface.low), (x0, y0, surface.high))
    tall = below.y() - above.y()
    top = QPointF(bottom.x(), bottom.y() - tall)
    metrics = theme.metrics("small")
    spacing, places = numbers.linear_ticks(surface.low, surface.high, max(2, int(tall / (1.7 * metrics.height()))))
    words = numbers.tick_words(places, spacing)
    wide = max((metrics.horizontalAdvance(w) for w in words), default=0.0)
    x = max(bottom.x() - SCALE_GAP, canvas.left() + wide + 8.0)
    if tall < 1.5 * metrics.height() or x > canvas.right() or bottom.y() < canvas.top() or top.y() > canvas.bottom():
        return QRectF()
    bar = QRectF(x - SCALE_WIDE, top.y(), SCALE_WIDE, tall)
    gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
    gradient.setStops(_stops())
    painter.fillRect(bar, gradient)
    painter.setPen(QColor(theme.muted))
    for place, word in zip(places, words, strict=True):
        y = bar.bottom() - bar.height() * (place - surface.low) / (surface.high - surface.low)
        text = QRectF(bar.left() - wide - 6, y - 0.5 * metrics.height(), wide, metrics.height())
        painter.drawText(text, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), word)
    name = fitting(surface.value_label, metrics, 0.45 * canvas.width())
    length = metrics.horizontalAdvance(name) + 2
    left = min(max(bar.right() - length, canvas.left() + 2), canvas.right() - length - 2)
    under = min(bar.bottom() + 0.4 * metrics.height(), canvas.bottom() - metrics.height())
    box = QRectF(left, under, length, metrics.height())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), name)
    return box


def _paint_axes(painter: QPainter, theme: Theme, surface: Surface, at: _Screen, canvas: QRectF, taken: QRectF) -> None:
    """Each axis is named at the end that is nearer to the eye, outside the ground."""
    x0, x1, y0, y1 = surface.extent
    x, y, low = 0.5 * (x0 + x1), 0.5 * (y0 + y1), surface.low
    centre, west, east, south, north = at((x, y, low), (x0, y, low), (x1, y, low), (x, y0, low), (x, y1, low))
    metrics = theme.metrics("small")
    painter.setPen(QColor(theme.muted))
    boxes: list[tuple[QRectF, str]] = []
    for low_end, high_end, label in ((west, east, surface.x_label), (south, north, surface.y_label)):
        near = max((low_end, high_end), key=lambda p: p.y())
        name = fitting(label, metrics, 0.46 * canvas.width())
        wide, high = metrics.horizontalAdvance(name) + 2, metrics.height()
        away = near - centre
        length = max(math.hypot(away.x(), away.y()), 1.0)
        spot = near + away / length * 8.0
        lean = 0.5 * (1.0 + away.x() / length)
        left, top = spot.x() - (1.0 - lean) * wide, spot.y() + (0.0 if away.y() > 0.15 * length else -0.5 * high)
        left = min(max(left, canvas.left() + 2), canvas.right() - wide - 2)
        boxes.append((QRectF(left, min(max(top, canvas.top()), canvas.bottom() - high - 1), wide, high), name))
    placed = [taken]
    for box, name in sorted(boxes, key=lambda pair: pair[0].top()):
        # Downwards, past what is written there already; upwards where the canvas ends.
        for other in placed:
            if box.intersects(other):
                down = other.bottom() + box.height() <= canvas.bottom()
                box.moveTop(other.bottom() if down else other.top() - box.height())
        placed.append(box)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), name)


def _paint_marks(painter: QPainter, theme: Theme, surface: Surface, at: _Screen, canvas: QRectF) -> None:
    """A ring at each mark, and its name at the right edge of what is round it, on a thin leader."""
    metrics = theme.metrics("small")
    high = metrics.height() + 2
    places = at(*((x, y, z) for _, x, y, z in surface.marks))
    names = [name for name, *_ in surface.marks]
    spots = sorted(zip(places, names, strict=True), key=lambda mark: mark[0].y())
    spots = [mark for mark in spots if math.isfinite(mark[0].x() + mark[0].y()) and canvas.contains(mark[0])]
    tops = spread([p.y() - 2.2 * high for p, _ in spots], high + 2, canvas.top() + 2, canvas.bottom() - high - 2)
    ground = QColor(theme.panel)
    ground.setAlpha(205)
    for (spot, name), top in zip(spots, tops, strict=True):
        wide = metrics.horizontalAdvance(name) + 8
        left = spot.x() + 26 if spot.x() + 26 + wide < canvas.right() else spot.x() - 26 - wide
        box = QRectF(left, top, wide, high)
        corner = QPointF(box.left() if left > spot.x() else box.right(), box.center().y())
        painter.setPen(QPen(theme.colour("native"), 1.0))
        painter.drawLine(spot, corner)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("native"), max(2.0, theme.pen_width)))
        painter.drawEllipse(spot, 5.0, 5.0)
        painter.fillRect(box, ground)
        painter.setPen(theme.colour("native") if theme.dark else QColor(theme.text))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), name)
