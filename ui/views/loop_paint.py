"""A loop as it is drawn: far strokes first, thin and pale; and the sphere and the axes that give it a scale."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from ui.theme import Theme
from ui.views.cyclic import cyclic_colours
from ui.views.fitting import fitting
from ui.views.screen import Array
from ui.views.turntable import Turntable

Counts = NDArray[np.signedinteger[Any]]
HUES, DEPTHS = 48, 6
FOG = tuple(0.45 * (1.0 - k / (DEPTHS - 1)) for k in range(DEPTHS))
"""Share of the panel's colour, from the farthest strokes to the nearest."""
MARGIN = 0.9
RING = np.linspace(0.0, 2.0 * math.pi, 73)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the sphere stands on the canvas: middle, and pixels a unit."""

    centre: QPointF
    scale: float

    @classmethod
    def fitting(cls, canvas: QRectF, radius: float, table: Turntable) -> "Stage":
        """The sphere of `radius` fits the canvas at zoom 1."""
        return cls(canvas.center(), table.zoom * MARGIN * 0.5 * min(canvas.width(), canvas.height()) / radius)

    def at(self, seen: Array) -> Array:
        """(right, up, away) as pixels (n, 2), y downwards."""
        return np.stack([self.centre.x() + self.scale * seen[:, 0], self.centre.y() - self.scale * seen[:, 1]], axis=1)


def strokes(seen: Array) -> tuple[Counts, Counts, Counts]:
    """(indices of strokes, far to near; hue; depth class) of a closed curve; strokes with an unknown end are left out.

    Stroke k runs from point k to the next. Depth is measured against the curve's own reach from its middle.
    """
    after = np.roll(seen, -1, axis=0)
    depth = 0.5 * (seen[:, 2] + after[:, 2])
    k = np.flatnonzero(np.isfinite(seen).all(axis=1) & np.isfinite(after).all(axis=1))
    if not k.size:
        return k, k, k
    middle = 0.5 * (depth[k].min() + depth[k].max())
    reach = 0.5 * float(np.ptp(seen[k], axis=0).max()) or 1.0
    near = np.clip(0.5 - 0.5 * (depth[k] - middle) / reach, 0.0, 1.0)
    level = np.minimum((near * DEPTHS).astype(np.int64), DEPTHS - 1)
    hue = (k * HUES) // len(seen)
    order = np.lexsort((hue, level))
    return k[order], hue[order], level[order]


def paint_loop(painter: QPainter, theme: Theme, stage: Stage, seen: Array, radius: float) -> None:
    """The curve itself, wider in a larger picture; `seen` as (right, up, away)."""
    k, hue, level = strokes(seen)
    if not k.size:
        return
    places = stage.at(seen)
    ends = np.concatenate([places, np.roll(places, -1, axis=0)], axis=1)[k].tolist()
    lines = [QLineF(*end) for end in ends]
    colours = cyclic_colours(theme.name, HUES, theme.panel, FOG)
    wide = theme.pen_width * min(max(stage.scale * radius / 120.0, 1.1), 1.6)
    pen = QPen()
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    begins = np.flatnonzero(np.diff(hue + HUES * level, prepend=-1)).tolist()
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        pen.setColor(colours[level[begin]][hue[begin]])
        pen.setWidthF(wide * (0.8 + 0.9 * float(level[begin]) / (DEPTHS - 1)))
        painter.setPen(pen)
        painter.drawLines(lines[begin:end])


def paint_sphere(painter: QPainter, theme: Theme, stage: Stage, table: Turntable, radius: float) -> None:
    """Outline, equator and three axes, faint; the far half of the equator is dotted."""
    pen = QPen(QColor(theme.line), 1.0)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(stage.centre, stage.scale * radius, stage.scale * radius)
    seen = table.seen(radius * np.stack([np.cos(RING), np.sin(RING), np.zeros(RING.size)], axis=1))
    ends = np.concatenate([stage.at(seen[:-1]), stage.at(seen[1:])], axis=1).tolist()
    far = (seen[:-1, 2] + seen[1:, 2] > 0).tolist()
    painter.drawLines([QLineF(*end) for end, hidden in zip(ends, far, strict=True) if not hidden])
    tips = stage.at(table.seen(radius * np.concatenate([np.eye(3), -np.eye(3)]))).tolist()
    painter.drawLines([QLineF(*tips[k], *tips[k + 3]) for k in range(3)])
    pen.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(pen)
    painter.drawLines([QLineF(*end) for end, hidden in zip(ends, far, strict=True) if hidden])


def paint_axes(
    painter: QPainter, theme: Theme, stage: Stage, table: Turntable, radius: float, names: tuple[str, ...],
    canvas: QRectF,
) -> None:  # fmt: skip
    """The name of each axis beyond its positive end, inside the canvas; an axis that points at the eye has none."""
    painter.setFont(theme.font("small"))
    metrics = QFontMetricsF(painter.font())
    painter.setPen(QColor(theme.muted))
    for name, tip in zip(names, table.seen(radius * np.eye(3)), strict=True):
        if math.hypot(tip[0], tip[1]) < 0.18 * radius:
            continue
        x, y = stage.at(1.0 * tip[None, :])[0].tolist()
        away = math.hypot(x - stage.centre.x(), y - stage.centre.y()) or 1.0
        words = fitting(name, metrics, 0.4 * canvas.width())
        wide, high = metrics.horizontalAdvance(words) + 2, metrics.height()
        x += (0.5 * wide + 4) * (x - stage.centre.x()) / away
        y += (0.5 * high + 2) * (y - stage.centre.y()) / away
        left = min(max(x - 0.5 * wide, canvas.left()), canvas.right() - wide)
        top = min(max(y - 0.5 * high, canvas.top()), canvas.bottom() - high)
        painter.drawText(QRectF(left, top, wide, high), int(Qt.AlignmentFlag.AlignCenter), words)
