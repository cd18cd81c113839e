"""The words over a picture: nothing is cut while there is room for it."""

from PySide6.QtGui import QPen
from pytestqt.qtbot import QtBot

from ui.theme import DARK
from ui.views.heading import MAX_LEGEND_ROWS, Entry, Heading


def heading(qtbot: QtBot, width: int, height: int, labels: list[str], title: str = "Title") -> Heading:
    made = Heading(DARK)
    qtbot.addWidget(made)
    made.resize(width, made.height())
    made.set_room(height)
    made.set_words(title, "")
    made.set_entries(tuple(Entry(label, QPen()) for label in labels))
    return made


def words(made: Heading) -> list[list[str]]:
    return [[text for _, _, text in row] for row in made._rows(DARK.metrics("small"))]


def test_a_legend_takes_the_rows_it_needs_while_the_picture_is_high_enough(qtbot: QtBot) -> None:
    labels = [f"entry {k}" for k in range(8)]
    high = words(heading(qtbot, 190, 400, labels))
    assert [text for row in high for text in row] == labels and 1 < len(high) <= MAX_LEGEND_ROWS
    low = words(heading(qtbot, 190, 130, labels))
    *named, count = [text for row in low for text in row]
    assert len(low) == 2 and named == labels[: len(named)] and count == f"+ {len(labels) - len(named)}"


def test_how_many_are_left_out_is_itself_whole(qtbot: QtBot) -> None:
    for width in range(120, 400, 7):
        made = heading(qtbot, width, 130, [f"entry number {k}" for k in range(9)])
        x, entry, text = made._rows(DARK.metrics("small"))[-1][-1]
        assert entry is None and x + DARK.metrics("small").horizontalAdvance(text) <= width


def test_a_long_title_is_set_smaller_before_it_is_cut(qtbot: QtBot) -> None:
    title = "How evenly small changes pass"
    wide = DARK.metrics("title", bold=True).horizontalAdvance(title)
    assert heading(qtbot, int(wide) + 2, 300, [], title)._title_size() == "title"
    assert heading(qtbot, int(wide) - 5, 300, [], title)._title_size() == "body"
    assert DARK.metrics("body", bold=True).horizontalAdvance(title) < wide - 5
