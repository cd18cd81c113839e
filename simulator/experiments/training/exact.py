"""Runs that are solved exactly: the modes of deep linear networks (Saxe et al. 2014) and the catapult (Lewkowycz 2020).

Both hold for full-batch gradient descent at one learning rate from the first step on, without remedies.
"""

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
"""What moves by less than this has converged."""
FEW: Final = 256
"""Examples up to which all of them are looked at, for the loss and for the curvature."""


def not_plain(params: TrainingParams, ensemble: Ensemble) -> str:
    """Why a step is not theta - eta grad L of the whole training loss; "" if it is."""
    if params.optimizer != "sgd":
        return f"{params.optimizer} does not take plain steps; sgd does"
    if not ensemble.full_batch:
        return "batches shake the weights: it holds for all examples a step (batch 0)"
    if params.weight_decay or params.clip or params.dropout:
        return "remedies change the steps"
    return ""


class DeepLinear:
    """Follows the modes u_k.W_L...W_1 v_k of <t x^T> = U S V^T in linear networks on real targets."""

    def __init__(self, params: TrainingParams, ensemble: Ensemble) -> None:
        self.applies = params.activation == "linear" and params.loss == "mse" and ensemble.data.classes == 0
        self.layers = len(ensemble.architecture.layers)
        self.steps: list[int] = []
        self.rows: list[tuple[Array, Array]] = []
        """At each of `steps` the modes, mean over networks, and those of the map: (k,) each."""
        self._step = 0
        if not self.applies:
            return
        data, hidden = ensemble.data, params.hidden
        self._left, self.goal, self._right = deep_linear.modes(data.x, data.t)
        covariance = data.x.T.astype(float) @ data.x / len(data.x)
        self._white = bool(np.abs(covariance - np.eye(len(covariance))).max() < WHITE)
        self._wide = min(hidden, default=len(self.goal)) >= len(self.goal)
        self._start = self.measure(ensemble).mean(axis=0)
        self._factor = np.maximum(self._start, 0) ** (1 / self.layers)

    def measure(self, ensemble: Ensemble) -> Array:
        """The modes as they are, (networks, k)."""
        theta = ensemble.trainer.theta.astype(float)
        product = np.broadcast_to(self._right, (len(theta), *self._right.shape))
        with np.errstate(all="ignore"):
            for layer in ensemble.architecture.layers:
                W = theta[:, layer.weights].reshape(len(theta), layer.fan_out, layer.fan_in)
                product = W @ product
            return np.einsum("ok,nok->nk", self._left, product)

    def keep(self, step: int, ensemble: Ensemble, eta: float, stride: int) -> None:
        """Note measurement and map of a step that is remembered; forget those off the stride."""
        self.advance(eta, step)
        now = (step, (self.measure(ensemble).mean(axis=0), self.strength))
        kept = [row for row in (*zip(self.steps, self.rows, strict=True), now) if row[0] % stride == 0]
        self.steps, self.rows = [at for at, _ in kept], [row for _, row in kept]

    def advance(self, eta: float, step: int) -> None:
        """Iterate the modes to a step, which may not be before the last.

        From a balanced, aligned start descent keeps all L factors w of a mode alike: w <- w + eta w^(L-1) (S - w^L),
        whose flow is Saxe's, L a^(2-2/L) (S - a).
        """
        L = self.layers
        with np.errstate(all="ignore"):
            while self._step < step:
                change = eta * self._factor ** (L - 1) * (self.goal - self._factor**L)
                if not np.any(np.abs(change) > STILL):
                    break
                self._factor = self._factor + change
                self._step += 1
        self._step = step

    @property
    def strength(self) -> Array:
        """a_k as the map has it, (k,)."""
        return np.asarray(self._factor**self.layers)

    def unpredicted(self, params: TrainingParams, ensemble: Ensemble) -> str:
        """Why the map does not hold here; "" where it does."""
        steepest = self.layers * params.learning_rate * float(np.max(self.goal)) ** (2 - 2 / self.layers)
        if params.init != "decoupled":
            return "the modes disturb each other unless the weights start decoupled"
        if ensemble.architecture.biased:
            return "biases learn the mean of the inputs and disturb the modes; turn them off"
        if not self._white:
            return "it holds for white inputs: as many samples as dimensions, or more"
        if not self._wide:
            return "a layer is narrower than there are modes"
        if np.any(self._start > self.goal):
            return "a mode starts stronger than it will be"
        if steepest >= 1:
            return "the steps are so long that modes overshoot"
        return not_plain(params, ensemble)


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
            and len(data.x) <= FEW
        )
        if not self.applies:
            return
        theta = ensemble.trainer.theta.astype(float)
        u, v = (theta[:, layer.weights] for layer in architecture.layers)
        # L = s (u.v)^2/2 with s = <x^2>: the paper's map at n = 1 for f = s u.v, and L = f^2/2s
        self._square, self._step = float(np.mean(data.x.astype(float) ** 2)), 0
        self._f = self._square * np.sum(u * v, axis=1)
        self._curvature = self._square * (np.sum(u**2, axis=1) + np.sum(v**2, axis=1))
        self._largest = np.abs(self._f)

    def advance(self, eta: float, step: int) -> None:
        """Iterate the map to a step, which may not be before the last."""
        while self._step < step:
            moving = np.isfinite(self._f) & (np.abs(self._f) > STILL)
            if not moving.any():
                break
            self._f, self._curvature = catapult_map(self._f, self._curvature, eta, 1)
            self._largest = np.fmax(self._largest, np.abs(self._f))
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

    @property
    def resolved(self) -> NDArray[np.bool_]:
        """Where float32 leaves some digits of f: it rounds relative to the largest f on the way."""
        return np.isfinite(self._f) & (np.abs(self._f) > 1e-3 * self._largest)
