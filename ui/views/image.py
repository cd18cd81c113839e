"""Image: a map of values in colour, with curves and points on it and a handle that the mouse drags."""

import math
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from simulator.colormaps import table8
from simulator.figures import Figure, Image, Points
from ui.theme import DARK, Theme, mixed
from ui.views.base import NOTHING_YET
from ui.views.clip import Extent, clipped
from ui.views.colour_bar import ColourBar
from ui.views.curve_items import CurveItems, mark_pen
from ui.views.curve_names import CurveNames, Named
from ui.views.handle_drag import HandleDrag
from ui.views.heading import Entry
from ui.views.numbers import readable
from ui.views.plot import AbstractPlotView, Reading
from ui.views.raster import Raster
from ui.views.screen import Follower, bounds, on_axis
from ui.views.strokes import Stroke
from ui.views.zoom import Zoom

MAX_MARKS = 2000
RIM = QColor(16, 19, 26, 170)
"""Under lines, which then stand out on every colour of a map."""
DARK_RIM = "#10131a"
MOST, LEAST = 1e37, 1e-30
"""The largest value, and the smallest range, that colours can span in single precision."""


def indices(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Rows of the colour table, uint8 of the same shape: 0 is blank (NaN), 1 to 255 span low to high."""
    scaled = (values - np.float32(low)) * np.float32(254.0 / (high - low)) + np.float32(1.5)
    np.clip(scaled, 1.0, 255.0, out=scaled)
    np.nan_to_num(scaled, copy=False, nan=0.0)
    return scaled.astype(np.uint8)


PALER = 0.35
"""How far the colour of points with a value is on the way from the map's to white: seen on their own colour."""


@final
class ImageView(AbstractPlotView):
    """Shows an Image. `handleMoved` says where the mouse drags its handle, `handleReleased` that it has let go.

    `lensMoved` says what part (x, y, x_span, y_span) the mouse wants to see through its lens, `lensReleased` that this
    is one change, `lensHome` that it wants to go back.
    """

    kind = Image
    handleMoved = Signal(float, float)
    handleReleased = Signal()
    lensMoved = Signal(float, float, float, float)
    lensReleased = Signal()
    lensHome = Signal()

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.raster = Raster(self.box)
        self.curves = CurveItems(self, RIM)
        self.drag = HandleDrag(self)
        self.names = CurveNames(self, self.drag.mark)
        self.drag.drawn.connect(self.names.settle)
        # Lines over a map stay while the handle moves.
        self.strokes.setCacheMode(self.strokes.CacheMode.DeviceCoordinateCache)
        self.drag.moved.connect(self.handleMoved)
        self.drag.released.connect(self.handleReleased)
        self.zoom = Zoom(self)
        self.zoom.drawn.connect(self._look)
        self.zoom.moved.connect(self.lensMoved)
        self.zoom.released.connect(self.lensReleased)
        self.zoom.home.connect(self.lensHome)
        self.bar = ColourBar(theme, self)
        self.bottom.show_grid(False)
        self.left.show_grid(False)
        self.values = Follower(pad=0.0, spare=0.0, fill=0.8)
        self.x_range.pad = self.y_range.pad = 0.0
        self.x_range.spare = self.y_range.spare = 0.0
        self.x_range.fill = self.y_range.fill = 0.999
        self._table: tuple[str, NDArray[np.uint8]] = ("", table8("viridis"))
        self._coloured: tuple[NDArray[np.float32], tuple[object, ...]] = (np.zeros((0, 0), np.float32), ())
        self._drawn: tuple[object, object, tuple[object, ...]] = ((), (), ())
        self.body.removeWidget(self.plot)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.plot, 1)
        row.addWidget(self.bar)
        self.body.addLayout(row, 1)

    def _show(self, figure: Figure) -> None:
        assert isinstance(figure, Image)
        self.set_axes(figure.x_label, figure.y_label)
        self.set_levels(())
        self._use_table("balance" if figure.diverging else "viridis")
        low, high = self._value_range(figure)
        x0, x1, y0, y1 = figure.extent
        seen = is_area(figure.extent) and figure.values.size > 0 and bounds(figure.values) is not None
        self.raster.setVisible(seen)
        self.bar.setVisible(seen)
        blank = "Nothing measured here yet, or nothing finite." if figure.values.size else NOTHING_YET
        self.zoom.show(figure.lens if seen else None)
        if seen and figure.lens is not None:
            self._look()
        else:
            self.follow((x0, x1) if seen else None, (y0, y1), blank)
        if seen:
            self._colour(figure, low, high)
        self._show_curves(figure, seen, low, high)
        self.drag.show(figure.handle if seen else None, figure.extent)

    def _look(self) -> None:
        """Let the axes span what the lens is on; ranges that follow data would take a deep zoom for a constant."""
        x0, x1, y0, y1 = self.zoom.extent
        self.overlay.say("")
        if [[x0, x1], [y0, y1]] != self.box.viewRange():
            self.box.setRange(xRange=(x0, x1), yRange=(y0, y1), padding=0, disableAutoRange=True)
        self._hover()

    def _value_range(self, figure: Image) -> tuple[float, float]:
        """What the colours span: what the figure asks for, else a range that follows the values."""
        low, high = bounds(figure.values) or (0.0, 1.0)
        if figure.diverging:
            high = max(abs(low), abs(high))
            low = -high
        asked = [v if v is not None and abs(v) < MOST else None for v in (figure.low, figure.high)]
        if figure.diverging and asked.count(None) == 1:
            asked = [-v if v is not None else w for v, w in zip(reversed(asked), asked, strict=True)]
        if None in asked:
            low, high = self.values.follow(low, high)
        wanted = (low if asked[0] is None else asked[0], high if asked[1] is None else asked[1])
        return wanted if wanted[1] - wanted[0] > LEAST else self.values.follow(low, high)

    def _use_table(self, name: Any) -> None:
        if name != self._table[0]:
            colours = table8(name)
            self._table = (name, np.concatenate([np.zeros((1, 4), np.uint8), table8(name, 255)]))
            self.bar.set_table(colours)

    def _colour(self, figure: Image, low: float, high: float) -> None:
        """The cells in their colours, where they have changed: under a dragged handle they have not."""
        scale = (low, high, figure.extent, self._table[0])
        values, before = self._coloured
        if scale == before and same_bits(figure.values, values):
            return
        self._coloured = figure.values, scale
        self.raster.show_cells(indices(figure.values, low, high), self._table[1], figure.extent)
        self.bar.set_scale(figure.value_label, low, high, self.theme)

    def _show_curves(self, figure: Image, seen: bool, low: float, high: float) -> None:
        """Curves over the map. The names of series, contours as a rule, stand on them; the others' in the legend."""
        frame = (seen, low, high, self._table[0], figure.extent, self.theme, self.strokes.ranges, self.pixels_wide())
        curves, points, before = self._drawn
        if figure.curves is curves and figure.points is points and frame == before:
            return
        self._drawn = figure.curves, figure.points, frame
        marks = [self._marks(points, low, high) for points in figure.points]
        self.curves.place(tuple(clipped(curve, figure.extent) for curve in figure.curves) if seen else ())
        self.curves.draw(self.theme, above=[stroke for stroke, _ in marks])
        on_them = [p for p in self.curves.placed if p.curve.role == "series" and not p.curve.points and p.curve.label]
        self.names.set_names(tuple(Named(p.curve.label, p.x, p.y) for p in on_them))
        named = {p.curve.label for p in on_them}
        entries = [entry for entry in self.curves.entries(self.theme) if entry.label not in named]
        self.heading.set_entries((*entries, *(entry for _, entry in marks if entry.label)))

    def _marks(self, points: Points, low: float, high: float) -> tuple[Stroke, Entry]:
        """White discs with a dark rim stand out on every colour of a map; roles of their own keep their colour, and
        points with a value a paler one of the map."""
        colour = QColor("#ffffff") if points.role == "measurement" else self.theme.colour(points.role)
        if points.value is not None:
            place = round(255 * min(1.0, max(0.0, (points.value - low) / (high - low))))
            colour = QColor(mixed(QColor(*table8(self._table[0])[place, :3].tolist()).name(), "#ffffff", PALER))
        x, y = on_axis(points.x, False)[:MAX_MARKS], on_axis(points.y, False)[:MAX_MARKS]
        size = self.theme.mark_size
        disc = Stroke("marks", x, y, mark_pen(colour, size), under=mark_pen(QColor(DARK_RIM), size + 2.0))
        return disc, Entry(points.label, QPen(colour), mark=True, rim=True)

    def reset_view(self) -> None:
        self.values.forget()
        super().reset_view()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Events come before they are made, and after they are gone.
        takers = (getattr(self, "drag", None), getattr(self, "zoom", None))
        if watched is self.plot.viewport() and any(taker is not None and taker.take(event) for taker in takers):
            return True
        return super().eventFilter(watched, event)

    def _read(self, x: float, y: float) -> Reading | None:
        assert isinstance(self.figure, Image)
        value = value_at(self.figure, x, y)
        if value is None or self.drag.held or self.zoom.held:
            return None
        return Reading(f"x = {readable(x)}, y = {readable(y)}\n{self.figure.value_label}: {readable(value)}")


def same_bits(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    """Whether two pictures are the same, NaN and all."""
    return a is b or (a.shape == b.shape and bool(np.array_equal(a.view(np.uint32), b.view(np.uint32))))


def is_area(extent: Extent) -> bool:
    """Whether an extent is finite and has sides."""
    x0, x1, y0, y1 = extent
    return math.isfinite(x0 + x1 + y0 + y1) and x0 != x1 and y0 != y1


def value_at(figure: Image, x: float, y: float) -> float | None:
    """The value of the cell that holds a place; None outside."""
    x0, x1, y0, y1 = figure.extent
    rows, columns = figure.values.shape
    if not is_area(figure.extent) or not rows or not columns:
        return None
    row, column = math.floor((y - y0) / (y1 - y0) * rows), math.floor((x - x0) / (x1 - x0) * columns)
    if not (0 <= row < rows and 0 <= column < columns):
        return None
    return float(figure.values[row, column])
