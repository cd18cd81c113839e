"""The plots of the golf hole: every size on common axes, enumeration solid, theory dashed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulator.experiments.sharpening import golf_predictions as laws
from simulator.experiments.sharpening import tiles
from simulator.experiments.sharpening.counting import SHOWN, TEMPERATURES, bin_energies
from simulator.experiments.sharpening.moments import Array, mean
from simulator.experiments.sharpening.plots import CLEAR, against_size, fitted, grows, reach, series, theory
from simulator.experiments.sharpening.system import shown
from simulator.figures import Curve, Curves, Level, Surface, frozen
from simulator.theory.rem import folding_ratio, folding_temperature, glass_temperature

if TYPE_CHECKING:
    from simulator.experiments.sharpening.golf import Golf

COARSE = 32
"""Bins that one point of a density of states spans."""
TEMPERATURE = "temperature T"


def picture(system: Golf) -> Surface:
    """States of one sample of each size as a golf course: what lies beside what means nothing, their heights do."""
    Delta, tiles_made, names = system.params.roughness, [], []
    for size in shown(system.sizes, 4):
        names.append(f"N = {size}")
        tiles_made.append(_course(system, size, Delta))
    axes = ("", "states", "E = H/N")
    return tiles.side_by_side(
        "A hole among random energies: the ground grows flat",
        axes,
        tiles_made,
        names,
        (-1.04 * system.params.funnel, 2.6 * Delta / math.sqrt(2 * min(system.sizes))),
        f"up to {SHOWN} states of each size in no order, one scale; roughness a spin is Δ/√(2N)",
    )


def _course(system: Golf, size: int, Delta: float) -> Array:
    z = system.first.get(size)
    if z is None:
        return np.full((tiles.PIXELS, tiles.PIXELS), -1e-3)
    side = 2 ** (min(size, int(math.log2(SHOWN))) // 2)
    states = np.resize(Delta * z.astype(float) / math.sqrt(2 * size), side * side).reshape(side, side)
    place = np.arange(tiles.PIXELS) * side // tiles.PIXELS
    middle = place[tiles.PIXELS // 2]
    states[middle, middle] = -system.params.funnel
    return np.asarray(states[np.ix_(place, place)])


def density_of_states(system: Golf) -> Curves:
    """Entropy of the random states against their energy: ln(count a unit of E)/N, on ln 2 - E²/Δ²."""
    Delta, curves = system.params.roughness, []
    for k, size in enumerate(system.known):
        width = COARSE * float(np.diff(bin_energies(size)[:2])[0]) / size
        counts = system.counts[size].reshape(-1, COARSE).sum(axis=1) / system.samples(size)
        e = bin_energies(size).reshape(-1, COARSE).mean(axis=1) / size
        some = counts > 0
        # The Gaussian's own factor, sqrt(N/pi), is taken out: what is left is the entropy at every N.
        entropy = np.log(counts[some] / width * math.sqrt(math.pi / size)) / size
        curves.append(series(f"N = {size}", k, Delta * e[some], entropy))
    e = np.linspace(-1.1, 1.1, 121)
    curves += theory("ln 2 − E²/Δ²", Delta * e, math.log(2) - e**2)
    levels = (Level(-system.params.funnel, "native state", "native", "x"),)
    return Curves(
        "Fewer and fewer states the lower they lie", "E = H/N", "entropy a spin", tuple(curves), levels=levels
    )


def _window(system: Golf) -> Array:
    """Which TEMPERATURES are drawn, (T,) bool: around T_f, or the lower ones where nothing folds."""
    T_f = folding_temperature(system.dial)
    low, high = (0.3, 1.9) if T_f is None else (0.45 * T_f, 1.75 * T_f)
    return np.asarray((low <= TEMPERATURES) & (high >= TEMPERATURES))


def _folding_level(system: Golf) -> tuple[Level, ...]:
    T_f = folding_temperature(system.params.funnel, system.params.roughness)
    return () if T_f is None else (Level(T_f, "T_f", "theory", "x"),)


def native(system: Golf) -> Curves:
    """P(T), the weight of the native state."""
    Delta, here = system.params.roughness, _window(system)
    T, curves = Delta * TEMPERATURES[here], []
    for k, size in enumerate(system.known):
        solved = system.solved(size)
        curves.append(series(f"N = {size}", k, T, solved.native[here], solved.native_error[here]))
    if system.known and not laws.why_not(system):
        size = system.known[-1]
        curves += theory(f"two-state law, N = {size}", T, laws.hole(system, size).native(T))
    title = "The larger, the more abruptly it folds" if grows(system.slopes, mean) else "Weight of the native state"
    return Curves(title, TEMPERATURE, "native weight P", tuple(curves), levels=_folding_level(system))


def heat(system: Golf) -> Curves:
    """Specific heat: a peak of area L and width 1/N."""
    Delta, here = system.params.roughness, _window(system)
    T = Delta * TEMPERATURES[here]
    curves = [series(f"N = {size}", k, T, system.solved(size).heat[here]) for k, size in enumerate(system.known)]
    if system.known and not laws.why_not(system):
        size = system.known[-1]
        curves += theory(f"two-state law, N = {size}", T, laws.hole(system, size).heat(T))
    tops = [float(curve.y.max()) for curve in curves[: len(system.known)]]
    rises = len(tops) > 1 and tops[-1] > tops[0] / CLEAR
    title = "Latent heat: the peak rises with N" if rises else "Specific heat"
    return Curves(title, TEMPERATURE, "C/N", tuple(curves), levels=_folding_level(system))


def slope(system: Golf) -> Curves:
    """max |dP/dT| against N."""
    Delta, slopes = system.params.roughness, system.slopes
    curves: list[Curve] = [against_size("measured", slopes, mean, 1 / Delta)]
    curves += fitted(laws.power(system)[0], list(slopes), 1 / Delta)
    if not laws.why_not(system) and slopes:
        x = np.arange(min(slopes), max(slopes) + 1)
        curves += theory(
            "two-state law", x.astype(float), np.array([laws.steepest(laws.hole(system, int(n))) for n in x])
        )
    title = "Each spin makes it steeper" if grows(slopes, mean) else "How steeply it folds"
    return Curves(title, "size N", "max |dP/dT|", tuple(curves), "log", "log")


def heat_peak(system: Golf) -> Curves:
    """The highest C/N against N."""
    here = _window(system)
    x = np.array(system.known, float)
    y = np.array([system.solved(size).heat[here].max() for size in system.known])
    curves: list[Curve] = [Curve("measured", frozen(x), frozen(y), points=True)]
    if not laws.why_not(system) and system.known:
        T, sizes = system.params.roughness * TEMPERATURES[here], np.unique(np.round(reach(system.known)))
        peak = np.array([laws.hole(system, n).heat(T).max() for n in sizes])
        curves += theory("two-state law", sizes, peak)
    title = "The heat's peak grows with N" if y.size > 1 and y[-1] > y[0] / CLEAR else "The heat's peak"
    return Curves(title, "size N", "max C/N", tuple(curves), "log", "log")


def folding(system: Golf) -> Curves:
    """T_f/T_g along the dial."""
    dials = np.linspace(0.7, 4.0, 67)
    curves = [series(f"N = {n}", k, dials, laws.ratio(system, n, dials)) for k, n in enumerate(system.known)]
    exact = np.append(math.sqrt(math.log(2)), dials)
    curves += theory("y + √(y² − 1), y = λ/0.833Δ", np.sort(exact), folding_ratio(np.sort(exact)))
    now = system.dial
    at = [laws.ratio(system, n, np.array([now]))[0] for n in system.known[-1:]]
    if at:
        curves.append(Curve("dial on screen", frozen([now]), frozen(at), points=True))
    return Curves(
        "Turn the dial: folding moves away from the glass",
        "dial λ/Δ",
        "T_f/T_g",
        tuple(curves),
        levels=(Level(1.0, f"glass, T_g = {glass_temperature(system.params.roughness):.3f}"),),
    )
