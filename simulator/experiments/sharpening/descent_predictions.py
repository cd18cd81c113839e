"""What theory says of funnel and glass at each size, and how far the measurement agrees."""

from __future__ import annotations

import math
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.sharpening.moments import Array, enough, exponent, exponent_of_law, mean, spread_of_all
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.snapshot import Scalar
from simulator.theory import asymptotics, finite_size
from simulator.theory.fits import Line, straight_line
from simulator.theory.folding import gap_over_roughness, lambda_GD
from simulator.theory.funnel import Bias, native_state
from simulator.theory.mixture import Mixture

if TYPE_CHECKING:
    from simulator.experiments.sharpening.descents import Descents

SETTLED = 0.95
"""Share of walkers in the native state from which their energies have one law."""
GLASSY_LAW = -2 / 3
AT_END, AT_REST = 297.0, 20.0
"""Times, at roughness 1: from the first the laws of the glass's ends hold, from the second native walkers rest."""
NO_LAW = "no law for this mixture of spins"
SOLVING = "the infinite glass is being solved"
NOT_ALL = "not all walkers end in the native state"


def found(sums: Array) -> Array:
    """Share of walkers that found the native state, of sums (..., >= 4): walkers, E, E², found."""
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


def time(system: Descents) -> float:
    """How long walkers descend at the dial on screen, at roughness 1."""
    return system.params.steps_at(system.dial) * system.params.rate_at(system.dial)


def unstable(system: Descents) -> str:
    """That steps are too long for the laws of descent, in words; "" where they are not."""
    limit, rate = system.params.step_limit(system.dial), system.params.rate_at(system.dial)
    return "" if rate < limit else f"steps of η = {rate:g} are unstable: the limit is 2/λ_max = {limit:.3g}"


def too_short(system: Descents) -> str:
    """That walkers still descend when they are stopped, in words; "" where they do not."""
    needed = AT_END if glassy(system) else AT_REST
    return "" if time(system) >= needed else f"at t = {time(system):.4g}/Δ walkers still descend"


# ---- laws against size: at roughness 1 unless said otherwise ----


def gap(system: Descents, size: float) -> float:
    """Z at a size: sqrt(2N) λ/Δ, of the glass sqrt(2N) |E_end|."""
    mixture, N = system.params.mixture, max(2, round(size))
    if system.params.system == "glass":
        return math.sqrt(2 * size) * -end_law(system, N) / system.params.roughness
    return gap_over_roughness(mixture, Bias.pure(1), system.dial, N) * math.sqrt(size / N)


def gap_words(system: Descents) -> str:
    """The law of `gap` in words."""
    return "√(2N)·|E end|" if system.params.system == "glass" else "√(2N)·λ/Δ"


def end_spread(system: Descents, size: float) -> float:
    """Standard deviation of the end energies; nan where it is not known."""
    mixture, N = system.params.mixture, max(2, round(size))
    if unstable(system) or too_short(system):
        return math.nan
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
    """E at which descents of N spins in a glass are stopped, Δ included; nan where it is not known.

    At their end, or before it that of the infinite glass with its measured 1/N shift, as long as that is above the end.
    """
    if not glassy(system) or unstable(system):
        return math.nan
    mixture, N, t = system.params.mixture, max(2, round(size)), time(system)
    if not too_short(system):
        return system.params.roughness * finite_size.end_energy(mixture, N)
    curve = system.relaxation.latest
    if curve is None or curve.t[-1] < 0.999 * t:
        return math.nan
    E = float(np.interp(t, curve.t, curve.E))
    return system.params.roughness * float(finite_size.finite_energy(mixture, 0.0, t, E, N))


def end_words(system: Descents) -> str:
    """The law of `end_law` in words."""
    return "E(t) + a(t)/N" if too_short(system) else "N^(−2/3) law"


def end_open(system: Descents, size: int) -> float:
    """What `end_law` leaves open, Δ included: of the end, of the 1/N shift, and of half a step in time."""
    mixture, Delta, t = system.params.mixture, system.params.roughness, time(system)
    end = finite_size.end_error(mixture, size)
    if not too_short(system):
        return Delta * end
    curve, rate = system.relaxation.latest, system.params.rate_at(system.dial)
    half = 0.0
    if curve is not None:
        before, after = np.interp([max(t - rate, 0.0), t + rate], curve.t, curve.E)
        half = abs(float(after - before)) / 4
    return Delta * max(end, math.hypot(half, finite_size.energy_error(mixture, t, size)))


def why_no_end(system: Descents) -> str:
    """Why `end_law` says nothing of a glass."""
    return unstable(system) or (SOLVING if too_short(system) else NO_LAW)


def gap_relative(system: Descents, size: int) -> float:
    """By how much Z of one sample scatters, relative: by the spread of its starts, by the native state's energy."""
    starts = 1 / (2 * system.params.replicas)
    native = 0.0 if system.params.system == "glass" else 1 / max(2 * size * system.dial**2, 1e-12)
    return math.sqrt(starts + native)


def gap_line(system: Descents) -> Line | None:
    """Power law of Z against size; None of fewer than two sizes, and where no funnel makes a gap."""
    if system.params.system == "funnel" and system.dial == 0:
        return None
    return exponent(system.measured_gaps, system.gap_over_roughness, partial(gap_relative, system))


def end_limit(system: Descents) -> float:
    """Where descents end as N -> infinity, Δ included: at the threshold, or with the native state; nan in between."""
    params = system.params
    if glassy(system):
        return params.roughness * asymptotics.threshold_energy(params.mixture)
    reached = params.b1 > 0 or system.dial > success_threshold(
        params
    )  # a pull that is felt everywhere has no threshold
    state = native_state(params.mixture, params.bias, system.dial) if reached else None
    return math.nan if state is None or not state.stable else params.roughness * state.E


# ---- the theory panel ----


def agreements(system: Descents) -> tuple[Agreement, ...]:
    """Every line."""
    if glassy(system) and not unstable(system) and too_short(system):
        system.relaxation.curve(system.hurried)  # a little better each time; the rows take what there is
    rows = [_gap_exponent(system), _spread_exponent(system)]
    rows += _end_energies(system) if glassy(system) else _native_energies(system)
    rows += _gaps(system)
    return tuple(row for row in rows if row is not None)


def _row(name: str, line: Line, predicted: float, source: str, allowance: float = 0.0) -> Agreement:
    return Agreement(name, line.slope, line.slope_error, predicted, allowance, source)


def _gap_exponent(system: Descents) -> Agreement | None:
    line = gap_line(system)
    if line is None:
        return None
    name, relative = "gap exponent", partial(gap_relative, system)
    if system.params.system == "funnel":
        return _row(name, line, 0.5, "Z = √(2N) λ/Δ, exact at every N")

    def shifted(size: int) -> float:
        return gap(system, size) + math.sqrt(2 * size) * end_open(system, size) / system.params.roughness

    measured = system.measured_gaps
    predicted, other = (exponent_of_law(measured, law, relative) for law in (partial(gap, system), shifted))
    if math.isnan(predicted):
        return no_prediction(name, line.slope, line.slope_error, why_no_end(system))
    source = "√(2N)|E_end| at these sizes; 1/2 as N → ∞"
    return _row(name, line, predicted, source, math.hypot(0.01, other - predicted))


def _spread_exponent(system: Descents) -> Agreement | None:
    line = exponent(system.known, spread_of_all)
    if line is None:
        return None
    name, because = "spread exponent", unstable(system) or too_short(system)
    if not because and glassy(system):
        if math.isfinite(end_spread(system, 64)):
            return _row(name, line, GLASSY_LAW, "N^(−2/3): the edge of the Hessian's spectrum", 0.03)
        because = NO_LAW
    if not because and settled(system):
        stderr = max(line.slope_error, _error_of_spreads(system))
        return Agreement(name, line.slope, stderr, -0.5, 0.03, "one valley a sample: N^(−1/2)")
    because = because or "some walkers find the native state and some do not"
    return no_prediction(name, line.slope, line.slope_error, because)


def _error_of_spreads(system: Descents) -> float:
    """Standard error of an exponent fitted to spreads of n samples each, where walkers of a sample share a valley."""
    used = enough(system.known)
    errors = [1 / math.sqrt(2 * (m.n - 1)) for m in used.values()]
    line = straight_line(np.log(list(used)), np.zeros(len(used)), errors)
    return 0.0 if line is None else line.slope_error


def _end_energies(system: Descents) -> list[Agreement | None]:
    Delta = system.params.roughness
    rows: list[Agreement | None] = []
    law = "E(t) of N → ∞, and a(t)/N" if too_short(system) else "E_th + c N^(−2/3), measured; c = 1.13 for p = 3"
    for size, known in system.known.items():
        s = known.scalar(lambda sums: Delta * mean(sums))
        name, predicted = f"ends, N = {size}", end_law(system, size)
        if math.isnan(s.stderr):
            continue
        if math.isnan(predicted):
            rows.append(no_prediction(name, s.mean, s.stderr, why_no_end(system)))
        else:
            rows.append(Agreement(name, s.mean, s.stderr, predicted, end_open(system, size), law))
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
    because = unstable(system) or too_short(system)
    if not because and (float(found(system.known[size].total)) < 0.999 or not math.isfinite(limit)):
        because = NOT_ALL
    if because:
        return [no_prediction(name, s.mean, s.stderr, because)]
    allowance, scatter = system.params.roughness / (3 * size), system.params.roughness * end_spread(system, size)
    stderr = _at_least(s, scatter / math.sqrt(s.n))
    return [
        _native_scatter(system, size),
        Agreement(name, s.mean, stderr, limit, allowance, "native branch, N → ∞, ± Δ/(3N)"),
    ]


def _at_least(measured: Scalar, known: float) -> float:
    """The standard error measured, or that by a law where it is larger: a few samples may be alike by chance."""
    return max(measured.stderr, known) if math.isfinite(known) else measured.stderr


def _native_scatter(system: Descents, size: int) -> Agreement:
    """Spread of the native ends over samples, of one size."""
    Delta = system.params.roughness
    s = system.known[size].scalar(lambda sums: Delta * spread_of_all(sums))
    predicted = Delta * end_spread(system, size)
    if math.isnan(predicted):
        return no_prediction(f"spread, N = {size}", s.mean, s.stderr, NOT_ALL)
    source = "√(∫f(q_t)dt/N) of one valley a sample, ± 1/(4√N) of it"
    stderr = _at_least(s, predicted / math.sqrt(2 * (s.n - 1)))
    return Agreement(f"spread, N = {size}", s.mean, stderr, predicted, predicted / (4 * math.sqrt(size)), source)


def _gaps(system: Descents) -> list[Agreement | None]:
    """Gap over roughness of the largest size."""
    if system.params.system == "glass" or not system.measured_gaps:
        return []
    size = max(system.measured_gaps)
    s = system.gaps[size].scalar(system.gap_over_roughness)
    return [Agreement(f"gap, N = {size}", s.mean, s.stderr, gap(system, size), 0.0, "√(2N) λ/Δ")]
