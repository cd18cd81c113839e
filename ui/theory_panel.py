"""The agreement table: measured ± error, predicted, deviation in sigmas, for the parameters on screen now."""

import math
from typing import final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from simulator import rounding
from simulator.agreement import WITHIN_SIGMAS, Agreement
from simulator.rounding import decimals
from simulator.snapshot import Failure, Snapshot
from ui.theme import Size, Theme, mixed

COLUMNS = {
    "Quantity": "What is compared",
    "Measured": "Mean over the samples, or a fit through them, ± its standard error",
    "Predicted": "What theory says for the parameters on screen ± what it leaves open itself",
    "Deviation": f"How far the two are apart, in errors (σ) of both together; ok up to {WITHIN_SIGMAS:g}",
}
"""Their names, and what is said while the mouse rests on one."""
PREDICTED = 2
SPANS = Qt.ItemDataRole.UserRole
PADDING, CLOSE = 16, 14
LEAST_NAME = 60
MARGIN = 4
ROOMY = 44
"""Width in heights of type above which the table has the body's type."""
SIGNIFICANT_WITHOUT_ERROR = 4


def with_error(value: float, error: float) -> str:
    """`value ± error` as a table shows it, with words for what is no number."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "infinite"
    return minus(rounding.with_error(value, error, SIGNIFICANT_WITHOUT_ERROR))


def minus(text: str) -> str:
    """Numbers with a true minus sign."""
    return text.replace("-", "\u2212")


def predicted(line: Agreement) -> str:
    """The prediction to as many places as the measurement, with what the theory leaves open."""
    if math.isnan(line.predicted):
        return ""
    if line.allowance > 0:
        return with_error(line.predicted, line.allowance)
    places = decimals(line.stderr) + 1 if math.isfinite(line.stderr) and line.stderr > 0 else None
    text = f"{line.predicted:.4g}" if places is None or places > 8 else f"{line.predicted:.{places}f}"
    return minus(text)


def verdict(line: Agreement) -> str:
    """Deviation in sigmas with ok or off, or why nothing can be said."""
    if line.within is not None:
        sigmas = f"{line.sigmas:+.1f}"
        return minus(f"{'0.0' if float(sigmas) == 0 else sigmas} σ  {'ok' if line.within else 'off'}")
    if math.isnan(line.measured) and not math.isnan(line.predicted):
        return "not measured"
    if math.isnan(line.predicted):
        return f"no prediction here, because {line.because}" if line.because else "no prediction here"
    return "no error bar: one sample only" if math.isnan(line.stderr) else "too few samples for a verdict"


def cells(line: Agreement) -> list[str]:
    """What stands in the columns of one line."""
    return [line.name, with_error(line.measured, line.stderr), predicted(line), verdict(line)]


@final
class TheoryPanel(QWidget):
    """One line for each measured quantity."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[Agreement, ...] | None = None
        self._widths: list[int] = []
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setObjectName("agreement")
        for column, (name, meaning) in enumerate(COLUMNS.items()):
            heading = QTableWidgetItem(name)
            heading.setToolTip(meaning)
            self.table.setHorizontalHeaderItem(column, heading)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 0, MARGIN)
        layout.addWidget(self.table)

    def show_news(self, news: Snapshot | Failure | None) -> None:
        """Show the agreement of the newest snapshot. A failure leaves the last numbers standing."""
        if isinstance(news, Snapshot) and news.measurement.agreement is not self._shown:
            before, self._shown = self._shown or (), news.measurement.agreement
            if len(before) != len(self._shown):
                self._size_type()
            else:
                self._fill()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self._size_type()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._size_type()

    def _size_type(self) -> None:
        """Small type, and close lines, where the panel is too small for the body's."""
        rows = len(self._shown or ()) + 1
        roomy = self.width() >= ROOMY * self._theme.pixels("body") and self.height() >= rows * self._line("body")
        size: Size = "body" if roomy else "small"
        self.table.setFont(self._theme.font(size))
        self.table.horizontalHeader().setFixedHeight(self._line("small"))
        self.table.verticalHeader().setMinimumSectionSize(10)
        free = (self.height() - self._line("small") - MARGIN) // max(rows - 1, 1)
        line = min(self._line(size), max(free, self._theme.pixels(size) + 5))
        self.table.verticalHeader().setDefaultSectionSize(line)
        self._widths = [0] * len(COLUMNS)
        self._fill()

    def _line(self, size: Size) -> int:
        """Height of a line of the table, pixels."""
        return self._theme.pixels(size) + 9

    def _fill(self) -> None:
        lines = self._shown or ()
        self.table.setRowCount(len(lines))
        self.table.clearSpans()
        for row, line in enumerate(lines):
            self._fill_row(row, line)
        self._fit()
        self._wrap_reasons()

    def _fit(self) -> None:
        """Columns as wide as the widest text they have held, so that they do not jitter; the last takes the rest.

        Where there is too little room they move together, and then the names are cut: the verdict is always seen.
        """
        metrics, lines = self.table.fontMetrics(), self._shown or ()
        for column, name in enumerate(COLUMNS):
            # Words why nothing is predicted take two columns, and lines as they need them.
            told = [line for line in lines if column < PREDICTED or not math.isnan(line.predicted)]
            texts = [name, *(cells(line)[column] for line in told)]
            self._widths[column] = max(self._widths[column], *map(metrics.horizontalAdvance, texts))
        room = self.table.viewport().width()
        padding = min(PADDING, max(CLOSE, (room - sum(self._widths)) // len(COLUMNS)))
        widths = [width + padding for width in self._widths]
        widths[0] = max(min(widths[0], room - sum(widths[1:])), LEAST_NAME)
        widths[-1] = max(widths[-1], room - sum(widths[:-1]))
        for column, width in enumerate(widths):
            self.table.setColumnWidth(column, width)

    def _wrap_reasons(self) -> None:
        """Where there is room below, the words why nothing is predicted take as many lines as they need."""
        table, line = self.table, self.table.verticalHeader().defaultSectionSize()
        width = table.viewport().width() - sum(table.columnWidth(k) for k in range(PREDICTED)) - PADDING
        heights = []
        for row in range(table.rowCount()):
            item = table.item(row, PREDICTED)
            words = item.text() if item is not None and item.data(SPANS) else ""
            room = QRect(0, 0, max(width, 40), 10_000)
            wrapped = table.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, words).height()
            heights.append(max(line, wrapped + line - table.fontMetrics().height()))
        fits = sum(heights) <= table.viewport().height()
        table.setWordWrap(fits)
        self._shorten_reasons(not fits)
        for row, height in enumerate(heights):
            table.setRowHeight(row, height if fits else line)

    def _shorten_reasons(self, short: bool) -> None:
        """Where there is room for some words of a reason only, let them be those that tell it from others."""
        for row, line in enumerate(self._shown or ()):
            item = self.table.item(row, PREDICTED)
            if item is not None and item.data(SPANS):
                item.setText(f"none: {line.because}" if short and line.because else verdict(line))

    def _fill_row(self, row: int, line: Agreement) -> None:
        good, bad = self._theme.native, self._theme.danger
        last = self._theme.muted if line.within is None else good if line.within else bad
        silent = math.isnan(line.predicted)
        # Where there is no prediction, the words why take its room and that of the deviation.
        if silent:
            self.table.setSpan(row, PREDICTED, 1, 2)
        texts = cells(line)
        colours = [self._theme.text, self._theme.measurement, self._theme.theory, last]
        if not self._theme.dark:  # amber and green lines are seen on white, small amber type is not read
            colours = [mixed(colour, self._theme.text, 0.4) for colour in colours]
        if silent:
            texts[PREDICTED], colours[PREDICTED] = verdict(line), last
        for column, (text, colour) in enumerate(zip(texts, colours, strict=True)):
            item = self.table.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                self.table.setItem(row, column, item)
            item.setText(text)
            item.setData(SPANS, True if silent and column == PREDICTED else None)
            item.setForeground(QColor(colour))
            item.setToolTip(explain(line))


def explain(line: Agreement) -> str:
    """Where the prediction comes from and what 'ok' means."""
    parts = [line.name]
    if line.source:
        parts.append(f"Prediction: {line.source}")
    if line.because:
        parts.append(f"No prediction here, because {line.because}")
    if line.allowance > 0:
        parts.append(f"The theory itself leaves ±{line.allowance:.2g} open.")
    parts.append(f"'ok': they differ by at most {WITHIN_SIGMAS:g} standard errors.")
    return "\n".join(parts)
