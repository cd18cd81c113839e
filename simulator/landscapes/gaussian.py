"""Random Gaussian field on R^N from random Fourier features, with a weak spring to the origin.

H(x) = phi(x) + (kappa/2)|x|^2, phi(x) = Delta sqrt(2N/F) sum_f cos(k_f.x + b_f), k_f ~ N(0, 1/(N l^2)), b_f uniform:
cov[phi(x), phi(y)] = N Delta^2 exp(-|x-y|^2/(2 N l^2)) over the disorder (Rahimi & Recht 2007, NIPS; Bray & Dean 2007,
cond-mat/0611023). Energies are per spin, H/N. Frequencies are stored in turns, k_f/(2 pi).
"""

import math
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.backends.base import AbstractBackend, DeviceArray, Launcher
from simulator.landscapes.base import MAX_TRACE_BYTES, TRACED, AbstractLandscape, Floats, Start
from simulator.optimizers import Dials

BLOCK: Final = 32
"""Features come in multiples of this."""
STARTS: Final[tuple[Start, ...]] = ("random", "pair", "native")
MAX_FEW: Final = 8
"""Up to so many replicas, features and not walkers go across the vector lanes of a CPU."""
_SPLIT_WORK: Final = 2**19
"""Feature components a step from which two launches a step cost less than an idle core."""
_GRADIENTS: Final = ("walk", "part", "join", "start", "draw")
_GPU_ITEMS: Final = 256
"""Work-items a compute unit that keep a GPU busy."""
_HOST_FEATURES: Final = 8192
"""Features whose frequencies are held on the host at once."""


def default_features(size: int) -> int:
    """max(1024, 200 N) up to N = 64, 100 N beyond: the estimated covariance errs by (1 - K^2)^2/(2F) in variance and the
    Hessian's free kurtosis by 1.5 N/F."""
    return _whole_blocks(max(1024, (200 if size <= 64 else 100) * size))


def _whole_blocks(features: int) -> int:
    return math.ceil(features / BLOCK) * BLOCK


@dataclass(frozen=True, slots=True)
class Layout:
    """How `walkers` points in each of `samples` samples lie on the device and who computes them.

    across_walkers: walkers in the lanes, tiles of `width` of them; else features in the lanes, `width` walkers a
    work-item. tiles: a sample. parts: pieces of the features, added up after each step. held: components a register tile.
    """

    across_walkers: bool
    interleaved: bool
    width: int
    samples: int
    walkers: int
    size: int
    tiles: int
    parts: int
    held: int

    @property
    def rows(self) -> int:
        """Components with padding, in the frequencies."""
        return math.ceil(self.size / self.held) * self.held

    @property
    def padded(self) -> int:
        """Components with padding, in the states."""
        return self.rows if self.across_walkers else math.ceil(self.size / 8) * 8

    @property
    def stride(self) -> int:
        """Tiles in all."""
        return self.samples * self.tiles

    @property
    def slots(self) -> int:
        """Walkers in all, those included that only fill a tile."""
        return self.stride * self.width

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an array of states on the device."""
        if self.interleaved:
            return (self.padded, self.slots)
        return (self.stride, self.padded, self.width) if self.across_walkers else (self.slots, self.padded)

    def pack(self, points: NDArray[Any]) -> Floats:
        """Points (samples, walkers, N) as the device holds them; what pads is zero."""
        filled = np.zeros((self.samples, self.tiles * self.width, self.padded), np.float32)
        filled[:, : self.walkers, : self.size] = points
        flat = filled.reshape(self.slots, self.padded)
        if self.interleaved:
            return np.ascontiguousarray(flat.T)
        if self.across_walkers:
            return np.ascontiguousarray(flat.reshape(self.stride, self.width, self.padded).transpose(0, 2, 1))
        return flat

    def unpack(self, states: NDArray[Any]) -> NDArray[Any]:
        """What pack was given, from the device's array."""
        if self.interleaved:
            flat = states.reshape(self.padded, self.slots).T
        elif self.across_walkers:
            flat = states.reshape(self.stride, self.padded, self.width).transpose(0, 2, 1)
        else:
            flat = states
        return np.ascontiguousarray(self.unpack_slots(flat.reshape(self.slots, self.padded))[..., : self.size])

    def unpack_slots(self, values: NDArray[Any]) -> NDArray[Any]:
        """(slots, ...) -> (samples, walkers, ...)."""
        return values.reshape(self.samples, self.tiles * self.width, *values.shape[1:])[:, : self.walkers]


def make_layout(backend: AbstractBackend, samples: int, walkers: int, size: int, features: int) -> Layout:
    """The layout for these sizes: a function of them and of the device alone."""
    units, held = backend.compute_units, min(size, 4)
    if backend.is_gpu:
        parts = _parts(samples * walkers, units * _GPU_ITEMS, features)
        return Layout(True, True, 1, samples, walkers, size, walkers, parts, held)
    if backend.name == "numba":
        width = min(16, walkers, math.ceil(samples * walkers / units))
        return Layout(True, False, width, samples, walkers, size, math.ceil(walkers / width), 1, held)
    across = walkers > MAX_FEW
    width = 16 if across else _few(walkers, size)
    tiles = math.ceil(walkers / width)
    parts = _parts(samples * tiles, units, features) if features * size * width >= _SPLIT_WORK else 1
    return Layout(across, False, width, samples, walkers, size, tiles, parts, held)


def _few(walkers: int, size: int) -> int:
    """Walkers of a work-item: their partial gradients must stay in the first-level cache."""
    return 1 if walkers == 1 or size > 384 else 2 if walkers == 2 or size > 96 else 4


def _parts(tiles: int, units: int, features: int) -> int:
    """Pieces of the features such that `tiles` of each keep `units` busy."""
    return min(math.ceil(units / tiles), features // BLOCK, 64)


@final
class Gaussian(AbstractLandscape):
    """Walkers on a random Gaussian field: see the module.

    size: N from 1. length_scale: l, in units of sqrt(N). features: F, rounded up to a multiple of BLOCK; 0 chooses
    default_features(N). start: random is standard normal, pair makes replicas 2k and 2k+1 equal, native is the origin.
    Raises OutOfDeviceMemoryError before anything is allocated.
    """

    sphere = False

    def __init__(
        self,
        backend: AbstractBackend,
        size: int,
        samples: int,
        replicas: int,
        seed: int,
        length_scale: float = 1.0,
        features: int = 0,
        start: Start = "random",
    ) -> None:
        if min(size, samples, replicas) < 1 or features < 0 or not length_scale > 0:
            raise ValueError(
                f"size {size}, samples {samples} and replicas {replicas} must be at least 1, features {features} at least 0 "
                f"and the length scale {length_scale} above 0"
            )
        self.size, self.samples, self.replicas = size, samples, replicas
        self.length_scale, self.step_count = length_scale, 0
        self.features = _whole_blocks(features) if features else default_features(size)
        self._backend, self._keys = backend, (np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32 & 0xFFFFFFFF))
        self._layout = layout = make_layout(backend, samples, replicas, size, self.features)
        self._kernels: dict[tuple[str, str], Launcher] = {}
        self._host: tuple[int, NDArray[np.float32], NDArray[np.float64]] | None = None

        states = 4 * math.prod(layout.shape)
        lanes = 1 if layout.across_walkers else 8
        partial = 4 * layout.parts * layout.slots * layout.rows * lanes
        backend.require(
            4 * samples * self.features * layout.rows,
            4 * samples * self.features,
            partial,
            *[states] * 5,
            MAX_TRACE_BYTES,
        )
        self._k, self._b = self._draw(0, samples)
        self._x0, self._v, self._m2 = (backend.zeros(layout.shape) for _ in range(3))
        self._g = backend.zeros(layout.shape) if not layout.across_walkers else None
        self._partial = self._zeros_partial(layout)
        self._e = self._zeros_energy(layout)
        self._xi = backend.zeros(layout.padded + 8)
        self._dial_row = backend.zeros(16)
        self._trace: DeviceArray = None
        self._last_dials, self._since = Dials(), 0
        self._kernel("start")(
            layout.stride if layout.across_walkers else layout.slots,
            self._x0, self._xi, np.int32(STARTS.index(start)), np.uint32(size), np.uint32(layout.padded),
            np.uint32(layout.tiles if layout.across_walkers else layout.tiles * layout.width), np.uint32(replicas),
            np.uint32(layout.stride if layout.across_walkers else layout.slots), *self._keys,
        )  # fmt: skip
        self._x = backend.array(backend.to_host(self._x0))

    def step(self, n: int, dials: Dials) -> Floats:
        if dials.optimizer != self._last_dials.optimizer:
            for moments in (self._v, self._m2):
                self._backend.write(moments, np.zeros(self._layout.shape, np.float32))
            self._since = self.step_count
        self._last_dials = dials
        self._backend.write(self._dial_row, dials.packed())
        most = max(1, MAX_TRACE_BYTES // (16 * self._layout.slots))
        traced = [self._launch(min(most, n - done), dials) for done in range(0, n, most)]
        return np.concatenate(traced) if traced else np.empty((0, self.samples, self.replicas, len(TRACED)), np.float32)

    def positions(self) -> Floats:
        return self._layout.unpack(self._backend.to_host(self._x))

    def starts(self) -> Floats:
        return self._layout.unpack(self._backend.to_host(self._x0))

    def native(self) -> Floats:
        return np.zeros((self.samples, self.size), np.float32)

    def evaluate(self, points: Floats, dials: Dials) -> tuple[Floats, Floats]:
        points = np.asarray(points, np.float32)
        layout = make_layout(self._backend, self.samples, points.shape[1], self.size, self.features)
        partial, energies = self._zeros_partial(layout), self._zeros_energy(layout)
        held = self._backend.array(layout.pack(points))
        self._part(layout, held, energies, partial, 1.0, 0)
        raw = self._backend.to_host(energies).reshape(layout.parts, layout.slots, -1).sum(axis=(0, 2), dtype=np.float64)
        slopes = self._backend.to_host(partial)
        if layout.across_walkers:
            gradient = layout.unpack(slopes.reshape(layout.parts, *layout.shape).sum(axis=0))
        else:
            added = slopes.reshape(layout.parts, layout.slots, layout.rows, 8).sum(axis=(0, 3))
            gradient = np.ascontiguousarray(layout.unpack_slots(added)[..., : self.size])
        scale = self._scale(dials)
        energy = scale / self.size * layout.unpack_slots(raw) + self._spring(points, dials)
        return energy.astype(np.float32), scale * gradient + np.float32(dials.confinement) * points

    def energies(
        self,
        sample: int,
        points: NDArray[Any],
        dials: Dials | None = None,
        basis: NDArray[Any] | None = None,
        origin: NDArray[Any] | None = None,
    ) -> Floats:
        """E = H/N at points (..., N) of one sample, float32 (...), one cosine a point and feature.

        basis (r, N): the points are (..., r), coordinates of origin + y.basis, so that a chart of few dimensions costs
        nothing in N. dials: those of the last step where None. Confinement included.
        """
        dials = dials or self._last_dials
        points = np.asarray(points, np.float32)
        axes = np.eye(self.size) if basis is None else np.asarray(basis, float)
        centre = np.zeros(self.size) if origin is None else np.asarray(origin, float)
        flat = points.reshape(-1, len(axes))
        whole = basis is None and origin is None and self.samples == 1
        k, b, rows = (self._k, self._b, self._layout.rows) if whole else self._restricted(sample, axes, centre)
        layout = _points_layout(self._backend, len(flat), len(axes), rows)
        held, e = self._backend.array(layout.pack(flat[None])), self._backend.zeros(layout.slots)
        self._kernel("energies", layout)(
            layout.stride, k, b, held, e, *_ints(self._packs, rows), np.uint32(layout.stride)
        )
        raw = self._backend.to_host(e)[: len(flat)] * np.float32(self._scale(dials) / self.size)
        if dials.confinement:
            raw += self._spring_on(flat, axes, centre, dials)
        return raw.reshape(points.shape[:-1])

    def plane(
        self,
        sample: int,
        centre: NDArray[Any],
        e1: NDArray[Any],
        e2: NDArray[Any],
        u: ArrayLike,
        v: ArrayLike,
        dials: Dials | None = None,
    ) -> Floats:
        """E = H/N at centre + u e1 + v e2 of one sample, float32 (len(v), len(u)): row i has v[i]. Confinement included.

        cos(a + c) = cos a cos c - sin a sin c makes it two tables and a matrix product, halved where v is symmetric about
        its middle. dials: those of the last step where None.
        """
        dials = dials or self._last_dials
        columns, rows = np.asarray(u, np.float64), np.asarray(v, np.float64)
        axes = np.stack([np.asarray(e1, float), np.asarray(e2, float)])
        middle = 0.5 * (rows[0] + rows[-1])
        height = rows - middle
        mirrored = bool(np.allclose(height, -height[::-1], rtol=0, atol=1e-6 * max(1e-30, np.abs(height).max())))
        used = height[len(rows) // 2 :] if mirrored else height
        k, b, padded = self._restricted(sample, axes, np.asarray(centre, float) + middle * axes[1])
        e = self._grid(k, b, padded, columns, used)
        below, above = e[1, : len(used), : len(columns)], e[0, : len(used), : len(columns)]
        result = np.concatenate([below[::-1][: len(rows) // 2], above]) if mirrored else above.copy()
        result *= np.float32(self._scale(dials) / self.size)
        if dials.confinement:
            grid = np.stack(np.broadcast_arrays(columns, rows[:, None]), axis=-1)
            result += self._spring_on(grid, axes, np.asarray(centre, float), dials)
        return result

    def hessian(self, sample: int, point: Floats, dials: Dials) -> NDArray[np.float64]:
        k, b = self.host_features(sample)
        total = np.zeros((self.size, self.size))
        for first in range(0, self.features, _HOST_FEATURES):
            some = slice(first, first + _HOST_FEATURES)
            phase = k[some].astype(np.float64) @ np.asarray(point, float) + b[some]
            weighted = np.cos(2 * np.pi * phase).astype(np.float32)[:, None] * k[some]
            total -= weighted.T @ k[some]
        total *= (2 * np.pi) ** 2 * self._scale(dials)
        return 0.5 * (total + total.T) + dials.confinement * np.eye(self.size)

    def host_features(self, sample: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Frequencies (F, N) and biases (F,) of one sample, in turns."""
        if self._host is None or self._host[0] != sample:
            k, b = (self._backend.to_host(a) for a in self._draw(sample, 1))
            frequencies = k.reshape(self.features // k.shape[-1], self._layout.rows, k.shape[-1]).transpose(0, 2, 1)
            flat = np.ascontiguousarray(frequencies.reshape(self.features, -1)[:, : self.size])
            self._host = (sample, flat, b.reshape(self.features).astype(np.float64))
        return self._host[1], self._host[2]

    @property
    def _packs(self) -> int:
        return self.features // 8

    def _scale(self, dials: Dials) -> float:
        return dials.roughness * math.sqrt(2 * self.size / self.features)

    def _spring(self, points: NDArray[Any], dials: Dials) -> NDArray[Any]:
        """(kappa/2)|x|^2/N over the last axis."""
        return np.asarray(0.5 * dials.confinement / self.size * np.sum(np.square(points, dtype=np.float64), axis=-1))

    def _spring_on(
        self, y: NDArray[Any], axes: NDArray[Any], origin: NDArray[Any], dials: Dials
    ) -> NDArray[np.float32]:
        """The same at origin + y.axes, from the few coordinates y."""
        square = (
            np.einsum("...i,ij,...j->...", y, axes @ axes.T, y, optimize=True)
            + 2 * y @ (axes @ origin)
            + origin @ origin
        )
        return np.asarray(0.5 * dials.confinement / self.size * square, np.float32)

    def _kernel(self, name: str, layout: Layout | None = None) -> Launcher:
        layout = layout or self._layout
        defines: dict[str, int | float | str] = {"ACROSS_WALKERS": int(layout.across_walkers)}
        if not layout.across_walkers:
            defines["FEW"] = layout.width
        elif name in _GRADIENTS:
            defines["HELD"] = layout.held
        key = (name, str(defines))
        if key not in self._kernels:
            self._kernels[key] = self._backend.kernel("field", name, **defines)
        return self._kernels[key]

    def _draw(self, first: int, samples: int) -> tuple[DeviceArray, DeviceArray]:
        """Frequencies and biases of samples from `first` on; numba holds all features of a component side by side."""
        layout = self._layout
        pack = self.features if self._backend.name == "numba" else 8
        k = self._backend.zeros((samples, self.features // pack, layout.rows, pack))
        b = self._backend.zeros((samples, self.features))
        deviation = 1 / (2 * math.pi * self.length_scale * math.sqrt(self.size))
        self._kernel("draw")(
            samples * self._packs, k, b, *_ints(self._packs, self.size, layout.rows), np.float32(deviation),
            np.uint32(first), *self._keys,
        )  # fmt: skip
        return k, b

    def _zeros_partial(self, layout: Layout) -> DeviceArray:
        lanes = () if layout.across_walkers else (8,)
        shape = layout.shape if layout.across_walkers else (layout.slots, layout.rows)
        return self._backend.zeros((layout.parts, *shape, *lanes))

    def _zeros_energy(self, layout: Layout) -> DeviceArray:
        return self._backend.zeros((layout.parts, layout.slots, *(() if layout.across_walkers else (8,))))

    def _launch(self, n: int, dials: Dials) -> Floats:
        layout = self._layout
        if self._trace is None or self._trace.shape[0] != n:
            self._trace = self._backend.zeros((n, 4, layout.slots))
        keep = min(1.0, dials.batch_fraction) if dials.optimizer == "sgd" else 1.0
        scale = np.float32(self._scale(dials))
        if layout.parts == 1:
            self._walk(n, keep, scale)
        else:
            for row in range(n):
                self._part(layout, self._x, self._e, self._partial, keep, self.step_count + row)
                self._join(row, scale)
        self.step_count += n
        trace = self._backend.to_host(self._trace)
        kept = trace.reshape(n, 4, self.samples, -1)[..., : self.replicas]
        return np.ascontiguousarray(kept.transpose(0, 2, 3, 1))

    def _walk(self, n: int, keep: float, scale: np.float32) -> None:
        layout = self._layout
        work = (self._partial,) if layout.across_walkers else (self._partial, self._g)
        rows = (layout.rows,) if layout.across_walkers else (layout.rows, layout.padded)
        self._kernel("walk")(
            layout.stride, self._k, self._b, self._x, self._v, self._m2, self._x0, self._xi, *work, self._dial_row,
            self._trace, scale, np.uint32(self.size), *_ints(self._packs, *rows), *self._places, np.float32(keep),
            np.int32(n), np.uint32(self.step_count), np.uint32(self._since), *self._keys,
        )  # fmt: skip

    def _part(self, layout: Layout, x: DeviceArray, e: DeviceArray, g: DeviceArray, keep: float, step: int) -> None:
        rows = (layout.rows,) if layout.across_walkers else (layout.rows, layout.padded)
        self._kernel("part", layout)(
            layout.stride * layout.parts, self._k, self._b, x, e, g, *_ints(self._packs, *rows),
            np.uint32(layout.tiles), np.uint32(self.replicas), np.uint32(layout.stride), np.int32(layout.parts),
            np.float32(keep), np.uint32(step), *self._keys,
        )  # fmt: skip

    def _join(self, row: int, scale: np.float32) -> None:
        layout = self._layout
        work = (self._partial,) if layout.across_walkers else (self._partial, self._g)
        rows = (layout.rows,) if layout.across_walkers else (layout.rows, layout.padded)
        self._kernel("join")(
            layout.stride if layout.across_walkers else layout.slots,
            self._x, self._v, self._m2, self._x0, self._xi, self._e, *work, self._dial_row, self._trace, scale,
            np.uint32(self.size), *_ints(*rows), *self._places, np.int32(layout.parts), np.uint32(row),
            np.uint32(self.step_count + row), np.uint32(self._since), *self._keys,
        )  # fmt: skip

    @property
    def _places(self) -> tuple[np.uint32, np.uint32, np.uint32]:
        layout = self._layout
        return np.uint32(layout.tiles), np.uint32(self.replicas), np.uint32(layout.stride)

    def _restricted(
        self, sample: int, axes: NDArray[np.float64], origin: NDArray[np.float64]
    ) -> tuple[DeviceArray, DeviceArray, int]:
        """Frequencies, biases and rows of one sample's field as a function of y, on origin + y.axes."""
        rows, new_rows = self._layout.rows, max(2, math.ceil(len(axes) / min(4, len(axes))) * min(4, len(axes)))
        basis = np.zeros((len(axes) + 1, rows), np.float32)
        basis[:-1, : self.size], basis[-1, : self.size] = axes, origin
        pack = self._k.shape[-1]
        k, b = self._backend.zeros((self.features // pack, new_rows, pack)), self._backend.zeros(self.features)
        self._kernel("restrict_to", _points_layout(self._backend, 1, 4, 4))(
            self._packs, self._k, self._b, self._backend.array(basis), k, b, np.uint32(sample),
            *_ints(self._packs, rows, len(axes), new_rows),
        )  # fmt: skip
        return k, b, new_rows

    def _grid(
        self, k: DeviceArray, b: DeviceArray, rows: int, u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Raw energies at (u, v) and (u, -v) of a field of two components, (2, >= len(v), >= len(u))."""
        down, band, features = 4, 16, self.features
        layout = _points_layout(self._backend, len(u), 4, 4)
        groups = math.ceil(len(v) / down)
        across_u = np.resize(u, layout.slots).astype(np.float32)
        down_v = np.resize(v, groups * down).astype(np.float32)
        tables = self._backend.zeros((2, features * layout.slots)), self._backend.zeros((2, groups * features * down))
        e = self._backend.zeros((2, groups * down, layout.slots))
        held = self._backend.array(across_u), self._backend.array(down_v)
        counts = (np.uint32(layout.stride), np.uint32(groups))
        self._kernel("tables", layout)(features, k, b, *held, *tables, *_ints(features, rows), *counts)
        self._kernel("plane", layout)(layout.stride * math.ceil(groups / band), *tables, e, *_ints(features), *counts)
        return self._backend.to_host(e)


def _points_layout(backend: AbstractBackend, points: int, size: int, rows: int) -> Layout:
    """Points of one sample across the lanes, in one part."""
    width = 1 if backend.is_gpu else 16
    held = next(h for h in (4, 3, 2, 1) if rows % h == 0 and h <= max(rows, 1))
    return Layout(True, backend.is_gpu, width, 1, points, size, math.ceil(points / width), 1, held)


def _ints(*values: int) -> tuple[np.int32, ...]:
    return tuple(np.int32(value) for value in values)
