"""Where the dynamics of the infinite glass ends from a random start: threshold states, ageing below T_d."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar

from simulator.theory.checks import at_least
from simulator.theory.mixture import Mixture


@dataclass(frozen=True, slots=True)
class Asymptote:
    """Limit t -> infinity: energy E per spin, radial force mu, plateau q of C, and the ratio X of the ageing regime.

    X multiplies the response that equilibrium at T would have: 1 above T_d; 0 at T = 0, where X/T stays finite; nan if
    the ageing has a continuum of scales.
    """

    E: float
    mu: float
    q: float
    X: float


def dynamic_transition(mixture: Mixture) -> tuple[float, float]:
    """(T_d, q_d): T_d^2 = max over q of f'(q)(1-q)/q (Crisanti, Horner & Sommers 1993).

    Pure p: T_d = Delta sqrt(p (p-2)^(p-2) / (2 (p-1)^(p-1))), q_d = (p-2)/(p-1).
    q_d = 0 if the transition is continuous.
    """
    q = np.linspace(1e-6, 1 - 1e-6, 2001)
    height = mixture.df(q) * (1 - q) / q
    k = int(np.argmax(height))
    if k == 0:
        return math.sqrt(mixture.d2f(0.0)), 0.0
    near = (float(q[k - 1]), float(q[min(k + 1, 2000)]))

    # stationary where f''(q)(1-q)q = f'(q): a root, for the position of a maximum is only good to half the digits
    def slope(x: float) -> float:
        return mixture.d2f(x) * (1 - x) * x - mixture.df(x)

    q_d = brentq(slope, *near, xtol=1e-15) if slope(near[0]) * slope(near[1]) < 0 else _peak(mixture, near)
    return math.sqrt(mixture.df(q_d) * (1 - q_d) / q_d), float(q_d)


def _peak(mixture: Mixture, near: tuple[float, float]) -> float:
    return float(minimize_scalar(lambda x: -mixture.df(x) * (1 - x) / x, bounds=near, method="bounded").x)


@lru_cache(maxsize=64)
def asymptote(mixture: Mixture, T: float = 0.0) -> Asymptote:
    """Limit of the Cugliandolo-Kurchan equations from a random start.

    T >= T_d: equilibrium, E = -f(1)/T. Below: marginal plateau f''(q)(1-q)^2 = T^2, X = (1-q)[f''(q)/f'(q) - 1/q],
    E = -[f(1) - (1-X) f(q)]/T (Cugliandolo & Kurchan 1993); at T = 0 it is
    E_th = -[f'/sqrt f'' + f(1)(sqrt f''/f' - 1/sqrt f'')] at q = 1. If 1/sqrt f'' is concave, X depends on C and
    E = -[f(1)-f(q)]/T + f'(q)/sqrt f''(q) - int_0^q sqrt f''.
    E and X are nan for a mixture of neither kind (2+4 in between), whose threshold is not known in closed form. Mixed
    models may end slightly elsewhere (Folena, Franz & Ricci-Tersenghi 2020). ValueError for T < 0.
    """
    at_least("T", T, 0)
    if mixture.roughness == 0:
        return Asymptote(0.0, T, 0.0 if T else 1.0, 1.0 if T else 0.0)
    T_d, q_d = dynamic_transition(mixture)
    f, df, d2f = mixture.f, mixture.df, mixture.d2f
    if T_d <= T:
        return Asymptote(-f(1.0) / T, T + df(1.0) / T, 0.0, 1.0)
    q = float(brentq(lambda x: math.sqrt(d2f(x)) * (1 - x) - T, q_d, 1.0, xtol=1e-15)) if T else 1.0
    chi = 1 / math.sqrt(d2f(q))  # (1-q)/T, finite at T = 0
    y = math.sqrt(d2f(q)) / df(q) - chi / q  # X/T
    mu = 1 / chi + ((df(1.0) - df(q)) / T if T else d2f(1.0) * chi)
    fast = (f(1.0) - f(q)) / T if T else df(1.0) * chi
    if d2f(0.0) * (chi + y * q) ** 2 <= 1 + 1e-9:
        return Asymptote(-fast - y * f(q), mu, q, T * y)
    if has_continuum(mixture, q):
        return Asymptote(-fast + df(q) * chi - quad(lambda x: math.sqrt(d2f(x)), 0, q)[0], mu, q, math.nan)
    return Asymptote(math.nan, mu, q, math.nan)


def has_continuum(mixture: Mixture, q: float) -> bool:
    """Whether 1/sqrt f'' is concave on [0, q]: replica symmetry is then broken on all scales."""
    curve = 1 / np.sqrt(mixture.d2f(np.linspace(0, q, 401)))
    return bool(np.all(np.diff(curve, 2) <= 1e-12))


def threshold_energy(mixture: Mixture) -> float:
    """E_th, where gradient flow from a random start ends as N -> infinity; pure p: -Delta sqrt(2(p-1)/p)."""
    return asymptote(mixture).E
