"""The choices of a step: one can be picked by mouse, arrow keys or its number."""

from collections.abc import Sequence
from typing import cast, final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QRadioButton, QVBoxLayout, QWidget

from ui.lessons.lesson import Choice
from ui.theme import Theme

OWN_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right)


@final
class Radio(QRadioButton):
    """With the focus, Space and arrows belong to it and not to the run."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and cast(QKeyEvent, event).key() in OWN_KEYS:
            event.accept()
        return super().event(event)


@final
class Words(QLabel):
    """The words of a choice, over as many lines as they need; a click picks it."""

    clicked = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()


@final
class Answers(QWidget):
    """All choices of one step."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.radios: list[Radio] = []
        self.words: list[Words] = []
        self._choices: tuple[Choice, ...] = ()
        self._group = QButtonGroup(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Offer these; hidden where there are none."""
        for radio in self.radios:
            self._group.removeButton(radio)
        while (item := self._layout.takeAt(0)) is not None:
            row = item.widget()
            if row is not None:
                row.hide()
                row.deleteLater()
        self.radios, self.words, self._choices = [], [], tuple(choices)
        for number, choice in enumerate(choices):
            self._layout.addWidget(self._row(number, choice))
        self.setVisible(bool(choices))

    def _row(self, number: int, choice: Choice) -> QWidget:
        row, radio, words = QWidget(), Radio(), Words()
        radio.setAccessibleName(choice.text)
        radio.setToolTip(f"Key {number + 1}")
        radio.clicked.connect(lambda _=False, number=number: self.chosen.emit(number))
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setText(choice.text)
        words.setWordWrap(True)
        words.clicked.connect(lambda radio=radio: radio.isEnabled() and radio.click())
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(7)
        layout.addWidget(radio, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(words, 1)
        self._group.addButton(radio, number)
        self.radios.append(radio)
        self.words.append(words)
        return row

    def show_state(self, picked: int | None, open_: bool, told: bool, theme: Theme) -> None:
        """Which is picked, whether another may be, and whether it is told which is right."""
        for number, (radio, words, choice) in enumerate(zip(self.radios, self.words, self._choices, strict=True)):
            if number == picked and not radio.isChecked():
                radio.setChecked(True)
            radio.setEnabled(open_)
            wrong = told and number == picked and not choice.right
            colour = theme.danger if wrong else theme.native if told and choice.right else theme.text
            faded = told and not choice.right and number != picked
            words.setFont(theme.font("title" if theme.presentation else "body", bold=told and choice.right))
            words.setStyleSheet(f"color: {theme.muted if faded else colour}; background: transparent;")
            mark = "✓ " if told and choice.right else "✗ " if wrong else ""
            words.setText(mark + choice.text)
