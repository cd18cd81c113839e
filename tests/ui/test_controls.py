"""The parameter panel: what a user does to it, and what the run is given."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from simulator import parameters
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.experiments.training.params import TrainingParams
from tests.ui.helpers import entry_of, settle
from tests.ui.toy import ToyParams
from ui.controls import ControlPanel
from ui.editors import ChoiceRow, NumberRow, Row, SwitchRow, TextRow
from ui.slider import Slider
from ui.window import Window


def row(window: Window, name: str) -> Row:
    return window.controls["toy"].rows[name]


def type_into(qtbot: QtBot, window: Window, name: str, text: str) -> None:
    entry = entry_of(row(window, name))
    entry.setFocus()
    entry.selectAll()
    qtbot.keyClicks(entry, text)
    qtbot.keyClick(entry, Qt.Key.Key_Return)


def slider(window: Window, name: str) -> Slider:
    number = row(window, name)
    assert isinstance(number, NumberRow) and number.slider is not None
    return number.slider


def drag(widget: Slider, *positions: int) -> None:
    """Press at the first position and move through the others, without letting go."""

    def point(position: int) -> QPoint:
        return QPoint(6 + round(position / widget.maximum() * (widget.width() - 12)), widget.height() // 2)

    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=point(positions[0]))
    for position in positions[1:]:
        QTest.mouseMove(widget, point(position))


def params(window: Window) -> ToyParams:
    found = window.current.params
    assert isinstance(found, ToyParams)
    return found


def test_each_kind_of_parameter_has_its_widget(window: Window) -> None:
    kinds = {name: type(each) for name, each in window.controls["toy"].rows.items()}
    assert kinds["kind"] is ChoiceRow and kinds["bold"] is SwitchRow and kinds["layers"] is TextRow
    assert kinds["rate"] is NumberRow and kinds["free"] is NumberRow


def test_exact_numbers_are_taken(window: Window, qtbot: QtBot) -> None:
    type_into(qtbot, window, "rate", "1.23456789")
    assert params(window).rate == 1.23456789
    type_into(qtbot, window, "free", "-2.5e-7")
    assert params(window).free == -2.5e-7
    type_into(qtbot, window, "layers", "8,8,8")
    assert params(window).layers == "8,8,8"
    assert settle(qtbot, window).params == params(window)


def test_a_bad_value_says_what_is_allowed_and_keeps_the_old(window: Window, qtbot: QtBot) -> None:
    for text in ("abc", "11", "nan", ""):
        type_into(qtbot, window, "rate", text)
        assert params(window).rate == 1.0
        assert row(window, "rate").error.isVisible()
        assert "a number from 0 to 10" in row(window, "rate").error.text()
        assert entry_of(row(window, "rate")).text() == "1"
    type_into(qtbot, window, "rate", "2")
    assert not row(window, "rate").error.isVisible()


def test_a_bad_combination_is_explained_at_the_control(window: Window, qtbot: QtBot) -> None:
    type_into(qtbot, window, "size", "2")
    assert params(window).size == 128
    assert "at most size" in row(window, "size").error.text()


def test_escape_takes_back_what_was_typed(window: Window, qtbot: QtBot) -> None:
    entry = entry_of(row(window, "rate"))
    entry.setFocus()
    qtbot.keyClicks(entry, "99")
    qtbot.keyClick(entry, Qt.Key.Key_Escape)
    assert entry.text() == "1" and params(window).rate == 1.0


def test_a_live_slider_acts_on_every_pixel_and_is_undone_in_one(window: Window, qtbot: QtBot) -> None:
    rate = slider(window, "rate")
    generation = settle(qtbot, window).generation
    drag(rate, 200, 300, 500)
    assert 4.9 < params(window).rate < 5.1
    QTest.mouseRelease(rate, Qt.MouseButton.LeftButton, pos=QPoint(rate.width() // 2, 5))
    assert settle(qtbot, window).generation == generation, "a live change does not restart"
    window.current.undo()
    assert params(window).rate == 1.0 and rate.value() == 100
    assert not window.current.timeline.can_undo


def test_a_restarting_slider_acts_when_let_go(window: Window, qtbot: QtBot) -> None:
    size = slider(window, "size")
    generation = settle(qtbot, window).generation
    drag(size, 700, 900)
    assert params(window).size == 128
    assert entry_of(row(window, "size")).text() != "128", "the number follows the mouse all the same"
    QTest.mouseRelease(size, Qt.MouseButton.LeftButton, pos=QPoint(size.width() - 20, 5))
    assert params(window).size > 400
    assert settle(qtbot, window).generation > generation


def test_choices_and_switches(window: Window, qtbot: QtBot) -> None:
    small, kind, bold = row(window, "small"), row(window, "kind"), row(window, "bold")
    assert small.isHidden(), "what does not apply is not shown"
    assert isinstance(kind, ChoiceRow) and isinstance(bold, SwitchRow)
    kind.combo.setCurrentText("noise")
    kind.combo.activated.emit(1)
    assert params(window).kind == "noise" and not small.isHidden()
    bold.check.click()
    assert params(window).bold is True
    window.current.undo()
    assert params(window).bold is False and not bold.check.isChecked()


def test_a_dot_marks_what_is_not_default_and_a_double_click_restores_it(window: Window, qtbot: QtBot) -> None:
    rate = row(window, "rate")
    assert not rate.head.shows_dot
    type_into(qtbot, window, "rate", "3")
    assert rate.head.shows_dot
    qtbot.mouseDClick(rate.head, Qt.MouseButton.LeftButton)
    assert params(window).rate == 1.0 and not rate.head.shows_dot


def test_arrow_keys_turn_a_slider_that_tab_has_led_to(window: Window, qtbot: QtBot) -> None:
    rate = slider(window, "rate")
    rate.setFocus(Qt.FocusReason.TabFocusReason)
    step = settle(qtbot, window).playing
    qtbot.keyClick(rate, Qt.Key.Key_Right)
    qtbot.keyClick(rate, Qt.Key.Key_Right)
    assert params(window).rate == 1.2
    assert window.current.playing is step, "Right belongs to the slider now"
    qtbot.wait(600)
    window.current.undo()
    assert params(window).rate == 1.0, "a burst of keys is one change"


def test_every_tooltip_says_range_default_and_effect(window: Window) -> None:
    for name, each in window.controls["toy"].rows.items():
        tip = each.toolTip()
        assert "default" in tip and each.field.param.label in tip and f"--set {name}=" in tip


def test_a_tooltip_gives_the_value_on_screen_as_the_command_line_takes_it(window: Window, qtbot: QtBot) -> None:
    type_into(qtbot, window, "rate", "1.23456789")
    type_into(qtbot, window, "layers", "4 <b>")
    assert "--set rate=1.23456789<" in row(window, "rate").toolTip()
    assert "--set &#x27;layers=4 &lt;b&gt;&#x27;" in row(window, "layers").toolTip()
    bold = row(window, "bold")
    assert isinstance(bold, SwitchRow) and "--set bold=off" in bold.toolTip()
    bold.check.click()
    assert "--set bold=on" in bold.toolTip()
    assert not bold.check.toolTip() and not bold.head.toolTip(), "the row's is seen wherever the mouse is on it"


def test_what_zero_or_an_empty_field_stands_for_is_said_in_it(qtbot: QtBot) -> None:
    panel = ControlPanel(SharpeningParams)
    qtbot.addWidget(panel)
    begun = SharpeningParams()
    panel.show_params(begun)
    sizes, rate, horizon = (panel.rows[name] for name in ("sizes", "learning_rate", "duration"))

    def said(each: Row) -> tuple[str, str]:
        return entry_of(each).text(), entry_of(each).placeholderText()

    assert said(sizes) == ("", "usual: 16, 64, 256, 1024") and said(horizon) == ("", "usual: 40")
    assert said(rate) == ("", f"usual: {begun.rate_at(begun.dial):.3g}")
    assert "usual: 40" in horizon.toolTip() and "--set duration=0" in horizon.toolTip()
    panel.show_params(parameters.change(begun, system="glass", learning_rate=0.125))
    assert said(sizes)[1] == "usual: 16, 32, 64, 128" and said(horizon)[1] == "usual: 300", "what is used now"
    assert said(rate)[0] == "0.125"
    asked: list[tuple[object, ...]] = []
    panel.edited.connect(lambda *edit: asked.append(edit))
    entry = entry_of(rate)
    entry.selectAll()
    qtbot.keyClick(entry, Qt.Key.Key_Delete)
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert asked == [("learning_rate", "0", True)], "an emptied number is as usual again"


def test_where_nothing_is_chosen_of_data_all_are_taken(qtbot: QtBot) -> None:
    panel = ControlPanel(TrainingParams)
    qtbot.addWidget(panel)

    def said(name: str) -> str:
        return entry_of(panel.rows[name]).placeholderText()

    panel.show_params(TrainingParams())
    assert (said("samples"), said("data_file"), said("layers")) == ("usual: 400", "none", "as above: 2 of 16")
    panel.show_params(TrainingParams(dataset="digits", depth=3, samples=9))
    assert (said("samples"), said("layers")) == ("all there are", "as above: 3 of 16")
    assert entry_of(panel.rows["samples"]).text() == "9" and said("noise") == ""


def test_showing_parameters_emits_nothing(window: Window, qtbot: QtBot) -> None:
    panel = window.controls["toy"]
    with qtbot.assertNotEmitted(panel.edited):
        panel.show_params(ToyParams(rate=7.0, size=64, kind="noise", bold=True, layers="1", free=3.0, count=9))
