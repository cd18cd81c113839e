"""One small perceptron in numba: forward, loss, backward and update of one batch, with explicit loops.

h[row][sample] and slope[row][sample]: rows of the inputs, then of each layer. slope holds phi' times the mask until
the backward pass turns it into dL/d(pre-activation). sizes: units of each layer, inputs first. kinds: numbers of the
activation (layers.ACTIVATIONS), loss (architecture.LOSSES), update rule (architecture.OPTIMIZERS), whether biases are
trained. dials: rate, momentum, epsilon, decay, clip, keep. Biases that are not trained have no gradient.
"""

import math

import numpy as np
from numba import njit

from kernels.philox import philox, uniform01

STREAM_MASK = np.uint32(21)
_0, _1, _TOP = np.float32(0), np.float32(1), np.float32(7.90531110763549805)
_SUMS = {"reassoc", "contract"}


@njit(cache=True)
def rows_of(sizes):
    """Rows of h."""
    total = 0
    for size in sizes:
        total += size
    return total


@njit(cache=True, error_model="numpy", fastmath={"contract"}, inline="always")
def _tanh(y):
    """tanh as in mlp.cl: odd over even minimax, at most 4e-7 relative; loops over it become vectors."""
    x = _TOP if y > _TOP else y
    x = -_TOP if x < -_TOP else x
    z = x * x
    p = np.float32(1.152667846e-05) * z + np.float32(2.960003680e-03)
    p = (p * z + np.float32(1.293398291e-01)) * z + np.float32(9.999998808e-01)
    q = np.float32(2.490879183e-07) * z + np.float32(2.399452060e-04)
    q = ((q * z + np.float32(2.385216951e-02)) * z + np.float32(4.626720846e-01)) * z + _1
    return x * p / q


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def activate(h, slope, kind):
    """h = phi(h) and slope = phi'(h), one-dimensional, float32."""
    if kind == 0:
        for s in range(h.size):
            value = _tanh(h[s])
            h[s], slope[s] = value, _1 - value * value
    elif kind == 1:
        for s in range(h.size):
            y = h[s]
            h[s], slope[s] = np.float32(math.erf(y)), np.float32(1.12837916710) * np.float32(math.exp(-y * y))
    elif kind == 2:
        for s in range(h.size):
            y = h[s]
            h[s] = _0 if y < _0 else y
            slope[s] = _0 if y < _0 else (_1 if y > _0 else y - y)
    else:
        slope[:] = _1


@njit(cache=True)
def silence(h, slope, layer, keep, step, network, key0, key1, first):
    """Dropout of one layer's rows, whose samples are from number `first` of the batch on: word unit % 4 of (step,
    network, sample, STREAM_MASK + layer, unit / 4)."""
    for unit in range(0, h.shape[0], 4):
        for s in range(h.shape[1]):
            place = STREAM_MASK | np.uint32(layer << 8) | np.uint32((unit // 4) << 16)
            words = philox(step, network, first + s, place, key0, key1)
            for u in range(min(4, h.shape[0] - unit)):
                mask = _1 / keep if uniform01(words[u]) < keep else _0
                h[unit + u, s] *= mask
                slope[unit + u, s] *= mask


@njit(cache=True, error_model="numpy", fastmath=_SUMS)
def forward(theta, x, sizes, kinds, h, slope, keep, step, network, key0, key1):
    """Inputs x[sample][dimension] through all layers: h, and slope of hidden layers."""
    batch = x.shape[0]
    for k in range(sizes[0]):
        for s in range(batch):
            h[k, s] = x[s, k]
    before, at = 0, 0
    for layer in range(1, sizes.size):
        fan_in, fan_out = sizes[layer - 1], sizes[layer]
        row, bias = before + fan_in, at + fan_in * fan_out
        for i in range(fan_out):
            start = theta[bias + i]
            for s in range(batch):
                h[row + i, s] = start
            for k in range(fan_in):
                weight = theta[at + i * fan_in + k]
                for s in range(batch):
                    h[row + i, s] += weight * h[before + k, s]
            if layer < sizes.size - 1:
                activate(h[row + i], slope[row + i], kinds[0])
        if layer < sizes.size - 1 and keep < _1:
            silence(h[row : row + fan_out], slope[row : row + fan_out], layer, keep, step, network, key0, key1, 0)
        before, at = row, bias + fan_out


@njit(cache=True, error_model="numpy")
def _partition(f, s):
    """The largest output of sample s, and the sum of exp(f - largest)."""
    largest, total = f[0, s], 0.0
    for c in range(1, f.shape[0]):
        largest = f[c, s] if f[c, s] > largest else largest
    for c in range(f.shape[0]):
        total += math.exp(float(f[c, s] - largest))
    return largest, total


@njit(cache=True, error_model="numpy")
def loss_slopes(h, t, sizes, kinds, slope, share):
    """dL/df of the outputs, times share, into their rows of slope."""
    f, d = h[h.shape[0] - sizes[-1] :], slope[h.shape[0] - sizes[-1] :]
    for s in range(t.shape[0]):
        largest, total, weight = _0, 1.0, _0
        if kinds[1] == 1:
            largest, total = _partition(f, s)
            for c in range(f.shape[0]):
                weight += t[s, c]
        for c in range(f.shape[0]):
            y, target = f[c, s], t[s, c]
            if kinds[1] == 0:
                d[c, s] = share * (y - target)
            elif kinds[1] == 1:
                d[c, s] = share * (weight * np.float32(math.exp(float(y - largest)) / total) - target)
            else:
                gap = _1 - target * y
                d[c, s] = -share * target * (_0 if gap < _0 else gap)


@njit(cache=True, error_model="numpy")
def losses(h, t, sizes, kinds):
    """Sum of the samples' losses, and how many are right: the target's class is the first of the largest outputs."""
    f, total, right = h[h.shape[0] - sizes[-1] :], 0.0, 0
    for s in range(t.shape[0]):
        largest, partition, wanted = 0.0, 1.0, 0
        if kinds[1] == 1:
            largest, partition = _partition(f, s)
        for c in range(f.shape[0]):
            y, target = float(f[c, s]), float(t[s, c])
            if kinds[1] == 0:
                total += 0.5 * (y - target) * (y - target)
            elif kinds[1] == 1:
                total += target * (math.log(partition) + (largest - y))
            else:
                gap = 1.0 - target * y
                total += 0.0 if gap < 0.0 else 0.5 * gap * gap
            wanted = c if target > t[s, wanted] else wanted
        hit = True
        if f.shape[0] == 1:
            hit = f[0, s] > _0 if t[s, 0] > _0 else f[0, s] <= _0
        for c in range(f.shape[0]):
            if c != wanted:
                hit &= f[wanted, s] > f[c, s] if c < wanted else f[wanted, s] >= f[c, s]
        right += hit
    return np.float32(total), np.float32(right)


@njit(cache=True, error_model="numpy", fastmath=_SUMS)
def back(theta, sizes, kinds, h, slope, g):
    """From dL/df in the last rows of slope: dL/dh in the rows of hidden layers, and the gradient g of theta."""
    batch = h.shape[1]
    row, end, carried = h.shape[0], theta.size, np.empty(batch, np.float32)
    for layer in range(sizes.size - 1, 0, -1):
        fan_in, fan_out = sizes[layer - 1], sizes[layer]
        row, bias = row - fan_out, end - fan_out
        at, before = bias - fan_in * fan_out, row - fan_in
        for i in range(fan_out):
            total = _0
            for s in range(batch):
                total += slope[row + i, s]
            g[bias + i] = total if kinds[3] else _0
            for k in range(fan_in):
                total = _0
                for s in range(batch):
                    total += slope[row + i, s] * h[before + k, s]
                g[at + i * fan_in + k] = total
        if layer > 1:
            for k in range(fan_in):
                carried[:] = _0
                for i in range(fan_out):
                    weight = theta[at + i * fan_in + k]
                    for s in range(batch):
                        carried[s] += weight * slope[row + i, s]
                for s in range(batch):
                    slope[before + k, s] *= carried[s]
        end = at


@njit(cache=True, error_model="numpy", fastmath=_SUMS)
def _scale(g, clip):
    """What the gradient is multiplied by so that its norm is at most `clip`."""
    total = 0.0
    for p in range(g.size):
        total += float(g[p]) * float(g[p])
    norm = math.sqrt(total)
    return np.float32(clip / norm) if norm > clip else _1


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def move(theta, first, second, g, rule, dials, rates, scale):
    """Update one-dimensional pieces of theta and its moments by scale times the gradient; rates: see descend."""
    eta, beta, epsilon, decay = dials[0], dials[1], dials[2], dials[3]
    stay = _1 - eta * decay
    for p in range(theta.size):
        slope = scale * g[p]
        if rule == 0:
            change = eta * slope
        elif rule == 1:
            first[p] = beta * first[p] + slope
            change = eta * first[p]
        elif rule == 2:
            first[p] = beta * first[p] + (_1 - beta) * slope
            second[p] = np.float32(0.999) * second[p] + np.float32(0.001) * slope * slope
            change = eta * (rates[0] * first[p]) / (np.sqrt(rates[1] * second[p]) + epsilon)
        else:
            second[p] = np.float32(0.9) * second[p] + np.float32(0.1) * slope * slope
            change = eta * slope / np.sqrt(second[p] + epsilon)
        theta[p] = stay * theta[p] - change


@njit(cache=True, error_model="numpy")
def descend(theta, first, second, g, sizes, kinds, dials, rates):
    """One update by rule kinds[2]; rates: Adam's bias corrections 1/(1 - beta^t) and 1/(1 - 0.999^t)."""
    scale, at = _scale(g, dials[4]) if dials[4] > _0 else _1, 0
    for layer in range(1, sizes.size):
        end = at + (sizes[layer - 1] + 1) * sizes[layer]
        some = slice(at, end if kinds[3] else end - sizes[layer])
        move(theta[some], first[some], second[some], g[some], kinds[2], dials, rates, scale)
        at = end
