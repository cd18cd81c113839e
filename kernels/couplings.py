"""The couplings of the glass in numba: the kernels of couplings.cl, couplings [sample][32 blocks]."""

import math
from typing import Any

import numpy as np
from numba import njit, prange

from kernels.philox import STREAM_DISORDER, normal4

BLOCK = 32
ORDER_2, ORDER_3, ORDER_4 = 1, 2, 4
_FAST = {"reassoc", "contract", "nsz"}  # NaN and infinity survive
_0, _1 = np.float32(0.0), np.float32(1.0)


@njit(cache=True)
def blocks_of(i):
    """Blocks of one prefix with j <= i."""
    m = i // 4
    return m + 1 + m * m // 4


@njit(cache=True)
def _orderings(p, hi, ij, jk):
    count, run = (2.0, 6.0, 24.0)[p - 2], 1.0
    for one, equal in ((4, hi), (3, ij), (2, jk)):
        if p >= one:
            run = run + 1.0 if equal else 1.0
            count /= run
    return count


@njit(cache=True)
def _draw_prefix(c, p, h, i, block, sample, amplitude, key0, key1):
    for j in range(0, i + 1, 4):
        for k in range(0, j + 1, 8):
            for e in range(8):
                z = normal4(p, sample, block * 8 + e, STREAM_DISORDER, key0, key1)
                for r in range(4):
                    row, column = j + r, k + e
                    factor = _0
                    if row <= i and column <= row:
                        count = _orderings(p, h == i, i == row, row == column)
                        factor = np.float32(math.sqrt(count)) * amplitude
                    c[block * BLOCK + r * 8 + e] = factor * z[r]
            block += 1
    return block


@njit(parallel=True, cache=True)
def _draw(items, c, p, size, amplitude, key0, key1):
    for index in prange(items):
        item = np.int64(index)  # prange counts unsigned
        sample, first = (item, size - 1) if p == 2 else (item // size, item % size)
        block, below = 0, 0
        for h in range(first):
            below += blocks_of(h)
            block += below if p == 4 else blocks_of(h) if p == 3 else 0
        if p == 4:
            for i in range(first + 1):
                block = _draw_prefix(c[sample], p, first, i, block, sample, amplitude, key0, key1)
        else:
            _draw_prefix(c[sample], p, size, first, block, sample, amplitude, key0, key1)


@njit(cache=True)
def _hessian_prefix(c, block, i, weight, s, half, z):
    total = _0
    for k in range(s.size):
        z[k] = _0
    for j in range(0, i + 1, 4):
        for r in range(4):
            t = _0
            for k in range(j + 4):
                one = c[(block + k // 8) * BLOCK + r * 8 + k % 8]
                t += one * s[k]
                z[k] += one * s[j + r]
                half[j + r, k] += weight * one
            z[j + r] += t
            total += s[j + r] * t
        block += j // 8 + 1
    return total


@njit(cache=True)
def _hessian_part(part, c2, c3, c4, cuts, s, half, z, size, orders):
    for p in range(2, 5):
        if not (orders >> (p - 2)) & 1 or (p == 2 and part > 0):
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
            outer = s[h] if p == 4 else _1
            while i < end:
                inner = s[i] if p > 2 else _1
                total = _hessian_prefix(c, block, i, outer * inner, s, half, z)
                block += blocks_of(i)
                if p == 4:
                    half[h, i] += total
                for k in range(s.size):
                    if p > 2:
                        half[i, k] += outer * z[k]
                    if p == 4:
                        half[h, k] += inner * z[k]
                i += 1
            h += 1
            i = np.int64(0)


@njit(parallel=True, cache=True)
def _hessian(parts, c2, c3, c4, cuts, s, half, z, size, orders):
    for index in prange(parts):
        part = np.int64(index)
        _hessian_part(part, c2, c3, c4, cuts[part:], s, half[part], z[part], size, orders)


def draw(items: int, c: Any, p: Any, size: Any, blocks: Any, amplitude: Any, key0: Any, key1: Any, **_: Any) -> None:
    """Couplings of p spins."""
    _draw(items, c, int(p), int(size), np.float32(amplitude), key0, key1)


def hessian(items: int, c2: Any, c3: Any, c4: Any, cuts: Any, s: Any, half: Any, z: Any, size: Any, padded: Any,
            orders: Any, blocks2: Any, blocks3: Any, blocks4: Any, sample: Any, **_: Any) -> None:  # fmt: skip
    """Half of the Hessian of sum C s..s at s."""
    k = int(sample)
    _hessian(items, c2[k], c3[k], c4[k], cuts, s, half, z, int(size), int(orders))
