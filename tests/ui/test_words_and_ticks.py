"""Words end at a clause where there is no room; axes have ticks enough to be read."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from simulator.figures import Curve, Curves, frozen
from ui.theme import DARK
from ui.views import make_view, numbers
from ui.views.axis import TALL, Axis
from ui.views.curves import CurvesView
from ui.views.fitting import fitting, naming, shorter, symbol_of
from ui.views.strokes import Stroke


@pytest.mark.parametrize(
    ("words", "forms"),
    [
        ("direction 2 (2 % of the way)", ["direction 2"]),
        ("slice through the centre; the others stand apart", ["slice through the centre"]),
        ("blue: meet · red: part · 18% measured", ["blue: meet · red: part", "blue: meet", "blue"]),
        ("fit: N^(0.49 ± 0.01)", ["fit"]),
        ("C(t,0) with the start", []),
        ("E = H/N", []),
    ],
)
def test_what_is_said_last_is_left_out_first(words: str, forms: list[str]) -> None:
    assert shorter(words) == [words, *forms]


def test_words_are_cut_only_where_no_clause_is_short_enough(qapp: object) -> None:
    metrics = DARK.metrics("small")
    words = "mean output of 8 networks, each from its own initial weights"
    assert fitting(words, metrics, 1000.0) == words
    assert fitting(words, metrics, metrics.horizontalAdvance(words) - 1) == "mean output of 8 networks"
    assert fitting(words, metrics, 50.0).endswith("…")
    for room in (20.0, 60.0, 150.0, 400.0):
        assert metrics.horizontalAdvance(fitting(words, metrics, room)) <= room


@pytest.mark.parametrize(
    ("words", "symbol"),
    [
        ("E = H/N", "E"), ("time t = Σ η", "t"), ("correlation c", "c"), ("density", ""), ("axis 1 (62 %)", ""),
        ("log₁₀ L", ""), ("log₁₀ η₁, output layer", ""), ("x₁", "x₁"), ("ln of the distance", ""),
    ],
)  # fmt: skip
def test_the_symbol_of_an_axis(words: str, symbol: str) -> None:
    assert symbol_of(words) == symbol


def test_an_axis_has_its_symbol_before_a_word_is_cut(qapp: object) -> None:
    metrics = DARK.metrics("small")
    for words, symbol in (("E = H/N", "E"), ("correlation c", "c")):
        assert naming(words, metrics, metrics.horizontalAdvance(words)) == words
        assert naming(words, metrics, metrics.horizontalAdvance(words) - 1) == symbol
    assert naming("accuracy", metrics, metrics.horizontalAdvance("acc…")) == ""
    assert naming("concentration", metrics, metrics.horizontalAdvance("concen…") + 2) == "concen…"


def test_an_axis_says_the_rest_in_its_tooltip(qtbot: QtBot) -> None:
    label = "direction 1 (62 % of the way that the network has gone so far)"
    view = make_view(Curves("t", label, "y", (Curve("a", frozen([0.0, 1.0]), frozen([0.0, 1.0])),)))
    assert isinstance(view, CurvesView)
    qtbot.addWidget(view)
    view.resize(240, 200)
    view.show()
    qtbot.waitExposed(view)
    assert view.bottom.label.toPlainText().strip() == "direction 1"
    assert view.bottom.label.toolTip() == label


SPANS = st.tuples(st.floats(-12, 12), st.floats(0.02, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(SPANS, st.integers(2, 12))
def test_a_logarithmic_axis_has_two_ticks_at_least(span: tuple[float, float], at_most: int) -> None:
    low, high = span
    _, places = numbers.enough(numbers.log_ticks, low, high, at_most)
    assert len(places) >= 2
    assert len(places) <= max(at_most, 2) + 5
    assert all(low - 1e-6 <= p <= high + 1e-6 for p in places)
    assert (np.diff(places) > 0).all()
    words = numbers.log_tick_words(places)
    assert len(set(words)) == len(words)


@given(SPANS, st.integers(2, 12))
def test_decades_come_first_and_then_one_two_five(span: tuple[float, float], at_most: int) -> None:
    """No mixtures such as 2, 5, 10, 1000: whole decades at even strides, or factors of 1, 2, 5 with none left out."""
    low, high = span
    _, places = numbers.log_ticks(low, high, at_most)
    whole = [abs(p - round(p)) < 1e-9 for p in places]
    decades = [k for k in range(int(np.ceil(low - 1e-9)), int(np.floor(high + 1e-9)) + 1)]
    if len(decades) > 2:
        assert all(whole)
        assert len(set(np.diff(places).round(6))) <= 1
    elif any(whole) and not all(whole):
        assert sum(whole) == len(decades)


@pytest.mark.parametrize("span", [(0.0, 1.0), (-1.745, -1.735), (0.31, 0.69), (1e5, 1.004e5)])
@pytest.mark.parametrize("side", ["left", "bottom"])
@pytest.mark.parametrize("pixels", [TALL, 65.0, 90.0, 140.0, 300.0])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_an_axis_as_long_as_fifty_pixels_has_two_ticks(
    qapp: object, span: tuple[float, float], side: str, pixels: float, logarithmic: bool
) -> None:
    axis = Axis(side)
    axis.restyle(DARK)
    axis.set_scale(logarithmic)
    low, high = np.log10([2.0 + span[0], 2.0 + span[1]]) if logarithmic else span
    ((spacing, places),) = axis.tickValues(float(low), float(high), pixels)
    words = axis.tickStrings(places, 1.0, spacing)
    assert len(set(words)) >= 2
    assert all(low - 1e-9 <= p <= high + 1e-9 for p in places)


def test_joined_marks_are_drawn_as_marks_with_a_thin_line_between_neighbours(qtbot: QtBot) -> None:
    """What has not been measured is a gap, not a straight line across it."""
    x, y = np.arange(6.0), np.array([0.0, 0.1, np.nan, np.nan, 0.9, 1.0])
    curve = Curve("N = 16", frozen(x), frozen(y), "series", frozen(y - 0.05), frozen(y + 0.05), 0, True, True)
    figure = Curves("t", "x", "y", (curve,))
    view = make_view(figure)
    assert isinstance(view, CurvesView)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    qtbot.waitExposed(view)
    by_kind: dict[str, Stroke] = {stroke.kind: stroke for stroke in view.strokes.drawn}
    assert set(by_kind) == {"line", "pairs", "marks"}
    assert np.isnan(by_kind["line"].y[2:4]).all() and by_kind["line"].pen.widthF() == 1.0
    assert by_kind["pairs"].x.size == 8
    view.show_figure(dataclasses.replace(figure, curves=(dataclasses.replace(curve, joined=False),)))
    assert {stroke.kind for stroke in view.strokes.drawn} == {"pairs", "marks"}
