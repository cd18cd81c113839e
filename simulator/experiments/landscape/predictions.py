"""What theory says of the parameters on screen, and how far the measurement agrees."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.landscape.dynamics_theory import bath_temperature, mixture_of
from simulator.experiments.landscape.errors import error_of_mean, error_of_samples, one_per_start
from simulator.experiments.landscape.observation import FOUND, Array, Observation, Spectrum
from simulator.experiments.landscape.params import LandscapeParams
from simulator.landscapes.funnel import bend
from simulator.theory import equilibrium, finite_size, funnel, gaussian_field, spectrum
from simulator.theory.live_dynamics import LiveCurve

SETTLED = 10.0
"""Time, in units of the larger of Delta and lambda below 1, in which walkers relax in the native state."""
STEP_ERROR = 0.7
"""|E| comes out too small by a relative 0.4 to 0.7 eta T where heat is added in steps (reference, A)."""
CLEARLY = 3.0
"""Std over samples by which the native state's Q must be above FOUND: else the walkers counted are its upper tail."""
FEW_WAVES = 50
"""Fewer random waves than so many N make no semicircle: after a descent its width is off by 0.3 R/N with 25 N waves,
by 1.4 R/N with 10 N."""

CK = "Cugliandolo & Kurchan 1993; 1/N shift measured"
CENTRE = "Hessian's centre"
ARRIVED = "overlap Q, walkers arrived"
CHANGED = "parameters changed during the run: reset to compare"


@dataclass(frozen=True, slots=True)
class Run:
    """How the run came here: its time, whether only the learning rate of a plain descent changed on the way, and the
    time since anything else did."""

    time: float
    steady: bool
    unchanged: float


def native_branch(params: LandscapeParams) -> tuple[float, float] | None:
    """(Q, E) of the native state at the optimizer's temperature; None where it does not exist or is not known."""
    state = _native_state(params)
    return None if state is None else (state.Q, state.E)


def _native_state(params: LandscapeParams) -> funnel.State | None:
    T = bath_temperature(params)
    if params.family != "funnel" or params.funnel == 0 or T is None:
        return None
    return funnel.native_state(mixture_of(params), funnel.Bias(*params.shape), params.funnel, T)


def hessian_law(params: LandscapeParams, at: Spectrum) -> spectrum.Semicircle:
    """The semicircle of the (tangent) Hessian at a walker: centre mu on the sphere, kappa - eps/ell^2 in flat space."""
    if params.family != "gaussian":
        return spectrum.tangent_hessian_at(mixture_of(params), at.radial_force)
    if params.roughness == 0:
        return spectrum.Semicircle(params.confinement, 0.0)
    height = at.energy - 0.5 * params.confinement * at.square  # of the field alone
    law = gaussian_field.hessian(gaussian_field.rbf(params.roughness, params.length_scale), height)
    return spectrum.Semicircle(law.centre + params.confinement, law.radius)


def funnel_curvature(params: LandscapeParams, at: Spectrum) -> float:
    """The curvature -lambda g''(Q) (1-Q^2) that the funnel adds in one tangent direction, towards the native state."""
    if params.bias == 0:
        return 0.0
    return -params.bias * float(bend(np.asarray(at.overlap), params.dials())) * (1 - at.overlap**2)


def ck_energy(params: LandscapeParams, curve: LiveCurve, t: Array) -> Array:
    """E(t) of N spins: the infinite glass with the measured 1/N shift, down to where the descent of N spins ends."""
    T = bath_temperature(params) or 0.0
    return finite_size.finite_energy(mixture_of(params), T, t, np.interp(t, curve.t, curve.E), params.size)


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
    measured, stderr = float(seen.energy.mean()), error_of_mean(one_per_start(params, seen.energy), _shared(params))
    name = "energy E(t)"
    if _planted_quietly(params):
        if not run.steady:
            return no_prediction(name, measured, stderr, CHANGED)
        predicted = equilibrium.paramagnet_energy(mixture_of(params), params.temperature)
        stderr = error_of_mean(seen.energy, _shared(params))
        source = "quiet planting: E = −Δ²/(2T) at all times"
        return Agreement(name, measured, stderr, predicted, _step_error(params, predicted), source)
    because = _why_not_ck(params, run)
    if because or curve is None or curve.t[-1] < run.time:
        return no_prediction(name, measured, stderr, because or "the curve is being computed")
    t = np.array([run.time])
    predicted = float(ck_energy(params, curve, t)[0])
    return Agreement(name, measured, stderr, predicted, _ck_allowance(params, curve, run.time), CK)


def _shared(params: LandscapeParams) -> float:
    """Std from sample to sample of the energy in the valley that all walkers of a sample may share."""
    if params.family == "gaussian":
        return 0.0
    fluctuation = finite_size.sample_fluctuation if params.bias > 0 else finite_size.valley_fluctuation
    return fluctuation(mixture_of(params), params.size)


def _ck_allowance(params: LandscapeParams, curve: LiveCurve, t: float) -> float:
    """What the energy's curve leaves open: half a step of time, steps of heat, and the 1/N shift."""
    shift = finite_size.energy_error(mixture_of(params), t, params.size)
    half = _half_a_step(params, curve.t, curve.E, t)
    return math.hypot(half, shift, _step_error(params, float(np.interp(t, curve.t, curve.E))))


def _half_a_step(params: LandscapeParams, t: Array, values: Array, at: float) -> float:
    """How much a curve changes in half a step of the simulation."""
    step = params.learning_rate
    before, after = np.interp([max(at - step, 0.0), at + step], t, values)
    return abs(float(after - before)) / 4


def _step_error(params: LandscapeParams, energy: float) -> float:
    """How far a walker in a heat bath may stay above the energy of continuous time."""
    return STEP_ERROR * params.learning_rate * (bath_temperature(params) or 0.0) * abs(energy)


def _why_not_ck(params: LandscapeParams, run: Run) -> str:
    if params.family == "gaussian":
        return "the descent of the Gaussian field has no closed theory here"
    if params.optimizer in ("momentum", "adam"):
        return f"{params.optimizer} is neither gradient flow nor Langevin dynamics"
    if params.roughness == 0:
        return "without roughness there is no glass"
    if params.bias > 0:
        return "a funnel pulls: see the native state's lines, and the dashed curve for a descent that does not feel it"
    if not run.steady:
        return CHANGED
    limit = spectrum.gd_step_limit(mixture_of(params))
    if params.learning_rate >= limit:
        return f"steps are too long for gradient flow: η is not below 2/λ_max = {limit:.3g}"
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
    mixture, n = mixture_of(params), params.size
    predicted = float(np.interp(run.time, curve.t, curve.C0) + finite_size.correlation_shift(mixture, run.time) / n)
    half = _half_a_step(params, curve.t, curve.C0, run.time)
    allowance = math.hypot(half, finite_size.correlation_error(mixture, run.time, n))
    stderr = error_of_mean(one_per_start(params, seen.correlation))
    return [Agreement("correlation C(t,0)", float(seen.correlation.mean()), stderr, predicted, allowance, CK)]


def _native(params: LandscapeParams, run: Run, seen: Observation) -> list[Agreement]:
    if params.family != "funnel" or _planted_quietly(params):
        return []
    b1, _, b3, _ = params.shape
    mirrored = b1 == b3 == 0  # then -Q is as good as Q; else it is a shallower valley of its own
    overlap = np.abs(seen.overlap) if mirrored else seen.overlap
    there = overlap > FOUND
    share = float(there.mean())
    if share == 0:
        return [
            no_prediction(
                "overlap Q, all walkers",
                float(seen.overlap.mean()),
                error_of_mean(one_per_start(params, seen.overlap)),
                "the walkers are in its mirror valley, Q < 0"
                if np.any(overlap < -FOUND)
                else "no walker has found it yet",
            )
        ]
    fluctuation = overlap_fluctuation(params)
    q = _typical(overlap, there, fluctuation)
    e = _typical(seen.energy, there, _shared(params))
    state = _native_state(params)
    because = _why_no_native(params, state, fluctuation)
    if state is None or because:
        return [no_prediction(ARRIVED, *q, because)]
    settled = SETTLED / min(1.0, max(params.roughness, params.funnel))
    if run.unchanged < settled:
        until = run.time - run.unchanged + settled
        return [no_prediction(ARRIVED, *q, f"walkers are still settling (until t = {until:g})")]
    return [
        Agreement(
            ARRIVED,
            *q,
            state.Q,
            0.5 / params.size,
            "native branch, reference C3",
        ),
        Agreement(
            "energy, walkers arrived",
            *e,
            state.E,
            math.hypot(0.5 / params.size, _step_error(params, state.E)),
            "native branch, reference C3",
        ),
    ]


def _why_no_native(params: LandscapeParams, state: funnel.State | None, fluctuation: float) -> str:
    """Why theory says nothing of the walkers that have arrived; "" where it does."""
    if state is None and bath_temperature(params) is None:
        return "momentum and Adam have no temperature"
    if state is None:
        return "at this λ/Δ no native state exists in the large-N theory"
    if not state.stable:
        return "in the native state replica symmetry is broken at this λ/Δ"
    if not state.Q - CLEARLY * fluctuation > FOUND:  # fluctuation: nan at the end of the branch
        return f"its Q = {state.Q:.2g} is not clearly above {FOUND:g}, from which on walkers count as arrived"
    return ""


def overlap_fluctuation(params: LandscapeParams) -> float:
    """Std of Q from sample to sample, whose scatter of H/N acts as one of lambda by sqrt(Delta^2+lambda^2)/sqrt(2N).

    nan where the branch ends within 1 % of lambda: Q falls without bound there.
    """
    branches = [native_branch(dataclasses.replace(params, funnel=params.funnel * (1 + side))) for side in (-0.01, 0.01)]
    if branches[0] is None or branches[1] is None:
        return math.nan
    slope = abs(branches[1][0] - branches[0][0]) / (0.02 * params.funnel)
    return slope * math.hypot(params.roughness, params.funnel) / math.sqrt(2 * params.size)


def _typical(values: Array, there: NDArray[np.bool_], fluctuation: float) -> tuple[float, float]:
    """Mean and standard error over samples of the median walker chosen: late arrivals, still falling, do not count."""
    by_sample = np.array([np.median(v[w]) for v, w in zip(values, there, strict=True) if w.any()])
    return float(by_sample.mean()), error_of_samples(by_sample, fluctuation)


def _hessian(params: LandscapeParams, found: list[Spectrum]) -> list[Agreement]:
    usable = [s for s in found if s.eigenvalues.size > 1]
    if not usable:
        return []
    n = usable[0].eigenvalues.size
    laws = [hessian_law(params, s) for s in usable]
    outlier = np.array([funnel_curvature(params, s) for s in usable])
    width = np.array([s.eigenvalues.std() for s in usable])
    centre = np.array([s.eigenvalues.mean() for s in usable])
    index = np.array([np.mean(s.eigenvalues < 0) for s in usable])
    radius = laws[0].radius
    of_centre, of_width, of_index = laws[0].fluctuations(n)

    def row(name: str, values: Array, scatter: float, predicted: float, allowance: float, source: str) -> Agreement:
        measured, stderr = float(values.mean()), error_of_samples(values, scatter)
        because = _why_no_semicircle(params, name)
        if because:
            return no_prediction(name, measured, stderr, because)
        return Agreement(name, measured, stderr, predicted, allowance, source)

    return [
        row(
            "Hessian's width (std)",
            width,
            of_width,
            float(np.mean(np.sqrt(laws[0].std ** 2 + outlier**2 * (n - 1) / n**2))),
            radius / n,
            "semicircle of radius 2√f''(1); 1/N allowed",
        ),
        row(
            CENTRE,
            centre,
            of_centre,
            float(np.mean([law.centre for law in laws] + outlier / n)),
            radius / n,
            "μ = −s·∇H/N; 1/N allowed",
        ),
        row(
            "index α",
            index,
            of_index,
            float(np.mean([law.index for law in laws])),
            2 / n,
            "semicircle; two eigenvalues allowed",
        ),
    ]


def _why_no_semicircle(params: LandscapeParams, name: str) -> str:
    """Few waves change the shape of a spectrum, not its centre."""
    if params.roughness == 0:
        return "without roughness nothing is random"
    if params.family == "gaussian" and 0 < params.features < FEW_WAVES * params.size and name != CENTRE:
        return f"{params.features} waves make no semicircle: it takes at least {FEW_WAVES} N"
    return ""
