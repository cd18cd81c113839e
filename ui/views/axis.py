"""An axis with few, round, legible ticks, linear or logarithmic, and a label that never outgrows it."""

import html
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, final

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen, QResizeEvent

from ui.theme import Theme
from ui.views import numbers
from ui.views.fitting import naming

OVERHANG = 24.0
"""How far words may reach beyond the ends of an axis, in pixels."""

TALL = 50.0
"""Pixels from which on an axis has two ticks at least, so that its scale can be read."""


@final
class Axis(pg.AxisItem):  # type: ignore[misc]
    """pyqtgraph's axis with our own ticks. `logarithmic`: places are decades. `names`: words at 0, 1, 2, ..."""

    def __init__(self, side: str) -> None:
        super().__init__(side, showValues=True)
        self.logarithmic = False
        self.names: tuple[str, ...] = ()
        self.words = ""
        self._theme: Theme | None = None
        self._grid = 150
        # Shaping the ticks' words anew for every frame would cost a millisecond a plot.
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)
        self.enableAutoSIPrefix(False)
        self.setStyle(autoReduceTextSpace=False, tickLength=0, tickTextOffset=6, hideOverlappingLabels=False)

    @property
    def _lies(self) -> bool:
        return self.orientation in ("bottom", "top")

    def restyle(self, theme: Theme) -> None:
        self._theme = theme
        self.setTickFont(theme.font("small"))
        self.setPen(QPen(QColor(theme.line), 1))
        self.setTickPen(QPen(QColor(theme.line), 1))
        self.setTextPen(QColor(theme.muted))
        self.setGrid(self._grid)
        self.setZValue(-500)
        self.label.setFont(theme.font("small"))
        self._say()
        self.forget_width()

    def forget_width(self) -> None:
        """Let the axis take the room that its present ticks need."""
        self.textWidth = 30
        self._updateWidth() if not self._lies else self._updateHeight()

    def set_words(self, words: str) -> None:
        """Name the axis."""
        if words != self.words:
            self.words = words
            self._say()

    def set_scale(self, logarithmic: bool) -> None:
        if logarithmic != self.logarithmic:
            self.logarithmic = logarithmic
            self.picture = None
            self.update()

    def show_grid(self, on: bool) -> None:
        """Thin lines across the plot, at the ticks, under everything else."""
        self._grid = 150 if on else 0
        self.setGrid(self._grid)

    def set_names(self, names: tuple[str, ...]) -> None:
        if names != self.names:
            self.names = names
            self.picture = None
            self.update()

    def _say(self) -> None:
        if self._theme is None:
            return
        if not self.words:
            self.showLabel(False)
            return
        room = (self.size().width() if self._lies else self.size().height()) - 6
        metrics = self._theme.metrics("small")
        words = naming(self.words, metrics, room) if room > 20 else self.words
        self.label.setToolTip(self.words)
        self.setLabel(html.escape(words), color=self._theme.muted)

    def resizeEvent(self, event: QResizeEvent | None = None) -> None:
        if getattr(self, "_theme", None) is not None:
            self._say()
        super().resizeEvent(event)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        low, high = min(minVal, maxVal), max(minVal, maxVal)
        if self.names:
            return [(1.0, [float(k) for k in range(len(self.names)) if low <= k <= high])]
        ticks = numbers.log_ticks if self.logarithmic else numbers.linear_ticks
        em = 11 if self._theme is None else self._theme.pixels("small")
        most = max(2, int(size / (em * (2.8 if self._lies else 2.6))))
        spacing, places = numbers.enough(ticks, low, high, most) if size >= TALL else ticks(low, high, most)
        while self._lies and most > 2 and len(places) > 2 and not self._fits(places, spacing, size / (high - low), em):
            most -= 1
            fewer = ticks(low, high, most)
            if len(fewer[1]) < 2:
                break
            spacing, places = fewer
        return [(spacing, places)]

    def _fits(self, places: list[float], spacing: float, per_unit: float, em: float) -> bool:
        """Whether the words of these ticks lie apart."""
        if self._theme is None:
            return True
        metrics = self._theme.metrics("small")
        wide = max(metrics.horizontalAdvance(words) for words in self.tickStrings(places, 1.0, spacing))
        apart = min(b - a for a, b in pairwise(places))
        return bool(apart * per_unit >= wide + 1.3 * em)

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.names:
            return [self._short(self.names[round(v)], len(values)) for v in values]
        return numbers.log_tick_words(values) if self.logarithmic else numbers.tick_words(values, spacing)

    def _short(self, name: str, count: int) -> str:
        if self._theme is None:
            return name
        room = (self.size().width() if self._lies else 120.0) / max(count, 1) - 6
        return self._theme.metrics("small").elidedText(name, Qt.TextElideMode.ElideRight, max(room, 12.0))

    def boundingRect(self) -> QRectF:
        # Words at the ends reach beyond the axis; where there is a grid pyqtgraph would leave them out.
        rect = super().boundingRect()
        return rect.adjusted(-OVERHANG, 0, OVERHANG, 0) if self._lies else rect.adjusted(0, -OVERHANG, 0, OVERHANG)

    def mouseDragEvent(self, event: Any) -> None:
        event.ignore()
