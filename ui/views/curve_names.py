"""The names of curves written on the curves themselves: on a map a contour is read where it lies."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from ui.views.box_item import BoxItem
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
class CurveNames(BoxItem):
    """Writes each name where its curve runs through the picture, and neither another name nor the handle's words are
    in the way."""

    def __init__(self, view: AbstractPlotView, mark: HandleMark) -> None:
        super().__init__(view.box, 3)
        self._view, self._mark = view, mark
        self.named: tuple[Named, ...] = ()
        self._spots: list[tuple[str, list[QRectF]]] = []
        self._spots_for: tuple[object, ...] = ()
        self._boxes: list[tuple[QRectF, str]] = []
        # Words with a rim are drawn nine times over: not anew for every place of the handle.
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)

    def set_names(self, named: tuple[Named, ...]) -> None:
        """Write these from now on."""
        self.named, self._spots_for = named, ()

    def settle(self) -> None:
        """Make way for the handle's words, or take the room that they have left."""
        boxes = self.boxes()
        if boxes != self._boxes:
            self._boxes = boxes
            self.update()

    def boxes(self) -> list[tuple[QRectF, str]]:
        """Where each name stands, in pixels of the plot's box; names with room nowhere are left out."""
        here = (self.ranges, self.frame, self._view.theme)
        if here != self._spots_for:
            self._spots = [(each.name, self._rooms(each)) for each in self.named]
            self._spots_for = here
        label, _, _ = self._mark.label()
        placed: list[tuple[QRectF, str]] = []
        for name, rooms in self._spots:
            taken = [box for box, _ in placed] + [self.mapRectFromItem(self._mark, label)]
            for box in rooms:
                wider = box.adjusted(-APART, -2, APART, 2)
                if not any(wider.intersects(other) for other in taken):
                    placed.append((box, name))
                    break
        return placed

    def _rooms(self, each: Named) -> list[QRectF]:
        """Where a name might stand: on its curve, all of it inside, the best first."""
        left, right, bottom, top = self.ranges
        x = (each.x - left) / (right - left) * self.frame.width()
        y = (top - each.y) / (top - bottom) * self.frame.height()
        inside = self.frame.adjusted(3, 3, -3, -3)
        # Comparisons with NaN are false.
        seen = np.flatnonzero((x > inside.left()) & (x < inside.right()) & (y > inside.top()) & (y < inside.bottom()))
        metrics = self._view.theme.metrics("small")
        wide, high = metrics.horizontalAdvance(each.name), metrics.height()
        spots = [seen[round(share * (seen.size - 1))] for share in ALONG] if seen.size else []
        boxes = [QRectF(float(x[k]) - 0.5 * wide, float(y[k]) - 0.5 * high, wide, high) for k in spots]
        return [box for box in boxes if inside.contains(box)]

    def paint(self, painter: QPainter, *_: Any) -> None:
        if self.frame.isEmpty():
            return
        self._boxes = self.boxes()
        painter.setFont(self._view.theme.font("small"))
        ascent = self._view.theme.metrics("small").ascent()
        for box, name in self._boxes:
            at = QPointF(box.left(), box.top() + ascent)
            painter.setPen(QColor(RIM))
            for step in ROUND:
                painter.drawText(at + step, name)
            painter.setPen(QColor(INK))
            painter.drawText(at, name)
