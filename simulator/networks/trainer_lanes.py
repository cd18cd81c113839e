"""Many small networks, one in each lane of the device's vectors: whole steps inside one work-item."""

from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend, DeviceArray, Launcher
from simulator.networks.architecture import LOSSES, OPTIMIZERS, Architecture
from simulator.networks.layers import ACTIVATIONS
from simulator.networks.trainer_batches import Batch
from simulator.networks.trainer_form import AbstractForm, Float32s, Moments, Rates

BLOCK: Final = 32
"""Samples that a work-item carries through the layers at a time, as in mlp_lanes.cl."""
CHUNK: Final = 128
"""Samples whose losses are summed on the device."""


@final
class Lanes(AbstractForm):
    """Kernels: mlp_lanes.cl. Device arrays of theta: [tile][parameter][lane], on a GPU [parameter][network]."""

    def __init__(self, backend: AbstractBackend, architecture: Architecture, optimizer: str) -> None:
        self._backend, self._architecture = backend, architecture
        self._lanes = 1 if backend.name == "numba" else backend.lanes
        u = np.uint32
        self._units = sum(architecture.sizes[1:])
        self._sizes = backend.array(np.array(architecture.sizes, u))
        self._shape = (u(len(architecture.sizes) - 1), u(architecture.parameters))
        self._loss = u(LOSSES.index(architecture.loss))
        self._kinds = (self._loss, u(OPTIMIZERS.index(optimizer)), np.int32(architecture.biased))
        self._launchers: dict[str, Launcher] = {}
        self._scratch: DeviceArray = None

    def bytes_of(self, networks: int) -> int:
        return 4 * self._tiles(networks) * self._lanes * self._architecture.parameters

    def scratch_bytes(self, networks: int, rows: int) -> tuple[int, ...]:
        return (4 * self._tiles(networks) * self._lanes * (2 * self._units * BLOCK + self._architecture.parameters),)

    def measured_bytes(self) -> int:
        return 8 * (self._units * BLOCK + self._architecture.parameters)

    def laid_out(self, theta: Float32s) -> Float32s:
        tiles, parameters = self._tiles(len(theta)), self._architecture.parameters
        if self._backend.is_gpu:
            return theta.T
        full = np.zeros((tiles * self._lanes, parameters), np.float32)
        full[: len(theta)] = theta
        return full.reshape(tiles, self._lanes, parameters).transpose(0, 2, 1)

    def read(self, array: DeviceArray, networks: int) -> Float32s:
        host: NDArray[Any] = self._backend.to_host(array)
        if not self._backend.is_gpu:
            host = host.transpose(0, 2, 1).reshape(-1, self._architecture.parameters)
        else:
            host = host.T
        return np.ascontiguousarray(host[:networks])

    def steps(self, theta: DeviceArray, moments: Moments, networks: int, batch: Batch, step: int, rates: DeviceArray,
              dials: Rates, keys: tuple[np.uint32, np.uint32]) -> None:  # fmt: skip
        tiles, u = self._tiles(networks), np.uint32
        scratch = self._work(tiles, 2 * self._units * BLOCK + self._architecture.parameters)
        self._kernel("steps")(tiles, theta, *moments, scratch, batch.x, batch.t, rates, self._sizes, *self._shape,
                              u(batch.size), u(batch.advance), u(step), u(batch.count), *self._kinds, *dials,
                              *keys)  # fmt: skip

    def gradient(self, theta: DeviceArray, networks: int, x: DeviceArray, t: DeviceArray) -> Float32s:
        tiles = self._tiles(networks)
        g = self._backend.zeros(theta.shape)
        scratch = self._work(tiles, 2 * self._units * BLOCK)
        self._kernel("gradient")(tiles, theta, g, scratch, x, t, self._sizes, *self._shape, np.uint32(x.shape[0]),
                                 self._loss, self._kinds[2])  # fmt: skip
        return self.read(g, networks)

    def measure(
        self, theta: DeviceArray, networks: int, x: DeviceArray, t: DeviceArray
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        shape = (-(-x.shape[0] // CHUNK), self._tiles(networks), self._lanes)
        sums, hits = (self._backend.zeros(shape) for _ in range(2))
        self._measure(theta, networks, x, t, sums, hits, self._backend.zeros((1, 1, 1, 1)), keep=0)
        with np.errstate(all="ignore"):
            loss, right = (self._backend.to_host(one).astype(np.float64).sum(0) for one in (sums, hits))
        return loss.reshape(-1)[:networks], right.reshape(-1)[:networks]

    def outputs(self, theta: DeviceArray, networks: int, x: DeviceArray) -> Float32s:
        shape = (x.shape[0], self._architecture.sizes[-1], self._tiles(networks), self._lanes)
        out, none = self._backend.zeros(shape), self._backend.zeros((1, 1, 1))
        self._measure(theta, networks, x, x, none, none, out, keep=1)
        host = self._backend.to_host(out).reshape(*shape[:2], -1)[..., :networks]
        return np.ascontiguousarray(np.moveaxis(host, -1, 0))

    def _measure(self, theta: DeviceArray, networks: int, x: DeviceArray, t: DeviceArray, *arrays: DeviceArray,
                 keep: int) -> None:  # fmt: skip
        u, tiles = np.uint32, self._tiles(networks)
        items = tiles * -(-x.shape[0] // CHUNK)
        if not self._backend.is_gpu:
            items = min(items, 4 * self._backend.compute_units)
        scratch = self._work(items, 2 * self._units * BLOCK)
        self._kernel("measure")(items, theta, scratch, x, t, *arrays, self._sizes, *self._shape, u(tiles),
                                u(x.shape[0]), u(CHUNK), self._loss, np.int32(keep))  # fmt: skip

    def _tiles(self, networks: int) -> int:
        return -(-networks // self._lanes)

    def _work(self, items: int, rows: int) -> DeviceArray:
        """Scratch for `items` work-items, kept from call to call while it is large enough."""
        if self._backend.name == "numba":
            items = rows = 1
        size = items * rows * self._lanes
        if self._scratch is None or self._scratch.shape[0] < size:
            self._scratch = self._backend.zeros(size)
        return self._scratch

    def _kernel(self, name: str) -> Launcher:
        if name not in self._launchers:
            kind = ACTIVATIONS.index(self._architecture.activation)
            self._launchers[name] = self._backend.kernel("mlp_lanes", name, ACTIVATION=kind, BLOCK=BLOCK)
        return self._launchers[name]
