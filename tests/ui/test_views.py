"""Every view shows what its figure says, survives what figures may hold, and stays as it is made."""

import csv
import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from simulator.figures import Bars, Curve, Curves, Figure, Histogram, Image, Loop, Surface, frozen
from tests.ui import pictures
from tests.ui.helpers import shown
from ui.theme import DARK, LIGHT, SERIES
from ui.views import AbstractView, make_view, numbers
from ui.views.bars import BarsView
from ui.views.csv_text import figure_csv
from ui.views.curves import CurvesView
from ui.views.export import export_menu, save_csv, save_png, save_svg
from ui.views.histogram import HistogramView
from ui.views.image import ImageView, indices
from ui.views.levels import spread
from ui.views.plot import AbstractPlotView
from ui.views.screen import Follower, decimated, on_axis
from ui.views.strokes import Stroke


def strokes(view: AbstractPlotView, kind: str) -> list[Stroke]:
    """What the view draws of one kind."""
    return [stroke for stroke in view.strokes.drawn if stroke.kind == kind]


def items(view: AbstractView) -> int:
    """How many things are on the scene."""
    return sum(len(plot.scene().items()) for plot in view.findChildren(pg.PlotWidget))


@pytest.mark.parametrize("theme", [DARK, LIGHT, DARK.for_presentation()], ids=["dark", "light", "presentation"])
@pytest.mark.parametrize("name", pictures.EACH)
def test_each_picture_paints_in_each_theme_at_each_size(qtbot: QtBot, name: str, theme: Any) -> None:
    view = shown(qtbot, pictures.EACH[name], (900, 600), theme)
    for size in ((900, 600), (320, 220), (160, 110)):
        view.resize(*size)
        image = view.grab().toImage()
        assert len({image.pixel(x, y) for x in range(0, size[0], 3) for y in range(0, size[1], 3)}) > 3
    view.set_theme(LIGHT if theme.dark else DARK)
    view.grab()


@pytest.mark.parametrize("name", pictures.AWKWARD)
def test_awkward_figures_raise_no_warning(qtbot: QtBot, name: str) -> None:
    figure = pictures.AWKWARD[name]
    view = shown(qtbot, figure, (320, 220))
    view.grab()
    for x in range(20, 300, 40):
        qtbot.mouseMove(view, QPoint(x, 120))
    figure_csv(figure)
    view.reset_view()
    view.show_figure(next(f for f in pictures.EACH.values() if type(f) is type(figure)))
    view.show_figure(figure)
    view.grab()


@pytest.mark.parametrize("name", pictures.EACH)
def test_a_hundred_figures_make_no_more_items(qtbot: QtBot, name: str) -> None:
    figure = pictures.EACH[name]
    view = shown(qtbot, figure)
    before = items(view)
    for _ in range(100):
        view.show_figure(dataclasses.replace(figure))
    assert items(view) == before


def test_a_view_refuses_another_kind(qtbot: QtBot) -> None:
    view = make_view(Curves)
    qtbot.addWidget(view)
    with pytest.raises(TypeError, match="Curves, not Bars"):
        view.show_figure(pictures.bars())
    with pytest.raises(TypeError, match="no view shows int"):
        make_view(int)


def test_nothing_is_never_a_blank(qtbot: QtBot) -> None:
    for kind in (Curves, Histogram, Image, Bars):
        view = make_view(kind)
        qtbot.addWidget(view)
        assert isinstance(view, AbstractPlotView)
        assert view.overlay.sentence
    nan = shown(qtbot, pictures.AWKWARD["curves all nan linear"])
    assert "NaN" in nan.overlay.sentence
    negative = Curves("t", "x", "y", (Curve("a", frozen([1.0, 2.0]), frozen([-1.0, -2.0])),), y_scale="log")
    assert "logarithmic" in shown(qtbot, negative).overlay.sentence
    assert shown(qtbot, pictures.curves()).overlay.sentence == ""


def test_curves_show_their_data(qtbot: QtBot) -> None:
    figure = pictures.curves()
    view: CurvesView = shown(qtbot, figure)
    measured, predicted = strokes(view, "line")
    assert np.array_equal(measured.x, figure.curves[0].x)
    assert np.array_equal(measured.y, figure.curves[0].y)
    assert measured.pen.style() == Qt.PenStyle.SolidLine
    assert measured.pen.color().name() == DARK.measurement
    assert predicted.pen.style() == Qt.PenStyle.CustomDashLine
    assert predicted.pen.color().name() == "#ffb000"
    (band,) = strokes(view, "area")
    assert band.low is not None and np.array_equal([band.low, band.y], [figure.curves[0].low, figure.curves[0].high])
    (marks,) = strokes(view, "marks")
    assert marks.x.size == 9
    assert marks.pen.color().name() == SERIES["dark"][1]
    assert [entry.label for entry in view.heading.entries] == ["measured", "predicted", "sampled"]
    assert (view.heading.title, view.heading.note) == ("Energy falls", "N = 256")
    assert (view.bottom.words, view.left.words) == ("time t", "energy e")
    assert [line[:3] for line in view.levels.lines] == [
        ("y", 0.2, "threshold"),
        ("y", 0.19, "ground state"),
        ("x", 5.0, "t_w"),
    ]


def test_a_line_of_one_point_is_seen(qtbot: QtBot) -> None:
    def strokes(x: list[float]) -> list[str]:
        line = Curve("measured", frozen(x), frozen(x), low=frozen(x), high=frozen(x))
        view = shown(qtbot, Curves("Title", "x", "y", (line,)))
        return [stroke.kind for stroke in view.strokes.drawn]

    assert "marks" in strokes([1.0]) and "marks" not in strokes([1.0, 2.0])


def test_fewer_curves_leave_nothing_behind(qtbot: QtBot) -> None:
    figure = pictures.curves()
    view: CurvesView = shown(qtbot, figure)
    view.show_figure(dataclasses.replace(figure, curves=figure.curves[:1]))
    assert [stroke.kind for stroke in view.strokes.drawn] == ["area", "line"]
    view.show_figure(figure)
    assert len(strokes(view, "line")) == 2 and len(strokes(view, "marks")) == 1


def test_logarithmic_axes(qtbot: QtBot) -> None:
    x = np.logspace(-2, 4, 50)
    figure = Curves("t", "x", "y", (Curve("a", frozen(x), frozen(np.where(x < 1, -1.0, x**-0.5))),), "log", "log")
    view: CurvesView = shown(qtbot, figure)
    (line,) = strokes(view, "line")
    xs, ys = line.x, line.y
    assert xs == pytest.approx(np.log10(x))
    assert np.isnan(ys[x < 1]).all()
    assert ys[x >= 1] == pytest.approx(-0.5 * np.log10(x[x >= 1]))
    (_, places), *_ = view.bottom.tickValues(-2.1, 4.1, 500.0)
    assert view.bottom.tickStrings(places, 1.0, 1.0) == ["0.01", "0.1", "1", "10", "100", "1000", "10⁴"]


def test_long_curves_are_thinned_to_the_pixels_and_keep_their_extremes(qtbot: QtBot) -> None:
    x = np.linspace(0.0, 1.0, 200_000)
    y = np.sin(9 * x)
    y[77_777], y[123_456] = 5.0, -4.0
    view: CurvesView = shown(qtbot, Curves("t", "x", "y", (Curve("a", frozen(x), frozen(y)),)))
    ys = strokes(view, "line")[0].y
    assert ys.size <= 2 * view.pixels_wide() + 2
    assert (ys.max(), ys.min()) == (5.0, -4.0)


def test_thinning_keeps_wide_gaps() -> None:
    x = np.arange(10_000.0)
    y = np.where((x > 4000) & (x < 6000), np.nan, 1.0)
    xs, ys = decimated(x, y, 100, 0.0, 1e4)
    assert np.isnan(ys[(xs > 4200) & (xs < 5800)]).all()
    assert np.isfinite(ys[(xs < 3800) | (xs > 6200)]).all()
    assert np.all(np.diff(xs) >= 0)


def test_what_has_no_place_on_an_axis_becomes_a_gap() -> None:
    assert np.isnan(on_axis([0.0, -1.0, np.nan, np.inf], True)).all()
    assert on_axis([1.0, 100.0], True) == pytest.approx([0.0, 2.0])


def test_ranges_follow_without_jitter() -> None:
    follower = Follower()
    rng = np.random.default_rng(0)
    ranges = {follower.follow(-1.0 + 0.02 * rng.random(), 1.0 - 0.02 * rng.random()) for _ in range(200)}
    assert len(ranges) == 1
    grown = {follower.follow(0.0, 1.0 + 0.01 * k) for k in range(200)}
    assert len(grown) < 12, "a growing range leaps, it does not creep"
    assert follower.follow(0.0, 0.1)[1] < 0.2, "and it comes back when the data have shrunk"
    follower.forget()
    low, _ = follower.follow(0.0, 1.0)
    assert {follower.follow(0.0, 1.0 + 0.01 * k)[0] for k in range(400)} == {low}, "the end that nothing nears stays"
    assert all(follower.follow(0.0, high)[1] > high for high in (1.0, 2.0, 4.9)), "no mark is cut"


def test_zoom_stays_until_a_double_click(qtbot: QtBot) -> None:
    view: CurvesView = shown(qtbot, pictures.curves())
    before = view.box.viewRange()
    view.box.scaleBy((0.3, 0.3))
    view.box.sigRangeChangedManually.emit([True, True])
    zoomed = view.box.viewRange()
    for k in range(5):
        view.show_figure(pictures.curves(phase=0.1 * k))
    assert view.box.viewRange() == zoomed != before
    viewport = view.plot.viewport()
    centre = viewport.rect().center()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=centre)
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=centre)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=centre)
    assert not view.zoomed
    assert np.allclose(view.box.viewRange(), before, atol=0.05)


def test_the_read_out_names_the_nearest_curve(qtbot: QtBot) -> None:
    x = np.linspace(0, 10, 101)
    lines = (Curve("low", frozen(x), frozen(x)), Curve("high", frozen(x), frozen(x + 5)))
    view: CurvesView = shown(qtbot, Curves("t", "x", "y", lines))
    reading = view._read(4.0, 8.9)
    assert reading is not None
    assert reading.words == "x = 4, high: 9"
    assert reading.place == (4.0, 9.0)
    place = view.plot.mapFromScene(view.box.mapViewToScene(QPointF(4.0, 4.1)))
    qtbot.mouseMove(view.plot.viewport(), place)
    qtbot.waitUntil(lambda: view.overlay.words == "x = 4, low: 4")


def test_histograms_show_bins(qtbot: QtBot) -> None:
    figure = pictures.histogram()
    view: HistogramView = shown(qtbot, figure)
    (bins,) = strokes(view, "area")
    assert np.array_equal(bins.x[0::2], figure.edges[:-1]) and np.array_equal(bins.x[1::2], figure.edges[1:])
    assert np.array_equal(bins.y[0::2], figure.density) and np.array_equal(bins.y[1::2], figure.density)
    assert view.box.viewRange()[1][0] <= 0.0
    reading = view._read(0.05, 0.3)
    assert reading is not None and reading.words.startswith("0 to 0.2, 64 walkers")
    assert [entry.label for entry in view.heading.entries] == ["64 walkers", "Gaussian"]


def test_images_take_the_table_and_leave_nan_blank(qtbot: QtBot) -> None:
    figure = pictures.image()
    view: ImageView = shown(qtbot, figure)
    drawn = view.raster.cells
    assert drawn.dtype == np.uint8
    assert np.array_equal(drawn == 0, np.isnan(figure.values))
    assert view._table[1][0].tolist() == [0, 0, 0, 0]
    assert indices(np.array([[0.0, 1.0, np.nan]], np.float32), 0.0, 1.0).tolist() == [[1, 255, 0]]
    (x0, x1), (y0, y1) = view.box.viewRange()
    assert (x0, x1, y0, y1) == pytest.approx(figure.extent)
    reading = view._read(0.0, 0.0)
    assert reading is not None and "loss" in reading.words
    assert strokes(view, "marks")[0].x.size == 2
    both = shown(qtbot, pictures.image(diverging=True))
    assert both.bar.low == -both.bar.high


def test_bars_show_values_and_errors(qtbot: QtBot) -> None:
    view: BarsView = shown(qtbot, pictures.bars())
    (bars,), (errors,) = strokes(view, "area"), strokes(view, "pairs")
    assert bars.y[0::3].tolist() == bars.y[1::3].tolist() == [3.0, 2.0, 1.0]
    assert errors.y == pytest.approx([2.7, 3.3, 1.8, 2.2, 0.9, 1.1])
    assert view.bottom.tickStrings([0.0, 2.0], 1.0, 1.0) == ["GD", "Adam"]
    reading = view._read(1.1, 0.5)
    assert reading is not None and reading.words == "SGD: 2 ± 0.2"


@pytest.mark.parametrize("name", pictures.EACH)
def test_csv_gives_back_exactly_the_data(qtbot: QtBot, name: str, tmp_path: Path) -> None:
    figure = pictures.EACH[name]
    view = shown(qtbot, figure)
    save_csv(view, tmp_path / "data.csv")
    lines = (tmp_path / "data.csv").read_text(encoding="utf-8").splitlines()
    remarks = [line for line in lines if line.startswith("# ")]
    assert remarks[0] == f"# title: {figure.title}"
    if not isinstance(figure, Loop):
        assert f"# y: {figure.y_label}" in remarks
    rows = list(csv.reader(line for line in lines if not line.startswith("# ")))
    if isinstance(figure, Curves):
        table = {column: [row[k] for row in rows[1:] if row[k]] for k, column in enumerate(rows[0])}
        for curve in figure.curves:
            assert np.array_equal([float(v) for v in table[f"{curve.label}: x"]], curve.x)
            assert np.array_equal([float(v) for v in table[f"{curve.label}: y"]], curve.y)
        assert [float(v) for v in table["measured: low"]] == figure.curves[0].low.tolist()  # type: ignore[union-attr]
    elif isinstance(figure, Histogram):
        assert [float(row[2]) for row in rows[1:]] == figure.density.tolist()
    elif isinstance(figure, Bars):
        assert [(row[0], float(row[1])) for row in rows[1:]] == list(zip(figure.names, figure.values, strict=True))
    elif isinstance(figure, Loop):
        assert rows[0] == list(figure.axes)
        assert np.array_equal(np.array(rows[1:], np.float64).astype(np.float32), figure.points)
        assert "# frame: layer 3 of 20" in remarks
    else:
        field = figure.values if isinstance(figure, Image) else figure.heights
        back = np.array([[float(v) for v in row] for row in rows[: field.shape[0]]], np.float32)
        assert np.array_equal(back, field, equal_nan=True)
        if isinstance(figure, Surface):
            assert "# mark: native state at 0.0, 0.0, 0.5" in remarks


@pytest.mark.parametrize("name", pictures.EACH)
def test_pictures_export_as_they_look(qtbot: QtBot, name: str, tmp_path: Path) -> None:
    view = shown(qtbot, pictures.EACH[name], (480, 320))
    save_png(view, tmp_path / "picture.png")
    image = QImage(str(tmp_path / "picture.png"))
    assert (image.width(), image.height()) == (960, 640)
    save_svg(view, tmp_path / "picture.svg")
    text = (tmp_path / "picture.svg").read_text(encoding="utf-8")
    assert "<text" in text and view.figure.title in text
    assert ("<image" in text) is (name in ("image", "diverging image", "diagram", "surface") or "<image" in text)
    assert QSvgRenderer(str(tmp_path / "picture.svg")).isValid()
    assert len(export_menu(view).actions()) == 6
    for save in (save_svg, save_csv, save_png):
        with pytest.raises(OSError):
            save(view, tmp_path / "nowhere" / "picture.png")


def test_numbers_are_written_to_be_read() -> None:
    assert numbers.readable(-0.000012345) == "−1.234×10⁻⁵"
    assert numbers.readable(float("nan")) == "NaN"
    assert numbers.readable(float("-inf")) == "−∞"
    assert numbers.linear_ticks(0.0, 1.0, 5) == (0.2, pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]))
    assert numbers.tick_words([-0.5, 0.0, 0.5], 0.5) == ["−0.5", "0.0", "0.5"]
    assert numbers.tick_words([0.0, 2e6], 2e6) == ["0", "2×10⁶"]
    assert numbers.log_tick_words([-5.0, 0.0, 2.0]) == ["10⁻⁵", "1", "100"]
    assert numbers.linear_ticks(0.0, float("inf"), 5)[1] == []


def test_names_are_moved_apart() -> None:
    assert spread([10.0, 11.0, 50.0], 8.0, 0.0, 100.0) == [10.0, 18.0, 50.0]
    assert spread([98.0, 99.0], 8.0, 0.0, 100.0) == [92.0, 100.0]
    assert spread([], 8.0, 0.0, 100.0) == []


def test_how_long_painting_takes(qtbot: QtBot, capsys: pytest.CaptureFixture[str]) -> None:
    x = np.linspace(0, 1, 10_000)
    noise = np.random.default_rng(0).normal(size=(3, 10_000))
    lines = tuple(Curve(str(k), frozen(x), frozen(k + n), index=k) for k, n in enumerate(noise))
    figures: dict[str, Figure] = {
        "three curves of 10,000 points": Curves("t", "x", "y", lines),
        "image 512x512": pictures.image(512),
        **{name: pictures.EACH[name] for name in ("curves", "histogram", "bars", "surface", "diagram")},
        "loop of 512 points": pictures.loop(512),
    }
    for name, figure in figures.items():
        view = shown(qtbot, figure)
        seconds = []
        for _ in range(10):
            began = time.perf_counter()
            view.show_figure(dataclasses.replace(figure))
            view.grab()
            seconds.append(time.perf_counter() - began)
        with capsys.disabled():
            print(f"\n{name}: update and paint, best {1e3 * min(seconds):.1f} ms", end="")
