"""Deformed images in numba: the kernels of deform.cl, same names, places, layout and meaning."""

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from kernels.philox import normal4, philox, uniform01

NODES = 4
FIELDS = 6 + 2 * NODES * NODES
_1, _2 = np.float32(1), np.float32(2)
_32 = np.uint64(32)
Array = NDArray[Any]


@njit(cache=True)
def _within(bits, reach):
    return (_2 * uniform01(bits) - _1) * reach


@njit(cache=True)
def _below(bits, n):
    """A whole number from 0 to n - 1."""
    return (np.uint64(bits) * np.uint64(n)) >> _32


@njit(cache=True)
def _map(out, angle, down, along, shift_y, shift_x, i, j):
    """out[6]: the matrix, and what is added to it so that the centre (i, j) is only shifted."""
    c, s = np.float32(math.cos(2.0 * math.pi * angle)), np.float32(math.sin(2.0 * math.pi * angle))
    out[0], out[1], out[2], out[3] = c * down, -s * along, s * down, c * along
    out[4] = shift_y + (i - out[0] * i - out[1] * j)
    out[5] = shift_x + (j - out[2] * i - out[3] * j)


@njit(cache=True, parallel=True)
def _plan(plan, source, t, labels, table, rows, first, batch, stream, noise, reach, height, width, key0, key1):
    shift, turn, stretch, bend = reach
    classes, outputs = table.shape
    for row in prange(rows):
        step, sample = np.uint32(first + row // batch), np.uint32(row % batch)
        w0, w1, w2, w3 = philox(step, sample, 0, stream, key0, key1)
        v0, v1, v2, v3 = philox(step, sample, 1, stream, key0, key1)
        line = np.empty(6, np.float32)
        _map(
            line,
            _within(w3, turn),
            _1 + _within(v2, stretch),
            _1 + _within(v3, stretch),
            _within(v0, np.float32(shift * height)),
            _within(v1, np.float32(shift * width)),
            np.float32(0.5 * (height - 1)),
            np.float32(0.5 * (width - 1)),
        )
        for k in range(6):
            plan[k, row] = line[k]
        for draw in range(2 * NODES):
            g = normal4(step, sample, 2 + draw, stream, key0, key1)
            for k in range(4):
                plan[6 + 4 * draw + k, row] = g[k] * np.float32(bend * (height if draw < NODES else width))
        source[row] = _below(w0, labels.size)
        label = _below(w2, classes) if uniform01(w1) < noise else np.uint64(labels[source[row]])
        for k in range(outputs):
            t[row, k] = table[label, k]


@njit(cache=True)
def _look(image, y, x):
    """The image with its margins at (y, x), bilinear."""
    height, width = image.shape
    y = min(max(y, np.float32(0)), np.float32(height - 2))
    x = min(max(x, np.float32(0)), np.float32(width - 2))
    i, j = int(y), int(x)
    down, along = y - np.float32(i), x - np.float32(j)
    above = image[i, j] + along * (image[i, j + 1] - image[i, j])
    below = image[i + 1, j] + along * (image[i + 1, j + 1] - image[i + 1, j])
    return above + down * (below - above)


@njit(cache=True)
def _columns(field, plan, bx):
    """field[axis][node of the lines][column]."""
    for axis in range(2):
        for a in range(NODES):
            for j in range(field.shape[2]):
                field[axis, a, j] = np.float32(0)
                for b in range(NODES):
                    field[axis, a, j] += bx[b, j] * plan[6 + NODES * (NODES * axis + a) + b]


@njit(cache=True, parallel=True)
def _warp(x, images, plan, source, by, bx, rows):
    height, width = by.shape[0], x.shape[1] // by.shape[0]
    for row in prange(rows):
        image, p = images[source[row]], plan[:, row].copy()
        field = np.empty((2, NODES, width), np.float32)
        _columns(field, p, bx)
        for i in range(height):
            for j in range(width):
                y = p[4] + p[0] * np.float32(i) + p[1] * np.float32(j) + _1
                z = p[5] + p[2] * np.float32(i) + p[3] * np.float32(j) + _1
                for a in range(NODES):
                    y += by[i, a] * field[0, a, j]
                    z += by[i, a] * field[1, a, j]
                x[row, i * width + j] = _look(image, y, z)


def plan(size: int, plan: Array, source: Array, t: Array, labels: Array, table: Array, images: int, classes: int,
         outputs: int, rows: int, stride: int, first: int, batch: int, stream: int, noise: Any, shift: Any, turn: Any,
         stretch: Any, bend: Any, key0: Any, key1: Any, HEIGHT: int = 1, WIDTH: int = 1, **_: Any) -> None:  # fmt: skip
    """What is to be done to each row, and its target."""
    reach = (shift, turn, stretch, bend)
    _plan(plan, source, t, labels, table, int(rows), int(first), int(batch), stream, noise, reach, HEIGHT, WIDTH, key0,
          key1)  # fmt: skip


def warp(size: int, x: Array, images: Array, plan: Array, source: Array, by: Array, bx: Array, rows: int, stride: int,
         **_: Any) -> None:  # fmt: skip
    """The pixels of all rows."""
    _warp(x, images, plan, source, by, bx, int(rows))
