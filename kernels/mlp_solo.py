"""Wider perceptrons trained side by side, in numpy and numba: the kernels of mlp_solo.cl, same names and meaning.

Rows are not padded here: theta[network][parameter] as Architecture orders it, h0[step][batch][dimension], targets[step]
[batch][classes]. The products are BLAS's, the rest is in mlp_network.py. plan's first column: units of each layer.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.mlp_network import activate, descend, loss_slopes, losses, silence

Array = NDArray[Any]


def _forward(theta: Array, sizes: Array, x: Array, kind: int, dropout: tuple[Any, ...] = ()) -> tuple[list[Array], ...]:
    """Signals (units, samples) of layers 0 to L, and slopes of layers 1 to L; dropout: see mlp_network.silence."""
    signals, slopes, at, last = [x.T], [x.T], 0, len(sizes) - 1
    for layer in range(1, last + 1):
        fan_in, fan_out = int(sizes[layer - 1]), int(sizes[layer])
        bias = at + fan_in * fan_out
        h = theta[at:bias].reshape(fan_out, fan_in) @ signals[-1]
        at = bias + fan_out
        h += theta[bias:at, None]
        slope = np.empty_like(h)
        if layer < last:
            activate(h.reshape(-1), slope.reshape(-1), kind)
            if dropout:
                silence(h, slope, layer, *dropout)
        signals.append(h)
        slopes.append(slope)
    return signals, slopes


def _backpropagate(theta: Array, sizes: Array, kinds: Array, x: Array, t: Array, batch: int, g: Array,
                   dropout: tuple[Any, ...] = ()) -> None:  # fmt: skip
    """Add to g the gradient over the samples x (samples, dimension), t (samples, classes) of a batch of `batch`."""
    signals, slopes = _forward(theta, sizes, x, kinds[0], dropout)
    loss_slopes(signals[-1], t, sizes, kinds, slopes[-1], np.float32(1) / np.float32(batch))
    end = theta.size
    for layer in range(len(sizes) - 1, 0, -1):
        fan_in, fan_out = int(sizes[layer - 1]), int(sizes[layer])
        at, bias = end - (fan_in + 1) * fan_out, end - fan_out
        g[at:bias] += (slopes[layer] @ signals[layer - 1].T).reshape(-1)
        if kinds[3]:
            g[bias:end] += slopes[layer].sum(1)
        if layer > 1:
            slopes[layer - 1] *= theta[at:bias].reshape(fan_out, fan_in).T @ slopes[layer]
        end = at


def _sizes(plan: Array) -> Array:
    return plan[:, 0].astype(np.int64)


def steps(size: int, theta: Array, first: Array, second: Array, scratch: Array, h0: Array, p0: Array, targets: Array,
          rates: Array, plan: Array, layers: int, length: int, space: int, gradient_at: int, batch: int, block: int,
          advance: int, step: int, n: int, loss: int, rule: int, biased: int, rate: Any, momentum: Any, epsilon: Any,
          decay: Any, clip: Any, keep: Any, key0: Any, key1: Any, ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """n steps from `step` on."""
    sizes, kinds = _sizes(plan), np.array([ACTIVATION, loss, rule, biased], np.int64)
    dials = np.array([rate, momentum, epsilon, decay, clip, keep], np.float32)
    count, width = int(batch), int(block)
    h = h0[: h0.size // (sizes[0] * count) * sizes[0] * count].reshape(-1, count, sizes[0])
    t = targets[: targets.size // (sizes[-1] * count) * sizes[-1] * count].reshape(-1, count, sizes[-1])
    with np.errstate(all="ignore"):
        for network in range(int(size)):
            for k in range(int(n)):
                g, at = np.zeros(int(length), np.float32), k * int(advance)
                for begin in range(0, count, width):
                    some = slice(begin, min(begin + width, count))
                    dropout = (dials[5], int(step) + k, network, key0, key1, begin) if dials[5] < 1 else ()
                    _backpropagate(theta[network], sizes, kinds, h[at][some], t[at][some], count, g, dropout)
                descend(theta[network], first[network], second[network], g, sizes, kinds, dials, rates[k])


def gradient(size: int, theta: Array, g: Array, scratch: Array, h0: Array, p0: Array, targets: Array, plan: Array,
             layers: int, length: int, space: int, n: int, block: int, parts: int, loss: int, biased: int,
             ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """Partial gradients g[network * parts + part][length]: part `part` has every parts-th block of samples."""
    sizes, kinds = _sizes(plan), np.array([ACTIVATION, loss, 0, biased], np.int64)
    count, width = int(n), int(block)
    h, t = h0[: sizes[0] * count].reshape(count, sizes[0]), targets[: sizes[-1] * count].reshape(count, sizes[-1])
    with np.errstate(all="ignore"):
        for item in range(int(size)):
            for begin in range(item % int(parts) * width, count, int(parts) * width):
                some = slice(begin, min(begin + width, count))
                _backpropagate(theta[item // int(parts)], sizes, kinds, h[some], t[some], count, g[item])


def measure(size: int, theta: Array, scratch: Array, h0: Array, targets: Array, sums: Array, hits: Array,
            outputs: Array, plan: Array, layers: int, length: int, space: int, networks: int, n: int, block: int,
            loss: int, keep_outputs: int, ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """Sums of the losses and counts of right answers of each block of samples; or, keep_outputs 1, outputs."""
    sizes, kinds = _sizes(plan), np.array([ACTIVATION, loss, 0, 0], np.int64)
    count, width = int(n), int(block)
    h, t = h0[: sizes[0] * count].reshape(count, sizes[0]), targets[: sizes[-1] * count].reshape(count, sizes[-1])
    with np.errstate(all="ignore"):
        for network in range(int(networks)):
            for at, begin in enumerate(range(0, count, width)):
                some = slice(begin, min(begin + width, count))
                f = _forward(theta[network], sizes, h[some], ACTIVATION)[0][-1]
                if keep_outputs:
                    outputs[some, :, network] = f.T
                else:
                    sums[at, network], hits[at, network] = losses(f, t[some], sizes, kinds)
