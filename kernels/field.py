"""The random Gaussian field in numba: the kernels of field.cl with ACROSS_WALKERS 1, same names and meaning.

Layout: k[sample][1][row][feature], all features of a component side by side; b[sample][feature]; states
[tile][row][walker of the tile]. From BLAS_SIZE components on, phases and gradients are numpy's matrix products.
"""

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from kernels.descend import descend, start_tile
from kernels.philox import STREAM_BATCH, STREAM_DISORDER, philox, uniform01
from kernels.vector import cos_slope_turns

FREQUENCIES, BIASES = 16, 17
BLAS_SIZE = 500
_SPAN = 256
_1 = np.float32(1.0)
_SUM = {"reassoc", "contract", "nsz"}  # NaN and infinity survive
Array = NDArray[Any]


@njit(cache=True, error_model="numpy")
def _drop(slopes, first, keep, step, walker, key0, key1):
    """Keep each slope (of the features from `first` on, a multiple of 32) with probability keep, divided by it."""
    weight = _1 / keep
    for block in range(0, slopes.size, 32):
        for lane in range(8):
            words = philox(step, walker, (first + block) // 4 + lane, STREAM_BATCH, key0, key1)
            for w in range(4):
                kept = uniform01(words[w]) < keep
                slopes[block + 8 * w + lane] *= weight if kept else np.float32(0.0)


@njit(cache=True, fastmath=_SUM, error_model="numpy")
def _sums(k, b, x, g, energy, keep, step, walker, key0, key1):
    """Raw sums of one tile over the features of k[row][feature]: energy[W] and g[row][W]."""
    rows, features = k.shape
    width = x.shape[1]
    slopes, cosines = np.empty((width, _SPAN), np.float32), np.empty(_SPAN, np.float32)
    g[:] = np.float32(0.0)
    energy[:] = np.float32(0.0)
    for first in range(0, features, _SPAN):
        span = min(_SPAN, features - first)
        for w in range(width):
            p = slopes[w, :span]
            for f in range(span):
                p[f] = b[first + f]
            for i in range(rows):
                a = x[i, w]
                for f in range(span):
                    p[f] += a * k[i, first + f]
            cos_slope_turns(p, cosines)
            total = np.float32(0.0)
            for f in range(span):
                total += cosines[f]
            energy[w] += total
            if keep < _1:
                _drop(p, first, keep, step, walker + w, key0, key1)
        for i in range(rows):
            for w in range(width):
                total = np.float32(0.0)
                for f in range(span):
                    total += k[i, first + f] * slopes[w, f]
                g[i, w] += total


@njit(parallel=True, cache=True)
def _draw(k, b, levels, size, deviation, first, key0, key1):
    eights = (size + 7) // 8
    features = b.shape[1]
    for item in prange(b.size):
        sample, feature = item // features, item % features
        for eight in range(eights):
            words = philox(FREQUENCIES, first + sample, feature * eights + eight, STREAM_DISORDER, key0, key1)
            for j in range(min(8, size - 8 * eight)):
                level = levels[np.intp(words[j % 4] >> np.uint32(j // 4 * 16)) & 0xFFFF]
                k[sample, 8 * eight + j, feature] = deviation * level
        b[sample, feature] = uniform01(philox(BIASES, first + sample, feature, STREAM_DISORDER, key0, key1)[0])


def draw(
    size: int,
    k: Array,
    b: Array,
    levels: Array,
    packs: int,
    n: int,
    rows: int,
    deviation: np.float32,
    first: int,
    key0: int,
    key1: int,
    **_: Any,
) -> None:
    """Frequencies and biases of the samples from `first` on."""
    _draw(k[:, 0], b, levels, int(n), deviation, int(first), key0, key1)


@njit(parallel=True, cache=True)
def _start(x, xi, kind, size, tiles, replicas, key0, key1):
    for tile in prange(x.shape[0]):
        start_tile(x[tile], xi, kind, size, tile // tiles * replicas, tile % tiles * x.shape[2], key0, key1, False)


def start(
    work: int,
    x: Array,
    xi: Array,
    kind: int,
    size: int,
    rows: int,
    tiles: int,
    replicas: int,
    stride: int,
    key0: int,
    key1: int,
    **_: Any,
) -> None:
    """The start of every walker."""
    _start(x, xi, int(kind), int(size), int(tiles), int(replicas), key0, key1)


@njit(parallel=True, cache=True)
def _parts(k, b, x, e, g, tiles, replicas, keep, step, key0, key1):
    for tile in prange(x.shape[0]):
        sample = tile // tiles
        _sums(
            k[sample],
            b[sample],
            x[tile],
            g[tile],
            e[tile],
            keep,
            step,
            sample * replicas + tile % tiles * x.shape[2],
            key0,
            key1,
        )


@njit(parallel=True, cache=True)
def _slopes(phases, energy, keep, step, walker, key0, key1):
    """phases[walker][feature] into slopes, in place, and energy[walker]."""
    for w in prange(phases.shape[0]):
        cosines = np.empty(_SPAN, np.float32)
        energy[w] = np.float32(0.0)
        for first in range(0, phases.shape[1], _SPAN):
            p = phases[w, first : first + _SPAN]
            cos_slope_turns(p, cosines)
            energy[w] += np.sum(cosines[: p.size])
            if keep < _1:
                _drop(p, first, keep, step, walker + w, key0, key1)


def _by_blas(
    k: Array,
    b: Array,
    x: Array,
    e: Array,
    g: Array,
    tiles: int,
    replicas: int,
    keep: np.float32,
    step: int,
    key0: int,
    key1: int,
) -> None:
    """_parts with matrix products, sample after sample."""
    _, rows, width = x.shape
    for sample in range(b.shape[0]):
        mine = slice(sample * tiles, (sample + 1) * tiles)
        phases = x[mine].transpose(0, 2, 1).reshape(tiles * width, rows) @ k[sample]
        phases += b[sample]
        _slopes(phases, e[mine].reshape(-1), keep, step, sample * replicas, key0, key1)
        g[mine] = (phases @ k[sample].T).reshape(tiles, width, rows).transpose(0, 2, 1)


def part(
    work: int,
    k: Array,
    b: Array,
    x: Array,
    e: Array,
    g: Array,
    packs: int,
    rows: int,
    tiles: int,
    replicas: int,
    stride: int,
    parts: int,
    keep: np.float32,
    step: int,
    key0: int,
    key1: int,
    **_: Any,
) -> None:
    """Raw sums of every tile: e and g."""
    sums = _by_blas if rows >= BLAS_SIZE else _parts
    sums(
        k[:, 0],
        b,
        x,
        e.reshape(x.shape[0], -1),
        g.reshape(x.shape),
        int(tiles),
        int(replicas),
        keep,
        int(step),
        key0,
        key1,
    )


@njit(parallel=True, cache=True)
def _join(x, v, m2, x0, xi, e, g, dials, trace, scale, size, tiles, replicas, step, since, key0, key1):
    for tile in prange(x.shape[0]):
        walker, width = tile // tiles * replicas + tile % tiles * x.shape[2], x.shape[2]
        descend(
            x[tile],
            v[tile],
            m2[tile],
            x0[tile],
            xi,
            g[tile],
            e[tile],
            scale,
            size,
            walker,
            step,
            since,
            key0,
            key1,
            dials,
            trace,
            tile * width,
            False,
        )


@njit(parallel=True, cache=True)
def _walk(k, b, x, v, m2, x0, xi, g, dials, trace, scale, size, tiles, replicas, keep, step, since, key0, key1):
    for tile in prange(x.shape[0]):
        sample, width = tile // tiles, x.shape[2]
        walker = sample * replicas + tile % tiles * width
        energy = np.empty(width, np.float32)
        for n in range(trace.shape[0]):
            _sums(k[sample], b[sample], x[tile], g[tile], energy, keep, step + n, walker, key0, key1)
            descend(
                x[tile],
                v[tile],
                m2[tile],
                x0[tile],
                xi,
                g[tile],
                energy,
                scale,
                size,
                walker,
                step + n,
                since,
                key0,
                key1,
                dials,
                trace[n],
                tile * width,
                False,
            )


def walk(
    work: int,
    k: Array,
    b: Array,
    x: Array,
    v: Array,
    m2: Array,
    x0: Array,
    xi: Array,
    g: Array,
    dials: Array,
    trace: Array,
    scale: np.float32,
    size: int,
    packs: int,
    rows: int,
    tiles: int,
    replicas: int,
    stride: int,
    keep: np.float32,
    steps: int,
    step: int,
    since: int,
    key0: int,
    key1: int,
    **_: Any,
) -> None:
    """`steps` steps from `step` on; trace[steps][4][slots]."""
    size, tiles, replicas, step, since = int(size), int(tiles), int(replicas), int(step), int(since)
    slopes = g.reshape(x.shape)
    if rows < BLAS_SIZE:
        _walk(
            k[:, 0],
            b,
            x,
            v,
            m2,
            x0,
            xi,
            slopes,
            dials,
            trace[:steps],
            scale,
            size,
            tiles,
            replicas,
            keep,
            step,
            since,
            key0,
            key1,
        )
        return
    energy = np.empty((x.shape[0], x.shape[2]), np.float32)
    for n in range(int(steps)):
        _by_blas(k[:, 0], b, x, energy, slopes, tiles, replicas, keep, step + n, key0, key1)
        _join(
            x, v, m2, x0, xi, energy, slopes, dials, trace[n], scale, size, tiles, replicas, step + n, since, key0, key1
        )
