"""A slider over a parameter's range, linear or logarithmic, whole or real."""

import math
from dataclasses import dataclass
from typing import cast, final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle, QWidget

from simulator.parameters import Field

TICKS = 1000
DECADES_TO_ZERO = 4
"""A logarithmic slider that starts at 0 spans so many decades above it."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """The correspondence between positions 0..ticks of a slider and the values of one bounded number."""

    lo: float
    hi: float
    log: bool
    whole: bool
    ticks: int

    def value(self, position: int) -> float | int:
        """What a position stands for, rounded to three digits so that a drag gives readable numbers."""
        if position >= self.ticks:
            return self._typed(self.hi)
        if position <= 0:
            return self._typed(self.lo)
        if not self.log:
            return self._typed(self.lo + (self.hi - self.lo) * position / self.ticks)
        low = self._lowest
        steps = self.ticks - 1 if self.lo == 0 else self.ticks
        part = (position - 1 if self.lo == 0 else position) / steps
        return self._typed(low * (self.hi / low) ** part)

    def position(self, value: float) -> int:
        """The position nearest to `value`."""
        if value >= self.hi:
            return self.ticks
        if value <= self.lo:
            return 0
        if not self.log:
            return round((value - self.lo) / (self.hi - self.lo) * self.ticks)
        low = self._lowest
        part = max(0.0, math.log(value / low) / math.log(self.hi / low))
        return 1 + round(part * (self.ticks - 1)) if self.lo == 0 else round(part * self.ticks)

    @property
    def _lowest(self) -> float:
        if self.lo > 0:
            return self.lo
        return 1.0 if self.whole else self.hi * 10.0**-DECADES_TO_ZERO

    def _typed(self, value: float) -> float | int:
        return (
            round(value)
            if self.whole
            else min(self.hi, max(self.lo, _three_digits(value, self.hi - self.lo, self.log)))
        )


def make_ruler(field: Field) -> Ruler | None:
    """The ruler of a bounded number; None for anything without both bounds."""
    lo, hi = field.param.lo, field.param.hi
    if field.kind not in (int, float) or lo is None or hi is None or not lo < hi:
        return None
    whole = field.kind is int
    log = field.param.scale == "log" and lo >= 0
    ticks = int(hi - lo) if whole and not log and hi - lo <= TICKS else TICKS
    return Ruler(lo, hi, log, whole, ticks)


def _three_digits(value: float, span: float, log: bool) -> float:
    if value == 0:
        return 0.0
    scale = abs(value) if log else span
    return round(value, 2 - math.floor(math.log10(scale)) + (0 if log else 1))


@final
class Slider(QSlider):
    """Horizontal; a click jumps there. The wheel scrolls the panel it stands in, unless Tab has led here: then it and
    the arrow keys turn the slider, and only then are they lost to the window."""

    def __init__(self, ticks: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, ticks)
        self.setSingleStep(max(1, ticks // 100))
        self.setPageStep(max(1, ticks // 10))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        """With the focus, arrow keys belong to the slider and not to the window's shortcuts."""
        arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.type() == QEvent.Type.ShortcutOverride and cast(QKeyEvent, event).key() in arrows:
            event.accept()
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Jump under the mouse, then drag from there."""
        if event.button() == Qt.MouseButton.LeftButton:
            handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
            room = max(1, self.width() - handle)
            at = round(event.position().x() - handle / 2)
            self.setSliderDown(True)
            self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), at, room))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse while it is held."""
        if self.isSliderDown():
            handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
            at = round(event.position().x() - handle / 2)
            self.setValue(
                QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), at, max(1, self.width() - handle))
            )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; `sliderReleased` follows."""
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel unless this slider has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
