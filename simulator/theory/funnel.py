"""The spherical funnel H = Delta H_glass(s) - N lambda g(Q), Q = s.xi/N: its native branch at any temperature.

Replica-symmetric free energy per spin (Ros et al. 2019, 1804.02686, at T = 0):
    F(Q) = -lambda g(Q) - [f(1)-f(q)]/(2T) - (T/2){ln(1-q) + (q-Q^2)/(1-q)},   f'(q)/T^2 = (q-Q^2)/(1-q)^2.
The branch is followed in chi = (1-q)/T, which stays finite at T = 0: there Q^2 = 1 - f'(1) chi^2 and
    E(Q) = -lambda g(Q) - sqrt(f'(1) (1-Q^2)).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from simulator.theory.checks import at_least, positive, refuse
from simulator.theory.mixture import Array, Mixture

GRID = 4001  # values of chi or q that are scanned for a branch


@dataclass(frozen=True, slots=True)
class Bias:
    """g(Q) = sum_p b_p Q^p, b_p >= 0 normalised to sum 1: b1 downhill, b2 continuous, b3 and b4 with a barrier.

    ValueError if all are zero, or one is negative or not finite.
    """

    b1: float = 0.0
    b2: float = 0.0
    b3: float = 0.0
    b4: float = 0.0

    def __post_init__(self) -> None:
        names = ("b1", "b2", "b3", "b4")
        b = [at_least(name, getattr(self, name), 0) for name in names]
        if not sum(b) > 0:
            raise refuse("(b1, b2, b3, b4)", tuple(b), "must not all be zero")
        for name, value in zip(names, b, strict=True):
            object.__setattr__(self, name, value / sum(b))

    @classmethod
    def pure(cls, p: int) -> "Bias":
        """g(Q) = Q^p, p = 1..4."""
        if p not in (1, 2, 3, 4):
            raise refuse("p", p, "must be 1, 2, 3 or 4")
        return cls(**{f"b{p}": 1.0})

    def g(self, Q: ArrayLike) -> Array:
        """g(Q), of the shape of Q."""
        Q = np.asarray(Q, dtype=float)
        return np.asarray(Q * (self.b1 + Q * (self.b2 + Q * (self.b3 + Q * self.b4))))

    def dg(self, Q: ArrayLike) -> Array:
        """g'(Q), of the shape of Q."""
        Q = np.asarray(Q, dtype=float)
        return np.asarray(self.b1 + Q * (2 * self.b2 + Q * (3 * self.b3 + Q * 4 * self.b4)))


@dataclass(frozen=True, slots=True)
class State:
    """A stationary state of F(Q): overlap Q with the native state, self-overlap q, energy E and free energy F per spin.

    stable: whether its replica symmetry is stable, f''(q)(1-q)^2 < T^2; otherwise the values are approximate.
    """

    Q: float
    q: float
    E: float
    F: float
    stable: bool


def native_state(mixture: Mixture, bias: Bias, lam: float, T: float = 0.0) -> State | None:
    """The minimum of F(Q) that is reached downhill from Q = 1, or None where there is none with Q > 0.

    T = 0: g = Q^3, p = 3: Q^2 = [1 + sqrt(1 - 2 Delta^2/(3 lambda^2))]/2. ValueError for lam < 0 or T < 0.
    """
    roots = _stationary(mixture, bias, lam, T)
    return _state(mixture, bias, lam, T, roots[0]) if roots else None


def barrier_state(mixture: Mixture, bias: Bias, lam: float, T: float = 0.0) -> State | None:
    """The maximum of F(Q) next to the native minimum, or None: the top of the nucleation barrier."""
    roots = _stationary(mixture, bias, lam, T)
    return _state(mixture, bias, lam, T, roots[1]) if len(roots) > 1 else None


def energy_profile(mixture: Mixture, bias: Bias, lam: float, Q: ArrayLike) -> Array:
    """E(Q) = -lambda g(Q) - sqrt(f'(1)(1-Q^2)) at T = 0, shape of Q, nan for |Q| > 1.

    Exact for Q^2 > 1 - f'(1)/f''(1), where replica symmetry is stable.
    """
    Q = np.asarray(Q, dtype=float)
    with np.errstate(invalid="ignore"):
        return np.asarray(-lam * bias.g(Q) - np.sqrt(mixture.df(1.0) * (1 - Q * Q)))


def free_energy_profile(mixture: Mixture, bias: Bias, lam: float, T: float, Q: ArrayLike) -> Array:
    """F(Q), replica symmetric, shape of Q; nan for |Q| >= 1. q is the root that is continuous with the paramagnet.

    ValueError unless T > 0: at T = 0 use energy_profile.
    """
    positive("T", T)
    Q = np.asarray(Q, dtype=float)
    QQ = np.where(np.abs(Q) < 1, Q, np.nan)[..., None] ** 2

    def excess(q: Array) -> Array:
        return q - QQ - mixture.df(q) * (1 - q) ** 2 / T**2

    width = np.concatenate([np.linspace(1, 0.01, 400), np.geomspace(0.01, 1e-12, 200)[1:]])
    grid = 1 - (1 - QQ) * width
    above = excess(grid) > 0
    above[..., -1] = True
    first = np.maximum(np.argmax(above, axis=-1)[..., None], 1)
    low, high = np.take_along_axis(grid, first - 1, -1), np.take_along_axis(grid, first, -1)
    for _ in range(60):
        middle = (low + high) / 2
        up = excess(middle) > 0
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    q = low[..., 0]
    entropy = np.log1p(-q) + (q - QQ[..., 0]) / (1 - q)
    return np.asarray(-lam * bias.g(Q) - (mixture.f(1.0) - mixture.f(q)) / (2 * T) - T / 2 * entropy)


@lru_cache(maxsize=128)
def _stationary(mixture: Mixture, bias: Bias, lam: float, T: float) -> tuple[float, ...]:
    """Values of chi > 0 at which dF/dQ = 0, i.e. lambda g'(Q) chi = Q > 0, from Q = 1 downwards."""
    at_least("lambda", lam, 0)
    at_least("T", T, 0)
    chi = _chi_grid(mixture, T)
    Q = _overlap(mixture, T, chi)
    pull = lam * bias.dg(Q) * chi - Q
    pull[Q <= 0] = np.nan
    if np.isnan(pull).any():  # the branch ends at the first Q = 0: states beyond it do not belong to it
        pull[int(np.argmax(np.isnan(pull))) :] = np.nan
    change = np.flatnonzero(pull[:-1] * pull[1:] < 0)

    def solve(x: float) -> float:
        Q = _overlap(mixture, T, x)
        return float(lam * bias.dg(Q) * x - Q)

    return tuple(float(brentq(solve, chi[k], chi[k + 1], xtol=1e-16, rtol=1e-14)) for k in change)


def _chi_grid(mixture: Mixture, T: float) -> Array:
    """chi from just above 0 to the largest that can have Q >= 0: q = 1 - T chi >= 0 and f'(q) chi^2 <= q."""
    slope = mixture.df(1.0)
    top = min(
        1 / T if T else math.inf, 50 / math.sqrt(slope) if slope and T else 1 / math.sqrt(slope) if slope else 1e6
    )
    # quadratic spacing: a strong field has its native state near chi = 0
    return top * np.linspace(1e-4, 1, GRID) ** 2


def _overlap(mixture: Mixture, T: float, chi: ArrayLike) -> Array:
    """Q >= 0 with Q^2 = q - f'(q) chi^2, q = 1 - T chi; 0 where that is negative."""
    chi = np.asarray(chi, dtype=float)
    q = 1 - T * chi
    return np.asarray(np.sqrt(np.clip(q - mixture.df(q) * chi**2, 0, None)))


def _state(mixture: Mixture, bias: Bias, lam: float, T: float, chi: float) -> State:
    q = 1 - T * chi
    Q = float(_overlap(mixture, T, chi))
    field = -lam * float(bias.g(Q))
    glass = (mixture.f(1.0) - mixture.f(q)) / T if T else mixture.df(1.0) * chi
    entropy = T * math.log(T * chi) if T else 0.0
    F = field - glass / 2 - entropy / 2 - mixture.df(q) * chi / 2
    return State(Q, q, field - glass, F, mixture.d2f(q) * chi**2 < 1)


def native_curve(mixture: Mixture, bias: Bias, lam: ArrayLike, T: ArrayLike) -> tuple[Array, Array]:
    """Q and E of the native state for lam and T broadcast together; nan where there is none."""
    pairs = np.broadcast(np.asarray(lam, dtype=float), np.asarray(T, dtype=float))
    states = [native_state(mixture, bias, float(x), float(y)) for x, y in pairs]
    Q = np.array([state.Q if state else math.nan for state in states])
    E = np.array([state.E if state else math.nan for state in states])
    return Q.reshape(pairs.shape), E.reshape(pairs.shape)
