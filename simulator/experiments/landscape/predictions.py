"""What theory says of the parameters on screen, and how far the measurement agrees."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.landscape.dynamics_theory import bath_temperature, mixture_of
from simulator.experiments.landscape.observation import FOUND, Array, Observation, Spectrum
from simulator.experiments.landscape.params import LandscapeParams
from simulator.landscapes.funnel import bend
from simulator.theory import equilibrium, finite_size, funnel, gaussian_field, spectrum
from simulator.theory.live_dynamics import LiveCurve

FEW_SAMPLES = 10
SETTLED = 10.0
"""Time, in units of the larger of Delta and lambda below 1, in which walkers relax in the native state."""
STEP_ERROR = 0.7
"""E comes out too small by a relative 0.4 to 0.7 eta T where heat is added in steps (reference, A)."""

CHANGED = "parameters changed during the run: reset to compare"


@dataclass(frozen=True, slots=True)
class Run:
    """How the run came here: its time, whether only the learning rate of a plain descent changed on the way, and the
    time since anything else did."""

    time: float
    steady: bool
    unchanged: float


def error_of_mean(values: Array) -> float:
    """Standard error over samples (rows) of the mean of values (samples, replicas).

    A handful of samples gives no error worth the name: below ten it is taken from the spread over walkers. What
    samples differ by beyond that was measured to be at most 0.08 of it in the glass; a quarter is allowed.
    """
    samples, replicas = values.shape
    by_sample = values.mean(axis=1)
    if samples >= FEW_SAMPLES:
        return float(by_sample.std(ddof=1) / math.sqrt(samples))
    within = float(values.var(axis=1, ddof=1).mean()) if replicas > 1 else math.nan
    return math.sqrt(within * (1 / replicas + 1 / 4) / samples)


def one_per_start(params: LandscapeParams, values: Array) -> Array:
    """Values (samples, replicas) averaged over walkers that began at one point: (samples, starts)."""
    samples, replicas = values.shape
    if params.start == "native":
        return values.mean(axis=1, keepdims=True)
    if params.start == "pair" and replicas > 1:
        pairs = values[:, : replicas - replicas % 2].reshape(samples, -1, 2)
        return np.concatenate([pairs.mean(axis=2), values[:, replicas - replicas % 2 :]], axis=1)
    return values


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


def funnel_curvature(params: LandscapeParams, at: Spectrum) -> float:
    """The curvature -lambda g''(Q) (1-Q^2) that the funnel adds in one tangent direction, towards the native state."""
    if params.bias == 0:
        return 0.0
    return -params.bias * float(bend(np.asarray(at.overlap), params.dials())) * (1 - at.overlap**2)


def ck_energy(params: LandscapeParams, curve: LiveCurve, t: Array) -> Array:
    """E(t) of the infinite glass, or of N spins where that is known: its 1/N shift, and where the descent ends."""
    energy = np.interp(t, curve.t, curve.E)
    if not knows_finite_size(params):
        return energy
    return finite_size.finite_energy(t, energy, params.size, params.roughness)


def knows_finite_size(params: LandscapeParams) -> bool:
    """Whether the finite-N laws were fitted for this descent: the pure 3-spin glass at T = 0."""
    mixture = mixture_of(params)
    return mixture.is_pure and mixture.p == 3 and bath_temperature(params) == 0


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
        if not run.steady:
            return no_prediction(name, measured, stderr, CHANGED)
        predicted = equilibrium.paramagnet_energy(mixture_of(params), params.temperature)
        allowance = math.hypot(_step_error(params, predicted), _few(params, seen))
        return Agreement(name, measured, stderr, predicted, allowance, "quiet planting: E = −Δ²/(2T) at all times")
    because = _why_not_ck(params, run)
    if because or curve is None or curve.t[-1] < run.time:
        return no_prediction(name, measured, stderr, because or "the curve is being computed")
    t = np.array([run.time])
    predicted = float(ck_energy(params, curve, t)[0])
    stderr = error_of_mean(one_per_start(params, seen.energy))
    return Agreement(
        name, measured, stderr, predicted, _ck_allowance(params, curve, run.time), "Cugliandolo & Kurchan 1993"
    )


def _ck_allowance(params: LandscapeParams, curve: LiveCurve, t: float) -> float:
    """What CK leaves open: half a step of time, steps of heat, and 1/N terms.

    Those are half of one in the range of the finite-size fit (32 <= N <= 128, Delta t <= 50), one and a half beyond it,
    three where there is no fit.
    """
    step = params.learning_rate
    slope = (np.interp(t + step, curve.t, curve.E) - np.interp(max(t - step, 0.0), curve.t, curve.E)) / (2 * step)
    fitted = 32 <= params.size <= 128 and params.roughness * t <= finite_size.TIMES[-1]
    terms = (0.5 if fitted else 1.5) if knows_finite_size(params) else 3.0
    energy = float(np.interp(t, curve.t, curve.E))
    return math.hypot(step / 2 * slope, params.roughness * terms / params.size, _step_error(params, energy))


def _step_error(params: LandscapeParams, energy: float) -> float:
    """How far a walker in a heat bath may stay above the energy of continuous time."""
    return STEP_ERROR * params.learning_rate * (bath_temperature(params) or 0.0) * abs(energy)


def stable_rate(params: LandscapeParams) -> float:
    """2/lambda_max at the glass's threshold, 1/(2 sqrt f''(1)): plain descent with longer steps bounces."""
    return 0.5 / math.sqrt(mixture_of(params).d2f(1.0))


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
    if params.learning_rate >= stable_rate(params):
        return f"steps are too long for gradient flow: η is not below 2/λ_max = {stable_rate(params):.3g}"
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
            error_of_mean(one_per_start(params, seen.correlation)),
            predicted,
            allowance,
            "Cugliandolo & Kurchan 1993",
        )
    ]


def _native(params: LandscapeParams, run: Run, seen: Observation) -> list[Agreement]:
    if params.family != "funnel" or _planted_quietly(params):
        return []
    b1, _, b3, _ = params.shape
    mirrored = b1 == b3 == 0  # then -Q is as good as Q; else it is a shallower valley of its own
    overlap = np.abs(seen.overlap) if mirrored else seen.overlap
    there = overlap > FOUND
    share = float(there.mean())
    branch = native_branch(params)
    if share == 0:
        return [
            no_prediction(
                "overlap Q at the native state",
                float(seen.overlap.mean()),
                error_of_mean(seen.overlap),
                "the walkers are in its mirror valley, Q < 0"
                if np.any(overlap < -FOUND)
                else "no walker has found it yet",
            )
        ]
    q, e = _typical(overlap, there), _typical(seen.energy, there)
    if branch is None:
        because = (
            "momentum and Adam have no temperature"
            if bath_temperature(params) is None
            else "at this λ/Δ no native state exists in the large-N theory"
        )
        return [no_prediction("overlap Q at the native state", *q, because)]
    settled = SETTLED / min(1.0, max(params.roughness, params.funnel))
    if run.unchanged < settled:
        until = run.time - run.unchanged + settled
        return [no_prediction("overlap Q at the native state", *q, f"walkers are still settling (until t = {until:g})")]
    return [
        Agreement(
            "overlap Q at the native state",
            *q,
            branch[0],
            math.hypot(0.5 / params.size, _few_overlaps(params, seen)),
            "native branch, reference C3",
        ),
        Agreement(
            "energy at the native state",
            *e,
            branch[1],
            math.hypot(0.5 / params.size, _few(params, seen), _step_error(params, branch[1])),
            "native branch, reference C3",
        ),
    ]


def _few(params: LandscapeParams, seen: Observation) -> float:
    """Error of the mean over samples of H/N at one point, Delta/sqrt(2N) each: what a few of them cannot show."""
    samples = len(seen.energy)
    if samples >= FEW_SAMPLES:
        return 0.0
    return finite_size.sample_fluctuation(mixture_of(params), params.size) / math.sqrt(samples)


def _few_overlaps(params: LandscapeParams, seen: Observation) -> float:
    """The same for Q, on which a sample's scatter acts as one of lambda: dQ/dlambda sqrt(Delta^2+lambda^2)/sqrt(2N)."""
    if len(seen.energy) >= FEW_SAMPLES:
        return 0.0
    branches = [native_branch(dataclasses.replace(params, funnel=params.funnel * (1 + side))) for side in (-0.01, 0.01)]
    if branches[0] is None or branches[1] is None:  # at the end of the branch Q falls without bound
        return math.inf
    slope = abs(branches[1][0] - branches[0][0]) / (0.02 * params.funnel)
    scale = math.hypot(params.roughness, params.funnel)
    return slope * scale / math.sqrt(2 * params.size * len(seen.energy))


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
    outlier = np.array([funnel_curvature(params, s) for s in usable])
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
            float(np.mean(np.sqrt(laws[0].std ** 2 + outlier**2 * (n - 1) / n**2))),
            max(radius, 1e-9) / n,
            "semicircle of radius 2√f''(1); 1/N allowed",
        ),
        row(
            "Hessian's centre",
            centre,
            float(np.mean([law.centre for law in laws] + outlier / n)),
            max(radius, 1e-9) / n,
            "μ = −s·∇H/N; 1/N allowed",
        ),
        row(
            "index α", index, float(np.mean([law.index for law in laws])), 2 / n, "semicircle; two eigenvalues allowed"
        ),
    ]
