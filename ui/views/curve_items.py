"""Curves on the axes of a plot: their places, their bounds, what is drawn of them and what is read off them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from simulator.figures import Curve
from ui.theme import Theme
from ui.views.base import NOTHING_YET
from ui.views.error_bars import bar_ends
from ui.views.heading import Entry
from ui.views.numbers import readable
from ui.views.plot import AbstractPlotView, Reading
from ui.views.screen import Array, bounds, decimated, on_axis
from ui.views.strokes import Stroke

MAX_MARKS = 2000
ROUGH = 25.0
"""Lines that in all run longer than this many times round the plot are drawn thin and plain: noise painted with a wide,
smooth pen costs a hundred times as much, and looks the same."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A curve in places on the axes."""

    curve: Curve
    x: Array
    y: Array
    low: Array | None
    high: Array | None


@final
class CurveItems:
    """The curves of one plot. `rim`: a wider line under each, for lines on a map."""

    def __init__(self, view: AbstractPlotView, rim: QColor | None = None) -> None:
        self._view, self._rim = view, rim
        self.placed: list[Placed] = []

    def place(self, curves: tuple[Curve, ...]) -> None:
        """Take curves to the axes' scales; call before `bounds` and `draw`."""
        log_x, log_y = self._view.bottom.logarithmic, self._view.left.logarithmic
        self.placed = []
        for curve in curves:
            low, high = (None if band is None else on_axis(band, log_y) for band in (curve.low, curve.high))
            self.placed.append(Placed(curve, on_axis(curve.x, log_x), on_axis(curve.y, log_y), low, high))

    def bounds(self) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        """Bounds in x and y of what can be seen of the placed curves: points with both coordinates."""
        xs, ys = [], []
        for p in self.placed:
            seen = np.isfinite(p.x) & np.isfinite(p.y)
            xs.append(p.x[seen])
            ys.append(p.y[seen])
            # A band may dwarf its curve; what lies beyond three times the curve's own span is left out of sight.
            span = bounds(ys[-1])
            for band in (p.low, p.high):
                if band is not None and span is not None:
                    reach = 3.0 * (span[1] - span[0]) or math.inf
                    ys.append(np.clip(band[seen], span[0] - reach, span[1] + reach))
        return bounds(*xs), bounds(*ys)

    def why_empty(self) -> str:
        """Why nothing of the placed curves can be seen."""
        given = [p.curve for p in self.placed if np.size(p.curve.y)]
        if not given:
            return NOTHING_YET
        if any(np.any(np.isfinite(c.x) & np.isfinite(c.y)) for c in given):
            return "No positive values, and the axis is logarithmic."
        return "No finite values: NaN or infinity throughout."

    def draw(self, theme: Theme, below: Sequence[Stroke] = (), above: Sequence[Stroke] = ()) -> None:
        """Draw the placed curves, as many points as the pixels can show, between what else there is to draw."""
        (left, right), _ = self._view.box.viewRange()
        pixels = self._view.pixels_wide()
        thinned = [(p, *decimated(p.x, p.y, pixels, left, right)) for p in self.placed]
        smooth = sum(self._length(x, y) for p, x, y in thinned if not p.curve.points) <= ROUGH
        width = theme.pen_width if smooth else max(1.0, theme.pen_width // 2)
        width *= 1.0 if self._rim is None else 1.3
        bands: list[Stroke] = []
        drawn: list[Stroke] = []
        predicted: list[Stroke] = []
        for p, x, y in thinned:
            pen = theme.pen(p.curve.role, p.curve.index, width)
            if p.curve.points:
                drawn += self._marks(p, pen.color(), theme)
                continue
            if p.low is not None and p.high is not None:
                bands.append(self._band(p, pen.color(), pixels, left, right))
            mine = predicted if p.curve.role == "theory" else drawn
            mine.append(Stroke("line", x, y, pen, under=self._under(pen)))
        self._view.strokes.show_strokes([*below, *bands, *drawn, *predicted, *above], smooth)

    def entries(self, theme: Theme) -> tuple[Entry, ...]:
        """The legend's entries, each name once."""
        found: dict[str, Entry] = {}
        for p in self.placed:
            pen = theme.pen(p.curve.role, p.curve.index, theme.pen_width + 0.5)
            if p.curve.label:
                found.setdefault(p.curve.label, Entry(p.curve.label, pen, mark=p.curve.points))
        return tuple(found.values())

    def read(self, x: float, y: float) -> Reading | None:
        """The curve nearest to a place, in pixels, and its value there."""
        (left, right), (low, high) = self._view.box.viewRange()
        per_x, per_y = self._view.box.width() / (right - left), self._view.box.height() / (high - low)
        best: tuple[float, Placed, int] | None = None
        for p in self.placed:
            if not p.x.size:
                continue
            near = self._near(p, x, y, per_x, per_y)
            if near is not None and (best is None or near[0] < best[0]):
                best = (near[0], p, near[1])
        if best is None or best[0] > 60.0:
            return None
        _, p, k = best
        words = f"x = {readable(float(p.curve.x[k]))}, {p.curve.label or 'y'}: {readable(float(p.curve.y[k]))}"
        if p.curve.low is not None and p.curve.high is not None:
            words += f" [{readable(float(p.curve.low[k]), 3)}, {readable(float(p.curve.high[k]), 3)}]"
        return Reading(words, (float(p.x[k]), float(p.y[k])))

    def _under(self, pen: QPen) -> QPen | None:
        """What is drawn under a line in `pen`."""
        if self._rim is None:
            return None
        under = QPen(self._rim, pen.widthF() + 2.0)
        under.setCosmetic(True)
        under.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return under

    @staticmethod
    def _near(p: Placed, x: float, y: float, per_x: float, per_y: float) -> tuple[float, int] | None:
        """(pixels away, number) of the curve's nearest point; a line counts as near right under the cursor."""
        across, up = np.abs(p.x - x) * per_x, np.abs(p.y - y) * per_y
        distance = np.hypot(across, up)
        if np.isnan(distance).all():
            return None
        k = int(np.nanargmin(distance))
        if not p.curve.points and not np.isnan(across).all():
            column = int(np.nanargmin(np.where(np.isfinite(p.y), across, np.inf)))
            if across[column] < 24.0:
                return float(min(up[column], distance[k])), column if up[column] < 60 else k
        return float(distance[k]), k

    def _length(self, x: Array, y: Array) -> float:
        """How far a line runs on the screen, in circumferences of the plot."""
        (left, right), (low, high) = self._view.box.viewRange()
        if x.size < 2 or not (right > left and high > low):
            return 0.0
        across, up = np.abs(np.diff(x)) / (right - left), np.abs(np.diff(y)) / (high - low)
        return 0.25 * float(np.nansum(across) + np.nansum(up))

    def _band(self, p: Placed, colour: QColor, pixels: int, left: float, right: float) -> Stroke:
        assert p.low is not None and p.high is not None
        low_x, low = decimated(p.x, p.low, pixels // 2, left, right)
        high_x, high = decimated(p.x, p.high, pixels // 2, left, right)
        if low_x.size != high_x.size:
            low_x, low, high = p.x, p.low, p.high
        colour.setAlpha(52)
        return Stroke("area", low_x, high, QPen(colour), low=low)

    def _marks(self, p: Placed, colour: QColor, theme: Theme) -> list[Stroke]:
        stride = max(1, math.ceil(p.x.size / MAX_MARKS))
        x, y = p.x[::stride], p.y[::stride]
        drawn = []
        if p.curve.low is not None and p.curve.high is not None:
            _, (bottom, top) = self._view.box.viewRange()
            low, high = np.asarray(p.curve.low)[::stride], np.asarray(p.curve.high)[::stride]
            ends = bar_ends(x, y, low, high, self._view.left.logarithmic, bottom - (top - bottom))
            drawn.append(Stroke("pairs", *ends, bar_pen(colour, theme)))
        drawn.append(Stroke("marks", x, y, mark_pen(colour, theme.mark_size)))
        return drawn


def bar_pen(colour: QColor, theme: Theme) -> QPen:
    """Of error bars."""
    return QPen(colour, max(1.0, theme.pen_width - 0.5), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)


def mark_pen(colour: QColor, size: float) -> QPen:
    """Of marks so wide: a point in a round pen is a disc."""
    return QPen(colour, size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
