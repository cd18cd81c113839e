"""The last pictures of a run, to step back through."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final, final

import numpy as np

from simulator import clock
from simulator.figures import Surface
from simulator.snapshot import Failure, Snapshot

BETWEEN: Final = 0.1
"""Seconds. While a run plays, what comes sooner after the picture kept last is not kept."""
MOST: Final = 600
MOST_BYTES: Final = 64 * 2**20
"""Pictures that are kept of one experiment, and bytes of their arrays. The oldest go first."""


def weight(value: Any) -> int:
    """Bytes of all arrays in a value, however deep."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, Mapping):
        return sum(map(weight, value.values()))
    if isinstance(value, tuple):
        return sum(map(weight, value))
    return sum(weight(getattr(value, each.name)) for each in fields(value)) if is_dataclass(value) else 0


def _belongs(snapshot: Snapshot) -> tuple[object, ...]:
    """What all pictures that one steps through have in common: their run, and which figures they show."""
    figures = snapshot.measurement.figures
    drawn = [name for name, figure in figures.items() if isinstance(figure, Surface) and figure.pixels is not None]
    return snapshot.generation, frozenset(figures), frozenset(drawn)


@final
class Recent:
    """What was to be seen of one run of late, and which of it is seen again.

    A run that begins anew has no past, nor has one of which other figures are seen than before.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: list[Snapshot] = []
        self._bytes: list[int] = []
        self._present: Snapshot | Failure | None = None
        self._kept_at = -math.inf
        self._at: int | None = None

    @property
    def seen(self) -> Snapshot | None:
        """The picture that has been stepped back to; None for the present."""
        return None if self._at is None else self._kept[self._at]

    @property
    def place(self) -> tuple[int, int]:
        """How many pictures back, of how many."""
        return 0 if self._at is None else self._now - self._at, self._now

    def note(self, news: Snapshot | Failure | None) -> None:
        """Take the newest. It is not kept while an older one is looked at: what was stepped through stays as it is.

        A run that is built afresh after a failure, or on another device, counts its generations anew: no past either.
        """
        if news is self._present:
            return
        before = self._present
        if isinstance(news, Failure) and isinstance(before, Snapshot) and self._at is None:
            self._keep(before)
        afresh = news is None or (isinstance(news, Snapshot) and isinstance(before, Failure))
        if afresh or (isinstance(news, Snapshot) and self._kept and _belongs(news) != _belongs(self._kept[-1])):
            self.forget()
        self._present = news
        if self._at is not None or not isinstance(news, Snapshot) or not news.measurement.figures:
            return
        if self._shows_present or not news.playing or clock.now() - self._kept_at >= BETWEEN:
            self._keep(news)

    def step_back(self) -> bool:
        """See the picture before the one that is seen; whether there is one."""
        if self._at is None and isinstance(self._present, Snapshot):
            self._keep(self._present)
        at = (self._now if self._at is None else self._at) - 1
        if at < 0:
            return False
        self._at = at
        return True

    def step_forward(self) -> bool:
        """See the picture after the one that is seen; False in the present."""
        if self._at is None:
            return False
        self._at = self._at + 1 if self._at + 1 < self._now else None
        return True

    def leave(self) -> None:
        """See the present."""
        self._at = None

    def forget(self) -> None:
        """Keep nothing of what was."""
        self._kept, self._bytes, self._present = [], [], None
        self._kept_at, self._at = -math.inf, None

    @property
    def last(self) -> Snapshot | None:
        """The last picture that was kept, which is what was seen before a failure."""
        return self._kept[-1] if self._kept else None

    @property
    def _now(self) -> int:
        """The place of the present, which comes after the last picture where that is not of it; a failure has none."""
        return len(self._kept) - self._shows_present

    @property
    def _shows_present(self) -> bool:
        """Whether the last picture is of the present state: of other pictures of it, or one with a theory that has come
        since, it is the place."""
        last, present = self._kept[-1:], self._present
        return bool(last) and isinstance(present, Snapshot) and last[0].step == present.step

    def _keep(self, snapshot: Snapshot) -> None:
        if self._shows_present:
            self._drop(-1)
        else:
            self._kept_at = clock.now()
        self._kept.append(snapshot)
        self._bytes.append(weight(snapshot.measurement))
        while len(self._kept) > 1 and (len(self._kept) > MOST or sum(self._bytes) > self._most_bytes):
            self._drop(0)

    def _drop(self, place: int) -> None:
        del self._kept[place], self._bytes[place]
