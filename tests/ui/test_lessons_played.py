"""Each lesson that ships, completed in the real window by one who follows its steps."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from simulator.experiments import EXPERIMENTS
from simulator.runner import Runner
from simulator.snapshot import Failure, Snapshot
from tests.ui.helpers import settle
from ui.lessons.library import SHIPPED
from ui.lessons.player import Phase
from ui.preferences import Preferences
from ui.views.plot import AbstractPlotView
from ui.window import Window

NAMES = sorted(each.name for each in SHIPPED.iterdir() if each.name.endswith(".md"))


@pytest.fixture(scope="module")
def window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """One window for all lessons, as in a class; each begins where the one before has left it."""
    made = Window(Runner(), EXPERIMENTS, Preferences(tmp_path_factory.mktemp("school") / "window.ini"))
    made.resize(1280, 720)
    made.show()
    qapp.processEvents()
    made.lessons.player.small = True
    made.start()
    yield made
    made.close()
    assert made.closed_cleanly
    made.deleteLater()


def is_seen(qtbot: QtBot, window: Window) -> None:
    """The page shows the step, and beside it the experiment that it is of."""
    lessons, step = window.lessons, window.lessons.player.step
    assert lessons.dock.isVisible() and lessons.panel.text.toPlainText().startswith(step.title)
    qtbot.waitUntil(lambda: lessons.panel.area.height() > 150 and lessons.dock.width() >= 300)
    assert window.workspace is not None and window.workspace.name == step.workspace
    shown = {name for name, row in window.controls[step.experiment].rows.items() if row.isVisible()}
    assert all(step.shows(name) for name in shown)
    if any(step.shows(name) for name in shown):
        assert window.docks["controls"].isVisible()


def predict(qtbot: QtBot, window: Window) -> None:
    """Answer as one who knows: a choice by its button, a place by its slider."""
    player, panel, marker = window.lessons.player, window.lessons.panel, window.lessons.marker
    step = player.step
    assert not panel.next.isEnabled()
    assert panel.explanation.isHidden()
    if step.choices:
        right = next(number for number, choice in enumerate(step.choices) if choice.right)
        panel.answers.radios[right].click()
    else:
        place = step.place
        assert place is not None
        qtbot.waitUntil(lambda: isinstance(marker.view, AbstractPlotView), timeout=60_000)
        if step.fresh:
            assert settle(qtbot, window).step <= 2, "no run before shows where to put it"
        panel.slider.setValue(panel.slider.value() + 7)
        assert player.guess is not None and place.low < player.guess < place.high
    assert panel.next.isEnabled()
    panel.next.click()


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_completed_by_following_its_steps(name: str, window: Window, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.workspace is not None)
    player, workspace = window.lessons.player, window.workspace
    book = next(each for each in window.lessons.books() if each.source == name)
    assert book.lesson is not None, book.error
    assert window.lessons.open(book)
    steps = book.lesson.steps
    for index, step in enumerate(steps):
        assert (player.index, player.step) == (index, step)
        is_seen(qtbot, window)
        if player.phase is Phase.PREDICT:
            predict(qtbot, window)

        def over() -> bool:
            news = player.channel.latest
            assert not isinstance(news, Failure), news.traceback
            player.tick()
            return player.phase is Phase.DONE

        qtbot.waitUntil(over, timeout=120_000)
        if step.wait is not None:
            assert step.wait.holds(player.look) or step.place is not None
        if step.place is not None:
            assert player.measured is not None, f"{step.place.scalar} is not measured"
            assert step.place.low <= player.measured.mean <= step.place.high
        elif step.choices:
            assert player.right is True
        assert isinstance(player.channel.latest, Snapshot)
        assert window.lessons.panel.explanation.isHidden() == (not step.explanation and not player.last)
        window.lessons.panel.next.click()
    assert player.lesson is None and not window.lessons.dock.isVisible()
    assert window.workspace is workspace
    assert all(channel.params == channel.kind.Params() for channel in window.channels.values())
    assert window.preferences.lesson(book.key) == (0, True)


def test_eight_lessons_ship_and_take_five_to_fifteen_minutes_each(window: Window) -> None:
    books = window.lessons.library.shipped()
    assert [each.error for each in books] == [""] * 8
    for book in books:
        assert book.lesson is not None
        assert 5 <= book.lesson.minutes <= 15
        assert len(book.lesson.steps) >= 4
        assert any(step.predicts for step in book.lesson.steps)
        assert book.lesson.about
