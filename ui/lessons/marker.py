"""A line that is dragged to where a curve is expected, and beside it the line of what was measured."""

from typing import TYPE_CHECKING, Any, final

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPen

from simulator.snapshot import Scalar
from ui.experiment_docks import ViewDock
from ui.lessons.lesson import Place
from ui.theme import Theme
from ui.theory_panel import minus, with_error
from ui.views.plot import AbstractPlotView
from ui.views.screen import on_axis

if TYPE_CHECKING:
    from ui.window import Window


@final
class Marker(QObject):
    """Stands on the figure of a place, as soon as that has been drawn."""

    moved = Signal(float)
    """Where the mouse has put it."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._view: AbstractPlotView | None = None
        self._lines: list[Any] = []
        self._place: Place | None = None
        self._experiment = ""
        self.value: float | None = None
        self.measured: Scalar | None = None
        self._open = False

    def ask(self, experiment: str, place: Place) -> None:
        """Offer a line in the middle of the range."""
        self.clear()
        self._experiment, self._place, self._open = experiment, place, True
        self.value = (place.low + place.high) / 2
        bring_forward(self._window, experiment, place.figure)
        self.tick()

    def put(self, value: float) -> None:
        """The prediction is here."""
        self.value = value
        if self._lines:
            self._lines[0].blockSignals(True)
            self._lines[0].setValue(self._at(value))
            self._lines[0].blockSignals(False)

    def settle(self) -> None:
        """It can be dragged no more."""
        self._open = False
        self._draw()

    def reveal(self, measured: Scalar | None) -> None:
        """Show what was measured beside it."""
        self._open, self.measured = False, measured
        self._draw()

    def clear(self) -> None:
        """No line, on no figure."""
        self._remove()
        self._place, self._view, self.value, self.measured, self._open = None, None, None, None, False

    def tick(self) -> None:
        """The picture may have been made meanwhile, or made anew, or moved to other axes."""
        if self._place is None:
            return
        view = self._found()
        if view is not self._view:
            self._remove()
            self._view = view
            self._draw()

    def redraw(self) -> None:
        """In other colours and type."""
        self._draw()

    @property
    def view(self) -> AbstractPlotView | None:
        """Where it stands."""
        return self._view

    # --- within --------------------------------------------------------------------------------------------------

    def _found(self) -> AbstractPlotView | None:
        place = self._place
        assert place is not None
        for dock in docks_of(self._window, self._experiment, place.figure):
            view = dock.panel.picture(place.figure)
            if isinstance(view, AbstractPlotView) and view.figure is not None:
                return view
        return None

    def _at(self, value: float) -> float:
        """A value in the coordinates of the axis, NaN where a logarithmic one has no place for it."""
        assert self._view is not None and self._place is not None
        axis = self._view.bottom if self._place.axis == "x" else self._view.left
        return float(on_axis(value, axis.logarithmic))

    def _value(self, at: float) -> float:
        assert self._view is not None and self._place is not None
        axis = self._view.bottom if self._place.axis == "x" else self._view.left
        return 10.0**at if axis.logarithmic else at

    def _draw(self) -> None:
        self._remove()
        view, place = self._view, self._place
        if view is None or place is None or self.value is None:
            return
        theme = view.theme
        mine = self._line(self.value, QColor(theme.text), "drag this line" if self._open else "your prediction", theme)
        if mine is not None and self._open:
            mine.setMovable(True)
            mine.setBounds((self._at(place.low), self._at(place.high)))
            mine.setCursor(Qt.CursorShape.SizeVerCursor if place.axis == "y" else Qt.CursorShape.SizeHorCursor)
            mine.sigDragged.connect(lambda line: self.moved.emit(self._value(float(line.value()))))
        if self.measured is not None:
            words = f"measured {with_error(self.measured.mean, self.measured.stderr)}"
            self._line(self.measured.mean, QColor(theme.measurement), words, theme)
        seen = [place.low, place.high] if self._open else [self.value]
        view.set_reach(place.axis, [self._at(each) for each in seen])

    def _line(self, value: float, colour: QColor, words: str, theme: Theme) -> Any:
        assert self._view is not None and self._place is not None
        at = self._at(value)
        if at != at:
            return None
        level = self._place.axis == "y"
        along = (0.04 if level else 0.9) if not self._lines else (0.4 if level else 0.7)  # beside the first one's words
        pen = QPen(colour, theme.pen_width + 0.5)
        pen.setCosmetic(True)
        line = pg.InfiniteLine(
            at,
            angle=0 if level else 90,
            pen=pen,
            hoverPen=QPen(colour, theme.pen_width + 2.5),
            label=minus(words),
            labelOpts={"position": along, "color": colour, "anchors": [(0, 1), (0, 1)]},
        )
        line.label.setFont(theme.font("small", bold=True))
        line.label.fill = pg.mkBrush(QColor(theme.panel))
        line.setZValue(100)
        self._view.box.addItem(line, ignoreBounds=True)
        self._lines.append(line)
        return line

    def _remove(self) -> None:
        view = self._view
        if view is not None:
            for line in self._lines:
                view.box.removeItem(line)
            view.set_reach("x", [])
            view.set_reach("y", [])
        self._lines = []


def docks_of(window: "Window", experiment: str, figure: str) -> list[ViewDock]:
    """Where a figure is drawn."""
    return [dock for dock in window.groups[experiment].docks if figure in dock.panel.view.figures]


def bring_forward(window: "Window", experiment: str, figure: str) -> None:
    """Let a figure be in sight: its dock open and in front, and of those that take turns in it, this one."""
    for dock in docks_of(window, experiment, figure):
        dock.show()
        dock.raise_()
        if dock.panel.view.alternatives:
            dock.panel.choose(figure)
