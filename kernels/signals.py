"""Signals through random networks in numba: the kernels of signals.cl, same names, places and meaning.

Weights of one layer and network are drawn into a matrix and multiplied by numpy. Arrays have the kernels' layout:
h[slot][network][point][padded], x[network][point][padded].
"""

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from kernels.philox import normal4, philox, uniform01

STREAM_WEIGHTS, STREAM_BIASES, STREAM_DROPOUT, STREAM_SIGNS = (np.uint32(n) for n in (16, 17, 18, 19))
ACTIVATIONS = ("tanh", "erf", "relu", "linear")
VALUE, TANGENT, BEND = 0, 1, 2
UNITS = np.uint32(0xFFFFFFFF)
_ONE, _ZERO = np.float32(1), np.float32(0)
Array = NDArray[Any]


@njit(cache=True, parallel=True)
def draw_weights(w, layer, network, key0, key1):
    """w[row][column] of one layer and network."""
    rows, columns = w.shape
    for i in prange(rows):
        for block in range((columns + 3) // 4):
            z = normal4(layer * 65536 + block, i, network, STREAM_WEIGHTS, key0, key1)
            for j in range(min(4, columns - 4 * block)):
                w[i, 4 * block + j] = z[j]


@njit(cache=True)
def draw_biases(b, layer, network, key0, key1):
    """b[row] of one layer and network."""
    for block in range((b.size + 3) // 4):
        z = normal4(layer * 65536 + block, 0, network, STREAM_BIASES, key0, key1)
        for j in range(min(4, b.size - 4 * block)):
            b[4 * block + j] = z[j]


@njit(cache=True)
def draw_mask(mask, layer, network, base, keep, key0, key1):
    """mask[row]: 1/keep with probability keep, else 0."""
    for row in range(mask.size):
        word = philox(layer * 65536 + row, base // 4, network, STREAM_DROPOUT, key0, key1)[base % 4]
        mask[row] = _ONE / keep if uniform01(word) < keep else _ZERO


@njit(cache=True, parallel=True, error_model="numpy")
def _activate(x, kind, out):
    """out[0], out[1], out[2] = phi, phi', phi'' of a one-dimensional x."""
    for i in prange(x.size):
        y = float(x[i])
        if kind == 0:
            t = math.tanh(y)
            slope = 1.0 - t * t
            bend = -2.0 * t * slope
        elif kind == 1:
            t = math.erf(y)
            slope = 2.0 / math.sqrt(math.pi) * math.exp(-y * y)
            bend = -2.0 * min(max(y, -1e18), 1e18) * slope
        elif kind == 2:
            t = 0.0 if y < 0.0 else y
            slope = 0.0 if y < 0.0 else (1.0 if y > 0.0 else y - y)
            bend = 0.0
        else:
            t, slope, bend = y, 1.0, 0.0
        out[0, i], out[1, i], out[2, i] = t, slope, bend


def activate(x: Array, kind: int) -> Array:
    """phi, phi', phi'' of x, float32 (3, ...)."""
    out = np.empty((3, x.size), np.float32)
    _activate(np.ascontiguousarray(x).reshape(-1), int(kind), out)
    return out.reshape(3, *x.shape)


@njit(cache=True, parallel=True)
def _reflect(y, n_first, n_last, step, layer, network, key0, key1):
    """Householder reflections n of the points y[point][row], in float32."""
    width = y.shape[1]
    normal = np.empty((width, width), np.float32)
    for n in prange(1, width + 1):
        for block in range((n + 3) // 4):
            z = normal4(layer * 65536 + block, n - 1, network, STREAM_WEIGHTS, key0, key1)
            for j in range(min(4, n - 4 * block)):
                normal[n - 1, 4 * block + j] = z[j]
    for p in prange(y.shape[0]):
        for n in range(n_first, n_last, step):
            v = normal[n - 1, :n]
            squares, dot = 0.0, 0.0
            for i in range(n):
                squares += v[i] * v[i]
                dot += v[i] * y[p, i]
            length, pivot = math.sqrt(squares), v[n - 1]
            add = -length if pivot < 0 else length
            by = (dot + add * y[p, n - 1]) / (length * (length + abs(pivot)))
            for i in range(n):
                y[p, i] -= np.float32(by * v[i])
            y[p, n - 1] -= np.float32(by * add)


def _signs(width: int, layer: int, network: int, key0: Any, key1: Any) -> Array:
    blocks = np.arange(width, dtype=np.uint32)
    place = np.zeros((width, 6), np.uint32)
    place[:, 0], place[:, 1], place[:, 2], place[:, 3] = int(layer) << 16, blocks, int(network), STREAM_SIGNS
    place[:, 4], place[:, 5] = key0, key1
    bits = np.empty(width, np.uint32)
    _first_words(place, bits)
    return np.where(bits >> 31, np.float32(-1), np.float32(1))


@njit(cache=True)
def _first_words(place, bits):
    for i in range(bits.size):
        p = place[i]
        bits[i] = philox(p[0], p[1], p[2], p[3], p[4], p[5])[0]


def _settle(h: Array, x: Array, gain: Array, offset: Array, kinds: Array, bases: Array, width: int, network: int,
            layer: int, given: bool, keep: Any, key0: Any, key1: Any, kind: int) -> None:  # fmt: skip
    """h[point][padded] from sums, and x[point][padded] of the next layer."""
    y = h[:, :width]
    with np.errstate(over="ignore", invalid="ignore"):
        if not given:
            bias = np.empty(width, np.float32)
            draw_biases(bias, layer, network, key0, key1)
            y *= gain[:, None]
            y[kinds == VALUE] += offset[kinds == VALUE, None] * bias
        values, slopes, bends = activate(y, kind)
        out = values
        rides = kinds != VALUE
        out[rides] = slopes[bases[rides]] * y[rides]
        bent = np.flatnonzero(kinds == BEND)
        out[bent] += bends[bases[bent]] * y[bent - 1] * y[bent - 1]
        if keep < 1:
            mask = np.empty(width, np.float32)
            for p in range(len(out)):
                draw_mask(mask, layer, network, int(bases[p]), np.float32(keep), key0, key1)
                out[p] *= mask
    x[:, :width] = out


def _matrix(store: Array, stored: int, layer: int, network: int, width: int, key0: Any, key1: Any) -> Array:
    """W[row][column] at unit variance: drawn, or number `stored - 1` of the stored layers [layer][network]."""
    if stored:
        return store[int(stored) - 1, network]
    w = np.empty((width, width), np.float32)
    draw_weights(w, int(layer), int(network), key0, key1)
    return w


def draw(size: int, store: Array, width: int, padded: int, networks: int, first: int, layers: int, key0: Any,
         key1: Any, **_: Any) -> None:  # fmt: skip
    """The weights of `layers` layers from `first` on, into store[layer][network][row][column]."""
    for layer in range(int(layers)):
        for network in range(int(networks)):
            draw_weights(store[layer, network], int(first) + layer, network, key0, key1)


def pack(size: int, h: Array, store: Array, width: int, padded: int, networks: int, index: int, **_: Any) -> None:
    """store[layer `index`] from W applied to the unit vectors."""
    store[index] = h.reshape(int(networks), -1, int(padded))[:, :, :width].transpose(0, 2, 1)


def carry(size: int, x: Array, h: Array, store: Array, gain: Array, offset: Array, kinds: Array, bases: Array,
          width: int, padded: int, networks: int, points: int, group: int, slot: int, stride: int, first: int,
          layers: int, index: int, keep: Any, key0: Any, key1: Any, ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """`layers` layers with stored weights, x in place."""
    for i in range(int(layers)):
        # fmt: off
        forward(size, x, h, x, store, gain, offset, kinds, bases, width, padded, networks, points,
                int(slot) + i * int(stride), int(first) + i, int(index) + i + 1, keep, key0, key1, ACTIVATION)
        # fmt: on


def forward(size: int, x: Array, h: Array, following: Array, store: Array, gain: Array, offset: Array, kinds: Array,
            bases: Array, width: int, padded: int, networks: int, points: int, slot: int, layer: int, stored: int,
            keep: Any, key0: Any, key1: Any, ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """One layer: sums, and settle them."""
    n = int(width)
    for network in range(int(networks)):
        w = _matrix(store, stored, layer, network, n, key0, key1)
        with np.errstate(over="ignore", invalid="ignore"):
            h[slot, network, :, :n] = x[network, :, :n] @ w.T
        _settle(h[slot, network], following[network], gain, offset, kinds, bases, n, network, int(layer), False, keep,
                key0, key1, ACTIVATION)  # fmt: skip


def place_inputs(size: int, x: Array, h: Array, kinds: Array, width: int, padded: int, networks: int, points: int,
                 ensembles: int, some: int, scale: Any, others: Any, **_: Any) -> None:  # fmt: skip
    """The inputs x[ensembles][some][padded], over and over, into slot 0 of h, times `scale` or, no VALUEs, `others`."""
    h[0].reshape(int(networks), -1, int(some), int(padded))[:] = x[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        h[0] *= np.where(kinds == VALUE, scale, others).astype(np.float32)[:, None]


def set_dials(size: int, gain: Array, offset: Array, points: int, sigma_w: Any, sigma_b: Any, **_: Any) -> None:
    """The same gain and offset for all points."""
    gain[:], offset[:] = sigma_w, sigma_b


def enter(size: int, h: Array, following: Array, gain: Array, offset: Array, kinds: Array, bases: Array, width: int,
          padded: int, networks: int, points: int, slot: int, layer: int, given: int, keep: Any, key0: Any, key1: Any,
          ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """settle() alone."""
    for network in range(int(networks)):
        _settle(h[slot, network], following[network], gain, offset, kinds, bases, int(width), network, int(layer),
                bool(given), keep, key0, key1, ACTIVATION)  # fmt: skip


def backward(size: int, g: Array, h: Array, store: Array, gain: Array, width: int, padded: int, networks: int,
             points: int, layer: int, stored: int, sums: int, keep: Any, key0: Any, key1: Any, ACTIVATION: int = 0,
             **_: Any) -> None:  # fmt: skip
    """Gradients of a layer's inputs from those of its outputs."""
    n = int(width)
    at = int(layer)
    for network in range(int(networks)):
        with np.errstate(over="ignore", invalid="ignore"):
            if not sums:
                w = _matrix(store, stored, layer, network, n, key0, key1)
                g[at - 1, network, :, :n] = g[at, network, :, :n] @ w
            out = g[at - 1, network, :, :n]
            out *= gain[:, None] * activate(h[at - 1, network, :, :n], ACTIVATION)[1]
            if keep < 1:
                mask = np.empty(n, np.float32)
                for p in range(int(points)):
                    draw_mask(mask, at - 1, network, p, np.float32(keep), key0, key1)
                    out[p] *= mask


def reflect(size: int, x: Array, h: Array, width: int, padded: int, networks: int, points: int, source: int,
            slot: int, layer: int, transposed: int, key0: Any, key1: Any, **_: Any) -> None:  # fmt: skip
    """h[slot] = W x[source] or W^T x[source] for orthogonal W, without the gain."""
    n = int(width)
    if source == UNITS:
        x = np.broadcast_to(np.eye(n, dtype=np.float32), (int(networks), n, n))
    else:
        x = x.reshape(-1, int(networks), int(points), int(padded))[source]
    for network in range(int(networks)):
        sign = _signs(n, layer, network, key0, key1)
        y = np.array(x[network, :, :n])
        if not transposed:
            y *= sign
        order = (n, 1, -1) if transposed else (2, n + 1, 1)
        _reflect(y, *order, int(layer), network, key0, key1)
        if transposed:
            y *= sign
        h[slot, network, :, :n] = y


def measure(size: int, h: Array, kinds: Array, out: Array, width: int, padded: int, items: int, points: int,
            measured: int, plain: int, ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """Sums over the rows of h^2, phi^2, phi'^2, phi'^4, phi''^2, phi phi''; or of h^2 and h h_before."""
    out = out.reshape(-1)[: 6 * int(items)].reshape(-1, int(measured), 6)
    y = h[..., :width].reshape(-1, int(points), int(width))[: len(out)]
    with np.errstate(over="ignore", invalid="ignore"):
        for here, to in zip(y, out, strict=True):
            for p in range(int(measured)):
                one = here[p].astype(np.float64)
                to[p] = 0
                to[p, 0] = one @ one
                if plain or kinds[p] != VALUE:
                    to[p, 1] = one @ here[max(p - 1, 0)].astype(np.float64)
                else:
                    v, s, b = activate(here[p], ACTIVATION).astype(np.float64)
                    to[p, 1:] = v @ v, s @ s, (s * s) @ (s * s), b @ b, v @ b


def compare(size: int, h: Array, pairs: Array, out: Array, width: int, padded: int, items: int, points: int,
            count: int, begin: int, ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """Sums over the rows of (h_a - h_b)^2 and phi'(h_a) phi'(h_b), into out from `begin` on."""
    out = out.reshape(-1)[int(begin) : int(begin) + 2 * int(items)].reshape(-1, int(count), 2)
    y = h[..., :width].reshape(-1, int(points), int(width))[: len(out)]
    a, b = pairs.reshape(-1, 2).T
    with np.errstate(over="ignore", invalid="ignore"):
        for here, to in zip(y, out, strict=True):
            slopes = activate(here, ACTIVATION)[1]
            to[:, 0] = np.sum((here[a] - here[b]).astype(np.float64) ** 2, axis=-1)
            to[:, 1] = np.sum(slopes[a] * slopes[b], axis=-1, dtype=np.float64)


def pick(size: int, h: Array, out: Array, count: int, networks: int, slot: int, **_: Any) -> None:
    """The pre-activations of slot `slot` and network 0."""
    out[:] = h[slot, 0].reshape(out.shape)


@njit(cache=True, parallel=True)
def _normals(out, key0, key1):
    for item in prange(out.shape[0]):
        for c in range(16):
            for r in range(16):
                z = normal4(65536 + item % 4 * 16 + c, item // 4 * 16 + r, 0, STREAM_WEIGHTS, key0, key1)
                for j in range(4):
                    out[item, (c * 2 + r // 8) * 32 + j * 8 + r % 8] = z[j]


def normals(size: int, out: Array, key0: Any, key1: Any, **_: Any) -> None:
    """out[item][1024]: normals in the order in which vectors of 8 lanes are stored."""
    _normals(out.reshape(-1, 1024)[:size], key0, key1)


def probe(size: int, x: Array, out: Array, count: int, ACTIVATION: int = 0, **_: Any) -> None:
    """phi, phi', phi'' of x."""
    out.reshape(3, -1)[:] = activate(x.reshape(-1), ACTIVATION)
