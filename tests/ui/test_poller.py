"""Who is drawn when: few panels a tick, the longest ago first, and none waits behind panels with nothing new."""

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.poller import PANELS_A_TICK, Poller


class FakePanel:
    """Notes the ticks at which it was drawn; it has something new while `fresh`."""

    in_sight = True

    def __init__(self, fresh: bool = True) -> None:
        self.fresh, self.times = fresh, 0

    def draw(self, news: object) -> bool:
        self.times += self.fresh
        return self.fresh


class FakeSource:
    seen = None

    def __init__(self, panels: list[FakePanel]) -> None:
        self.panels = panels

    def note(self) -> None:
        """Nothing to keep."""

    def watch(self) -> None:
        """Nothing to tell."""


@pytest.mark.parametrize(("fresh", "ticks", "expected"), [
    ([True] * 4, 10, [5, 5, 5, 5]),
    ([True, True, False, False], 10, [10, 10, 0, 0]),
    ([True, False, True, True], 12, [8, 0, 8, 8]),
    ([True] * 6, 10, [5] * 6),
])  # fmt: skip
def test_panels_take_fair_turns(qtbot: QtBot, fresh: list[bool], ticks: int, expected: list[int]) -> None:
    owner = QObject()
    poller = Poller(owner)
    panels = [FakePanel(one) for one in fresh]
    poller.sources = [FakeSource(panels)]  # type: ignore[list-item]
    for _ in range(ticks):
        before = sum(panel.times for panel in panels)
        poller._draw()
        assert sum(panel.times for panel in panels) - before <= max(PANELS_A_TICK, len(panels) // 2)
    assert [panel.times for panel in panels] == expected
