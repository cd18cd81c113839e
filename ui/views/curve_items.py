"""Curves on the axes of a plot: their places, their bounds, what is drawn of them and what is read off them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike
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
GAP = np.array([math.nan])
THREAD = 150
"""Opacity of 255 of the thin line between joined marks."""
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
        x = iter(_all_on_axis([c.x for c in curves], self._view.bottom.logarithmic))
        y = iter(_all_on_axis([v for c in curves for v in (c.y, c.low, c.high)], self._view.left.logarithmic))
        self.placed = [Placed(c, _known(next(x)), _known(next(y)), next(y), next(y)) for c in curves]

    def bounds(self) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        """Bounds in x and y of what can be seen of the placed curves: points with both coordinates."""
        if not self.placed:
            return None, None
        x, y = (np.concatenate([getattr(p, name) for p in self.placed]) for name in ("x", "y"))
        seen = np.isfinite(x) & np.isfinite(y)
        ends = bounds(y[seen])
        for p in self.placed:
            if ends is not None and not (p.low is None and p.high is None):
                ends = _with_band(ends, p)
        return bounds(x[seen]), ends

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
        smooth = self._length([(x, y) for p, x, y in thinned if not p.curve.points]) <= ROUGH
        width = theme.pen_width if smooth else max(1.0, theme.pen_width // 2)
        width *= 1.0 if self._rim is None else 1.3
        bands: list[Stroke] = []
        drawn: list[Stroke] = []
        predicted: list[Stroke] = []
        for p, x, y in thinned:
            pen = theme.pen(p.curve.role, p.curve.index, width)
            if p.curve.points or p.x.size == 1:  # one point makes no line
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

    def _length(self, lines: Sequence[tuple[Array, Array]]) -> float:
        """How far lines run on the screen, in circumferences of the plot."""
        (left, right), (low, high) = self._view.box.viewRange()
        if not lines or not (right > left and high > low):
            return 0.0
        x, y = (np.concatenate([part for line in lines for part in (line[k], GAP)]) for k in (0, 1))
        across, up = np.abs(np.diff(x)) / (right - left), np.abs(np.diff(y)) / (high - low)
        # Not `nansum`, which takes as long as all the rest: what is unknown is not above 0.
        return 0.25 * float(np.fmax(across, 0.0).sum() + np.fmax(up, 0.0).sum())

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
        if p.curve.joined:
            thread = QColor(colour)
            thread.setAlpha(THREAD)
            drawn.append(Stroke("line", x, y, QPen(thread, 1.0)))
        if p.curve.low is not None and p.curve.high is not None:
            _, (bottom, top) = self._view.box.viewRange()
            low, high = np.asarray(p.curve.low)[::stride], np.asarray(p.curve.high)[::stride]
            ends = bar_ends(x, y, low, high, self._view.left.logarithmic, bottom - (top - bottom))
            drawn.append(Stroke("pairs", *ends, bar_pen(colour, theme)))
        drawn.append(Stroke("marks", x, y, mark_pen(colour, theme.mark_size)))
        return drawn


def _all_on_axis(arrays: Sequence[ArrayLike | None], logarithmic: bool) -> list[Array | None]:
    """`on_axis` of each at once: what costs time is the number of calls, not of values."""
    given = [np.zeros(0) if one is None else np.asarray(one, np.float64) for one in arrays]
    whole = on_axis(np.concatenate(given), logarithmic) if given else np.zeros(0)
    ends = np.cumsum([one.size for one in given]).tolist()
    parts = [whole[end - one.size : end] for one, end in zip(given, ends, strict=True)]
    return [None if one is None else part for one, part in zip(arrays, parts, strict=True)]


def _known(places: Array | None) -> Array:
    assert places is not None
    return places


def _with_band(ends: tuple[float, float], p: Placed) -> tuple[float, float]:
    """Ends widened by a curve's band. It may dwarf its curve: what lies three of its spans away is not seen."""
    span = bounds(p.y[np.isfinite(p.x)])
    bands = bounds(p.low, p.high)
    if span is None or bands is None:
        return ends
    reach = 3.0 * (span[1] - span[0]) or math.inf
    return min(ends[0], max(bands[0], span[0] - reach)), max(ends[1], min(bands[1], span[1] + reach))


def bar_pen(colour: QColor, theme: Theme) -> QPen:
    """Of error bars."""
    return QPen(colour, max(1.0, theme.pen_width - 0.5), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)


def mark_pen(colour: QColor, size: float) -> QPen:
    """Of marks so wide: a point in a round pen is a disc."""
    return QPen(colour, size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
