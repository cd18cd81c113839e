"""The stationary Gaussian field on R^N, cov[phi(x),phi(y)] = N F(|x-y|^2/(2N)), heights eps = phi/N."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import at_least, integer_at_least, positive, refuse
from simulator.theory.mixture import Array
from simulator.theory.spectrum import Semicircle, semicircle_index


@dataclass(frozen=True, slots=True)
class Kernel:
    """F(0) > 0, F'(0) < 0, F''(0) of the covariance N F(|x-y|^2/(2N)): all that the Hessian at a point depends on."""

    F: float
    dF: float
    d2F: float

    def __post_init__(self) -> None:
        positive("F(0)", self.F)
        positive("-F'(0)", -self.dF)
        at_least("F''(0)", self.d2F, self.dF**2 / self.F * (1 - 1e-12))


def rbf(sigma: float = 1.0, ell: float = 1.0) -> Kernel:
    """sigma^2 exp(-|x-y|^2/(2 N ell^2)): F'(0) = -sigma^2/ell^2, F''(0) = sigma^2/ell^4. Both must be > 0."""
    return mixed_rbf([positive("sigma", sigma) ** 2], [positive("ell", ell)])


def mixed_rbf(powers: Sequence[float], ells: Sequence[float]) -> Kernel:
    """sum_i P_i exp(-|x-y|^2/(2 N ell_i^2)), P_i > 0 and ell_i > 0; ValueError unless both have the same length."""
    if len(powers) != len(ells) or not len(powers):
        raise refuse("ells", list(ells), f"one length for each of the {len(powers)} powers")
    scales = [(positive("power", P), positive("ell", ell)) for P, ell in zip(powers, ells, strict=True)]
    return Kernel(
        sum(P for P, _ in scales), -sum(P / ell**2 for P, ell in scales), sum(P / ell**4 for P, ell in scales)
    )


def hessian(kernel: Kernel, eps: float) -> Semicircle:
    """Spectrum of the Hessian at a point of height eps: centre F'(0) eps/F(0), radius 2 sqrt F''(0), N -> infinity.

    RBF: centre -eps/ell^2, radius 2 sigma/ell^2 (Bray & Dean 2007). At a critical point: critical_hessian.
    """
    return Semicircle(kernel.dF * eps / kernel.F, 2 * math.sqrt(kernel.d2F))


def critical_hessian(kernel: Kernel, eps: float) -> Semicircle:
    """The same at a CRITICAL point: |det Hess| favours a shifted mean, centre / (1 - v/(2F'')), v = F'' - F'^2/F.

    v = 0 for an RBF alone.
    """
    plain = hessian(kernel, eps)
    return Semicircle(plain.centre / (1 - _excess(kernel) / (2 * kernel.d2F)), plain.radius)


def index_curve(kernel: Kernel, eps: ArrayLike) -> Array:
    """alpha(eps) at critical points, shape of eps: 1/2 at eps = 0; RBF: 0 at eps = -2 sigma (Bray & Dean 2007)."""
    unit = critical_hessian(kernel, 1.0)
    return semicircle_index(unit.centre / unit.radius * np.asarray(eps, dtype=float))


def index_slope(kernel: Kernel) -> float:
    """d alpha/d eps at eps = 0; RBF: 1/(pi sigma)."""
    unit = critical_hessian(kernel, 1.0)
    return -2 / math.pi * unit.centre / unit.radius


def _excess(kernel: Kernel) -> float:
    return max(0.0, kernel.d2F - kernel.dF**2 / kernel.F)


def feature_kurtosis(N: int, M: int) -> float:
    """Free kurtosis kappa_4/kappa_2^2 = 1.5 N/M of the Hessian at eps = 0 of M random features of fixed amplitude.

    kappa_4 is the free cumulant m_4 - 2 m_2^2 of centred eigenvalues, see free_kurtosis: 2 and not the 3 of a normal
    law, for a semicircle has m_4 = 2 m_2^2. Use M >= 200 N to see one. ValueError unless N, M >= 1.
    """
    return 1.5 * integer_at_least("N", N, 1) / integer_at_least("M", M, 1)


def free_kurtosis(eigenvalues: ArrayLike) -> float:
    """m_4/m_2^2 - 2 of centred eigenvalues, any shape: 0 for a semicircle. ValueError if all are equal."""
    x = np.asarray(eigenvalues, dtype=float).ravel()
    x = x - x.mean()
    m_2 = float(np.mean(x**2))
    if not m_2 > 0:
        raise refuse("eigenvalues", m_2, "their variance must be greater than 0")
    return float(np.mean(x**4)) / m_2**2 - 2
