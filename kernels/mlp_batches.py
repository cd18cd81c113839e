"""Which samples each step trains on, in numba: the same integers as mlp_batches.cl."""

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from kernels.philox import philox

STREAM_ORDER = np.uint32(20)
_32 = np.uint64(32)
Array = NDArray[Any]


@njit(cache=True)
def _mixed(value, key, below):
    h = np.uint32(np.uint32(value + key) * np.uint32(0x9E3779B1))
    h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    return np.uint32((np.uint64(h ^ (h >> np.uint32(13))) * np.uint64(below)) >> _32)


@njit(cache=True)
def _permuted(position, keys, across, down):
    """Element `position` of the keyed permutation of across * down numbers: a Feistel round for each key."""
    row, column = np.uint32(position // across), np.uint32(position % across)
    for i in range(0, keys.size, 2):
        column = np.uint32((column + _mixed(row, keys[i], across)) % across)
        row = np.uint32((row + _mixed(column, keys[i + 1], down)) % down)
    return np.uint32(row * across + column)


@njit(cache=True)
def _take_keys(keys, epoch, key0, key1):
    for call in range((keys.size + 3) // 4):
        words = philox(epoch, epoch >> _32, call, STREAM_ORDER, key0, key1)
        for i in range(min(4, keys.size - 4 * call)):
            keys[4 * call + i] = words[i]


@njit(cache=True)
def _order(out, samples, across, down, rounds, start, key0, key1):
    keys = np.empty(rounds, np.uint32)
    epoch = start // samples
    _take_keys(keys, epoch, key0, key1)
    for i in range(out.size):
        place = start + np.uint64(i)
        if place // samples != epoch:
            epoch = place // samples
            _take_keys(keys, epoch, key0, key1)
        found = _permuted(np.uint32(place % samples), keys, across, down)
        while found >= samples:
            found = _permuted(found, keys, across, down)
        out[i] = found


@njit(cache=True, parallel=True)
def _gather(order, x, t, xs, ts):
    for row in prange(order.size):
        xs[row] = x[order[row]]
        ts[row] = t[order[row]]


def order(size: int, out: Array, count: Any, samples: Any, across: Any, down: Any, reciprocal: Any,
          rounds: Any, low: Any, high: Any, key0: Any, key1: Any, **_: Any) -> None:  # fmt: skip
    """out[count]: the samples at the places from start = high * 2^32 + low on."""
    u, start = np.uint32, np.uint64((int(high) << 32) + int(low))
    _order(out.reshape(-1)[: int(count)], np.uint64(samples), u(across), u(down), int(rounds), start, u(key0), u(key1))


def gather(size: int, order: Array, x: Array, t: Array, xs: Array, ts: Array, count: int, dimension: int,
           outputs: int, **_: Any) -> None:  # fmt: skip
    """xs[count][dimension] and ts[count][outputs], the rows of x and t that `order` names."""
    n = int(count)
    _gather(order.reshape(-1)[:n], x, t, xs.reshape(-1, int(dimension)), ts.reshape(-1, int(outputs)))
