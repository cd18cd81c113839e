"""Positions of a slider and the values they stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.experiments import EXPERIMENTS
from simulator.parameters import fields
from tests.ui.toy import ToyParams
from ui.slider import Ruler, make_ruler

RULERS = {f.name: make_ruler(f) for f in fields(ToyParams)}
ALL = [
    ruler for kind in (ToyParams, *(e.Params for e in EXPERIMENTS)) for f in fields(kind) if (ruler := make_ruler(f))
]


@pytest.mark.parametrize("ruler", ALL, ids=str)
def test_every_position_is_allowed_and_stands_for_itself(ruler: Ruler) -> None:
    values = [ruler.value(position) for position in range(ruler.ticks + 1)]
    assert values[0] == ruler.lo and values[-1] == ruler.hi
    assert values == sorted(values)
    assert all(isinstance(value, int) for value in values) == ruler.whole
    for value in values[:: max(1, ruler.ticks // 50)]:
        assert ruler.value(ruler.position(value)) == pytest.approx(value, rel=0.01, abs=1e-9)


@given(st.floats(1e-9, 1.0))
def test_a_logarithmic_slider_from_zero_reaches_small_values(value: float) -> None:
    ruler = RULERS["small"]
    assert ruler is not None
    assert ruler.position(value) >= 1, "only 0 itself is at the left end"
    if value > 1e-4:
        assert ruler.value(ruler.position(value)) == pytest.approx(value, rel=0.02)


def test_numbers_without_ends_and_words_have_none() -> None:
    assert RULERS["free"] is None
    assert RULERS["kind"] is None
    assert RULERS["bold"] is None
