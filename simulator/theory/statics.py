"""Equilibrium of the spherical glass: the static transition T_s, the glass below it, the ground state E_0."""

import math

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from simulator.theory.asymptotics import has_continuum
from simulator.theory.checks import positive
from simulator.theory.equilibrium import paramagnet_free_energy
from simulator.theory.mixture import Mixture


def static_transition(mixture: Mixture) -> tuple[float, float]:
    """(T_s, q_s), where one-step replica symmetry breaking sets in at m = 1 (Crisanti & Sommers 1992).

    q_s solves f(q) q / (f'(q)(1-q)) + ln(1-q) + q = 0, for pure p: q^2/(p(1-q)) + ln(1-q) + q = 0; then
    T_s^2 = f'(q)(1-q)/q. If sqrt f''(0) is higher the transition is continuous: T_s = sqrt f''(0), q_s = 0.
    """
    if mixture.roughness == 0:
        return 0.0, 0.0

    def balance(q: float) -> float:
        return mixture.f(q) * q / (mixture.df(q) * (1 - q)) + math.log1p(-q) + q

    q = np.concatenate([np.linspace(0.02, 0.98, 481), 1 - np.geomspace(0.02, 1e-9, 60)[1:]])
    sign = np.sign([balance(float(x)) for x in q])
    rises = np.flatnonzero((sign[:-1] < 0) & (sign[1:] > 0))
    if len(rises) == 0:
        return math.sqrt(mixture.d2f(0.0)), 0.0
    q_s = float(brentq(balance, q[rises[-1]], q[rises[-1] + 1], xtol=1e-15))
    T_s = math.sqrt(mixture.df(q_s) * (1 - q_s) / q_s)
    return (T_s, q_s) if T_s > math.sqrt(mixture.d2f(0.0)) else (math.sqrt(mixture.d2f(0.0)), 0.0)


def glass_state(mixture: Mixture, T: float) -> tuple[float, float, float]:
    """(F, q, m) of one-step replica symmetry breaking, 0 < T < T_s (Crisanti & Sommers 1992); q = 0, m = 1 above T_s.

    F = -[f(1) - (1-m) f(q)]/(2T) - (T/2)[(1-1/m) ln(1-q) + (1/m) ln(1-(1-m)q)], stationary in q and m. nan below a
    continuous transition, where one step is not enough. ValueError unless T > 0.
    """
    T_s, q_s = static_transition(mixture)
    if positive("T", T) >= T_s:
        return paramagnet_free_energy(mixture, T), 0.0, 1.0
    if q_s == 0:
        return math.nan, math.nan, math.nan

    def m_of(q: float) -> float:  # from f'(q)/T^2 = q/[(1-q)(1-(1-m)q)]
        return (T**2 / (mixture.df(q) * (1 - q)) * q - (1 - q)) / q

    def slope(q: float) -> float:  # dF/dm
        m = m_of(q)
        width = 1 - (1 - m) * q
        entropy = (math.log1p(-q) - math.log(width)) / m**2 + q / (m * width)
        return -mixture.f(q) / T - T * entropy

    # m rises with q; the solution lies where 0 < m < 1, and slope is positive at m -> 0, negative at m = 1
    top = 1 - 1e-15
    upper = float(brentq(lambda q: m_of(q) - 1, q_s, top, xtol=1e-16))
    lower = q_s if m_of(q_s) > 1e-6 else float(brentq(lambda q: m_of(q) - 1e-6, q_s, upper, xtol=1e-16))
    q = float(brentq(slope, lower, upper, xtol=1e-16))
    m = m_of(q)
    free = -(mixture.f(1.0) - (1 - m) * mixture.f(q)) / (2 * T)
    return free - T / 2 * ((1 - 1 / m) * math.log1p(-q) + math.log(1 - (1 - m) * q) / m), q, m


def ground_state_energy(mixture: Mixture) -> float:
    """E_0, the T = 0 saddle of one-step replica symmetry breaking; pure p: the zero of the complexity of minima.

    -E_0 = min over chi, y of [chi f'(1) + y f(1) + ln(1 + y/chi)/y]/2, so that z = y/chi solves
    z^2 f(1)/f'(1) = (1+z) ln(1+z) - z (Crisanti & Sommers 1992). If 1/sqrt f'' is concave all steps count and
    E_0 = -int_0^1 sqrt f''; where neither holds (some 2+4 mixtures, by the test of Chen & Sen 2017) E_0 is nan.
    """
    if mixture.roughness == 0:
        return 0.0
    f, df = mixture.f(1.0), mixture.df(1.0)

    def balance(z: float) -> float:
        return z * z * f / df - (1 + z) * math.log1p(z) + z

    if df - 2 * f > 1e-9 * f:
        z = float(brentq(balance, df / f - 2, 1e3 * df / f, xtol=1e-14, rtol=1e-15))
        chi = 1 / math.sqrt(df * (1 + z))
        y = z * chi
        if _one_step_is_enough(mixture, chi, y):
            return -(chi * df + y * f + math.log1p(z) / y) / 2
    if has_continuum(mixture, 1.0):
        return -float(quad(lambda q: math.sqrt(mixture.d2f(q)), 0, 1)[0])
    return math.nan


def _one_step_is_enough(mixture: Mixture, chi: float, y: float) -> bool:
    """Whether no further step improves the T = 0 functional: G(u) >= 0 on [0, 1] (Chen & Sen 2017).

    G(u) = int_u^1 dq int_0^q [f''(s) - 1/m(s)^2] ds, m(s) = chi + y (1-s).
    """
    u = np.linspace(0, 1, 801)
    m = chi + y * (1 - u)
    G = mixture.f(1.0) - mixture.f(u) - (np.log(m / chi) / y - (1 - u) / m[0]) / y
    return bool(np.all(-1e-9 * mixture.f(1.0) < G))
