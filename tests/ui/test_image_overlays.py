"""What lies over a map: curves cut at its edges, names on them, the range that colours span, a handle for the mouse."""

import dataclasses
import math
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from pytestqt.qtbot import QtBot

from simulator.figures import Curve, Curves, frozen
from tests.ui import helpers, pictures
from ui.theme import DARK, LIGHT, SERIES, Theme
from ui.views import make_view
from ui.views.clip import clipped
from ui.views.csv_text import figure_csv
from ui.views.curves import CurvesView
from ui.views.handle import label_box
from ui.views.image import ImageView

EXTENT = (0.5, 4.0, 0.0, 1.0)
Places = list[tuple[float, float]]


shown = partial(helpers.shown, size=(560, 380))


@pytest.fixture
def view(qtbot: QtBot) -> ImageView:
    return shown(qtbot, pictures.diagram())


@pytest.fixture
def moved(view: ImageView) -> Places:
    """Every place that the handle was dragged to from now on."""
    places: Places = []
    view.handleMoved.connect(lambda x, y: places.append((x, y)))
    return places


def pixel(view: ImageView, x: float, y: float) -> QPoint:
    """The pixel of the viewport at a place on the axes."""
    return QPoint(view.plot.mapFromScene(view.box.mapViewToScene(QPointF(x, y))))


def where(view: ImageView) -> tuple[float, float]:
    """The place at which the ring is drawn."""
    assert view.drag.mark.place is not None
    return view.drag.mark.place


def near(x: float, y: float) -> object:
    """A place, give or take a pixel."""
    return pytest.approx((x, y), abs=0.015)


# --- curves ------------------------------------------------------------------------------------------------------


def test_curves_lie_over_the_map_and_end_at_its_edges(view: ImageView) -> None:
    contour, line = (stroke for stroke in view.strokes.drawn if stroke.kind == "line")
    assert line.pen.style() == Qt.PenStyle.CustomDashLine
    assert line.pen.color().name() == DARK.theory
    assert line.under is not None and line.under.widthF() > line.pen.widthF(), "a rim, for bright places of the map"
    assert contour.pen.color().name() == SERIES["dark"][1]
    assert (np.nanmin(line.y), np.nanmax(line.y)) == (0.0, 1.0)
    assert line.x[np.isfinite(line.y)] == pytest.approx(1.0 + line.y[np.isfinite(line.y)])
    (marks,), (bars,) = ([s for s in view.strokes.drawn if s.kind == kind] for kind in ("marks", "pairs"))
    assert marks.x.size == 2
    assert bars.y == pytest.approx([0.1, 0.3, 0.3, 0.5])


def test_names_stand_in_the_legend_or_on_the_curve(view: ImageView) -> None:
    assert [entry.label for entry in view.heading.entries] == ["critical line", "trained"]
    ((box, name),) = view.names.boxes()
    assert name == "ξ = 10"
    spot = view.box.mapSceneToView(view.names.mapToScene(box.center()))
    assert spot.x() - spot.y() == pytest.approx(0.7, abs=0.02)
    label, _, _ = view.drag.mark.label()
    assert not box.intersects(label)


def test_fewer_curves_leave_nothing_behind(view: ImageView) -> None:
    view.show_figure(dataclasses.replace(pictures.diagram(), curves=(), handle=None))
    assert view.strokes.drawn == ()
    assert view.names.boxes() == [] and view.heading.entries == ()
    assert not view.drag.mark.isVisible()
    view.grab()


def test_cutting_keeps_what_is_inside() -> None:
    inside = Curve("a", frozen([1.0, 2.0]), frozen([0.1, 0.9]))
    assert clipped(inside, EXTENT) is inside
    across = clipped(Curve("a", frozen([-1.0, 6.0]), frozen([0.5, 0.5])), EXTENT)
    assert across.x[np.isfinite(across.y)].tolist() == [0.5, 4.0]
    corner = clipped(Curve("a", frozen([0.0, 1.0]), frozen([0.9, 1.9])), EXTENT)
    assert np.isnan(corner.y).all(), "a line past a corner does not touch the map"
    gap = clipped(Curve("a", frozen([1.0, np.nan, 9.0]), frozen([0.5, 0.5, 0.5])), EXTENT)
    assert np.isfinite(gap.y).tolist() == [True, False, False]
    banded = Curve("a", frozen([1.0, 2.0]), frozen([0.5, 1.5]), low=frozen([0.4, 1.4]), high=frozen([0.6, 1.6]))
    cut = clipped(banded, EXTENT)
    assert cut.low is not None and cut.high is not None
    assert (cut.x[1], cut.y[1], cut.low[1], cut.high[1]) == pytest.approx((1.5, 1.0, 0.9, 1.0))


# --- colours -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "diverging", "expected"),
    [
        (0.0, 3.0, False, (0.0, 3.0)),
        (None, 2.0, True, (-2.0, 2.0)),
        (0.0, 2.0, True, (0.0, 2.0)),
        (3.0, 0.0, False, (-0.5, 4.0)),
        (math.nan, 5.0, False, (-0.5, 5.0)),
        (None, None, True, (-4.0, 4.0)),
    ],
)
def test_colours_span_what_the_figure_asks_for(
    qtbot: QtBot, low: float | None, high: float | None, diverging: bool, expected: tuple[float, float]
) -> None:
    view = shown(qtbot, dataclasses.replace(pictures.diagram(), low=low, high=high, diverging=diverging))
    assert (view.bar.low, view.bar.high) == pytest.approx(expected)
    for value in (1.0, 100.0):
        values = frozen(np.full((3, 3), value), np.float32)
        view.show_figure(dataclasses.replace(pictures.diagram(), values=values, low=0.0, high=3.0))
        assert (view.bar.low, view.bar.high) == (0.0, 3.0), "an asked-for range does not follow the values"


# --- the handle --------------------------------------------------------------------------------------------------


def test_a_map_that_has_not_changed_is_not_coloured_again(view: ImageView) -> None:
    """While the handle is dragged nothing else of the picture is made anew; any change of it is seen at once."""
    figure = pictures.diagram()
    view.show_figure(figure)
    cells, strokes = view.raster.cells, view.strokes.drawn
    moved = dataclasses.replace(figure, handle=dataclasses.replace(figure.handle, x=1.0), values=figure.values.copy())
    view.show_figure(moved)
    assert where(view) == (1.0, 0.3) and view.raster.cells is cells and view.strokes.drawn is strokes
    values = figure.values.copy()
    values[3, 4] = np.nan
    for other in ({"values": values}, {"high": 1.5}, {"diverging": True}, {"extent": (0.0, 5.0, 0.0, 1.0)}):
        before = view.raster.cells
        view.show_figure(dataclasses.replace(figure, **other))
        assert view.raster.cells is not before, other
    view.show_figure(dataclasses.replace(figure, curves=figure.curves[:1]))
    assert len(view.strokes.drawn) < len(strokes)


@pytest.mark.parametrize("theme", [DARK, LIGHT.for_presentation()], ids=["dark", "presentation"])
def test_the_mark_covers_no_more_than_it_says(view: ImageView, theme: Theme) -> None:
    """Only what it has covered is painted again when it moves: outside of that it must leave no trace."""
    view.set_theme(theme)
    view.drag.mark.held = True
    view.drag.mark.show_at((1.5, 0.4), "ordered: nearby inputs become alike", True)
    area = view.drag.mark.mapRectToScene(view.drag.mark.boundingRect())
    with_mark = view.plot.grab().toImage()
    view.drag.mark.setVisible(False)
    without = view.plot.grab().toImage()
    inside = outside = 0
    for x in range(with_mark.width()):
        for y in range(with_mark.height()):
            differs = with_mark.pixel(x, y) != without.pixel(x, y)
            inside += differs and area.contains(QPointF(x + 0.5, y + 0.5))
            outside += differs and not area.adjusted(-1, -1, 1, 1).contains(QPointF(x + 0.5, y + 0.5))
    assert inside > 300 and outside == 0


def test_the_ring_stands_where_the_figure_says(view: ImageView) -> None:
    assert where(view) == (2.5, 0.3)
    spot = view.drag.mark.spot()
    assert spot is not None
    at = pixel(view, 2.5, 0.3)
    assert (spot.x(), spot.y()) == pytest.approx((at.x(), at.y()), abs=1.5)
    colour = view.plot.grab().toImage().pixelColor(at)
    assert colour.name() == DARK.native


def test_dragging_says_where_and_the_ring_is_there_at_once(qtbot: QtBot, view: ImageView, moved: Places) -> None:
    port = view.plot.viewport()
    with qtbot.waitSignal(view.handleReleased):
        qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=pixel(view, 2.5, 0.3))
        for x in np.linspace(2.4, 1.0, 30):
            qtbot.mouseMove(port, pixel(view, x, 0.6))
            assert where(view) == near(x, 0.6)
            view.show_figure(pictures.diagram())
            assert where(view) == near(x, 0.6), "a figure of the past does not take the ring back"
        qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=pixel(view, 1.0, 0.6))
    assert moved[-1] == near(1.0, 0.6)
    assert not view.zoomed, "the map itself stays where it is"
    view.show_figure(pictures.diagram(1.4, 0.6))
    assert where(view) == near(1.0, 0.6), "nor does one that was under way when the mouse let go"
    view.show_figure(pictures.diagram(*moved[-1]))
    view.show_figure(pictures.diagram(3.0, 0.2))
    assert where(view) == (3.0, 0.2), "after which the figures lead again"


def test_a_place_that_never_comes_is_given_up(qtbot: QtBot, view: ImageView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.views.handle_drag.PATIENCE", 0.0)
    qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(view, 1.0, 0.9))
    qtbot.wait(2)
    view.show_figure(pictures.diagram(2.5, 0.3))
    assert where(view) == (2.5, 0.3)


def test_places_go_out_no_more_than_sixty_times_a_second(qtbot: QtBot, view: ImageView, moved: Places) -> None:
    port = view.plot.viewport()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=pixel(view, 1.0, 0.5))
    for _ in range(200):
        qtbot.mouseMove(port, pixel(view, 2.0 + 0.001 * len(moved), 0.5))
        qtbot.mouseMove(port, pixel(view, 3.0, 0.5))
    assert len(moved) < 60
    qtbot.waitUntil(lambda: moved[-1] == near(3.0, 0.5))
    count = len(moved)
    qtbot.wait(60)
    assert len(moved) == count, "a mouse that rests says nothing"
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=pixel(view, 3.0, 0.5))
    assert len(moved) <= count + 1


def test_a_click_anywhere_brings_it_there(qtbot: QtBot, view: ImageView, moved: Places) -> None:
    with qtbot.waitSignal(view.handleReleased):
        qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(view, 1.2, 0.8))
    assert moved == [near(1.2, 0.8)]
    qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.RightButton, pos=pixel(view, 3.0, 0.8))
    assert len(moved) == 1


def test_it_stays_on_the_map(qtbot: QtBot, view: ImageView, moved: Places) -> None:
    port = view.plot.viewport()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=pixel(view, 3.9, 0.1))
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=pixel(view, 3.9, 0.1) + QPoint(300, 200))
    assert moved[-1] == (4.0, 0.0)
    view.show_figure(pictures.diagram(4.0, 0.0))
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=pixel(view, 4.0, 0.0) + QPoint(5, 5))
    assert view.drag.held, "the part of the ring outside the map can be taken too"
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=pixel(view, 0.6, 0.9) - QPoint(200, 200))
    assert moved[-1] == (0.5, 1.0)


def test_a_handle_that_goes_away_is_let_go(qtbot: QtBot, view: ImageView, moved: Places) -> None:
    port = view.plot.viewport()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=pixel(view, 2.0, 0.5))
    with qtbot.waitSignal(view.handleReleased):
        view.show_figure(dataclasses.replace(pictures.diagram(), handle=None))
    qtbot.mouseMove(port, pixel(view, 3.0, 0.5))
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=pixel(view, 3.0, 0.5))
    assert moved == [near(2.0, 0.5)]


def test_a_double_click_that_undoes_a_zoom_leaves_it_where_it_was(qtbot: QtBot, view: ImageView, moved: Places) -> None:
    view.box.scaleBy((0.5, 0.5))
    view.box.sigRangeChangedManually.emit([True, True])
    port, at = view.plot.viewport(), pixel(view, 2.0, 0.5)
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(port, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=at)
    assert not view.zoomed
    assert moved[-1] == (2.5, 0.3) == where(view)


@pytest.mark.parametrize("size", [(320, 220), (560, 380), (900, 600)])
@pytest.mark.parametrize("theme", [DARK, LIGHT, DARK.for_presentation()], ids=["dark", "light", "presentation"])
def test_its_words_stay_inside_the_map_and_off_the_ring(qtbot: QtBot, size: tuple[int, int], theme: object) -> None:
    view = shown(qtbot, pictures.diagram(), size=size)
    view.set_theme(theme)  # type: ignore[arg-type]
    qtbot.wait(20)
    for x in (0.5, 1.1, 2.2, 3.9, 4.0):
        for y in (0.0, 0.4, 1.0):
            view.show_figure(pictures.diagram(x, y))
            box, words, _ = view.drag.mark.label()
            spot = view.drag.mark.spot()
            assert spot is not None
            assert box.width() > 60 and view.drag.mark.frame().contains(box)
            assert size == (320, 220) or words == view.drag.mark.words
            assert not box.contains(spot)


def test_words_stand_beside_the_ring_or_over_it() -> None:
    frame, size = QRectF(0, 0, 300, 100), QSizeF(100, 20)
    assert label_box(QPointF(50, 50), size, frame, 10) == QRectF(60, 40, 100, 20)
    assert label_box(QPointF(250, 50), size, frame, 10) == QRectF(140, 40, 100, 20)
    assert label_box(QPointF(50, 0), size, frame, 10).top() == 0
    wide = QSizeF(280, 20)
    assert label_box(QPointF(150, 50), wide, frame, 10) == QRectF(10, 20, 280, 20)
    assert label_box(QPointF(150, 10), wide, frame, 10).top() == 20


def test_csv_holds_the_curves_and_the_handle() -> None:
    text = figure_csv(pictures.diagram())
    assert "# handle: sigma_w = 2.5, sigma_b = 0.3; chaotic: nearby inputs part, ξ_c = 6.6 layers" in text
    header = next(line for line in text.splitlines() if line.startswith("critical line: x,"))
    rows = text.splitlines()[text.splitlines().index(header) + 1 :]
    whole = pictures.diagram().curves[0]
    assert [float(row.split(",")[1]) for row in rows[: whole.y.size]] == whole.y.tolist()


def test_error_bars_on_a_logarithmic_axis_reach_down_when_they_reach_zero(qtbot: QtBot) -> None:
    x, y = frozen([1.0, 2.0, 3.0]), frozen([1.0, 0.1, 0.01])
    curve = Curve("a", x, y, low=frozen([0.5, -0.1, np.nan]), high=frozen([2.0, 0.3, 0.1]), points=True)
    view = make_view(Curves("t", "x", "y", (curve,), y_scale="log"))
    qtbot.addWidget(view)
    assert isinstance(view, CurvesView)
    assert [stroke.kind for stroke in view.strokes.drawn] == ["pairs", "marks"]
    ends = view.strokes.drawn[0].y
    assert ends[:2] == pytest.approx(np.log10([0.5, 2.0]))
    assert ends[2] < view.box.viewRange()[1][0] and ends[3] == pytest.approx(np.log10(0.3))
    assert ends.size == 4, "a mark whose error is unknown has no bar"
