"""What is written round a rendered surface: its ground, the scale of heights, the names of axes and marks."""

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPen, QPolygonF

from simulator.colormaps import table8
from simulator.figures import Surface
from simulator.projection import Projection, is_disc
from ui.theme import Theme
from ui.views import numbers
from ui.views.levels import spread

RING = 96
SCALE_GAP, SCALE_WIDE = 14.0, 4.0


class _Screen:
    """Data coordinates as places on the canvas."""

    def __init__(self, view: Projection, frame: QRectF, scale: float) -> None:
        self._view, self._frame, self._scale = view, frame, scale

    def __call__(self, x: float, y: float, height: float) -> QPointF:
        px, py, _ = self._view.pixels([x, y, height])
        return QPointF(self._frame.left() + px * self._scale, self._frame.top() + py * self._scale)

    def outline(self, surface: Surface, height: float) -> list[QPointF]:
        """The edge of the ground, at a height."""
        x0, x1, y0, y1 = surface.extent
        if is_disc(surface.heights):
            turns = np.linspace(0.0, 2.0 * math.pi, RING, endpoint=False)
            x = 0.5 * (x0 + x1) + 0.5 * (x1 - x0) * np.cos(turns)
            y = 0.5 * (y0 + y1) + 0.5 * (y1 - y0) * np.sin(turns)
        else:
            x, y = np.array([x0, x1, x1, x0]), np.array([y0, y0, y1, y1])
        places = self._view.pixels(np.column_stack([x, y, np.full(x.size, height)]))[:, :2] * self._scale
        return [QPointF(self._frame.left() + px, self._frame.top() + py) for px, py in places.tolist()]


def paint_ground(
    painter: QPainter, theme: Theme, surface: Surface, view: Projection, frame: QRectF, scale: float
) -> None:
    """The edge of the ground at the lowest height, under the surface."""
    at = _Screen(view, frame, scale)
    painter.setPen(QPen(QColor(theme.line), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QPolygonF(at.outline(surface, surface.low)))
    x0, x1, y0, y1 = surface.extent
    middle_x, middle_y = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    painter.drawLine(at(x0, middle_y, surface.low), at(x1, middle_y, surface.low))
    painter.drawLine(at(middle_x, y0, surface.low), at(middle_x, y1, surface.low))


def paint_words(
    painter: QPainter, theme: Theme, surface: Surface, view: Projection, frame: QRectF, scale: float, canvas: QRectF
) -> None:
    """The scale of heights, the axes' names, the marks."""
    at = _Screen(view, frame, scale)
    painter.setFont(theme.font("small"))
    taken = _paint_scale(painter, theme, surface, at, canvas)
    _paint_axes(painter, theme, surface, at, canvas, taken)
    _paint_marks(painter, theme, surface, at, canvas)


def _paint_scale(painter: QPainter, theme: Theme, surface: Surface, at: _Screen, canvas: QRectF) -> QRectF:
    """A coloured bar beside the leftmost edge of the ground, as high as the range of heights; where its name is."""
    if not surface.high > surface.low:
        return QRectF()
    bottom = min(at.outline(surface, surface.low), key=lambda p: p.x())
    x0, _, y0, _ = surface.extent
    tall = at(x0, y0, surface.low).y() - at(x0, y0, surface.high).y()
    top = QPointF(bottom.x(), bottom.y() - tall)
    metrics = QFontMetricsF(painter.font())
    spacing, places = numbers.linear_ticks(surface.low, surface.high, max(2, int(tall / (1.7 * metrics.height()))))
    words = numbers.tick_words(places, spacing)
    wide = max((metrics.horizontalAdvance(w) for w in words), default=0.0)
    x = max(bottom.x() - SCALE_GAP, canvas.left() + wide + 8.0)
    if tall < 1.5 * metrics.height() or x > canvas.right() or bottom.y() < canvas.top() or top.y() > canvas.bottom():
        return QRectF()
    bar = QRectF(x - SCALE_WIDE, top.y(), SCALE_WIDE, tall)
    gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
    colours = table8("viridis", 17)
    for k, colour in enumerate(colours.tolist()):
        gradient.setColorAt(k / (len(colours) - 1), QColor(*colour))
    painter.fillRect(bar, gradient)
    painter.setPen(QColor(theme.muted))
    for place, word in zip(places, words, strict=True):
        y = bar.bottom() - bar.height() * (place - surface.low) / (surface.high - surface.low)
        text = QRectF(bar.left() - wide - 6, y - 0.5 * metrics.height(), wide, metrics.height())
        painter.drawText(text, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), word)
    name = metrics.elidedText(surface.value_label, Qt.TextElideMode.ElideRight, 0.45 * canvas.width())
    length = metrics.horizontalAdvance(name) + 2
    left = min(max(bar.right() - length, canvas.left() + 2), canvas.right() - length - 2)
    under = min(bar.bottom() + 0.4 * metrics.height(), canvas.bottom() - metrics.height())
    box = QRectF(left, under, length, metrics.height())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), name)
    return box


def _paint_axes(painter: QPainter, theme: Theme, surface: Surface, at: _Screen, canvas: QRectF, taken: QRectF) -> None:
    """Each axis is named at the end that is nearer to the eye, outside the ground."""
    x0, x1, y0, y1 = surface.extent
    middle = (0.5 * (x0 + x1), 0.5 * (y0 + y1))
    centre = at(*middle, surface.low)
    metrics = QFontMetricsF(painter.font())
    painter.setPen(QColor(theme.muted))
    boxes: list[tuple[QRectF, str]] = []
    ends = (((x0, middle[1]), (x1, middle[1]), surface.x_label), ((middle[0], y0), (middle[0], y1), surface.y_label))
    for low_end, high_end, label in ends:
        near = max((at(*low_end, surface.low), at(*high_end, surface.low)), key=lambda p: p.y())
        name = metrics.elidedText(label, Qt.TextElideMode.ElideRight, 0.46 * canvas.width())
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
    metrics = QFontMetricsF(painter.font())
    high = metrics.height() + 2
    spots = sorted(((at(x, y, z), name) for name, x, y, z in surface.marks), key=lambda mark: mark[0].y())
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
