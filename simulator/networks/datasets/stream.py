"""An endless stream of images deformed on the device: no sample comes twice, as in infinite MNIST.

Loosli, Canu and Bottou 2007, "Training invariant support vector machines using selective sampling". Each sample is an
image of the training part, chosen at random and deformed by its own shift, rotation, stretch and elastic field; which,
is a function of (seed, step, number in the batch) alone. Kernels: deform.cl.
"""

from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend, DeviceArray
from simulator.networks.datasets.base import Dataset, Float32s, labels

STREAM_TRAINING: Final = np.uint32(32)
STREAM_TEST: Final = np.uint32(33)
"""The fourth word of the counters (philox.cl): what is drawn for training and for the test never meets."""
TEST_SAMPLES: Final = 1000
NODES: Final = 4
FIELDS: Final = 6 + 2 * NODES * NODES
HELD: Final = 3
"""Numbers of steps a call for which buffers are kept."""
_GROUP: Final = 4
_MARGIN: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class Deformation:
    """How far images are deformed; the defaults leave digits of 8 x 8 readable.

    shift: at most, in image sizes, even in both directions. turn: at most, in turns, even. stretch: of both axes, at
    most, even around 1. bend: standard deviation of the elastic displacement of each pixel, in image sizes.
    """

    shift: float = 0.08
    turn: float = 1 / 30
    stretch: float = 0.12
    bend: float = 0.04


@final
class DeformedStream:
    """Deformed training images of a data set, any batch of any step at once, and a fixed test set of held-out ones.

    dataset: of images with classes (digits-infinite). batch: samples a step. label_noise: the probability that a
    training label is drawn at random, anew for each sample. Owned by the simulation thread, as its backend is.
    """

    def __init__(
        self,
        backend: AbstractBackend,
        dataset: Dataset,
        batch: int,
        seed: int,
        label_noise: float = 0.0,
        deformation: Deformation | None = None,
    ) -> None:
        """Raises ValueError where there are no images or no classes, OutOfDeviceMemoryError."""
        if dataset.shape is None or not dataset.classes:
            raise ValueError("only images with classes can be deformed")
        if batch < 1:
            raise ValueError(f"batch {batch} must be at least 1")
        self.batch = batch
        self._training = _Source(backend, dataset, dataset.x, dataset.t, seed, deformation or Deformation())
        self._test = _Source(backend, dataset, dataset.x_test, dataset.t_test, seed, deformation or Deformation())
        self._backend, self._dataset, self._noise = backend, dataset, label_noise
        self._held: dict[int, tuple[_Rows, DeviceArray, DeviceArray]] = {}

    def stream(self, first_step: int, count: int) -> tuple[DeviceArray, DeviceArray]:
        """The batches of steps first_step to first_step + count - 1, one after the other, queued.

        Inputs (count * batch, dimension) and targets (count * batch, outputs), float32, row-major, in buffers that the
        next call with the same count fills again. Steps are numbered modulo 2^32.
        """
        rows, x, t = self._buffers(count)
        self._training.fill(rows, x, t, first_step, self.batch, STREAM_TRAINING, self._noise)
        return x, t

    def test(self, samples: int = TEST_SAMPLES) -> tuple[Float32s, Float32s]:
        """Inputs and targets of deformed held-out images, the same each time, labels true. Blocks."""
        dataset, backend = self._dataset, self._backend
        x, t = backend.zeros((samples, dataset.dimension)), backend.zeros((samples, dataset.outputs))
        self._test.fill(_Rows.of(backend, samples), x, t, 0, samples, STREAM_TEST, 0.0)
        return backend.to_host(x), backend.to_host(t)

    def tested(self, samples: int = TEST_SAMPLES) -> Dataset:
        """The data set with the deformed test set in place of the held-out images themselves."""
        x, t = self.test(samples)
        return replace(self._dataset, x_test=x, t_test=t)

    def _buffers(self, count: int) -> tuple["_Rows", DeviceArray, DeviceArray]:
        if count not in self._held:
            while len(self._held) >= HELD:
                del self._held[next(iter(self._held))]
            size, backend = count * self.batch, self._backend
            x, t = backend.zeros((size, self._dataset.dimension)), backend.zeros((size, self._dataset.outputs))
            self._held[count] = (_Rows.of(backend, size), x, t)
        return self._held[count]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Scratch of a fill: plan[FIELDS][stride] and source[stride], stride the number of rows rounded up to vectors."""

    count: int
    stride: int
    plan: DeviceArray
    source: DeviceArray

    @classmethod
    def of(cls, backend: AbstractBackend, count: int) -> "_Rows":
        stride = -(-count // backend.lanes) * backend.lanes
        return cls(count, stride, backend.zeros((FIELDS, stride)), backend.zeros(stride, np.uint32))


@final
class _Source:
    """Images on the device, and the kernels that deform them."""

    def __init__(
        self,
        backend: AbstractBackend,
        dataset: Dataset,
        x: Float32s,
        t: Float32s,
        seed: int,
        deformation: Deformation,
    ) -> None:
        assert dataset.shape is not None
        self._backend, self._outputs, self._count, self._classes = backend, dataset.outputs, len(x), dataset.classes
        self._height, self._width = dataset.shape
        blank = min(float(dataset.x.min()), float(dataset.x_test.min()))
        images = x.reshape(-1, self._height, self._width)
        self._images = backend.array(np.pad(images, ((0, 0), _MARGIN, _MARGIN), constant_values=blank))
        self._labels = backend.array(labels(t).astype(np.uint32))
        self._table = backend.array(_target_of_each_class(dataset))
        self._by = backend.array(bumps(self._height, self._height).astype(np.float32))
        padded = -(-self._width // backend.lanes) * backend.lanes
        self._bx = backend.array(np.ascontiguousarray(bumps(self._width, padded).T, np.float32))
        defines = {"HEIGHT": self._height, "WIDTH": self._width, "GROUP": _GROUP}
        self._plan = backend.kernel("deform", "plan", **defines)
        self._warp = backend.kernel("deform", "warp", **defines)
        reach = (deformation.shift, deformation.turn, deformation.stretch, deformation.bend)
        self._reach = tuple(np.float32(each) for each in reach)
        self._keys = np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32 & 0xFFFFFFFF)

    def fill(
        self, rows: _Rows, x: DeviceArray, t: DeviceArray, first: int, batch: int, stream: np.uint32, noise: float
    ) -> None:
        """Queue all rows: x and t of (rows.count, ...)."""
        sizes = [np.uint32(n) for n in (self._count, self._classes, self._outputs, rows.count, rows.stride)]
        place = np.uint32(first & 0xFFFFFFFF), np.uint32(batch), stream, np.float32(noise)
        lanes, pixels = self._backend.lanes, self._height * self._width
        self._plan(
            rows.stride // lanes, rows.plan, rows.source, t, self._labels, self._table, *sizes, *place, *self._reach,
            *self._keys,
        )  # fmt: skip
        items = rows.count * pixels if lanes == 1 else -(-rows.count // _GROUP)
        self._warp(
            items, x, self._images, rows.plan, rows.source, self._by, self._bx, np.uint32(rows.count),
            np.uint32(rows.stride),
        )  # fmt: skip


def bumps(pixels: int, padded: int) -> NDArray[np.float64]:
    """(padded, NODES): Gaussian bumps of a line of pixels around equidistant nodes, each pixel's of unit length.

    They are as wide as the nodes are apart, from the first pixel to the last; zeros from `pixels` on.
    """
    apart = max(pixels - 1, 1) / (NODES - 1)
    away = np.arange(pixels)[:, None] - apart * np.arange(NODES)
    bump = np.exp(-((away / apart) ** 2) / 2)
    out = np.zeros((padded, NODES))
    out[:pixels] = bump / np.linalg.norm(bump, axis=1, keepdims=True)
    return out


def _target_of_each_class(dataset: Dataset) -> Float32s:
    """table (classes, outputs): what the targets of a class look like (targets.targets_of)."""
    if dataset.outputs == 1:
        return np.array([[-1], [1]], np.float32)
    cold, hot = dataset.t.min(), dataset.t.max()
    return (cold + (hot - cold) * np.eye(dataset.classes)).astype(np.float32)
