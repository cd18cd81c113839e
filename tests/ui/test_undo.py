"""Undo and redo, with drags as one change."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.undo import DEPTH, Timeline


def test_a_drag_is_one_change() -> None:
    timeline = Timeline(0)
    for value in (1, 2, 3):
        timeline.change(value, gesture="slider")
    timeline.seal()
    timeline.change(4, gesture="slider")
    assert [timeline.undo(), timeline.undo(), timeline.undo()] == [3, 0, 0]
    assert [timeline.redo(), timeline.redo(), timeline.redo()] == [3, 4, 4]


def test_dragged_back_to_where_it_began_is_no_change() -> None:
    timeline = Timeline(0)
    timeline.change(1, gesture="slider")
    timeline.change(0, gesture="slider")
    assert not timeline.can_undo


def test_a_new_change_forgets_what_was_undone() -> None:
    timeline = Timeline(0)
    timeline.change(1)
    timeline.undo()
    timeline.change(2)
    assert not timeline.can_redo
    assert timeline.undo() == 0


def test_the_same_value_again_is_no_change() -> None:
    timeline = Timeline(0)
    timeline.change(0)
    assert not timeline.can_undo


@given(st.lists(st.integers(0, 5), max_size=40))
def test_undoing_everything_leads_back_and_redoing_forth(values: list[int]) -> None:
    timeline = Timeline(-1)
    for value in values:
        timeline.change(value)
    last = timeline.present
    while timeline.can_undo:
        timeline.undo()
    assert timeline.present == -1
    while timeline.can_redo:
        timeline.redo()
    assert timeline.present == last


def test_memory_is_bounded() -> None:
    timeline = Timeline(0)
    for value in range(1, 3 * DEPTH):
        timeline.change(value)
    steps = 0
    while timeline.can_undo:
        timeline.undo()
        steps += 1
    assert steps == DEPTH
