"""The layers of random networks on a device: their weights, drawn or kept, and the points that go through them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend, DeviceArray, Launcher

ACTIVATIONS: Final = ("tanh", "erf", "relu", "linear")
INITIALISATIONS: Final = ("gaussian", "orthogonal")
VALUE, TANGENT, BEND = 0, 1, 2
MAX_WIDTH: Final = 2048
MAX_GROUP: Final = 192
"""Points that one work-item carries through all layers: more read the stored weights less often."""
SPARES: Final = 40
SPARE_BYTES: Final = 2**22
"""So many arrays, no larger than this, wait for calls of another shape: those that take turns need not allocate."""
FEW: Final = 8192
"""Values of arrays no larger than this are remembered, and not written again."""
UNITS: Final = np.uint32(0xFFFFFFFF)
"""As the source of a reflection: the unit vectors."""
Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What goes through the networks: `given` (networks or 1, some, width), over and over, VALUEs times `scale` and all
    else times `others`; of each point its kind, the point it rides on (kernels/signals.cl), and the sigma_w and sigma_b
    of its networks, one number where they are the same for all."""

    given: Float32s
    kinds: NDArray[np.int32]
    bases: NDArray[np.int32]
    sigma_w: Float32s | float
    sigma_b: Float32s | float
    scale: float = 1.0
    others: float = 1.0

    @property
    def count(self) -> int:
        return len(self.kinds)


@final
class Layers:
    """Random layers of one width on `backend`: see Signals, which is their face to the host."""

    def __init__(self, backend: AbstractBackend, width: int, networks: int, seed: int, activation: str, init: str,
                 store_bytes: int) -> None:  # fmt: skip
        self.backend, self.width, self.networks = backend, width, networks
        self.padded = 16 * (-(-width // 16) | 1)  # an odd number of cache lines: points fall into different sets
        self.gaussian, self.store_bytes = init == "gaussian", store_bytes
        self._activation = ACTIVATIONS.index(activation)
        self._rows = 16 if backend.lanes == 8 else 1
        self._launchers: dict[str, Launcher] = {}
        self._arrays: dict[str, DeviceArray] = {}
        self._spare: dict[tuple[str, tuple[int, ...]], DeviceArray] = {}
        self._known: dict[tuple[str, tuple[int, ...]], NDArray[Any]] = {}
        self._sizes: tuple[np.uint32, ...] = ()
        self._keep = np.float32(1)
        self.draw_from(seed)

    def draw_from(self, seed: int) -> None:
        """The weights are those of `seed` from now on; none of them is stored."""
        self.keys = (np.uint32(seed & 0xFFFFFFFF), np.uint32((seed >> 32) & 0xFFFFFFFF))
        self._first = self._stored = 0

    # ---- points ----

    def take(self, points: Points, slots: int, keep: float) -> None:
        """Put points on the device, as slot 0 of `slots`, ready for layer 1. Raises OutOfDeviceMemoryError before."""
        shape = (self.networks, points.count, self.padded)
        size = 4 * math.prod(shape)
        if not self.holds("h", (slots, *shape)):
            self.backend.require(slots * size, size, size)
        h, u = self.hold("h", (slots, *shape)), np.uint32
        given = self._put_given(points.given)
        kinds, _ = self.put("kinds", points.kinds), self.put("bases", points.bases)
        self._set_dials(points)
        self._sizes = tuple(np.uint32(n) for n in (self.width, self.padded, self.networks, points.count))
        self._keep = np.float32(keep)
        self._run("place_inputs", self.networks * points.count, given, h, kinds, *self._sizes, u(given.shape[0]),
                  u(given.shape[1]), np.float32(points.scale), np.float32(points.others))  # fmt: skip
        self._enter(0, 0, given=True)

    def _set_dials(self, points: Points) -> None:
        """The gain and offset of each point; one number for all needs no write."""
        share = np.float32(1.0 if not self.gaussian else 1.0 / math.sqrt(self.width))
        sigma_w, sigma_b = np.asarray(points.sigma_w, np.float32) * share, np.asarray(points.sigma_b, np.float32)
        if sigma_w.ndim or sigma_b.ndim:
            self.put("gain", np.broadcast_to(sigma_w, points.count))
            self.put("offset", np.broadcast_to(sigma_b, points.count))
            return
        gain, offset = self.hold("gain", points.count), self.hold("offset", points.count)
        for name in ("gain", "offset"):
            self._known.pop((name, (points.count,)), None)
        self._run("set_dials", points.count, gain, offset, np.uint32(points.count), sigma_w[()], sigma_b[()])

    def _put_given(self, values: Float32s) -> DeviceArray:
        """Inputs (some networks, some points, width) in rows of `padded`. A read-only array of its own stays as it is,
        and is not written again while it is there."""
        shape = (*values.shape[:2], self.padded)
        held = self.hold("given", shape)
        known = self._known.get(("given", shape))
        if known is None or not (known is values or (values.size <= FEW and np.array_equal(known, values))):
            host = np.zeros(shape, np.float32)
            host[:, :, : self.width] = values
            self.backend.write(held, host)
            self._known.pop(("given", shape), None)
            if values.flags.owndata and not values.flags.writeable:
                self._known["given", shape] = values
            elif values.size <= FEW:
                self._known["given", shape] = values.copy()
        return held

    def advance(self, layer: int, slot: int) -> None:
        """From layer - 1 to `layer`, whose pre-activations go to `slot`."""
        h, x, following = self._arrays["h"], self._signal(layer - 1), self._signal(layer)
        stored = self._index(layer) + 1
        u = np.uint32
        if self.gaussian or stored:
            self._run("forward", self._blocks, x, h, following, self._store, *self._dials, *self._sizes, u(slot),
                      u(layer), u(stored), self._keep, *self.keys)  # fmt: skip
        else:
            self._reflect(x, h, 0, slot, layer, transposed=False)
            self._enter(layer, slot, given=False)

    def carry(self, first: int, layers: int, slot: int, stride: int) -> None:
        """Stored layers first ... first + layers - 1 in one launch; layer first + i in slot + i stride. VALUEs only."""
        u, points = np.uint32, int(self._sizes[3])
        group = self.group(points)
        x = self._signal(first - 1)
        self._run("carry", self.networks * -(-points // group), x, self._arrays["h"], self._store, *self._dials,
                  *self._sizes, u(group), u(slot), u(stride), u(first), u(layers), u(self._index(first)), self._keep,
                  *self.keys)  # fmt: skip
        if layers % 2:  # x stays in place
            self.swap()

    def swap(self) -> None:
        """What left an even layer is from now on what left an odd one."""
        spare = self._signal(0), self._signal(1)
        self._arrays["x1"], self._arrays["x0"] = spare

    def group(self, points: int) -> int:
        """Points of one work-item of carry()."""
        fair = self.networks * points // (4 * self.backend.compute_units)
        return max(4, min(MAX_GROUP, fair // 4 * 4))

    def carries(self, points: int) -> bool:
        """Whether whole networks are enough work-items to keep the device busy."""
        items = self.networks * -(-points // self.group(points))
        return not self.backend.is_gpu and items >= 2 * self.backend.compute_units

    def turn_back(self, gradients: Float32s, depth: int) -> DeviceArray:
        """Gradients (networks, points, width) at layer `depth` through the transposed layers: device array (depth + 1,
        networks, points, padded). h must hold all layers in slots of their numbers."""
        shape = (depth + 1, self.networks, int(self._sizes[3]), self.padded)
        host, u = np.zeros(shape, np.float32), np.uint32
        host[depth, :, :, : self.width] = gradients
        g = self.hold("g", shape)
        self.backend.write(g, host)
        for layer in range(depth, 0, -1):
            stored = self._index(layer) + 1
            reflected = not (self.gaussian or stored)
            if reflected:
                self._reflect(g, g, layer, layer - 1, layer, transposed=True)
            self._run("backward", self._blocks, g, self._arrays["h"], self._store, self._arrays["gain"], *self._sizes,
                      u(layer), u(stored), np.int32(reflected), self._keep, *self.keys)  # fmt: skip
        return g

    # ---- weights ----

    def layer_bytes(self) -> int:
        """What one layer of all networks takes in the store."""
        return 4 * self.networks * self.padded * self.width

    def keep_layers(self, depth: int) -> bool:
        """Store the weights of layers 1 to `depth` if they fit the store; else store none. Whether they are stored."""
        if depth * self.layer_bytes() > min(self.store_bytes, self.backend.memory()[1]):
            self._stored = 0
            return False
        if self._first != 1 or self._stored < depth:
            self._fill(1, depth, depth)
        return True

    def spans(self, depth: int) -> Iterator[tuple[int, int]]:
        """(first layer, layers) that are stored while the caller has them, from 1 to `depth`."""
        if self.keep_layers(depth):
            yield 1, depth
            return
        room = max(1, self.store_bytes // self.layer_bytes())
        for first in range(1, depth + 1, room):
            layers = min(room, depth + 1 - first)
            self._fill(first, layers, min(room, depth))
            yield first, layers
        self._stored = 0

    def _fill(self, first: int, layers: int, room: int) -> None:
        rows = self.width if self.backend.name == "numba" else self.padded
        u, sizes = np.uint32, tuple(np.uint32(n) for n in (self.width, self.padded, self.networks))
        size = room * self.layer_bytes()
        if "store" not in self._arrays or self._arrays["store"].shape[0] < room:
            self._stored = 0
            self._arrays.pop("store", None)
            self.backend.require(size)
        shape = self._arrays["store"].shape[0] if "store" in self._arrays else room
        store = self.hold("store", (shape, self.networks, rows, self.width))
        if self.gaussian:
            self._run("draw", self._blocks * layers, store, *sizes, u(first), u(layers), *self.keys)
        else:
            h = self.hold("matrix", (1, self.networks, self.width, self.padded))
            for index in range(layers):
                self._reflect(h, h, UNITS, 0, first + index, False, self.width)
                self._run("pack", self._blocks, h, store, *sizes, u(index))
        self._first, self._stored = first, layers

    def _index(self, layer: int) -> int:
        """Where a layer is in the store, -1 if it is not."""
        return layer - self._first if self._stored and self._first <= layer < self._first + self._stored else -1

    @property
    def _store(self) -> DeviceArray:
        return self._arrays["store"] if self._stored else self.hold("none", (1, 1, 1, 1))

    # ---- measurements ----

    def measure(self, array: DeviceArray, slots: int, measured: int, plain: bool = False,
                pairs: NDArray[np.int32] | None = None) -> tuple[Float64s, Float64s]:  # fmt: skip
        """Means over the rows, in one read: for the first `measured` points (slots, networks, measured, 6), see
        signals.cl; for pairs of points in h, of (h_a - h_b)^2 and phi'(h_a) phi'(h_b): (slots, networks, P, 2)."""
        u, count = np.uint32, 0 if pairs is None else len(pairs)
        shape, apart = (slots, self.networks, measured, 6), (slots, self.networks, count, 2)
        items, begin = math.prod(shape[:3]), math.prod(shape)
        out = self.hold("moments", begin + math.prod(apart))
        self._run("measure", items, array, self._arrays["kinds"], out, *self._sizes[:2], u(items), self._sizes[3],
                  u(measured), np.int32(plain))  # fmt: skip
        if pairs is not None and count:
            which, items = self.put("pairs", pairs), math.prod(apart[:3])
            self._run("compare", items, self._arrays["h"], which, out, *self._sizes[:2], u(items), self._sizes[3],
                      u(count), u(begin))  # fmt: skip
        means = self.backend.to_host(out).astype(np.float64) / self.width
        return means[:begin].reshape(shape), means[begin:].reshape(apart)

    def picked(self, slots: list[int]) -> list[Float32s]:
        """Pre-activations of network 0 in each of `slots`: (points, width)."""
        if self.networks == 1 and slots:
            return list(self.heights()[slots, 0])
        points = int(self._sizes[3])
        size, out = points * self.padded, self.hold("picked", (points, self.padded))
        found = []
        for slot in slots:
            self._run("pick", -(-size // 256), self._arrays["h"], out, np.uint32(size), self._sizes[2], np.uint32(slot))
            found.append(self.backend.to_host(out)[:, : self.width])
        return found

    def heights(self) -> Float32s:
        """All pre-activations held: (slots, networks, points, width)."""
        return self.backend.to_host(self._arrays["h"])[..., : self.width]

    @property
    def h(self) -> DeviceArray:
        return self._arrays["h"]

    # ---- the device ----

    @property
    def _blocks(self) -> int:
        return self.networks * (self.padded // self._rows)

    @property
    def _dials(self) -> tuple[DeviceArray, ...]:
        return tuple(self._arrays[name] for name in ("gain", "offset", "kinds", "bases"))

    def _signal(self, layer: int) -> DeviceArray:
        """What leaves `layer`: x0 and x1 take turns."""
        shape = (self.networks, int(self._sizes[3]), self.padded)
        return self.hold(f"x{layer % 2}", shape)

    def _enter(self, layer: int, slot: int, given: bool) -> None:
        u = np.uint32
        self._run("enter", self._blocks, self._arrays["h"], self._signal(layer), *self._dials, *self._sizes, u(slot),
                  u(layer), np.int32(given), self._keep, *self.keys)  # fmt: skip

    def _reflect(self, x: DeviceArray, h: DeviceArray, source: int | np.uint32, slot: int, layer: int, transposed: bool,
                 points: int | None = None) -> None:  # fmt: skip
        u, count = np.uint32, points or int(self._sizes[3])
        sizes = tuple(u(n) for n in (self.width, self.padded, self.networks, count))
        self._run("reflect", self.networks * -(-count // 8), x, h, *sizes, u(source), u(slot), u(layer),
                  np.int32(transposed), *self.keys)  # fmt: skip

    def _run(self, name: str, size: int, *arguments: Any) -> None:
        if name not in self._launchers:
            self._launchers[name] = self.backend.kernel("signals", name, ACTIVATION=self._activation)
        self._launchers[name](size, *arguments)

    def put(self, name: str, values: NDArray[Any]) -> DeviceArray:
        """A device array with these values. A write waits a third of a millisecond: few that are there stay."""
        held = self.hold(name, values.shape, values.dtype)
        known = self._known.get((name, values.shape))
        if known is None or not np.array_equal(known, values):
            self.backend.write(held, values)
            if values.size <= FEW:
                self._known[name, values.shape] = values.copy()
        return held

    def holds(self, name: str, shape: tuple[int, ...]) -> bool:
        """Whether `hold` need not allocate."""
        held = self._arrays.get(name)
        return (held is not None and held.shape == shape) or (name, shape) in self._spare

    def hold(self, name: str, shape: int | tuple[int, ...], dtype: Any = np.float32) -> DeviceArray:
        """A device array that is kept from call to call while its shape stays; a small one longer than that."""
        shape = (shape,) if isinstance(shape, int) else shape
        held = self._arrays.get(name)
        if held is None or held.shape != shape:
            self._arrays.pop(name, None)
            if held is not None and 4 * math.prod(held.shape) <= SPARE_BYTES:
                self._spare[name, held.shape] = held
            found = self._spare.pop((name, shape), None)
            if found is None:
                self._known.pop((name, shape), None)
                found = self.backend.zeros(shape, dtype)
            self._arrays[name] = found
            while len(self._spare) > SPARES:
                self._spare.pop(next(iter(self._spare)))
        return self._arrays[name]
