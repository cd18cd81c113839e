"""What a plot paints, in pixels: where its axes say, and only as much as there is."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from simulator.figures import Curve, Curves, frozen
from tests.ui import helpers
from ui.theme import DARK
from ui.views.curves import CurvesView

X = frozen([1.0, 2.0, 3.0, 4.0])


def shown(qtbot: QtBot, *curves: Curve) -> CurvesView:
    view = helpers.shown(qtbot, Curves("t", "x", "y", curves), (480, 320))
    assert isinstance(view, CurvesView)
    return view


def colours_at(view: CurvesView, x: float, y: float) -> list[QColor]:
    """Of the pixel at a place on the axes and its neighbours: strokes may cover a part of a pixel."""
    spot = view.plot.mapTo(view, view.plot.mapFromScene(view.box.mapViewToScene(QPointF(x, y))))
    image = view.grab().toImage()
    return [image.pixelColor(spot + QPoint(right, down)) for right in (-1, 0, 1) for down in (-1, 0, 1)]


def is_green(view: CurvesView, x: float, y: float) -> bool:
    """Whether there is something in the colour of the native state."""
    return any(c.green() > 110 and c.green() > 1.3 * max(c.red(), c.blue()) for c in colours_at(view, x, y))


def blue(view: CurvesView, x: float, y: float) -> int:
    return max(colour.blue() for colour in colours_at(view, x, y))


@pytest.mark.parametrize("zoomed", [False, True])
def test_strokes_lie_where_the_axes_say(qtbot: QtBot, zoomed: bool) -> None:
    """Marks, error bars, a line with a gap and its band, before and after a zoom."""
    gap = Curve("line", X, frozen([8.0, 8.0, np.nan, 8.0]), low=frozen([7.0] * 4), high=frozen([9.0] * 4))
    marks = Curve("marks", X, frozen([4.0] * 4), "native", frozen([3.0] * 4), frozen([5.0] * 4), points=True)
    view = shown(qtbot, gap, marks)
    if zoomed:
        view.box.setRange(xRange=(1.5, 3.5), yRange=(2.0, 10.0), padding=0)
        view.box.sigRangeChangedManually.emit([True, True])
    for place in ((2.0, 4.0), (3.0, 4.0), (2.0, 4.7), (3.0, 3.3)):
        assert is_green(view, *place), place
    for place in ((2.5, 4.0), (2.0, 5.3), (3.0, 2.6)):
        assert not is_green(view, *place), place
    line, band, hole, blank = (blue(view, x, y) for x, y in ((1.7, 8), (1.7, 8.3), (2.3, 7.8), (1.7, 6.3)))
    assert line > band + 60 and line > hole + 60 and band > blank + 20
    assert blank == QColor(DARK.panel).blue()


def test_places_beyond_counting_are_drawn_to_the_edge(qtbot: QtBot) -> None:
    """A curve that leaves by 300 decades is seen as far as the axes go."""
    view = shown(qtbot, Curve("line", X, frozen([0.0, 0.0, 0.0, 0.0])))
    view.box.setRange(xRange=(1.0, 4.0), yRange=(-1.0, 1.0), padding=0)
    view.box.sigRangeChangedManually.emit([True, True])
    view.show_figure(Curves("t", "x", "y", (Curve("line", X, frozen([0.0, 0.0, 1e300, 1e300]), "native"),)))
    assert is_green(view, 2.0, 0.7) and not is_green(view, 3.0, 0.7)


def test_nothing_is_mapped_again_while_nothing_changes(qtbot: QtBot) -> None:
    view = shown(qtbot, Curve("line", X, X))
    made = view.strokes._made
    view.strokes.update()
    view.grab()
    assert view.strokes._made is made
    view.resize(400, 300)
    view.grab()
    assert view.strokes._made is not made
