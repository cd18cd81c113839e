"""Networks with the samples of a batch across the lanes of the device's vectors: a network a work-item, or many."""

from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend, DeviceArray, Launcher
from simulator.networks.architecture import LOSSES, OPTIMIZERS, Architecture
from simulator.networks.layers import ACTIVATIONS
from simulator.networks.trainer_batches import Batch
from simulator.networks.trainer_fixed import Fixed, can_be_fixed
from simulator.networks.trainer_form import AbstractForm, Float32s, Moments, Rates
from simulator.networks.trainer_plan import make_plan
from simulator.networks.trainer_shared import Shared

BLOCK: Final = 64
"""Samples that a work-item carries through the layers at a time."""
SPARE_BYTES: Final = 2**28
"""Scratch of a measurement, or of one network's gradient, where fewer work-items do as well."""


@final
class Samples(AbstractForm):
    """Device arrays of theta: [network][length], rows of weights padded (trainer_plan.py). Kernels: mlp_solo.cl, and
    mlp_wide.cl where networks are `shared` among work-items; mlp_fixed.cl for steps of small ones without dropout, if
    not `general`."""

    gathers = False

    def __init__(
        self,
        backend: AbstractBackend,
        architecture: Architecture,
        optimizer: str,
        batch: int,
        shared: bool = False,
        general: bool = False,
    ) -> None:
        self._backend, self._architecture = backend, architecture
        plain = backend.name == "numba"
        self._panel = 1 if plain else 4 if backend.is_gpu else 2 * backend.lanes
        whole = -(-batch // self._panel) * self._panel
        self._block = whole if shared else min(BLOCK, whole)
        self._shared = Shared(backend, architecture.sizes, self._panel, self._launch) if shared else None
        self._fixed = None
        if not shared and not general and can_be_fixed(backend, architecture):
            self._fixed = Fixed(backend, architecture, batch)
        self._plan = make_plan(architecture, self._block, 1 if plain else backend.lanes, self._panel)
        self._table = backend.array(self._plan.table)
        u = np.uint32
        self._shape = (u(len(architecture.sizes) - 1), u(self._plan.length), u(self._plan.space))
        self._loss = u(LOSSES.index(architecture.loss))
        self._kinds = (self._loss, u(OPTIMIZERS.index(optimizer)), np.int32(architecture.biased))
        self._launchers: dict[str, Launcher] = {}
        self._arrays: dict[str, DeviceArray] = {}

    def bytes_of(self, networks: int) -> int:
        return 4 * networks * self._plan.length

    def scratch_bytes(self, networks: int, rows: int) -> tuple[int, ...]:
        inputs = -(-self._architecture.sizes[0] // self._panel) * self._panel
        staged = (4 * rows * size for size in (inputs, inputs, self._architecture.sizes[-1]))
        space = max(self._plan.space, self._fixed.space if self._fixed else 0)
        return 4 * networks * space, *staged

    def measured_bytes(self) -> int:
        return 4 * self._parts(self._backend.compute_units) * (self._plan.length + self._plan.space)

    def laid_out(self, theta: Float32s) -> Float32s:
        return self._plan.packed(theta)

    def read(self, array: DeviceArray, networks: int) -> Float32s:
        return self._plan.unpacked(self._backend.to_host(array)[:networks])

    def steps(self, theta: DeviceArray, moments: Moments, networks: int, batch: Batch, step: int, rates: DeviceArray,
              dials: Rates, keys: tuple[np.uint32, np.uint32]) -> None:  # fmt: skip
        u, repeated = np.uint32, batch.advance == 0
        if self._fixed and self._fixed.takes(batch.size, dials):
            arrays = (theta, *moments, self._hold("scratch", networks * self._fixed.space))
            self._fixed.steps(arrays, networks, batch, rates, (self._table, self._shape[1]), self._kinds, dials)
            return
        staged = self._stage(batch.x, batch.t, batch.order, 1 if repeated else batch.count, batch.size)
        scratch = self._hold("scratch", networks * self._plan.space)
        if self._shared:
            given = (theta, *moments, scratch, *staged, rates)
            numbers = (*self._shape, u(self._plan.gradient_at), u(batch.size), u(not repeated), u(step), *self._kinds,
                       *dials, *keys)  # fmt: skip
            self._shared.steps(networks, batch, given, (self._table, *numbers), clipped=bool(dials[4] > 0))
            return
        self._kernel("steps")(networks, theta, *moments, scratch, *staged, rates, self._table, *self._shape,
                              u(self._plan.gradient_at), u(batch.size), u(self._block), u(not repeated), u(step),
                              u(batch.count), *self._kinds, *dials, *keys)  # fmt: skip

    def gradient(self, theta: DeviceArray, networks: int, x: DeviceArray, t: DeviceArray) -> Float32s:
        u, n, length = np.uint32, x.shape[0], self._plan.length
        parts = self._parts(-(-n // self._block))
        g = self._backend.zeros((networks * parts, length))
        scratch = self._hold("scratch", networks * parts * self._plan.space)
        self._kernel("gradient")(networks * parts, theta, g, scratch, *self._stage(x, t, None, 1, n), self._table,
                                 *self._shape, u(n), u(self._block), u(parts), self._loss, self._kinds[2])  # fmt: skip
        with np.errstate(all="ignore"):
            summed = self._backend.to_host(g).reshape(networks, parts, length).sum(1, dtype=np.float64)
            return self._plan.unpacked(summed.astype(np.float32))

    def measure(
        self, theta: DeviceArray, networks: int, x: DeviceArray, t: DeviceArray
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        sums, hits = (self._backend.zeros((-(-x.shape[0] // self._block), networks)) for _ in range(2))
        self._measure(theta, networks, x, t, sums, hits, self._hold("none", 1), keep=0)
        with np.errstate(all="ignore"):
            loss, right = (self._backend.to_host(one).sum(0, dtype=np.float64) for one in (sums, hits))
        return loss, right

    def outputs(self, theta: DeviceArray, networks: int, x: DeviceArray) -> Float32s:
        out, none = self._backend.zeros((x.shape[0], self._architecture.sizes[-1], networks)), self._hold("none", 1)
        t = self._backend.zeros(out.shape[:2])
        self._measure(theta, networks, x, t, none, none, out, keep=1)
        return np.ascontiguousarray(np.moveaxis(self._backend.to_host(out), -1, 0))

    def _measure(self, theta: DeviceArray, networks: int, x: DeviceArray, t: DeviceArray, *arrays: DeviceArray,
                 keep: int) -> None:  # fmt: skip
        u, n = np.uint32, x.shape[0]
        space = self._plan.gradient_at  # there is none
        items = min(networks * -(-n // self._block), (256 if self._backend.is_gpu else 4) * self._backend.compute_units)
        items = max(1, min(items, SPARE_BYTES // (4 * space)))
        scratch = self._hold("scratch", items * space)
        h, _, targets = self._stage(x, t, None, 1, n)
        self._kernel("measure")(items, theta, scratch, h, targets, *arrays, self._table, *self._shape[:2], u(space),
                                u(networks), u(n), u(self._block), self._loss, np.int32(keep))  # fmt: skip

    def _parts(self, blocks: int) -> int:
        """Work-items of one network's gradient over so many blocks of samples, whatever else there is to be done."""
        return max(1, min(blocks, self._backend.compute_units, SPARE_BYTES // (4 * self._plan.space)))

    def _stage(self, x: DeviceArray, t: DeviceArray, order: DeviceArray | None, steps: int, size: int
               ) -> tuple[DeviceArray, DeviceArray, DeviceArray]:  # fmt: skip
        """`steps` batches of `size` rows as the kernels read them: signals, turned signals, targets."""
        u, panel = np.uint32, self._panel
        dimension, classes = self._architecture.sizes[0], self._architecture.sizes[-1]
        groups, panels = -(-size // panel), -(-dimension // panel)
        h = self._hold("h0", steps * groups * panel * dimension)
        p = self._hold("p0", steps * groups * panel * panels * panel)
        targets = self._hold("targets", steps * groups * panel * classes)
        given = order if order is not None else self._hold("no order", 1, np.uint32)
        pairs = steps * groups
        items = pairs if self._backend.is_gpu else min(pairs, 4 * self._backend.compute_units)
        self._kernel("stage")(items, x, t, given, h, p, targets, u(dimension), u(classes), u(size),
                              np.int32(order is not None), u(pairs))  # fmt: skip
        return h, p, targets

    def _hold(self, name: str, size: int, dtype: type = np.float32) -> DeviceArray:
        """A device array that is kept from call to call while it is large enough."""
        if name not in self._arrays or self._arrays[name].shape[0] < size:
            self._arrays.pop(name, None)
            self._arrays[name] = self._backend.zeros(size, dtype)
        return self._arrays[name]

    def _kernel(self, name: str) -> Launcher:
        if name not in self._launchers:
            self._launchers[name] = self._launch("mlp_stage" if name == "stage" else "mlp_solo", name)
        return self._launchers[name]

    def _launch(self, file: str, name: str) -> Launcher:
        return self._backend.kernel(file, name, ACTIVATION=ACTIVATIONS.index(self._architecture.activation))
