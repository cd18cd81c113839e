"""The names of curves written on the curves themselves: on a map a contour is read where it lies."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsObject

from ui.views.handle import HandleMark
from ui.views.plot import AbstractPlotView
from ui.views.screen import Array

INK, RIM = "#ffffff", "#10131a"
"""White words with a dark rim are read on every colour of a map, in both themes."""
ROUND = tuple(QPointF(x, y) for x in (-1.2, 0.0, 1.2) for y in (-1.2, 0.0, 1.2) if x or y)
"""Words drawn eight times round themselves are a rim, four times as fast as a stroked outline."""
APART = 8.0
ALONG = (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9)
"""Shares of the curve's length in sight at which its name is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A name, and the curve (places on the axes) that bears it."""

    name: str
    x: Array
    y: Array


@final
class CurveNames(QGraphicsObject):
    """Writes each name where its curve runs through the picture, and neither another name nor the handle's words are
    in the way."""

    def __init__(self, view: AbstractPlotView, mark: HandleMark) -> None:
        super().__init__(view.plot.getPlotItem())
        self._view, self._mark = view, mark
        self.named: tuple[Named, ...] = ()
        self.setZValue(900)
        view.box.sigTransformChanged.connect(self._changed)
        view.box.sigResized.connect(self._changed)

    def set_names(self, named: tuple[Named, ...]) -> None:
        """Write these from now on."""
        if named or self.named:
            self.update()
        self.named = named

    def boxes(self) -> list[tuple[QRectF, str]]:
        """Where each name stands, in pixels of the plot; names with room nowhere are left out."""
        frame = QRectF(self.parentItem().mapRectFromItem(self._view.box, self._view.box.rect())).adjusted(3, 3, -3, -3)
        metrics = self._view.theme.metrics("small")
        label, _, _ = self._mark.label()
        placed: list[tuple[QRectF, str]] = []
        for each in self.named:
            good = np.isfinite(each.x) & np.isfinite(each.y)
            if not good.any():
                continue
            line = pg.functions.arrayToQPolygonF(each.x[good], each.y[good])
            points = [p for p in self.parentItem().mapFromItem(self._view.box.childGroup, line) if frame.contains(p)]
            wide, high = metrics.horizontalAdvance(each.name), metrics.height()
            for share in ALONG if points else ():
                spot = points[round(share * (len(points) - 1))]
                box = QRectF(spot.x() - 0.5 * wide, spot.y() - 0.5 * high, wide, high)
                wider = box.adjusted(-APART, -2, APART, 2)
                taken = [other for other, _ in placed] + [label]
                if frame.contains(box) and not any(wider.intersects(other) for other in taken):
                    placed.append((box, each.name))
                    break
        return placed

    def boundingRect(self) -> QRectF:
        return QRectF(self.parentItem().boundingRect())

    def paint(self, painter: QPainter, *_: Any) -> None:
        if not self.named or self._view.box.width() <= 0 or self._view.box.height() <= 0:
            return
        painter.setFont(self._view.theme.font("small"))
        ascent = QFontMetricsF(painter.font()).ascent()
        for box, name in self.boxes():
            at = QPointF(box.left(), box.top() + ascent)
            painter.setPen(QColor(RIM))
            for step in ROUND:
                painter.drawText(at + step, name)
            painter.setPen(QColor(INK))
            painter.drawText(at, name)

    def _changed(self, *_: object) -> None:
        self.prepareGeometryChange()
        self.update()
