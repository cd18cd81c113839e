"""A bar that says which colour means which value."""

from typing import final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import Theme
from ui.views import numbers
from ui.views.fitting import fitting

BAR, SPACE, MARGIN = 10, 5, 14


@final
class ColourBar(QWidget):
    """A vertical bar from low (below) to high (above), with ticks and the name of the value."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.words, self.low, self.high = theme, "", 0.0, 1.0
        self._column = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFixedWidth(60)

    def set_table(self, table: NDArray[np.uint8]) -> None:
        """Colours from lowest to highest, uint8 (n, 4)."""
        column = np.ascontiguousarray(table[::-1])
        self._column = QImage(column.tobytes(), 1, column.shape[0], 4, QImage.Format.Format_RGBA8888).copy()
        self.update()

    def set_scale(self, words: str, low: float, high: float, theme: Theme) -> None:
        if (words, low, high, theme) != (self.words, self.low, self.high, self.theme):
            self.words, self.low, self.high, self.theme = words, low, high, theme
            self.setToolTip(words)
            metrics = theme.metrics("small")
            spacing, places = numbers.linear_ticks(low, high, 8)
            ticks = numbers.tick_words(places, spacing)
            wide = max((metrics.horizontalAdvance(tick) for tick in ticks), default=0.0)
            needed = round(MARGIN + BAR + SPACE + wide + 6 + metrics.height())
            # A bar that breathed with its digits would shake the picture beside it.
            if needed > self.width() or needed < self.width() - 30:
                self.setFixedWidth(needed)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.width(), 100)

    def _ticks(self) -> list[tuple[float, str]]:
        spacing, places = numbers.enough(numbers.linear_ticks, self.low, self.high, max(2, self.height() // 40))
        return list(zip(places, numbers.tick_words(places, spacing), strict=True))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(self.theme.font("small"))
        metrics = QFontMetricsF(painter.font())
        bar = QRectF(MARGIN, 6, BAR, max(10.0, self.height() - 46.0))
        painter.drawImage(bar, self._column)
        painter.setPen(QColor(self.theme.muted))
        for value, words in self._ticks():
            y = bar.bottom() - bar.height() * (value - self.low) / (self.high - self.low)
            painter.drawText(QPointF(bar.right() + SPACE, y + 0.35 * metrics.ascent()), words)
        name = fitting(self.words, metrics, bar.height())
        painter.translate(self.width() - metrics.descent() - 1, bar.center().y() + metrics.horizontalAdvance(name) / 2)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), name)
        painter.end()
