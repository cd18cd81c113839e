"""What a simulation of N spins with a finite step differs by from the infinite glass in continuous time.

The laws in 1/N are fits to simulations of 32 <= N <= 128 (docs/physics/landscape.md has the table), each with what it
leaves open; the sample-to-sample fluctuations are exact, or those of a random matrix's edge.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.asymptotics import asymptote
from simulator.theory.checks import at_least, integer_at_least, positive, refuse
from simulator.theory.mixture import Array, Mixture
from simulator.theory.spectrum import TRACY_WIDOM_MEAN

TIMES = np.array([1.0, 10.0, 50.0])
SHIFTS = np.array([1.0, 2.2, 3.4])  # a(t) of p = 3 at T = 0
POWERS = np.array([2.0, 2.5, 3.0, 3.5, 4.0])  # mean power sum_p p a_p^2 of p = 2, 2+3, 3, 3+4, 4
FACTORS = np.array([0.64, 0.76, 1.0, 1.09, 1.16])  # k, of a(t)
ENDS = np.array([-TRACY_WIDOM_MEAN / 2, 0.97, 1.13, 1.32, 1.34])  # c, of the end energy; p = 2 is a matrix's edge
SHIFT_ERROR = 0.5
MEMORY, MEMORY_ERROR = 0.3, (0.5, 0.2)
EDGE_STD = 0.634  # half of 1.268, the standard deviation of the Tracy-Widom law of real symmetric matrices
END_STD = 0.60  # of p = 3, in the same units; 600, 300 and 120 descents of 32, 64 and 128 spins
END_ERROR = 0.003
"""What the law of the end energy leaves open at the sizes it was fitted to."""
FITTED_SIZES, FITTED_TIME = (32, 128), 50.0
SMALL_ERROR = 0.3
"""The same times N below those sizes: descents of 4 to 16 spins end 0.2/N to 0.3/N below the law (1,000 of each)."""
BEYOND = 3.0
"""How many times more is left open where the laws were not fitted."""


def energy_shift(mixture: Mixture, T: float, t: ArrayLike) -> Array:
    """a(t) of E_N(t) = E(t) + a(t)/N, shape of t: Delta k a_3(Delta t)/(1 + (T/Delta)^2).

    a_3 belongs to p = 3 at T = 0: 1, 2.2, 3.4 at t = 1, 10, 50, interpolated in ln t; linear from 0 to t = 1; held past
    t = 50, where the end energy takes over. k = 0.64, 1, 1.16 for p = 2, 3, 4. ValueError for a negative time or T < 0.
    """
    t = np.asarray(t, dtype=float)
    if not np.all(t >= 0):
        raise refuse("t", t.min(), "every time must be at least 0")
    t = mixture.roughness * t
    rise = np.interp(np.log(np.maximum(t, 1.0)), np.log(TIMES), SHIFTS)
    return _factor(mixture, T, FACTORS) * np.where(t < 1, t, rise)


def _factor(mixture: Mixture, T: float, table: Array) -> float:
    """Delta/(1 + (T/Delta)^2) times the factor that belongs to the mixture's mean power."""
    Delta, T = mixture.roughness, at_least("T", T, 0)
    mean_power = sum(p * a * a for p, a in enumerate(mixture.weights, start=2))
    return Delta * float(np.interp(mean_power, POWERS, table)) / (1 + (T / Delta) ** 2) if Delta else 0.0


def finite_energy(mixture: Mixture, T: float, t: ArrayLike, E: ArrayLike, N: int) -> Array:
    """E(t) + a(t)/N from the infinite E(t), but not below where the descent of N spins ends; broadcasts.

    ValueError for a negative time, T < 0 or N < 2.
    """
    shifted = np.asarray(E, dtype=float) + energy_shift(mixture, T, t) / integer_at_least("N", N, 2)
    return np.asarray(np.fmax(shifted, end_energy(mixture, N, T)))  # fmax: the end is nan where it is not known


def end_energy(mixture: Mixture, N: int, T: float = 0.0) -> float:
    """Energy at which a descent of N spins ends: E_infinity(T) + Delta c N^(-2/3)/(1 + (T/Delta)^2).

    c = 0.603, 1.13, 1.34 for p = 2, 3, 4. nan from T_d upwards, where walkers reach equilibrium instead, and where the
    limit is not known. ValueError for N < 2 or T < 0.
    """
    limit = asymptote(mixture, T)
    end = limit.E + _factor(mixture, T, ENDS) * integer_at_least("N", N, 2) ** (-2 / 3)
    return end if limit.X != 1 else math.nan


def end_error(mixture: Mixture, N: int) -> float:
    """What end_energy leaves open: 0.003 Delta for p = 3 at 32 <= N <= 128, three times as much elsewhere.

    Below 32 spins at least 0.3 Delta/N. ValueError for N < 1.
    """
    error = END_ERROR * (_open(mixture, 0.0, N) if mixture.a3 == 1 else BEYOND)
    small = SMALL_ERROR / integer_at_least("N", N, 1) if FITTED_SIZES[0] > N else 0.0
    return mixture.roughness * max(error, small)


def end_spread(mixture: Mixture, N: int) -> float:
    """Standard deviation, over samples and walkers, of the energies at which descents of N spins end at T = 0.

    0.60 Delta N^(-2/3) for p = 3, measured; 0.634 Delta N^(-2/3) for p = 2, where all end at a random matrix's edge
    (Tracy & Widom 1996); nan for another mixture. ValueError for N < 1.
    """
    law = {2: EDGE_STD, 3: END_STD}.get(mixture.p, math.nan) if mixture.is_pure else math.nan
    return mixture.roughness * law * integer_at_least("N", N, 1) ** (-2 / 3)


def energy_error(mixture: Mixture, t: float, N: int) -> float:
    """What energy_shift leaves open: Delta/(2N) where it was fitted, three times as much elsewhere."""
    return mixture.roughness * SHIFT_ERROR * _open(mixture, t, N) / integer_at_least("N", N, 2)


def correlation_shift(mixture: Mixture, t: ArrayLike) -> Array:
    """N (C_N(t,0) - C(t,0)) = 0.3 sqrt(Delta t), shape of t, for any mixture and temperature: see correlation_error."""
    return MEMORY * np.sqrt(mixture.roughness * np.asarray(t, dtype=float))


def correlation_error(mixture: Mixture, t: float, N: int) -> float:
    """What correlation_shift leaves open: 1/N times 0.5 and 0.2 sqrt(Delta t), in quadrature; three times elsewhere."""
    base, growth = MEMORY_ERROR
    error = math.hypot(base, growth * math.sqrt(mixture.roughness * t))
    return error * _open(mixture, t, N) / integer_at_least("N", N, 2)


def _open(mixture: Mixture, t: float, N: int) -> float:
    small, large = FITTED_SIZES
    return 1.0 if small <= N <= large and mixture.roughness * t <= FITTED_TIME else BEYOND


def valley_fluctuation(mixture: Mixture, N: int) -> float:
    """Std over samples of the energy that all walkers of a sample share in the valley of its 2-spin part.

    0.634 Delta a_2^2 N^(-2/3): the edge of a random symmetric matrix (Tracy & Widom 1996), whose half is E_0 of p = 2;
    measured for 2+3 too. For p >= 3 walkers end in valleys of their own. ValueError for N < 1.
    """
    return mixture.roughness * EDGE_STD * mixture.a2**2 * integer_at_least("N", N, 1) ** (-2 / 3)


def sample_fluctuation(mixture: Mixture, N: int) -> float:
    """Standard deviation of H(s)/N at a given s from sample to sample: sqrt(f(1)/N) = Delta/sqrt(2N)."""
    return math.sqrt(mixture.f(1.0) / integer_at_least("N", N, 1))


def native_fluctuation(mixture: Mixture, Q: float, N: int) -> float:
    """Std over samples of the energy of the native state at T = 0: sqrt(int_0^1 f(q_t) dt/N), N -> infinity.

    q_t is the overlap of the native states of two samples of correlation t (Chatterjee 2014, superconcentration): both
    lie at Q, and apart in directions that follow the glass, q_t = Q^2 + (1 - Q^2) t f'(q_t)/f'(1). Derived here, as
    stable as replica symmetry; between sqrt(f(Q^2)/N) and sqrt(f(1)/N). ValueError unless 0 < Q <= 1, or for N < 1.
    """
    if not 0 < Q <= 1:
        raise refuse("Q", Q, "must be greater than 0 and at most 1")
    nodes, weights = np.polynomial.legendre.leggauss(24)
    t, q = (nodes + 1) / 2, np.full(24, Q * Q)
    for _ in range(200):
        q = Q * Q + (1 - Q * Q) * t * mixture.df(q) / mixture.df(1.0)
    return math.sqrt(float(weights @ mixture.f(q)) / 2 / integer_at_least("N", N, 1))


def sgd_temperature(mixture: Mixture, eta: float, b: float) -> float:
    """T_eff = eta (1-b) f'(1)/(2b): SGD that keeps each coupling with probability b acts as Langevin noise, eta -> 0.

    p = 3, Delta = 1: 3 eta (1-b)/(4b). ValueError unless eta > 0 and 0 < b <= 1.
    """
    if not 0 < b <= 1:
        raise refuse("b", b, "must be greater than 0 and at most 1")
    return positive("eta", eta) * (1 - b) * mixture.df(1.0) / (2 * b)
