"""Bars: one a name, with error bars."""

import math
from typing import final

import numpy as np
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from simulator.figures import Bars, Figure
from ui.theme import DARK, Theme
from ui.views.curve_items import bar_pen
from ui.views.curves import including
from ui.views.numbers import readable
from ui.views.plot import AbstractPlotView, Reading
from ui.views.screen import bounds, on_axis
from ui.views.strokes import Stroke

WIDTH = 0.62


@final
class BarsView(AbstractPlotView):
    """Shows Bars."""

    kind = Bars

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.box.setMouseEnabled(x=False, y=True)
        self.bottom.show_grid(False)
        self.x_range.pad = 0.0

    def _show(self, figure: Figure) -> None:
        assert isinstance(figure, Bars)
        self.set_axes("", figure.y_label)
        self.bottom.set_names(figure.names)
        count = len(figure.names)
        values = on_axis(figure.values, False)[:count]
        errors = np.zeros(values.size) if figure.errors is None else on_axis(figure.errors, False)[: values.size]
        errors = np.where(np.isfinite(errors), errors, 0.0)
        place = np.arange(values.size, dtype=np.float64)
        fill = QColor(self.theme.colour("measurement"))
        fill.setAlpha(150)
        sides = np.stack([place - 0.5 * WIDTH, place + 0.5 * WIDTH, np.full(values.size, np.nan)], axis=1).ravel()
        bars = Stroke("area", sides, np.repeat(values, 3), QPen(fill), low=np.zeros(sides.size))
        spread = np.isfinite(values) & (errors > 0)
        ends = np.stack([values[spread] - errors[spread], values[spread] + errors[spread]], axis=1).ravel()
        self.follow((-0.6, count - 0.4) if count else None, including(bounds(values, ends), 0.0))
        error_bars = Stroke("pairs", np.repeat(place[spread], 2), ends, bar_pen(QColor(self.theme.text), self.theme))
        self.strokes.show_strokes([bars, error_bars])

    def _read(self, x: float, y: float) -> Reading | None:
        assert isinstance(self.figure, Bars)
        k = math.floor(x + 0.5)
        if not 0 <= k < min(len(self.figure.names), self.figure.values.size) or abs(x - k) > 0.5:
            return None
        words = f"{self.figure.names[k]}: {readable(float(self.figure.values[k]))}"
        if self.figure.errors is not None:
            words += f" ± {readable(float(self.figure.errors[k]), 2)}"
        return Reading(words)
