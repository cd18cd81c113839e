"""Layouts with a name: kept, given back, replaced and forgotten, each in its workspace."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from simulator.experiments import EXPERIMENTS
from tests.ui.conftest import MakeWindow
from tests.ui.test_layouts import are_back, places, visit, workspace
from ui.docks import Layout
from ui.preferences import Preferences
from ui.window import Window

PAIR = [kind for kind in EXPERIMENTS if kind.name in ("landscape", "training")]


@pytest.fixture
def pair(make_window: MakeWindow, qtbot: QtBot) -> Window:
    """Two experiments, the landscape's workspace in front; no run goes on."""
    window = make_window(*PAIR, start=False)
    visit(qtbot, window, workspace(window, "landscape"))
    return window


def entries(window: Window) -> list[str]:
    """The menu's, as it opens."""
    window.named_layouts.menu.aboutToShow.emit()
    return [action.text() for action in window.named_layouts.menu.actions()]


def choose(window: Window, text: str) -> None:
    window.named_layouts.menu.aboutToShow.emit()
    next(each for each in window.named_layouts.menu.actions() if each.text() == text).trigger()


def test_a_layout_comes_back_by_its_name(pair: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert entries(pair) == ["Keep this layout as…"]
    usual = places(pair)
    pair.docks["landscape.hessian"].close()
    pair.docks["landscape.energy"].setFloating(True)
    pair.docks["landscape.energy"].move(50, 60)  # what is outside the screen comes back on it
    qtbot.wait(20)
    mine = places(pair)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("  For my   class & me ", True))
    choose(pair, "Keep this layout as…")
    assert pair.named_layouts.names == ("For my class & me",)
    pair.restore_layout()
    qtbot.waitUntil(lambda: are_back(pair, usual))
    choose(pair, "For my class && me")
    qtbot.waitUntil(lambda: are_back(pair, mine))
    assert pair.docks["landscape.energy"].isFloating()


def test_a_name_belongs_to_its_workspace_and_survives_a_restart(pair: Window, qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("b", "a.placed", "a", "Grün/2"):
        pair.named_layouts.keep(name)
    assert pair.named_layouts.names == ("a", "a.placed", "b", "Grün/2")
    visit(qtbot, pair, workspace(pair, "training"))
    assert pair.named_layouts.names == ()
    pair.preferences.save()
    again = Preferences(tmp_path / "window.ini")
    assert again.layout_names("landscape") == ("a", "a.placed", "b", "Grün/2")
    assert all(again.layout("landscape", name) for name in again.layout_names("landscape"))
    again.forget_layout("landscape", "a")
    assert again.layout_names("landscape") == ("a.placed", "b", "Grün/2")


def test_the_same_name_again_replaces_and_forgetting_leaves_the_panels(pair: Window, qtbot: QtBot) -> None:
    pair.named_layouts.keep("mine")
    pair.docks["landscape.overlap"].close()
    qtbot.wait(20)
    pair.named_layouts.keep("mine")
    now = places(pair)
    pair.restore_layout()
    qtbot.wait(20)
    pair.named_layouts.give("mine")
    qtbot.waitUntil(lambda: are_back(pair, now))
    pair.named_layouts.forget("mine")
    assert pair.named_layouts.names == () and are_back(pair, now)


def test_a_layout_brings_the_transport_and_a_lesson_keeps_its_own(pair: Window, qtbot: QtBot) -> None:
    pair.toggle_controls()
    pair.named_layouts.keep("bare")
    pair.toggle_controls()
    pair.named_layouts.give("bare")
    assert pair.bar.isVisible() and not pair.docks["controls"].isVisible()
    pair.restore_layout()
    assert pair.bar.isVisible() and pair.docks["controls"].isVisible()
    pair.lessons.staged = True
    pair.named_layouts.keep("lesson")
    pair.lessons.staged = False
    assert pair.named_layouts.names == ("bare",) and "a lesson arranges" in pair.status.notice.text()


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
def test_a_name_that_is_none_is_refused(pair: Window, name: str) -> None:
    pair.named_layouts.keep(name)
    assert pair.named_layouts.names == () and "from 1 to 40 characters" in pair.status.notice.text()


def test_what_was_kept_of_a_layout_and_is_broken_is_said(pair: Window, qtbot: QtBot) -> None:
    usual = places(pair)
    pair.preferences.set_layout("landscape", Layout(QByteArray(b"no layout"), frozenset()), "broken")
    pair.named_layouts.give("broken")
    assert "'broken' cannot be read any more" in pair.status.notice.text()
    qtbot.waitUntil(lambda: are_back(pair, usual))


def test_while_presenting_a_layout_is_given_and_the_one_before_returns(pair: Window, qtbot: QtBot) -> None:
    usual = places(pair)
    pair.docks["landscape.hessian"].close()
    qtbot.wait(20)
    pair.named_layouts.keep("mine")
    pair.restore_layout()
    qtbot.waitUntil(lambda: are_back(pair, usual))
    pair.toggle_presentation()
    qtbot.wait(50)
    pair.named_layouts.give("mine")
    assert pair.docks["landscape.hessian"].isHidden()
    pair.toggle_presentation()
    qtbot.waitUntil(lambda: are_back(pair, usual))
