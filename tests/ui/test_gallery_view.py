"""The gallery: every tile inside, green or red, its words below it; its data as CSV."""

from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from simulator.figures import Gallery, Tile, frozen
from tests.ui import helpers
from ui.theme import DARK
from ui.views.csv_text import figure_csv
from ui.views.gallery import columns_for


def tiles(count: int) -> tuple[Tile, ...]:
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    return tuple(Tile(frozen(grey + k, np.uint8), f"{k}", k % 3 != 0) for k in range(count))


shown = partial(helpers.shown, size=(480, 320))


@pytest.mark.parametrize("count", [1, 2, 7, 40])
@pytest.mark.parametrize("size", [(480, 320), (200, 500), (900, 130)])
def test_every_tile_is_inside_and_none_covers_another(qtbot: QtBot, count: int, size: tuple[int, int]) -> None:
    canvas = shown(qtbot, Gallery("t", tiles(count)), size=size).canvas
    places = canvas.places()
    assert len(places) == count
    for k, place in enumerate(places):
        assert canvas.rect().toRectF().contains(place)
        assert not any(place.intersects(other) for other in places[:k])


def test_right_is_green_wrong_is_red(qtbot: QtBot) -> None:
    view = shown(qtbot, Gallery("t", tiles(2)))
    picture = view.canvas.grab().toImage()
    for place, name in zip(view.canvas.places(), ("danger", "native"), strict=True):
        wanted = QColor(DARK.colour(name))  # type: ignore[arg-type]
        above = [place.topLeft() + QPointF(place.width() / 2, offset) for offset in (-2, -1, 0, 1)]
        rim = [picture.pixelColor(spot.toPoint()) for spot in above]
        assert any(abs(seen.hue() - wanted.hue()) < 12 and seen.saturation() > 60 for seen in rim)


def test_nothing_to_show_is_said(qtbot: QtBot) -> None:
    view = shown(qtbot, Gallery("t", ()))
    assert view.canvas.places() == []
    image = view.canvas.grab().toImage()
    colours = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    assert len(colours) > 1, "a sentence"


def test_its_data_as_csv() -> None:
    lines = figure_csv(Gallery("Digits", tiles(3), "a note")).splitlines()
    assert lines[:2] == ["# title: Digits", "# note: a note"]
    assert "# shape: 8 x 8" in lines
    assert lines[-1].startswith("2,True,2 3 4 ")


def test_as_large_as_lets_all_be_seen() -> None:
    assert columns_for(4, 400, 440, 10) == 2
    assert columns_for(4, 800, 100, 10) == 4
    assert columns_for(0, 100, 100, 10) == 1
