"""The plots of funnel and glass: every size on common axes, measurement solid, theory dashed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulator.experiments.landscape.trace import kept
from simulator.experiments.sharpening import descent_predictions as laws
from simulator.experiments.sharpening import tiles
from simulator.experiments.sharpening.moments import Array, exponent, mean, spread_of_all
from simulator.experiments.sharpening.plots import against_size, density, fitted, reach, series, theory
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
    note = f"exact slices through the {middle}, one scale, turning slowly; a spin's roughness is Δ/√(2N)"
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
        dials = sorted({*system.grid.tolist(), system.dial})
        known = [(dial, system.ends(size, dial).scalar(laws.found)) for dial in dials if system.ends(size, dial).n]
        x, y = np.array([dial for dial, _ in known]), np.array([s.mean for _, s in known])
        error = np.nan_to_num(np.array([s.stderr for _, s in known]))
        low, high = frozen(np.clip(y - error, 0, 1)), frozen(np.clip(y + error, 0, 1))
        curves.append(Curve(f"N = {size}", frozen(x), frozen(y), "series", low, high, k))
    threshold, top = laws.success_threshold(system.params), float(system.grid[-1])
    if 0 < threshold < top:
        step = np.array([0.0, threshold, threshold, max(top, system.dial)])
        curves += theory("step at λ_GD, N → ∞", step, np.array([0.0, 0.0, 1.0, 1.0]))
    return Curves(
        "Success sets in more abruptly",
        "dial λ/Δ",
        "share that finds it",
        tuple(curves),
        levels=(Level(system.dial, "dial on screen", "measurement", "x"),),
    )


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
    return Curves(
        "Larger glasses come nearer the threshold",
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
        "The larger, the more alike all ends",
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
