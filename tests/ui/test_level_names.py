"""Names of levels are read: on a ground of their own, off lines and data and each other, inside the plot."""

import dataclasses
import itertools
from functools import partial
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from simulator.figures import Curve, Curves, Level, frozen
from tests.ui import helpers
from ui.theme import DARK, LIGHT
from ui.views.curves import CurvesView

X = np.linspace(0.0, 10.0, 400)


shown = partial(helpers.shown, size=(420, 300))


def along_levels(*levels: Level, y: Any = None) -> Curves:
    y = np.exp(-X / 3) if y is None else y
    return Curves("t", "x", "y", (Curve("measured", frozen(X), frozen(y)),), levels=levels)


def lines_of(view: CurvesView) -> list[tuple[str, float]]:
    return [view.levels._line(axis, place) for axis, place, _, _ in view.levels.lines]


@pytest.mark.parametrize("size", [(900, 600), (420, 300), (260, 200), (180, 130)])
def test_names_stay_inside_off_each_other_and_off_their_lines(qtbot: QtBot, size: tuple[int, int]) -> None:
    levels = (
        Level(0.02, "threshold"), Level(0.021, "glass ground state"), Level(0.0, "native state", "native"),
        Level(1.0, "size of the cloud", "native"), Level(9.9, "dial on screen", "measurement", "x"),
    )  # fmt: skip
    view = shown(qtbot, along_levels(*levels), size=size)
    boxes = [box for box, _, _ in view.levels.boxes()]
    assert len(boxes) == len(levels) if size[1] > 150 else 1 <= len(boxes) <= len(levels)
    for box in boxes:
        assert view.levels.frame.adjusted(-0.01, -0.01, 0.01, 0.01).contains(box)
    for a, b in itertools.combinations(boxes, 2):
        assert not a.intersects(b)
    if size[1] > 150:  # below there is no room beside each line
        for box, (axis, at) in zip(boxes, lines_of(view), strict=True):
            low, high = (box.top(), box.bottom()) if axis == "y" else (box.left(), box.right())
            assert not low < at < high


def test_names_of_neighbours_stand_in_the_order_of_their_levels(qtbot: QtBot) -> None:
    view = shown(qtbot, along_levels(Level(0.47, "ground state"), Level(0.5, "threshold"), y=1.0 - X / 10))
    (lower, upper), ((_, below), (_, above)) = (box for box, _, _ in view.levels.boxes()), lines_of(view)
    assert upper.bottom() < above < below < lower.top()


def test_a_name_stands_where_the_curve_is_not(qtbot: QtBot) -> None:
    """The curve ends on the level at the right: the name goes to the left."""
    view = shown(qtbot, along_levels(Level(0.0, "where it ends")))
    ((box, _, _),) = view.levels.boxes()
    assert box.right() < 0.5 * view.levels.frame.width()
    rises = shown(qtbot, along_levels(Level(0.0, "where it begins"), y=1.0 - np.exp(-X / 3)))
    ((box, _, _),) = rises.levels.boxes()
    assert box.left() > 0.5 * rises.levels.frame.width()


def test_a_name_keeps_its_place_while_data_move_a_little(qtbot: QtBot) -> None:
    figure = along_levels(Level(0.0, "level"))
    view = shown(qtbot, figure)
    places = set()
    for phase in np.linspace(0.0, 6.0, 40):
        wobbling = Curve("measured", frozen(X), frozen(0.4 + 0.4 * np.sin(2 * X + phase)))
        view.show_figure(dataclasses.replace(figure, curves=(wobbling,)))
        ((box, _, _),) = view.levels.boxes()
        places.add((box.left(), box.top()))
    assert len(places) == 1


def test_a_name_is_painted_over_data_on_a_ground_of_the_panels_colour(qtbot: QtBot) -> None:
    """Noise all over the plot: wherever the name stands, nothing is painted over it or shows through."""
    noise = np.random.default_rng(0).uniform(-1, 1, X.size)
    for theme in (DARK, LIGHT):
        view = shown(qtbot, along_levels(Level(0.0, "in the thick of it", "native"), y=noise), theme=theme)
        ((box, _, role),) = view.levels.boxes()
        image = view.plot.grab().toImage()
        place = view.levels.mapRectToScene(box)
        found = {
            QColor(image.pixel(x, y)).name()
            for x in range(round(place.left()) + 2, round(place.right()) - 2)
            for y in (round(place.top()) + 1, round(place.bottom()) - 2)
        }
        assert theme.panel in found
        assert theme.measurement not in found
        ink = {
            QColor(image.pixel(x, y)).name()
            for x in range(round(place.left()), round(place.right()))
            for y in range(round(place.top()), round(place.bottom()))
        }
        assert theme.ink(role).name() in ink


def test_names_of_levels_out_of_sight_are_not_drawn(qtbot: QtBot) -> None:
    view = shown(qtbot, along_levels(Level(0.5, "in sight"), Level(0.2, "")))
    view.box.setRange(yRange=(10.0, 11.0), padding=0)
    assert view.levels.boxes() == []


def test_a_long_name_is_cut_at_a_clause(qtbot: QtBot) -> None:
    view = shown(qtbot, along_levels(Level(0.5, "single precision (no smaller distance can be told apart from none)")))
    ((_, words, _),) = view.levels.boxes()
    assert words == "single precision"


def test_the_whole_plot_full_of_names_is_still_painted(qtbot: QtBot) -> None:
    levels = tuple(Level(k / 30, f"level number {k}") for k in range(30))
    view = shown(qtbot, along_levels(*levels), size=(220, 170))
    view.grab()
    boxes = [box for box, _, _ in view.levels.boxes()]
    assert 1 <= len(boxes) < 30
    assert not any(a.intersects(b) for a, b in itertools.combinations(boxes, 2))
