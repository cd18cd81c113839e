"""Pixels of a stroke as a painter takes them fastest: straight lines in an array of their own, or polygons."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter, QPolygonF

from ui.views.screen import Array

Known = NDArray[np.bool_]
LONGEST = 3e4
"""Pixels beyond which a line is drawn whole: nobody counts its dashes."""


class Lines:
    """Straight lines from (x0, y0) to (x1, y1), without a Python object for each."""

    def __init__(self, x0: Array, y0: Array, x1: Array, y1: Array) -> None:
        self._array = PrimitiveArray(QLineF, 4)
        self._array.resize(x0.size)
        table = self._array.ndarray()
        table[:, 0], table[:, 1], table[:, 2], table[:, 3] = x0, y0, x1, y1

    def draw(self, painter: QPainter) -> None:
        """Draw them with the painter's pen."""
        if len(self._array):
            painter.drawLines(*self._array.drawargs())


def pieces(x: Array, y: Array, known: Known) -> Lines:
    """A line piece by piece: a wide one is painted ten times faster so."""
    if known.all():
        return Lines(x[:-1], y[:-1], x[1:], y[1:])
    k = np.flatnonzero(known[:-1] & known[1:])
    return Lines(x[k], y[k], x[k + 1], y[k + 1])


def pairs(x: Array, y: Array) -> Lines:
    """From every even place to the next."""
    return Lines(x[0::2], y[0::2], x[1::2], y[1::2])


def dashes(x: Array, y: Array, known: Known, on: float, off: float, starts: Sequence[int] = (0,)) -> Lines:
    """Lines in dashes `on` long and `off` apart, each bent where the line is: Qt takes five times as long for them.

    starts: where each of several lines begins, whose dashes are then made at once.
    """
    ends = [*starts[1:], x.size]
    found = [run for start, end in zip(starts, ends, strict=True) for run in runs(known[start:end], start)]
    if not found:
        return Lines(*np.zeros((4, 0)))
    period, far = on + off, 0.0
    along, cuts, begins, stops = [], [], [], []
    for run in found:  # each begins with a dash, at a whole number of periods
        length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x[run]), np.diff(y[run])))])
        total = float(length[-1])
        dashed = np.arange(0.0, min(total, LONGEST), period)
        along.append(far + length)
        cuts += [far + dashed, far + np.minimum(dashed + on, total)]
        begins.append(far)
        stops.append((far + total, far + LONGEST))
        far += period * (math.floor(total / period) + 1.0)
    places = np.concatenate(along)
    cut = np.sort(np.concatenate([places, *cuts]))
    middle = 0.5 * (cut[:-1] + cut[1:])
    stop, whole = np.array(stops)[np.searchsorted(begins, middle, "right") - 1].T
    seen = (cut[:-1] < cut[1:]) & (middle < stop) & ((middle % period < on) | (middle > whole))
    chosen = np.concatenate([np.arange(run.start, run.stop) for run in found])
    across, down = np.interp(cut, places, x[chosen]), np.interp(cut, places, y[chosen])
    return Lines(across[:-1][seen], down[:-1][seen], across[1:][seen], down[1:][seen])


def polygons(x: Array, y: Array, known: Known) -> list[QPolygonF]:
    """A line as one polygon for each of its runs."""
    return [arrayToQPolygonF(x[run], y[run]) for run in runs(known)]


def areas(x: Array, y: Array, low: Array, known: Known) -> list[QPolygonF]:
    """What lies between y and `low`, run by run."""
    return [
        arrayToQPolygonF(np.concatenate([x[run], x[run][::-1]]), np.concatenate([y[run], low[run][::-1]]))
        for run in runs(known & np.isfinite(low))
    ]


def points(x: Array, y: Array, known: Known) -> list[QPolygonF]:
    """All known points in one polygon; none where there are none, which Qt could not take."""
    return [arrayToQPolygonF(x[known], y[known])] if known.any() else []


def runs(known: Known, first: int = 0) -> list[slice]:
    """Where two or more in a row are known, counted from `first` on."""
    if known.all():
        return [slice(first, first + known.size)] if known.size > 1 else []
    edges: NDArray[Any] = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]))) + first
    return [slice(start, end) for start, end in edges.reshape(-1, 2) if end - start > 1]
