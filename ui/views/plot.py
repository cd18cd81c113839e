"""What every picture with axes shares: ranges that follow the data, zoom, read-out, levels, a sentence when empty."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmapCache
from PySide6.QtWidgets import QWidget

from simulator.figures import Level, Scale
from ui.theme import DARK, Theme
from ui.views.axis import Axis
from ui.views.base import NOTHING_YET, AbstractView, paint_sentence
from ui.views.levels import Levels
from ui.views.screen import Follower, on_axis
from ui.views.strokes import Strokes

AXES_KILOBYTES = 128 * 1024
"""Room for the kept pictures of all axes; Qt's own 10 MB would be too little for a window full of plots."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What lies under the cursor: its words, and the place (on the axes) to mark, if any."""

    words: str
    place: tuple[float, float] | None = None


class Overlay(QWidget):
    """Painted over a plot, deaf to the mouse: the read-out, or the sentence of an empty figure."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme, self.sentence = theme, NOTHING_YET
        self.words, self.at, self.dot = "", QPointF(), False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def say(self, sentence: str) -> None:
        if sentence != self.sentence:
            self.sentence = sentence
            self._changed()

    def read(self, words: str, at: QPointF, dot: bool) -> None:
        if (words, at, dot) != (self.words, self.at, self.dot):
            self.words, self.at, self.dot = words, at, dot
            self._changed()

    def _changed(self) -> None:
        """With nothing to say it is hidden, or it would be painted with everything under it."""
        self.setVisible(bool(self.sentence or self.words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.sentence:
            # Nor are axes shown that measure nothing.
            painter.fillRect(self.rect(), QColor(self.theme.panel))
            paint_sentence(painter, self, self.theme, self.sentence)
        if self.words:
            self._read_out(painter)
        painter.end()

    def _read_out(self, painter: QPainter) -> None:
        painter.setFont(self.theme.font("small"))
        lines = self.words.split("\n")
        metrics = painter.fontMetrics()
        wide = max(metrics.horizontalAdvance(line) for line in lines) + 12
        high = metrics.height() * len(lines) + 6
        x = self.at.x() + 12 if self.at.x() + 12 + wide < self.width() else self.at.x() - 12 - wide
        y = self.at.y() - 8 - high if self.at.y() - 8 - high > 0 else self.at.y() + 12
        box = QRectF(max(x, 0.0), min(max(y, 0.0), self.height() - high), wide, high)
        if self.dot:
            painter.setPen(QColor(self.theme.panel))
            painter.setBrush(QColor(self.theme.text))
            painter.drawEllipse(self.at, 4.0, 4.0)
        painter.setPen(QColor(self.theme.line))
        painter.setBrush(QColor(self.theme.background))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(box.adjusted(6, 3, -6, -3), int(Qt.AlignmentFlag.AlignLeft), self.words)


class AbstractPlotView(AbstractView):
    """A picture on two axes. Subclasses define _show, _restyle (after this one's) and _read."""

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.bottom, self.left = Axis("bottom"), Axis("left")
        self.plot = pg.PlotWidget(self, background=None, axisItems={"bottom": self.bottom, "left": self.left})
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), AXES_KILOBYTES))
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setFrameStyle(0)
        self.plot.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.box: Any = self.plot.getViewBox()
        self.box.disableAutoRange()
        self.box.setDefaultPadding(0.0)
        self.box.sigRangeChangedManually.connect(self._zoomed)
        self.box.sigResized.connect(self._resized)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        self.x_range, self.y_range = Follower(pad=0.02), Follower(pad=0.06)
        self.zoomed, self._drawn_wide = False, 0
        self._reach: dict[str, tuple[float, ...]] = {}
        self._axes: tuple[object, ...] = ()
        self.strokes = Strokes(self.box)
        self.levels = Levels(self.box, theme, self.strokes)
        self.body.addWidget(self.plot, 1)
        self.overlay = Overlay(theme, self.plot)
        self._mouse: QPointF | None = None
        self.plot.viewport().setMouseTracking(True)
        self.plot.viewport().installEventFilter(self)
        self._restyle_axes()

    # --- for subclasses ------------------------------------------------------------------------------------------

    def _read(self, x: float, y: float) -> Reading | None:
        """What lies at a place on the axes."""
        return None

    def _restyle(self) -> None:
        self._restyle_axes()

    def set_axes(self, x_label: str, y_label: str, x_scale: Scale = "linear", y_scale: Scale = "linear") -> None:
        """Name and scale the axes; other axes than before begin with a fresh range."""
        axes = (x_label, y_label, x_scale, y_scale)
        if axes != self._axes:
            self._axes = axes
            self.forget_ranges()
        self.bottom.set_words(x_label)
        self.left.set_words(y_label)
        self.bottom.set_scale(x_scale == "log")
        self.left.set_scale(y_scale == "log")

    def set_levels(self, levels: tuple[Level, ...]) -> None:
        """Draw named levels; those with no place on a logarithmic axis are left out."""
        lines = []
        for level in levels:
            axis = self.bottom if level.axis == "x" else self.left
            place = float(on_axis(level.value, axis.logarithmic))
            if place == place:
                lines.append((level.axis, place, level.label, level.role))
        self.levels.set_lines(tuple(lines), self.theme)

    def follow(
        self, x: tuple[float, float] | None, y: tuple[float, float] | None, otherwise: str = NOTHING_YET
    ) -> None:
        """Let the ranges follow data with these bounds, unless the user has zoomed; None: nothing to see, as said."""
        x, y = self._reached(x, "x"), self._reached(y, "y")
        self.overlay.say("" if x is not None and y is not None else otherwise)
        if not self.zoomed and x is not None and y is not None:
            (x0, x1), (y0, y1) = self.x_range.follow(*x), self.y_range.follow(*y)
            if [[x0, x1], [y0, y1]] != self.box.viewRange():
                self.box.setRange(xRange=(x0, x1), yRange=(y0, y1), padding=0, disableAutoRange=True)
        self._hover()

    def set_reach(self, axis: Literal["x", "y"], places: Sequence[float]) -> None:
        """Keep these places of an axis in sight beside the data, as on_axis gives them."""
        finite = tuple(place for place in places if math.isfinite(place))
        if finite != self._reach.get(axis, ()):
            self._reach[axis] = finite
            if self.figure is not None:
                self._show(self.figure)

    def _reached(self, bounds: tuple[float, float] | None, axis: str) -> tuple[float, float] | None:
        more = self._reach.get(axis, ())
        return (min(bounds[0], *more), max(bounds[1], *more)) if bounds is not None and more else bounds

    def forget_ranges(self) -> None:
        self.x_range.forget()
        self.y_range.forget()
        self.zoomed = False

    def pixels_wide(self) -> int:
        """The plot's width in pixels of the device."""
        return max(64, round(self.box.width() * self.devicePixelRatioF()))

    # --- the mouse -----------------------------------------------------------------------------------------------

    def reset_view(self) -> None:
        self.forget_ranges()
        self.left.forget_width()
        if self.figure is not None:
            self._show(self.figure)

    def _zoomed(self, *_: object) -> None:
        self.zoomed = True
        if self.figure is not None:
            self._show(self.figure)

    def _clicked(self, event: Any) -> None:
        if event.double() and event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.reset_view()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.plot.viewport():
            if event.type() == QEvent.Type.MouseMove:
                self._mouse = event.position()  # type: ignore[attr-defined]
                self._hover()
            elif event.type() == QEvent.Type.Leave:
                self._mouse = None
                self.overlay.read("", QPointF(), False)
            elif event.type() == QEvent.Type.Resize:
                self.overlay.setGeometry(self.plot.viewport().rect())
        return False

    def _resized(self, *_: object) -> None:
        """Other pixels need other points."""
        if self.figure is not None and self.pixels_wide() != self._drawn_wide:
            self._drawn_wide = self.pixels_wide()
            self._show(self.figure)

    def _hover(self) -> None:
        """Read what is under the cursor, again after every new figure."""
        if self._mouse is None or self.figure is None:
            return
        at = self.plot.mapToScene(self._mouse.toPoint())
        reading = None
        if self.box.sceneBoundingRect().contains(at):
            place = self.box.mapSceneToView(at)
            reading = self._read(place.x(), place.y())
        if reading is None:
            self.overlay.read("", QPointF(), False)
            return
        spot = self._mouse
        if reading.place is not None:
            spot = QPointF(self.plot.mapFromScene(self.box.mapViewToScene(QPointF(*reading.place))))
        self.overlay.read(reading.words, spot, reading.place is not None)

    def _restyle_axes(self) -> None:
        self.overlay.theme = self.theme
        self.overlay.update()
        self.plot.setBackground(self.theme.panel)
        # Room on the right for half of the last tick's words.
        self.plot.getPlotItem().layout.setContentsMargins(0, 6, round(1.3 * self.theme.pixels("small")), 0)
        for axis in (self.bottom, self.left):
            axis.restyle(self.theme)
