"""The words over a picture: a title, one muted line, and the legend; nothing of it covers data."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import Size, Theme
from ui.views.fitting import fitting

SWATCH, GAP, BETWEEN = 20.0, 6.0, 16.0
MAX_LEGEND_ROWS, LEGEND_SHARE = 4, 0.25
"""A legend has at most so many rows, and at most this share of the picture's height."""
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


Rows = list[list[tuple[float, Entry | None, str]]]
"""Of a legend: x, the entry, and its words."""


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
        if height != self._room:
            self._room = height
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(100, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _title_size(self) -> Size:
        """A title that is too long is set smaller before it is cut."""
        fits = self.theme.metrics("title", bold=True).horizontalAdvance(self.title) <= self.width()
        return "title" if fits else "body"

    def _metrics(self) -> tuple[QFontMetricsF, QFontMetricsF]:
        return self.theme.metrics(self._title_size(), bold=True), self.theme.metrics("small")

    def _shows_note(self) -> bool:
        return bool(self.note) and self._room >= SMALL

    def _fit(self) -> None:
        big, small = self._metrics()
        rows = self._rows(small)
        height = (big.height() if self.title else 0) + (small.height() if self._shows_note() else 0)
        height += len(rows) * (small.height() + 2) + (3 if rows else 0)
        self.setFixedHeight(max(1, round(height) + 1))
        self.update()

    def _rows(self, metrics: QFontMetricsF) -> Rows:
        """The legend's rows as (x, entry, words); what does not fit is counted at the end."""
        rows: Rows = []
        x, width = 0.0, max(float(self.width()), 60.0)
        most = max(1, min(MAX_LEGEND_ROWS, int(LEGEND_SHARE * self._room / (metrics.height() + 2))))
        for number, entry in enumerate(self.entries):
            words = fitting(entry.label, metrics, max(20.0, width - SWATCH - GAP))
            needed = SWATCH + GAP + metrics.horizontalAdvance(words)
            if not rows or x + needed > width:
                if len(rows) == most:
                    return _with_count(rows, len(self.entries) - number, width, metrics)
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
            painter.setFont(self.theme.font(self._title_size(), bold=True))
            painter.setPen(QColor(self.theme.text))
            painter.drawText(QPointF(0, big.ascent()), fitting(self.title, big, self.width()))
            y = big.height()
        painter.setFont(self.theme.font("small"))
        painter.setPen(QColor(self.theme.muted))
        if self._shows_note():
            painter.drawText(QPointF(0, y + small.ascent()), fitting(self.note, small, self.width()))
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


def _with_count(rows: Rows, left_out: int, width: float, metrics: QFontMetricsF) -> Rows:
    """Rows that end in how many entries are left out; the last of them makes way where that does not fit."""
    last = rows[-1]
    x = last[-1][0] + SWATCH + GAP + metrics.horizontalAdvance(last[-1][2]) + BETWEEN
    if x + metrics.horizontalAdvance(f"+ {left_out}") > width:
        x, left_out = last.pop()[0], left_out + 1
    last.append((x, None, f"+ {left_out}"))
    return rows
