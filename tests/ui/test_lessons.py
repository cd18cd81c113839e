"""The lesson player in the window: its dock and menu, what it keeps and gives back, predictions, files of one's own."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.conftest import MakeWindow
from tests.ui.helpers import settle
from tests.ui.toy import Toy, ToyParams
from ui.lessons.player import Phase
from ui.preferences import Preferences
from ui.window import Window

FRONT = "---\ntitle: Waves\nminutes: 5\nexperiment: toy\nabout: What a wave is.\n---\n"
LESSON = (
    FRONT
    + """## Begin
A wave of **three**.
```step
set: rate = 2
set: count = 5
seed: 9
hide: all
wait: step >= 5
```
### Explanation
Seen.

## Place
Where is its mean?
```step
set: rate = 3
place: level on y of waves from -0.5 to 1 within 0.6
wait: step >= 3
restart: yes
```
### Explanation
There.

## Choose
Which?
```step
show: rate, size
```
- [ ] this
- [x] that
### Explanation
That.

## Do
Turn the rate up.
```step
wait: rate >= 5
```
"""
)
BROKEN = LESSON.replace("count = 5", "count = 500")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "lessons"
    found.mkdir()
    (found / "waves.md").write_text(LESSON, encoding="utf-8")
    return found


@pytest.fixture
def schooled(window: Window, folder: Path) -> Window:
    """A window with a lesson folder of its own."""
    window.preferences.lessons_folder = folder
    return window


def start(window: Window, index: int = 0) -> None:
    assert window.lessons.open(window.lessons.library.read(window.lessons.folder / "waves.md"), index)


def done(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.lessons.player.phase is Phase.DONE, timeout=20_000)


def test_a_lesson_sets_and_waits_and_explains(schooled: Window, qtbot: QtBot) -> None:
    window, player, panel = schooled, schooled.lessons.player, schooled.lessons.panel
    start(window)
    assert window.current.params == ToyParams(rate=2.0, count=5) and window.current.seed == 9
    assert player.phase is Phase.WATCH and not panel.next.isEnabled() and panel.explanation.isHidden()
    assert window.lessons.dock.isVisible() and not window.docks["controls"].isVisible()
    window.lessons._tick()
    assert "step ≥ 5 (now" in panel.waiting.text()
    done(qtbot, window)
    assert panel.explanation.toPlainText() == "Seen." and panel.next.isEnabled() and panel.waiting.isHidden()


def test_what_the_user_had_returns_as_one_change(schooled: Window, qtbot: QtBot) -> None:
    window, channel = schooled, schooled.current
    channel.edit("rate", 7.0, True)
    channel.reseed(4)
    channel.set_speed(50.0)
    channel.set_playing(False)
    widths = {name: dock.width() for name, dock in window.docks.items() if dock.isVisible()}
    start(window)
    done(qtbot, window)
    during = channel.params
    window.lessons.player.leave()
    assert channel.params == ToyParams(rate=7.0) and channel.seed == 4
    assert channel.speed == window.preferences.speed("toy") == 50.0 and not channel.playing
    assert settle(qtbot, window).params == channel.params
    assert {name for name, dock in window.docks.items() if dock.isVisible()} == set(widths)
    qtbot.waitUntil(lambda: all(abs(window.docks[name].width() - wide) <= 8 for name, wide in widths.items()))
    assert all(row.isVisible() for name, row in window.controls["toy"].rows.items() if name != "small")
    channel.undo()
    assert channel.params == during
    channel.redo()
    assert channel.params == ToyParams(rate=7.0)


def test_settings_wait_for_the_prediction(schooled: Window, qtbot: QtBot) -> None:
    window, player, panel = schooled, schooled.lessons.player, schooled.lessons.panel
    start(window)
    done(qtbot, window)
    panel.next.click()
    assert player.phase is Phase.PREDICT and panel.next.text() == "Reveal" and not panel.next.isEnabled()
    assert not window.current.playing and window.current.params.rate == 2.0  # type: ignore[attr-defined]
    marker = window.lessons.marker
    qtbot.waitUntil(lambda: marker.view is not None)
    assert marker.view is not None
    low, high = marker.view.box.viewRange()[1]
    assert low <= -0.5 and high >= 1.0, "the whole range is in sight"
    line = marker._lines[0]
    line.setValue(0.25)
    line.sigDragged.emit(line)
    assert player.guess == 0.25 and panel.value.text() == "0.25" and panel.slider.value() == 100
    panel.slider.setValue(150)
    assert player.guess == pytest.approx(0.625) and line.value() == pytest.approx(0.625)
    panel.next.click()
    assert player.phase is Phase.WATCH and window.current.playing
    assert window.current.params.rate == 3.0  # type: ignore[attr-defined]
    done(qtbot, window)
    assert player.measured is not None and player.right is (abs(0.625 - player.measured.mean) <= 0.6)
    assert "You said 0.625; measured" in panel.verdict.text()
    assert len(marker._lines) == 2 and marker._lines[1].value() == pytest.approx(player.measured.mean)
    panel.next.click()
    assert marker._lines == [] and marker.view is None


def test_choices_are_checked(schooled: Window, qtbot: QtBot) -> None:
    window, player, panel = schooled, schooled.lessons.player, schooled.lessons.panel
    start(window, 2)
    shown = {name for name, row in window.controls["toy"].rows.items() if row.isVisible()}
    assert shown == {"rate", "size"} and window.docks["controls"].isVisible()
    assert panel.next.text() == "Check"
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert panel.answers.radios[0].isChecked()
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert player.phase is Phase.DONE and player.right is False
    assert panel.verdict.text() == "Not so."
    assert [words.text() for words in panel.answers.words] == ["✗ this", "✓ that"]
    qtbot.keyClick(window, Qt.Key.Key_2)
    assert player.answer == 0, "it is too late for another"
    panel.again.click()
    panel.answers.words[1].clicked.emit()
    panel.next.click()
    assert player.right is True and panel.verdict.text() == "Right."
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    assert player.index == 1


def test_the_learner_does_what_is_waited_for_and_ends(schooled: Window, qtbot: QtBot) -> None:
    window, player = schooled, schooled.lessons.player
    start(window, 3)
    qtbot.wait(450)
    assert player.phase is Phase.WATCH
    window.current.edit("rate", 6.0, True)
    done(qtbot, window)
    key = str(window.lessons.folder / "waves.md")
    assert window.preferences.lesson(key) == (0, True)
    assert window.lessons.panel.next.text() == "Finish"
    window.lessons.panel.next.click()
    assert player.lesson is None and not window.lessons.dock.isVisible()


def test_a_wait_can_be_skipped(schooled: Window) -> None:
    start(schooled, 3)
    assert schooled.lessons.panel.skip.isVisible()
    schooled.lessons.panel.skip.click()
    assert schooled.lessons.player.phase is Phase.DONE


def test_progress_is_kept(schooled: Window, tmp_path: Path, qtbot: QtBot) -> None:
    window = schooled
    start(window, 2)
    window.lessons.player.leave()
    window.preferences.save()
    key = str(window.lessons.folder / "waves.md")
    assert Preferences(tmp_path / "window.ini").lesson(key) == (2, False)
    window.lessons.fill()
    action = next(each for each in window.lessons._actions if each.objectName() == "waves.md")
    assert action.text().strip() == "Waves  (5 min, step 3 of 4)" and "What a wave is." in action.toolTip()
    action.trigger()
    assert window.lessons.player.index == 2
    window.actions_by_name["lesson_afresh"].trigger()
    assert window.lessons.player.index == 0


def test_a_lesson_with_a_mistake_is_listed_with_its_line_and_not_started(schooled: Window, folder: Path) -> None:
    window = schooled
    (folder / "broken.md").write_text(BROKEN, encoding="utf-8")
    (folder / "notes.txt").write_text("no lesson", encoding="utf-8")
    window.lessons.fill()
    names = [each.objectName() for each in window.lessons._actions if each.objectName()]
    assert names[-2:] == ["waves.md", "broken.md"]
    action = next(each for each in window.lessons._actions if each.objectName() == "broken.md")
    assert action.text().startswith("✗  broken.md, line 11: count = '500' is not allowed")
    params = window.current.params
    action.trigger()
    assert window.lessons.player.lesson is None and window.current.params is params
    assert "broken.md, line 11: count" in window.caption.words.text()


def test_a_lesson_is_read_anew_while_it_is_on(schooled: Window, folder: Path) -> None:
    window = schooled
    start(window, 2)
    (folder / "waves.md").write_text(LESSON.replace("Which?", "Which, now?"), encoding="utf-8")
    window.actions_by_name["lessons_reload"].trigger()
    assert window.lessons.player.index == 2 and "Which, now?" in window.lessons.panel.text.toPlainText()
    (folder / "waves.md").write_text(BROKEN, encoding="utf-8")
    window.actions_by_name["lessons_reload"].trigger()
    assert "line 11" in window.caption.words.text()
    assert window.lessons.player.lesson is not None, "the lesson goes on as it was"


def test_a_folder_is_chosen_and_remembered(window: Window, folder: Path, tmp_path: Path) -> None:
    window.lessons.choose_folder(folder)
    assert [each.source for each in window.lessons.books() if each.path is not None] == ["waves.md"]
    window.preferences.save()
    assert Preferences(tmp_path / "window.ini").lessons_folder == folder
    window.lessons.choose_folder(tmp_path / "none")
    assert not any(each.path for each in window.lessons.books())


def test_a_lesson_dropped_on_the_window_starts(window: Window, folder: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder / "waves.md"))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(100, 100), copy, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPoint(100, 100), copy, mime, left, none)
    QApplication.sendEvent(window, event)
    assert event.isAccepted()
    assert window.lessons.player.lesson is not None and window.lessons.player.lesson.title == "Waves"


def test_closing_the_dock_ends_the_lesson(schooled: Window) -> None:
    start(schooled)
    schooled.lessons.dock.close()
    assert schooled.lessons.player.lesson is None and schooled.docks["controls"].isVisible()


def test_presentation_shows_the_step_large(schooled: Window, qtbot: QtBot) -> None:
    window, panel = schooled, schooled.lessons.panel
    start(window)
    small = panel.text.document().defaultFont().pixelSize()
    width = window.lessons.dock.width()
    window.toggle_presentation()
    assert panel.text.document().defaultFont().pixelSize() >= 1.5 * small
    qtbot.waitUntil(lambda: window.lessons.dock.isVisible() and window.lessons.dock.width() >= 1.3 * width)
    window.toggle_presentation()
    assert panel.text.document().defaultFont().pixelSize() == small
    assert window.lessons.dock.isVisible()


def test_a_lesson_opens_nothing_that_it_names(schooled: Window, folder: Path) -> None:
    secret = folder / "picture.png"
    secret.write_bytes(b"\x89PNG")
    text = LESSON.replace("A wave", f"![picture]({secret}) <img src='{secret}'> <b>A</b> wave")
    (folder / "waves.md").write_text(text, encoding="utf-8")
    asked: list[object] = []
    prose = schooled.lessons.panel.text
    own = type(prose).loadResource
    type(prose).loadResource = lambda self, kind, name: asked.append(own(self, kind, name))  # type: ignore[method-assign]
    try:
        start(schooled)
        schooled.grab()
    finally:
        type(prose).loadResource = own  # type: ignore[method-assign]
    assert all(each is None for each in asked)
    assert "<b>A</b> wave" in prose.toPlainText()


def test_closing_the_window_in_mid_lesson_keeps_the_users_own_layout(
    make_window: MakeWindow, toy: type[Toy], folder: Path
) -> None:
    window = make_window(toy)
    window.preferences.lessons_folder = folder
    window.docks["theory"].close()
    start(window)
    window.close()
    assert window.closed_cleanly
    again = make_window(toy)
    assert again.docks["controls"].isVisible() and not again.docks["theory"].isVisible()
    assert not again.lessons.dock.isVisible()
