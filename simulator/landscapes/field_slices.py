"""A Gaussian field on flats of few dimensions: energies at points of a chart, and planes as tables and a product."""

import math
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend, DeviceArray, Launcher
from simulator.landscapes.base import Floats
from simulator.landscapes.field_layout import make_points_layout

DOWN: Final = 4
BAND: Final = 16
"""As in kernels/field_slices.cl: pairs of grid rows in registers, groups of them in a work-item."""


@final
class FieldSlices:
    """Restricts fields to flats; keeps its kernels."""

    def __init__(self, backend: AbstractBackend) -> None:
        self.backend = backend
        self._kernels: dict[tuple[str, int], Launcher] = {}

    def kernel(self, name: str, held: int = 4) -> Launcher:
        """The kernel `name` of kernels/field_slices.cl for fields of `held` rows (4: any number), retrieved once."""
        if (name, held) not in self._kernels:
            self._kernels[name, held] = self.backend.kernel("field_slices", name, HELD=held)
        return self._kernels[name, held]

    def restrict(
        self, k: DeviceArray, b: DeviceArray, sample: int, axes: NDArray[np.float64], origin: NDArray[np.float64]
    ) -> "FieldOnFlat":
        """Sample `sample` of the field k[sample][pack][row][8], b[sample][feature] on origin (N,) + y.axes (r, N)."""
        _, packs, rows, pack = k.shape
        count, size = axes.shape
        new_rows = max(2, count)
        basis = np.zeros((count + 1, rows), np.float32)
        basis[:-1, :size], basis[-1, :size] = axes, origin
        new_k, new_b = self.backend.zeros((packs, new_rows, pack)), self.backend.zeros(packs * pack)
        self.kernel("restrict_to")(
            packs,
            k,
            b,
            self.backend.array(basis),
            new_k,
            new_b,
            np.uint32(sample),
            *_ints(packs, rows, count, new_rows),
        )
        return FieldOnFlat(self, new_k, new_b, packs * pack, new_rows)


@dataclass(frozen=True, slots=True)
class FieldOnFlat:
    """One sample's field on origin + y.axes, as a field of y: frequencies [pack][row][8] and biases on the device."""

    slices: FieldSlices
    k: DeviceArray
    b: DeviceArray
    features: int
    rows: int

    def energies(self, points: NDArray[np.float32]) -> Floats:
        """sum_f cos(2 pi p_f) at points (n, <= rows), float32 (n,): one cosine a point and feature."""
        filled = np.zeros((len(points), self.rows), np.float32)
        filled[:, : points.shape[1]] = points
        backend, kernel = self.slices.backend, self.slices.kernel("energies", min(4, self.rows))
        layout = make_points_layout(backend, len(points), self.rows)
        held, e = backend.array(layout.pack(filled[None])), backend.zeros(layout.slots)
        kernel(layout.stride, self.k, self.b, held, e, *_ints(self.features // 8, self.rows), np.uint32(layout.stride))
        return np.asarray(backend.to_host(e)[: len(points)])

    def plane(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Floats:
        """The same on the grid of u and v, float32 (len(v), len(u)), for a flat of two axes.

        cos(a + c) = cos a cos c - sin a sin c: two tables and a matrix product. v must be symmetric about zero for the
        rows to be computed in pairs; where it is not, every row is its own pair and half the work is thrown away.
        """
        mirrored = bool(np.allclose(v, -v[::-1], rtol=0, atol=1e-6 * float(np.abs(v).max(initial=1e-30))))
        pairs = v[len(v) // 2 :] if mirrored else v
        above, below = self._grid(u, pairs)[:, : len(pairs), : len(u)]
        return np.concatenate([below[::-1][: len(v) // 2], above]) if mirrored else np.ascontiguousarray(above)

    def _grid(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> Floats:
        """Raw energies at (u, v) and (u, -v), (2, >= len(v), >= len(u))."""
        backend = self.slices.backend
        layout, groups = make_points_layout(backend, len(u), 1), math.ceil(len(v) / DOWN)
        across = backend.array(np.resize(u, layout.slots).astype(np.float32))
        down = backend.array(np.resize(v, groups * DOWN).astype(np.float32))
        wide = backend.zeros((2, self.features * layout.slots))
        tall = backend.zeros((2, groups * self.features * DOWN))
        e = backend.zeros((2, groups * DOWN, layout.slots))
        counts = np.uint32(layout.stride), np.uint32(groups)
        tables, plane = self.slices.kernel("tables"), self.slices.kernel("plane")
        tables(self.features, self.k, self.b, across, down, wide, tall, *_ints(self.features, self.rows), *counts)
        plane(layout.stride * math.ceil(groups / BAND), wide, tall, e, *_ints(self.features), *counts)
        return backend.to_host(e)


def squared_length(y: NDArray[Any], axes: NDArray[np.float64], origin: NDArray[np.float64]) -> NDArray[np.float64]:
    """|origin + y.axes|^2 over the last axis of y, without the points themselves."""
    within = np.einsum("...i,ij,...j->...", y, axes @ axes.T, y, optimize=True)
    return np.asarray(within + 2 * (y @ (axes @ origin)) + origin @ origin)


def _ints(*values: int) -> tuple[np.int32, ...]:
    return tuple(np.int32(value) for value in values)
