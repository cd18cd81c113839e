"""Random Gaussian field on R^N from random Fourier features, with a weak spring to the origin.

H(x) = phi(x) + (kappa/2)|x|^2, phi(x) = Delta sqrt(2N/F) sum_f cos(k_f.x + b_f), k_f ~ N(0, 1/(N l^2)), b_f uniform:
cov[phi(x), phi(y)] = N Delta^2 exp(-|x-y|^2/(2 N l^2)) over the disorder (Rahimi & Recht 2007, NIPS; Bray & Dean 2007,
cond-mat/0611023). Energies are per spin, H/N. Frequencies are stored in turns, k_f/(2 pi), and drawn from the levels of
simulator/landscapes/frequencies.py.
"""

import copy
import math
from typing import Any, Final, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.backends.base import AbstractBackend, DeviceArray, Launcher
from simulator.landscapes.base import MAX_TRACE_BYTES, TRACED, AbstractLandscape, Floats, Start, WalkerState
from simulator.landscapes.critical_points import FlatSurface
from simulator.landscapes.field_layout import BLOCK, Layout, make_layout
from simulator.landscapes.field_slices import FieldOnFlat, FieldSlices, squared_length
from simulator.landscapes.frequencies import levels
from simulator.optimizers import Dials

STARTS: Final[tuple[Start, ...]] = ("random", "pair", "native")
_HOST_FEATURES: Final = 8192
"""Features of a Hessian that are weighted at once."""


def default_features(size: int) -> int:
    """max(1024, 200 N) up to N = 64, max(1024, 100 N) beyond.

    F features err by (1 - K^2)^2/(2F) in the variance of the covariance and by 1.5 N/F in the Hessian's free kurtosis.
    """
    return _whole_blocks(max(1024, (200 if size <= 64 else 100) * size))


def _whole_blocks(features: int) -> int:
    return math.ceil(features / BLOCK) * BLOCK


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
                f"size {size}, samples {samples} and replicas {replicas} must be at least 1, features {features} at "
                f"least 0 and the length scale {length_scale} above 0"
            )
        self.size, self.samples, self.replicas = size, samples, replicas
        self.length_scale, self.step_count = length_scale, 0
        self.features = _whole_blocks(features) if features else default_features(size)
        self._backend, self._keys = backend, (np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32 & 0xFFFFFFFF))
        self._layout = layout = make_layout(backend, samples, replicas, size, self.features)
        self._slices = FieldSlices(backend)
        self._kernels: dict[tuple[str, bool, int], Launcher] = {}
        self._host: tuple[int, NDArray[np.float32], NDArray[np.float64]] | None = None
        self._deviation = np.float32(1 / (2 * math.pi * length_scale * math.sqrt(size)))
        state, frequencies = 4 * math.prod(layout.shape), 4 * samples * self.features * (layout.rows + 1)
        halves = frequencies // 2 if layout.by_feature else 0  # beside those for slices and for points by the dozen
        backend.require(frequencies, halves, 4 * math.prod(layout.partial), *[state] * 5, MAX_TRACE_BYTES)

        self._drawn: dict[bool, tuple[DeviceArray, DeviceArray]] = {}
        self._x0, self._xi = backend.zeros(layout.shape), backend.zeros(layout.padded + 8)
        self._levels = backend.array(levels())
        self._last, self._since = Dials(), 0
        self._allocate()
        self._start(STARTS.index(start))
        self._x = backend.array(backend.to_host(self._x0))

    def _allocate(self) -> None:
        """What belongs to these walkers alone, but for where they are."""
        backend, layout = self._backend, self._layout
        self._v, self._m2 = (backend.zeros(layout.shape) for _ in range(2))
        self._g, self._e = backend.zeros(layout.partial), backend.zeros((layout.parts, layout.slots))
        self._arrived, self._dial_row = backend.zeros(layout.stride, np.uint32), backend.zeros(16)
        self._trace: DeviceArray = None

    def step(self, n: int, dials: Dials) -> Floats:
        if dials.optimizer != self._last.optimizer:
            for moments in (self._v, self._m2):
                self._backend.write(moments, np.zeros(self._layout.shape, np.float32))
            self._since = self.step_count
        self._last = dials
        self._backend.write(self._dial_row, dials.packed())
        most = max(1, MAX_TRACE_BYTES // (16 * self._layout.slots))
        traced = [self._advance(min(most, n - done), dials) for done in range(0, n, most)]
        return np.concatenate(traced) if traced else np.empty((0, self.samples, self.replicas, len(TRACED)), np.float32)

    def positions(self) -> Floats:
        return self._layout.unpack(self._backend.to_host(self._x))

    def starts(self) -> Floats:
        return self._layout.unpack(self._backend.to_host(self._x0))

    def state(self) -> WalkerState:
        host = (self._backend.to_host(each) for each in (self._x, self._v, self._m2))
        return WalkerState(*(self._layout.unpack(each) for each in host))

    def set_state(self, state: WalkerState) -> None:
        for array, given in ((self._x, state.x), (self._v, state.v), (self._m2, state.m2)):
            self._backend.write(array, self._layout.pack(given))

    def twin(self) -> Self:
        floats = math.prod(self._layout.shape)
        self._backend.require(*[4 * floats] * 3, 4 * math.prod(self._layout.partial), MAX_TRACE_BYTES)
        other = copy.copy(self)
        other._allocate()
        other._x = self._backend.array(self._backend.to_host(self._x))
        for mine, theirs in ((other._v, self._v), (other._m2, self._m2)):
            self._backend.write(mine, self._backend.to_host(theirs))
        return other

    def native(self) -> Floats:
        return np.zeros((self.samples, self.size), np.float32)

    def evaluate(self, points: Floats, dials: Dials) -> tuple[Floats, Floats]:
        points = np.asarray(points, np.float32)
        layout = make_layout(self._backend, self.samples, points.shape[1], self.size, self.features)
        slopes = self._backend.zeros(layout.partial)
        sums = self._backend.zeros((layout.parts, layout.slots))
        self._part(layout, self._backend.array(layout.pack(points)), sums, slopes, 1.0, 0)
        raw = self._backend.to_host(sums).sum(axis=0, dtype=np.float64)
        scale, spring = self._scale(dials), np.float32(dials.confinement)
        with np.errstate(over="ignore", invalid="ignore"):  # points that have diverged are physics
            height = np.sum(np.square(points, dtype=np.float64), axis=-1)
            energy = (scale * layout.walkers_of(raw) + 0.5 * dials.confinement * height) / self.size
            gradient = np.float32(scale) * layout.unpack_partial(self._backend.to_host(slopes)) + spring * points
            return energy.astype(np.float32), gradient

    def energies(
        self,
        sample: int,
        points: NDArray[Any],
        dials: Dials | None = None,
        basis: NDArray[Any] | None = None,
        origin: NDArray[Any] | None = None,
    ) -> Floats:
        """E = H/N at points (..., N) of one sample, float32 (...), confinement included.

        basis (r, N): the points are (..., r), coordinates y of origin + y.basis, so that a chart of few dimensions
        costs nothing in N. dials: those of the last step where None.
        """
        dials = dials or self._last
        points = np.asarray(points, np.float32)
        axes = np.eye(self.size) if basis is None else np.asarray(basis, float)
        centre = np.zeros(self.size) if origin is None else np.asarray(origin, float)
        raw = self._on(sample, axes, centre).energies(points.reshape(-1, len(axes))).reshape(points.shape[:-1])
        return self._height(raw, points, axes, centre, dials)

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
        """E = H/N at centre + u e1 + v e2 of one sample, float32 (len(v), len(u)): row i has v[i].

        Confinement included; half the work where v is symmetric about its middle. dials: those of the last step where
        None.
        """
        dials = dials or self._last
        across, down = np.asarray(u, float), np.asarray(v, float)
        axes, middle = np.stack([np.asarray(e1, float), np.asarray(e2, float)]), 0.5 * float(down[0] + down[-1])
        origin = np.asarray(centre, float) + middle * axes[1]
        grid = np.stack(np.broadcast_arrays(across, down[:, None] - middle), axis=-1) if dials.confinement else across
        return self._height(self._on(sample, axes, origin).plane(across, down - middle), grid, axes, origin, dials)

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
            k, b = (self._backend.to_host(a) for a in self._draw(sample, 1, by_feature=False))
            flat = np.ascontiguousarray(k[0].transpose(0, 2, 1).reshape(self.features, -1)[:, : self.size])
            self._host = (sample, flat, b[0].astype(np.float64))
        return self._host[1], self._host[2]

    def surface(self, sample: int, dials: Dials) -> FlatSurface:
        """One sample in float64 on the host, for finding its critical points."""
        turns, biases = self.host_features(sample)
        k, b = 2 * np.pi * turns.astype(np.float64), 2 * np.pi * biases
        scale, kappa = self._scale(dials), dials.confinement
        # Products so small that BLAS does not start threads for them: these would wait for cores that PoCL holds.
        some = max(32, 2**18 // self.size**2)

        def energy(x: NDArray[np.float64]) -> float:
            return float(scale * np.sum(np.cos(k @ x + b)) + 0.5 * kappa * x @ x) / self.size

        def derivatives(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            phase = k @ x + b
            weighted = np.cos(phase)[:, None] * k
            hessian = sum(weighted[f : f + some].T @ k[f : f + some] for f in range(0, self.features, some))
            return kappa * x - scale * (np.sin(phase) @ k), kappa * np.eye(self.size) - scale * hessian

        return FlatSurface(energy, derivatives)

    def _scale(self, dials: Dials) -> float:
        return dials.roughness * math.sqrt(2 * self.size / self.features)

    def _height(
        self, raw: Floats, y: NDArray[Any], axes: NDArray[np.float64], origin: NDArray[np.float64], dials: Dials
    ) -> Floats:
        """H/N from raw sums at origin + y.axes. Overwrites raw."""
        with np.errstate(over="ignore", invalid="ignore"):
            raw *= np.float32(self._scale(dials) / self.size)
            if dials.confinement:
                raw += (0.5 * dials.confinement / self.size * squared_length(y, axes, origin)).astype(np.float32)
        return raw

    def _on(self, sample: int, axes: NDArray[np.float64], origin: NDArray[np.float64]) -> FieldOnFlat:
        return self._slices.restrict(*self._frequencies(False), sample, axes, origin)

    def _kernel(self, name: str, layout: Layout) -> Launcher:
        key = (name, layout.across_walkers, layout.width)
        if key not in self._kernels:
            defines = {"HELD": layout.held}
            if not layout.across_walkers:
                defines |= {"ACROSS_WALKERS": 0, "FEW": layout.width}
            self._kernels[key] = self._backend.kernel("field", name, **defines)
        return self._kernels[key]

    def _frequencies(self, by_feature: bool) -> tuple[DeviceArray, DeviceArray]:
        """k and b of all samples, drawn when first asked for in that order."""
        if by_feature not in self._drawn:
            self._drawn[by_feature] = self._draw(0, self.samples, by_feature)
        return self._drawn[by_feature]

    def _given(self, layout: Layout) -> tuple[Any, ...]:
        """Frequencies and biases as the kernels of this layout take them."""
        return (*self._frequencies(layout.by_feature), *(() if layout.across_walkers else (self._deviation,)))

    def _draw(self, first: int, samples: int, by_feature: bool) -> tuple[DeviceArray, DeviceArray]:
        """Frequencies and biases of samples from `first` on; numba holds all features of a component side by side."""
        packs, held = self.features // 8, self._layout.held
        unit = 16 if by_feature else held
        rows = math.ceil(self.size / unit) * unit
        pack = 1 if by_feature else self.features if self._backend.name == "numba" else 8
        shape = (samples, self.features // pack, rows, pack)
        k = self._backend.zeros(shape, np.uint16 if by_feature else np.float32)
        b = self._backend.zeros((samples, self.features))
        counts = np.int32(packs), np.int32(self.size), np.int32(rows)
        draw = self._backend.kernel("field", "draw", **({"ACROSS_WALKERS": 0} if by_feature else {}))
        draw(samples * packs, k, b, self._levels, *counts, self._deviation, np.uint32(first), *self._keys)
        return k, b

    def _start(self, kind: int) -> None:
        layout = self._layout
        width = 1 if layout.across_walkers else layout.width
        self._kernel("start", layout)(
            layout.stride * width, self._x0, self._xi, np.int32(kind), np.uint32(self.size), np.uint32(layout.padded),
            np.uint32(layout.tiles * width), np.uint32(self.replicas), np.uint32(layout.stride * width), *self._keys,
        )  # fmt: skip

    def _advance(self, n: int, dials: Dials) -> Floats:
        layout = self._layout
        if self._trace is None or self._trace.shape[0] != n:
            self._trace = self._backend.zeros((n, len(TRACED), layout.slots))
        keep = min(1.0, dials.batch_fraction) if dials.optimizer == "sgd" else 1.0
        scale = np.float32(self._scale(dials))
        if layout.parts == 1:
            self._walk(n, keep, scale)
        else:
            self._walk_in_parts(n, keep, scale)
        self.step_count += n
        trace = self._backend.to_host(self._trace).reshape(n, len(TRACED), self.samples, -1)[..., : self.replicas]
        return np.ascontiguousarray(trace.transpose(0, 2, 3, 1))

    def _walk(self, n: int, keep: float, scale: np.float32) -> None:
        self._kernel("walk", self._layout)(
            self._layout.stride, *self._given(self._layout), self._x, self._v, self._m2, self._x0,
            self._xi, self._g, self._dial_row, self._trace, scale, np.uint32(self.size), np.int32(self.features // 8),
            *self._counts(self._layout), np.float32(keep), np.int32(n), np.uint32(self.step_count),
            np.uint32(self._since), *self._keys,
        )  # fmt: skip

    def _part(self, layout: Layout, x: DeviceArray, e: DeviceArray, g: DeviceArray, keep: float, step: int) -> None:
        self._kernel("part", layout)(
            layout.stride * layout.parts, *self._given(layout), x, e, g, np.int32(self.features // 8),
            *self._counts(layout), np.int32(layout.parts), np.float32(keep), np.uint32(step), *self._keys,
        )  # fmt: skip

    def _walk_in_parts(self, n: int, keep: float, scale: np.float32) -> None:
        layout, launch = self._layout, self._kernel("advance", self._layout)
        self._backend.write(self._arrived, np.zeros(layout.stride, np.uint32))
        arguments = (
            layout.stride * layout.parts, *self._given(layout), self._x, self._v, self._m2, self._x0, self._xi, self._e,
            self._g, self._arrived, self._dial_row, self._trace, scale, np.uint32(self.size),
            np.int32(self.features // 8), *self._counts(layout), np.int32(layout.parts), np.float32(keep),
            np.uint32(self.step_count), np.uint32(self._since), *self._keys,
        )  # fmt: skip
        for _ in range(n):
            launch(*arguments)

    def _counts(self, layout: Layout) -> tuple[np.int32 | np.uint32, ...]:
        """Rows of a state, tiles a sample, replicas, tiles in all."""
        return (
            np.int32(layout.padded), np.uint32(layout.tiles), np.uint32(self.replicas), np.uint32(layout.stride)
        )  # fmt: skip
