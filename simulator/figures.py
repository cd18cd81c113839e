"""Descriptions of pictures: what is to be seen, never how it is drawn.

Every array is a fresh, read-only numpy array of at most screen size, so that a figure can cross threads.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[np.float64]
Role = Literal["measurement", "theory", "native", "danger", "series"]
Scale = Literal["linear", "log"]


def frozen(values: ArrayLike, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """A fresh, contiguous, read-only copy of `values`."""
    array: NDArray[Any] = np.array(values, dtype=dtype, order="C", copy=True)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True)
class Curve:
    """One line y(x), both float64 of one length. `low`, `high`: its band. `index` picks a series colour.

    Role "theory" is drawn dashed, "measurement" solid. `points`: draw marks in place of a line.
    `joined`: these marks are neighbours, and a thin line may lead from one to the next; NaN where one is missing.
    """

    label: str
    x: Array
    y: Array
    role: Role = "measurement"
    low: Array | None = None
    high: Array | None = None
    index: int = 0
    points: bool = False
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A straight line across a plot at one value of an axis, with its name."""

    value: float
    label: str
    role: Role = "theory"
    axis: Literal["x", "y"] = "y"


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves on common axes. `note` is one line in words under the title ("" for none)."""

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    x_scale: Scale = "linear"
    y_scale: Scale = "linear"
    levels: tuple[Level, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Densities in bins: `edges` has one more entry than `density`. `overlays` are curves on the same axes."""

    title: str
    x_label: str
    y_label: str
    edges: Array
    density: Array
    label: str = "measured"
    overlays: tuple[Curve, ...] = ()
    levels: tuple[Level, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """Marks at (x, y), each float64 of shape (n,). value: what the map under them should show there, in its colours."""

    label: str
    x: Array
    y: Array
    role: Role = "measurement"
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Handle:
    """A mark that the mouse drags: its place is the value of two parameters. `label` says in words what is there."""

    x: float
    y: float
    x_parameter: str
    y_parameter: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Lens:
    """What part of a plane a map shows, by its centre and spans, and the parameters that hold them: the wheel and the
    mouse change them. One parameter may be both spans: the part keeps its shape. least_span, most_span: of the zoom.

    The map's axes show (place - origin) / unit, for at a deep zoom places have more digits than a tick has room for.
    """

    x: float
    y: float
    x_span: float
    y_span: float
    x_parameter: str
    y_parameter: str
    x_span_parameter: str
    y_span_parameter: str
    least_span: float = 0.0
    most_span: float = math.inf
    x_origin: float = 0.0
    y_origin: float = 0.0
    x_unit: float = 1.0
    y_unit: float = 1.0


@dataclass(frozen=True, slots=True)
class Image:
    """`values` float32 (rows, columns), row 0 at y0, over extent (x0, x1, y0, y1); NaN is outside and left blank.

    low, high: the range that the colours span (None: that of the values). curves lie over it, theory dashed.
    lens: the mouse zooms and moves what is shown; `extent` is what it shows now.
    """

    title: str
    x_label: str
    y_label: str
    value_label: str
    values: NDArray[np.float32]
    extent: tuple[float, float, float, float]
    points: tuple[Points, ...] = ()
    diverging: bool = False
    note: str = ""
    curves: tuple[Curve, ...] = ()
    handle: Handle | None = None
    low: float | None = None
    high: float | None = None
    lens: Lens | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a surface is seen from: angles in degrees, an orthographic view of `width` x `height` pixels.

    zoom: 1 fits the surface. pan: in units of half the picture's height. dark: which theme to shade for.
    """

    azimuth: float = 125.0
    elevation: float = 45.0
    zoom: float = 1.0
    pan_x: float = 0.0
    pan_y: float = 0.0
    width: int = 640
    height: int = 400
    dark: bool = True


@dataclass(frozen=True, slots=True)
class Surface:
    """A height field with walkers on it.

    heights: float32 (rows, columns), row 0 at y0, over extent (x0, x1, y0, y1); NaN is outside the picture.
    walkers: float32 (n, 3) as x, y, height; trails: float32 (n, m, 3), oldest first; marks: (name, x, y, height).
    low, high: the range of heights that colours and the vertical axis span.
    pixels: the rendered picture, uint8 (camera.height, camera.width, 4) RGBA, row 0 on top, transparent where nothing
    is hit; None until it has been rendered for `camera`.
    """

    title: str
    x_label: str
    y_label: str
    value_label: str
    heights: NDArray[np.float32]
    extent: tuple[float, float, float, float]
    low: float
    high: float
    walkers: NDArray[np.float32]
    trails: NDArray[np.float32]
    marks: tuple[tuple[str, float, float, float], ...] = ()
    camera: Camera = field(default_factory=Camera)
    pixels: NDArray[np.uint8] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar a name, with an error bar where `errors` is given."""

    title: str
    y_label: str
    names: tuple[str, ...]
    values: Array
    errors: Array | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Loop:
    """A closed curve in three dimensions: points float32 (n, 3), coloured by its parameter around the loop.

    axes: names of the three directions. frame, frames: which picture of an animation this is ("layer 3 of 20").
    radius: of the sphere that the picture fits, so that growth and shrinking over the frames are seen.
    """

    title: str
    axes: tuple[str, str, str]
    points: NDArray[np.float32]
    radius: float
    frame_name: str = ""
    frame: int = 0
    frames: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One small grey image, uint8 (rows, columns), what it is taken for, and whether that is right."""

    pixels: NDArray[np.uint8]
    caption: str
    right: bool = True


@dataclass(frozen=True, slots=True)
class Gallery:
    """Small images in rows, as many as fit."""

    title: str
    tiles: tuple[Tile, ...]
    note: str = ""


Figure = Curves | Histogram | Image | Surface | Bars | Loop | Gallery
