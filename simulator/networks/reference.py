"""A perceptron in float64: what it puts out, its loss, gradient, Hessian-vector product and updates, exactly.

The kernels are held against these numbers, and the curvature is measured with them. Theta is flat, as Architecture lays
it out. Leading axes: theta (..., P) are many networks, which see the same x (samples, inputs) and targets t (samples,
outputs), or their own, (..., samples, inputs). masks: of each hidden layer, (..., samples, width), what dropout
multiplies its signals by: 0 or 1/(1 - dropout); () for none. Overflow and nan go through: divergence is no error.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.networks.architecture import OPTIMIZERS, Architecture, TrainingDials
from simulator.theory.activations import activation

Float64s = NDArray[np.float64]
ADAM_BETA_2: Final = 0.999
RMSPROP_RHO: Final = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """One pass forward and back. signals: of layers 0 (x) to L - 1; slopes: phi'(h) times the mask, of layers 1 to L-1;
    f: outputs; deltas: dL/dh of layers 1 to L, for L the mean over the samples."""

    signals: tuple[Float64s, ...]
    heights: tuple[Float64s, ...]
    slopes: tuple[Float64s, ...]
    f: Float64s
    deltas: tuple[Float64s, ...]


def outputs(architecture: Architecture, theta: ArrayLike, x: ArrayLike, masks: Sequence[ArrayLike] = ()) -> Float64s:
    """f (..., samples, outputs)."""
    with np.errstate(all="ignore"):
        return _forward(architecture, np.asarray(theta, np.float64), np.asarray(x, np.float64), masks)[1]


def sample_losses(architecture: Architecture, f: ArrayLike, t: ArrayLike) -> Float64s:
    """The loss of each sample from its outputs and targets: (..., samples). See Architecture."""
    f, t = np.asarray(f, np.float64), np.asarray(t, np.float64)
    with np.errstate(all="ignore"):
        if architecture.loss == "mse":
            return np.asarray(((f - t) ** 2).sum(-1) / 2)
        if architecture.loss == "hinge":
            return np.asarray((np.maximum(0, 1 - t * f) ** 2).sum(-1) / 2)
        shifted = f - f.max(-1, keepdims=True)
        return np.asarray((t * (np.log(np.exp(shifted).sum(-1, keepdims=True)) - shifted)).sum(-1))


def loss(
    architecture: Architecture, theta: ArrayLike, x: ArrayLike, t: ArrayLike, masks: Sequence[ArrayLike] = ()
) -> Float64s:
    """The mean loss over samples, of shape theta.shape[:-1]."""
    return np.asarray(sample_losses(architecture, outputs(architecture, theta, x, masks), t).mean(-1))


def loss_and_gradient(
    architecture: Architecture, theta: ArrayLike, x: ArrayLike, t: ArrayLike, masks: Sequence[ArrayLike] = ()
) -> tuple[Float64s, Float64s]:
    """(L of shape theta.shape[:-1], dL/dtheta (..., P)) by backpropagation; 0 for biases that are not trained."""
    with np.errstate(all="ignore"):
        run = _passed(architecture, np.asarray(theta, np.float64), x, t, masks)
        mean = np.asarray(sample_losses(architecture, run.f, t).mean(-1))
        return mean, _gathered(architecture, run.deltas, run.signals)


def hessian_product(
    architecture: Architecture, theta: ArrayLike, x: ArrayLike, t: ArrayLike, masks: Sequence[ArrayLike] = ()
) -> Callable[[ArrayLike], Float64s]:
    """v -> H v at one theta (P,), for v (P,) or many at once (..., P).

    Exact, by R{.} = d/de at theta + e v through both passes (Pearlmutter 1994, Neural Computation 6, 147). What does
    not depend on v is computed once. Where phi'' has a delta function (relu) it is left out, as almost everywhere. Rows
    and columns of biases that are not trained are 0.
    """
    theta = np.asarray(theta, np.float64)
    with np.errstate(all="ignore"):
        run = _passed(architecture, theta, x, t, masks)
        bends = _bends(architecture, theta, run, masks)
    weights = [W for W, _ in _matrices(architecture, theta)]
    target = np.asarray(t, np.float64)

    def product(v: ArrayLike) -> Float64s:
        v = np.asarray(v, np.float64)
        with np.errstate(all="ignore"):
            parts = list(_matrices(architecture, v if architecture.biased else _untrained(architecture, v)))
            r_signals: list[Float64s] = []
            r_heights: list[Float64s] = []
            for at, (W, (V, c)) in enumerate(zip(weights, parts, strict=True)):
                r_h = run.signals[at] @ V.mT + c
                if at:
                    r_h = r_h + r_signals[-1] @ W.mT
                r_heights.append(r_h)
                if at < len(run.slopes):
                    r_signals.append(run.slopes[at] * r_h)
            r_deltas = [_loss_curvature(architecture, run.f, target, r_heights[-1])]
            for at in range(len(weights) - 1, 0, -1):
                back = r_deltas[0] @ weights[at] + run.deltas[at] @ parts[at][0]
                r_deltas.insert(0, back * run.slopes[at - 1] + bends[at - 1] * r_heights[at - 1])
            carried = zip(run.deltas[1:], r_signals, strict=True)  # x itself does not move with theta
            return _gathered(architecture, r_deltas, run.signals, [d.mT @ r for d, r in carried])

    return product


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """Theta (..., P) and what its optimizer remembers: momentum's v or adam's m (`first`), adam's v or rmsprop's r
    (`second`), the steps taken."""

    theta: Float64s
    first: Float64s
    second: Float64s
    step: int = 0


def descent(theta: ArrayLike, optimizer: str) -> Descent:
    """Before the first step. ValueError for an unknown optimizer."""
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer {optimizer!r} is none of {', '.join(OPTIMIZERS)}")
    theta = np.array(theta, np.float64)
    second = np.ones_like(theta) if optimizer == "rmsprop" else np.zeros_like(theta)
    return Descent(theta, np.zeros_like(theta), second)


def update(architecture: Architecture, dials: TrainingDials, optimizer: str, state: Descent, g: ArrayLike) -> Descent:
    """One step along the batch gradient g (..., P), as TrainingDials says. Biases that are not trained stay."""
    beta, eta, epsilon, step = dials.momentum, dials.learning_rate, dials.epsilon, state.step + 1
    first, second = state.first, state.second
    with np.errstate(all="ignore"):
        g = np.asarray(g, np.float64)
        if dials.clip:
            norm = np.sqrt((g * g).sum(-1, keepdims=True))
            g = g * np.where(norm > dials.clip, dials.clip / norm, 1.0)
        if optimizer == "sgd":
            change = g
        elif optimizer == "momentum":
            change = first = beta * first + g
        elif optimizer == "adam":
            first, second = beta * first + (1 - beta) * g, ADAM_BETA_2 * second + (1 - ADAM_BETA_2) * g * g
            change = first / (1 - beta**step) / (np.sqrt(second / (1 - ADAM_BETA_2**step)) + epsilon)
        else:
            second = RMSPROP_RHO * second + (1 - RMSPROP_RHO) * g * g
            change = g / np.sqrt(second + epsilon)
        theta = (1 - eta * dials.weight_decay) * state.theta - eta * change
    if not architecture.biased:
        for layer in architecture.layers:
            theta[..., layer.biases] = state.theta[..., layer.biases]
    return replace(state, theta=theta, first=first, second=second, step=step)


def _matrices(architecture: Architecture, theta: Float64s) -> Iterator[tuple[Float64s, Float64s]]:
    """Views W (..., fan_out, fan_in) and b (..., 1, fan_out) of each layer."""
    for layer in architecture.layers:
        shape = (*theta.shape[:-1], layer.fan_out, layer.fan_in)
        yield theta[..., layer.weights].reshape(shape), theta[..., None, layer.biases]


def _untrained(architecture: Architecture, v: Float64s) -> Float64s:
    """v with 0 for all biases."""
    v = v.copy()
    for layer in architecture.layers:
        v[..., layer.biases] = 0
    return v


def _forward(
    architecture: Architecture, theta: Float64s, x: Float64s, masks: Sequence[ArrayLike]
) -> tuple[list[Float64s], Float64s, list[Float64s]]:
    """Signals that enter each layer, the outputs, and the pre-activations of hidden layers."""
    phi, hidden = activation(architecture.activation).phi, len(architecture.sizes) - 2
    signals, heights = [x], []
    for at, (W, b) in enumerate(_matrices(architecture, theta)):
        h = signals[-1] @ W.mT + b
        if at < hidden:
            heights.append(h)
            signals.append(_masked(phi(h), masks, at))
    return signals, h, heights


def _masked(values: Float64s, masks: Sequence[ArrayLike], at: int) -> Float64s:
    return values * np.asarray(masks[at], np.float64) if len(masks) else values


def _passed(
    architecture: Architecture, theta: Float64s, x: ArrayLike, t: ArrayLike, masks: Sequence[ArrayLike]
) -> Pass:
    signals, f, heights = _forward(architecture, theta, np.asarray(x, np.float64), masks)
    dphi = activation(architecture.activation).dphi
    slopes = [_masked(dphi(h), masks, at) for at, h in enumerate(heights)]
    deltas = [_loss_slope(architecture, f, np.asarray(t, np.float64))]
    weights = [W for W, _ in _matrices(architecture, theta)]
    for W, slope in zip(weights[:0:-1], slopes[::-1], strict=True):
        deltas.insert(0, deltas[0] @ W * slope)
    return Pass(tuple(signals), tuple(heights), tuple(slopes), f, tuple(deltas))


def _loss_slope(architecture: Architecture, f: Float64s, t: Float64s) -> Float64s:
    """dL/df of the mean loss."""
    if architecture.loss == "mse":
        slope = f - t
    elif architecture.loss == "hinge":
        slope = -t * np.maximum(0, 1 - t * f)
    else:
        slope = softmax(f) * t.sum(-1, keepdims=True) - t
    return np.asarray(slope / f.shape[-2])


def _loss_curvature(architecture: Architecture, f: Float64s, t: Float64s, r: Float64s) -> Float64s:
    """d^2L/df^2 times r."""
    if architecture.loss == "hinge":
        r = np.where(t * f < 1, t * t * r, 0)
    elif architecture.loss == "cross_entropy":
        p = softmax(f)
        r = t.sum(-1, keepdims=True) * p * (r - (p * r).sum(-1, keepdims=True))
    return np.asarray(r / f.shape[-2])


def softmax(f: ArrayLike) -> Float64s:
    """Probabilities of the classes, shape of f: exp f_k/sum exp f."""
    f = np.asarray(f, np.float64)
    with np.errstate(all="ignore"):
        powers = np.exp(f - f.max(-1, keepdims=True))
        return np.asarray(powers / powers.sum(-1, keepdims=True))


def _bends(architecture: Architecture, theta: Float64s, run: Pass, masks: Sequence[ArrayLike]) -> list[Float64s]:
    """What multiplies R{h} in R{dL/dh}: phi''(h) dL/ds, of each hidden layer."""
    if architecture.activation in ("relu", "linear"):
        return [np.zeros(()) for _ in run.heights]
    d2phi = activation(architecture.activation).d2phi
    above = [W for W, _ in _matrices(architecture, theta)][1:]
    parts = zip(run.heights, run.deltas[1:], above, strict=True)
    return [_masked(d2phi(h), masks, at) * (delta @ W) for at, (h, delta, W) in enumerate(parts)]


def _gathered(
    architecture: Architecture, deltas: Sequence[Float64s], signals: Sequence[Float64s], more: Sequence[Float64s] = ()
) -> Float64s:
    """Of each layer sum_samples delta signal^T, and sum delta for its biases, as a flat vector (..., P).

    more: what is added to the matrices of layers 2 to L.
    """
    lead = np.broadcast_shapes(*(delta.shape[:-2] for delta in deltas))
    flat = np.zeros((*lead, architecture.parameters))
    for at, layer in enumerate(architecture.layers):
        W = deltas[at].mT @ signals[at]
        if more and at:
            W = W + more[at - 1]
        flat[..., layer.weights] = W.reshape(*W.shape[:-2], -1)
        if architecture.biased:
            flat[..., layer.biases] = deltas[at].sum(-2)
    return flat
