"""Sessions in the window: open, save, recent, copy, paste, presets, and files dropped on it."""

import dataclasses
import json
import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, final

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QGraphicsView, QMenu, QWidget
from pytestqt.qtbot import QtBot

import main
import simulator.runner
import ui.shot
from simulator import parameters, presets, sessions
from simulator.backends.base import AbstractBackend
from simulator.experiment import AbstractExperiment, View
from simulator.experiments import EXPERIMENTS
from simulator.figures import Curve, Curves, frozen
from simulator.parameters import Param, ParameterError
from simulator.runner import DEFAULT_SEED
from simulator.scenes import Cue, Scene
from simulator.sessions import Run, Session, SessionError
from simulator.snapshot import Measurement, Scalar
from tests.networks.datasets.writing import mnist
from tests.ui.conftest import MakeWindow
from tests.ui.helpers import entry_of, settle, snapshot
from tests.ui.toy import Toy, ToyParams
from ui.browse import BrowseButton
from ui.menus import menu_named
from ui.preferences import RECENT, Preferences
from ui.scene_player import ScenePlayer
from ui.sessions import captured, workspace_for
from ui.window import Window

KINDS = {kind.name: kind for kind in EXPERIMENTS}


@dataclass(frozen=True, slots=True)
class ReaderParams:
    source: Annotated[str, Param("source", "Source", choices=("made", "file"))] = "made"
    table: Annotated[
        str,
        Param("table", "Table", doc="A file.", file="Tables (*.csv *.gz *ubyte)", implies=(("source", "file"),)),
    ] = ""


@final
class Reader(AbstractExperiment):
    """Reads a file, and says how long it is."""

    name, title, Params = "reader", "Reader", ReaderParams
    scalars: ClassVar = {"length": "bytes of the file"}
    views = (View("length", "Length", ("length",)),)
    steps_per_second = 100.0

    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        self.length = 0
        if params.source == "file":
            path = Path(params.table)
            self.length = path.stat().st_size if path.is_file() else 0
            if not self.length:
                raise ParameterError("table", params.table, "a file that is there")

    def update(self, params: Any) -> None: ...

    def step(self, n: int) -> None: ...

    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        curve = Curve("length", frozen([0.0, 1.0]), frozen([0.0, float(self.length)]))
        return Measurement({"length": Scalar(self.length, math.nan, 1)}, {"length": Curves("L", "x", "y", (curve,))})


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> tuple[type[AbstractExperiment], ...]:
    """Toy and reader, known to the runner."""
    monkeypatch.setattr(simulator.runner, "EXPERIMENTS", (Toy, Reader))
    return Toy, Reader


SESSION = Session(
    {"toy": Run(ToyParams(kind="noise", rate=3.0, size=64), 77, 20.0)}, "A wave", "Look at it.", workspace="toy"
)


@pytest.fixture
def saved(tmp_path: Path, toy: type[Toy]) -> Path:
    path = tmp_path / "wave.funnelscope.json"
    sessions.write(path, SESSION)
    return path


def params(window: Window) -> Any:
    return window.current.params


# --- opening and saving --------------------------------------------------------------------------------------------


def test_opening_begins_the_run_that_was_saved_and_is_undone_as_one_change(
    window: Window, qtbot: QtBot, saved: Path
) -> None:
    window.current.edit("bold", True, True)
    window.current.set_playing(False)
    before = settle(qtbot, window)
    window.sessions.open_path(saved)
    channel = window.current
    assert (channel.params, channel.seed, channel.speed) == (SESSION.run("toy").params, 77, 20.0)
    after = settle(qtbot, window)
    assert after.playing and after.generation == before.generation + 1, "one restart, not one a parameter"
    assert window.caption.isVisible()
    assert (window.caption.title.text(), window.caption.words.text()) == ("A wave", "Look at it.")
    assert window.preferences.recent == (saved,)
    channel.undo()
    assert channel.params == ToyParams(bold=True)
    channel.redo()
    assert settle(qtbot, window).params == SESSION.run("toy").params


def test_what_is_saved_opens_as_the_same_run(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    window.current.edit("rate", 2.5, True)
    window.current.reseed(31)
    window.current.set_speed(5.0)
    wanted = captured(window, "mine")
    path = tmp_path / "mine"
    window.sessions.save(path)
    window.current.restore_defaults()
    window.current.reseed(32)
    window.current.set_speed(None)
    window.sessions.open_path(tmp_path / "mine.funnelscope.json")
    assert captured(window, "mine") == wanted == sessions.read(tmp_path / "mine.funnelscope.json")
    assert (params(window).rate, window.current.seed, window.current.speed) == (2.5, 31, 5.0)


def test_the_dialogs_ask_and_the_menu_remembers(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a&b.funnelscope.json"
    for method in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, method, lambda *_: (str(path), ""))
    window.current.edit("rate", 4.0, True)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert path.exists() and str(path) in window.caption.words.text()
    window.current.restore_defaults()
    qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert params(window).rate == 4.0
    window.current.restore_defaults()
    window.sessions.recent_menu.aboutToShow.emit()
    entries = window.sessions.recent_menu.actions()
    assert [entry.text() for entry in entries] == ["a&&b"]
    entries[0].trigger()
    assert params(window).rate == 4.0
    for method in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, method, lambda *_: ("", ""))
    said = window.caption.words.text()
    window.actions_by_name["save_session"].trigger()
    window.actions_by_name["open_session"].trigger()
    assert window.caption.words.text() == said, "nothing is done where nothing was chosen"


def test_a_file_that_the_dialog_did_not_name_is_not_replaced(window: Window, tmp_path: Path) -> None:
    there = tmp_path / "mine.funnelscope.json"
    there.write_text("precious")
    window.sessions.save(tmp_path / "mine")
    assert there.read_text() == "precious" and "is there already" in window.status.notice.text()
    window.sessions.save(there)
    assert sessions.read(there).title == "mine"


def test_a_place_that_cannot_be_written_is_said(window: Window, tmp_path: Path) -> None:
    window.sessions.save(tmp_path / "nowhere" / "mine.funnelscope.json")
    assert "could not be written: No such file" in window.status.notice.text()
    assert window.preferences.recent == ()


BROKEN = {
    "truncated": ('{"format": 1, "exper', "it breaks off at line 1, column 15"),
    "newer": ('{"format": 2}', "that of a newer Funnelscope"),
    "unknown": ('{"format": 1, "experiments": {"tyo": {}}}', "no experiment 'tyo'; did you mean 'toy'?"),
    "value": ('{"format": 1, "experiments": {"toy": {"parameters": {"rate": 11}}}}', "a number from 0 to 10"),
    "combination": (
        '{"format": 1, "experiments": {"toy": {"parameters": {"size": 2}}}}',
        "count = 3 is not allowed: at most size = 2",
    ),
    "workspace": (
        '{"format": 1, "workspace": "ty", "experiments": {"toy": {}}}',
        "no workspace 'ty'; did you mean 'toy'?",
    ),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_broken_session_is_refused_and_the_run_goes_on(
    window: Window, qtbot: QtBot, tmp_path: Path, text: str, expected: str
) -> None:
    window.current.edit("rate", 2.0, True)
    before = settle(qtbot, window)
    channel = window.current
    asked = (channel.params, channel.seed, channel.speed, channel.playing, channel.timeline.can_undo)
    path = tmp_path / "bad.funnelscope.json"
    path.write_text(text)
    window.sessions.open_path(path)
    assert expected in window.status.notice.text() and "\n" not in window.status.notice.text()
    assert window.status.notice.text().startswith("session 'bad.funnelscope.json': ")
    assert asked == (channel.params, channel.seed, channel.speed, channel.playing, channel.timeline.can_undo)
    assert window.preferences.recent == () and not window.caption.isVisible()
    qtbot.waitUntil(lambda: snapshot(window).step > before.step)
    assert snapshot(window).generation == before.generation


def test_a_recent_session_that_is_gone_is_said_and_forgotten(window: Window, saved: Path) -> None:
    window.sessions.open_path(saved)
    saved.unlink()
    window.sessions.open_path(saved)
    assert "there is no such file" in window.status.notice.text()
    assert window.preferences.recent == ()
    window.sessions.recent_menu.aboutToShow.emit()
    assert [entry.text() for entry in window.sessions.recent_menu.actions()] == ["None yet"]


def test_recent_sessions_survive_a_restart_the_last_first_and_not_too_many(tmp_path: Path) -> None:
    first = Preferences(tmp_path / "a.ini")
    assert first.recent == ()
    first.remember(Path("/one, with a comma"))
    first.save()
    assert Preferences(tmp_path / "a.ini").recent == (Path("/one, with a comma"),)
    for number in range(2 * RECENT):
        first.remember(Path(f"/{number}"))
    first.remember(Path("/15"))
    first.save()
    again = Preferences(tmp_path / "a.ini").recent
    assert again[:3] == (Path("/15"), Path("/19"), Path("/18")) and len(again) == len(set(again)) == RECENT


def test_a_failed_run_is_mended_by_a_session(window: Window, qtbot: QtBot, saved: Path) -> None:
    window.current.edit("fault", "step", True)
    qtbot.waitUntil(lambda: not hasattr(window.current.latest, "step"))
    window.sessions.open_path(saved)
    assert settle(qtbot, window).params == SESSION.run("toy").params


def test_a_session_to_begin_with(make_window: MakeWindow, toy: type[Toy], qtbot: QtBot) -> None:
    window = make_window(toy, start=False)
    other = Window(window.runner, (toy,), window.preferences)
    other.sessions.show(SESSION)
    other.show()
    other.start()
    qtbot.waitUntil(lambda: other.current.latest is not None)
    news = settle(qtbot, other)
    assert (news.params, news.seed, other.current.speed) == (SESSION.run("toy").params, 77, 20.0)
    assert news.generation == 0, "built once"
    assert other.caption.isVisible() and other.geometry().height() > other.caption.geometry().bottom() > 0
    other.close()
    assert other.closed_cleanly


# --- text ----------------------------------------------------------------------------------------------------------


def test_a_session_travels_as_one_line_of_text(window: Window, qtbot: QtBot) -> None:
    window.current.edit("rate", 2.5, True)
    wanted = captured(window, "Toy")
    window.actions_by_name["copy_session"].trigger()
    line = QGuiApplication.clipboard().text()
    assert "\n" not in line and json.loads(line)["experiments"]["toy"]["parameters"]["rate"] == 2.5
    for text in (line, f"  `{line}`\n", sessions.as_text(wanted)):
        window.current.restore_defaults()
        QGuiApplication.clipboard().setText(text)
        window.actions_by_name["paste_session"].trigger()
        assert captured(window, "Toy") == wanted


@pytest.mark.parametrize("text", ["", "good morning", '{"format": 1}', "[" * 5000])
def test_any_other_text_is_refused(window: Window, text: str) -> None:
    before = captured(window, "")
    QGuiApplication.clipboard().setText(text)
    window.actions_by_name["paste_session"].trigger()
    assert window.status.notice.text().startswith("the text on the clipboard: ")
    assert captured(window, "") == before


def test_a_caption_shows_text_as_it_is_and_goes_when_clicked(window: Window, qtbot: QtBot) -> None:
    window.caption.say("<b>loud</b>", "words " * 60)
    assert window.caption.title.textFormat() == Qt.TextFormat.PlainText
    for size in ((900, 560), (1400, 800)):
        window.resize(*size)
        qtbot.waitUntil(lambda: abs(window.caption.geometry().center().x() - window.width() / 2) < 2)
        assert window.rect().contains(window.caption.geometry())
        assert window.caption.words.height() >= window.caption.words.heightForWidth(window.caption.words.width())
    qtbot.mouseClick(window.caption, Qt.MouseButton.LeftButton)
    assert not window.caption.isVisible()


# --- workspaces and presets ----------------------------------------------------------------------------------------


def test_where_a_session_is_seen(make_window: MakeWindow) -> None:
    window = make_window(*EXPERIMENTS, start=False)
    there = window.workspaces
    run = Run(KINDS["training"].Params())
    assert workspace_for(Session({"training": run}), there).name == "training"
    assert workspace_for(Session({"training": run}, workspace="training"), there).name == "training"
    with pytest.raises(SessionError, match="workspace 'landscape' does not show training"):
        workspace_for(Session({"training": run}, workspace="landscape"), there)
    with pytest.raises(SessionError, match="no workspace 'trianing'; did you mean 'training'"):
        workspace_for(Session({"training": run}, workspace="trianing"), there)


def test_every_preset_is_in_its_menu_and_opens_where_it_is_seen(make_window: MakeWindow) -> None:
    window = make_window(*EXPERIMENTS, start=False)
    menu = menu_named(window, "Presets")
    headings = [action.text() for action in of_presets(menu) if not action.isEnabled()]
    assert headings == [KINDS[name].title for name in KINDS if any(map_to(name))]
    entries = {action.objectName(): action for action in of_presets(menu) if action.isEnabled()}
    assert set(entries) == set(presets.NAMES) and menu.toolTipsVisible()
    for name, action in entries.items():
        session = presets.read(name)
        assert action.text().strip() == session.title.replace("&", "&&")
        assert session.words.split()[0] in action.toolTip() and f"--session {name}<" in action.toolTip()
        action.trigger()
        assert window.workspace is workspace_for(session, window.workspaces)
        for experiment, run in session.experiments.items():
            channel = window.channels[experiment]
            assert (channel.params, channel.seed, channel.speed) == (run.params, run.seed, run.speed)
            assert channel.playing
        assert window.caption.title.text() == session.title


def of_presets(menu: QMenu) -> list[QAction]:
    """The entries of the Presets menu below the one that repeats their words, and above its scenes."""
    return [action for action in menu.actions()[1:] if action.menu() is None and not action.isSeparator()]


def test_the_words_of_a_session_come_back(window: Window, qtbot: QtBot) -> None:
    again, menu = window.actions_by_name["preset_words"], menu_named(window, "Presets")
    menu.aboutToShow.emit()
    assert not again.isEnabled()
    window.sessions.show(SESSION)
    words = window.caption.words.text()
    assert words == SESSION.words != ""
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.caption.isHidden()
    menu.aboutToShow.emit()
    assert again.isEnabled() and SESSION.title in again.text()
    again.trigger()
    assert window.caption.isVisible() and window.caption.words.text() == words
    with pytest.raises(SessionError):
        window.sessions.show(dataclasses.replace(SESSION, experiments={"nobody": Run(ToyParams())}))
    again.trigger()
    assert window.caption.words.text() == words, "a session that is refused leaves those of the one before"
    window.sessions.show(dataclasses.replace(SESSION, words=""))
    menu.aboutToShow.emit()
    assert not again.isEnabled(), "it shows another now"


def map_to(experiment: str) -> list[str]:
    """The presets that show an experiment first."""
    return [name for name in presets.NAMES if next(iter(presets.read(name).experiments)) == experiment]


def test_a_broken_preset_says_so_and_hides_no_other(
    make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch, toy: type[Toy]
) -> None:
    def read(name: str) -> Session:
        if name == "bad":
            raise SessionError("preset 'bad'", "it is <b>broken</b>")
        return SESSION

    monkeypatch.setattr(presets, "NAMES", ("bad", "wave"))
    monkeypatch.setattr(presets, "read", read)
    actions = of_presets(menu_named(make_window(toy, start=False), "Presets"))
    assert [action.text().strip() for action in actions] == ["bad", "Toy", "A wave"]
    assert "&lt;b&gt;broken" in actions[0].toolTip() and not actions[0].isEnabled()


def test_presets_of_other_experiments_are_not_offered(make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "NAMES", ("propagation-order",))
    for kind, offered in ((KINDS["propagation"], ["propagation-order"]), (KINDS["landscape"], [])):
        entries = of_presets(menu_named(make_window(kind, start=False), "Presets"))
        assert [action.objectName() for action in entries if action.isEnabled()] == offered


# --- speed ---------------------------------------------------------------------------------------------------------


def test_an_experiment_plays_at_its_own_speed_until_the_user_chooses(
    make_window: MakeWindow, both: tuple[type[AbstractExperiment], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_window(Reader, start=False)
    assert first.current.speed == 100.0 and "100 steps/s" in first.transport.speed.currentText()
    first.close()
    monkeypatch.setattr(Reader, "steps_per_second", 50.0)
    second = make_window(Reader, start=False)
    assert second.current.speed == 50.0, "what nobody chose is not remembered"
    second.current.set_speed(None)
    second.close()
    third = make_window(Reader, start=False)
    assert third.current.speed is None, "as fast as it goes is a choice too"


def test_the_speed_of_a_session_is_not_the_users_choice(
    make_window: MakeWindow, toy: type[Toy], tmp_path: Path
) -> None:
    first = make_window(toy, start=False)
    first.current.set_speed(500.0)
    first.close()
    second = make_window(toy, start=False)
    second.sessions.show(SESSION)
    assert second.current.speed == 20.0
    second.close()
    third = make_window(toy, start=False)
    assert third.current.speed == 500.0
    third.sessions.show(SESSION)
    third.current.faster()
    third.close()
    fourth = make_window(toy, start=False)
    assert fourth.current.speed == 50.0, "one that was changed by hand is"
    fourth.current.set_speed(200.0)
    fourth.sessions.show(SESSION)
    fourth.close()
    assert make_window(toy, start=False).current.speed == 200.0, "whatever has followed it"


# --- files dropped -------------------------------------------------------------------------------------------------


def drop(widget: QWidget, *paths: Path) -> bool:
    """Drag files over the middle of a widget and let go; whether they were taken."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    middle = QPoint(widget.width() // 2, widget.height() // 2)
    enter = QDragEnterEvent(middle, copy, mime, left, none)
    QApplication.sendEvent(widget, enter)
    event = QDropEvent(middle, copy, mime, left, none)
    if enter.isAccepted():
        QApplication.sendEvent(widget, event)
    return enter.isAccepted() and event.isAccepted()


def places(window: Window) -> dict[str, QWidget]:
    """Widgets of every kind, some of which would take a dropped file for text."""
    view = window.docks["toy.waves"].findChild(QGraphicsView)
    assert view is not None
    return {
        "window": window,
        "plot": view.viewport(),
        "field": entry_of(window.controls["toy"].rows["layers"]),
        "seed": window.transport.seed,
        "speed": window.transport.speed_text,
    }


@pytest.mark.parametrize("place", ["window", "plot", "field", "seed", "speed"])
def test_a_session_dropped_anywhere_is_opened(window: Window, saved: Path, place: str) -> None:
    assert drop(places(window)[place], saved)
    assert captured(window, "A wave") == Session(SESSION.experiments, "A wave", workspace="toy")
    assert entry_of(window.controls["toy"].rows["layers"]).text() == "4,4"


def test_a_session_dropped_on_a_floating_panel_is_opened(window: Window, saved: Path) -> None:
    dock = window.docks["toy.bars"]
    dock.setFloating(True)
    assert drop(dock, saved) and window.current.seed == 77


def test_a_broken_session_that_is_dropped_is_refused(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "renamed.json"
    path.write_text("{")
    assert drop(window, path)
    assert "it breaks off" in window.status.notice.text() and window.current.seed == DEFAULT_SEED


def test_what_nothing_can_be_made_of_is_not_taken(window: Window, tmp_path: Path) -> None:
    assert not drop(window, tmp_path / "picture.png") and not drop(window, tmp_path / "table.csv") and not drop(window)
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/wave.funnelscope.json")])
    event = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()


@pytest.fixture
def two(make_window: MakeWindow, both: tuple[type[AbstractExperiment], ...]) -> Window:
    """A window on toy and reader, the toy's workspace in front."""
    return make_window(*both)


@pytest.mark.parametrize("name", ["My Table.CSV", "train-images-idx3-ubyte", "data.csv.gz"])
def test_data_that_are_dropped_are_learnt_from(two: Window, qtbot: QtBot, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"1234567")
    assert two.current.name == "toy"
    assert drop(two, tmp_path / name)
    qtbot.waitUntil(lambda: two.current.name == "reader")
    assert two.workspace is not None and two.workspace.name == "reader"
    assert two.current.params == ReaderParams("file", str(tmp_path / name))
    news = settle(qtbot, two)
    assert news.playing and news.measurement.scalars["length"].mean == 7
    two.current.undo()
    assert two.current.params == ReaderParams(), "the file and what it implies are one change"


def test_data_that_cannot_be_read_leave_the_run_before(two: Window, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_bytes(b"123")
    drop(two, tmp_path / "good.csv")
    qtbot.waitUntil(lambda: two.current.name == "reader")
    settle(qtbot, two)
    before = two.current.params
    assert drop(two, tmp_path / "gone.csv")
    qtbot.waitUntil(lambda: "a file that is there; the run before goes on" in two.status.notice.text())
    qtbot.waitUntil(lambda: two.current.params == before)
    assert settle(qtbot, two).measurement.scalars["length"].mean == 3


def test_data_that_cannot_be_read_change_nothing_in_sight(two: Window, qtbot: QtBot, tmp_path: Path) -> None:
    assert drop(two, tmp_path / "gone.csv")
    reader = two.channels["reader"]
    qtbot.waitUntil(lambda: "a file that is there" in two.status.notice.text())
    assert two.current.name == "toy" and reader.params == ReaderParams() and not reader.timeline.can_undo
    assert not two.runner.is_playing("reader") and two.status.away.isVisible()
    qtbot.wait(700)
    assert "a file that is there" in two.status.notice.text(), "it stays until it has been read"
    qtbot.keyClick(two, Qt.Key.Key_Escape)
    assert two.status.notice.text() == "" and not two.status.away.isVisible()
    drop(two, tmp_path / "gone.csv")
    qtbot.waitUntil(two.status.away.isVisible)
    two.status.away.click()
    assert two.status.notice.text() == ""
    drop(two, tmp_path / "gone.csv")
    qtbot.waitUntil(two.status.away.isVisible)
    (tmp_path / "good.csv").write_bytes(b"123")
    drop(two, tmp_path / "good.csv")
    qtbot.waitUntil(lambda: two.current.name == "reader")
    qtbot.waitUntil(lambda: not two.status.away.isVisible())
    assert "there" not in two.status.notice.text(), "something else has succeeded"
    qtbot.waitUntil(lambda: settle(qtbot, two).measurement.scalars["length"].mean == 3)
    two.open_workspace(two.workspaces[0])
    two.open_workspace(two.workspaces[1])
    assert two.current.playing and two.status.notice.text() == "", "nothing is left of what was refused"


def test_a_session_that_cannot_be_run_leaves_run_and_seed_as_they_were(
    two: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    two.open_workspace(two.workspaces[1])
    two.current.set_speed(20.0)
    two.current.set_playing(False)
    before = settle(qtbot, two)
    path = tmp_path / "empty.csv"
    path.touch()
    two.sessions.show(Session({"reader": Run(ReaderParams("file", str(path)), 55, 3.0)}, "Empty", "What it was."))
    assert two.current.playing and two.current.speed == 3.0 and two.caption.isVisible()
    qtbot.waitUntil(lambda: two.current.params == before.params)
    assert two.current.seed == DEFAULT_SEED and settle(qtbot, two).seed == DEFAULT_SEED
    assert snapshot(two).generation == before.generation
    assert two.current.speed == 20.0 and not two.current.playing
    assert not two.caption.isVisible() and not two.sessions.preset_menu.actions()[0].isEnabled()
    two.sessions.show(Session({"reader": Run(ReaderParams(), 56, 4.0)}, "Here"))
    assert settle(qtbot, two).seed == 56 and two.current.speed == 4.0 and two.current.playing


def test_a_session_whose_data_are_gone_is_refused_in_its_place(two: Window, qtbot: QtBot, tmp_path: Path) -> None:
    before, gone = settle(qtbot, two), tmp_path / "gone.csv"
    text = sessions.as_text(Session({"reader": Run(ReaderParams("file", str(gone)), 55)}, workspace="reader"))
    (tmp_path / "saved.json").write_text(text, encoding="utf-8")
    two.sessions.open_path(tmp_path / "saved.json")
    assert "experiments.reader.parameters.table: " in two.status.notice.text()
    assert "there is no file 'gone.csv' in " in two.status.notice.text()
    assert two.current.name == "toy" and snapshot(two).generation == before.generation
    assert two.channels["reader"].params == ReaderParams() and not two.preferences.recent
    sessions.write(tmp_path / "saved.json", Session({"reader": Run(ReaderParams("made", str(gone)), 56)}))
    two.sessions.open_path(tmp_path / "saved.json")
    two.refresh()
    assert "gone.csv" not in two.status.notice.text(), "what was said of another session"
    assert two.current.name == "reader" and two.current.seed == 56, (
        "a file that is named but not read need not be there"
    )


def test_a_name_that_no_system_has_is_that_of_no_file(two: Window) -> None:
    for name in (f"/tmp/{'a' * 300}.csv", "nul\0.csv"):
        with pytest.raises(SessionError, match="there is no file"):
            two.sessions.show(Session({"reader": Run(ReaderParams("file", name), 55)}))


def test_what_is_out_of_sight_rests_whatever_a_scene_asks_of_it(two: Window, qtbot: QtBot) -> None:
    toy, name = two.channels["toy"], "toy"
    scene = Scene(captured(two, ""), (Cue(1.0, seed={name: 5}), Cue(2.0, reset=(name,)), Cue(3.0, play=(name,))))
    player = ScenePlayer(two, scene)
    player.begin()
    two.open_workspace(two.workspaces[1])
    for time in (1.0, 2.0, 3.0):
        player.move_to(time)
        toy.runner.reseed("reader", 1)  # a request behind those of the cue: both have been served when it shows
        assert toy.playing and toy.seed == 5
        settle(qtbot, two)
        assert not two.runner.is_playing(name)
    two.open_workspace(two.workspaces[0])
    qtbot.waitUntil(lambda: two.runner.is_playing(name))


def test_of_several_files_a_session_goes_first(two: Window, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1")
    assert drop(two, tmp_path / "note.txt", tmp_path / "a.csv", saved)
    assert two.current.name == "toy" and two.current.seed == 77


def test_a_button_asks_for_the_file_of_a_parameter(
    two: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.open_workspace(two.workspaces[1])
    buttons = two.controls["reader"].findChildren(BrowseButton)
    assert len(buttons) == 1 and not two.controls["toy"].findChildren(BrowseButton)
    asked: list[tuple[str, ...]] = []
    path = tmp_path / "mine.csv"
    path.write_bytes(b"12")

    def choose(_: QWidget, *words: str) -> tuple[str, str]:
        asked.append(words)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    buttons[0].click()
    assert two.current.params == ReaderParams("file", str(path))
    row = two.controls["reader"].rows["table"]
    assert entry_of(row).text() == str(path) and f"table={path}" in row.toolTip()
    buttons[0].click()
    wanted = "Tables (*.csv *.gz *ubyte);;All files (*)"
    assert asked == [("Table", "", wanted), ("Table", str(tmp_path), wanted)]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    buttons[0].click()
    assert two.current.params == ReaderParams("file", str(path))


def test_images_dropped_on_the_real_window_are_trained_on(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window(KINDS["training"], backend="auto", start=False)
    window.current.edit_many({"networks": 2, "width": 8}, "small")
    window.start()
    assert drop(window, mnist(tmp_path, packed=True))
    qtbot.waitUntil(lambda: params(window).dataset == "file", timeout=60_000)
    assert (params(window).dataset, params(window).data_file) == ("file", str(tmp_path / "train-images-idx3-ubyte.gz"))
    settle(qtbot, window)
    qtbot.waitUntil(lambda: snapshot(window).step > 20, timeout=60_000)
    assert any("images of 28 x 28" in note for note in snapshot(window).measurement.notes)


# --- pictures ------------------------------------------------------------------------------------------------------


def test_a_picture_of_a_session_with_what_the_command_line_changes(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Window] = []

    def make(*arguments: Any) -> Window:
        made.append(Window(*arguments))
        return made[0]

    monkeypatch.setattr(ui.shot, "Window", make)
    out = tmp_path / "x.png"
    ui.shot.take_shot(None, 0.1, (1000, 600), "dark", out, {"size": "16"}, 5, "landscape-glass")
    channel, asked = made[0].current, presets.read("landscape-glass").run("landscape")
    assert channel.params == parameters.change(asked.params, size=16)
    assert (channel.seed, channel.speed, made[0].caption.isHidden()) == (5, asked.speed, True)
    assert QImage(str(out)).width() == 1000


# --- the same run everywhere ---------------------------------------------------------------------------------------


def test_a_session_saved_in_the_window_gives_the_same_scalars_headless(
    make_window: MakeWindow, qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def check_same(one: dict[str, Any], other: dict[str, Any]) -> None:
        """To the last bit; what is not finite is null headless. Some are measured only where their picture is seen."""
        common = sorted(one.keys() & other.keys())
        assert len(common) >= 9
        shown = [{name: repr(each[name]).replace("nan", "None") for name in common} for each in (one, other)]
        assert shown[0] == shown[1]

    def at_step_five(window: Window) -> dict[str, float]:
        window.current.set_playing(False)
        window.current.reset()
        settle(qtbot, window)
        qtbot.waitUntil(lambda: snapshot(window).step == 0)
        for _ in range(5):
            window.current.single_step()
        qtbot.waitUntil(lambda: snapshot(window).step == 5)
        return {name: each.mean for name, each in snapshot(window).measurement.scalars.items()}

    path = tmp_path / "mine.funnelscope.json"
    first = make_window(KINDS["landscape"], backend="auto", start=False)
    first.start()
    first.current.edit_many({"size": 24, "samples": 2, "replicas": 8, "optimizer": "langevin"}, "mine", True)
    first.current.edit("temperature", 0.123456789, True)
    first.current.reseed(2**40 + 1)
    mine = at_step_five(first)
    first.sessions.save(path)
    second = make_window(KINDS["landscape"], backend="auto", start=False)
    second.start()
    second.sessions.open_path(path)
    check_same(at_step_five(second), mine)
    capsys.readouterr()
    assert main.main(["run", "--session", str(path), "--steps", "5", "--json"]) == 0
    headless = json.loads(capsys.readouterr().out)
    assert headless["seed"] == 2**40 + 1 and headless["parameters"]["temperature"] == 0.123456789
    check_same({name: each["mean"] for name, each in headless["scalars"].items()}, mine)
