"""Bars: one a name, with error bars."""

import math
from typing import final

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QBrush, QColor, QPen
from PySide6.QtWidgets import QWidget

from simulator.figures import Bars, Figure
from ui.theme import DARK, Theme
from ui.views.curves import including
from ui.views.numbers import readable
from ui.views.plot import AbstractPlotView, Reading
from ui.views.screen import bounds, on_axis

WIDTH = 0.62


@final
class BarsView(AbstractPlotView):
    """Shows Bars."""

    kind = Bars

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.bars = pg.BarGraphItem(x=[0.0], width=WIDTH, height=[0.0])
        self.errors = pg.PlotCurveItem(connect="pairs")
        self.errors.setZValue(5)
        self.box.setMouseEnabled(x=False, y=True)
        self.bottom.show_grid(False)
        self.x_range.pad = 0.0
        for item in (self.bars, self.errors):
            self.plot.addItem(item, ignoreBounds=True)

    def _show(self, figure: Figure) -> None:
        assert isinstance(figure, Bars)
        self.set_axes("", figure.y_label)
        self.bottom.set_names(figure.names)
        count = len(figure.names)
        values = on_axis(figure.values, False)[:count]
        errors = np.zeros(values.size) if figure.errors is None else on_axis(figure.errors, False)[: values.size]
        errors = np.where(np.isfinite(errors), errors, 0.0)
        good = np.isfinite(values)
        place = np.arange(values.size, dtype=np.float64)
        colour = self.theme.colour("measurement")
        fill = QColor(colour)
        fill.setAlpha(150)
        self.bars.setVisible(bool(good.any()))
        self.bars.setOpts(x=place[good], height=values[good], width=WIDTH, brush=QBrush(fill), pen=QPen(fill, 0))
        spread = good & (errors > 0)
        ends = np.stack([values[spread] - errors[spread], values[spread] + errors[spread]], axis=1).ravel()
        pen = QPen(QColor(self.theme.text), max(1.0, self.theme.pen_width - 0.5))
        pen.setCosmetic(True)
        self.errors.setData(np.repeat(place[spread], 2), ends, pen=pen, connect="pairs")
        self.follow((-0.6, count - 0.4) if count else None, including(bounds(values, ends), 0.0))

    def _read(self, x: float, y: float) -> Reading | None:
        assert isinstance(self.figure, Bars)
        k = math.floor(x + 0.5)
        if not 0 <= k < min(len(self.figure.names), self.figure.values.size) or abs(x - k) > 0.5:
            return None
        words = f"{self.figure.names[k]}: {readable(float(self.figure.values[k]))}"
        if self.figure.errors is not None:
            words += f" ± {readable(float(self.figure.errors[k]), 2)}"
        return Reading(words)
