"""Curves cut off at the edges of a rectangle, so that nothing is drawn beside a map."""

import dataclasses

import numpy as np

from simulator.figures import Curve
from ui.views.screen import Array

Extent = tuple[float, float, float, float]


def clipped(curve: Curve, extent: Extent) -> Curve:
    """The part of a curve inside x0, x1, y0, y1: the curve itself where all of it is, else with NaN where it is cut."""
    x0, x1, y0, y1 = extent
    x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    size = min(np.size(curve.x), np.size(curve.y))
    columns = [np.asarray(v, np.float64)[:size] for v in (curve.x, curve.y, curve.low, curve.high) if v is not None]
    table = np.stack(columns, axis=1)
    table[~np.isfinite(table)] = np.nan
    # Comparisons with NaN are false: what is outside is what is not inside.
    if np.all((table[:, 0] >= x0) & (table[:, 0] <= x1) & (table[:, 1] >= y0) & (table[:, 1] <= y1)):
        return curve
    if not curve.points:
        for axis, edge in ((0, x0), (0, x1), (1, y0), (1, y1)):
            table = _with_crossings(table, axis, edge)
    x, y = table[:, 0], table[:, 1]
    inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
    table[~inside, 1] = np.nan
    bands = [np.clip(table[:, k], y0, y1) for k in range(2, table.shape[1])]
    low = bands.pop(0) if curve.low is not None else None
    high = bands.pop(0) if curve.high is not None else None
    return dataclasses.replace(curve, x=x, y=table[:, 1], low=low, high=high)


def _with_crossings(table: Array, axis: int, edge: float) -> Array:
    """Rows (x, y, ...) with one more row wherever the line between two of them crosses `edge` on an axis."""
    place = table[:, axis]
    k = np.flatnonzero((np.minimum(place[:-1], place[1:]) < edge) & (np.maximum(place[:-1], place[1:]) > edge))
    if not k.size:
        return table
    share = (edge - place[k]) / (place[k + 1] - place[k])
    rows = table[k] + share[:, None] * (table[k + 1] - table[k])
    rows[:, axis] = edge
    return np.insert(table, k + 1, rows, axis=0)
