"""What every picture shares: a heading, the figure it shows, its menu."""

from abc import abstractmethod
from typing import ClassVar

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from simulator.figures import Figure
from ui.theme import DARK, Theme
from ui.views.heading import Heading

NOTHING_YET = "Nothing to show yet."


class AbstractView(QWidget):
    """A picture of one kind of figure. Subclasses are final; they fill `body` and define _show and _restyle."""

    kind: ClassVar[type]

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.figure: Figure | None = None
        self.heading = Heading(theme, self)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 6)
        layout.setSpacing(2)
        layout.addWidget(self.heading)
        layout.addLayout(self.body, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 110)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # what lies behind need not be painted

    def show_figure(self, figure: Figure) -> None:
        """Show `figure`, of this view's kind; items are updated in place. Must not modify the figure."""
        if figure is self.figure:
            return
        if not isinstance(figure, self.kind):
            raise TypeError(f"{type(self).__name__} shows {self.kind.__name__}, not {type(figure).__name__}")
        self.figure = figure
        self.heading.set_words(figure.title, figure.note)
        self._show(figure)

    def set_theme(self, theme: Theme) -> None:
        """Change colours, type and line widths; the figure on show stays."""
        self.theme = theme
        self.heading.set_theme(theme)
        self._restyle()
        if self.figure is not None:
            self._show(self.figure)
        self.update()

    def reset_view(self) -> None:
        """Undo every zoom, pan and turn."""

    # Qt's classes have a metaclass of their own: that a subclass has these, mypy sees to.
    @abstractmethod
    def _show(self, figure: Figure) -> None:
        """Draw `figure`, of this view's kind."""

    @abstractmethod
    def _restyle(self) -> None:
        """Take the theme's colours, type and widths."""

    def sizeHint(self) -> QSize:
        return QSize(480, 320)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.heading.set_room(self.height())
        super().resizeEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.open_menu(event.globalPos())
        event.accept()

    def open_menu(self, at: QPoint) -> None:
        """The menu of exports, at a place on the screen."""
        from ui.views.export import export_menu

        menu = export_menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.panel))
        painter.end()


def paint_sentence(painter: QPainter, widget: QWidget, theme: Theme, sentence: str) -> None:
    """A quiet sentence in the middle, where there is nothing else to see."""
    painter.setFont(theme.font("body"))
    painter.setPen(QColor(theme.muted))
    painter.drawText(
        widget.rect().adjusted(12, 4, -12, -4), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), sentence
    )
