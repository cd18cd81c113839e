"""The p-spin glass in numba: the kernels of glass.cl under the same names, with the same arguments and packing.

Arrays take the place of pointers: x, v, m2, x0 [tile][padded][W], g and partial [tile][padded][W] (partial: part after
part), xi[sample][padded], couplings [sample][32 blocks], trace[step][4][slots], cuts[part][5]. W is 8 TILE
walkers or, with ACROSS_WALKERS 0, one.
"""

from typing import Any

import numpy as np
from numba import njit, prange

from kernels.couplings import BLOCK, blocks_of
from kernels.descend import (
    DIAL_BATCH,
    DIAL_OPTIMIZER,
    DIAL_ROUGHNESS,
    RULE_SGD,
    descend,
    native_state,
    start_tile,
)
from kernels.philox import STREAM_BATCH, philox

_FAST = {"reassoc", "contract", "nsz"}  # NaN and infinity survive
_0 = np.float32(0.0)
_ALL, _NONE = np.uint32(0xFFFFFFFF), np.uint32(0)


@njit(cache=True)
def _threshold(fraction):
    return min(max(int(fraction * np.float32(65536.0) + np.float32(0.5)), 1), 65536)


@njit(cache=True)
def _calls(threshold):
    needed = 16
    while needed > 1 and not (threshold >> (16 - needed)) & 1:
        needed -= 1
    return (needed + 3) // 4


@njit(cache=True)
def _keep_words(word, who, block, threshold, step, stream, key0, key1):
    """word[w]: which of 32 couplings are kept (see glass.cl); who[w] and block[w] are its walker and its block."""
    width = word.size
    undecided = np.empty(width, np.uint32)
    for w in range(width):
        word[w] = _NONE
        undecided[w] = _ALL
    for call in range(_calls(threshold)):
        left = _NONE
        for w in range(width):
            p = philox(step, who[w], block[w] * np.uint32(4) + np.uint32(call), stream, key0, key1)
            for plane in range(4):
                bit = _ALL if (threshold >> (15 - 4 * call - plane)) & 1 else _NONE
                differs = p[plane] ^ bit
                word[w] |= undecided[w] & differs & bit
                undecided[w] &= ~differs
            left |= undecided[w]
        if left == _NONE:
            break


@njit(cache=True, fastmath=_FAST)
def _prefix_walkers(c, block, i, weight, s, g, total):
    width = s.shape[1]
    w, t = np.empty((4, width), np.float32), np.empty((4, width), np.float32)
    for v in range(width):
        total[v] = _0
    for j in range(0, i + 1, 4):
        for r in range(4):
            for v in range(width):
                w[r, v] = weight[v] * s[j + r, v]
                t[r, v] = _0
        for k in range(j + 4):
            at = (block + k // 8) * BLOCK + k % 8
            c0, c1, c2, c3 = c[at], c[at + 8], c[at + 16], c[at + 24]
            for v in range(width):
                a = s[k, v]
                t[0, v] += c0 * a
                t[1, v] += c1 * a
                t[2, v] += c2 * a
                t[3, v] += c3 * a
                g[k, v] += c0 * w[0, v] + c1 * w[1, v] + c2 * w[2, v] + c3 * w[3, v]
        block += j // 8 + 1
        for r in range(4):
            for v in range(width):
                g[j + r, v] += weight[v] * t[r, v]
                total[v] += s[j + r, v] * t[r, v]


@njit(cache=True, fastmath=_FAST)
def _prefix_components(c, block, i, weight, s, g, total):
    t = np.empty((4, 8), np.float32)
    total[0] = _0
    for j in range(0, i + 1, 4):
        for r in range(4):
            for e in range(8):
                t[r, e] = _0
        w0, w1, w2, w3 = weight[0] * s[j], weight[0] * s[j + 1], weight[0] * s[j + 2], weight[0] * s[j + 3]
        for k in range(0, j + 1, 8):
            at = block * BLOCK
            for e in range(8):
                a, c0, c1, c2, c3 = s[k + e], c[at + e], c[at + 8 + e], c[at + 16 + e], c[at + 24 + e]
                t[0, e] += c0 * a
                t[1, e] += c1 * a
                t[2, e] += c2 * a
                t[3, e] += c3 * a
                g[k + e] += c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3
            block += 1
        for r in range(4):
            row = t[r, 0] + t[r, 1] + t[r, 2] + t[r, 3] + t[r, 4] + t[r, 5] + t[r, 6] + t[r, 7]
            g[j + r] += weight[0] * row
            total[0] += s[j + r] * row


@njit(cache=True, fastmath=_FAST)
def _prefix_batch(c, block, i, weight, s, g, total, kept, threshold, walker, step, stream, key0, key1):
    """A mini-batch, walkers or (width 1) components alike."""
    width = s.shape[1]
    group = width if width > 1 else 8
    w, t, u = np.empty((4, width), np.float32), np.empty((4, width), np.float32), np.empty((4, width), np.float32)
    word, who, place = np.empty(group, np.uint32), np.empty(group, np.uint32), np.empty(group, np.uint32)
    for v in range(group):
        who[v] = walker + v if width > 1 else walker
    known = -1
    for v in range(width):
        total[v] = _0
        kept[v] = _0
    for j in range(0, i + 1, 4):
        for r in range(4):
            for v in range(width):
                w[r, v] = weight[v] * s[j + r, v]
                t[r, v] = _0
                u[r, v] = _0
        for k8 in range(0, j + 1, 8):
            first = 0
            if width > 1:
                for v in range(width):
                    place[v] = block
                _keep_words(word, who, place, threshold, step, stream, key0, key1)
            else:
                first = block % 8
                if block // 8 != known:
                    known = block // 8
                    for v in range(8):
                        place[v] = known * 8 + v
                    _keep_words(word, who, place, threshold, step, stream, key0, key1)
            for k in range(k8, min(k8 + 8, j + 4)):
                for r in range(4):
                    one = c[block * BLOCK + r * 8 + k % 8]
                    bit = np.uint32(31 - 4 * (k % 8) - r)
                    for v in range(width):
                        mine = one if (word[first + v] >> bit) & np.uint32(1) else _0
                        t[r, v] += one * s[k, v]
                        u[r, v] += mine * s[k, v]
                        g[k, v] += mine * w[r, v]
            block += 1
        for r in range(4):
            for v in range(width):
                g[j + r, v] += weight[v] * u[r, v]
                total[v] += s[j + r, v] * t[r, v]
                kept[v] += s[j + r, v] * u[r, v]


@njit(cache=True, fastmath=_FAST)
def _one_prefix(c, block, i, weight, s, g, total, kept, threshold, walker, step, p, key0, key1):
    if threshold < 65536:
        stream = STREAM_BATCH + np.uint32(p)
        _prefix_batch(c, block, i, weight, s, g, total, kept, threshold, walker, step, stream, key0, key1)
        return
    if s.shape[1] > 1:
        _prefix_walkers(c, block, i, weight, s, g, total)
    else:
        _prefix_components(c, block, i, weight, s.reshape(-1), g.reshape(-1), total)
    for v in range(total.size):
        kept[v] = total[v]


@njit(cache=True, fastmath=_FAST)
def _gradient(c2, c3, c4, orders, cuts, two, x, g, energy, size, threshold, walker, step, key0, key1):
    """g and energy of sum C s..s for the prefixes between cuts[0] and cuts[1] (p = 2: if `two`); see glass.cl."""
    width = x.shape[1]
    weight, total, kept = np.ones(width, np.float32), np.empty(width, np.float32), np.empty(width, np.float32)
    top, whole, one = np.empty(width, np.float32), np.empty(width, np.float32), np.ones(width, np.float32)
    for v in range(width):
        energy[v] = _0
        for k in range(x.shape[0]):
            g[k, v] = _0
    for p in range(2, 5):
        if not (orders >> (p - 2)) & 1 or (p == 2 and not two):
            continue
        c = c2 if p == 2 else c3 if p == 3 else c4
        block, h, last = np.int64(0), np.int64(0), np.int64(0)
        i, rest = np.int64(size - 1), np.int64(size)
        if p == 3:
            i, block, rest = np.int64(cuts[0, 0]), np.int64(cuts[0, 1]), np.int64(cuts[1, 0])
        elif p == 4:
            h, i, block = np.int64(cuts[0, 2]), np.int64(cuts[0, 3]), np.int64(cuts[0, 4])
            last, rest = np.int64(cuts[1, 2]), np.int64(cuts[1, 3])
        while h < last or (h == last and i < rest):
            end = h + 1 if h < last else rest
            outer = x[h] if p == 4 else one
            for v in range(width):
                top[v] = _0
                whole[v] = _0
            while i < end:
                inner = x[i] if p > 2 else one
                for v in range(width):
                    weight[v] = outer[v] * inner[v]
                _one_prefix(c, block, i, weight, x, g, total, kept, threshold, walker, step, p, key0, key1)
                block += blocks_of(i)
                for v in range(width):
                    if p > 2:
                        g[i, v] += outer[v] * kept[v]
                    top[v] += inner[v] * kept[v]
                    whole[v] += inner[v] * total[v]
                i += 1
            for v in range(width):
                if p == 4:
                    g[h, v] += top[v]
                energy[v] += outer[v] * whole[v]
            h += 1
            i = np.int64(0)


@njit(parallel=True, cache=True)
def _native_states(samples, xi, size, key0, key1):
    for index in prange(samples):
        sample = np.int64(index)  # prange counts unsigned
        native_state(xi[sample], size, sample, key0, key1)


@njit(parallel=True, cache=True)
def _start(items, x, x0, xi, kind, size, tiles, replicas, key0, key1):
    for index in prange(items):
        tile = np.int64(index)  # prange counts unsigned
        sample = tile // tiles
        width = x.shape[2]
        start_tile(x[tile], xi[sample], kind, size, sample * replicas, tile % tiles * width, key0, key1, True)
        for i in range(x.shape[1]):
            for w in range(width):
                x0[tile, i, w] = x[tile, i, w]


@njit(cache=True)
def _tile(tile, part, c2, c3, c4, cuts, x, v, m2, x0, xi, g, energy, dials, trace, size, tiles, replicas, orders, step,
          n, since, key0, key1, sums, moves):  # fmt: skip
    """n steps of one tile: its gradient (if `sums`), or one part of it, then the update (if `moves`)."""
    sample, width = tile // tiles, x.shape[1]
    walker = sample * replicas + tile % tiles * width
    threshold = _threshold(dials[DIAL_BATCH]) if int(dials[DIAL_OPTIMIZER]) == RULE_SGD else 65536
    fraction = np.float32(threshold / 65536.0)
    for k in range(n):
        if sums:
            _gradient(c2[sample], c3[sample], c4[sample], orders, cuts[part:], part == 0, x, g, energy, size,
                      threshold, walker, step + k, key0, key1)  # fmt: skip
            for w in range(width):
                energy[w] *= fraction
        if moves:
            descend(x, v, m2, x0, xi[sample], g, energy, -dials[DIAL_ROUGHNESS] / fraction, size, walker, step + k,
                    since, key0, key1, dials, trace[k], tile * width, True)  # fmt: skip


@njit(parallel=True, cache=True)
def _run(items, c2, c3, c4, cuts, x, v, m2, x0, xi, g, energies, dials, trace, size, tiles, replicas, stride, orders,
         step, n, since, key0, key1, sums, moves):  # fmt: skip
    """Everything that steps: one function, for numba would compile the gradient anew for each."""
    for index in prange(items):
        item = np.int64(index)  # prange counts unsigned
        tile = item % stride
        _tile(tile, item // stride, c2, c3, c4, cuts, x[tile], v[tile], m2[tile], x0[tile], xi, g[item],
              energies[item], dials, trace, size, tiles, replicas, orders, step, n, since, key0, key1, sums,
              moves)  # fmt: skip


# The launchers' twins: the arguments of glass.cl, of which arrays make some redundant.


def native_states(items: int, xi: Any, size: Any, padded: Any, key0: Any, key1: Any, **_: Any) -> None:
    """xi[sample][padded]."""
    _native_states(items, xi, int(size), key0, key1)


def start(items: int, x: Any, x0: Any, xi: Any, kind: Any, size: Any, padded: Any, tiles: Any, replicas: Any,
          stride: Any, key0: Any, key1: Any, **_: Any) -> None:  # fmt: skip
    """x and x0 at the start."""
    _start(items, x, x0, xi, int(kind), int(size), int(tiles), int(replicas), key0, key1)


def steps(items: int, c2: Any, c3: Any, c4: Any, cuts: Any, x: Any, v: Any, m2: Any, x0: Any, xi: Any, g: Any,
          dials: Any, trace: Any, size: Any, padded: Any, tiles: Any, replicas: Any, stride: Any, orders: Any,
          blocks2: Any, blocks3: Any, blocks4: Any, step: Any, n: Any, since: Any, key0: Any, key1: Any,
          **_: Any) -> None:  # fmt: skip
    """n steps from `step` on, fused."""
    energies = np.empty((items, x.shape[2]), np.float32)
    _run(items, c2, c3, c4, cuts, x, v, m2, x0, xi, g, energies, dials, trace, int(size), int(tiles), int(replicas),
         int(stride), int(orders), int(step), int(n), int(since), key0, key1, True, True)  # fmt: skip


def parts(items: int, c2: Any, c3: Any, c4: Any, cuts: Any, x: Any, partial: Any, energies: Any, dials: Any,
          clock: Any, size: Any, padded: Any, tiles: Any, replicas: Any, stride: Any, orders: Any, blocks2: Any,
          blocks3: Any, blocks4: Any, key0: Any, key1: Any, **_: Any) -> None:  # fmt: skip
    """Partial gradients of step clock[0]."""
    xi, trace = np.empty((1, 1), np.float32), np.empty((1, 1, 1), np.float32)
    _run(items, c2, c3, c4, cuts, x, x, x, x, xi, partial, energies.reshape(items, -1), dials, trace, int(size),
         int(tiles), int(replicas), int(stride), int(orders), int(clock[0]), 1, 0, key0, key1, True,
         False)  # fmt: skip
    clock[1] = clock[0]


def update(items: int, x: Any, v: Any, m2: Any, x0: Any, xi: Any, partial: Any, energies: Any, dials: Any, trace: Any,
           clock: Any, size: Any, padded: Any, tiles: Any, replicas: Any, stride: Any, count: Any, first: Any,
           since: Any, key0: Any, key1: Any, **_: Any) -> None:  # fmt: skip
    """The step that `parts` prepared."""
    step, none, cuts = int(clock[1]), np.empty((1, 1), np.float32), np.empty((1, 5), np.uint32)
    g = partial.reshape(int(count), *x.shape[:1], -1, x.shape[2]).sum(axis=0)
    energy = energies.reshape(int(count), items, -1).sum(axis=0)
    _run(items, none, none, none, cuts, x, v, m2, x0, xi, g, energy, dials, trace[step - int(first) :], int(size),
         int(tiles), int(replicas), int(stride), 0, step, 1, int(since), key0, key1, False, True)  # fmt: skip
    clock[0] = step + 1


def evaluate(items: int, c2: Any, c3: Any, c4: Any, cuts: Any, x: Any, g: Any, energies: Any, size: Any, padded: Any,
             tiles: Any, stride: Any, orders: Any, blocks2: Any, blocks3: Any, blocks4: Any,
             **_: Any) -> None:  # fmt: skip
    """Energy and gradient of the glass at the points x: one part of a step without a mini-batch, with its sign."""
    key, clock, dials = np.uint32(0), np.zeros(2, np.uint32), np.zeros(16, np.float32)
    parts(items, c2, c3, c4, cuts, x, g, energies, dials, clock, size, padded, tiles, 0, stride, orders, 0, 0, 0, key,
          key)  # fmt: skip
    np.negative(g, out=g)
    np.negative(energies, out=energies)
