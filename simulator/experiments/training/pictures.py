"""The plots of the training experiment: measurement solid with its band, theory dashed."""

import math
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.training.curvature import LARGEST, Curvature, Looker, widest
from simulator.experiments.training.ensemble import Ensemble
from simulator.experiments.training.exact import DeepLinear
from simulator.experiments.training.params import TrainingParams
from simulator.experiments.training.path import LossPlane
from simulator.experiments.training.predictions import EXPLODED, Seen, momentum
from simulator.experiments.training.trace import Trace
from simulator.figures import Curve, Curves, Histogram, Image, Level, Points, frozen
from simulator.theory.marchenko_pastur import SingularValues
from simulator.theory.stability import largest_sharpness

Array = NDArray[np.float64]
FLOOR: Final = 1e-9
"""Losses below this are drawn here on a logarithmic axis."""
EPOCHS: Final = "epochs"
CLEAR: Final = 0.8
"""What is left of a loss that has clearly fallen: less, and a title says so."""
FEW: Final = 24
"""Fewer points than these are drawn as points."""
BULK: Final = 1.15
"""Of the random law's edge, how far beyond it singular values reach where learning has clearly pulled them out."""
TOO_LARGE: Final = f"not taken of networks with more than {LARGEST:,} weights"


def loss(trace: Trace, ensemble: Ensemble, seen: Seen, theory: tuple[Array, Array] | None) -> Curves:
    """Training and test loss of the ensemble; `theory`: steps and losses where the run is solved exactly."""
    x = ensemble.epoch(trace.steps)
    curves = [
        _banded("training, median and middle two thirds", x, trace.column("train"), 0, FLOOR),
        _banded("test", x, trace.column("test"), 1, FLOOR),
    ]
    if theory is not None:
        curves.append(Curve("theory: exact", frozen(ensemble.epoch(theory[0])), frozen(_shown(theory[1])), "theory"))
    lost = int(seen.diverged.sum())
    note = f"{lost} of {len(seen.diverged)} networks have diverged" if lost else ""
    title = "Most networks diverge" if 2 * lost > len(seen.diverged) else _what_losses_do(curves[0].y, curves[1].y)
    return Curves(title, EPOCHS, "loss L", tuple(curves), "linear", "log", note=note)


def _what_losses_do(train: Array, test: Array) -> str:
    """A title by the last tenth of the medians: a loss has fallen or risen where it has done so by a fifth."""
    train, test = train[np.isfinite(train)], test[np.isfinite(test)]
    if min(train.size, test.size) < 3:
        return "Loss of the networks"
    now, then = (float(np.median(part[-(1 + part.size // 10) :])) for part in (train, test))
    if now > train[0] / CLEAR:
        return "Loss rises"
    if now > CLEAR * train[0]:
        return "Loss of the networks"
    smooth = [float(np.median(part)) for part in np.array_split(test, min(10, test.size))]
    return "Training loss falls, test rises" if then > min(smooth) / CLEAR else "Loss falls as the networks learn"


def accuracy(trace: Trace, ensemble: Ensemble) -> Curves:
    """Share of examples whose class is right, with chance as a level."""
    x = ensemble.epoch(trace.steps)
    curves = (
        _banded("training, median and middle two thirds", x, trace.column("train_accuracy"), 0),
        _banded("test", x, trace.column("test_accuracy"), 1),
    )
    levels = (Level(1 / max(2, ensemble.data.classes), "chance"),)
    return Curves("How many are right", EPOCHS, "accuracy", curves, levels=levels)


def modes(linear: DeepLinear, exact: bool, eta: float) -> Curves:
    """Strengths of a linear network's modes, and where it is exact their map, whose flow is Saxe's solution."""
    t = frozen(np.array(linear.steps, float) * eta)
    measured, mapped = (np.stack([row[k] for row in linear.rows]) for k in (0, 1))
    shown = min(6, measured.shape[1])
    curves = [
        Curve(f"mode {k + 1}", t, frozen(_shown(measured[:, k], None)), "measurement" if k == 0 else "series", index=k)
        for k in range(shown)
    ]
    if exact:
        curves += [Curve("theory: Saxe" if k == 0 else "", t, frozen(mapped[:, k]), "theory") for k in range(shown)]
    levels = () if exact else tuple(Level(float(linear.goal[k]), f"S{'₁₂₃₄₅₆'[k]}") for k in range(shown))
    in_turn = _are_in_turn(measured[:, :shown], linear.goal[:shown])
    title = "Modes are learnt one by one" if in_turn else "Strengths of the modes"
    return Curves(title, "time t = Σ η", "strength a", tuple(curves), levels=levels)


def _are_in_turn(strengths: Array, goal: Array) -> bool:
    """Whether two modes at least have passed half of their strength (rows, modes), each clearly later than the one
    before."""
    with np.errstate(invalid="ignore"):
        there = strengths > 0.5 * goal
    when = [int(np.argmax(mode)) for mode in there.T if mode.any()]
    return len(when) > 1 and all(b > a / CLEAR for a, b in pairwise(when))


def explained(trace: Trace, ensemble: Ensemble) -> Curves:
    """Real targets: the share of their variance that the networks have not learnt."""
    x = ensemble.epoch(trace.steps)
    variance = max(0.5 * float(np.mean(np.sum(ensemble.data.t.astype(float) ** 2, axis=1))), FLOOR)
    train, test = (tuple(1 - part / variance for part in trace.column(name)[::-1]) for name in ("train", "test"))
    curves = (_banded("training", x, train, 0, -1.0), _banded("test", x, test, 1, -1.0))
    return Curves("How much is explained", EPOCHS, "1 − L/L₀", curves)


def outcomes(seen: Seen) -> Histogram:
    """The losses of all networks as they are now."""
    title, labels = "Where the networks have come to", ("test loss", "density")
    values = seen.losses.test[~seen.diverged]
    values = values[np.isfinite(values)]
    lost = int(seen.diverged.sum())
    note = f"{lost} of {len(seen.diverged)} diverged, not shown" if lost else ""
    if not values.size:
        return Histogram(title, *labels, frozen([0.0, 1.0]), frozen([0.0]), "networks", note=note)
    low, high = float(values.min()), float(values.max())
    margin = max(0.05 * (high - low), 1e-3 * abs(high), 1e-9)
    edges = np.linspace(low - margin, high + margin, int(np.clip(2 * math.sqrt(values.size), 8, 50)) + 1)
    density, _ = np.histogram(values, edges, density=True)
    levels = (Level(float(np.median(values)), "median", "native", "x"),)
    return Histogram(title, *labels, frozen(edges), frozen(density), "networks", levels=levels, note=note)


def interpolation(a: Array, train: Array, test: Array) -> Curves:
    """Losses (points, networks) on the straight line from start to now (Goodfellow et al. 2015)."""
    curves = [
        Curve("training, each network" if k == 0 else "", frozen(a), frozen(_shown(column)))
        for k, column in enumerate(train.T)
    ]
    curves += [
        Curve("test" if k == 0 else "", frozen(a), frozen(_shown(column)), "series", index=1)
        for k, column in enumerate(test.T)
    ]
    with np.errstate(invalid="ignore"):
        rises = int(np.sum(np.any(np.diff(train, axis=0) > 1e-3 * np.abs(train[:-1]) + 1e-6, axis=0)))
    note = "no barrier on the way" if rises == 0 else f"{rises} of {train.shape[1]} meet a barrier"
    return Curves("Straight from start to now", "α, from start to now", "loss L", tuple(curves), "linear", "log",
                  note=note)  # fmt: skip


def plane(found: LossPlane) -> Image:
    """log10 of the loss around the way of one network, the way on it."""
    principal = math.isfinite(found.explained[0])
    values = np.log10(np.maximum(found.losses, FLOOR))
    values[~np.isfinite(found.losses)] = np.nan
    way = found.way[np.isfinite(found.way).all(1)]
    curves = (Curve("way of network 1", frozen(way[:, 0]), frozen(way[:, 1]), "measurement"),)
    points = (Points("now", frozen(way[-1:, 0]), frozen(way[-1:, 1]), "native"),)
    if principal:
        labels = tuple(f"axis {k + 1} ({100 * share:.0f} %)" for k, share in enumerate(found.explained))
        title = "The way down the loss" if _leads_down(found) else "The way over the loss"
        note = "on the plane that holds most of the way; of each axis, its share of the way"
    else:
        labels = ("random axis 1", "random axis 2")
        title = "The loss in random directions"
        note = "filter-normalised: 1 is as far as the weights are long"
    return Image(title, labels[0], labels[1], "log₁₀ L", frozen(values, np.float32), found.extent, points, note=note,
                 curves=curves)  # fmt: skip


def _leads_down(found: LossPlane) -> bool:
    """Whether the loss at the end of the way, by the picture's own cells, is clearly below that at its start."""
    a0, a1, b0, b1 = found.extent
    rows, columns = found.losses.shape
    ends = []
    for a, b in (found.way[0], found.way[-1]):
        if not math.isfinite(a + b):
            return False
        row, column = round((b - b0) / (b1 - b0) * (rows - 1)), round((a - a0) / (a1 - a0) * (columns - 1))
        ends.append(float(found.losses[min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)]))
    return ends[1] < CLEAR * ends[0]


def sharpness(looker: Looker, params: TrainingParams, ensemble: Ensemble) -> Curves:
    """The Hessian's top eigenvalue against epochs, with the largest that this learning rate allows."""
    steps = np.array(looker.steps, float)
    x = ensemble.epoch(steps)
    few = len(steps) < FEW
    name = "top eigenvalue λ, network 1"
    curves = [Curve(name, frozen(x), frozen(looker.sharpness), "measurement", points=few, joined=few)]
    levels: tuple[Level, ...] = ()
    if params.optimizer in ("sgd", "momentum"):
        beta = momentum(params)
        name = "2/η" if beta == 0 else "2(1+β)/η"
        levels = (Level(largest_sharpness(params.learning_rate, beta), f"edge {name}"),)
    title = "Sharpness and its stable limit" if levels else "Sharpness of the loss"
    note = TOO_LARGE if ensemble.architecture.parameters > LARGEST else ""
    return Curves(title, EPOCHS, "sharpness λ", tuple(curves), "linear", "linear", levels, note)


def hessian(curvature: Curvature | None, ensemble: Ensemble) -> Curves:
    """Leading eigenvalues by rank, with the gap above which as many are expected as classes less one."""
    title, labels = "Steep directions of the loss", ("rank", "Hessian eigenvalue λ")
    if curvature is None:
        return Curves(title, *labels, (), "linear", "log", note=TOO_LARGE)
    curves = []
    for k, values in enumerate(curvature.eigenvalues):
        above = np.flatnonzero(values > 0)
        label = "networks" if k == 0 else ""
        curves.append(Curve(label, frozen(above + 1.0), frozen(values[above]), "measurement", points=True))
    levels: tuple[Level, ...] = ()
    if ensemble.data.classes > 1 and ensemble.architecture.loss == "cross_entropy":
        levels = (Level(ensemble.data.classes - 0.5, "C − 1 outliers", "theory", "x"),)
    found = curvature.outliers()
    if levels and abs(found.count - (ensemble.data.classes - 1)) <= 0.25 * ensemble.data.classes:
        title = "Steep directions: about one a class"
    note = f"{found.count} above the largest gap, a factor {found.ratio:.2g}" if found.count else ""
    return Curves(title, *labels, tuple(curves), "linear", "log", levels, note)


def weights(values: Array, ensemble: Ensemble, params: TrainingParams) -> Histogram:
    """Singular values of the widest layer of all networks on the law of random ones."""
    layer = ensemble.architecture.layers[widest(ensemble) - 1]
    labels = (f"Singular values of layer {widest(ensemble)}", "singular value s", "density")
    values = values[np.isfinite(values)]
    if not values.size:
        return Histogram(*labels, frozen([0.0, 1.0]), frozen([0.0]), note="no finite weights")
    law = SingularValues(layer.fan_out, layer.fan_in, params.sigma_w)
    gaussian = params.init == "gaussian" and params.sigma_w > 0
    top = max(float(values.max()), law.edges[1] if gaussian else 0.0) * 1.05 or 1.0
    if gaussian and float(values.max()) > BULK * law.edges[1]:
        labels = (f"Layer {widest(ensemble)}: learning leaves the random bulk", *labels[1:])
    edges = np.linspace(0.0, top, int(np.clip(1.5 * math.sqrt(values.size), 12, 60)) + 1)
    density, _ = np.histogram(values, edges, density=True)
    overlays: tuple[Curve, ...] = ()
    if gaussian:
        x = np.linspace(*law.edges, 201)
        y = law.density(x)
        overlays = (Curve("theory: random weights", frozen(x), frozen(np.where(np.isfinite(y), y, 0)), "theory"),)
    return Histogram(*labels, frozen(edges), frozen(density), "networks", overlays)


def _banded(label: str, x: Array, column: tuple[Array, ...], index: int, floor: float | None = None) -> Curve:
    low, middle, high = (_shown(part, floor) for part in column)
    role = "measurement" if index == 0 else "series"
    return Curve(label, frozen(x), frozen(middle), role, frozen(low), frozen(high), index)  # type: ignore[arg-type]


def _shown(values: Array, floor: float | None = FLOOR) -> Array:
    """What is drawn: not below the floor, blank where it has exploded."""
    with np.errstate(invalid="ignore"):
        bounded = np.where(np.abs(values) < EXPLODED, values, np.nan)
        return bounded if floor is None else np.maximum(bounded, floor)
