"""Philox4x32-10 in numba: the same integers as philox.cl, normals equal to a few ulp. Source: Salmon et al. 2011."""

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)

# The streams, as in philox.cl: what a random number is for.
STREAM_DISORDER = np.uint32(1)
STREAM_START = np.uint32(2)
STREAM_NATIVE = np.uint32(3)
STREAM_LANGEVIN = np.uint32(4)
STREAM_BATCH = np.uint32(8)


@njit(cache=True)
def philox(c0, c1, c2, c3, k0, k1):
    """Four random uint32 from counter (c0, c1, c2, c3) and key (k0, k1)."""
    c0, c1, c2, c3 = np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)
    k0, k1 = np.uint32(k0), np.uint32(k1)
    for _ in range(10):
        p0, p1 = _M0 * np.uint64(c0), _M1 * np.uint64(c2)
        c0, c1, c2, c3 = (
            np.uint32(np.uint32(p1 >> _32) ^ c1 ^ k0),
            np.uint32(p1 & _LOW),
            np.uint32(np.uint32(p0 >> _32) ^ c3 ^ k1),
            np.uint32(p0 & _LOW),
        )
        k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    return np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)


@njit(cache=True)
def uniform01(bits):
    """A uniform strictly inside (0, 1), float32."""
    return (np.float32(bits >> np.uint32(9)) + np.float32(0.5)) * np.float32(2.0**-23)


@njit(cache=True)
def normal4(c0, c1, c2, c3, k0, k1):
    """Four independent standard normals, float32 (Box-Muller on two pairs)."""
    w0, w1, w2, w3 = philox(c0, c1, c2, c3, k0, k1)
    m = math.sqrt(-2.0 * math.log(float(uniform01(w0))))
    n = math.sqrt(-2.0 * math.log(float(uniform01(w2))))
    u, v = 2.0 * math.pi * float(uniform01(w1)), 2.0 * math.pi * float(uniform01(w3))
    return (
        np.float32(m * math.cos(u)),
        np.float32(m * math.sin(u)),
        np.float32(n * math.cos(v)),
        np.float32(n * math.sin(v)),
    )


@njit(parallel=True, cache=True)
def _at_places(place, bits, uniforms, normals):
    for n in prange(place.shape[0]):
        p = place[n]
        w = philox(p[0], p[1], p[2], p[3], p[4], p[5])
        z = normal4(p[0], p[1], p[2], p[3], p[4], p[5])
        for i in range(4):
            bits[n, i] = w[i]
            uniforms[n, i] = uniform01(w[i])
            normals[n, i] = z[i]


def fill_bits(size: int, out: NDArray[Any]) -> None:
    """The known-answer probe, counter and key zero."""
    place = np.zeros((1, 6), np.uint32)
    spare = np.empty((1, 4), np.float32)
    _at_places(place, out.reshape(1, 4), spare, spare.copy())


def at_places(
    size: int, place: NDArray[Any], bits: NDArray[Any], uniforms: NDArray[Any], normals: NDArray[Any]
) -> None:
    """Bits, uniforms and normals at `size` places (c0, c1, c2, c3, k0, k1)."""
    _at_places(place[:size], bits, uniforms, normals)
