"""A dock's title, and a handle in it: a drag sets two parameters at once, and is one change to undo."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from simulator.experiment import View
from simulator.figures import Handle
from tests.ui import pictures
from tests.ui.toy import Toy, ToyParams
from ui.channel import Channel
from ui.docks import TitleBar
from ui.experiment_docks import ViewDock
from ui.panels import ViewPanel
from ui.theme import DARK
from ui.views.image import ImageView


class Runner:
    """Keeps what is submitted."""

    def __init__(self) -> None:
        self.submitted: list[Any] = []

    def submit(self, name: str, params: Any) -> None:
        self.submitted.append(params)


@pytest.fixture
def channel() -> Channel:
    runner: Any = Runner()
    return Channel(Toy, runner)


@pytest.fixture
def picture(qtbot: QtBot, channel: Channel) -> Iterator[ImageView]:
    window = QMainWindow()
    qtbot.addWidget(window)
    dock = ViewDock(channel, ViewPanel(View("map", "Map", ("map",)), DARK), window)
    handle = Handle(1.0, 3.0, "rate", "count", "here")
    dock.panel.show_figures({"map": pictures.replace(pictures.diagram(), extent=(-5.0, 20.0, 0.0, 9.0), handle=handle)})
    picture = dock.panel.findChild(ImageView)
    assert isinstance(picture, ImageView)
    yield picture
    del window


def test_a_drag_sets_both_at_once_and_is_undone_as_one(channel: Channel, picture: ImageView) -> None:
    runner: Any = channel.runner
    for x, y in ((2.0, 3.4), (3.0, 4.6), (4.5, 6.7)):
        picture.handleMoved.emit(x, y)
    picture.handleReleased.emit()
    assert [(p.rate, p.count) for p in runner.submitted] == [(2.0, 3), (3.0, 5), (4.5, 7)]
    picture.handleMoved.emit(5.0, 1.0)
    picture.handleReleased.emit()
    channel.undo()
    assert (channel.params.rate, channel.params.count) == (4.5, 7)  # type: ignore[attr-defined]
    channel.undo()
    assert channel.params == ToyParams()
    assert not channel.timeline.can_undo


def test_beyond_what_is_allowed_it_stops_at_the_edge(channel: Channel, picture: ImageView) -> None:
    refused: list[str] = []
    channel.rejected.connect(lambda name, _: refused.append(name))
    picture.handleMoved.emit(-5.0, 0.0)
    assert (channel.params.rate, channel.params.count) == (0.0, 1)  # type: ignore[attr-defined]
    assert refused == []


def test_many_values_are_taken_together_or_not_at_all(qtbot: QtBot, channel: Channel) -> None:
    before = channel.params
    with qtbot.waitSignal(channel.rejected) as signal:
        channel.edit_many({"rate": 2.0, "count": 99}, gesture="map")
    assert signal.args == ["count", "99 is not allowed: a whole number from 1 to 50"]
    assert channel.params is before and not channel.timeline.can_undo
    with qtbot.waitSignal(channel.rejected) as signal:
        channel.edit_many({"rate": 2.0, "size": 2}, gesture="map")
    assert signal.args is not None and signal.args[0] == "rate", "said at a control that was touched"
    assert channel.params is before
    channel.edit_many({"rate": 2.0, "count": 4}, gesture="map", settled=True)
    channel.edit_many({"rate": 3.0, "count": 5}, gesture="map", settled=True)
    channel.undo()
    assert (channel.params.rate, channel.params.count) == (2.0, 4)  # type: ignore[attr-defined]


def test_a_title_is_whole_or_left_away(qtbot: QtBot) -> None:
    dock = QDockWidget("How it bends")
    qtbot.addWidget(dock)
    panel = ViewPanel(View("bend", "How it bends", ("sharpness", "hessian"), alternatives=True), DARK)
    qtbot.addWidget(panel)
    bar, seen = TitleBar(dock), set()
    label = bar.findChild(QLabel)
    assert label is not None and panel.switch is not None
    bar.extra.addWidget(panel.switch)
    dock.show()
    least = bar.minimumSizeHint().width()
    for width in range(least, least + 150, 5):
        bar.resize(width, 30)
        QApplication.sendPostedEvents()
        seen.add(bar.shows_title)
        if bar.shows_title:
            assert label.width() >= label.sizeHint().width(), f"{width}: a fragment"
            assert label.geometry().right() < panel.switch.geometry().left()
    assert seen == {True, False}
    bar.resize(least + 40, 30)
    assert not bar.shows_title
    bar.set_title("x")
    assert bar.shows_title, "a shorter one has room"
    assert panel.switch.toolTip() == "How it bends", "said by the tabs where it is left away"


@pytest.mark.parametrize(
    ("size", "abreast"), [((600, 250), True), ((390, 250), False), ((355, 250), False), ((600, 550), False)]
)
def test_two_pictures_stand_abreast_where_both_have_room(qtbot: QtBot, size: tuple[int, int], abreast: bool) -> None:
    panel = ViewPanel(View("two", "Two", ("waves", "bars")), DARK)
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show_figures({"waves": pictures.curves(), "bars": pictures.bars()})
    panel.show()
    first, second = panel.pictures
    qtbot.waitUntil(lambda: second.geometry().topLeft() != first.geometry().topLeft())
    assert (second.x() > first.x(), second.y() > first.y()) == (abreast, not abreast)
