"""Device, steps a second and what was asked for, frames a second, drawing time, seed; one line to heed."""

import math
from typing import final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton

from simulator import clock
from simulator.snapshot import Failure, Snapshot
from ui.channel import Channel
from ui.poller import Pace
from ui.transport import AS_FAST_AS_POSSIBLE, speed_text

THIN = "\u2009"
MARGIN = 12
"""Beside each field, pixels."""
PASSING_SECONDS = 6.0


def pace_text(snapshot: Snapshot | None, playing: bool, asked: float | None, past: tuple[int, int] = (0, 0)) -> str:
    """Steps a second, and what was asked for. past: how many pictures back, of how many."""
    wish = AS_FAST_AS_POSSIBLE if asked is None else f"asked for {speed_text(asked)}"
    if snapshot is None:
        return ""
    back, most = past
    if back:
        return f"step {snapshot.step:,}: {back} of {most} pictures back".replace(",", THIN)
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
class Line(QLabel):
    """One line of text, with an ellipsis where it is cut, and whole in the tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setMinimumWidth(10)

    @property
    def needs(self) -> int:
        """Width of the whole text, pixels."""
        return self.fontMetrics().horizontalAdvance(self.text())

    def say(self, text: str) -> None:
        """Show `text`."""
        self.setText(text)
        self.setToolTip(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        room = self.contentsRect()
        if self.needs <= room.width():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


@final
class StatusBar(QStatusBar):
    """Shows; holds nothing but a message that passes, or is sent away."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.notice = Line()
        self.notice.setObjectName("notice")
        self.addWidget(self.notice, 1)
        self.away = QToolButton()
        self.away.setText("✕")
        self.away.setObjectName("away")
        self.away.setToolTip("Send this line away (Esc)")
        self.away.setAccessibleName("Send this line away")
        self.away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.away.hide()
        self.addWidget(self.away)
        self._passing, self._until = "", 0.0
        self.device, self.pace, self.frames, self.drawing, self.seed = (self._field() for _ in range(5))
        self._left_out: tuple[QLabel, ...] = ()

    def leave_out_costs(self) -> None:
        """Say nothing of the time that drawing takes: in a video it is not that of the machine that plays it."""
        self._left_out = (self.frames, self.drawing)

    def say(self, text: str, stays: bool = False) -> None:
        """From the next `refresh` on, put one line before all others for a while; stays: until `done` or `dismiss`."""
        self._passing, self._until = text, math.inf if stays else clock.now() + PASSING_SECONDS

    def done(self) -> None:
        """What was asked for has been done: a line that stays says nothing of it."""
        if math.isinf(self._until):
            self._until = 0.0

    def dismiss(self) -> None:
        """Send away what was said."""
        self._until = 0.0

    def refresh(self, channel: Channel, pace: Pace, urgent: str = "") -> None:
        """Show the present state. `urgent`: a line that goes before all others."""
        news = channel.seen
        passing = urgent or (self._passing if self._until and clock.now() < self._until else "")
        snapshot = news if isinstance(news, Snapshot) else None
        self.device.setText(channel.runner.device_name)
        self.device.setToolTip(channel.runner.announcement or "The device that computes")
        self.pace.setText(pace_text(snapshot, channel.playing, channel.speed, channel.recent.place))
        self.frames.setText(f"{pace.frames_per_second:.0f} frames/s")
        self.drawing.setText(f"drawing {pace.milliseconds:.1f} ms")
        self.seed.setText(f"seed {channel.seed}")
        text, danger = (passing, True) if passing else notice_of(news, channel.runner.announcement)
        self.notice.say(text)
        self.away.setVisible(bool(passing and not urgent))
        self._make_room(danger)
        self._settle()
        if self.notice.property("danger") != danger:
            self.notice.setProperty("danger", danger)
            self.notice.style().unpolish(self.notice)
            self.notice.style().polish(self.notice)

    def _make_room(self, urgent: bool) -> None:
        """Numbers that are read at leisure step aside where an urgent line would be cut, the least needed first."""
        used = self.notice.needs + MARGIN + (0 if self.away.isHidden() else self.away.sizeHint().width() + MARGIN)
        for field in (self.device, self.pace, self.seed, self.frames, self.drawing):
            used += field.sizeHint().width() + MARGIN
            field.setVisible(field not in self._left_out and (not urgent or used <= self.width()))

    def _settle(self) -> None:
        """Give every field the room that its text needs now, not when Qt comes to it: pictures are taken meanwhile."""
        layout = self.layout()
        if layout is not None:
            layout.activate()

    def _field(self) -> QLabel:
        label = QLabel()
        label.setObjectName("status")
        self.addPermanentWidget(label)
        return label
