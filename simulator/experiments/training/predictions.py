"""What is measured of the networks as scalars, and what theory says of the parameters on screen."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.training.curvature import Curvature, examples, widest
from simulator.experiments.training.ensemble import Ensemble, Weights
from simulator.experiments.training.exact import Catapult, DeepLinear, not_plain
from simulator.experiments.training.params import TrainingParams
from simulator.experiments.training.trace import Losses
from simulator.snapshot import Scalar
from simulator.theory.marchenko_pastur import SingularValues
from simulator.theory.stability import largest_sharpness

Array = NDArray[np.float64]
EXPLODED: Final = 1e6
"""A loss above this counts as diverged."""
AT_THE_EDGE: Final = (0.9, 1.1)
"""Sharpness, in units of the stable limit, between which a network is taken to have come to hover there."""
ARRIVED: Final = 0.98
"""What it must have come to in the second half of the run, and not beyond the higher of those."""
HOVERS: Final = 0.02
"""How far from the limit one network hovers: of 13 tasks 9 looks in 10 were within .98 to 1.03."""
LIMIT: Final = 0.005
"""How far from it the mean of many hovers."""
MISCOUNTS: Final = 0.5
"""Scatter of the number of outliers over networks: one in three counts one more or less."""
COUNTED: Final = 0.65
"""What is left open of the mean number of outliers, which is no law: how far from C - 1 it was, root mean square, in
176 looks at 44 data sets. The largest gap may lie among the outliers where two classes are alike, or below C of them
where all are far apart; networks that share their data set miscount alike."""
MANY: Final = 100
"""Weights from which on the sum of their squares is nearly normal."""
ROUNDED: Final = 2e-3
"""Relative, of a loss that float32 has followed along the map."""
RESOLUTION: Final = 1e-6
"""Relative: what float32 leaves of a sum of many weights."""
CHANGED: Final = "parameters changed during the run: reset to compare"


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything measured at one step. steady: no parameter has changed since the first step. lately: the highest
    sharpness of network 1, half a step on, in the second half of its way, nan where nobody asks."""

    step: int
    epoch: float
    losses: Losses
    weights: Weights
    curvature: Curvature | None
    steady: bool
    lately: float = math.nan

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
        rows.append(_catapult(params, ensemble, seen, catapult))
    elif linear.applies:
        rows += _modes(params, ensemble, seen, linear)
    if seen.curvature is not None and not catapult.applies:
        rows += _edge(params, ensemble, seen, seen.curvature)
        rows += _outliers(params, ensemble, seen, seen.curvature)
    rows += _random_weights(params, ensemble, seen)
    return tuple(rows)


def _catapult(params: TrainingParams, ensemble: Ensemble, seen: Seen, catapult: Catapult) -> Agreement:
    """Loss of each network in units of what the exact map gives for that very network."""
    name, losses = "loss / exact map", seen.losses.train
    known = catapult.resolved & ~seen.diverged
    because = not_plain(params, ensemble) or ("" if seen.steady else CHANGED)
    if not because and not known.any():
        because = "all have converged to rounding, or diverged"
    with np.errstate(all="ignore"):
        ratios = losses[known] / catapult.loss[known]
    middle = float(np.median(ratios)) if known.any() else math.nan
    if because:
        return no_prediction(name, math.nan, math.nan, because)
    return Agreement(name, middle, 0.0, 1.0, ROUNDED, "Lewkowycz et al. 2020")


def _modes(params: TrainingParams, ensemble: Ensemble, seen: Seen, linear: DeepLinear) -> list[Agreement]:
    """The strongest modes on the map of descent, whose flow is Saxe's solution."""
    now, rows = linear.measure(ensemble), []
    because = linear.unpredicted(params, ensemble) or ("" if seen.steady else CHANGED)
    for k in range(min(3, now.shape[1])):
        name, mean, error = f"mode {k + 1}", float(now[:, k].mean()), _error(now[:, k])
        if because:
            rows.append(no_prediction(name, mean, error, because))
            continue
        rounding = 1e-4 * float(linear.goal[k])
        rows.append(Agreement(name, mean, 0.0, float(linear.strength[k]), rounding, "Saxe et al. 2014"))
    return rows


def _edge(params: TrainingParams, ensemble: Ensemble, seen: Seen, curvature: Curvature) -> list[Agreement]:
    """Sharpness half-way between two steps, in units of the largest that the learning rate allows."""
    name = "sharpness · η/2(1+β)" if momentum(params) else "sharpness · η/2"
    limit = largest_sharpness(params.learning_rate, momentum(params))
    values = curvature.midway / limit
    known = values[np.isfinite(values)]
    if not len(known):
        return []
    low, high = AT_THE_EDGE
    because = no_edge(params, ensemble)
    if not because and not (seen.steady and seen.lately >= ARRIVED * limit):
        because = "it has not come to the edge 1 yet: below it descent is stable, and the sharpness may rise"
    if not because and len(known) < len(values):
        because = "some networks have diverged"
    if not because and float(known.min()) < low:
        because = "below the edge 1 again"
    if not because and max(float(known.max()), seen.lately / limit) > high:
        because = "just thrown beyond the edge: it comes back, or diverges"
    mean, error = float(known.mean()), _error(known)
    if because:
        return [no_prediction(name, mean, error, because)]
    error = float(np.fmax(error, HOVERS / math.sqrt(len(known))))
    return [Agreement(name, mean, error, 1.0, LIMIT, "Cohen et al. 2021; taken half-way between two steps")]


def momentum(params: TrainingParams) -> float:
    """beta of heavy-ball momentum, 0 without."""
    return params.momentum if params.optimizer == "momentum" else 0.0


def half_step(params: TrainingParams, ensemble: Ensemble) -> float:
    """Half of a step that turns round, over the gradient: v -> -v of v -> beta v + g is g/(1 + beta). 0: no edge."""
    return 0.0 if no_edge(params, ensemble) else params.learning_rate / (2 * (1 + momentum(params)))


def no_edge(params: TrainingParams, ensemble: Ensemble) -> str:
    """Why there is no edge of stability for these parameters; "" where there is."""
    if params.optimizer not in ("sgd", "momentum"):
        return f"{params.optimizer} gives each weight its own step length: no single limit"
    if not ensemble.full_batch:
        return "batches shake the weights: the limit holds for all examples a step (batch 0)"
    if params.weight_decay or params.clip or params.dropout:
        return "remedies change the steps"
    if params.loss != "mse":
        return f"with {params.loss} the sharpness falls again once examples are learnt; mse stays at the edge 1"
    if len(ensemble.architecture.layers) == 1 or params.activation == "linear":
        return "it is for networks that bend: hidden layers, and an activation that is not linear"
    if (looked := examples(ensemble)) < len(ensemble.data.x):
        return f"the Hessian is taken on {looked} of {len(ensemble.data.x)} examples"
    return ""


def _outliers(params: TrainingParams, ensemble: Ensemble, seen: Seen, curvature: Curvature) -> list[Agreement]:
    name, classes = "Hessian outliers", ensemble.data.classes
    if classes < 2 or curvature.eigenvalues.shape[1] < 2:
        return []
    counts = np.array([curvature.outliers(network).count for network in range(len(curvature.eigenvalues))], float)
    mean, error = float(counts.mean()), _error(counts)
    because = ""
    if params.loss != "cross_entropy":
        because = "C − 1 is for cross_entropy, whose softmax takes one direction away"
    elif params.dataset != "clusters" or params.label_noise or classes > 4:
        because = "C − 1 was verified for two to four Gaussian clusters with true labels"
    elif len(ensemble.architecture.layers) == 1 or params.activation != "relu":
        because = "C − 1 was verified for hidden layers of relu"
    elif seen.step == 0 or not float(np.nanmin(seen.losses.train_accuracy)) > 0.9:
        because = "they stand out once the classes are learnt"
    if because:
        return [no_prediction(name, mean, error, because)]
    error = float(np.fmax(error, MISCOUNTS / math.sqrt(len(counts))))
    return [Agreement(name, mean, error, classes - 1.0, COUNTED, "Sagun et al. 2017")]


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
    mean = float(known.mean())
    weights = len(known) * layer.fan_in * layer.fan_out
    if seen.step or weights < MANY:
        because = "training has moved the weights: Marchenko-Pastur is for random ones"
        because = because if seen.step else f"{weights} weights are too few to compare their squares"
        return [no_prediction(name, mean, _error(known), because)]
    law = SingularValues(layer.fan_out, layer.fan_in, params.sigma_w)
    predicted = law.sigma_w**2 * max(1.0, layer.fan_out / layer.fan_in)
    error = predicted * math.sqrt(2 / weights)  # of a sum of squares, exactly
    return [Agreement(name, mean, error, predicted, 0.0, "Marchenko & Pastur 1967")]


def _error(values: Array) -> float:
    """Standard error of the mean, not below what float32 resolves; nan of a single network."""
    if len(values) < 2:
        return math.nan
    with np.errstate(over="ignore", invalid="ignore"):  # of networks on their way out of the finite numbers
        return max(float(values.std(ddof=1) / math.sqrt(len(values))), RESOLUTION * abs(float(values.mean())))
