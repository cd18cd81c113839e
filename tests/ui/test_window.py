"""The window: workspaces, layout, theme, presentation, status, close."""

import os
import signal
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from simulator.backends.base import NoDeviceError
from simulator.runner import Runner
from simulator.snapshot import Failure
from tests.ui.conftest import MakeWindow
from tests.ui.helpers import draw_frames, settle
from tests.ui.toy import Toy
from ui.faults import close_on_signals
from ui.menus import menu_named
from ui.preferences import LAYOUT_VERSION, Preferences
from ui.status import notice_of
from ui.theme import DARK, LIGHT
from ui.window import Window
from ui.workspaces import CONTROLS, LANDSCAPE, THEORY, WORKSPACES, leaves


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080)], ids=str)
def test_every_panel_is_in_sight_and_none_is_squeezed(
    make_window: MakeWindow, toy: type[Toy], size: tuple[int, int]
) -> None:
    window = make_window(toy, size=size)
    assert (window.width(), window.height()) == size
    for dock in window.docks.values():
        assert dock.in_sight and dock.width() >= 200 and dock.height() >= 100, dock.objectName()
    assert window.docks[CONTROLS].width() < 0.25 * size[0]
    assert window.docks["toy.waves"].width() > 0.35 * size[0]


def test_it_opens_playing(window: Window, qtbot: QtBot) -> None:
    first = settle(qtbot, window).step
    draw_frames(qtbot, window, 3)
    assert settle(qtbot, window).step > first


def test_the_named_workspaces_show_every_view_of_their_experiments() -> None:
    from simulator.experiments import EXPERIMENTS

    views = {f"{kind.name}.{view.name}" for kind in EXPERIMENTS for view in kind.views}
    assert set(leaves(LANDSCAPE)) <= views | {THEORY}
    assert {f"landscape.{v.name}" for k in EXPERIMENTS if k.name == "landscape" for v in k.views} <= set(
        leaves(LANDSCAPE)
    )
    assert len({w.name for w in WORKSPACES}) == len(WORKSPACES)


def test_layout_theme_and_speed_survive_a_restart(make_window: MakeWindow, toy: type[Toy], qtbot: QtBot) -> None:
    first = make_window(toy)
    first.docks["toy.bars"].close()
    first.docks["toy.waves"].setFloating(True)
    first.choose_theme("light")
    first.current.set_speed(200.0)
    first.close()
    second = make_window(toy)
    assert second.docks["toy.bars"].isHidden()
    assert second.docks["toy.waves"].isFloating()
    assert second.theme == LIGHT
    assert second.current.speed == 200.0
    assert "200 steps/s" in second.transport.speed.currentText()
    second.restore_layout()
    assert not second.docks["toy.bars"].isHidden() and not second.docks["toy.waves"].isFloating()


def test_nonsense_in_the_preferences_is_as_good_as_none(
    make_window: MakeWindow, toy: type[Toy], tmp_path: Path
) -> None:
    (tmp_path / "window.ini").write_text(
        f"[General]\ntheme=purple\nworkspace=nowhere\n[speed]\ntoy=fast\n[layout{LAYOUT_VERSION}]\ntoy=@ByteArray(rubbish)\n"
        "toy.placed=theory toy.waves\n"
    )
    window = make_window(toy)
    assert window.theme in (DARK, LIGHT)
    assert window.current.speed is None
    assert window.docks["toy.waves"].in_sight


def test_only_what_is_in_sight_is_asked_for(window: Window, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: set(settle(qtbot, window).measurement.figures) == {"waves", "image", "histogram", "bars"})
    window.docks["toy.both"].close()
    window.tabifyDockWidget(window.docks["toy.waves"], window.docks["toy.bars"])
    window.docks["toy.bars"].raise_()
    qtbot.waitUntil(lambda: set(settle(qtbot, window).measurement.figures) == {"bars"})
    window.groups["toy"].docks[2].panel.choose("waves")
    qtbot.waitUntil(lambda: set(settle(qtbot, window).measurement.figures) == {"waves"})


def test_presentation_has_large_type_and_thick_lines(window: Window) -> None:
    before = window.docks["toy.waves"].bar.fontMetrics().height()
    window.toggle_presentation()
    assert window.isFullScreen() and window.theme.presentation
    assert window.fontMetrics().height() > 1.3 * before
    window.toggle_presentation()
    assert not window.isFullScreen() and not window.theme.presentation


def test_a_window_closed_while_presenting_comes_back_as_it_was_before(
    make_window: MakeWindow, toy: type[Toy], qtbot: QtBot
) -> None:
    first = make_window(toy, start=False)
    first.toggle_presentation()
    qtbot.waitUntil(first.isFullScreen)
    first.close()
    again = make_window(toy, start=False)
    geometry = again.preferences.state("geometry")
    assert geometry is not None and again.restoreGeometry(geometry)
    assert not again.isFullScreen() and again.height() == 720
    again.showFullScreen()  # as a window manager may do
    again.toggle_presentation()
    assert again.isFullScreen() and again.theme.presentation


def test_panels_are_as_they_were_after_presentation(window: Window, qtbot: QtBot) -> None:
    before = {name: dock.width() for name, dock in window.docks.items() if dock.isVisible()}
    window.toggle_presentation()
    qtbot.wait(50)
    window.toggle_presentation()
    qtbot.waitUntil(lambda: {name: window.docks[name].width() for name in before} == before)


def test_the_controls_can_be_hidden(window: Window) -> None:
    window.toggle_controls()
    assert window.docks[CONTROLS].isHidden() and window.bar.isHidden()
    window.toggle_controls()
    assert not window.docks[CONTROLS].isHidden() and not window.bar.isHidden()
    window.docks[CONTROLS].hide()
    window.toggle_controls()
    window.toggle_controls()
    assert window.docks[CONTROLS].isHidden() and not window.bar.isHidden(), "what was hidden before stays so"


def test_the_status_bar_says_what_runs_where_and_how_fast(window: Window, qtbot: QtBot) -> None:
    window.current.set_speed(100.0)
    qtbot.waitUntil(lambda: "asked for 100 steps/s" in window.status.pace.text())
    assert window.status.device.text().startswith("numba")
    assert window.status.seed.text() == "seed 1"
    assert "frames/s" in window.status.frames.text() and "ms" in window.status.drawing.text()
    qtbot.waitUntil(lambda: not window.status.frames.text().startswith("0 "))
    window.current.set_playing(False)
    qtbot.waitUntil(lambda: "paused at step" in window.status.pace.text())


def test_a_divergence_is_labelled_with_the_way_back(window: Window, qtbot: QtBot) -> None:
    window.current.edit("rate", 9.5, True)
    qtbot.waitUntil(lambda: "iverged" in window.status.notice.text())
    assert window.status.notice.property("danger") is True
    assert "move the slider back" in window.status.notice.text()
    window.current.undo()
    qtbot.waitUntil(lambda: "iverged" not in window.status.notice.text())
    assert window.status.notice.property("danger") is False


def test_a_fallback_is_announced_with_its_reason(window: Window, qtbot: QtBot) -> None:
    window.runner.announcement = "running on numba, because OpenCL cannot be used: no platform"
    qtbot.waitUntil(lambda: "no platform" in window.status.notice.text())


def test_closing_in_mid_run_joins_the_thread(window: Window) -> None:
    assert window.current.playing
    window.close()
    assert window.closed_cleanly


@pytest.mark.skipif(sys.platform == "win32", reason="no signals between processes there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_a_signal_closes_it_in_good_order(
    window: Window, qtbot: QtBot, qapp: QApplication, number: signal.Signals
) -> None:
    """Not where it comes, which may be in the middle of painting or of making the window, but from the event loop."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        close_on_signals(qapp)
        os.kill(os.getpid(), number)
        assert window.isVisible()
        qtbot.waitUntil(window.isHidden)
        assert window.closed_cleanly
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_where_no_device_can_be_used_it_says_so_in_the_panel(
    make_window: MakeWindow, toy: type[Toy], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NoDeviceError("no OpenCL device can be used")

    monkeypatch.setattr("simulator.backends.registry.choose", refuse)
    window = make_window(toy)
    assert isinstance(window.current.latest, Failure)
    panel = window.groups["toy"].docks[0].panel
    qtbot.waitUntil(lambda: panel.currentIndex() == 2)
    assert "no OpenCL device can be used" in panel.failure.message.text()
    assert notice_of(window.current.latest, "")[1]


def test_preferences_keep_what_they_are_given(tmp_path: Path) -> None:
    first = Preferences(tmp_path / "a.ini")
    first.theme, first.workspace = "light", "landscape"
    first.set_speed("x", 5.0)
    first.set_speed("y", None)
    first.save()
    second = Preferences(tmp_path / "a.ini")
    assert (second.theme, second.workspace, second.speed("x"), second.speed("y")) == ("light", "landscape", 5.0, None)
    assert second.state("nothing") is None


def test_while_kernels_are_built_the_panels_say_so(
    make_window: MakeWindow, toy: type[Toy], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(toy, start=False)
    window.poller.draw_now()
    panel = window.groups["toy"].docks[0].panel
    assert panel.currentIndex() == 0 and "device" in panel.waiting.text
    monkeypatch.setattr(Runner, "device_name", property(lambda _: "opencl: a processor"))
    window.poller.draw_now()
    assert panel.waiting.text == "Building kernels for a processor: first start only"


def test_in_presentation_the_parameters_make_way_where_there_is_no_room(window: Window) -> None:
    before = window.docks["toy.waves"].size()
    window.toggle_presentation()
    narrow = window.width() < 1600
    assert window.docks[CONTROLS].isHidden() == narrow
    window.toggle_presentation()
    assert not window.docks[CONTROLS].isHidden()
    assert abs(window.docks["toy.waves"].size().width() - before.width()) < 30


def test_no_row_of_the_parameters_is_cut_off(window: Window) -> None:
    panel = window.controls["toy"]
    for row in (row for row in panel.rows.values() if row.isVisible()):
        assert row.mapTo(panel, row.rect().topRight()).x() <= panel.viewport().width()


def test_closed_panels_come_back_from_the_menu(window: Window) -> None:
    dock = window.docks["toy.waves"]
    dock.close()
    assert not dock.in_sight
    dock.toggleViewAction().trigger()
    assert dock.in_sight


def test_the_view_menu_gives_the_names_of_the_command_line(window: Window) -> None:
    menu = menu_named(window, "View")
    entry = next(action for action in menu.actions() if action.text() == window.workspaces[0].title)
    assert menu.toolTipsVisible() and "shot toy<" in entry.toolTip() and "<code>toy</code>" in entry.toolTip()
