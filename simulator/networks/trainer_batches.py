"""What each step trains on: rows of a data set in an order that nobody stores, or of a stream of fresh samples."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from kernels import mlp_batches
from simulator.backends.base import AbstractBackend, DeviceArray
from simulator.networks.datasets.base import Dataset

RUN: Final = 1024
"""Places of one work-item of the kernel `order`."""
STAGED_BYTES: Final = 2**20
MAX_STEPS: Final = 4096
"""Steps of one launch at most."""
SMALL: Final = 256
"""Data below this many samples take twice the rounds, so that all pairs of neighbours are equally likely."""
Stream = Callable[[int, int], tuple[DeviceArray, DeviceArray]]
"""stream(first step, count): the batches of steps first to first + count - 1 as device arrays, float32 and row-major: x
of count * batch rows by dimension, t of as many by outputs. It may hand out the same arrays again at the next call."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`count` batches of `size` rows on the device. That of step k begins at row k * advance of x and t or, where there
    is an order, has the rows that it names from place k * advance on."""

    x: DeviceArray
    t: DeviceArray
    size: int
    advance: int
    count: int
    order: DeviceArray = None


def batch_indices(seed: int, samples: int, batch: int, first: int, count: int = 1) -> NDArray[np.uint32]:
    """The samples of steps first to first + count - 1: (count, min(batch, samples)).

    Places run on over the epochs: place p of the endless stream is element p mod samples of permutation p // samples, a
    keyed Feistel network that is walked until it is inside the data (Black and Rogaway 2002, CT-RSA). A batch of all
    samples or more is all of them in their order.
    """
    size = min(batch, samples)
    out = np.tile(np.arange(size, dtype=np.uint32), (count, 1))
    if size < samples:
        mlp_batches.order(1, out, *_numbers(seed, samples, first * size, count * size))
    return out


def _numbers(seed: int, samples: int, start: int, count: int) -> tuple[np.uint32, ...]:
    """The kernel's scalars for `count` places from `start` on."""
    across = max(1, math.isqrt(samples - 1) + 1)
    rounds = 12 if samples < SMALL else 6
    words = (count, samples, across, -(-samples // across), (2**32 - 1) // across, rounds, start & 0xFFFFFFFF,
             start >> 32 & 0xFFFFFFFF, seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF)  # fmt: skip
    return tuple(np.uint32(word) for word in words)


def at_once(dataset: Dataset, batch: int, streamed: bool) -> tuple[int, int]:
    """Rows of a batch, and the most batches that one launch takes."""
    size = batch if streamed else min(batch, len(dataset.x))
    row = 4 * (dataset.dimension + dataset.outputs)
    return size, min(MAX_STEPS, max(1, STAGED_BYTES // (row * size)))


@final
class Batches:
    """Batches of `batch` samples of `dataset` (all of them where there are no more), or what a stream makes."""

    def __init__(
        self,
        backend: AbstractBackend,
        dataset: Dataset,
        batch: int,
        seed: int,
        stream: Stream | None = None,
        gathers: bool = True,
    ) -> None:
        """gathers: whether rows are copied next to each other, or an order is enough."""
        samples, row = len(dataset.x), 4 * (dataset.dimension + dataset.outputs)
        self.size, self.most = at_once(dataset, batch, stream is not None)
        self.whole = stream is None and self.size == samples
        copied = 0 if self.whole or stream is not None or not gathers else row * self.size * self.most
        backend.require(4 * dataset.x.size, 4 * dataset.t.size, copied)
        self._gathers = gathers
        self._backend, self._seed, self._stream, self._samples = backend, seed, stream, samples
        self.x, self.t = (backend.array(np.asarray(each, np.float32)) for each in (dataset.x, dataset.t))
        self._sizes = (np.uint32(dataset.dimension), np.uint32(dataset.outputs))
        if self.whole or stream is not None:
            return
        rows = self.size * self.most
        self._order = backend.zeros(rows, np.uint32)
        self._choose, self._gather = (backend.kernel("mlp_batches", name) for name in ("order", "gather"))
        if gathers:
            self._xs, self._ts = (backend.zeros((rows, n)) for n in (dataset.dimension, dataset.outputs))

    def take(self, first: int, count: int) -> Batch:
        """Batches of steps `first` to at most first + count - 1, made on the device."""
        if self.whole:
            return Batch(self.x, self.t, self.size, 0, min(count, MAX_STEPS))
        count = min(count, self.most)
        if self._stream is not None:
            return Batch(*self._stream(first, count), self.size, self.size, count)
        rows = count * self.size
        self._choose(-(-rows // RUN), self._order, *_numbers(self._seed, self._samples, first * self.size, rows))
        if not self._gathers:
            return Batch(self.x, self.t, self.size, self.size, count, self._order)
        items = rows if self._backend.is_gpu else min(rows, 4 * self._backend.compute_units)
        arrays: tuple[Any, ...] = (self._order, self.x, self.t, self._xs, self._ts)
        self._gather(items, *arrays, np.uint32(rows), *self._sizes)
        return Batch(self._xs, self._ts, self.size, self.size, count)
