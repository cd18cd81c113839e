"""The update rules in numba, as in descend.cl: one step of one tile of walkers.

A tile is a float32 array [rows][W]: row i is component i, column w is walker `walker + w`; rows >= size. A tile of one
walker (W = 1) is descend.cl's ACROSS_WALKERS 0.
"""

import math

import numpy as np
from numba import njit

from kernels.philox import STREAM_LANGEVIN, STREAM_NATIVE, STREAM_START, normal4

DIAL_OPTIMIZER, DIAL_RATE, DIAL_MOMENTUM, DIAL_TEMPERATURE, DIAL_BATCH = 0, 1, 2, 3, 4
DIAL_ROUGHNESS, DIAL_FUNNEL, DIAL_SHAPE, DIAL_CONFINEMENT, DIAL_BETA_2, DIAL_EPSILON = 5, 6, 7, 11, 12, 13
RULE_GD, RULE_SGD, RULE_MOMENTUM, RULE_ADAM, RULE_LANGEVIN = 0, 1, 2, 3, 4
START_RANDOM, START_PAIR, START_NATIVE = 0, 1, 2
_0, _1 = np.float32(0.0), np.float32(1.0)
_HALF, _2, _3, _4 = np.float32(0.5), np.float32(2.0), np.float32(3.0), np.float32(4.0)
_FAST = {"reassoc", "contract", "nsz"}  # NaN and infinity survive


@njit(cache=True, error_model="numpy")
def funnel_depth(q, dials):
    """g(Q) = b1 Q + b2 Q^2 + b3 Q^3 + b4 Q^4 of the funnel H = -N lambda g(Q)."""
    return q * (dials[7] + q * (dials[8] + q * (dials[9] + q * dials[10])))


@njit(cache=True, error_model="numpy")
def funnel_slope(q, dials):
    """g'(Q)."""
    return dials[7] + q * (_2 * dials[8] + q * (_3 * dials[9] + q * (_4 * dials[10])))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def descend(x, v, m2, x0, xi, g, energy, scale, size, walker, step, since, key0, key1, dials, trace, slot, sphere):
    """One step of one tile; arguments as in descend.cl. energy[W]; trace[4][slots], this tile's columns from `slot`."""
    width = x.shape[1]
    n = np.float32(size)
    rule = int(dials[DIAL_OPTIMIZER])
    eta, funnel, kappa = dials[DIAL_RATE], dials[DIAL_FUNNEL], dials[DIAL_CONFINEMENT]
    gx, xx, q = np.zeros(width, np.float32), np.zeros(width, np.float32), np.zeros(width, np.float32)
    c, pull, radial = np.zeros(width, np.float32), np.empty(width, np.float32), np.zeros(width, np.float32)
    norm = np.zeros(width, np.float32)
    for i in range(size):
        for w in range(width):
            a = x[i, w]
            gx[w] += g[i, w] * a
            xx[w] += a * a
            q[w] += a * xi[i]
            c[w] += a * x0[i, w]
    for w in range(width):
        q[w] = q[w] / n
        pull[w] = funnel * funnel_slope(q[w], dials)
        if sphere:
            radial[w] = (scale * gx[w] + kappa * xx[w]) / n - pull[w] * q[w]
        trace[0, slot + w] = scale * energy[w] / n - funnel * funnel_depth(q[w], dials) + _HALF * kappa * xx[w] / n
        trace[1, slot + w] = q[w]
        trace[2, slot + w] = c[w] / n
        xx[w] = _0
    for i in range(size):
        for w in range(width):
            used = scale * g[i, w] - pull[w] * xi[i] + (kappa - radial[w]) * x[i, w]
            g[i, w] = used
            norm[w] += used * used
    for w in range(width):
        trace[3, slot + w] = norm[w] / n

    beta, beta2, epsilon = dials[DIAL_MOMENTUM], dials[DIAL_BETA_2], dials[DIAL_EPSILON]
    whole1, whole2 = _1, _1
    if rule == RULE_ADAM:
        age = float(step - since + 1)
        whole1 = np.float32(-1.0 / math.expm1(age * math.log(float(beta)))) if beta > _0 else _1
        whole2 = np.float32(-1.0 / math.expm1(age * math.log(float(beta2))))
    noise = np.float32(math.sqrt(2.0 * dials[DIAL_TEMPERATURE] * eta)) if rule == RULE_LANGEVIN else _0
    if rule == RULE_MOMENTUM:
        for i in range(size):
            for w in range(width):
                speed = beta * v[i, w] + g[i, w]
                v[i, w] = speed
                x[i, w] -= eta * speed
    elif rule == RULE_ADAM:
        for i in range(size):
            for w in range(width):
                mean = beta * v[i, w] + (_1 - beta) * g[i, w]
                square = beta2 * m2[i, w] + (_1 - beta2) * (g[i, w] * g[i, w])
                v[i, w] = mean
                m2[i, w] = square
                x[i, w] -= eta * (mean * whole1) / (np.float32(math.sqrt(square * whole2)) + epsilon)
    else:
        for i in range(size):
            for w in range(width):
                x[i, w] -= eta * g[i, w]
    if noise > _0:
        for first in range(0, size, 4):
            for w in range(width):
                z = normal4(step, walker + w, first // 4, STREAM_LANGEVIN, key0, key1)
                for r in range(min(4, size - first)):
                    x[first + r, w] += noise * z[r]
    if sphere:
        _to_sphere(x, size)
        if rule == RULE_MOMENTUM:
            along = np.zeros(width, np.float32)
            for i in range(size):
                for w in range(width):
                    along[w] += x[i, w] * v[i, w]
            for i in range(size):
                for w in range(width):
                    v[i, w] -= along[w] / n * x[i, w]


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _to_sphere(x, size):
    """Scale the first `size` rows to |x|^2 = size."""
    width = x.shape[1]
    xx = np.zeros(width, np.float32)
    for i in range(size):
        for w in range(width):
            xx[w] += x[i, w] * x[i, w]
    for w in range(width):
        xx[w] = np.float32(math.sqrt(np.float32(size) / xx[w]))
    for i in range(size):
        for w in range(width):
            x[i, w] *= xx[w]


@njit(cache=True, error_model="numpy")
def start_tile(x, xi, kind, size, base, first, key0, key1, sphere):
    """The start of one tile whose first walker is replica `first`; a sample's walkers are numbered from `base`."""
    for w in range(x.shape[1]):
        replica = first + w
        if kind == START_PAIR:
            replica &= ~1
        for d in range(0, size, 4):
            z = normal4(0, base + replica, d // 4, STREAM_START, key0, key1)
            for r in range(min(4, size - d)):
                x[d + r, w] = xi[d + r] if kind == START_NATIVE else z[r]
    if sphere and kind != START_NATIVE:
        _to_sphere(x, size)


@njit(cache=True, error_model="numpy")
def native_state(xi, size, sample, key0, key1):
    """xi[>= size]: one sample's native state, uniform on the sphere; the rest stays zero."""
    for d in range(0, size, 4):
        z = normal4(0, sample, d // 4, STREAM_NATIVE, key0, key1)
        for r in range(min(4, size - d)):
            xi[d + r] = z[r]
    _to_sphere(xi.reshape(-1, 1), size)
