"""One row of the parameter panel for each kind of parameter: what can be typed, dragged, chosen or ticked."""

import html
import shlex
from abc import abstractmethod
from typing import final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from simulator.parameters import Field, Value
from ui.browse import BrowseButton
from ui.fields import Choice, Entry, Switch
from ui.slider import Slider, make_ruler

MARGIN = 14
"""Where dots hang, at the left of every name."""
SETTLE_MS = 500
"""Turning the wheel or holding an arrow key counts as one change until it has rested so long."""


def shown(value: Value) -> str:
    """A value as text: short, and exact where six digits are."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def assignment(field: Field, value: Value) -> str:
    """A value as the command line takes it, `learning_rate=0.15`, in quotes where a shell would break it."""
    exact = ("on" if value else "off") if isinstance(value, bool) else str(value)
    return shlex.quote(f"{field.name}={exact}")


def explain(field: Field, value: Value, usual: str = "") -> str:
    """The tooltip of one parameter: what it does to the picture, range, default, what changing it costs, and `value`
    as the command line takes it. usual: what 0 or an empty text stands for now."""
    effect = "Takes effect at once." if field.param.live else "Changing it restarts the run."
    unit = f" {field.param.unit}" if field.param.unit else ""
    stands = f" {'Empty' if field.kind is str else '0'} stands for what is said there, now “{usual}”." if usual else ""
    return (
        f"<p><b>{field.param.label}</b> ({field.param.symbol})<br>{field.param.doc}</p>"
        f"<p>{field.allowed[0].upper()}{field.allowed[1:]}{unit}; default {shown(field.default) or 'empty'}. {effect}"
        f"{stands}<br>On the command line: <code>--set {html.escape(assignment(field, value))}</code></p>"
    )


class Head(QWidget):
    """Symbol and plain name, a dot where the value differs from the default. A double click restores the default."""

    restore = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._dot = QLabel("●")
        self._dot.setObjectName("dot")
        self._dot.setFixedWidth(MARGIN)
        symbol = QLabel(field.param.symbol)
        symbol.setObjectName("symbol")
        name = QLabel(field.param.label)
        name.setObjectName("name")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._dot)
        if field.param.symbol.lower() not in (field.name, field.param.label.lower()):
            layout.addWidget(symbol)
            layout.addSpacing(6)
        layout.addWidget(name)
        if not field.param.live:
            mark = QLabel("↻")
            mark.setObjectName("restarts")
            layout.addSpacing(5)
            layout.addWidget(mark)
        layout.addStretch(1)
        self.show_changed(False)

    def show_changed(self, changed: bool) -> None:
        """Show or hide the dot, keeping its place."""
        self.shows_dot = changed
        self._dot.setText("●" if changed else "")
        self._dot.setAccessibleName("differs from the default" if changed else "")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.restore.emit()


class Row(QWidget):
    """One parameter. Emits what the user asks for; shows what it is told. Never holds a value of its own."""

    edited = Signal(str, object, bool)
    """name, value as typed, whether the gesture has ended."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field, self.usual, self._value = field, "", field.default
        self.setObjectName(f"row_{field.name}")
        self.head = Head(field)
        self.head.restore.connect(lambda: self.edited.emit(field.name, field.default, True))
        self.error = QLabel()
        self.error.setObjectName("error")
        self.error.setWordWrap(True)
        self.error.hide()
        self._line = QHBoxLayout()
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(6)
        self._line.addWidget(self.head, 1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(1)
        self._layout.addLayout(self._line)
        self._layout.addLayout(_indented(self.error))

    def show_value(self, value: Value) -> None:
        """Show `value` and forget the error. Must not emit."""
        self.head.show_changed(value != self.field.default)
        self.error.hide()
        self._value = value
        self.setToolTip(explain(self.field, value, self.usual))
        self._show(value)

    def show_usual(self, words: str) -> None:
        """What 0 or an empty text stands for beside the other values, "" where it means itself. Must not emit."""
        if words != self.usual:
            self.usual = words
            self.setToolTip(explain(self.field, self._value, words))

    def show_error(self, message: str) -> None:
        """One line at the control; the old value stays."""
        self.error.setText(message)
        self.error.show()

    @abstractmethod
    def _show(self, value: Value) -> None:
        """Show `value` in the control. Must not emit."""


@final
class NumberRow(Row):
    """A number: an exact field, and a slider where both ends are known."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.entry = Entry(9)
        self.entry.setObjectName("number")
        self.entry.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.entry.setAccessibleName(field.param.label)
        self.entry.committed.connect(self._take)
        self.entry.stepped.connect(self._step)
        self._line.addWidget(self.entry)
        self.ruler = make_ruler(field)
        self.slider: Slider | None = None
        self._settling = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._settling.timeout.connect(self._settle)
        if self.ruler is not None:
            self.slider = Slider(self.ruler.ticks)
            self.slider.setAccessibleName(field.param.label)
            self.slider.valueChanged.connect(self._moved)
            self.slider.sliderReleased.connect(self._settle)
            self._layout.insertLayout(1, _indented(self.slider))

    def _show(self, value: Value) -> None:
        self.entry.show_value(self._words(value), repr(value))
        self._settling.stop()
        if self.slider is not None and self.ruler is not None and not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setValue(self.ruler.position(float(value)))
            self.slider.blockSignals(False)

    def show_usual(self, words: str) -> None:
        super().show_usual(words)
        self.entry.show_usual(words)

    def _words(self, value: Value) -> str:
        """0 leaves the field to what it stands for."""
        return "" if self.usual and value == 0 else shown(value)

    def _take(self, text: str) -> None:
        self.edited.emit(self.field.name, text or ("0" if self.usual else ""), True)

    def _moved(self, position: int) -> None:
        assert self.slider is not None and self.ruler is not None
        value = self.ruler.value(position)
        self.entry.show_value(self._words(value))
        if self.field.param.live:
            self.edited.emit(self.field.name, value, False)
        if not self.slider.isSliderDown():
            self._settling.start()

    def _settle(self) -> None:
        assert self.slider is not None and self.ruler is not None
        self._settling.stop()
        self.edited.emit(self.field.name, self.ruler.value(self.slider.value()), True)

    def _step(self, direction: int) -> None:
        if self.slider is not None:
            self.slider.setValue(self.slider.value() + direction)


@final
class ChoiceRow(Row):
    """One word out of several."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.combo = Choice()
        self.combo.addItems(list(field.param.choices))
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(max(8, *map(len, field.param.choices)))
        self.combo.setAccessibleName(field.param.label)
        self.combo.activated.connect(lambda _: self.edited.emit(field.name, self.combo.currentText(), True))
        self._line.addWidget(self.combo)

    def _show(self, value: Value) -> None:
        self.combo.setCurrentText(str(value))


@final
class SwitchRow(Row):
    """On or off."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.check = Switch()
        self.check.setAccessibleName(field.param.label)
        self.check.clicked.connect(lambda on: self.edited.emit(field.name, on, True))
        self._line.addWidget(self.check)

    def _show(self, value: Value) -> None:
        self.check.setChecked(bool(value))


@final
class TextRow(Row):
    """Free text; a button beside it asks for a file where it names one."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.entry = Entry()
        self.entry.setAccessibleName(field.param.label)
        self.entry.committed.connect(lambda text: self.edited.emit(field.name, text, True))
        line = _indented(self.entry)
        self._layout.insertLayout(1, line)
        if field.param.file:
            browse = BrowseButton(field, self.entry.text)
            browse.chosen.connect(lambda name: self.edited.emit(field.name, name, True))
            line.addWidget(browse)

    def _show(self, value: Value) -> None:
        self.entry.show_value(str(value))

    def show_usual(self, words: str) -> None:
        super().show_usual(words)
        self.entry.show_usual(words)


def _indented(widget: QWidget) -> QHBoxLayout:
    """`widget` under the name, clear of the dots."""
    line = QHBoxLayout()
    line.setContentsMargins(MARGIN, 0, 0, 0)
    line.addWidget(widget)
    return line


def make_row(field: Field) -> Row:
    """The row that fits a parameter's kind."""
    if field.kind is bool:
        return SwitchRow(field)
    if field.kind is str:
        return ChoiceRow(field) if field.param.choices else TextRow(field)
    return NumberRow(field)
