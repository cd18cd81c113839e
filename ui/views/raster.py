"""A picture made of cells in colour, stretched over its place on the axes."""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from ui.views.box_item import BoxItem
from ui.views.clip import Extent


@final
class Raster(BoxItem):
    """Draws cells, uint8 (rows, columns): rows of a table of colours."""

    def __init__(self, box: Any) -> None:
        super().__init__(box, 0)
        self.cells: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        self._image = QImage()
        self._extent: Extent = (0.0, 1.0, 0.0, 1.0)

    def show_cells(self, cells: NDArray[np.uint8], table: NDArray[np.uint8], extent: Extent) -> None:
        """Draw these, row 0 at y0, over extent (x0, x1, y0, y1), in the colours of `table`, RGBA (256, 4)."""
        x0, x1, y0, y1 = extent
        self.cells, self._extent = cells, extent
        turned = cells[:: -1 if y0 < y1 else 1, :: 1 if x0 < x1 else -1]
        pixels = np.ascontiguousarray(table[turned])
        rows, columns = cells.shape
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        self._image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        if self._image.isNull() or self.frame.isEmpty():
            return
        x0, x1, y0, y1 = self._extent
        painter.setClipRect(self.frame)
        painter.drawImage(QRectF(self.at(x0, y0), self.at(x1, y1)).normalized(), self._image)
