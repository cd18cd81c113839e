"""Small widgets to type in, choose from and switch, alike in every panel."""

from typing import cast, final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSizePolicy, QWidget

from ui.icons import pixmap

CHEVRON = 10


def give_focus_back(field: QWidget) -> None:
    """From a field to the window, so that Space plays again and Ctrl+Z undoes a change of parameters.

    Clearing it would not do: the window, once active again, would hand it to the first field there is.
    """
    field.window().setFocus()


@final
class Entry(QLineEdit):
    """A field for exact values. Enter or leaving it commits, Escape takes back, Up and Down step by one slider tick."""

    committed = Signal(str)
    stepped = Signal(int)

    def __init__(self, digits: int = 0) -> None:
        """digits: how many there is room for; 0 takes all the room there is."""
        super().__init__()
        self._value = ""
        self._digits = digits
        if digits:
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.editingFinished.connect(self._commit)
        self.returnPressed.connect(lambda: give_focus_back(self))

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if not self._digits:
            return hint
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance("0") * self._digits, metrics.horizontalAdvance(self.placeholderText()))
        return QSize(widest + 16, hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint() if self._digits else super().minimumSizeHint()

    def show_usual(self, words: str) -> None:
        """What to say where nothing is typed."""
        self.setPlaceholderText(words)
        if self._digits:
            self.updateGeometry()

    def show_value(self, text: str, exact: str = "") -> None:
        """Show `text` unless something is being typed."""
        self._value = text
        if not (self.hasFocus() and self.isModified()):
            self.setText(text)
            self.setCursorPosition(0)
        self.setAccessibleDescription(exact)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.setText(self._value)
            self.setModified(False)
            give_focus_back(self)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(1 if key == Qt.Key.Key_Up else -1)
        else:
            super().keyPressEvent(event)

    def _commit(self) -> None:
        if self.isModified():
            self.setModified(False)
            typed = self.text().strip()
            self.setText(self._value)
            self.committed.emit(typed)


@final
class Choice(QComboBox):
    """A list of words; the wheel scrolls the panel it stands in and never changes the choice."""

    def __init__(self) -> None:
        super().__init__()
        self._colour = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_colour(self, colour: str) -> None:
        """Draw the arrow in `colour`; without one it takes the text's."""
        self._colour = colour
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        colour = self._colour or self.palette().color(QPalette.ColorRole.Text).name()
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        arrow = pixmap("chevron", colour, round(CHEVRON * ratio))
        arrow.setDevicePixelRatio(ratio)
        painter.drawPixmap(self.width() - CHEVRON - 8, (self.height() - CHEVRON) // 2, arrow)


@final
class Switch(QAbstractButton):
    """On or off, drawn as a switch."""

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(32, 18)

    def event(self, event: QEvent) -> bool:
        """With the focus, Space belongs to the switch and not to play and pause."""
        if event.type() == QEvent.Type.ShortcutOverride and cast(QKeyEvent, event).key() == Qt.Key.Key_Space:
            event.accept()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, on = self.palette(), self.isChecked()
        track = palette.color(QPalette.ColorRole.Highlight if on else QPalette.ColorRole.Mid)
        painter.setPen(palette.color(QPalette.ColorRole.Text) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(track)
        painter.drawRoundedRect(QRectF(1, 1, 30, 16), 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(QRectF(17 if on else 4, 4, 10, 10))
