"""What theory says of the golf hole at each size, and how far enumeration agrees."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from simulator.agreement import FEWEST, Agreement, no_prediction
from simulator.experiments.sharpening.moments import Array, Moments, exponent, exponent_of_law, mean
from simulator.theory.fits import Line, straight_line
from simulator.theory.rem import (
    GolfHole,
    folding_ratio,
    folding_temperature,
    glass_temperature,
    latent_heat,
    slope_growth,
)

if TYPE_CHECKING:
    from simulator.experiments.sharpening.golf import Golf

SOURCE = "two states, annealed: max |dP/dT|; Bryngelson & Wolynes 1987"
NUMERICAL = 1e-4
"""What bins of energies and a grid of temperatures shift a slope by, relative."""
MOST_ANNEALING = 0.1
"""Relative error of <Z> for Z beyond which it may not stand for it: below T_f = √2 T_g it grows with N, and near that
small systems hang on a handful of states."""
NOTHING_FOLDS = "λ/Δ is below √ln 2 = 0.833: the glass wins at every temperature"
TOO_NEAR = "T_f is too near T_g: a few lowest states decide, which differ from sample to sample"


def why_not(system: Golf, sizes: Iterable[int] = ()) -> str:
    """Why the two-state law says nothing of one of these sizes (none: of all that are known); "" where it does."""
    if math.isnan(float(folding_ratio(system.dial))):
        return NOTHING_FOLDS
    worst = max((annealing(system, size) for size in sizes or system.known), default=0.0)
    return TOO_NEAR if worst > MOST_ANNEALING else ""


def hole(system: Golf, size: float) -> GolfHole:
    """The annealed two-state law of one size, Δ included."""
    return GolfHole(round(size), system.params.funnel, system.params.roughness)


@lru_cache(maxsize=512)
def steepest(law: GolfHole) -> float:
    """Its max |dP/dT|: found numerically, and wanted for the same sizes many times a second."""
    return law.max_slope()


def scatter(system: Golf, size: int) -> float:
    """By how much the slopes of samples of one size scatter, relative and up to a factor: as Z at T_f does."""
    return max(min(math.sqrt(2 * annealing(system, size)), 1.0), NUMERICAL)


def growth(system: Golf) -> tuple[Line | None, float, float]:
    """Straight line of max |dP/dT| against N, Δ included; what it would be of the two-state law at these sizes, with
    what the law leaves open."""
    slopes = {size: m for size, m in system.slopes.items() if m.n >= FEWEST}
    if len(slopes) < 2:
        return None, math.nan, math.nan
    Delta, sizes = system.params.roughness, np.array(list(slopes))
    values = np.array([float(mean(m.total)) / Delta for m in slopes.values()])
    drawn = np.stack([m.drawn(mean) for m in slopes.values()], axis=1) / Delta
    errors = [
        value * scatter(system, size) / math.sqrt(m.n) for value, (size, m) in zip(values, slopes.items(), strict=True)
    ]
    law = np.array([steepest(hole(system, size)) for size in slopes])
    off = law * (1 + np.array([annealing(system, size) for size in slopes]))
    lines = [straight_line(sizes, y, errors) for y in (law, off)]
    predicted, shifted = (math.nan if line is None else line.slope for line in lines)
    return straight_line(sizes, values, errors, drawn), predicted, abs(shifted - predicted)


def power(system: Golf) -> tuple[Line | None, float, float]:
    """The same of the power law through max |dP/dT| against N."""
    relative = partial(scatter, system)
    line = exponent(system.slopes, mean, relative)
    laws = (
        lambda size: steepest(hole(system, size)),
        lambda size: steepest(hole(system, size)) * (1 + annealing(system, size)),
    )
    predicted, shifted = (exponent_of_law(system.slopes, law, relative) for law in laws)
    return line, predicted, abs(shifted - predicted)


def agreements(system: Golf) -> tuple[Agreement, ...]:
    """Every line of the theory panel."""
    rows = _lines(system)
    rows += [_steepest(system, size, moments) for size, moments in system.slopes.items()]
    if system.slopes:
        rows.append(_half(system))
    return tuple(rows)


def _lines(system: Golf) -> list[Agreement]:
    """Growth a spin, and the exponent."""
    sizes = [size for size, m in system.slopes.items() if m.n >= FEWEST]
    limit = slope_growth(system.params.funnel, system.params.roughness)
    sources = (
        f"max |dP/dT| a spin, two states at these N; L/(4T_f²) = {limit or math.nan:.4f} as N → ∞",
        "two states at these N; 1 as N → ∞",
    )
    rows, because = [], why_not(system, sizes)
    for name, of, source in (("per spin", growth, sources[0]), ("exponent", power, sources[1])):
        line, predicted, allowance = of(system)
        if line is None:
            continue
        if because:
            rows.append(no_prediction(name, line.slope, line.slope_error, because))
        else:
            rows.append(Agreement(name, line.slope, line.slope_error, predicted, allowance, source))
    return rows


def _steepest(system: Golf, size: int, moments: Moments) -> Agreement:
    """The steepest of one size."""
    s = moments.scalar(lambda sums: mean(sums) / system.params.roughness)
    name, because = f"slope, {size}", why_not(system, [size])
    if because:
        return no_prediction(name, s.mean, s.stderr, because)
    predicted = steepest(hole(system, size))
    return Agreement(name, s.mean, s.stderr, predicted, annealing(system, size) * predicted, SOURCE)


def annealing(system: Golf, size: int) -> float:
    """Relative error of a slope by the grid of temperatures and by <ln Z> = ln <Z>.

    The second is half the relative variance of Z at T_f, 2^-N exp(N Delta²/(2 T_f²))/2.
    """
    T = folding_temperature(system.dial) or math.inf
    return NUMERICAL + 0.5 * math.exp(size * (0.5 / T**2 - math.log(2)))


def _half(system: Golf) -> Agreement:
    """T(P = 1/2) of the largest size."""
    from simulator.experiments.sharpening.golf import half

    size, lam, Delta = max(system.slopes), system.params.funnel, system.params.roughness
    s = system.slopes[size].scalar(lambda sums: Delta * half(sums))
    name, because = f"T½, {size}", why_not(system, [size])
    T_f, L = folding_temperature(lam, Delta), latent_heat(lam, Delta)
    if because or T_f is None or L is None:
        return no_prediction(name, s.mean, s.stderr, because)
    allowance = annealing(system, size) * T_f**2 / (size * L)  # ln Z, over how fast phi rises: N L/T²
    allowance += NUMERICAL * T_f
    source = "T(P = ½) of two states; T_f = [λ + √(λ² − Δ² ln 2)]/(2 ln 2) as N → ∞"
    return Agreement(name, s.mean, s.stderr, hole(system, size).half(), allowance, source)


def ratio(system: Golf, size: int, dials: Array) -> Array:
    """Measured T(P = 1/2)/T_g at several dials, from the mean of ln Z: shape of dials; nan where there is none."""
    from simulator.experiments.sharpening.counting import TEMPERATURES, halves

    phi = system.log_partition(size) - size * dials[:, None] / TEMPERATURES
    return np.asarray(halves(phi) / glass_temperature())
