"""Many small perceptrons trained side by side, in numba: the kernels of mlp_lanes.cl, same names, numbers and meaning.

A tile is one network here: theta[network][parameter][1]. Within a network the samples of a batch stand side by side:
h[row][sample], the inputs' rows first, then each layer's. The elementary steps of a batch are in mlp_network.py.
"""

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from kernels.mlp_network import back, descend, forward, loss_slopes, losses, rows_of

Array = NDArray[Any]


@njit(cache=True, parallel=True, error_model="numpy")
def _steps(theta, first, second, x, t, rates, sizes, kinds, batch, advance, step, n, dials, key0, key1):
    rows = rows_of(sizes)
    for network in prange(theta.shape[0]):
        h, slope = np.empty((rows, batch), np.float32), np.empty((rows, batch), np.float32)
        g = np.empty(theta.shape[1], np.float32)
        for k in range(n):
            some = slice(k * advance, k * advance + batch)
            forward(theta[network], x[some], sizes, kinds, h, slope, dials[5], step + k, network, key0, key1)
            loss_slopes(h, t[some], sizes, kinds, slope, np.float32(1) / np.float32(batch))
            back(theta[network], sizes, kinds, h, slope, g)
            descend(theta[network], first[network], second[network], g, sizes, kinds, dials, rates[k])


@njit(cache=True, parallel=True, error_model="numpy")
def _gradient(theta, x, t, g, sizes, kinds):
    rows, n = rows_of(sizes), x.shape[0]
    for network in prange(theta.shape[0]):
        h, slope = np.empty((rows, n), np.float32), np.empty((rows, n), np.float32)
        forward(theta[network], x, sizes, kinds, h, slope, np.float32(1), 0, network, 0, 0)
        loss_slopes(h, t, sizes, kinds, slope, np.float32(1) / np.float32(n))
        back(theta[network], sizes, kinds, h, slope, g[network])


@njit(cache=True, parallel=True, error_model="numpy")
def _measure(theta, x, t, sums, hits, outputs, sizes, kinds, chunk, keep):
    rows, n = rows_of(sizes), x.shape[0]
    chunks = (n + chunk - 1) // chunk
    for item in prange(theta.shape[0] * chunks):
        network, at = item // chunks, item % chunks
        some = slice(at * chunk, min(n, (at + 1) * chunk))
        width = some.stop - some.start
        h, slope = np.empty((rows, width), np.float32), np.empty((rows, width), np.float32)
        forward(theta[network], x[some], sizes, kinds, h, slope, np.float32(1), 0, network, 0, 0)
        if keep:
            for s in range(width):
                for c in range(sizes[-1]):
                    outputs[some.start + s, c, network] = h[rows - sizes[-1] + c, s]
        else:
            sums[at, network], hits[at, network] = losses(h, t[some], sizes, kinds)


def _flat(array: Array) -> Array:
    """Without the lane, and contiguous."""
    return array.reshape(array.shape[:-1])


def _shaped(x: Array, t: Array, sizes: Array) -> tuple[Array, Array]:
    return x.reshape(-1, int(sizes[0])), t.reshape(-1, int(sizes[-1]))


def steps(size: int, theta: Array, first: Array, second: Array, scratch: Array, x: Array, t: Array, rates: Array,
          sizes: Array, layers: int, parameters: int, batch: int, advance: int, step: int, n: int, loss: int,
          rule: int, biased: int, rate: Any, momentum: Any, epsilon: Any, decay: Any, clip: Any, keep: Any, key0: Any,
          key1: Any, ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """n steps from `step` on."""
    x, t = _shaped(x, t, sizes)
    kinds = np.array([ACTIVATION, loss, rule, biased], np.int64)
    dials = np.array([rate, momentum, epsilon, decay, clip, keep], np.float32)
    _steps(_flat(theta), _flat(first), _flat(second), x, t, rates, sizes.astype(np.int64), kinds, int(batch),
           int(advance), int(step), int(n), dials, key0, key1)  # fmt: skip


def gradient(size: int, theta: Array, g: Array, scratch: Array, x: Array, t: Array, sizes: Array, layers: int,
             parameters: int, n: int, loss: int, biased: int, ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """g = dL/dtheta over n samples."""
    x, t = _shaped(x, t, sizes)
    kinds = np.array([ACTIVATION, loss, 0, biased], np.int64)
    _gradient(_flat(theta), x[: int(n)], t[: int(n)], _flat(g), sizes.astype(np.int64), kinds)


def measure(size: int, theta: Array, scratch: Array, x: Array, t: Array, sums: Array, hits: Array, outputs: Array,
            sizes: Array, layers: int, parameters: int, tiles: int, n: int, chunk: int, loss: int, keep: int,
            ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """Sums of the losses and counts of right answers of each chunk of samples; or, keep 1, outputs."""
    x, t = _shaped(x, t if not keep else np.zeros((x.shape[0], int(sizes[-1])), np.float32), sizes)
    kinds = np.array([ACTIVATION, loss, 0, 0], np.int64)
    count = int(tiles)
    _measure(_flat(theta[:count]), x[: int(n)], t[: int(n)], _flat(sums), _flat(hits), _flat(outputs),
             sizes.astype(np.int64), kinds, int(chunk), bool(keep))  # fmt: skip
