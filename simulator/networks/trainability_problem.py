"""What the trainability map trains: a part of the plane of learning rates, one network, its data.

out = W_1 . tanh(sqrt(2/n) W_0 x) / n (mean-field), no biases, weights, inputs and targets N(0, 1), mean squared error,
full batch (Sohl-Dickstein 2024, 2402.06184, whose data are as many points as there are parameters: 272 for n = 16).
"""

import math
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.theory.checks import refuse

Float64s = NDArray[np.float64]
FARTHEST: Final = 30.0
"""Decades from 1 that a learning rate may be away."""
LEAST_SPAN: Final = 1e-12
MOST_SPAN: Final = 10.0
"""Decades that the mouse zooms to: below, 256 rates coincide in double precision; above, nothing more is to be seen."""


@final
@dataclass(frozen=True, slots=True)
class Window:
    """A part of the plane of log10 learning rates, by its centre and spans: x of W_0 (eta_0), y of W_1 (eta_1).

    ValueError where a span is not finite and positive, or a corner more than FARTHEST decades from 1.
    """

    x: float = 1.5
    y: float = 1.5
    x_span: float = 5.0
    y_span: float = 5.0

    def __post_init__(self) -> None:
        for name, span in (("x_span", self.x_span), ("y_span", self.y_span)):
            if not (math.isfinite(span) and span > 0):
                raise refuse(name, span, "a window's span must be finite and greater than 0")
        for name, centre, span in (("x", self.x, self.x_span), ("y", self.y, self.y_span)):
            if not abs(centre) + span / 2 <= FARTHEST:
                raise refuse(
                    name, centre, f"with a span of {span:g} it must stay between -{FARTHEST:g} and {FARTHEST:g}"
                )

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top."""
        x, y = self.x_span / 2, self.y_span / 2
        return self.x - x, self.x + x, self.y - y, self.y + y

    def places(self, side: int) -> tuple[Float64s, Float64s]:
        """log10 of eta_0 of each column and of eta_1 of each row of side x side pixels, at their middles."""
        across = (np.arange(side) + 0.5) / side - 0.5
        return self.x + self.x_span * across, self.y + self.y_span * across


@final
@dataclass(frozen=True, slots=True)
class Problem:
    """start (n^2 + n,): W_0 by rows, then W_1/n. x (samples, n): the inputs times sqrt(2/n). y (samples,): targets."""

    start: Float64s
    x: Float64s
    y: Float64s
    samples: int

    @property
    def width(self) -> int:
        """Units n of the inputs and of the hidden layer."""
        return self.x.shape[1]

    def rates(self, log_rates: Float64s) -> Float64s:
        """What multiplies the sum over samples of (out - y) dout/dW_0 and dout/d(W_1/n), for (log10 eta_0, log10 eta_1)
        along the last axis."""
        eta = 10.0**log_rates * (2.0 / self.samples)
        return eta / np.array([1.0, self.width**2])


def make_problem(seed: int, samples: int, width: int) -> Problem:
    """Weights, inputs and targets from `seed`; fewer samples are the first of more."""
    weights, inputs, targets = (np.random.Generator(np.random.Philox(key=[seed % 2**64, i])) for i in range(3))
    start = weights.standard_normal(width * width + width)
    start[width * width :] /= width
    x = inputs.standard_normal((samples, width)) * math.sqrt(2 / width)
    return Problem(start, x, targets.standard_normal(samples), samples)
