"""Play, pause, step, reset, new seed, speed and device: the bar above the panels."""

from collections.abc import Callable
from typing import final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from simulator.backends.base import DeviceInfo
from simulator.commands.shell import MAX_SEED
from ui.channel import SPEEDS
from ui.fields import Choice, Entry, give_focus_back
from ui.icons import icon
from ui.theme import Theme
from ui.together import Run

AS_FAST_AS_POSSIBLE = "as fast as it goes"


def speed_text(steps_per_second: float | None) -> str:
    """A speed in words."""
    return (
        AS_FAST_AS_POSSIBLE if steps_per_second is None else f"{steps_per_second:,.6g} steps/s".replace(",", "\u2009")
    )


def parse_speed(text: str) -> float | None:
    """Steps a second from text; None for no limit. Raises ValueError with one line for anything else."""
    words = text.replace("steps/s", "").replace("\u2009", "").replace(",", "").strip()
    if words in ("", "max", AS_FAST_AS_POSSIBLE):
        return None
    try:
        speed = float(words)
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 1e9:
        raise ValueError(f"a speed is a number of steps a second from 0.01 to 1e9, or 'max'; not {text!r}")
    return speed


@final
class Transport(QWidget):
    """The controls of the run. Shows the channel's state; the channel acts."""

    device_chosen = Signal(str)
    record_asked = Signal()
    refused = Signal(str)
    """One line: what was typed here and why it is not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("transport")
        self._channel: Run | None = None
        self._shown: tuple[object, ...] = ()
        self._colour = "#888888"
        self._device = ""
        self.play = self._button("play", "Play", "Play or pause (Space)")
        self.play.setObjectName("play")
        self.back = self._button("back", "", "Step back through the last pictures (Left)")
        self.step = self._button("step", "", "One step (Right)")
        self.reset = self._button("reset", "", "Reset: begin anew from the same seed; a paused run stays paused (R)")
        self.dice = self._button("dice", "", "New seed: begin anew from another one (Shift+R)")
        self.record = self._button("record", "", "Record a video of the window, or stop recording (Ctrl+R)")
        self.record.setObjectName("record")
        self.seed = Entry(10)
        self.seed.setToolTip(
            "Fixes everything random: the same seed on the same device gives the same run.\nType one to get it back."
        )
        self.seed.setAccessibleName("Seed")
        self.slower = self._button("minus", "", "Slower (-)")
        self.faster = self._button("plus", "", "Faster (+)")
        self.speed = Choice()
        self.speed_text = QLineEdit()
        self.speed.setEditable(True)
        self.speed.setLineEdit(self.speed_text)
        self.speed.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.speed.addItems([speed_text(speed) for speed in reversed(SPEEDS)])
        self.speed.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.speed_text.returnPressed.connect(lambda: give_focus_back(self.speed))
        self.speed.setToolTip("How many steps a second at most (+ and -); type any number, or 'max'")
        self.speed.setAccessibleName("Speed")
        self.device = Choice()
        self.device.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.device.setMinimumWidth(120)
        self.device.setToolTip("Where the simulation runs. Changing it moves the run there and begins it anew.")
        self.device.setAccessibleName("Device")
        self.device.activated.connect(self._choose_device)
        self._lay_out()
        self._connect()

    def set_channel(self, channel: Run) -> None:
        """Act on this experiment, or these, from now on."""
        if self._channel is not None:
            self._channel.changed.disconnect(self._follow)
        self._channel = channel
        channel.changed.connect(self._follow)
        self.refresh()

    def refresh(self) -> None:
        """Show the channel's state. Must not change it."""
        channel = self._channel
        if channel is None:
            return
        self._shown = (channel.playing, channel.seed, channel.speed)
        self.play.setIcon(icon("pause" if channel.playing else "play", self._colour))
        self.play.setText("Pause" if channel.playing else "Play")
        self.seed.show_value(str(channel.seed))
        self.speed.setEditText(speed_text(channel.speed))
        self.speed_text.setCursorPosition(0)

    def _follow(self) -> None:
        """Most changes are of parameters, sixty times a second while one is dragged: nothing to show here."""
        channel = self._channel
        if channel is not None and (channel.playing, channel.seed, channel.speed) != self._shown:
            self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the text's colour and size."""
        colour = self._colour = theme.text
        for button in (self.play, self.back, self.step, self.reset, self.dice, self.slower, self.faster):
            button.setIconSize(QSize(theme.pixels("body") + 1, theme.pixels("body") + 1))
            button.setIcon(icon(str(button.property("icon_name")), colour))
        self.record.setIconSize(QSize(theme.pixels("body") + 1, theme.pixels("body") + 1))
        self.record.setIcon(icon("record", theme.danger))
        for choice in (self.speed, self.device):
            choice.set_colour(colour)
        self.refresh()

    def show_device(self, current: str, list_devices: Callable[[], list[DeviceInfo]]) -> None:
        """Show which device computes; the list is asked for when that changes. Those that cannot be used say why."""
        if current == self._device or self.device.view().isVisible():
            return
        self._device = current
        self.device.clear()
        for row, info in enumerate(list_devices()):
            text = info.name if info.backend in info.name else f"{info.name} ({info.backend})"
            tip = info.refused or f"{info.platform}, {info.compute_units} compute units, {info.memory / 2**30:.0f} GiB"
            self.device.addItem(text, info.key)
            self.device.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
            if info.refused:
                self.device.setItemData(row, 0, Qt.ItemDataRole.UserRole - 1)  # not selectable
            if f"{info.backend}: {info.name}" == current:
                self.device.setCurrentIndex(row)

    def show_recording(self, elapsed: str) -> None:
        """How long a video has been recorded, beside the red dot; "" for none."""
        self.record.setText(elapsed)
        beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        self.record.setToolButtonStyle(beside if elapsed else alone)

    def _choose_device(self, row: int) -> None:
        self._device = ""  # whatever device it will be, show it afresh
        self.device_chosen.emit(self.device.itemData(row))

    def _typed_speed(self, text: str) -> None:
        assert self._channel is not None
        try:
            self._channel.set_speed(parse_speed(text))
        except ValueError as error:
            self.refused.emit(str(error))
        self.refresh()

    def _finish_speed(self) -> None:
        if self.speed_text.isModified():
            self.speed_text.setModified(False)
            self._typed_speed(self.speed_text.text())

    def _typed_seed(self, text: str) -> None:
        assert self._channel is not None
        try:
            seed = int(text)
            if not 0 <= seed <= MAX_SEED:
                raise ValueError
        except ValueError:
            self.refused.emit(f"seed = {text!r} is not allowed: a whole number from 0 to {MAX_SEED}")
            self.refresh()
            return
        self._channel.reseed(seed)

    def _connect(self) -> None:
        actions = {
            self.play: "toggle",
            self.back: "step_back",
            self.step: "single_step",
            self.reset: "reset",
            self.dice: "reseed",
            self.slower: "slower",
            self.faster: "faster",
        }
        for button, method in actions.items():
            button.clicked.connect(lambda _, method=method: self._channel is None or getattr(self._channel, method)())
        self.record.clicked.connect(self.record_asked)
        self.seed.committed.connect(self._typed_seed)
        self.speed.activated.connect(lambda _: self._typed_speed(self.speed.currentText()))
        self.speed_text.editingFinished.connect(self._finish_speed)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.play, self.back, self.step, self.reset):
            layout.addWidget(widget)
        layout.addSpacing(14)
        layout.addWidget(_caption("Seed"))
        layout.addWidget(self.seed)
        layout.addWidget(self.dice)
        layout.addSpacing(14)
        layout.addWidget(_caption("Speed"))
        layout.addWidget(self.slower)
        layout.addWidget(self.speed)
        layout.addWidget(self.faster)
        layout.addSpacing(14)
        layout.addWidget(self.record)
        layout.addStretch(1)
        layout.addWidget(_caption("Device"))
        layout.addWidget(self.device)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("icon_name", name)
        button.setText(text)
        if text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("caption")
    return label
