"""Histogram: filled bins, with curves and levels on the same axes."""

from typing import final

import numpy as np
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from simulator.figures import Figure, Histogram
from ui.theme import DARK, Theme, mixed
from ui.views.curve_items import CurveItems
from ui.views.curves import including
from ui.views.heading import Entry
from ui.views.numbers import readable
from ui.views.plot import AbstractPlotView, Reading
from ui.views.screen import Array, bounds
from ui.views.strokes import Stroke


def usable(figure: Histogram) -> tuple[Array, Array]:
    """(edges, density) with unknown bins empty; none at all where the edges are not finite or do not fit."""
    edges, density = np.asarray(figure.edges, np.float64), np.asarray(figure.density, np.float64)
    if density.size == 0 or edges.size != density.size + 1 or not np.isfinite(edges).all():
        return np.zeros(0), np.zeros(0)
    return edges, np.where(np.isfinite(density), density, 0.0)


@final
class HistogramView(AbstractPlotView):
    """Shows a Histogram."""

    kind = Histogram

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.items = CurveItems(self)

    def _show(self, figure: Figure) -> None:
        assert isinstance(figure, Histogram)
        self.set_axes(figure.x_label, figure.y_label)
        self.set_levels(figure.levels)
        self.items.place(figure.overlays)
        edges, density = usable(figure)
        overlay_x, overlay_y = self.items.bounds()
        seen = bounds(edges[:-1][density > 0], edges[1:][density > 0]) or bounds(edges)
        x, y = bounds(seen, overlay_x), bounds(density, overlay_y)
        for axis, place, _, _ in self.levels.lines:
            x, y = (including(x, place), y) if axis == "x" else (x, including(y, place))
        self.follow(x, including(y, 0.0))
        self.items.draw(self.theme, below=self._bins(edges, density))
        block = QColor(mixed(self.theme.panel, self.theme.measurement, 0.6))
        self.heading.set_entries((Entry(figure.label, QPen(block), block=True), *self.items.entries(self.theme)))

    def _bins(self, edges: Array, density: Array) -> tuple[Stroke, Stroke]:
        """The bins, filled, and their outline."""
        colour = self.theme.colour("measurement")
        fill = QColor(colour)
        fill.setAlpha(105)
        x, y = np.repeat(edges, 2)[1:-1], np.repeat(density, 2)
        return Stroke("area", x, y, QPen(fill), low=np.zeros(x.size)), Stroke("line", x, y, QPen(colour, 1))

    def _read(self, x: float, y: float) -> Reading | None:
        assert isinstance(self.figure, Histogram)
        near = self.items.read(x, y)
        edges, density = usable(self.figure)
        if near is not None and near.place is not None and abs(near.place[1] - y) * self._per_y() < 8.0:
            return near
        k = int(np.searchsorted(edges, x, "right")) - 1
        if not 0 <= k < density.size:
            return near
        left, right = readable(float(edges[k])), readable(float(edges[k + 1]))
        return Reading(f"{left} to {right}, {self.figure.label}: {readable(float(self.figure.density[k]))}")

    def _per_y(self) -> float:
        _, (low, high) = self.box.viewRange()
        return float(self.box.height() / (high - low))
