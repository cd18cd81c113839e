"""What theory says of the parameters on screen, and how far the measurement agrees."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.landscape.dynamics_theory import bath_temperature, mixture_of
from simulator.experiments.landscape.observation import FOUND, Array, Observation, Spectrum
from simulator.experiments.landscape.params import LandscapeParams
from simulator.theory import equilibrium, finite_size, funnel, gaussian_field, spectrum
from simulator.theory.live_dynamics import LiveCurve

FEW_SAMPLES = 10
SETTLED = 10.0
"""Time after which walkers that found the native state have relaxed in it."""


@dataclass(frozen=True, slots=True)
class Run:
    """How the run came here: its time, and whether only the learning rate of a plain descent changed on the way."""

    time: float
    steady: bool


def error_of_mean(values: Array) -> float:
    """Standard error over samples (rows) of the mean of values (samples, replicas).

    A handful of samples gives no error worth the name: below ten the spread over all walkers, which contains the
    disorder's, takes its place and is divided by the samples alone.
    """
    samples, replicas = values.shape
    by_sample = values.mean(axis=1)
    if samples >= FEW_SAMPLES:
        return float(by_sample.std(ddof=1) / math.sqrt(samples))
    within = values.var(axis=1, ddof=1).mean() if replicas > 1 else math.nan
    between = by_sample.var(ddof=1) if samples > 1 else 0.0
    return float(math.sqrt((within + between) / samples)) if math.isfinite(within) else math.nan


def native_branch(params: LandscapeParams) -> tuple[float, float] | None:
    """(Q, E) of the native state at the optimizer's temperature; None where it does not exist or is not known."""
    T = bath_temperature(params)
    if params.family != "funnel" or params.funnel == 0 or T is None:
        return None
    state = funnel.native_state(mixture_of(params), funnel.Bias(*params.shape), params.funnel, T)
    return None if state is None else (state.Q, state.E)


def hessian_law(params: LandscapeParams, at: Spectrum) -> spectrum.Semicircle:
    """The semicircle of the (tangent) Hessian at a walker: centre mu on the sphere, kappa - eps/ell^2 in flat space."""
    if params.family != "gaussian":
        return spectrum.tangent_hessian_at(mixture_of(params), at.radial_force)
    if params.roughness == 0:
        return spectrum.Semicircle(params.confinement, 0.0)
    height = at.energy - 0.5 * params.confinement * at.square  # of the field alone
    law = gaussian_field.hessian(gaussian_field.rbf(params.roughness, params.length_scale), height)
    return spectrum.Semicircle(law.centre + params.confinement, law.radius)


def ck_energy(params: LandscapeParams, curve: LiveCurve, t: Array) -> Array:
    """E(t) of the infinite glass plus the finite-N shift where it is known (p = 3, T = 0)."""
    energy = np.interp(t, curve.t, curve.E)
    return energy + finite_shift(params, t)


def finite_shift(params: LandscapeParams, t: Array) -> Array:
    """a(Delta t) Delta/N of the pure 3-spin glass at T = 0; 0 where it is not known."""
    mixture = mixture_of(params)
    if not (mixture.is_pure and mixture.p == 3 and bath_temperature(params) == 0):
        return np.zeros_like(t)
    return np.asarray(params.roughness * finite_size.energy_shift(params.roughness * t) / params.size)


def agreements(
    params: LandscapeParams, run: Run, seen: Observation, found: list[Spectrum], curve: LiveCurve | None
) -> tuple[Agreement, ...]:
    """Every line of the theory panel."""
    rows = [_energy(params, run, seen, curve)]
    rows += _correlation(params, run, seen, curve)
    rows += _native(params, run, seen)
    rows += _hessian(params, found)
    return tuple(rows)


def _energy(params: LandscapeParams, run: Run, seen: Observation, curve: LiveCurve | None) -> Agreement:
    measured, stderr = float(seen.energy.mean()), error_of_mean(seen.energy)
    name = "energy E(t)"
    if _planted_quietly(params):
        predicted = equilibrium.paramagnet_energy(mixture_of(params), params.temperature)
        # E is a mean over time steps of finite length: too small by a relative 0.4 to 0.7 eta T (reference, A).
        allowance = 0.7 * params.learning_rate * params.temperature * abs(predicted)
        allowance = math.hypot(allowance, _scatter(params, seen))
        return Agreement(name, measured, stderr, predicted, allowance, "quiet planting: E = −Δ²/(2T) at all times")
    because = _why_not_ck(params, run)
    if because or curve is None or curve.t[-1] < run.time:
        return no_prediction(name, measured, stderr, because or "the curve is being computed")
    t = np.array([run.time])
    predicted = float(ck_energy(params, curve, t)[0])
    return Agreement(
        name, measured, stderr, predicted, _ck_allowance(params, curve, run.time), "Cugliandolo & Kurchan 1993"
    )


def _ck_allowance(params: LandscapeParams, curve: LiveCurve, t: float) -> float:
    """What CK leaves open: half a step of time, and 1/N terms (half of one where a(t) is known, three where not)."""
    step = params.learning_rate
    slope = (np.interp(t + step, curve.t, curve.E) - np.interp(max(t - step, 0.0), curve.t, curve.E)) / (2 * step)
    known = finite_shift(params, np.array([max(t, 1.0)]))[0] != 0
    return float(math.hypot(step / 2 * slope, params.roughness * (0.5 if known else 3.0) / params.size))


def _why_not_ck(params: LandscapeParams, run: Run) -> str:
    if params.family == "gaussian":
        return "the descent of the Gaussian field has no closed theory here"
    if params.optimizer in ("momentum", "adam"):
        return f"{params.optimizer} is neither gradient flow nor Langevin dynamics"
    if params.roughness == 0:
        return "without roughness there is no glass"
    if params.bias > 0:
        return "a funnel pulls: see the native state's lines, and the dashed curve for a descent that does not feel it"
    if params.start == "native" and params.family == "funnel" and params.bias > 0:
        return "the start is not random"
    if not run.steady:
        return "parameters changed during the run: reset to compare"
    return ""


def _planted_quietly(params: LandscapeParams) -> bool:
    """Whether bias and temperature make the native start an equilibrium state of the glass (reference, A)."""
    if not (
        params.family == "funnel"
        and params.optimizer == "langevin"
        and params.start == "native"
        and params.temperature > 0
    ):
        return False
    mixture = mixture_of(params)
    squares = np.array([0.0, *(a * a for a in mixture.weights)])
    field = mixture.f(1.0) / params.temperature
    matched = np.allclose(squares[:4], params.shape, atol=1e-3) and squares[4:].sum() < 1e-9
    return bool(matched and math.isclose(params.funnel, field, rel_tol=5e-3))


def _correlation(params: LandscapeParams, run: Run, seen: Observation, curve: LiveCurve | None) -> list[Agreement]:
    if curve is None or curve.t[-1] < run.time or _why_not_ck(params, run) or run.time == 0:
        return []
    predicted = float(np.interp(run.time, curve.t, curve.C0))
    allowance = params.learning_rate / 2 * abs(float(np.interp(run.time, curve.t, np.gradient(curve.C0, curve.t))))
    allowance = math.hypot(allowance, 3.0 / params.size)
    return [
        Agreement(
            "correlation C(t,0)",
            float(seen.correlation.mean()),
            error_of_mean(seen.correlation),
            predicted,
            allowance,
            "Cugliandolo & Kurchan 1993",
        )
    ]


def _native(params: LandscapeParams, run: Run, seen: Observation) -> list[Agreement]:
    if params.family != "funnel" or _planted_quietly(params):
        return []
    there = np.abs(seen.overlap) > FOUND
    share = float(there.mean())
    branch = native_branch(params)
    if share == 0:
        return [
            no_prediction(
                "overlap Q at the native state",
                float(seen.overlap.mean()),
                error_of_mean(seen.overlap),
                "no walker has found it yet",
            )
        ]
    q, e = _typical(seen.overlap, there), _typical(seen.energy, there)
    if branch is None:
        because = (
            "momentum and Adam have no temperature"
            if bath_temperature(params) is None
            else "at this λ/Δ no native state exists in the large-N theory"
        )
        return [no_prediction("overlap Q at the native state", *q, because)]
    if run.time < SETTLED and params.start != "native":
        return [
            no_prediction("overlap Q at the native state", *q, f"walkers are still settling (until t = {SETTLED:g})")
        ]
    few = _scatter(params, seen) if len(seen.energy) < FEW_SAMPLES else 0.0
    return [
        Agreement("overlap Q at the native state", *q, branch[0], 0.5 / params.size, "native branch, reference C3"),
        Agreement(
            "energy at the native state",
            *e,
            branch[1],
            math.hypot(0.5 / params.size, few),
            "native branch, reference C3",
        ),
    ]


def _scatter(params: LandscapeParams, seen: Observation) -> float:
    """Error of the mean over samples of H/N at one point: 1/sqrt(2N) each, which one or two samples cannot show."""
    return finite_size.sample_fluctuation(mixture_of(params), params.size) / math.sqrt(len(seen.energy))


def _typical(values: Array, there: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean and standard error over samples of the median walker chosen: late arrivals, still falling, do not count."""
    by_sample = np.array([np.median(v[w]) for v, w in zip(values, there, strict=True) if w.any()])
    error = by_sample.std(ddof=1) / math.sqrt(by_sample.size) if by_sample.size > 1 else 0.0
    return float(by_sample.mean()), float(error)


def _hessian(params: LandscapeParams, found: list[Spectrum]) -> list[Agreement]:
    usable = [s for s in found if s.eigenvalues.size > 1]
    if not usable:
        return []
    n = usable[0].eigenvalues.size
    laws = [hessian_law(params, s) for s in usable]
    width = np.array([s.eigenvalues.std() for s in usable])
    centre = np.array([s.eigenvalues.mean() for s in usable])
    index = np.array([np.mean(s.eigenvalues < 0) for s in usable])
    radius = laws[0].radius

    def row(name: str, values: Array, predicted: float, allowance: float, source: str) -> Agreement:
        stderr = float(values.std(ddof=1) / math.sqrt(values.size)) if values.size > 1 else 0.0
        return Agreement(name, float(values.mean()), stderr, predicted, allowance, source)

    return [
        row(
            "Hessian's width (std)",
            width,
            laws[0].std,
            max(radius, 1e-9) / n,
            "semicircle of radius 2√f''(1); 1/N allowed",
        ),
        row(
            "Hessian's centre",
            centre,
            float(np.mean([law.centre for law in laws])),
            max(radius, 1e-9) / n,
            "μ = −s·∇H/N; 1/N allowed",
        ),
        row(
            "index α", index, float(np.mean([law.index for law in laws])), 2 / n, "semicircle; two eigenvalues allowed"
        ),
    ]
