"""The time by which pictures are paced: that of the wall, or in a recording that of the video.

What is dear is measured now and then, and what is refined beside a run gets some milliseconds at a time. Both ask
`now()`, so that a recording, which runs under a `VirtualClock`, shows the same pictures however slow the machine is.
"""

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final, Protocol, final

READING_SECONDS: Final = 0.001
"""What asking a virtual clock costs, so that work for some milliseconds is a fixed number of rounds."""


class Clock(Protocol):
    """Tells seconds from some beginning."""

    def now(self) -> float:
        """Seconds."""

    def rest(self, seconds: float) -> None:
        """Let so much time pass without work."""


@final
class WallClock:
    """Real time."""

    def now(self) -> float:
        return time.perf_counter()

    def rest(self, seconds: float) -> None:
        if seconds > 0.0:
            time.sleep(seconds)


@final
class VirtualClock:
    """Time that passes only where it is told to, and a little with each reading. Never goes back."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def move_to(self, seconds: float) -> None:
        """It is now so late, or already later."""
        self._now = max(self._now, seconds)

    def now(self) -> float:
        self._now += READING_SECONDS
        return self._now

    def rest(self, seconds: float) -> None:
        self._now += max(seconds, 0.0)


_CLOCK: ContextVar[Clock] = ContextVar("clock", default=WallClock())  # noqa: B039  (it holds no state)


def now() -> float:
    """Seconds by the clock of this thread."""
    return _CLOCK.get().now()


def rest(seconds: float) -> None:
    """Let so much time pass by the clock of this thread."""
    _CLOCK.get().rest(seconds)


@contextlib.contextmanager
def running_on(clock: Clock) -> Iterator[None]:
    """Within, and in this thread alone, time is what `clock` says."""
    token = _CLOCK.set(clock)
    try:
        yield
    finally:
        _CLOCK.reset(token)
