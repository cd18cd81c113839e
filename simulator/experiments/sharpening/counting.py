"""Every one of 2^N random energies counted, and what one native state among them makes of it at any dial."""

from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.sharpening.moments import Moments

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
TEMPERATURES: Final = np.geomspace(0.15, 260.0, 510)
"""In units of Δ; 1.5 per cent apart, a tenth of the narrowest transition of 22 spins, and from a quarter of T_g to more
than twice T_f at the largest dial there is, λ/Δ = 80."""
BINS: Final = 2048
WIDEST: Final = 7.0
"""Energies lie within so many standard deviations: 2^22 of them do in all but one of 10^5 samples."""
SHOWN: Final = 2**8
"""States of one sample that are drawn."""


def bin_energies(size: int) -> Array:
    """Energies H of the bins' middles at Delta = 1, (BINS,)."""
    return np.asarray(((np.arange(BINS) + 0.5) * (2 * WIDEST / BINS) - WIDEST) * np.sqrt(size / 2))


def boltzmann(size: int) -> Array:
    """exp(-(H - H_0)/T) of the bins at TEMPERATURES, (T, BINS)."""
    energies = bin_energies(size)
    return np.asarray(np.exp(-(energies - energies[0]) / TEMPERATURES[:, None]))


@final
class Counter:
    """The 2^N - 1 states of one sample, a piece at a time, at Delta = 1.

    Energies go into bins of width w, which shifts the weights of a bin by (w/T)^2/24 of themselves: 2e-5 at T_f. Where
    a few states decide, near T_g, each is known to w/2.
    """

    def __init__(self, size: int, random: np.random.Generator) -> None:
        self.size, self._random, self.left = size, random, 2**size - 1
        self.counts = np.zeros(BINS)
        self.first: Floats = np.zeros(0, np.float32)

    def count(self, budget: int) -> int:
        """At most so many states; how many."""
        n = min(max(budget, 1), self.left)
        z = self._random.standard_normal(n, dtype=np.float32)
        if not self.first.size:
            self.first = z[: SHOWN - 1].copy()
        place = ((z + np.float32(WIDEST)) * np.float32(BINS / (2 * WIDEST))).astype(np.int32)
        self.counts += np.bincount(np.clip(place, 0, BINS - 1), minlength=BINS)
        self.left -= n
        return n

    def sums(self, weights: Array) -> Array:
        """ln Z, <H> and <H^2> at TEMPERATURES, (3, T); weights: `boltzmann` of this size."""
        energies = bin_energies(self.size)
        columns = np.stack([self.counts, self.counts * energies, self.counts * energies**2], axis=1)
        Z, first, second = (weights @ columns).T
        return np.stack([np.log(Z) - energies[0] / TEMPERATURES, first / Z, second / Z])


@final
class Solved:
    """Samples of one size at one dial: sums of P(T), |dP/dT| and C/N, and of each sample its steepest and its half.

    All at Delta = 1. moments: rows (1, max |dP/dT|, its square, 1 or 0, T(P = 1/2) or 0).
    """

    def __init__(self, size: int, dial: float) -> None:
        self.size, self.dial = size, dial
        self.n = 0
        self.moments = Moments(5, size)
        self._native, self._square, self._heat = (np.zeros(len(TEMPERATURES)) for _ in range(3))

    def take(self, sums: Array) -> None:
        """Take samples (k, 3, T) of `Counter.sums`."""
        T, N, E = TEMPERATURES, self.size, -self.size * self.dial
        phi = sums[:, 0] + E / T
        P = 0.5 * (1 - np.tanh(0.5 * phi))
        others, squares = sums[:, 1], sums[:, 2]
        slope = P * (1 - P) * (others - E) / T**2
        energy, square = (1 - P) * others + P * E, (1 - P) * squares + P * E**2
        self._native += P.sum(axis=0)
        self._square += (P**2).sum(axis=0)
        self._heat += ((square - energy**2) / (N * T**2)).sum(axis=0)
        self.n += len(sums)
        half = halves(phi)
        steepest = peaks(slope)
        known = np.isfinite(half)
        columns = [np.ones(len(sums)), steepest, steepest**2, known.astype(float), np.where(known, half, 0.0)]
        self.moments.add(np.stack(columns, axis=1))

    @property
    def native(self) -> Array:
        """P(T), mean over samples."""
        return self._native / self.n

    @property
    def native_error(self) -> Array:
        """Its standard error."""
        spread = np.sqrt(np.maximum(self._square / self.n - self.native**2, 0))
        return np.asarray(spread / np.sqrt(self.n))

    @property
    def heat(self) -> Array:
        """C/N(T), mean over samples."""
        return self._heat / self.n


def peaks(rows: Array) -> Array:
    """The highest value of each row (k, T), between the grid's points by a parabola through three."""
    at = np.clip(rows.argmax(axis=1), 1, rows.shape[1] - 2)
    here = np.arange(len(rows))
    before, middle, after = rows[here, at - 1], rows[here, at], rows[here, at + 1]
    bend = before - 2 * middle + after
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bend < 0, middle - (after - before) ** 2 / (8 * bend), middle)


def halves(phi: Array) -> Array:
    """The highest temperature at which the log-odds phi (k, T) of not being native rise through 0; nan of none."""
    below = phi < 0
    last = phi.shape[1] - 1 - below[:, ::-1].argmax(axis=1)
    found = below.any(axis=1) & (last < phi.shape[1] - 1)
    here, at = np.arange(len(phi)), np.minimum(last, phi.shape[1] - 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = -phi[here, at] / (phi[here, at + 1] - phi[here, at])
    T = TEMPERATURES
    return np.where(found, T[at] + share * (T[at + 1] - T[at]), np.nan)
