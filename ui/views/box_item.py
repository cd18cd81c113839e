"""Things drawn over all of a plot, in its pixels."""

from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem

Ranges = tuple[float, float, float, float]
FAR = 1e5
"""Pixels beyond which places are all alike: a painter cannot count as far as a number."""


class BoxItem(QGraphicsItem):
    """As large as the plot's box (pyqtgraph's ViewBox), whose pixels are its coordinates. Subclasses define paint."""

    def __init__(self, box: Any, level: float) -> None:
        super().__init__(box)
        self._box = box
        self.frame = QRectF(box.rect())
        self.setZValue(level)
        box.sigResized.connect(self._resized)
        box.sigTransformChanged.connect(self._moved)

    @property
    def ranges(self) -> Ranges:
        """What the axes span: left, right, bottom, top."""
        (left, right), (bottom, top) = self._box.viewRange()
        return left, right, bottom, top

    def at(self, x: float, y: float) -> QPointF:
        """A place on the axes in pixels, as far out as a painter can count."""
        left, right, bottom, top = self.ranges
        across, down = (x - left) / (right - left), (top - y) / (top - bottom)
        return QPointF(_near(across * self.frame.width()), _near(down * self.frame.height()))

    def boundingRect(self) -> QRectF:
        return self.frame

    def _resized(self, *_: object) -> None:
        self.prepareGeometryChange()
        self.frame = QRectF(self._box.rect())

    def _moved(self, *_: object) -> None:
        self.update()


def _near(pixels: float) -> float:
    return max(-FAR, min(pixels, FAR))
