"""What goes wrong is shown where it belongs, with its details and the way out."""

import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from simulator.snapshot import Failure, Snapshot
from tests.ui.helpers import draw_frames, settle
from ui.faults import show_faults
from ui.messages import FailureNotice, details
from ui.window import Window


def failed(qtbot: QtBot, window: Window) -> FailureNotice:
    window.current.edit("fault", "step", True)
    panel = window.groups["toy"].docks[0].panel
    qtbot.waitUntil(lambda: panel.currentIndex() == 2)
    return panel.failure


def test_a_failure_is_shown_with_details_to_copy_and_a_way_back(window: Window, qtbot: QtBot) -> None:
    notice = failed(qtbot, window)
    assert "cannot step" in notice.message.text()
    assert notice.text.isHidden()
    notice.unfold.click()
    assert not notice.text.isHidden()
    notice.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "Traceback" in copied and "fault = step" in copied
    window.refresh()
    assert window.status.notice.property("danger") is True
    window.current.edit("fault", "none", True)
    qtbot.waitUntil(lambda: window.groups["toy"].docks[0].panel.currentIndex() == 1)
    draw_frames(qtbot, window, 3)


def test_reset_tries_again(window: Window, qtbot: QtBot) -> None:
    notice = failed(qtbot, window)
    before = window.current.latest
    notice.again.click()
    qtbot.waitUntil(lambda: window.current.latest is not before)


def test_a_run_that_cannot_begin(window: Window, qtbot: QtBot) -> None:
    window.current.edit("fault", "init", True)
    qtbot.waitUntil(lambda: isinstance(window.current.latest, Failure))
    window.current.undo()
    qtbot.waitUntil(lambda: isinstance(window.current.latest, Snapshot))


def test_the_notice_stands_where_it_can_be_seen(window: Window, qtbot: QtBot) -> None:
    window.docks["toy.waves"].close()
    window.current.edit("fault", "step", True)
    panel = window.groups["toy"].docks[1].panel
    qtbot.waitUntil(lambda: panel.currentIndex() == 2)
    others = [dock.panel.currentIndex() for dock in window.groups["toy"].docks[2:]]
    assert 2 not in others, "said once, not in every panel"


def test_details_hold_the_build_log() -> None:
    from tests.ui.toy import ToyParams

    text = details(Failure("toy", "no", "Traceback ...", ToyParams(), "line 3: error"))
    assert "line 3: error" in text and "rate = 1.0" in text


def test_where_the_device_refuses_a_restart_the_controls_go_back(window: Window, qtbot: QtBot) -> None:
    from simulator.backends.base import OutOfDeviceMemoryError

    window.current.set_playing(False)
    before = settle(qtbot, window).params
    kind = window.current.kind
    init = kind.init

    def refuse(*_: object) -> None:
        raise OutOfDeviceMemoryError(2**40, 2**30, "a small device")

    try:
        kind.init = refuse  # type: ignore[method-assign]
        window.current.edit("size", 512, True)
        qtbot.waitUntil(lambda: window.current.params == before, timeout=10_000)
    finally:
        kind.init = init  # type: ignore[method-assign]
    window.refresh()
    assert "a small device cannot hold this" in window.status.notice.text()


def test_a_fault_of_the_window_is_shown_once_and_logged(
    window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    reporter = show_faults(window)
    for _ in range(3):
        try:
            raise RuntimeError("a slot failed")
        except RuntimeError:
            sys.excepthook(*sys.exc_info())
    assert reporter.count == 3 and reporter.box is not None
    assert "a slot failed" in reporter.box.text()
    assert "a slot failed" in capsys.readouterr().err
    assert "a slot failed" in (tmp_path / "funnelscope" / "funnelscope.log").read_text()
    reporter.box.close()
    assert reporter.box is None


def test_one_panel_that_cannot_be_drawn_leaves_the_others_alone(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: seen.append(error))
    monkeypatch.setattr(window.groups["toy"].docks[1].panel, "show_figures", lambda figures: 1 / 0)
    draw_frames(qtbot, window, 5)
    assert seen and isinstance(seen[0], ZeroDivisionError)
