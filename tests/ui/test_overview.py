"""The overview: every experiment alive in a tile, played together; a double-click opens one whole."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from simulator.experiments import EXPERIMENTS
from simulator.runner import CREDIT_SECONDS, Runner
from simulator.snapshot import Snapshot
from tests.ui.conftest import MakeWindow
from ui.channel import Channel
from ui.window import Window
from ui.workspaces import CONTROLS, THEORY, home_of


@pytest.fixture
def overview(make_window: MakeWindow, qtbot: QtBot) -> Window:
    """The program's own window as it first opens."""
    window = make_window(*EXPERIMENTS, backend="auto")
    assert window.workspace is window.workspaces[0]
    assert window.workspace.name == "overview"
    return window


def test_everything_is_alive_in_tiles_that_play_together_and_open_whole(overview: Window, qtbot: QtBot) -> None:
    assert set(overview.workspace.experiments) == {kind.name for kind in EXPERIMENTS}
    channels = [overview.channels[name] for name in overview.workspace.experiments]
    tiles = [dock for group in overview.groups.values() for dock in group.docks if dock.in_sight]
    assert {tile.experiment for tile in tiles} == set(overview.workspace.experiments)
    assert not overview.docks[CONTROLS].isVisible()
    qtbot.waitUntil(lambda: all(isinstance(c.latest, Snapshot) and c.latest.step > 1 for c in channels), timeout=90_000)
    qtbot.waitUntil(lambda: all(tile.panel.currentIndex() == 1 for tile in tiles), timeout=30_000)
    _play_reset_and_seed_are_of_all(overview, channels)
    for name in overview.workspace.experiments:
        _a_double_click_opens(overview, qtbot, name)


def _play_reset_and_seed_are_of_all(overview: Window, channels: list[Channel]) -> None:
    overview.transport.play.click()
    assert not any(channel.playing for channel in channels)
    overview.transport.seed.committed.emit("77")
    assert {channel.seed for channel in channels} == {77}
    overview.actions_by_name["toggle"].trigger()
    assert all(channel.playing for channel in channels)
    channels[1].set_playing(False)
    overview.actions_by_name["toggle"].trigger()
    assert not any(channel.playing for channel in channels)


def _a_double_click_opens(overview: Window, qtbot: QtBot, name: str) -> None:
    overview.open_workspace(overview.workspaces[0])
    tile = next(dock for dock in overview.groups[name].docks if dock.in_sight)
    qtbot.mouseDClick(tile.bar, Qt.MouseButton.LeftButton, pos=QPoint(40, 8))
    assert overview.workspace is home_of(overview.workspaces, name)
    assert overview.workspace.experiments == (name,)
    assert overview.current is overview.channels[name]
    assert not tile.isFloating()


def test_the_menu_offers_the_panels_of_what_plays(make_window: MakeWindow) -> None:
    window = make_window(*EXPERIMENTS, start=False)

    def offered() -> list[str]:
        return [a.text() for dock in window.docks.values() if (a := dock.toggleViewAction()).isVisible()]

    everything = offered()
    assert len(everything) == len(set(everything)) == len(window.docks), "no two of the overview have one name"
    assert {"Training", "Training: loss"} < set(everything)
    window.open_workspace(home_of(window.workspaces, "training"))
    views = [dock.windowTitle() for dock in window.groups["training"].docks]
    assert offered() == [window.docks[CONTROLS].windowTitle(), window.docks[THEORY].windowTitle(), *views]


def test_experiments_take_turns_by_the_time_they_had() -> None:
    """One whose steps take long does not hold up the others."""
    runner = Runner("numba")
    for kind in EXPERIMENTS[:3]:
        runner.open(kind.name)
        runner.play(kind.name)
    channels = [runner._channels[kind.name] for kind in EXPERIMENTS[:3]]
    for channel in channels:
        channel.build(runner.backend)
    for channel in channels:
        channel.turn()
    channels[0].spent = 1000.0
    before = channels[0].simulation.step
    assert runner._take_turn(channels)
    assert channels[0].simulation.step == before
    assert min(channel.spent for channel in channels) >= 1000.0 - CREDIT_SECONDS
