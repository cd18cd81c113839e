"""A few words over the pictures that pass by themselves: what a session shows, what was saved where."""

from typing import final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QHideEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QMainWindow, QVBoxLayout

from simulator.scenes import reading_seconds
from ui.theme import Theme, mixed

ROOM = 20
"""Beside and below it, pixels."""
WIDTH, BAND_WIDTH = 44, 76
"""In heights of type: over the pictures, and in a band of its own below them."""
BAND = 8.5
"""Height of that band, in heights of type."""


@final
class Caption(QFrame):
    """A title with some lines under it, above the status bar for as long as reading takes. A click sends it away."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.setObjectName("caption_box")
        self._window, self._type, self._stays, self._in_band = window, 13, False, False
        self.title, self.words = QLabel(), QLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 12, 18, 13)
        layout.setSpacing(5)
        for label in (self.title, self.words):
            label.setTextFormat(Qt.TextFormat.PlainText)  # a session file says what is in it, and no more
            label.setWordWrap(True)
            layout.addWidget(label)
        self._passing = QTimer(self, singleShot=True)
        self._passing.timeout.connect(self.hide)
        self.hide()

    def say(self, title: str, words: str = "", stays: bool = False) -> None:
        """Show this in place of what was shown before. stays: until something else is said, or a click."""
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self._stays = stays
        self._passing.setInterval(round(1000 * reading_seconds(title + words)))
        self.setVisible(bool(title or words))
        self._place()
        self.raise_()
        self._begin_to_pass()

    def take_band(self) -> None:
        """Have a band of its own below the pictures from now on, as in a film, and cover none of them."""
        self._in_band = True
        self._give_band()

    def _give_band(self) -> None:
        if self._in_band:
            self._window.setContentsMargins(0, 0, 0, round(BAND * self._type))
        self._place()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._type = theme.pixels("body")
        self.title.setFont(theme.font("title", bold=True))
        self.words.setFont(theme.font())
        back = mixed(theme.panel, theme.text, 0.06)
        self.setStyleSheet(
            f"QFrame#caption_box {{ background: {back}; border: 1px solid {theme.line};"
            f" border-left: 3px solid {theme.measurement}; border-radius: 5px; }}"
            f" QLabel {{ color: {theme.text}; background: transparent; }}"
        )
        self._give_band()

    def _begin_to_pass(self) -> None:
        if self._stays or not self.isVisible():
            self._passing.stop()
        else:
            self._passing.start()

    def _place(self) -> None:
        width = min((BAND_WIDTH if self._in_band else WIDTH) * self._type, self._window.width() - 2 * ROOM)
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        bottom = self._window.height() - self._window.statusBar().sizeHint().height() - ROOM
        if self._in_band:
            bottom = self._window.height() - max((round(BAND * self._type) - height) // 2, 0)
        self.setGeometry((self._window.width() - width) // 2, bottom - height, width, height)

    def showEvent(self, event: QShowEvent) -> None:
        self._window.installEventFilter(self)
        self._place()
        self._begin_to_pass()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._window.removeEventFilter(self)
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep its place while the window changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()
