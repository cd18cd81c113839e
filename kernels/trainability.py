"""The trainability boundary in numba: the kernels of trainability.cl, same names and meaning, samples side by side."""

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from kernels.mlp_network import activate

_SUMS = {"reassoc", "contract"}
_CAP, _TAIL = 1e6, 20


@njit(cache=True, error_model="numpy")
def _settle(h, slope):
    """tanh and its slope, in the precision of h."""
    if h.itemsize == 4:
        activate(h, slope, 0)
    else:
        for s in range(h.size):
            value = math.tanh(h[s])
            h[s], slope[s] = value, 1 - value * value


@njit(cache=True, error_model="numpy", fastmath=_SUMS)
def _descend(w, v, h, slope, e, x, y, rate_w, rate_v):
    """One step of W and v, in place; returns the sum of e^2 before it. x[input][sample]."""
    width, samples = h.shape
    for s in range(samples):
        e[s] = -y[s]
    for i in range(width):
        h[i] = 0
        for j in range(width):
            weight = w[i, j]
            for s in range(samples):
                h[i, s] += weight * x[j, s]
        _settle(h[i], slope[i])
        for s in range(samples):
            e[s] += v[i] * h[i, s]
    loss = e[0] * e[0]
    for s in range(1, samples):
        loss += e[s] * e[s]
    for i in range(width):
        along = e[0] * h[i, 0]
        slope[i, 0] *= e[0]
        for s in range(1, samples):
            along += e[s] * h[i, s]
            slope[i, s] *= e[s]
        scale = rate_w * v[i]
        for j in range(width):
            total = slope[i, 0] * x[j, 0]
            for s in range(1, samples):
                total += slope[i, s] * x[j, s]
            w[i, j] -= scale * total
        v[i] -= rate_v * along
    return loss


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def _train(theta, trace, rates, start, x, y, first, n, steps):
    tiles, parameters, lanes = theta.shape
    width, samples = x.shape
    cap = theta.dtype.type(_CAP)
    for network in prange(tiles * lanes):
        tile, lane = network // lanes, network % lanes
        w, v = np.empty((width, width), theta.dtype), np.empty(width, theta.dtype)
        h, slope = np.empty((width, samples), theta.dtype), np.empty((width, samples), theta.dtype)
        e = np.empty(samples, theta.dtype)
        for i in range(parameters):
            value = theta[tile, i, lane] if first else start[i]
            if i < width * width:
                w[i // width, i % width] = value
            else:
                v[i - width * width] = value
        own = trace[tile, :, lane]
        for k in range(first, first + n):
            ratio = cap
            if v[0] == v[0]:  # where an output weight is NaN all stays NaN
                loss = _descend(w, v, h, slope, e, x, y, rates[tile, 0, lane], rates[tile, 1, lane])
                if k == 0:
                    own[0] = 1 / loss
                    own[1] = own[2] = own[3] = 0
                ratio = loss * own[0]
                ratio = ratio if ratio < cap else cap
            own[1] += ratio
            own[2] += 1 / ratio
            if k + _TAIL >= steps:
                own[3] += ratio
        for i in range(parameters):
            theta[tile, i, lane] = w[i // width, i % width] if i < width * width else v[i - width * width]


def train(size: int, theta: NDArray[Any], trace: NDArray[Any], rates: NDArray[Any], start: NDArray[Any],
          x: NDArray[Any], y: NDArray[Any], samples: int, first: int, n: int, steps: int, WIDTH: int = 16,
          DOUBLE: int = 0) -> None:  # fmt: skip
    """Steps first ... first + n - 1 of the first `size` tiles."""
    across = np.ascontiguousarray(x.reshape(-1, WIDTH)[: int(samples)].T)
    some = slice(0, int(size))
    _train(theta[some], trace[some], rates[some], start, across, y, int(first), int(n), int(steps))


def signal(size: int, x: NDArray[Any], out: NDArray[Any], **_: Any) -> None:
    """The activation alone, for tests."""
    out[...] = x
    _settle(out, np.empty_like(out))
