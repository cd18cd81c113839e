"""The plots of funnel and glass: every size on common axes, measurement solid, theory dashed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulator.experiments.landscape.trace import kept
from simulator.experiments.sharpening import descent_predictions as laws
from simulator.experiments.sharpening import tiles
from simulator.experiments.sharpening.moments import Array, exponent, mean, spread_of_all
from simulator.experiments.sharpening.plots import CLEAR, against_size, density, fitted, reach, series, shrinks, theory
from simulator.experiments.sharpening.system import shown
from simulator.figures import Curve, Curves, Level, Surface, frozen
from simulator.theory import asymptotics

if TYPE_CHECKING:
    from simulator.experiments.sharpening.descents import Descents

TILES = 4
SIZE = "size N"
ENERGY = "E = H/N"


def picture(system: Descents) -> Surface:
    """The landscapes themselves side by side, seen along directions that turn slowly."""
    params, Delta = system.params, system.params.roughness
    sizes = shown(system.sizes, TILES)
    overlap = tiles.pixels()[:, 0]
    if params.system == "glass":
        made = [Delta * system.slices.tile_about(size, laws.depth(system, size)) for size in sizes]
        deepest = -Delta * asymptotics.threshold_energy(params.mixture)
    else:
        bias = params.funnel * np.asarray(params.bias.g(overlap))
        made = [Delta * system.slices.tile(size) - bias for size in sizes]
        deepest = params.funnel
    margin = 2.5 * Delta / math.sqrt(2 * min(sizes))
    title, middle = {
        "funnel": ("One funnel at every size: roughness shrinks, depth stays", "native state"),
        "glass": ("Where a descent ends: the larger, the smoother", "end of a descent"),
    }[params.system]
    note = f"exact slices through the {middle}; energies scatter by Δ/√(2N); one scale, turning slowly"
    axes = ("angle to the middle (rad)", "angle (rad)", ENERGY)
    names = [f"N = {size}" for size in sizes]
    return tiles.side_by_side(
        title, axes, [tiles.round_tile(t) for t in made], names, (-deepest - 0.5 * margin, margin), note
    )


def profile(system: Descents) -> Curves:
    """The same landscapes along one great circle through their middles."""
    params, Delta = system.params, system.params.roughness
    theta = np.linspace(-tiles.REACH, tiles.REACH, 241)
    curves = []
    for k, size in enumerate(shown(system.sizes, TILES)):
        if params.system == "glass":
            y = system.slices.line_about(size, laws.depth(system, size), theta)
        else:
            y = system.slices.line(size, theta) - system.dial * np.asarray(params.bias.g(np.cos(theta)))
        curves.append(series(f"N = {size}", k, theta, Delta * y))
    if params.system == "glass":
        f = params.mixture.f
        smooth = asymptotics.threshold_energy(params.mixture) * f(np.cos(theta)) / f(1.0)
    else:
        smooth = -system.dial * np.asarray(params.bias.g(np.cos(theta)))
    curves += theory("N → ∞", theta, Delta * smooth)
    return Curves("A cut through the middle of each", "angle to the middle (rad)", ENERGY, tuple(curves))


def transition(system: Descents) -> Curves:
    """Funnel: success against the dial. Glass: energy against time."""
    return success(system) if system.params.system == "funnel" else relaxation(system)


def success(system: Descents) -> Curves:
    """Share of walkers that find the native state, along the sweep of the dial."""
    curves = []
    for k, size in enumerate(system.plans):
        dials = {dial: system.ends(size, dial) for dial in sorted({*system.grid.tolist(), system.dial})}
        if not dials[system.dial].n and system.dial not in system.grid:
            del dials[system.dial]  # it must not part two neighbours of the grid that have been measured
        known = {dial: moments.scalar(laws.found) for dial, moments in dials.items() if moments.n}
        y = np.array([known[dial].mean if dial in known else math.nan for dial in dials])
        error = np.nan_to_num(np.array([known[dial].stderr if dial in known else 0.0 for dial in dials]))
        low, high = frozen(np.clip(y - error, 0, 1)), frozen(np.clip(y + error, 0, 1))
        curves.append(Curve(f"N = {size}", frozen(list(dials)), frozen(y), "series", low, high, k, True, True))
    threshold, top = laws.success_threshold(system.params), float(system.grid[-1])
    if 0 < threshold < top:
        step = np.array([0.0, threshold, threshold, max(top, system.dial)])
        curves += theory("step at λ_GD, N → ∞", step, np.array([0.0, 0.0, 1.0, 1.0]))
    return Curves(
        "Success sets in more abruptly" if _is_sharper(curves[: len(system.plans)]) else "Success along the dial",
        "dial λ/Δ",
        "share that finds it",
        tuple(curves),
        levels=(Level(system.dial, "dial on screen", "measurement", "x"),),
    )


def _is_sharper(curves: list[Curve]) -> bool:
    """Whether success sets in over a clearly shorter part of the dial at the largest size than at the smallest."""
    widths = [_onset(curve) for curve in curves]
    known = [width for width in widths if math.isfinite(width)]
    return len(known) > 1 and math.isfinite(widths[0]) and known[-1] < CLEAR * widths[0]


def _onset(curve: Curve) -> float:
    """How far apart on the dial a share of a quarter and one of three quarters are passed; nan where not both are,
    each between neighbours that have been measured."""
    at = []
    for share in (0.25, 0.75):
        with np.errstate(invalid="ignore"):
            passes = np.flatnonzero((curve.y[:-1] < share) & (curve.y[1:] >= share))
        if not passes.size:
            return math.nan
        k = int(passes[0])
        at.append(float(np.interp(share, curve.y[k : k + 2], curve.x[k : k + 2])))
    return at[1] - at[0]


def relaxation(system: Descents) -> Curves:
    """Mean energy against time at each size."""
    params, Delta = system.params, system.params.roughness
    steps = np.arange(params.steps_at(0.0))
    times = params.rate / Delta * steps[kept(steps)].astype(float)
    curves = []
    for k, (size, (total, count)) in enumerate(sorted(system.traces.items())):
        curves.append(series(f"N = {size}", k, times[1:], Delta * total[1:] / count))
    threshold = Delta * asymptotics.threshold_energy(params.mixture)
    law = system.relaxation.curve(system.hurried)
    if law is not None:
        inside = law.t >= params.rate
        curves += theory("N → ∞", law.t[inside] / Delta, Delta * law.E[inside])
    away = [abs(float(curve.y[-1]) - threshold) for curve in curves[: len(system.traces)]]
    nearer = len(away) > 1 and away[-1] < CLEAR * away[0]
    return Curves(
        "Larger glasses come nearer the threshold" if nearer else "Descents in glasses of each size",
        "time t",
        ENERGY,
        tuple(curves),
        "log",
        levels=(Level(threshold, "threshold, N → ∞"),),
    )


def distribution(system: Descents) -> Curves:
    """Densities of the energies where walkers ended, at the dial on screen."""
    ended = {size: e for size in system.plans if len(e := system.energies(size)) > 1}
    levels = []
    limit = laws.end_limit(system)
    if math.isfinite(limit):
        levels.append(Level(limit, "N → ∞", "theory", "x"))
    if not ended:
        return Curves("Where descents end", ENERGY, "density", ())
    every = np.concatenate(list(ended.values()))
    low, high = float(every.min()), float(every.max())
    margin = 0.08 * (high - low) or 0.1
    numbers = {size: k for k, size in enumerate(system.plans)}
    curves = [density(f"N = {size}", numbers[size], e, low - margin, high + margin) for size, e in ended.items()]
    return Curves(
        "The larger, the more alike all ends" if shrinks(system.known, spread_of_all) else "Energies at the ends",
        ENERGY,
        "density",
        tuple(curves),
        levels=tuple(levels),
        note="" if system.params.system == "glass" else f"at λ/Δ = {system.dial:.3g}",
    )


def gap(system: Descents) -> Curves:
    """Z = gap over roughness against size."""
    measured = system.measured_gaps
    line = laws.gap_line(system)
    curves: list[Curve] = [against_size("measured", measured, system.gap_over_roughness)]
    curves += fitted(line, list(measured))
    x = reach(list(measured))
    curves += theory(laws.gap_words(system), x, np.array([laws.gap(system, n) for n in x]))
    return Curves("Gap over roughness", SIZE, "Z = gap / roughness", tuple(curves), "log", "log")


def energy_spread(system: Descents) -> Curves:
    """Standard deviation of the end energies against size."""
    known, Delta = system.known, system.params.roughness
    curves: list[Curve] = [against_size("measured", known, spread_of_all, Delta)]
    curves += fitted(exponent(known, spread_of_all), list(known), Delta)
    x = reach(list(known))
    curves += theory(laws.spread_words(system), x, np.array([Delta * laws.end_spread(system, n) for n in x]))
    return Curves("Spread of end energies", SIZE, "std of E", tuple(curves), "log", "log")


def ends(system: Descents) -> Curves:
    """Mean end energy against N^(-2/3), in which the glass's is a straight line to the threshold."""
    known, Delta = system.known, system.params.roughness
    marks = against_size("measured", known, mean, Delta)
    curves: list[Curve] = [
        Curve(marks.label, _shrunk(marks.x), marks.y, "measurement", marks.low, marks.high, points=True)
    ]
    x = np.concatenate([reach(list(known)), [1e12]]) if known else np.zeros(0)
    curves += theory(laws.end_words(system), _shrunk(x), np.array([laws.end_law(system, n) for n in x]))
    limit = laws.end_limit(system)
    name = "threshold" if system.params.system == "glass" or system.dial == 0 else "native state"
    levels: tuple[Level, ...] = ()
    if math.isfinite(limit) and name == "native state":
        across = np.array([0.0, 1.1 * float(_shrunk(np.array([min(known, default=16)]))[0])])
        curves.append(Curve(f"{name}, N → ∞", frozen(across), frozen(np.full(2, limit)), "native"))
    elif math.isfinite(limit):
        levels = (Level(limit, f"{name}, N → ∞"),)
    return Curves(
        "Where descents end",
        "N^(−2/3)",
        ENERGY,
        tuple(curves),
        levels=levels,
    )


def _shrunk(x: Array) -> Array:
    return frozen(np.asarray(x, float) ** (-2 / 3))
