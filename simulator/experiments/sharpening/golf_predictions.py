"""What theory says of the golf hole at each size, and how far enumeration agrees."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.sharpening.moments import FEWEST, Array, exponent, exponent_of_law, mean
from simulator.theory.fits import Line, straight_line
from simulator.theory.rem import GolfHole, folding_ratio, folding_temperature, glass_temperature, slope_growth

if TYPE_CHECKING:
    from simulator.experiments.sharpening.golf import Golf

SOURCE = "two states, annealed: max |dP/dT|; Bryngelson & Wolynes 1987"
NUMERICAL = 1e-4
"""What bins of energies and a grid of temperatures shift a slope by, relative."""
FREEZING = 1.25
"""T_f/T_g above which <Z> may stand for Z in small systems too: at T_g itself a handful of states decides."""
NOTHING_FOLDS = "λ/Δ is below √ln 2 = 0.833: the glass wins at every temperature"
TOO_NEAR = "T_f is too near T_g: a few lowest states decide, which differ from sample to sample"


def why_not(system: Golf) -> str:
    """Why the two-state law says nothing here; "" where it does."""
    ratio = float(folding_ratio(system.dial))
    return NOTHING_FOLDS if math.isnan(ratio) else TOO_NEAR if ratio < FREEZING else ""


def hole(system: Golf, size: float) -> GolfHole:
    """The annealed two-state law of one size, Δ included."""
    return GolfHole(round(size), system.params.funnel, system.params.roughness)


@lru_cache(maxsize=512)
def steepest(law: GolfHole) -> float:
    """Its max |dP/dT|: found numerically, and wanted for the same sizes many times a second."""
    return law.max_slope()


def growth(system: Golf) -> tuple[Line | None, float]:
    """Straight line of max |dP/dT| against N, Δ included; and what it would be of the two-state law at these sizes."""
    slopes = {size: m for size, m in system.slopes.items() if m.n >= FEWEST}
    if len(slopes) < 2:
        return None, math.nan
    Delta, sizes = system.params.roughness, list(slopes)
    drawn = np.stack([mean(m.resampled()) for m in slopes.values()], axis=1) / Delta
    errors = drawn.std(axis=0, ddof=1)
    line = straight_line(sizes, [float(mean(m.total)) / Delta for m in slopes.values()], errors, drawn)
    law = straight_line(sizes, [steepest(hole(system, size)) for size in sizes], errors)
    return line, math.nan if law is None else law.slope


def agreements(system: Golf) -> tuple[Agreement, ...]:
    """Every line of the theory panel."""
    because = why_not(system)
    rows = _slopes(system, because)
    if system.slopes:
        rows.append(_half(system, because))
    return tuple(rows)


def _slopes(system: Golf, because: str) -> list[Agreement]:
    """Growth a spin, the exponent, and each size's steepest."""
    rows: list[Agreement] = []
    line, law = growth(system)
    if line is not None:
        name, predicted = "slope a spin", slope_growth(system.params.funnel, system.params.roughness)
        if because or predicted is None:
            rows.append(no_prediction(name, line.slope, line.slope_error, because))
        else:
            source = "L/(4T_f²); ± what these sizes leave out"
            rows.append(Agreement(name, line.slope, line.slope_error, predicted, abs(law - predicted), source))
    power = exponent(system.slopes, mean)
    if power is not None and not because:
        predicted = exponent_of_law(system.slopes, mean, lambda size: steepest(hole(system, size)))
        source = "two-state law at these sizes; 1 as N → ∞"
        allowance = _annealing(system, min(system.slopes))
        rows.append(Agreement("exponent", power.slope, power.slope_error, predicted, allowance, source))
    for size, moments in system.slopes.items():
        s = moments.scalar(lambda sums: mean(sums) / system.params.roughness)
        name = f"N={size}: slope"
        if because:
            rows.append(no_prediction(name, s.mean, s.stderr, because))
        else:
            predicted = steepest(hole(system, size))
            rows.append(Agreement(name, s.mean, s.stderr, predicted, _annealing(system, size) * predicted, SOURCE))
    return rows


def _annealing(system: Golf, size: int) -> float:
    """Relative error of a slope by the grid of temperatures and by <ln Z> = ln <Z>.

    The second is half the relative variance of Z at T_f, 2^-N exp(N Delta²/(2 T_f²))/2.
    """
    T = folding_temperature(system.dial) or math.inf
    return NUMERICAL + 0.5 * math.exp(size * (0.5 / T**2 - math.log(2)))


def _half(system: Golf, because: str) -> Agreement:
    """T(P = 1/2) of the largest size."""
    from simulator.experiments.sharpening.golf import half

    size, Delta = max(system.slopes), system.params.roughness
    s = system.slopes[size].scalar(lambda sums: Delta * half(sums))
    predicted = folding_temperature(system.params.funnel, Delta)
    name = f"T(P=½), N = {size}"
    if because or predicted is None:
        return no_prediction(name, s.mean, s.stderr, because)
    allowance = abs(hole(system, size).half() - predicted) + _annealing(system, size) * predicted / size
    return Agreement(name, s.mean, s.stderr, predicted, allowance, "T_f = [λ + √(λ² − Δ² ln 2)]/(2 ln 2)")


def ratio(system: Golf, size: int, dials: Array) -> Array:
    """Measured T(P = 1/2)/T_g at several dials, from the mean of ln Z: shape of dials; nan where there is none."""
    from simulator.experiments.sharpening.counting import TEMPERATURES, halves

    phi = system.log_partition(size) - size * dials[:, None] / TEMPERATURES
    return np.asarray(halves(phi) / glass_temperature())
