"""What theory says of funnel and glass at each size, and how far the measurement agrees."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.sharpening.moments import Array, exponent, exponent_of_law, mean, spread
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.theory import asymptotics, finite_size
from simulator.theory.fits import Line
from simulator.theory.folding import gap_over_roughness, lambda_GD
from simulator.theory.funnel import Bias, native_state
from simulator.theory.mixture import Mixture

if TYPE_CHECKING:
    from simulator.experiments.sharpening.descents import Descents

SETTLED = 0.95
"""Share of walkers in the native state from which their energies have one law."""
GLASSY_LAW = -2 / 3


def found(sums: Array) -> Array:
    """Share of walkers that found the native state, of sums (..., 4): walkers, E, E², found."""
    return np.asarray(sums[..., 3] / sums[..., 0])


def success_threshold(params: SharpeningParams) -> float:
    """The dial above which descents find the native state, N -> infinity; inf or nan where there is no such law."""
    return math.nan if params.b1 > 0 else lambda_GD(params.mixture, params.bias)


def depth(system: Descents, size: int) -> float:
    """Where a glass's descents end at one size, at roughness 1: measured, or else by the law."""
    known = system.known.get(size)
    if known is not None:
        return float(mean(known.total))
    law = finite_size.end_energy(system.params.mixture, size)
    return law if math.isfinite(law) else asymptotics.threshold_energy(system.params.mixture)


def glassy(system: Descents) -> bool:
    """Whether walkers end in a glass that no native state disturbs."""
    return system.params.system == "glass" or system.dial == 0


def settled(system: Descents) -> bool:
    """Whether at every size nearly all walkers have found the native state."""
    return bool(system.known) and all(float(found(m.total)) >= SETTLED for m in system.known.values())


# ---- laws against size: at roughness 1 unless said otherwise ----


def gap(system: Descents, size: float) -> float:
    """Z at a size: sqrt(2N) λ/Δ, of the glass sqrt(2N) |E_end|."""
    mixture, N = system.params.mixture, max(2, round(size))
    if system.params.system == "glass":
        return math.sqrt(2 * size) * -finite_size.end_energy(mixture, N)
    return gap_over_roughness(mixture, Bias.pure(1), system.dial, N) * math.sqrt(size / N)


def gap_words(system: Descents) -> str:
    """The law of `gap` in words."""
    return "√(2N)·|E end|" if system.params.system == "glass" else "√(2N)·λ/Δ"


def end_spread(system: Descents, size: float) -> float:
    """Standard deviation of the end energies; nan where it is not known."""
    mixture, N = system.params.mixture, max(2, round(size))
    if glassy(system):
        return finite_size.end_spread(mixture, N)
    if not settled(system):
        return math.nan
    return _native_spread(mixture, system.params.bias, system.dial) / math.sqrt(N)


@lru_cache(maxsize=64)
def _native_spread(mixture: Mixture, bias: Bias, dial: float) -> float:
    """Of the native state's energy over samples, times sqrt(N)."""
    state = native_state(mixture, bias, dial)
    return math.nan if state is None else finite_size.native_fluctuation(mixture, state.Q, 1)


def spread_words(system: Descents) -> str:
    """The law of `end_spread` in words."""
    law = system.params.roughness * finite_size.end_spread(system.params.mixture, 1)
    return f"{law:.2f} N^(−2/3)" if glassy(system) else "one valley, N^(−1/2)"


def end_law(system: Descents, size: float) -> float:
    """E at which descents of N spins end, Δ included; nan where it is not known."""
    if not glassy(system):
        return math.nan
    return system.params.roughness * finite_size.end_energy(system.params.mixture, max(2, round(size)))


def end_limit(system: Descents) -> float:
    """Where descents end as N -> infinity, Δ included: at the threshold, or with the native state; nan in between."""
    params = system.params
    if glassy(system):
        return params.roughness * asymptotics.threshold_energy(params.mixture)
    state = native_state(params.mixture, params.bias, system.dial) if system.dial > success_threshold(params) else None
    return math.nan if state is None else params.roughness * state.E


# ---- the theory panel ----


def agreements(system: Descents) -> tuple[Agreement, ...]:
    """Every line."""
    rows = [_gap_exponent(system), _spread_exponent(system)]
    rows += _end_energies(system) if glassy(system) else _native_energies(system)
    rows += _gaps(system)
    return tuple(row for row in rows if row is not None)


def _row(name: str, line: Line, predicted: float, source: str, allowance: float = 0.0) -> Agreement:
    return Agreement(name, line.slope, line.slope_error, predicted, allowance, source)


def _gap_exponent(system: Descents) -> Agreement | None:
    line = exponent(system.measured_gaps, system.gap_over_roughness)
    if line is None:
        return None
    name = "gap exponent"
    if system.params.system == "funnel":
        return _row(name, line, 0.5, "Z = √(2N) λ/Δ, exact at every N")
    predicted = exponent_of_law(system.measured_gaps, lambda size: gap(system, size))
    if math.isnan(predicted):
        return no_prediction(name, line.slope, line.slope_error, "no law of the end energy for this mixture")
    return _row(name, line, predicted, "√(2N)|E_end| at these sizes; 1/2 as N → ∞", 0.01)


def _spread_exponent(system: Descents) -> Agreement | None:
    line = exponent(system.known, spread)
    if line is None:
        return None
    name = "spread exponent"
    if glassy(system):
        return _row(name, line, GLASSY_LAW, "N^(−2/3): the edge of the Hessian's spectrum", 0.03)
    if settled(system):
        return _row(name, line, -0.5, "one valley a sample: N^(−1/2)", 0.03)
    return no_prediction(name, line.slope, line.slope_error, "some walkers find the native state and some do not")


def _end_energies(system: Descents) -> list[Agreement | None]:
    mixture, Delta = system.params.mixture.scaled(system.params.roughness), system.params.roughness
    rows: list[Agreement | None] = []
    for size, known in system.known.items():
        s = known.scalar(lambda sums: Delta * mean(sums))
        predicted, allowance = finite_size.end_energy(mixture, size), finite_size.end_error(mixture, size)
        if not (math.isfinite(predicted) and math.isfinite(s.stderr)):
            continue
        law = "E_th + c N^(−2/3), measured; c = 1.13 for p = 3"
        rows.append(Agreement(f"ends, N = {size}", s.mean, s.stderr, predicted, allowance, law))
    return rows


def _native_energies(system: Descents) -> list[Agreement | None]:
    """The largest size, where nearly all of its walkers are in the native state."""
    if not system.known:
        return []
    size = max(system.known)
    s = system.known[size].scalar(lambda sums: system.params.roughness * mean(sums))
    name, limit = f"ends, N = {size}", end_limit(system)
    if math.isnan(s.stderr):
        return []
    if float(found(system.known[size].total)) < 0.999 or not math.isfinite(limit):
        return [no_prediction(name, s.mean, s.stderr, "not all walkers end in the native state")]
    allowance = system.params.roughness / size
    return [
        _native_scatter(system, size),
        Agreement(name, s.mean, s.stderr, limit, allowance, "native branch, N → ∞, ± Δ/N"),
    ]


def _native_scatter(system: Descents, size: int) -> Agreement:
    """Spread of the native ends over samples, of one size."""
    Delta = system.params.roughness
    s = system.known[size].scalar(lambda sums: Delta * spread(sums))
    predicted = Delta * end_spread(system, size)
    if math.isnan(predicted):
        return no_prediction(f"spread, N = {size}", s.mean, s.stderr, "not all walkers end in the native state")
    source = "√(∫f(q_t)dt/N) of one valley a sample, ± 1/(4√N) of it"
    return Agreement(f"spread, N = {size}", s.mean, s.stderr, predicted, predicted / (4 * math.sqrt(size)), source)


def _gaps(system: Descents) -> list[Agreement | None]:
    """Gap over roughness of the largest size."""
    if system.params.system == "glass" or not system.measured_gaps:
        return []
    size = max(system.measured_gaps)
    s = system.gaps[size].scalar(system.gap_over_roughness)
    return [Agreement(f"gap, N = {size}", s.mean, s.stderr, gap(system, size), 0.0, "√(2N) λ/Δ")]
