"""Surfaces as pictures: a kernel marches the height field, column by column (kernels/surface.cl)."""

import dataclasses
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend, DeviceArray
from simulator.colormaps import SIZE, table
from simulator.figures import Surface
from simulator.projection import HEIGHT, Projection, is_disc, project

__all__ = ["Projection", "SurfaceRenderer", "is_disc", "project"]

CONTOURS = 14.0
"""Lines of equal height between the lowest and the highest colour."""
SAMPLES = 1
TUBE, SPHERE, LINE = 0.0, 1.0, 2.0
Array = NDArray[np.float64]
Float32 = NDArray[np.float32]


@final
class SurfaceRenderer:
    """Renders surfaces on one device. Buffers are kept from frame to frame; nothing of a picture is."""

    def __init__(self, backend: AbstractBackend) -> None:
        self._backend = backend
        self._columns = 1 if backend.is_gpu else 16
        defines = {"COLUMNS": self._columns, "SAMPLES": SAMPLES}
        self._fill, self._slopes, self._draw = (
            backend.kernel("surface", name, **defines) for name in ("fill", "slopes", "draw")
        )
        colours = np.ones((SIZE, 4), np.float32)
        colours[:, :3] = table("viridis")
        self._colours = backend.array(colours)
        self._buffers: dict[str, DeviceArray] = {}

    def render(self, surface: Surface) -> Surface:
        """`surface` with its pixels for `surface.camera`, read-only. The same surface gives the same pixels."""
        camera = surface.camera
        width, height = max(1, camera.width), max(1, camera.height)
        rows, columns = surface.heights.shape
        view = Projection.of_surface(surface)
        prims = primitives(surface, view)
        tiles = -(-width // self._columns)
        heights = self._written("heights", np.ascontiguousarray(surface.heights, np.float32))
        numbers = self._written("view", view_numbers(surface, view))
        drawn = self._written("prims", _padded(prims))
        filled = self._room("filled", (rows, columns))
        field = self._room("field", (rows, columns, 4))
        paint = self._room("paint", (tiles * self._columns, height, 4))
        depth = self._room("depth", (tiles * self._columns, height))
        owner = self._room("owner", (tiles * self._columns, height))
        out = self._room("out", (height, width), np.uint32)
        shape = (np.int32(rows), np.int32(columns))
        if rows > 1 and columns > 1:
            self._fill(rows, heights, numbers, filled, *shape)
            self._slopes(rows, filled, numbers, field, *shape)
        sizes = (np.int32(width), np.int32(height), np.int32(len(prims)))
        self._draw(tiles, field, numbers, self._colours, drawn, paint, depth, owner, out, *shape, *sizes)
        pixels = self._backend.to_host(out).astype("<u4", copy=False).view(np.uint8).reshape(height, width, 4)
        pixels.setflags(write=False)
        return dataclasses.replace(surface, pixels=pixels)

    def _room(self, name: str, shape: tuple[int, ...], dtype: Any = np.float32) -> DeviceArray:
        """A device array of this shape, the one of the last frame if it fits."""
        if name not in self._buffers or self._buffers[name].shape != shape:
            self._buffers[name] = self._backend.zeros(shape, dtype)
        return self._buffers[name]

    def _written(self, name: str, host: Float32) -> DeviceArray:
        array = self._room(name, host.shape)
        self._backend.write(array, host)
        return array


def view_numbers(surface: Surface, view: Projection) -> Float32:
    """The kernel's view[]: the projection, the heights' scale, the theme, the march's step."""
    rows, columns = surface.heights.shape
    step = min(2.0 * view.half_x / max(columns - 1, 1), 2.0 * view.half_y / max(rows - 1, 1))
    numbers = (
        view.cos_a, view.sin_a, view.cos_e, view.sin_e, view.scale, view.centre_x, view.centre_y,
        view.half_x, view.half_y, view.per_unit[2], view.origin[2], HEIGHT,
        surface.camera.dark, is_disc(surface.heights), CONTOURS, max(step, 1e-3),
    )  # fmt: skip
    return np.array(numbers, np.float32)


def primitives(surface: Surface, view: Projection) -> Float32:
    """Walkers, trails and drop lines, float32 (n, 12) as kernels/surface.cl wants them, back to front.

    What is not finite (a walker that diverged) is left out.
    """
    radius = min(max(0.021 * view.scale, 2.6), 9.0)
    walkers, trails = view.pixels(surface.walkers), view.pixels(surface.trails)
    parts = []
    pieces = max(trails.shape[1] - 1, 0) if trails.ndim == 3 else 0
    if pieces:
        age = np.linspace(0.0, 1.0, trails.shape[1])
        ends = np.broadcast_to(0.36 * radius * (0.25 + 0.75 * age), trails.shape[:2])
        fade = np.broadcast_to(0.6 * age**1.5, trails.shape[:2])
        lifted = trails - np.array([0.0, 0.0, 0.6 * radius + 0.02 * view.scale])
        tubes = _capsules(lifted[:, :-1], lifted[:, 1:], ends[:, :-1], ends[:, 1:], fade[:, :-1], fade[:, 1:], TUBE)
        parts.append(tubes)
    if walkers.size:
        feet = view.pixels(np.column_stack([surface.walkers[:, :2], heights_at(surface, surface.walkers[:, :2])]))
        far = np.abs(feet[:, 1] - walkers[:, 1]) > radius
        thin, faint = np.full(far.sum(), 0.55), np.full(far.sum(), 0.5)
        lift = np.array([0.0, 0.0, 0.02 * view.scale])
        parts.append(_capsules(walkers[far] - lift, feet[far] - lift, thin, thin, faint, faint, LINE))
        full, solid = np.full(len(walkers), radius), np.ones(len(walkers))
        centres = walkers - np.array([0.0, 0.0, 1.1 * radius])
        parts.append(_capsules(centres, centres, full, full, solid, solid, SPHERE))
    if not parts:
        return np.zeros((0, 12), np.float32)
    prims = np.concatenate(parts)
    depth = prims[:, 2] + prims[:, 6]
    if pieces:
        # A trail is one body and keeps its place among the others as one.
        number = trails.shape[0]
        prims[: number * pieces, 11] = np.repeat(np.arange(number), pieces)
        depth[: number * pieces] = np.repeat(depth[: number * pieces].reshape(number, pieces).mean(axis=1), pieces)
    # Far beyond the picture a float32 row number no longer fits an int.
    kept = np.isfinite(prims).all(axis=1) & np.isfinite(depth) & (np.abs(prims[:, :8]) < 1e5).all(axis=1)
    prims, depth = prims[kept], depth[kept]
    return np.ascontiguousarray(prims[np.argsort(-depth, kind="stable")], np.float32)


def heights_at(surface: Surface, xy: NDArray[Any]) -> NDArray[np.float64]:
    """Bilinear heights of the surface at data coordinates (n, 2), float64 (n,); NaN outside."""
    x0, x1, y0, y1 = surface.extent
    rows, columns = surface.heights.shape
    out = np.full(len(xy), np.nan)
    if rows < 2 or columns < 2 or x1 == x0 or y1 == y0:
        return out
    j = (np.asarray(xy[:, 0], np.float64) - x0) / (x1 - x0) * (columns - 1)
    i = (np.asarray(xy[:, 1], np.float64) - y0) / (y1 - y0) * (rows - 1)
    inside = (j >= 0) & (j <= columns - 1) & (i >= 0) & (i <= rows - 1)
    j, i = j[inside], i[inside]
    j0, i0 = np.minimum(j.astype(int), columns - 2), np.minimum(i.astype(int), rows - 2)
    fj, fi, h = j - j0, i - i0, surface.heights
    near = h[i0, j0] * (1 - fj) + h[i0, j0 + 1] * fj
    far = h[i0 + 1, j0] * (1 - fj) + h[i0 + 1, j0 + 1] * fj
    out[inside] = near * (1 - fi) + far * fi
    return out


def _capsules(begin: Array, end: Array, r0: Array, r1: Array, a0: Array, a1: Array, kind: float) -> NDArray[np.float64]:
    """Rows x0 y0 depth0 radius0 x1 y1 depth1 radius1 alpha0 alpha1 kind 0."""
    begin, end = begin.reshape(-1, 3), end.reshape(-1, 3)
    flat = [np.asarray(v, np.float64).reshape(-1, 1) for v in (r0, r1, a0, a1)]
    rest = np.broadcast_to([kind, 0.0], (len(begin), 2))
    return np.concatenate([begin, flat[0], end, flat[1], flat[2], flat[3], rest], axis=1)


def _padded(prims: Float32) -> Float32:
    """Room for some more, so that one trail point less does not mean a new buffer."""
    room = max(64, 1 << (len(prims) - 1).bit_length()) if len(prims) else 64
    padded = np.zeros((room, 12), np.float32)
    padded[: len(prims)] = prims
    return padded
