"""What is measured of the networks as scalars, and what theory says of the parameters on screen."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.training.curvature import Curvature, widest
from simulator.experiments.training.ensemble import Ensemble, Weights
from simulator.experiments.training.exact import Catapult, DeepLinear
from simulator.experiments.training.params import TrainingParams
from simulator.experiments.training.trace import Losses
from simulator.snapshot import Scalar
from simulator.theory.marchenko_pastur import SingularValues
from simulator.theory.stability import largest_sharpness

Array = NDArray[np.float64]
EXPLODED: Final = 1e6
"""A loss above this counts as diverged."""
AT_THE_EDGE: Final = 0.9
"""Sharpness, in units of the stable limit, from which on it is expected to hover at the limit."""
HOVERS: Final = 0.03
"""How far from the limit it hovers (Cohen et al. 2021; measured in docs/physics/training.md)."""
RESOLUTION: Final = 1e-6
"""Relative: what float32 leaves of a sum of many weights."""
CHANGED: Final = "parameters changed during the run: reset to compare"


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything measured at one step. steady: no parameter has changed since the first step."""

    step: int
    epoch: float
    losses: Losses
    weights: Weights
    curvature: Curvature | None
    steady: bool

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which networks have left the finite numbers, or are on their way out of them: (networks,)."""
        return ~(np.abs(self.losses.train) < EXPLODED)


def scalars(seen: Seen) -> dict[str, Scalar]:
    """Every scalar of the contract: means over the networks that have not diverged."""
    losses, well = seen.losses, ~seen.diverged
    found = {
        "epoch": Scalar(seen.epoch, 0.0, 1),
        "train_loss": _mean(losses.train, well),
        "test_loss": _mean(losses.test, well),
        "train_accuracy": _mean(losses.train_accuracy, well),
        "test_accuracy": _mean(losses.test_accuracy, well),
        "loss_std": _spread(losses.test[well]),
        "gradient_norm": _mean(seen.weights.gradient, well),
        "weight_norm": _mean(seen.weights.norm, well),
        "weight_max": _mean(seen.weights.largest, well),
        "diverged": Scalar(float(np.mean(~well)), math.nan, len(well)),
    }
    if seen.curvature is not None and seen.curvature.step == seen.step:
        found["sharpness"] = _mean(seen.curvature.sharpness, np.isfinite(seen.curvature.sharpness))
    return found


def _mean(values: Array, well: NDArray[np.bool_]) -> Scalar:
    return Scalar.of_samples(values[well]) if well.any() else Scalar(math.nan, math.nan, 0)


def _spread(values: Array) -> Scalar:
    """The standard deviation over networks, its error that of a normal law."""
    n = len(values)
    if n < 2:
        return Scalar(math.nan, math.nan, n)
    std = float(np.std(values, ddof=1))
    return Scalar(std, std / math.sqrt(2 * (n - 1)), n)


def agreements(
    params: TrainingParams, ensemble: Ensemble, seen: Seen, linear: DeepLinear, catapult: Catapult
) -> tuple[Agreement, ...]:
    """Each measured quantity beside what theory predicts for it, or why it predicts nothing."""
    rows: list[Agreement] = []
    if catapult.applies:
        rows += _catapult(seen, catapult)
    if linear.applies and not catapult.applies:
        rows += _modes(params, ensemble, seen, linear)
    if seen.curvature is not None:
        rows += _edge(params, ensemble, seen, seen.curvature)
        rows += _outliers(params, ensemble, seen, seen.curvature)
    rows += _random_weights(params, ensemble, seen)
    return tuple(rows)


def _catapult(seen: Seen, catapult: Catapult) -> list[Agreement]:
    """Loss of each network against the exact map; float32 rounds along the way."""
    source = "Lewkowycz et al. 2020"
    if not seen.steady:
        return [no_prediction("loss of the catapult", _mid(seen.losses.train), math.nan, CHANGED)]
    predicted = catapult.loss
    rows = [_paired("loss L = f²/2", seen.losses.train, predicted, 1e-3, source)]
    if seen.curvature is not None and seen.curvature.step == seen.step:
        looked = len(seen.curvature.sharpness)
        # In the flat direction between both layers the Hessian's top eigenvalue is lambda where f = 0.
        if float(np.max(np.abs(predicted[:looked]))) < 1e-6:
            rows.append(_paired("curvature λ", seen.curvature.sharpness, catapult.curvature[:looked], 1e-3, source))
    return rows


def _paired(name: str, measured: Array, predicted: Array, relative: float, source: str) -> Agreement:
    """Means over networks; the prediction is for these very networks, so what differs is rounding alone."""
    well = np.isfinite(measured) & np.isfinite(predicted)
    if not well.any():
        return no_prediction(name, math.nan, math.nan, "all networks have diverged, as the map has")
    mean, theory = float(measured[well].mean()), float(predicted[well].mean())
    return Agreement(name, mean, math.nan if well.sum() < 2 else 0.0, theory, relative * abs(theory) + 1e-7, source)


def _modes(params: TrainingParams, ensemble: Ensemble, seen: Seen, linear: DeepLinear) -> list[Agreement]:
    now = linear.measure(ensemble).now
    time = np.array([seen.step * params.learning_rate])
    predicted = linear.predicted(params, ensemble, time) if seen.steady else None
    rows = []
    for k in range(min(3, now.shape[1])):
        name, values = f"mode {k + 1}", now[:, k]
        mean, error = float(values.mean()), _error(values)
        if predicted is None:
            needs = "Saxe's solution needs decoupled weights, all examples a step (batch 0) and plain sgd"
            because = needs if seen.steady else CHANGED
            rows.append(no_prediction(name, mean, error, because))
            continue
        allowed = float(linear.step_error(params.learning_rate)[k]) + 1e-4
        rows.append(Agreement(name, mean, error, float(predicted[k, 0]), allowed, "Saxe et al. 2014"))
    return rows


def _edge(params: TrainingParams, ensemble: Ensemble, seen: Seen, curvature: Curvature) -> list[Agreement]:
    """Sharpness in units of the largest that the learning rate allows."""
    name = "sharpness · η/2"
    if params.optimizer == "momentum":
        name = "sharpness · η/2(1+β)"
    beta = params.momentum if params.optimizer == "momentum" else 0.0
    limit = largest_sharpness(params.learning_rate, beta)
    values = curvature.sharpness[np.isfinite(curvature.sharpness)] / limit
    if not len(values):
        return []
    mean, error = float(values.mean()), _error(values)
    because = ""
    if params.optimizer not in ("sgd", "momentum"):
        because = f"{params.optimizer} gives each weight its own step length: no single limit"
    elif not ensemble.full_batch:
        because = "batches shake the weights: the limit holds for all examples a step (batch 0)"
    elif params.weight_decay or params.clip or params.dropout:
        because = "remedies change the steps"
    elif params.loss != "mse":
        because = f"with {params.loss} the sharpness falls again once examples are learnt; mse stays at the edge 1"
    elif mean < AT_THE_EDGE:
        because = "below the edge 1, where descent is stable: it may rise"
    elif len(curvature.sharpness) > len(values) or mean > 2:
        because = "beyond the edge: training diverges or jumps"
    if because:
        return [no_prediction(name, mean, error, because)]
    return [Agreement(name, mean, error, 1.0, HOVERS, "Cohen et al. 2021")]


def _outliers(params: TrainingParams, ensemble: Ensemble, seen: Seen, curvature: Curvature) -> list[Agreement]:
    name, classes = "Hessian outliers", ensemble.data.classes
    if classes < 2 or curvature.eigenvalues.shape[1] < 2:
        return []
    counts = np.array([curvature.outliers(network).count for network in range(len(curvature.eigenvalues))], float)
    mean, error = float(counts.mean()), _error(counts)
    because = ""
    if params.loss != "cross_entropy":
        because = "C − 1 is for cross_entropy, whose softmax takes one direction away"
    elif params.dataset != "clusters":
        because = "C − 1 is for classes that are Gaussian clusters (dataset clusters)"
    elif seen.step == 0 or float(np.nanmedian(seen.losses.train_accuracy)) < 0.9:
        because = "they stand out once the classes are learnt"
    if because:
        return [no_prediction(name, mean, error, because)]
    return [Agreement(name, mean, error, classes - 1.0, 0.5, "Sagun et al. 2017")]


def _random_weights(params: TrainingParams, ensemble: Ensemble, seen: Seen) -> list[Agreement]:
    """Mean square singular value of the widest layer: sigma_w^2 max(1, fan_out/fan_in) before training."""
    layer = ensemble.architecture.layers[widest(ensemble) - 1]
    name = f"mean s² of layer {widest(ensemble)}"
    if params.init != "gaussian":
        return []
    # the sum of the squared singular values is that of the squared weights
    squares = np.sum(np.square(ensemble.trainer.theta[:, layer.weights], dtype=float), axis=1)
    by_network = squares / min(layer.fan_in, layer.fan_out)
    known = by_network[np.isfinite(by_network)]
    if not len(known):
        return []
    mean, error = float(known.mean()), _error(known)
    if seen.step:
        return [no_prediction(name, mean, error, "training has moved the weights: Marchenko-Pastur is for random ones")]
    law = SingularValues(layer.fan_out, layer.fan_in, params.sigma_w)
    predicted = law.sigma_w**2 * max(1.0, layer.fan_out / layer.fan_in)
    return [Agreement(name, mean, error, predicted, 0.0, "Marchenko & Pastur 1967")]


def _error(values: Array) -> float:
    """Standard error of the mean, not below what float32 resolves; nan of a single network."""
    if len(values) < 2:
        return math.nan
    return max(float(values.std(ddof=1) / math.sqrt(len(values))), RESOLUTION * abs(float(values.mean())))


def _mid(values: Array) -> float:
    return float(np.median(values))
