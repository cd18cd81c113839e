"""Curves: lines with bands, marks with error bars, theory dashed, named levels."""

from typing import final

from PySide6.QtWidgets import QWidget

from simulator.figures import Curves, Figure
from ui.theme import DARK, Theme
from ui.views.curve_items import CurveItems
from ui.views.plot import AbstractPlotView, Reading


def including(bounds: tuple[float, float] | None, *places: float) -> tuple[float, float] | None:
    """Bounds widened to hold places; None stays None, for places alone are no data."""
    return None if bounds is None else (min(bounds[0], *places), max(bounds[1], *places))


@final
class CurvesView(AbstractPlotView):
    """Shows Curves."""

    kind = Curves

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.items = CurveItems(self)

    def _show(self, figure: Figure) -> None:
        assert isinstance(figure, Curves)
        self.set_axes(figure.x_label, figure.y_label, figure.x_scale, figure.y_scale)
        self.set_levels(figure.levels)
        self.items.place(figure.curves)
        x, y = self.items.bounds()
        for axis, place, _, _ in self.levels.lines:
            x, y = (including(x, place), y) if axis == "x" else (x, including(y, place))
        self.follow(x, y, self.items.why_empty())
        self.items.draw(self.theme)
        self.heading.set_entries(self.items.entries(self.theme))

    def _read(self, x: float, y: float) -> Reading | None:
        return self.items.read(x, y)
