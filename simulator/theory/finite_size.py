"""What a simulation of N spins with a finite step differs by from the infinite glass in continuous time."""

import math

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import at_least, integer_at_least, positive, refuse
from simulator.theory.mixture import Array, Mixture

TIMES = np.array([1.0, 10.0, 50.0])
SHIFTS = np.array([1.0, 2.2, 3.4])  # a(t), fitted to simulations of N = 32 to 128
END_LIMIT, END_SHIFT, END_STD = -1.1547, 1.13, 0.60  # fitted at t = 300, N = 32, 64, 128


def energy_shift(t: ArrayLike) -> Array:
    """a(t) of E_N(t) = E(t) + a(t)/N, for times in units of 1/Delta and energies in units of Delta; shape of t.

    a(1) = 1, a(10) = 2.2, a(50) = 3.4, interpolated in ln t; linear from a(0) = 0 to t = 1; held at 3.4 past
    t = 50, where the end energy takes over. Pure p = 3 at T = 0 only. ValueError for a negative time.
    """
    t = np.asarray(t, dtype=float)
    if not np.all(t >= 0):
        raise refuse("t", t.min(), "every time must be at least 0")
    later, knots = np.log(np.maximum(t, 1.0)), np.log(TIMES)
    return np.asarray(np.where(t < 1, t, np.interp(later, knots, SHIFTS)))


def finite_energy(t: ArrayLike, E: ArrayLike, N: int, roughness: float = 1.0) -> Array:
    """E_N(t) = E(t) + Delta a(Delta t)/N from the infinite E(t), but not below the end energy of that N; broadcasts.

    Pure p = 3 at T = 0 only. ValueError for a negative time or N < 2.
    """
    N, Delta = integer_at_least("N", N, 2), at_least("roughness", roughness, 0)
    shifted = np.asarray(E, dtype=float) + Delta * energy_shift(Delta * np.asarray(t, dtype=float)) / N
    return np.asarray(np.maximum(shifted, end_energy(N, Delta)[0]))


def end_energy(N: int, roughness: float = 1.0) -> tuple[float, float]:
    """Mean and sample std of the energy at which gradient flow ends: -1.1547 + 1.13 N^(-2/3) and 0.60 N^(-2/3).

    Times Delta; pure p = 3 only; measured for 32 <= N <= 128. ValueError for N < 2.
    """
    N, Delta = integer_at_least("N", N, 2), at_least("roughness", roughness, 0)
    return Delta * (END_LIMIT + END_SHIFT * N ** (-2 / 3)), Delta * END_STD * N ** (-2 / 3)


def sample_fluctuation(mixture: Mixture, N: int) -> float:
    """Standard deviation of H(s)/N at a given s from sample to sample: sqrt(f(1)/N) = Delta/sqrt(2N)."""
    return math.sqrt(mixture.f(1.0) / integer_at_least("N", N, 1))


def sgd_temperature(mixture: Mixture, eta: float, b: float) -> float:
    """T_eff = eta (1-b) f'(1)/(2b): SGD that keeps each coupling with probability b acts as Langevin noise, eta -> 0.

    p = 3, Delta = 1: 3 eta (1-b)/(4b). ValueError unless eta > 0 and 0 < b <= 1.
    """
    if not 0 < b <= 1:
        raise refuse("b", b, "must be greater than 0 and at most 1")
    return positive("eta", eta) * (1 - b) * mixture.df(1.0) / (2 * b)
