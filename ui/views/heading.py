"""The words over a picture: a title, one muted line, and the legend; nothing of it covers data."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import Theme

SWATCH, GAP, BETWEEN = 20.0, 6.0, 16.0
MAX_LEGEND_ROWS, MAX_SMALL_ROWS = 3, 2
SMALL = 240
"""Below this height of the picture the muted line makes room for it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a legend: a line in `pen`, or a mark, or (band) a block of colour."""

    label: str
    pen: QPen
    mark: bool = False
    rim: bool = False
    block: bool = False


class Heading(QWidget):
    """Title, note and legend, as high as its words need at its width."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.title, self.note = theme, "", ""
        self.entries: tuple[Entry, ...] = ()
        self._room = 1000
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._fit()

    def set_words(self, title: str, note: str) -> None:
        if (title, note) != (self.title, self.note):
            self.title, self.note = title, note
            self.setToolTip(f"{title}\n{note}" if note else title)
            self._fit()

    def set_entries(self, entries: tuple[Entry, ...]) -> None:
        if entries != self.entries:
            self.entries = entries
            self._fit()

    def set_room(self, height: int) -> None:
        """Tell how high the whole picture is."""
        if (height < SMALL) != (self._room < SMALL):
            self._room = height
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(100, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _metrics(self) -> tuple[QFontMetricsF, QFontMetricsF]:
        return self.theme.metrics("title", bold=True), self.theme.metrics("small")

    def _shows_note(self) -> bool:
        return bool(self.note) and self._room >= SMALL

    def _fit(self) -> None:
        big, small = self._metrics()
        rows = self._rows(small)
        height = (big.height() if self.title else 0) + (small.height() if self._shows_note() else 0)
        height += len(rows) * (small.height() + 2) + (3 if rows else 0)
        self.setFixedHeight(max(1, round(height) + 1))
        self.update()

    def _rows(self, metrics: QFontMetricsF) -> list[list[tuple[float, Entry | None, str]]]:
        """The legend's rows as (x, entry, words); what does not fit is counted at the end."""
        rows: list[list[tuple[float, Entry | None, str]]] = []
        x, width = 0.0, max(float(self.width()), 60.0)
        for number, entry in enumerate(self.entries):
            words = metrics.elidedText(entry.label, Qt.TextElideMode.ElideRight, max(20.0, width - SWATCH - GAP))
            needed = SWATCH + GAP + metrics.horizontalAdvance(words)
            if not rows or x + needed > width:
                if len(rows) == (MAX_SMALL_ROWS if self._room < SMALL else MAX_LEGEND_ROWS):
                    rows[-1].append((x, None, f"+ {len(self.entries) - number}"))
                    return rows
                rows.append([])
                x = 0.0
            rows[-1].append((x, entry, words))
            x += needed + BETWEEN
        return rows

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        big, small = self._metrics()
        y = 0.0
        if self.title:
            painter.setFont(self.theme.font("title", bold=True))
            painter.setPen(QColor(self.theme.text))
            painter.drawText(
                QPointF(0, big.ascent()), big.elidedText(self.title, Qt.TextElideMode.ElideRight, self.width())
            )
            y = big.height()
        painter.setFont(self.theme.font("small"))
        painter.setPen(QColor(self.theme.muted))
        if self._shows_note():
            painter.drawText(
                QPointF(0, y + small.ascent()), small.elidedText(self.note, Qt.TextElideMode.ElideRight, self.width())
            )
            y += small.height()
        y += 3
        for row in self._rows(small):
            for x, entry, words in row:
                if entry is not None:
                    self._swatch(painter, entry, QRectF(x, y, SWATCH, small.height()))
                    x += SWATCH + GAP
                painter.setPen(QColor(self.theme.muted))
                painter.drawText(QPointF(x, y + small.ascent()), words)
            y += small.height() + 2
        painter.end()

    def _swatch(self, painter: QPainter, entry: Entry, box: QRectF) -> None:
        middle = box.center()
        if entry.block:
            painter.fillRect(QRectF(box.left() + 4, middle.y() - 4, SWATCH - 8, 8), entry.pen.color())
        elif entry.mark:
            painter.setPen(QColor(self.theme.muted) if entry.rim else Qt.PenStyle.NoPen)
            painter.setBrush(entry.pen.color())
            painter.drawEllipse(middle, 3.5, 3.5)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.setPen(entry.pen)
            painter.drawLine(QPointF(box.left(), middle.y()), QPointF(box.right(), middle.y()))
