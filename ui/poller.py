"""Sixty times a second: the newest snapshot of every panel in sight, drawn if it is new, and what that costs."""

import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Protocol, final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from simulator.snapshot import Failure, Snapshot

TICK_MS = 12
PANELS_A_TICK = 2
"""With more panels in sight than this that have something new they take turns, so that no single repaint holds up the
window; one with nothing new takes no turn."""
MAX_TURNS = 2
"""Every panel is drawn at least every second tick: 30 times a second."""
SHOWN = 24
"""So many pictures are remembered, so that one whose panels take turns is one frame."""
SLOW_MS = 200
WINDOW_SECONDS = 1.0


class Panel(Protocol):
    """What the poller draws into."""

    @property
    def in_sight(self) -> bool:
        """Whether any of it can be seen."""

    def draw(self, news: Snapshot | Failure | None) -> bool:
        """Draw `news` if it has not been drawn yet; whether anything was drawn."""


class Source(Protocol):
    """An experiment with its panels."""

    @property
    def panels(self) -> Sequence[Panel]:
        """Where it is drawn."""

    @property
    def seen(self) -> Snapshot | Failure | None:
        """What is to be drawn."""

    def note(self) -> None:
        """Keep the newest published, so that the user may step back to it."""

    def watch(self) -> None:
        """Tell the runner which figures are in sight."""


@final
class Pace:
    """Frames a second and milliseconds a frame, over the last second."""

    def __init__(self) -> None:
        self._frames: deque[float] = deque(maxlen=200)
        self._costs: deque[tuple[float, float]] = deque(maxlen=600)

    def frame(self) -> None:
        """Note that a picture of something new was drawn."""
        self._frames.append(time.perf_counter())

    def spend(self, seconds: float) -> None:
        """Note time spent on drawing: preparing pictures, or painting them."""
        self._costs.append((time.perf_counter(), seconds))

    @property
    def frames_per_second(self) -> float:
        """Pictures a second, 0 when nothing changes."""
        now = time.perf_counter()
        recent = [at for at in self._frames if now - at < WINDOW_SECONDS]
        return (len(recent) - 1) / max(recent[-1] - recent[0], 1e-3) if len(recent) > 1 else 0.0

    @property
    def milliseconds(self) -> float:
        """Drawing time of one frame."""
        now = time.perf_counter()
        spent = sum(cost for at, cost in self._costs if now - at < WINDOW_SECONDS)
        frames = sum(now - at < WINDOW_SECONDS for at in self._frames)
        return 1e3 * spent / frames if frames else 0.0


@final
class Poller(QObject):
    """Draws, and tells the runner what is in sight. Owns no state of the simulation."""

    slow_tick = Signal()
    """A few times a second, for numbers that are read rather than watched."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.pace = Pace()
        self.sources: Sequence[Source] = ()
        self._drawings = 0
        self._drawn_at: dict[int, int] = {}
        self._shown: deque[Snapshot | Failure | None] = deque(maxlen=SHOWN)
        self._fast = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._fast.timeout.connect(self._draw)
        self._slow = QTimer(self, interval=SLOW_MS)
        self._slow.timeout.connect(self._look_around)

    def start(self) -> None:
        """Begin to draw."""
        self._fast.start()
        self._slow.start()

    def stop(self) -> None:
        """Draw no more."""
        self._fast.stop()
        self._slow.stop()

    def draw_now(self) -> bool:
        """Draw every panel that is behind, without waiting for its turn; whether any was."""
        pairs = [(source, panel) for source in self.sources for panel in source.panels if panel.in_sight]
        return any([_drawn(panel, source) for source, panel in pairs])

    def _draw(self) -> None:
        began = time.perf_counter()
        for source in self.sources:
            source.note()
        pairs = [(s, panel) for s in self.sources for panel in s.panels if panel.in_sight]
        most = max(PANELS_A_TICK, -(-len(pairs) // MAX_TURNS))
        news: list[Snapshot | Failure | None] = []
        # The one that was drawn the longest ago comes first.
        for source, panel in sorted(pairs, key=lambda pair: self._drawn_at.get(id(pair[1]), 0)):
            if len(news) == most:
                break
            if _drawn(panel, source):
                self._drawings += 1
                self._drawn_at[id(panel)] = self._drawings
                news.append(source.seen)
        if news:
            self.pace.spend(time.perf_counter() - began)
            if any(all(each is not old for old in self._shown) for each in news):
                self.pace.frame()
            self._shown.extend(news)

    def _look_around(self) -> None:
        for source in self.sources:
            source.watch()
        self.slow_tick.emit()


def _drawn(panel: Panel, source: Source) -> bool:
    """Draw one panel; a fault in it is reported and leaves the other panels alone."""
    try:
        return panel.draw(source.seen)
    except Exception:
        sys.excepthook(*sys.exc_info())
        return False
