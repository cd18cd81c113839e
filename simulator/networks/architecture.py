"""What a multilayer perceptron is made of: its layers, and where each parameter stands in its vector theta."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

LOSSES: Final = ("mse", "cross_entropy", "hinge")
OPTIMIZERS: Final = ("sgd", "momentum", "adam", "rmsprop")


@dataclass(frozen=True, slots=True)
class Layer:
    """h = W x + b. `weights`: where W[fan_out][fan_in] is in theta, row-major; `biases`: where b[fan_out] is."""

    fan_in: int
    fan_out: int
    weights: slice
    biases: slice


@dataclass(frozen=True, slots=True)
class Architecture:
    """A fully connected network sizes[0] -> ... -> sizes[-1]: the activation after every layer but the last.

    activation: one of layers.ACTIVATIONS. loss, of outputs f and targets t of one sample, averaged over samples: mse
    1/2 sum_k (f_k - t_k)^2; cross_entropy -sum_k t_k ln softmax(f)_k, t_k >= 0 of sum 1; hinge 1/2 sum_k max(0, 1 -
    t_k f_k)^2, t_k = +-1. biased: whether biases are trained; else they stay as they start.
    """

    sizes: tuple[int, ...]
    activation: str = "tanh"
    loss: str = "cross_entropy"
    biased: bool = True

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Theta is W_1, b_1, W_2, b_2, ... one after the other."""
        found, at = [], 0
        for fan_in, fan_out in pairwise(self.sizes):
            middle, end = at + fan_in * fan_out, at + (fan_in + 1) * fan_out
            found.append(Layer(fan_in, fan_out, slice(at, middle), slice(middle, end)))
            at = end
        return tuple(found)

    @property
    def parameters(self) -> int:
        """How many numbers theta has."""
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(self.sizes))


@dataclass(frozen=True, slots=True)
class TrainingDials:
    """The live parameters of an update. With g the batch gradient of one network, clipped to g min(1, clip/|g|) (clip
    0: not), eta = learning_rate, beta = momentum, eps = epsilon; then theta <- (1 - eta weight_decay) theta - change:

    sgd: change = eta g. momentum: v <- beta v + g, change = eta v. adam (Kingma and Ba 2015): m and v with decays
    beta and 0.999 and bias correction, change = eta m / (sqrt v + eps). rmsprop (TensorFlow 1): r <- 0.9 r + 0.1 g^2
    from r = 1, change = eta g / sqrt(r + eps). dropout: the fraction of hidden units silenced, the others divided by
    1 - dropout.
    """

    learning_rate: float = 0.1
    momentum: float = 0.9
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    clip: float = 0.0
    dropout: float = 0.0
