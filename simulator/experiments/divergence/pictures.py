"""The pictures of the divergence experiment: measurement solid with its band, theory dashed."""

import math
from functools import lru_cache
from typing import Final

import numpy as np

from simulator.experiments.divergence.atlas import Atlas
from simulator.experiments.divergence.glass_theory import TwinCurve
from simulator.experiments.divergence.params import TOYS, DivergenceParams
from simulator.experiments.divergence.predictions import exponent, known
from simulator.experiments.divergence.trace import RESOLVED, Fit, Trace
from simulator.experiments.divergence.twins import Array
from simulator.figures import Curve, Curves, Handle, Image, Level, Points, frozen
from simulator.parameters import change, field
from simulator.snapshot import Scalar
from simulator.theory.lyapunov import double_well_exponent, iterated_exponent

STEPS: Final = "steps"
ALONE: Final = 8
"""Pairs that are drawn one by one."""
SURE: Final = 2.0
"""Standard errors from zero beyond which a sign is claimed."""
NOISE: Final = 1e-3
"""Exponents a step nearer to zero than this are neither sign's."""
DEEPEST: Final = -3.0
"""Where a superstable orbit, whose exponent has no lower bound, is drawn."""
ORBIT: Final = (200, 140)
"""Columns and rows of the diagram of orbits."""
NEVER: Final = "this system has no closed form of it"


def in_words(fit: Fit | None) -> str:
    """What the twins do."""
    value = exponent(fit)
    error = value.stderr if math.isfinite(value.stderr) else 0.0
    if fit is None or not math.isfinite(value.mean):
        return "Two runs, an invisible difference"
    if abs(value.mean) <= SURE * error:
        return "Twins keep their distance"
    fold = f"{1 / abs(value.mean):.3g} steps"
    return f"Twins part, e-fold in {fold}" if value.mean > 0 else f"Twins meet, e-fold in {fold}"


def distance(trace: Trace, fit: Fit | None, params: DivergenceParams, curve: TwinCurve | None) -> Curves:
    """ln distance of single pairs and their mean with its error, the fit, and the theory's slope."""
    steps, logs = trace.steps.astype(float), trace.logs
    x, flat = frozen(steps), logs.reshape(len(steps), -1)
    curves = [
        Curve("pairs" if k == 0 else "", x, frozen(flat[:, k]), "series", index=4)
        for k in range(min(ALONE, flat.shape[1]) if flat.shape[1] > 1 else 0)
    ]
    middle, error = _mean_and_error(logs)
    curves.append(Curve("mean", x, frozen(middle), "measurement", frozen(middle - error), frozen(middle + error)))
    value, theory = exponent(fit), known(params)
    if fit is not None:
        ends = np.array([fit.first, fit.last], float)
        line = fit.level + fit.exponent * ends
        curves.append(Curve(f"fit: Λ = {_with_error(value)}", frozen(ends), frozen(line), "series", index=1))
        if not theory.because:
            dashed = line.mean() + theory.exponent * (ends - ends.mean())
            curves.append(
                Curve(f"theory: Λ = {theory.exponent:.4g}".replace("-", "−"), frozen(ends), frozen(dashed), "theory")
            )
    if curve is not None:
        solved = curve.t / params.learning_rate
        inside = solved <= 1.1 * max(steps[-1], 20.0)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            square = 0.5 * np.log(np.mean(np.exp(2 * flat), axis=1))
        curves.append(Curve("root mean square", x, frozen(square), "series", index=2))
        label = "theory: the same in an infinite glass"
        curves.append(Curve(label, frozen(solved[inside]), frozen(curve.logs[inside]), "theory"))
    levels: list[Level] = []
    if not params.renormalise and trace.rows[-1].scale > 0 and math.isfinite(trace.rows[-1].scale):
        last = trace.rows[-1]
        if last.size > 0:
            levels.append(Level(math.log(last.size), "size of the cloud", "native"))
        if params.system not in TOYS:
            finest = math.log(RESOLVED * trace.resolution * last.scale)
            levels.append(Level(finest, "limit of single precision", "danger"))
    label = "ln of the distance, had it not been renormalised" if params.renormalise else "ln distance"
    return Curves(in_words(fit), STEPS, label, tuple(curves), levels=tuple(levels))


def running(trace: Trace, fit: Fit | None, params: DivergenceParams) -> Curves:
    """The exponent from the last change of a parameter to each step, with its error, and what it comes to."""
    end = math.inf if fit is None or params.renormalise else fit.last  # beyond, distances show something else
    rows = [row for row in trace.rows if trace.changed_at <= row.step <= end]
    title, curves = _trend(fit), []
    if len(rows) > 1:
        steps = np.array([row.step for row in rows], float)
        logs = np.stack([row.logs for row in rows])
        with np.errstate(invalid="ignore"):
            since = (logs[1:] - logs[0]) / (steps[1:] - steps[0])[:, None, None]
        middle, error = _mean_and_error(since)
        x = frozen(steps[1:] - trace.changed_at)
        band = frozen(middle - error), frozen(middle + error)
        curves.append(Curve("growth since the start, a step", x, frozen(middle), "measurement", *band))
    levels, theory = [Level(0.0, "neither part nor meet", "native")], known(params)
    if fit is not None:
        levels.append(Level(fit.exponent, f"fit {_with_error(exponent(fit))}", "series"))
    if not theory.because:
        levels.append(Level(theory.exponent, "theory"))
    note = "" if not trace.changed_at else f"since parameters changed, at step {trace.changed_at:,}"
    return Curves(title, STEPS, "exponent Λ a step", tuple(curves), "log", levels=tuple(levels), note=note)


def _trend(fit: Fit | None) -> str:
    """The title of the exponent's way: what is sure of its sign."""
    value = exponent(fit)
    if not abs(value.mean) > SURE * (value.stderr if math.isfinite(value.stderr) else 0.0):
        return "How fast the distance grows"
    return "How fast twins part" if value.mean > 0 else "How fast twins meet"


def rates(atlas: Atlas, params: DivergenceParams) -> Curves:
    """The exponent against the learning rate, all else as it is."""
    eta, values = atlas.section()
    order = np.argsort(eta)
    curves = [
        Curve(
            "twins of the map",
            frozen(eta[order]),
            frozen(np.maximum(values[order], DEEPEST)),
            "measurement",
            points=True,
        )
    ]
    theory = _theory_of_rates(params, atlas.across.low, atlas.across.high)
    if theory is not None:
        curves.append(Curve("theory", frozen(theory[0]), frozen(theory[1]), "theory"))
    levels = (Level(params.learning_rate, "η now", "native", "x"), Level(0.0, "", "native"))
    title = _along(values, done=atlas.share == 1)
    return Curves(title, "learning rate η", "exponent Λ a step", tuple(curves), levels=levels)


def _along(values: Array, done: bool) -> str:
    """The title of the exponents along the learning rate, some of them still to come where not `done`."""
    part, meet = (bool((sign * values > NOISE).any()) for sign in (1, -1))
    if part and meet:
        return "Where twins begin to part"
    if not done or part == meet:
        return "The exponent along the rate"
    return "Twins part at every rate" if part else "Twins meet at every rate"


def _theory_of_rates(params: DivergenceParams, low: float, high: float) -> tuple[Array, Array] | None:
    if params.system not in TOYS or params.optimizer == "adam":
        return None
    if params.system == "doublewell" and params.optimizer in ("gd", "sgd"):
        return _well_curve()
    eta = np.linspace(low, high, 241)
    values = np.array([known(change(params, learning_rate=float(one))).exponent for one in eta])
    return (eta, np.where(np.isfinite(values), values, np.nan)) if np.isfinite(values).any() else None


@lru_cache(maxsize=1)
def _well_curve() -> tuple[Array, Array]:
    """Closed forms, and the iterated slope of the map where there is none."""
    eta = np.unique(np.concatenate([np.linspace(0.01, 2.0, 400), [0.501, 0.499, 1.0, 1.1213]]))
    exact = double_well_exponent(eta)
    between = np.isnan(exact)
    exact[between] = iterated_exponent(eta[between, None], 400, np.linspace(0.05, 0.95, 16)).mean(axis=1)
    return eta, np.where(np.isfinite(exact), np.maximum(exact, DEEPEST), np.nan)


def chart(atlas: Atlas, params: DivergenceParams) -> Image:
    """The exponent over two parameters, with the mark of the run."""
    values = atlas.picture()
    across, up = atlas.across, atlas.up
    seen = np.abs(values[np.isfinite(values)])
    reach = max(float(np.quantile(seen, 0.9)) if seen.size else 1.0, 1e-3)
    x, y = params.learning_rate, atlas.present
    handle: Handle | None = None
    points: tuple[Points, ...] = ()
    if atlas.plain:
        points = (Points("now", frozen([x]), frozen([y]), "native"),)
    else:
        handle = Handle(x, y, across.name, up.name)
    parts = ["blue: meet", "red: part"]
    if np.isnan(values).any() and atlas.share == 1:
        parts.append("blank: to infinity")
    if atlas.refused:
        parts = [f"no map: {atlas.refused}"]
    elif atlas.share < 1:
        parts.append(f"{atlas.share:.0%} measured" if atlas.share else "the first twins are under way")
    return Image(
        "Where twins meet and part",
        _axis_label(across.name),
        _axis_label(up.name),
        "exponent Λ a step",
        frozen(values, np.float32),
        (across.low, across.high, up.low, up.high),
        points,
        True,
        " · ".join(parts),
        handle=handle,
        low=-reach,
        high=reach,
    )


def nothing(why: str) -> Image:
    """In the place of a map that there is no room for."""
    blank = frozen(np.zeros((2, 2)), np.float32)
    return Image("Where training converges", "log₁₀ η₀", "log₁₀ η₁", "", blank, (0.0, 1.0, 0.0, 1.0), note=why)


def _axis_label(name: str) -> str:
    param = field(DivergenceParams, name).param
    return f"{param.label[0].lower()}{param.label[1:]} {param.symbol}"


def energies(trace: Trace) -> Curves:
    """Energy of both twins of the first pair."""
    steps = frozen(trace.steps)
    both = np.stack([row.energies for row in trace.rows])
    names = ("first twin", "its twin")
    curves = tuple(
        Curve(name, steps, frozen(column), "measurement" if k == 0 else "series", index=k)
        for k, (name, column) in enumerate(zip(names, both.T, strict=True))
    )
    return Curves("The energy of one pair", STEPS, "energy per component", curves)


def plane(trace: Trace) -> Curves:
    """The ways of the first pair on the plane that shows most of them."""
    tracks = np.stack([row.tracks for row in trace.rows])
    flat = tracks.reshape(-1, tracks.shape[-1])
    known_rows = np.isfinite(flat).all(axis=1)
    labels = ("main direction 1", "main direction 2")
    origin = flat[known_rows].mean(axis=0) if known_rows.any() else np.zeros(flat.shape[1])
    if flat.shape[1] <= 2:
        axes, labels, origin = np.eye(2, flat.shape[1]), ("x₁", "x₂"), np.zeros(flat.shape[1])
    else:
        axes = np.linalg.svd(flat[known_rows] - origin, full_matrices=False)[2][:2]
    places = (tracks - origin) @ axes.T
    curves = []
    for k, name in enumerate(("first twin", "its twin")):
        role = "measurement" if k == 0 else "series"
        x, y = (frozen(places[:, k, i]) for i in (0, 1))
        curves.append(Curve(name, x, y, role, index=k))  # type: ignore[arg-type]
        here = (frozen(x[-1:]), frozen(y[-1:]))
        curves.append(Curve("", *here, role, index=k, points=True))  # type: ignore[arg-type]
    return Curves("The ways of one pair", *labels, tuple(curves))


def orbits(trace: Trace, params: DivergenceParams) -> Image:
    """Where plain descent in the double well comes back to, at each learning rate; the first pair on it."""
    extent = (0.7, 2.0, -1.5, 1.5)
    tracks = trace.rows[-1].tracks
    here = np.full(2, params.learning_rate)
    inside = extent[0] <= params.learning_rate <= extent[1]
    points = tuple(
        Points(name, frozen(here[k : k + 1]), frozen(tracks[k, :1]), role)  # type: ignore[arg-type]
        for k, (name, role) in enumerate((("first twin", "native"), ("its twin", "danger")))
        if inside
    )
    title = "One place, two, four, chaos"
    note = "" if params.optimizer in ("gd", "sgd") else "of plain descent"
    return Image(title, "learning rate η", "x", "how often, log₁₀", _orbits(extent), extent, points, note=note)


@lru_cache(maxsize=1)
def _orbits(extent: tuple[float, float, float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    columns, rows = ORBIT
    step = (extent[1] - extent[0]) / columns
    eta = (extent[0] + step * (np.arange(columns) + 0.5))[:, None]
    x = np.linspace(-0.9, 0.9, 32)[None] + 0.0 * eta
    counts = np.zeros((rows, columns))
    across = np.broadcast_to(np.arange(columns)[:, None], x.shape)
    for turn in range(700):
        x = x - eta * x * (x * x - 1)
        if turn >= 400:
            up = np.clip((x - extent[2]) / (extent[3] - extent[2]) * rows, 0, rows - 1).astype(int)
            np.add.at(counts, (up, across), 1.0)
    with np.errstate(divide="ignore"):
        return frozen(np.where(counts > 0, np.log10(counts), np.nan), np.float32)


def _mean_and_error(values: Array) -> tuple[Array, Array]:
    """Over (rows, groups, members): the mean, and its standard error over groups, or over pairs of a single group."""
    groups = values.shape[1]
    units = values.mean(axis=2) if groups > 1 else values[:, 0]
    with np.errstate(invalid="ignore"):
        known_units = np.isfinite(units)
        counts = np.maximum(known_units.sum(axis=1), 1)
        filled = np.where(known_units, units, 0.0)
        middle = np.where(known_units.any(axis=1), filled.sum(axis=1) / counts, np.nan)
        square = np.where(known_units, (units - middle[:, None]) ** 2, 0.0).sum(axis=1)
        error = np.sqrt(square / np.maximum(counts - 1, 1) / counts)
    return middle, error


def _with_error(value: Scalar) -> str:
    if not math.isfinite(value.stderr) or value.stderr <= 0:
        return f"{value.mean:.4g}".replace("-", "−")
    digits = int(np.clip(1 - math.floor(math.log10(value.stderr)), 0, 6))
    return f"{value.mean:.{digits}f} ± {value.stderr:.{digits}f}".replace("-", "−")
