"""Layouts: every workspace comes back as it was left, whatever was shown between, in presentation and after lessons."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from simulator.experiments import EXPERIMENTS
from tests.ui.conftest import MakeWindow
from tests.ui.toy import Toy
from ui.docks import Layout
from ui.preferences import Preferences
from ui.window import Window
from ui.workspaces import CONTROLS, THEORY, Workspace, leaves

Places = Mapping[str, tuple[int, int, int, int]]
PAIR = [kind for kind in EXPERIMENTS if kind.name in ("landscape", "training")]
NEAR = 2
"""Pixels by which a panel may be elsewhere."""


@pytest.fixture
def full(make_window: MakeWindow) -> Window:
    """The program's own window; no run goes on."""
    return make_window(*EXPERIMENTS, start=False)


@pytest.fixture
def pair(make_window: MakeWindow) -> Window:
    """One of two experiments, each in its own workspace."""
    return make_window(*PAIR, start=False)


def workspace(window: Window, name: str) -> Workspace:
    return next(each for each in window.workspaces if each.name == name)


def default_docks(where: Workspace) -> set[str]:
    return {*leaves(where.arrangement), *([CONTROLS] if where.controls else [])}


def places(window: Window) -> dict[str, tuple[int, int, int, int]]:
    """Where every dock is that is not closed, the lesson's too."""
    docks = {**window.docks, "lesson": window.lessons.dock}
    return {name: dock.geometry().getRect() for name, dock in docks.items() if not dock.isHidden()}


def are_back(window: Window, before: Places) -> bool:
    now = places(window)
    return now.keys() == before.keys() and all(
        abs(a - b) <= NEAR for name, rect in before.items() for a, b in zip(now[name], rect, strict=True)
    )


def visit(qtbot: QtBot, window: Window, where: Workspace) -> dict[str, tuple[int, int, int, int]]:
    """Open a workspace; where its docks are once that has settled."""
    window.open_workspace(where)
    qtbot.wait(20)
    return places(window)


def test_every_workspace_comes_back_as_it_was_left(full: Window, make_window: MakeWindow, qtbot: QtBot) -> None:
    first = {where.name: visit(qtbot, full, where) for where in full.workspaces}
    assert {name: set(seen) for name, seen in first.items()} == {
        where.name: default_docks(where) for where in full.workspaces
    }
    for where in [*full.workspaces, *reversed(full.workspaces)]:
        full.open_workspace(where)
        qtbot.waitUntil(lambda where=where: are_back(full, first[where.name]), timeout=5_000)
    full.close()
    again = make_window(*EXPERIMENTS, start=False)
    for where in [again.workspace, *again.workspaces]:
        assert where is not None
        again.open_workspace(where)
        qtbot.waitUntil(lambda where=where: are_back(again, first[where.name]), timeout=5_000)


def test_closed_and_floating_and_tabbed_panels_stay_so(pair: Window, make_window: MakeWindow, qtbot: QtBot) -> None:
    landscape, training = pair.workspaces
    visit(qtbot, pair, training)
    visit(qtbot, pair, landscape)
    closed, floating, behind = (pair.docks[f"landscape.{name}"] for name in ("hessian", "overlap", "energy"))
    closed.close()
    floating.setFloating(True)
    floating.setGeometry(60, 80, 300, 200)
    pair.tabifyDockWidget(behind, pair.docks[THEORY])
    pair.docks[THEORY].raise_()
    qtbot.waitUntil(lambda: pair.docks[THEORY].in_sight and not behind.in_sight)
    before = places(pair)

    def check(window: Window) -> None:
        docks = {name: window.docks[f"landscape.{name}"] for name in ("hessian", "overlap", "energy")}
        assert set(places(window)) == default_docks(landscape) - {"landscape.hessian"}
        assert docks["overlap"].isFloating() and not docks["overlap"].isHidden()
        assert window.tabifiedDockWidgets(docks["energy"]) == [window.docks[THEORY]]
        qtbot.waitUntil(lambda: window.docks[THEORY].in_sight and not docks["energy"].in_sight, timeout=5_000)

    for _ in range(2):
        visit(qtbot, pair, training)
        assert set(places(pair)) == default_docks(training), "what floated elsewhere has gone with its workspace"
        pair.open_workspace(landscape)
        check(pair)
        qtbot.waitUntil(lambda: are_back(pair, before), timeout=5_000)
    pair.close()
    again = make_window(*PAIR, start=False)
    assert again.workspace is not None and again.workspace.name == "landscape"
    check(again)
    again.open_workspace(workspace(again, "training"))
    again.open_workspace(workspace(again, "landscape"))
    check(again)
    place = again.docks["landscape.landscape"].geometry()
    again.docks["landscape.hessian"].toggleViewAction().trigger()
    qtbot.waitUntil(lambda: again.docks["landscape.hessian"].in_sight, timeout=5_000)
    assert again.docks["landscape.hessian"].geometry().top() > place.center().y(), "where it was: below the others"
    again.restore_layout()
    assert set(places(again)) == default_docks(landscape)
    assert not again.docks["landscape.overlap"].isFloating()


def test_a_panel_that_the_workspace_does_not_name_gets_a_place_of_its_own(full: Window, qtbot: QtBot) -> None:
    visit(qtbot, full, workspace(full, "landscape"))
    overview = workspace(full, "overview")
    visit(qtbot, full, overview)
    full.toggle_presentation()
    assert set(places(full)) == default_docks(overview), "parameters that are closed are not opened"
    full.toggle_presentation()
    full.docks[THEORY].toggleViewAction().trigger()
    wanted = default_docks(overview) | {THEORY}
    qtbot.waitUntil(lambda: set(places(full)) == wanted and full.docks[THEORY].in_sight, timeout=5_000)
    qtbot.wait(20)
    seen = [dock for name, dock in full.docks.items() if name in wanted]
    assert not any(a.geometry().intersects(b.geometry()) for a in seen for b in seen if a is not b)
    visit(qtbot, full, workspace(full, "landscape"))
    assert set(visit(qtbot, full, overview)) == wanted


def test_presentation_ends_in_another_workspace(pair: Window, make_window: MakeWindow, qtbot: QtBot) -> None:
    landscape, training = pair.workspaces
    pair.docks["landscape.hessian"].close()
    qtbot.wait(20)
    first = {"landscape": places(pair)}
    pair.toggle_presentation()
    pair.open_workspace(training)  # for the first time
    assert set(places(pair)) - {CONTROLS} == default_docks(training) - {CONTROLS}
    pair.toggle_presentation()
    assert set(places(pair)) == default_docks(training)
    qtbot.wait(50)
    pair.docks["training.networks"].close()
    qtbot.wait(20)
    first["training"] = places(pair)
    for start, end in ((landscape, training), (training, landscape)):
        pair.open_workspace(start)
        pair.toggle_presentation()
        pair.open_workspace(end)
        pair.toggle_presentation()
        qtbot.waitUntil(lambda end=end: are_back(pair, first[end.name]), timeout=5_000)
    pair.toggle_presentation()
    pair.open_workspace(training)
    pair.close()
    again = make_window(*PAIR, start=False)
    for where in (again.workspace, *again.workspaces):
        assert where is not None
        again.open_workspace(where)
        qtbot.waitUntil(lambda where=where: are_back(again, first[where.name]), timeout=5_000)


def start(window: Window) -> None:
    """The first lesson, which is about the landscape."""
    assert window.lessons.open(window.lessons.books()[0], 0)
    assert window.workspace is not None and window.workspace.name == "landscape"


def test_presentation_across_the_beginning_and_the_end_of_a_lesson(pair: Window, qtbot: QtBot) -> None:
    landscape, training = pair.workspaces
    first = visit(qtbot, pair, training)
    pair.toggle_presentation()
    start(pair)
    pair.toggle_presentation()
    qtbot.wait(50)
    assert pair.lessons.active and pair.lessons.dock.isVisible()
    assert set(places(pair)) - {CONTROLS, "lesson"} == default_docks(landscape) - {CONTROLS}
    pair.lessons.player.leave()
    qtbot.waitUntil(lambda: are_back(pair, first), timeout=5_000)
    start(pair)
    pair.toggle_presentation()
    pair.lessons.player.leave()
    assert set(places(pair)) | {CONTROLS} == set(first)
    pair.toggle_presentation()
    qtbot.waitUntil(lambda: are_back(pair, first), timeout=5_000)
    pair.close()
    stored = pair.preferences.layout("training")
    assert stored is not None and stored.placed == set(first)


def test_a_lesson_in_presentation_where_it_belongs(pair: Window, qtbot: QtBot) -> None:
    pair.docks["landscape.hessian"].close()
    qtbot.wait(20)
    first = places(pair)
    pair.toggle_presentation()
    start(pair)
    assert pair.docks["landscape.hessian"].isVisible()
    pair.restore_layout()
    assert {*default_docks(pair.workspaces[0]), "lesson"} - {CONTROLS} == set(places(pair)) - {CONTROLS}
    pair.lessons.player.leave()
    pair.toggle_presentation()
    qtbot.waitUntil(lambda: are_back(pair, first), timeout=5_000)


def test_preferences_keep_layouts(make_window: MakeWindow, toy: type[Toy], tmp_path: Path) -> None:
    window = make_window(toy, start=False)
    for placed in (set(), {"toy.waves"}, {"theory", "toy.waves", "lesson"}):
        layout = Layout(window.saveState(), frozenset(placed))
        window.preferences.set_layout("mine", layout)
        assert window.preferences.layout("mine") == layout and window.preferences.layout("none") is None
        window.preferences.save()
        assert Preferences(tmp_path / "window.ini").layout("mine") == layout


def test_a_workspace_may_be_left_empty(make_window: MakeWindow, toy: type[Toy]) -> None:
    window = make_window(toy, start=False)
    for dock in window.docks.values():
        dock.close()
    window.close()
    assert places(make_window(toy, start=False)) == {}
