"""Thresholds of the spherical funnel: where the native state exists, wins, and is found."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from simulator.theory.checks import at_least, integer_at_least, positive
from simulator.theory.funnel import Bias, barrier_state, native_state
from simulator.theory.mixture import Mixture
from simulator.theory.statics import glass_state, ground_state_energy


@dataclass(frozen=True, slots=True)
class Folding:
    """Crossing of the native branch and the glass at T_f: overlap Q_f just below it; latent heat and barrier per spin.

    Q_barrier is the overlap at the top of the barrier. All but T_f are 0 at a continuous transition.
    """

    T_f: float
    Q_f: float
    latent_heat: float
    barrier: float
    Q_barrier: float


def existence_threshold(mixture: Mixture, bias: Bias) -> float:
    """Smallest lambda with a stable native minimum at T = 0: the minimum over Q of sqrt(f'(1)) Q/(g'(Q) sqrt(1-Q^2)).

    Q descends from 1 to the first minimum, but not past the stability of replica symmetry, Q^2 > 1 - f'(1)/f''(1).
    p = 3, g = Q^3: sqrt(2/3) Delta; g = Q^2: the BBP threshold; g = Q: the trivialisation field.
    """
    df = mixture.df(1.0)
    lowest = math.sqrt(max(0.0, 1 - df / mixture.d2f(1.0))) if df else 0.0
    if df == 0 or (lowest == 0 and bias.b1 > 0):
        return 0.0

    def needed(Q: float) -> float:
        return math.sqrt(df) * Q / (float(bias.dg(Q)) * math.sqrt(1 - Q * Q))

    Q = np.linspace(1, max(lowest, 1e-9), 2002)[1:]
    values = np.array([needed(float(x)) for x in Q])
    rising = np.flatnonzero(np.diff(values) > 0)
    if len(rising) == 0:
        return float(values[-1])
    k = int(rising[0])
    low, high = float(Q[k + 1]), float(Q[max(k - 1, 0)])
    return float(
        min(values[k], minimize_scalar(needed, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).fun)
    )


def global_threshold(mixture: Mixture, bias: Bias) -> float:
    """Smallest lambda whose native state is below the ground state E_0 of the glass (p = 3, g = Q^3: 0.853164 Delta).

    It is the global minimum above that for b1 = b2 = 0. nan where E_0 is.
    """
    E_0, low = ground_state_energy(mixture), existence_threshold(mixture, bias)
    if math.isnan(E_0):
        return math.nan

    def gap(lam: float) -> float:
        state = native_state(mixture, bias, lam)
        return state.E - E_0 if state else 1.0

    low *= 1 + 1e-9
    return float(brentq(gap, low, -E_0 + low + 1, xtol=1e-14)) if gap(low) > 0 else low


def folding(mixture: Mixture, bias: Bias, lam: float) -> Folding | None:
    """T_f where the native branch and the glass have the same free energy, the highest such T.

    Above T_s the glass is the paramagnet, F = -f(1)/(2T); below it, one-step broken. None if the native state never
    wins, or if b1 > 0: a linear bias leaves no transition. ValueError for lam < 0.
    """
    if at_least("lambda", lam, 0) == 0 or bias.b1 > 0:
        return None

    def wins(T: float) -> bool:
        state = native_state(mixture, bias, lam, T)
        return state is not None and _glass_free_energy(mixture, T) > state.F

    ceiling = lam * float(bias.dg(1.0))  # lambda g'(Q) (1-q)/T = Q has no solution above
    grid = ceiling * np.linspace(1, 0.01, 100)
    k = next((k for k, T in enumerate(grid) if wins(float(T))), None)
    continuous = 2 * lam * bias.b2
    if k is None:
        return None
    low, high = float(grid[k]), float(grid[max(k - 1, 0)])
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if wins(middle) else (low, middle)
    if low <= continuous * (1 + 1e-6):
        return Folding(continuous, 0.0, 0.0, 0.0, 0.0)
    native, top = native_state(mixture, bias, lam, low), barrier_state(mixture, bias, lam, low)
    assert native is not None
    E_glass = _glass_energy(mixture, low)
    barrier, Q_barrier = (top.F - native.F, top.Q) if top else (math.nan, math.nan)
    return Folding(low, native.Q, E_glass - native.E, barrier, Q_barrier)


def _glass_free_energy(mixture: Mixture, T: float) -> float:
    F = glass_state(mixture, T)[0]
    return -mixture.f(1.0) / (2 * T) if math.isnan(F) else F


def _glass_energy(mixture: Mixture, T: float) -> float:
    """E = -[f(1) - (1-m) f(q)]/T of the glass at T."""
    _, q, m = glass_state(mixture, T)
    return -(mixture.f(1.0) - ((1 - m) * mixture.f(q) if m < 1 else 0.0)) / T


def nishimori_temperature(mixture: Mixture, lam: float) -> float:
    """T = f(1)/lambda = Delta^2/(2 lambda): with b_p = a_p^2 planting is quiet: E = -lambda and q = Q."""
    return mixture.f(1.0) / positive("lambda", lam)


def trivialisation_field(mixture: Mixture) -> float:
    """h = sqrt(f''(1) - f'(1)): above it a linear bias leaves 2 critical points (Fyodorov & Le Doussal 2014)."""
    return math.sqrt(max(0.0, mixture.d2f(1.0) - mixture.df(1.0)))


def lambda_GD(mixture: Mixture, bias: Bias) -> float:
    """sqrt f''(1)/(2 b_2): above it gradient flow from a random start finds the native state; inf if b_2 = 0.

    BBP transition of the marginal Hessian as N -> infinity (Mannelli et al. 2019, 1902.00139), strongly rounded at
    N <= 256. With b_1 > 0 the start is pulled towards the native state and this threshold does not apply.
    """
    return math.sqrt(mixture.d2f(1.0)) / (2 * bias.b2) if bias.b2 else math.inf


def escape_rate(mixture: Mixture, bias: Bias, lam: float) -> float:
    """theta + f''(1)/theta - 2 sqrt f''(1), theta = 2 lambda b_2: growth rate of Q at marginal states.

    0 below lambda_GD. The relaxing radial force adds mu_th - mu(t) to it.
    """
    theta, root = 2 * at_least("lambda", lam, 0) * bias.b2, math.sqrt(mixture.d2f(1.0))
    return theta + root**2 / theta - 2 * root if theta > root else 0.0


def spiked_threshold(p: int, Delta_p: float) -> float:
    """Delta_2 below which gradient flow recovers the spike of f = q^2/(2 Delta_2) + q^p/(p Delta_p), p >= 3.

    [-Delta_p + sqrt(Delta_p^2 + 4(p-1) Delta_p)] / (2(p-1)) (Mannelli et al. 2019, 1907.08226).
    """
    p, D = integer_at_least("p", p, 3), positive("Delta_p", Delta_p)
    return (-D + math.sqrt(D * D + 4 * (p - 1) * D)) / (2 * (p - 1))


def gap_over_roughness(mixture: Mixture, bias: Bias, lam: float, N: int) -> float:
    """Z = N lambda g(1)/sqrt(N f(1)) = sqrt(2N) lambda/Delta: native gap over the std of H_glass; inf for Delta = 0."""
    N = integer_at_least("N", N, 1)
    spread = math.sqrt(mixture.f(1.0))
    return math.sqrt(N) * at_least("lambda", lam, 0) * float(bias.g(1.0)) / spread if spread else math.inf
