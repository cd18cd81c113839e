"""A figure as CSV: exactly the data shown, under lines that name the title, the axes and every column."""

import csv
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from simulator.figures import Bars, Curve, Curves, Figure, Gallery, Histogram, Image, Level, Loop, Surface


def figure_csv(figure: Figure) -> str:
    """The figure's data as text. Numbers are written so that reading them back gives the same floats."""
    out = io.StringIO()
    _remark(out, "title", figure.title)
    if figure.note:
        _remark(out, "note", figure.note)
    if not isinstance(figure, (Bars, Loop, Gallery)):
        _remark(out, "x", figure.x_label)
    if not isinstance(figure, (Loop, Gallery)):
        _remark(out, "y", figure.y_label)
    if isinstance(figure, Curves):
        _remark(out, "scales", f"x {figure.x_scale}, y {figure.y_scale}")
        _levels(out, figure.levels)
        _columns(out, _curve_columns(figure.curves))
    elif isinstance(figure, Histogram):
        _levels(out, figure.levels)
        bins = [("bin_low", figure.edges[:-1]), ("bin_high", figure.edges[1:]), (figure.label, figure.density)]
        _columns(out, bins + _curve_columns(figure.overlays))
    elif isinstance(figure, Bars):
        errors = [] if figure.errors is None else [("error", figure.errors)]
        _columns(out, [("name", figure.names), ("value", figure.values), *errors])
    elif isinstance(figure, Image):
        _image(out, figure)
    elif isinstance(figure, Loop):
        _remark(out, "frame", f"{figure.frame_name} {figure.frame} of {figure.frames}".strip())
        _remark(out, "radius", repr(figure.radius))
        points = np.asarray(figure.points).reshape(-1, 3)
        _columns(out, [(name, points[:, k]) for k, name in enumerate(figure.axes)])
    elif isinstance(figure, Gallery):
        _gallery(out, figure)
    else:
        _surface(out, figure)
    return out.getvalue()


def _image(out: io.StringIO, figure: Image) -> None:
    _field(out, figure.value_label, figure.values, figure.extent, "cells")
    if figure.curves:
        _remark(out, "curves", ", ".join(curve.label for curve in figure.curves))
        _columns(out, _curve_columns(figure.curves))
    for points in figure.points:
        _remark(out, "points", points.label)
        _columns(out, [("x", points.x), ("y", points.y)])
    if figure.handle is not None:
        mark = figure.handle
        _remark(out, "handle", f"{mark.x_parameter} = {mark.x!r}, {mark.y_parameter} = {mark.y!r}; {mark.label}")


def _gallery(out: io.StringIO, figure: Gallery) -> None:
    """One line a tile: what it is taken for, and its grey values row by row."""
    _remark(out, "shape", " x ".join(str(n) for n in figure.tiles[0].pixels.shape) if figure.tiles else "none")
    captions = [tile.caption for tile in figure.tiles]
    pixels = [" ".join(str(v) for v in tile.pixels.ravel()) for tile in figure.tiles]
    _columns(out, [("caption", captions), ("right", [str(tile.right) for tile in figure.tiles]), ("pixels", pixels)])


def _surface(out: io.StringIO, figure: Surface) -> None:
    _field(out, figure.value_label, figure.heights, figure.extent, "nodes")
    _remark(out, "walkers", f"x, y, {figure.value_label}")
    _columns(out, [(name, figure.walkers[:, k]) for k, name in enumerate(("x", "y", "height"))])
    if figure.trails.size:
        number, age, _ = figure.trails.shape
        _remark(out, "trails", "walker, place in time (0 is oldest), x, y, height")
        index = np.indices((number, age)).reshape(2, -1)
        places = figure.trails.reshape(-1, 3)
        named = [(name, places[:, k]) for k, name in enumerate(("x", "y", "height"))]
        _columns(out, [("walker", index[0]), ("time", index[1]), *named])
    for name, x, y, height in figure.marks:
        _remark(out, "mark", f"{name} at {x!r}, {y!r}, {height!r}")


def _remark(out: io.StringIO, name: str, words: str) -> None:
    out.write(f"# {name}: {' '.join(words.split())}\n")


def _levels(out: io.StringIO, levels: tuple[Level, ...]) -> None:
    for level in levels:
        _remark(out, "level", f"{level.axis} = {level.value!r}, {level.label}")


def _curve_columns(curves: tuple[Curve, ...]) -> list[tuple[str, ArrayLike]]:
    columns: list[tuple[str, ArrayLike]] = []
    for number, curve in enumerate(curves):
        name = curve.label or f"curve {number + 1}"
        columns += [(f"{name}: x", curve.x), (f"{name}: y", curve.y)]
        if curve.low is not None and curve.high is not None:
            columns += [(f"{name}: low", curve.low), (f"{name}: high", curve.high)]
    return columns


def _columns(out: io.StringIO, columns: Sequence[tuple[str, ArrayLike | Sequence[str]]]) -> None:
    """Columns side by side; shorter ones end in empty cells."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([name for name, _ in columns])
    lists = [np.asarray(values).tolist() for _, values in columns]
    for row in range(max((len(values) for values in lists), default=0)):
        writer.writerow([values[row] if row < len(values) else "" for values in lists])


def _field(
    out: io.StringIO, name: str, values: np.ndarray, extent: tuple[float, float, float, float], kind: str
) -> None:
    """A field row by row, row 0 at y0; the extent's ends are the outer edges of cells, or the outermost nodes."""
    x0, x1, y0, y1 = extent
    _remark(out, "values", name)
    _remark(
        out, "extent", f"x {x0!r} to {x1!r}, y {y0!r} to {y1!r}, {values.shape[0]} rows by {values.shape[1]} {kind}"
    )
    csv.writer(out, lineterminator="\n").writerows(values.tolist())
