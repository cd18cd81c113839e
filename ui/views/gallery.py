"""Gallery: small images in rows, each with what it is taken for, green where that is right and red where not."""

import math
from typing import final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from simulator.figures import Figure, Gallery, Tile
from ui.theme import DARK, Theme, mixed
from ui.views.base import NOTHING_YET, AbstractView, paint_sentence

GAP = 6.0
RIM = 1.5


@final
class GalleryView(AbstractView):
    """Shows a Gallery."""

    kind = Gallery

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.canvas = GalleryCanvas(self)
        self.body.addWidget(self.canvas, 1)

    def _show(self, figure: Figure) -> None:
        assert isinstance(figure, Gallery)
        self.canvas.show_tiles(figure.tiles)

    def _restyle(self) -> None:
        self.canvas.update()


@final
class GalleryCanvas(QWidget):
    """The tiles, as large as lets all of them be seen."""

    def __init__(self, view: GalleryView) -> None:
        super().__init__(view)
        self.view = view
        self._tiles: tuple[Tile, ...] = ()
        self._images: list[QImage] = []

    def show_tiles(self, tiles: tuple[Tile, ...]) -> None:
        """Show these; images that stay the same are kept."""
        if len(tiles) != len(self._tiles) or any(
            not np.array_equal(a.pixels, b.pixels) for a, b in zip(tiles, self._tiles, strict=True)
        ):
            self._images = [_grey(tile) for tile in tiles]
        self._tiles = tiles
        self.update()

    def places(self) -> list[QRectF]:
        """Where each tile's image is, as large as fits with a line of words below each."""
        count, words = len(self._tiles), QFontMetricsF(self.view.theme.font("small")).height()
        columns = columns_for(count, self.width(), self.height(), words)
        rows = math.ceil(count / columns) if count else 1
        side = max(4.0, min(self.width() / columns - GAP, self.height() / rows - words - GAP))
        left = (self.width() - columns * (side + GAP) + GAP) / 2
        top = (self.height() - rows * (side + words + GAP) + GAP) / 2
        return [
            QRectF(left + k % columns * (side + GAP), top + k // columns * (side + words + GAP), side, side)
            for k in range(count)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self.view.theme
        painter.fillRect(self.rect(), QColor(theme.panel))
        if not self._tiles:
            figure = self.view.figure
            note = figure.note if isinstance(figure, Gallery) else ""
            paint_sentence(painter, self, theme, f"{note[:1].upper()}{note[1:]}." if note else NOTHING_YET)
        painter.setFont(theme.font("small"))
        words = painter.fontMetrics().height()
        for tile, image, place in zip(self._tiles, self._images, self.places(), strict=True):
            colour = theme.colour("native" if tile.right else "danger")
            painter.drawImage(place, image)
            painter.setPen(colour)
            painter.drawRect(place.adjusted(-RIM / 2, -RIM / 2, RIM / 2, RIM / 2))
            below = QRectF(place.left() - GAP / 2, place.bottom() + 1, place.width() + GAP, words)
            if not theme.dark:  # small type in the lines' colours would be too pale on white
                painter.setPen(QColor(mixed(colour.name(), theme.text, 0.4)))
            painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), tile.caption)
        painter.end()


def columns_for(count: int, width: float, height: float, words: float) -> int:
    """How many tiles a row takes so that `count` of them, each with a line `words` high below it, are largest."""

    def side(columns: int) -> float:
        return min(width / columns - GAP, height / math.ceil(count / columns) - words - GAP)

    return max(range(1, count + 1), key=side) if count else 1


def _grey(tile: Tile) -> QImage:
    rows, columns = tile.pixels.shape
    pixels = np.ascontiguousarray(tile.pixels)
    return QImage(pixels.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
