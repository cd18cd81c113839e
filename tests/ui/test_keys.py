"""Keys, menus and the transport."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from simulator.runner import DEFAULT_SEED
from tests.ui.helpers import entry_of, settle, snapshot
from ui.keys import COMMANDS, KeysDialog, key_table
from ui.transport import AS_FAST_AS_POSSIBLE, parse_speed, speed_text
from ui.window import Window

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def press(qtbot: QtBot, window: Window, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    qtbot.keyClick(window.focusWidget(), key, held)


def test_space_pauses_and_plays(window: Window, qtbot: QtBot) -> None:
    press(qtbot, window, Qt.Key.Key_Space)
    assert not window.current.playing and window.transport.play.text() == "Play"
    step = settle(qtbot, window).step
    qtbot.wait(100)
    assert snapshot(window).step == step
    press(qtbot, window, Qt.Key.Key_Space)
    assert window.current.playing
    qtbot.waitUntil(lambda: snapshot(window).step > step)


def test_right_takes_one_step(window: Window, qtbot: QtBot) -> None:
    press(qtbot, window, Qt.Key.Key_Space)
    step = settle(qtbot, window).step
    for _ in range(3):
        press(qtbot, window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: snapshot(window).step == step + 3)
    assert not window.current.playing


def test_r_begins_anew_from_the_same_seed_and_never_starts_a_paused_run(window: Window, qtbot: QtBot) -> None:
    press(qtbot, window, Qt.Key.Key_Space)
    generation = settle(qtbot, window).generation
    press(qtbot, window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: snapshot(window).generation > generation)
    qtbot.wait(100)
    assert snapshot(window).step == 0 and snapshot(window).seed == DEFAULT_SEED
    assert not window.current.playing


def test_shift_r_takes_a_new_seed_and_shows_it(window: Window, qtbot: QtBot) -> None:
    press(qtbot, window, Qt.Key.Key_R, SHIFT)
    assert window.current.seed != DEFAULT_SEED
    assert window.transport.seed.text() == str(window.current.seed)
    assert settle(qtbot, window).seed == window.current.seed


def test_a_seed_can_be_typed_and_a_bad_one_is_refused(window: Window, qtbot: QtBot) -> None:
    seed = window.transport.seed
    for text in ("-3", "x", "1.5", ""):
        seed.setFocus()
        seed.selectAll()
        qtbot.keyClicks(seed, text) if text else qtbot.keyClick(seed, Qt.Key.Key_Delete)
        qtbot.keyClick(seed, Qt.Key.Key_Return)
        assert window.current.seed == DEFAULT_SEED and seed.text() == str(DEFAULT_SEED)
        assert "a whole number" in window.status.notice.text()
    seed.setFocus()
    seed.selectAll()
    qtbot.keyClicks(seed, "77")
    qtbot.keyClick(seed, Qt.Key.Key_Return)
    assert settle(qtbot, window).seed == 77


def test_plus_and_minus_change_the_speed(window: Window, qtbot: QtBot) -> None:
    press(qtbot, window, Qt.Key.Key_Minus)
    fast = window.current.speed
    assert fast is not None
    press(qtbot, window, Qt.Key.Key_Minus)
    slow = window.current.speed
    assert slow is not None and slow < fast
    press(qtbot, window, Qt.Key.Key_Equal)
    press(qtbot, window, Qt.Key.Key_Plus)
    assert window.current.speed is None
    for _ in range(40):
        press(qtbot, window, Qt.Key.Key_Minus)
    assert window.current.speed == 1.0


def test_undo_and_redo(window: Window, qtbot: QtBot) -> None:
    window.current.edit("rate", 2.0, True)
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert window.current.params.rate == 1.0  # type: ignore[attr-defined]
    press(qtbot, window, Qt.Key.Key_Z, CTRL, SHIFT)
    assert settle(qtbot, window).params.rate == 2.0  # type: ignore[attr-defined]
    window.current.restore_defaults()
    assert settle(qtbot, window).params.rate == 1.0  # type: ignore[attr-defined]


def test_keys_do_not_fire_while_typing(window: Window, qtbot: QtBot) -> None:
    entry = entry_of(window.controls["toy"].rows["layers"])
    entry.setFocus()
    entry.selectAll()
    generation = settle(qtbot, window).generation
    qtbot.keyClicks(entry, "r R-+h?")
    qtbot.keyClick(entry, Qt.Key.Key_Right)
    qtbot.keyClick(entry, Qt.Key.Key_Space)
    assert entry.text() == "r R-+h? "
    assert window.current.playing and window.current.speed is None and window.current.seed == DEFAULT_SEED
    assert not window.bar.isHidden() and not window.findChildren(KeysDialog)
    assert snapshot(window).generation == generation
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    press(qtbot, window, Qt.Key.Key_Space)
    assert not window.current.playing, "Enter gives the keys back"


def test_h_f11_and_workspaces(window: Window, qtbot: QtBot) -> None:
    press(qtbot, window, Qt.Key.Key_H)
    assert window.bar.isHidden()
    press(qtbot, window, Qt.Key.Key_Space)
    assert not window.current.playing, "keys work while the controls are hidden"
    press(qtbot, window, Qt.Key.Key_H)
    press(qtbot, window, Qt.Key.Key_F11)
    assert window.theme.presentation
    press(qtbot, window, Qt.Key.Key_F11)
    press(qtbot, window, Qt.Key.Key_1, CTRL)
    assert window.workspace is window.workspaces[0]


@pytest.mark.parametrize("key", [Qt.Key.Key_F1, Qt.Key.Key_Question])
def test_help_shows_all_keys(window: Window, qtbot: QtBot, key: Qt.Key) -> None:
    press(qtbot, window, key)
    assert window.findChild(KeysDialog).isVisible()
    press(qtbot, window, key)
    qtbot.waitUntil(lambda: not window.findChildren(KeysDialog))


def test_no_key_means_two_things_and_each_is_in_the_table() -> None:
    keys = [QKeySequence(key).toString() for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys)) and "" not in keys
    shown = dict(key_table())
    assert all(command.text.rstrip("…") in shown.values() for command in COMMANDS if command.keys)


@pytest.mark.parametrize(
    ("text", "speed"), [("max", None), ("", None), ("250", 250.0), ("1,000 steps/s", 1000.0), ("0.5", 0.5)]
)
def test_speeds_in_words(text: str, speed: float | None) -> None:
    assert parse_speed(text) == speed
    assert parse_speed(speed_text(speed)) == speed


@pytest.mark.parametrize("text", ["quick", "-1", "0", "nan", "inf"])
def test_a_bad_speed_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="a number of steps a second"):
        parse_speed(text)


def test_what_was_typed_wrong_is_said_in_full(window: Window, qtbot: QtBot) -> None:
    """The numbers of the status bar step aside for a line that needs the room; a longer one has an ellipsis."""
    status, seed = window.status, window.transport.seed
    letter = status.notice.fontMetrics().horizontalAdvance("9")
    fits = int(0.7 * status.width() / letter) - 70
    for typed, whole in (("x" * max(fits, 1), True), ("9" * 400, False)):
        seed.setFocus()
        seed.selectAll()
        qtbot.keyClicks(seed, typed)
        qtbot.keyClick(seed, Qt.Key.Key_Return)
        assert typed in status.notice.text() and status.notice.toolTip() == status.notice.text()
        qtbot.wait(50)
        assert (status.notice.needs <= status.notice.width()) == whole
        assert status.drawing.isHidden()
    drawn = status.notice.grab().toImage()
    assert drawn.width() == status.notice.width()
    window.say("short")
    qtbot.waitUntil(lambda: not status.device.isHidden())


def test_a_speed_can_be_typed(window: Window, qtbot: QtBot) -> None:
    edit = window.transport.speed.lineEdit()
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "123")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert window.current.speed == 123.0
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "warp")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert window.current.speed == 123.0 and "warp" in window.status.notice.text()
    window.current.set_speed(None)
    assert edit.text() == AS_FAST_AS_POSSIBLE


def test_keys_work_from_a_floating_panel(window: Window, qtbot: QtBot) -> None:
    dock = window.docks["toy.waves"]
    dock.setFloating(True)
    dock.activateWindow()
    qtbot.waitUntil(dock.isActiveWindow)
    qtbot.keyClick(dock, Qt.Key.Key_Space)
    assert not window.current.playing


def test_no_field_takes_the_keys_before_it_is_clicked(window: Window, qtbot: QtBot) -> None:
    assert window.focusWidget() is window
    edit = window.transport.seed
    edit.setFocus()
    assert window.focusWidget() is edit
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert window.focusWidget() is window
    edit.setFocus()
    qtbot.mouseClick(window.docks["toy.waves"].bar, Qt.MouseButton.LeftButton)
    assert window.focusWidget() is window, "a click beside the field gives the keys back"
