"""The mixed spherical p-spin glass, p = 2, 3, 4, with its native bias, on a device."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend, DeviceArray, Launcher, OutOfDeviceMemoryError
from simulator.landscapes import funnel
from simulator.landscapes.base import MAX_TRACE_BYTES, TRACED, AbstractLandscape, Floats, Start, WalkerState
from simulator.optimizers import Dials

BLOCK = 32
STARTS: tuple[Start, ...] = ("random", "pair", "native")
MAX_BLOCKS = 2**29
"""Blocks of one sample that a random number's counter can name."""
COMPONENTS_SPEEDUP = 4
"""How many times cheaper a step of one walker with components across the lanes is than one of a tile of walkers."""
SPLIT_FROM = 20_000
"""Blocks of a gradient from which two launches a step on all compute units beat one work-item without launches."""
EVALUATED_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a glass is cut into work-items; a function of sizes and device alone, so that runs repeat bit for bit.

    width: walkers of a tile. tiles: tiles of one sample. parts: work-items that share a tile's gradient.
    """

    across_walkers: bool
    width: int
    tiles: int
    parts: int


def geometry(backend: AbstractBackend, size: int, samples: int, replicas: int, blocks: int) -> Geometry:
    """Walkers across the lanes where there are many, components where there are few; parts where compute units idle."""
    units, lanes = backend.compute_units, backend.lanes
    if backend.is_gpu:
        return Geometry(True, 1, replicas, min(size, math.ceil(1024 * units / (samples * replicas))))
    tiles, split = -(-replicas // lanes), blocks >= SPLIT_FROM

    def turns(items: int) -> float:
        return items / units if split and items < units else math.ceil(items / units)

    across = turns(samples * replicas) >= COMPONENTS_SPEEDUP * turns(samples * tiles)
    width, tiles = (lanes, tiles) if across else (1, replicas)
    return Geometry(across, width, tiles, units if split and samples * tiles < units else 1)


def blocks_of(i: int) -> int:
    """Blocks of one prefix with i >= j (kernels/glass.cl)."""
    m = i // 4
    return m + 1 + m * m // 4


def blocks_in_all(p: int, size: int) -> int:
    """Blocks of 32 couplings that one sample's p-spin couplings take."""
    if p == 2:
        return blocks_of(size - 1)
    below, total = 0, 0
    for i in range(size):
        below += blocks_of(i)
        total += below
    return below if p == 3 else total


def cuts(size: int, parts: int) -> NDArray[np.uint32]:
    """Where each part begins, of as many blocks each: rows (i3, block3, h4, i4, block4), and one for the end."""
    rows = np.zeros((parts + 1, 5), np.int64)
    steps = np.array([blocks_of(i) for i in range(size)])
    begins = np.concatenate(([0], np.cumsum(steps)))
    goals = np.arange(parts + 1) / parts
    rows[:, 0] = np.searchsorted(begins, goals * begins[-1])
    rows[:, 1] = begins[rows[:, 0]]
    outer = np.concatenate(([0], np.cumsum(begins[1:])))  # of p = 4: where each h begins
    for row, goal in zip(rows, goals * outer[-1], strict=True):
        row[2] = min(int(np.searchsorted(outer, goal, side="right")) - 1, size)
        rest = goal - outer[row[2]]
        row[3] = 0 if rest <= 0 else int(np.searchsorted(begins, rest))
        row[4] = outer[row[2]] + begins[row[3]]
        if row[3] > row[2]:
            row[2:4] = row[2] + 1, 0
    return (rows % 2**32).astype(np.uint32)


@final
class Glass(AbstractLandscape):
    """H = Delta H_glass - N lambda g(Q), covariance E[H_glass(s) H_glass(s')] = N/2 sum_p a_p^2 q^p exactly at every N.

    H_glass = -sum_{i>=j>=k} C_ijk s_i s_j s_k (and 2 and 4 indices), C normal with variance m a_p^2 / (2 N^(p-1)), m
    the number of distinct orderings of its indices (Crisanti and Sommers 1992). Kernels: kernels/glass.cl, descend.cl.
    """

    sphere = True

    def __init__(
        self,
        backend: AbstractBackend,
        size: int,
        samples: int,
        replicas: int,
        seed: int,
        mixture: tuple[float, float, float] = (0.0, 1.0, 0.0),
        start: Start = "random",
        forced: Geometry | None = None,
    ) -> None:
        """mixture: (a2, a3, a4), of any scale; forced: a geometry in place of the chosen one.

        Raises OutOfDeviceMemoryError before anything is allocated, ValueError for sizes that make no glass.
        """
        norm = math.hypot(*mixture)
        if size < 2 or samples < 1 or replicas < 1 or not norm > 0.0:
            raise ValueError(f"no glass has N={size}, samples={samples}, replicas={replicas}, mixture={mixture}")
        self.size, self.samples, self.replicas, self.step_count = size, samples, replicas, 0
        self.mixture = tuple(a / norm for a in mixture)
        self._backend, self._padded = backend, -(-size // 8) * 8
        self._launchers: dict[str, Launcher] = {}
        self._key = (np.uint32(seed & 0xFFFFFFFF), np.uint32((seed >> 32) & 0xFFFFFFFF))
        present = [p for p, a in zip((2, 3, 4), self.mixture, strict=True) if a != 0.0]
        self._orders = np.uint32(sum(1 << (p - 2) for p in present))
        blocks = {p: blocks_in_all(p, size) if p in present else 0 for p in (2, 3, 4)}
        self.geometry = forced or geometry(backend, size, samples, replicas, sum(blocks.values()))
        shape = self.geometry
        self._stride = samples * shape.tiles
        self._state = (self._stride, self._padded, shape.width)
        self._gradient_rows = self._padded * (1 if shape.across_walkers else 2)
        self._require(blocks)

        self._blocks = tuple(np.uint32(blocks[p]) for p in (2, 3, 4))
        u = np.uint32
        self._sizes = (u(size), u(self._padded), u(shape.tiles), u(replicas), u(self._stride))
        self._couplings = tuple(backend.zeros((samples, max(blocks[p], 1) * BLOCK)) for p in (2, 3, 4))
        for p, a, c in zip((2, 3, 4), self.mixture, self._couplings, strict=True):
            if p in present:
                amplitude = np.float32(a / math.sqrt(2.0 * float(size) ** (p - 1)))
                items = samples if p == 2 else samples * size
                self._backend.kernel("couplings", "draw")(items, c, u(p), u(size), u(blocks[p]), amplitude, *self._key)
        self._cuts = backend.array(cuts(size, shape.parts))
        self._whole = self._cuts if shape.parts == 1 else backend.array(cuts(size, 1))
        self._x0 = backend.zeros(self._state)
        self._xi = backend.zeros((samples, self._padded))
        self._since = 0
        self._allocate()
        self._kernel("native_states")(samples, self._xi, u(size), u(self._padded), *self._key)
        kind = np.int32(STARTS.index(start))
        self._kernel("start")(self._stride, self._x, self._x0, self._xi, kind, *self._sizes, *self._key)

    def _allocate(self) -> None:
        """What belongs to these walkers alone."""
        backend, shape = self._backend, self.geometry
        self._x, self._v, self._m2 = (backend.zeros(self._state) for _ in range(3))
        self._g = backend.zeros((shape.parts * self._stride, self._gradient_rows, shape.width))
        self._energies = backend.zeros((shape.parts, self._stride * shape.width))
        self._clock = backend.zeros(2, np.uint32)
        self._dials = backend.zeros(16)
        self._trace = backend.zeros((1, len(TRACED), self._stride * shape.width))
        self._written: Dials | None = None

    def step(self, n: int, dials: Dials) -> Floats:
        self._take(dials)
        slots = self._stride * self.geometry.width
        chunk = max(1, MAX_TRACE_BYTES // (4 * len(TRACED) * slots))
        traced = [self._advance(min(chunk, n - first)) for first in range(0, n, chunk)]
        none = np.empty((0, len(TRACED), slots), np.float32)
        rows = traced[0] if len(traced) == 1 else np.concatenate([none, *traced])
        rows = rows.reshape(n, len(TRACED), self.samples, slots // self.samples)[..., : self.replicas]
        return np.ascontiguousarray(np.moveaxis(rows, 1, -1))

    def positions(self) -> Floats:
        return self._walkers(self._x, self.replicas)

    def starts(self) -> Floats:
        return self._walkers(self._x0, self.replicas)

    def state(self) -> WalkerState:
        return WalkerState(*(self._walkers(each, self.replicas) for each in (self._x, self._v, self._m2)))

    def set_state(self, state: WalkerState) -> None:
        for array, given in ((self._x, state.x), (self._v, state.v), (self._m2, state.m2)):
            self._backend.write(array, self._packed(given, self.geometry.tiles))

    def twin(self) -> Self:
        floats = math.prod(self._state)
        self._backend.require(*[4 * floats] * 3, 4 * floats * self.geometry.parts, MAX_TRACE_BYTES)
        other = copy.copy(self)
        other._allocate()
        pairs = ((other._x, self._x), (other._v, self._v), (other._m2, self._m2), (other._clock, self._clock))
        for mine, theirs in pairs:
            self._backend.write(mine, self._backend.to_host(theirs))
        return other

    def native(self) -> Floats:
        return np.ascontiguousarray(self._backend.to_host(self._xi)[:, : self.size])

    def evaluate(self, points: Floats, dials: Dials) -> tuple[Floats, Floats]:
        count = points.shape[1]
        if points.shape != (self.samples, count, self.size):
            raise ValueError(f"points of shape {points.shape} are not (samples={self.samples}, k, N={self.size})")
        most = max(1, EVALUATED_BYTES // (4 * self.samples * self._padded))
        energies = np.empty((self.samples, count), np.float32)
        gradients = np.empty(points.shape, np.float32)
        native = self.native()[:, None, :].astype(np.float64)
        for first in range(0, count, most):
            here = slice(first, min(first + most, count))
            some = np.asarray(points[:, here], np.float64)
            glass = self._evaluate(np.asarray(points[:, here], np.float32))
            energies[:, here] = dials.roughness * glass[0] / self.size + funnel.energy(some, native, dials)
            gradients[:, here] = dials.roughness * glass[1] + funnel.gradient(some, native, dials)
        return energies, gradients

    def hessian(self, sample: int, point: Floats, dials: Dials) -> NDArray[np.float64]:
        backend, padded, u = self._backend, self._padded, np.uint32
        parts = min(self.size, backend.compute_units)
        backend.require(4 * parts * padded**2)
        s = np.zeros(padded, np.float32)
        s[: self.size] = point
        half = backend.zeros((parts, padded, padded))
        arrays = (backend.array(cuts(self.size, parts)), backend.array(s), half, backend.zeros((parts, padded)))
        arguments = (u(self.size), u(padded), self._orders, *self._blocks, u(sample))
        self._kernel("hessian", "couplings")(parts, *self._couplings, *arrays, *arguments)
        one = backend.to_host(half).sum(axis=0, dtype=np.float64)[: self.size, : self.size]
        native = self.native()[sample].astype(np.float64)
        return -dials.roughness * (one + one.T) + funnel.hessian(np.asarray(point, np.float64), native, dials)

    def couplings(self, p: int, sample: int) -> tuple[NDArray[np.int64], Floats]:
        """The p-spin couplings of one sample: indices (count, p) with h >= i >= j >= k, and C (count,)."""
        packed = self._backend.to_host(self._couplings[p - 2]).reshape(self.samples, -1)[sample]
        places, indices = [], []
        for block, prefix, j, k in _blocks(p, self.size):
            rows, columns = np.meshgrid(j + np.arange(4), k + np.arange(8), indexing="ij")
            real = (columns <= rows) & (rows <= prefix[-1])
            places.append(block * BLOCK + np.flatnonzero(real))
            count = int(real.sum())
            named = [np.full(count, i) for i in prefix[: p - 2]]
            indices.append(np.stack([*named, rows[real], columns[real]], axis=1))
        return np.concatenate(indices), packed[np.concatenate(places)]

    def _kernel(self, name: str, file: str = "glass") -> Launcher:
        if name not in self._launchers:
            defines = {"ACROSS_WALKERS": int(self.geometry.across_walkers)} if file == "glass" else {}
            self._launchers[name] = self._backend.kernel(file, name, **defines)
        return self._launchers[name]

    def _require(self, blocks: dict[int, int]) -> None:
        """Raise OutOfDeviceMemoryError unless everything fits."""
        floats = math.prod(self._state)
        pieces = [4 * BLOCK * self.samples * count for count in blocks.values()]
        pieces += [4 * floats] * 4 + [4 * floats * self._gradient_rows // self._padded * self.geometry.parts]
        self._backend.require(*pieces, MAX_TRACE_BYTES)
        if max(blocks.values()) > MAX_BLOCKS:
            raise OutOfDeviceMemoryError(max(pieces), 4 * BLOCK * MAX_BLOCKS, self._backend.device)

    def _take(self, dials: Dials) -> None:
        """Put the dials on the device where they changed; a new rule starts with moments at zero."""
        if dials == self._written:
            return
        self._backend.write(self._dials, dials.packed())
        if self._written is not None and dials.optimizer != self._written.optimizer:
            self._since = self.step_count
            for moment in (self._v, self._m2):
                self._backend.write(moment, np.zeros(self._state, np.float32))
        self._written = dials

    def _advance(self, n: int) -> Floats:
        """n steps that one trace buffer holds: float32 (n, 4, slots)."""
        if self._trace.shape[0] != n:
            self._trace = self._backend.zeros((n, *self._trace.shape[1:]))
        u = np.uint32
        state = (self._x, self._v, self._m2, self._x0, self._xi)
        if self.geometry.parts == 1:
            steps = self._kernel("steps")
            steps(self._stride, *self._couplings, self._cuts, *state, self._g, self._dials, self._trace, *self._sizes,
                  self._orders, *self._blocks, u(self.step_count), u(n), u(self._since), *self._key)  # fmt: skip
        else:
            parts, update = self._kernel("parts"), self._kernel("update")
            items = self.geometry.parts * self._stride
            before = (*self._couplings, self._cuts, self._x, self._g, self._energies, self._dials, self._clock,
                      *self._sizes, self._orders, *self._blocks, *self._key)  # fmt: skip
            after = (*state, self._g, self._energies, self._dials, self._trace, self._clock, *self._sizes,
                     u(self.geometry.parts), u(self.step_count), u(self._since), *self._key)  # fmt: skip
            for _ in range(n):
                parts(items, *before)
                update(self._stride, *after)
        self.step_count += n
        return self._backend.to_host(self._trace)

    def _evaluate(self, points: Floats) -> tuple[Floats, Floats]:
        """Energy H (samples, k) and gradient (samples, k, N) of the glass alone, roughness 1."""
        count, width, backend = points.shape[1], self.geometry.width, self._backend
        tiles = -(-count // width)
        stride, x = self.samples * tiles, self._packed(points, tiles)
        g = backend.zeros((stride, self._gradient_rows, width))
        energies, u = backend.zeros(stride * width), np.uint32
        sizes = (u(self.size), u(self._padded), u(tiles), u(stride), self._orders, *self._blocks)
        self._kernel("evaluate")(stride, *self._couplings, self._whole, backend.array(x), g, energies, *sizes)
        gradients = self._walkers(g, count)
        return backend.to_host(energies).reshape(self.samples, -1)[:, :count], gradients

    def _packed(self, points: Floats, tiles: int) -> Floats:
        """Points (samples, k, N) in the kernels' order, in so many tiles a sample; what pads is zero."""
        width, stride = self.geometry.width, self.samples * tiles
        full = np.zeros((self.samples, tiles * width, self._padded), np.float32)
        full[:, : points.shape[1], : self.size] = points
        x = np.ascontiguousarray(full.reshape(stride, width, self._padded).transpose(0, 2, 1))
        # on a GPU neighbours read neighbours: rows first, then walkers
        return np.ascontiguousarray(x.reshape(stride, self._padded).T).reshape(x.shape) if self._backend.is_gpu else x

    def _walkers(self, array: DeviceArray, count: int) -> Floats:
        """(samples, count, N) from an array in the kernels' order."""
        host: NDArray[Any] = self._backend.to_host(array)
        tiles, rows = host.shape[:2]
        if self._backend.is_gpu:
            host = np.ascontiguousarray(host.reshape(rows, tiles).T)[:, :, None]
        host = host.transpose(0, 2, 1).reshape(self.samples, -1, rows)
        return np.ascontiguousarray(host[:, :count, : self.size])


def _blocks(p: int, size: int) -> Iterator[tuple[int, tuple[int, ...], int, int]]:
    """(block, prefix with the bound of j last, j, k) of each block of one sample."""
    prefixes: list[tuple[int, ...]] = [(size - 1,)]
    if p == 3:
        prefixes = [(i, i) for i in range(size)]
    elif p == 4:
        prefixes = [(h, i, i) for h in range(size) for i in range(h + 1)]
    block = 0
    for prefix in prefixes:
        for j in range(0, prefix[-1] + 1, 4):
            for k in range(0, j + 1, 8):
                yield block, prefix, j, k
                block += 1
