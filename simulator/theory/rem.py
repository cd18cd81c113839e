"""The golf hole: 2^N random energies and one native state, the random energy model with a bias on Q = 1 alone.

Energies of the others are independent, N(0, N Delta^2/2); the native state's is -N lambda (Derrida 1981; Bryngelson &
Wolynes 1987). The others freeze at T_g; above it ln Z = N (ln 2 + Delta^2/(4 T^2)), and the native state wins below
T_f, a transition of first order that N rounds: all that is native is P = 1/(1 + exp phi(T)), width ~ 1/N.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar

from simulator.theory.checks import at_least, integer_at_least, positive
from simulator.theory.mixture import Array

LN2 = math.log(2.0)


def glass_temperature(Delta: float = 1.0) -> float:
    """T_g = Delta/(2 sqrt(ln 2)) = 0.600561 Delta, where the random energies freeze."""
    return at_least("Delta", Delta, 0) / (2 * math.sqrt(LN2))


def ground_energy(Delta: float = 1.0) -> float:
    """e_glass = -Delta sqrt(ln 2) = -0.832555 Delta, the lowest of the random energies per spin, N -> infinity."""
    return -at_least("Delta", Delta, 0) * math.sqrt(LN2)


def folding_temperature(lam: float, Delta: float = 1.0) -> float | None:
    """T_f = [lambda + sqrt(lambda^2 - Delta^2 ln 2)]/(2 ln 2); None below lambda = |e_glass|, where nothing folds."""
    square = at_least("lambda", lam, 0) ** 2 - at_least("Delta", Delta, 0) ** 2 * LN2
    return (lam + math.sqrt(square)) / (2 * LN2) if square >= 0 and lam > 0 else None


def folding_ratio(lam: ArrayLike, Delta: float = 1.0) -> Array:
    """T_f/T_g = y + sqrt(y^2 - 1), y = lambda/|e_glass|: nan below y = 1. Shape of lam; ValueError unless Delta > 0."""
    y = np.asarray(lam, float) / (positive("Delta", Delta) * math.sqrt(LN2))
    with np.errstate(invalid="ignore"):
        return np.asarray(y + np.sqrt(y * y - 1))


def latent_heat(lam: float, Delta: float = 1.0) -> float | None:
    """L = lambda - Delta^2/(2 T_f) per spin: energy of the others less that of the native state, at T_f."""
    T_f = folding_temperature(lam, Delta)
    return None if T_f is None else lam - Delta**2 / (2 * T_f)


def slope_growth(lam: float, Delta: float = 1.0) -> float | None:
    """L/(4 T_f^2): by how much max |dP/dT| grows with each spin, N -> infinity."""
    T_f, L = folding_temperature(lam, Delta), latent_heat(lam, Delta)
    return None if T_f is None or L is None else L / (4 * T_f**2)


@dataclass(frozen=True, slots=True)
class GolfHole:
    """N spins, annealed: <Z> in place of Z, of relative error 2^(-N/2) exp(N Delta^2/(4 T^2)), small above T_g.

    ValueError for N < 1, lam < 0 or Delta < 0.
    """

    N: int
    lam: float
    Delta: float = 1.0

    def __post_init__(self) -> None:
        integer_at_least("N", self.N, 1)
        at_least("lambda", self.lam, 0)
        at_least("Delta", self.Delta, 0)

    @property
    def _entropy(self) -> float:
        """ln(2^N - 1), at any N."""
        return self.N * LN2 + math.log1p(-(2.0**-self.N))

    def log_odds(self, T: ArrayLike) -> Array:
        """phi(T) = ln(2^N - 1) + N Delta^2/(4 T^2) - N lambda/T, of not being native."""
        T = np.asarray(T, float)
        return np.asarray(self._entropy + self.N * (self.Delta**2 / (4 * T * T) - self.lam / T))

    def native(self, T: ArrayLike) -> Array:
        """P(T) = 1/(1 + exp phi)."""
        return np.asarray(0.5 * (1 - np.tanh(0.5 * self.log_odds(T))))

    def slope(self, T: ArrayLike) -> Array:
        """|dP/dT| = P (1 - P) phi'(T), phi' = N (lambda - Delta^2/(2 T))/T^2."""
        T = np.asarray(T, float)
        P = self.native(T)
        return np.asarray(P * (1 - P) * self.N * (self.lam - self.Delta**2 / (2 * T)) / (T * T))

    def heat(self, T: ArrayLike) -> Array:
        """C/N = Var(H)/(N T^2): the others' N Delta^2/2 and the two-state part P (1 - P) (N L(T))^2."""
        T = np.asarray(T, float)
        P = self.native(T)
        gap = self.lam - self.Delta**2 / (2 * T)
        return np.asarray(((1 - P) * self.Delta**2 / 2 + P * (1 - P) * self.N * gap * gap) / (T * T))

    def half(self) -> float:
        """The temperature at which P = 1/2; nan where the native state never has as much."""
        lowest = self.Delta**2 / (2 * self.lam) if self.lam else math.inf  # phi falls below it again: beyond T_g
        lowest, high = max(lowest, 1e-9), max(8.0 * (self.lam + self.Delta), 1.0)
        if not math.isfinite(lowest) or float(self.log_odds(lowest)) > 0 or lowest >= high:
            return math.nan
        return float(brentq(lambda T: float(self.log_odds(T)), lowest, high, xtol=1e-12))

    def max_slope(self) -> float:
        """max |dP/dT|: N L/(4 T_f^2) + O(1); nan where `half` is."""
        T = self.half()
        if math.isnan(T):
            return math.nan
        width = min(0.25 / float(self.slope(T)), 0.25 * T)  # of the transition, ~ 1/N
        ends = T - 2 * width, T + 2 * width
        found = minimize_scalar(lambda t: -float(self.slope(t)), bounds=ends, method="bounded")
        return -float(found.fun)
