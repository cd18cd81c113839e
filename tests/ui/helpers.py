"""Small steps that many tests take."""

import sys
import threading
import traceback
from typing import Any

from pytestqt.qtbot import QtBot

from simulator.channel import Channel as SimulatedChannel
from simulator.figures import Figure
from simulator.snapshot import Failure, Snapshot
from ui.editors import NumberRow, Row, TextRow
from ui.fields import Entry
from ui.theme import DARK, Theme
from ui.views import make_view
from ui.window import Window


def shown(qtbot: QtBot, figure: Figure, size: tuple[int, int] = (640, 400), theme: Theme = DARK) -> Any:
    """A view of `figure` in a shown window, of the class that shows such figures."""
    view = make_view(figure, theme)
    qtbot.addWidget(view)
    view.resize(*size)
    with qtbot.waitExposed(view):
        view.show()
    qtbot.wait(20)  # the heading finds its room first
    return view


def snapshot(window: Window) -> Snapshot:
    """The newest snapshot, which must be one."""
    news = window.current.latest
    assert isinstance(news, Snapshot)
    return news


def settle(qtbot: QtBot, window: Window) -> Snapshot:
    """Wait until the run has taken all that has been asked for so far, and shows the window's parameters and seed.

    A run that begins anew as it was has these before it begins, too: what counts is published after all was served.
    """
    channel, old = window.current, _slot_when_served(window)

    def agreed() -> bool:
        news = channel.latest
        assert not isinstance(news, Failure), news.traceback
        return (
            bool(old)
            and isinstance(news, Snapshot)
            and news is not old[0]
            and news.params == channel.params
            and news.seed == channel.seed
            and news.playing == channel.playing
        )

    try:
        qtbot.waitUntil(agreed, timeout=150_000)  # kernels may have to be built
    except qtbot.TimeoutError as error:
        news = snapshot(window)
        asked = (channel.params, channel.seed, channel.playing)
        got = (news.params, news.seed, news.playing)
        raise AssertionError(f"asked for {asked}, got {got}: {news.notice!r}\n{where_it_is()}") from error
    return snapshot(window)


def _slot_when_served(window: Window) -> list[Snapshot | Failure | None]:
    """Holds what is published at the moment when the simulation thread has served all requests made before."""
    slot: list[Snapshot | Failure | None] = []

    def look(channel: SimulatedChannel) -> None:
        slot.append(channel.slot)

    window.runner._set(window.current.name, look)  # and a snapshot is published after it
    return slot


def where_it_is() -> str:
    """What the simulation thread is doing at this moment."""
    frames = sys._current_frames()
    threads = [each for each in threading.enumerate() if each.name == "simulation" and each.ident in frames]
    return "\n".join("".join(traceback.format_stack(frames[each.ident or 0])) for each in threads) or "no thread"


def draw_frames(qtbot: QtBot, window: Window, frames: int, timeout: int = 60_000) -> None:
    """Wait until so many new pictures of the first panel have been drawn."""
    dock = window.groups[window.current.name].docks[0]
    seen: set[int] = set()
    kept: list[object] = []

    def enough() -> bool:
        if id(dock.drawn) not in seen:
            seen.add(id(dock.drawn))
            kept.append(dock.drawn)  # so that no id is used twice
        return len(seen) > frames

    qtbot.waitUntil(enough, timeout=timeout)


def entry_of(row: Row) -> Entry:
    """The field of a row that has one."""
    assert isinstance(row, NumberRow | TextRow)
    return row.entry
