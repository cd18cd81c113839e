"""Runs that are solved exactly: the modes of deep linear networks (Saxe et al. 2014) and the catapult (Lewkowycz 2020).

Both hold for full-batch gradient descent from the first step on at one learning rate, without remedies.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.training.ensemble import Ensemble
from simulator.experiments.training.params import TrainingParams
from simulator.theory import deep_linear
from simulator.theory.catapult import catapult_map

Array = NDArray[np.float64]
WHITE: Final = 1e-4
"""How far the inputs' covariance may be from one."""
STILL: Final = 1e-12
"""Below it f has converged and nothing moves any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Modes:
    """Strengths u_k.W_L...W_1 v_k of the modes of <t x^T> = U S V^T: goal S (k,), now (networks, k)."""

    goal: Array
    now: Array


def plain_descent(params: TrainingParams, ensemble: Ensemble) -> bool:
    """Whether every step is theta - eta grad L of the whole training loss."""
    remedies = params.weight_decay or params.clip or params.dropout
    return params.optimizer == "sgd" and ensemble.full_batch and not remedies


class DeepLinear:
    """Follows the modes of linear networks on real targets."""

    def __init__(self, params: TrainingParams, ensemble: Ensemble) -> None:
        self.applies = params.activation == "linear" and params.loss == "mse" and ensemble.data.classes == 0
        self.layers = len(ensemble.architecture.layers)
        self.steps: list[int] = []
        self.rows: list[Array] = []
        if not self.applies:
            return
        data = ensemble.data
        self._left, self.goal, self._right = deep_linear.modes(data.x, data.t)
        covariance = data.x.T.astype(float) @ data.x / len(data.x)
        self._white = bool(np.abs(covariance - np.eye(len(covariance))).max() < WHITE)
        self._start = self.measure(ensemble).now

    def measure(self, ensemble: Ensemble) -> Modes:
        """The modes as they are."""
        theta = ensemble.trainer.theta.astype(float)
        product = np.broadcast_to(self._right, (len(theta), *self._right.shape))
        for layer in ensemble.architecture.layers:
            W = theta[:, layer.weights].reshape(len(theta), layer.fan_out, layer.fan_in)
            product = W @ product
        return Modes(self.goal, np.einsum("ok,nok->nk", self._left, product))

    def keep(self, step: int, ensemble: Ensemble, stride: int) -> None:
        """Note the modes, mean over networks, of a step that is remembered; forget those off the stride."""
        rows = [*zip(self.steps, self.rows, strict=True), (step, self.measure(ensemble).now.mean(axis=0))]
        kept = [row for row in rows if row[0] % stride == 0]
        self.steps, self.rows = [at for at, _ in kept], [row for _, row in kept]

    def predicted(self, params: TrainingParams, ensemble: Ensemble, times: Array) -> Array | None:
        """a_k(t) of each mode at times eta * steps, (k, len(times)); None where Saxe's solution does not hold."""
        biased = ensemble.architecture.biased  # biases learn the mean of the inputs, and disturb the modes
        aligned = params.init == "decoupled" and not biased and self._white and np.all(self._start > 0)
        if not (self.applies and aligned and plain_descent(params, ensemble)):
            return None
        return deep_linear.deep_mode(times, self.goal, self._start.mean(axis=0), self.layers)

    def step_error(self, eta: float) -> Array:
        """How far steps of eta may lag behind the flow, (k,): growth of (1 + eta S)^2 a step instead of e^(2 eta S)
        delays a mode by the fraction eta S/2 of its time, at most eta S^2 ln(S/a_0)/8 in its strength."""
        logarithm = np.log(np.maximum(self.goal, 1e-300) / self._start.mean(axis=0))
        return np.asarray(eta * self.goal**2 * np.abs(logarithm) / 8)


class Catapult:
    """The exact map of two-layer linear networks with one input and one output whose target is 0."""

    def __init__(self, params: TrainingParams, ensemble: Ensemble) -> None:
        architecture, data = ensemble.architecture, ensemble.data
        self.applies = (
            architecture.activation == "linear"
            and architecture.loss == "mse"
            and not architecture.biased
            and params.sigma_b == 0
            and len(architecture.sizes) == 3
            and architecture.sizes[0] == architecture.sizes[2] == 1
            and not data.t.any()
        )
        if not self.applies:
            return
        theta = ensemble.trainer.theta.astype(float)
        u, v = (theta[:, layer.weights] for layer in architecture.layers)
        # L = s (u.v)^2/2 with s = <x^2>: the paper's map at n = 1 for f = s u.v, and L = f^2/2s
        self._square, self._step = float(np.mean(data.x.astype(float) ** 2)), 0
        self._f = self._square * np.sum(u * v, axis=1)
        self._curvature = self._square * (np.sum(u**2, axis=1) + np.sum(v**2, axis=1))
        self.width = architecture.sizes[1]

    def advance(self, eta: float, step: int) -> None:
        """Iterate the map to a step, which may not be before the last."""
        while self._step < step:
            moving = np.isfinite(self._f) & (np.abs(self._f) > STILL)
            if not moving.any():
                break
            self._f, self._curvature = catapult_map(self._f, self._curvature, eta, 1)
            self._step += 1
        self._step = step

    @property
    def loss(self) -> Array:
        """f^2/2 as the map has it, (networks,)."""
        with np.errstate(all="ignore"):
            return np.asarray(self._f**2 / (2 * self._square))

    @property
    def curvature(self) -> Array:
        """lambda as the map has it, (networks,)."""
        return self._curvature
