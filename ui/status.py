"""Device, steps a second and what was asked for, frames a second, drawing time, seed; one line to heed."""

from typing import final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar

from simulator.snapshot import Failure, Snapshot
from ui.channel import Channel
from ui.poller import Pace
from ui.transport import AS_FAST_AS_POSSIBLE, speed_text

THIN = "\u2009"


def pace_text(snapshot: Snapshot | None, playing: bool, asked: float | None) -> str:
    """Steps a second, and what was asked for."""
    wish = AS_FAST_AS_POSSIBLE if asked is None else f"asked for {speed_text(asked)}"
    if snapshot is None:
        return ""
    if not playing:
        return f"paused at step {snapshot.step:,}".replace(",", THIN)
    rate = (
        f"{snapshot.steps_per_second:,.0f}".replace(",", THIN)
        if snapshot.steps_per_second >= 10
        else f"{snapshot.steps_per_second:.2g}"
    )
    return f"{rate} steps/s, {wish}"


def notice_of(news: Snapshot | Failure | None, announcement: str) -> tuple[str, bool]:
    """The one line that matters most now, and whether it is a danger."""
    if isinstance(news, Failure):
        return f"Stopped: {news.message}", True
    if news is not None:
        if news.measurement.diverged:
            words = "; ".join(news.measurement.notes) or "the simulated system has diverged"
            return f"{words[0].upper()}{words[1:]} (move the slider back, or Ctrl+Z)", True
        lines = [line for line in (news.notice, *news.measurement.notes) if line]
        if lines:
            return "; ".join(lines), bool(news.notice)
    return announcement, False


@final
class StatusBar(QStatusBar):
    """Shows; holds nothing but a message that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.notice = QLabel()
        self.notice.setObjectName("notice")
        self.notice.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notice.setMinimumWidth(10)
        self.addWidget(self.notice, 1)
        self.device, self.pace, self.frames, self.drawing, self.seed = (self._field() for _ in range(5))

    def refresh(self, channel: Channel, pace: Pace, passing: str = "") -> None:
        """Show the present state. `passing`: a line that goes before all others for a while."""
        news = channel.latest
        snapshot = news if isinstance(news, Snapshot) else None
        self.device.setText(channel.runner.device_name)
        self.device.setToolTip(channel.runner.announcement or "The device that computes")
        self.pace.setText(pace_text(snapshot, channel.playing, channel.speed))
        self.frames.setText(f"{pace.frames_per_second:.0f} frames/s")
        self.drawing.setText(f"drawing {pace.milliseconds:.1f} ms")
        self.seed.setText(f"seed {channel.seed}")
        text, danger = (passing, True) if passing else notice_of(news, channel.runner.announcement)
        self.notice.setText(text)
        self.notice.setToolTip(text)
        if self.notice.property("danger") != danger:
            self.notice.setProperty("danger", danger)
            self.notice.style().unpolish(self.notice)
            self.notice.style().polish(self.notice)

    def _field(self) -> QLabel:
        label = QLabel()
        label.setObjectName("status")
        self.addPermanentWidget(label)
        return label
