"""The agreement table: rounding, verdicts, words where nothing is predicted."""

import math

import pytest
from PySide6.QtWidgets import QApplication, QTableWidget
from pytestqt.qtbot import QtBot

from simulator.agreement import Agreement, no_prediction
from simulator.snapshot import Measurement, Snapshot
from ui.chrome import dress
from ui.theme import DARK, LIGHT
from ui.theory_panel import TheoryPanel, explain, predicted, verdict, with_error

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-1.15470, 0.00123, "−1.1547 ± 0.0012"),
        (0.5, 0.25, "0.50 ± 0.25"),
        (1234.5, 67.0, "1234 ± 67"),
        (0.98765, 0.0999, "0.988 ± 0.100"),
        (3.14159265, NAN, "3.142"),
        (3.14159265, 0.0, "3.142"),
        (NAN, 0.1, "–"),
        (math.inf, NAN, "infinite"),
        (2e9, 3e7, "2.000e+09 ± 3.0e+07"),
    ],
)
def test_two_significant_digits_of_the_error(value: float, error: float, text: str) -> None:
    assert with_error(value, error) == text


def test_verdicts() -> None:
    assert verdict(Agreement("a", 1.0, 0.1, 1.1)) == "−1.0 σ  ok"
    assert verdict(Agreement("a", 1.0, 0.1, 1.5)) == "−5.0 σ  off"
    assert verdict(Agreement("a", 1.0, 0.1, 1.001)) == verdict(Agreement("a", 1.0, 0.1, 0.999)) == "0.0 σ  ok"
    assert verdict(no_prediction("a", 1.0, 0.1, "it is new")) == "no prediction here, because it is new"
    assert verdict(Agreement("a", NAN, NAN, 1.1)) == "not measured"
    assert "no error bar" in verdict(Agreement("a", 1.0, NAN, 1.1))
    assert predicted(Agreement("a", 1.0, 0.012, 1.2345678)) == "1.2346"
    assert predicted(Agreement("a", 1.0, 0.012, 1.2345678, allowance=0.05)) == "1.235 ± 0.050"
    assert "Kac 1943" in explain(Agreement("a", 1.0, 0.1, 1.0, allowance=0.1, source="Kac 1943"))


def test_each_column_says_what_it_means(qtbot: QtBot) -> None:
    panel = TheoryPanel(DARK)
    qtbot.addWidget(panel)
    headings = [panel.table.horizontalHeaderItem(column) for column in range(panel.table.columnCount())]
    said = {each.text(): each.toolTip() for each in headings if each is not None}
    assert list(said) == ["Quantity", "Measured", "Predicted", "Deviation"]
    assert (
        "standard error" in said["Measured"] and "leaves open" in said["Predicted"] and "up to 3" in said["Deviation"]
    )


def test_the_table_follows_the_snapshot(qtbot: QtBot) -> None:
    panel = TheoryPanel(DARK)
    qtbot.addWidget(panel)
    panel.set_theme(DARK)
    lines = (Agreement("energy", -1.0, 0.1, -1.05), no_prediction("index", 0.2, 0.1, "too few walkers"))

    def shown(agreement: tuple[Agreement, ...]) -> list[list[str]]:
        panel.show_news(Snapshot("x", 0, 0, None, 1, Measurement({}, {}, agreement)))
        table = panel.table
        cells = [[table.item(row, column) for column in range(table.columnCount())] for row in range(table.rowCount())]
        return [[item.text() for item in row] for row in cells]

    assert shown(lines) == [
        ["energy", "−1.00 ± 0.10", "−1.050", "+0.5 σ  ok"],
        [
            "index",
            "0.20 ± 0.10",
            "no prediction here, because too few walkers",
            "no prediction here, because too few walkers",
        ],
    ]
    assert shown(lines[:1]) == [["energy", "−1.00 ± 0.10", "−1.050", "+0.5 σ  ok"]]
    assert shown(lines[::-1])[0][0] == "index"
    panel.set_theme(LIGHT)
    assert shown(()) == []


def test_where_there_is_little_room_a_reason_begins_with_what_it_says(qtbot: QtBot) -> None:
    panel = TheoryPanel(DARK)
    qtbot.addWidget(panel)
    panel.set_theme(DARK)
    panel.show()
    reason = "too few walkers have come to where anything of the kind could be said of them"
    panel.show_news(Snapshot("x", 0, 0, None, 1, Measurement({}, {}, (no_prediction("index", 0.2, 0.1, reason),) * 3)))
    for size, words in (((400, 90), f"none: {reason}"), ((400, 400), f"no prediction here, because {reason}")):
        panel.resize(*size)

        def said(words: str = words) -> bool:
            item = panel.table.item(1, 2)
            return item is not None and item.text() == words and reason in item.toolTip()

        qtbot.waitUntil(said, timeout=5000)


def test_the_verdict_is_whole_where_there_is_little_room(qtbot: QtBot, qapp: QApplication) -> None:
    """The columns move together, then the names are cut; numbers and verdicts never are."""
    dress(qapp, DARK)  # the cells' padding is the window's
    panel = TheoryPanel(DARK)
    qtbot.addWidget(panel)
    panel.set_theme(DARK)
    panel.show()
    line = Agreement("a name that nobody would read to its end in a table", -0.8782, 0.0098, -0.8675, 0.0087)
    for width in (430, 600, 900):
        panel.resize(width, 200)
        panel.show_news(Snapshot("x", 0, 0, None, 1, Measurement({}, {}, (line, line))))
        table = panel.table

        def whole(table: QTableWidget = table) -> bool:
            needed = [table.sizeHintForIndex(table.model().index(0, column)).width() for column in range(4)]
            given = [table.columnWidth(column) for column in range(4)]
            fits = sum(given) <= table.viewport().width()
            return fits and all(have >= want for have, want in list(zip(given, needed, strict=True))[1:])

        qtbot.waitUntil(whole, timeout=5000)
        panel.show_news(Snapshot("x", 0, 0, None, 1, Measurement({}, {}, ())))
