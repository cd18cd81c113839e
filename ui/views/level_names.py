"""Where the names of levels stand: beside their lines, off each other, inside the plot, where the fewest data are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QRectF

from ui.views.box_item import Ranges
from ui.views.screen import Array
from ui.views.strokes import Stroke

OFF = 2.0
"""Pixels between a line and its name."""
FARTHER = (0.0, 4.0)
"""Pixels by which a name may stand off farther: marks that lie on the line are as high."""
EDGE = 2.0
"""Pixels between the edge of the plot and a name."""
COLUMNS = 97
"""Places across the plot at which it is asked where the curves run."""
DOTS = 200
"""Marks of a curve that are asked for."""
STEPS = 24
"""Places along a row at which a name is tried that has room nowhere beside its line."""
LOYAL = 4.0
"""So much more ink is borne at the place where a name stands than anywhere else, before it moves."""
Places = dict[str, int]
"""Of each name, the number of the place that it has."""


@dataclass(frozen=True, slots=True)
class Line:
    """A level in pixels of the plot: upright ("x") or level ("y") at `at`, with a name of this size."""

    name: str
    axis: Literal["x", "y"] | str
    at: float
    wide: float
    high: float


class Inked:
    """How much of what is drawn lies under a rectangle."""

    def __init__(
        self, drawn: Sequence[Stroke], ranges: Ranges, frame: QRectF, lines: Sequence[tuple[str, float]] = ()
    ) -> None:
        left, right, bottom, top = ranges
        across, up = frame.width() / (right - left), frame.height() / (top - bottom)
        columns = np.linspace(left, right, COLUMNS)
        self._columns = (columns - left) * across
        curves: list[Array] = []
        dots: list[tuple[Array, Array]] = []
        for stroke in drawn:
            if stroke.x.size == 0:
                continue
            if stroke.kind in ("marks", "pairs"):
                stride = -(-stroke.x.size // DOTS)
                dots.append((stroke.x[::stride], stroke.y[::stride]))
            elif stroke.kind == "line":
                # Curves that turn back are read as if they rose: a name may then stand less well, but it stands.
                curves.append(np.interp(columns, stroke.x, stroke.y, np.nan, np.nan))
        y = (top - np.array(curves).reshape(-1, COLUMNS)) * up
        self._low, self._high = np.fmin(y[:, :-1], y[:, 1:]), np.fmax(y[:, :-1], y[:, 1:])
        self._dots_x = (np.concatenate([x for x, _ in dots] or [np.zeros(0)]) - left) * across
        self._dots_y = (top - np.concatenate([y for _, y in dots] or [np.zeros(0)])) * up
        self._lines = lines

    def under(self, box: QRectF) -> float:
        """Pixel columns of curves, marks and other levels that the rectangle hides, in units of a column's width."""
        first, last = np.searchsorted(self._columns, (box.left(), box.right()))
        here = slice(max(int(first) - 1, 0), max(int(last), 1))
        hidden = int(((self._low[:, here] < box.bottom()) & (self._high[:, here] > box.top())).sum())
        inside = (self._dots_x > box.left() - 3) & (self._dots_x < box.right() + 3)
        hidden += int((inside & (self._dots_y > box.top() - 3) & (self._dots_y < box.bottom() + 3)).sum())
        for axis, at in self._lines:
            low, high = (box.top(), box.bottom()) if axis == "y" else (box.left(), box.right())
            hidden += 8 * (low < at < high)
        return float(hidden)


def placed(lines: Sequence[Line], frame: QRectF, ink: Inked, before: Places) -> tuple[list[QRectF | None], Places]:
    """A rectangle for each line's name (None: there is room nowhere), and the number of its place for the next time.

    before: the places that the names had; they keep them unless they would hide far more there than elsewhere.
    """
    boxes: list[QRectF | None] = []
    places: Places = {}
    for line in lines:
        free = [(k, room) for k, room in enumerate(rooms_of(line, frame)) if _is_free(room, frame, boxes)]
        rooms = [(k, room) for k, room in free if not _is_beyond(room, line, lines)] or free
        if not rooms:
            boxes.append(_anywhere(line, frame, boxes))
            continue
        best = places[line.name] = _best(dict(rooms), ink, before.get(line.name))
        boxes.append(dict(rooms)[best])
    return boxes, places


def _best(rooms: dict[int, QRectF], ink: Inked, before: int | None) -> int:
    """The number of the room that hides least, or of that before where it hides hardly more."""
    hidden = math.inf
    if before is not None and before in rooms and (hidden := ink.under(rooms[before])) <= LOYAL:
        return before
    cost = {k: ink.under(room) + 0.25 * k for k, room in rooms.items()}
    best = min(cost, key=lambda k: cost[k])
    return before if before is not None and hidden <= cost[best] + LOYAL else best


def rooms_of(line: Line, frame: QRectF) -> list[QRectF]:
    """Where the name may stand beside its line, the best first: at the ends or in the middle, on either side."""
    w, h = line.wide, line.high
    if line.axis == "y":
        sides = [top for off in FARTHER for top in (line.at - OFF - off - h, line.at + OFF + 1 + off)]
        ends = (frame.right() - EDGE - w, frame.left() + EDGE, frame.center().x() - 0.5 * w)
        return [QRectF(left, top, w, h) for left in ends for top in sides]
    sides = [left for off in FARTHER for left in (line.at + OFF + 1 + off, line.at - OFF - off - w)]
    rows = (frame.top() + EDGE, frame.bottom() - EDGE - h, frame.center().y() - 0.5 * h, frame.top() + EDGE + h)
    return [QRectF(left, top, w, h) for top in rows for left in sides]


def _is_free(room: QRectF, frame: QRectF, taken: Sequence[QRectF | None]) -> bool:
    return frame.contains(room) and not any(other is not None and room.intersects(other) for other in taken)


def _is_beyond(room: QRectF, line: Line, lines: Sequence[Line]) -> bool:
    """Whether another level lies between a line and its name there, which would be read as the other's."""
    near, far = (room.top(), room.bottom()) if line.axis == "y" else (room.left(), room.right())
    low, high = min(near, line.at), max(far, line.at)
    return any(other.axis == line.axis and low < other.at < high for other in lines if other.at != line.at)


def _anywhere(line: Line, frame: QRectF, taken: Sequence[QRectF | None]) -> QRectF | None:
    """The free place nearest to the line and not on it, though it be not beside it."""
    lefts = np.linspace(frame.left(), max(frame.right() - line.wide, frame.left()), STEPS).tolist()
    tops = np.linspace(frame.top(), max(frame.bottom() - line.high, frame.top()), STEPS).tolist()

    def away(room: QRectF) -> float:
        near, far = (room.top(), room.bottom()) if line.axis == "y" else (room.left(), room.right())
        return max(near - line.at, line.at - far)

    rooms = [QRectF(left, top, line.wide, line.high) for left in reversed(lefts) for top in tops]
    free = (room for room in rooms if away(room) > 0 and _is_free(room, frame, taken))
    return min(free, key=away, default=None)
