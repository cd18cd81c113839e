"""Stationary fluctuations of SGD around a quadratic minimum: v <- beta v + A theta + xi, theta <- theta - eta v.

xi are independent from step to step, of covariance C. Without momentum the covariance Sigma of theta obeys A Sigma +
Sigma A - eta A Sigma A = eta C; to first order in eta this is the Ornstein-Uhlenbeck process of Mandt, Hoffman & Blei
2017 (1704.04289), of temperature eta C/2. Exact at every eta here.
"""

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import at_least, positive, refuse
from simulator.theory.mixture import Array


def stationary_variance(a: ArrayLike, c: ArrayLike, eta: ArrayLike, beta: ArrayLike = 0.0) -> Array:
    """Var = eta c (1+beta)/(a (1-beta) [2(1+beta) - eta a]): curvature a, noise variance c; arguments broadcast.

    inf where it is not stationary: unless a > 0, 0 < eta a < 2(1+beta) and |beta| < 1.
    """
    a, c, eta, beta = (np.asarray(one, dtype=float) for one in (a, c, eta, beta))
    stable = (a > 0) & (eta >= 0) & (eta * a < 2 * (1 + beta)) & (np.abs(beta) < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = eta * c * (1 + beta) / (a * (1 - beta) * (2 * (1 + beta) - eta * a))
    return np.asarray(np.where(stable, variance, np.inf))


def stationary_covariance(A: ArrayLike, C: ArrayLike, eta: float, beta: float = 0.0) -> Array:
    """Sigma (n, n) of theta, for a symmetric Hessian A (n, n) and noise covariance C (n, n) that need not commute.

    In the eigenbasis of A, with p_i = 1 + beta - eta a_i, the AR(2) processes theta_i and theta_j have
    Sigma_ij [1 - beta^2 - p_i p_j + beta (p_i^2 + p_j^2 - 2 beta p_i p_j)/(1 - beta^2)] = eta^2 C_ij;
    for beta = 0: Sigma_ij = eta C_ij/(a_i + a_j - eta a_i a_j).

    ValueError unless the shapes fit, |beta| < 1 and 0 < eta a_i < 2(1+beta) for every eigenvalue.
    """
    A, C, eta = np.asarray(A, dtype=float), np.asarray(C, dtype=float), positive("eta", eta)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or C.shape != A.shape:
        raise refuse("(A, C)", (A.shape, C.shape), "must be two square matrices of one size")
    if not abs(beta) < 1:
        raise refuse("beta", beta, "must be greater than -1 and less than 1")
    a, basis = np.linalg.eigh(A)
    if not (a[0] > 0 and eta * a[-1] < 2 * (1 + beta)):
        raise refuse("eta", eta, f"eta times every eigenvalue of A must be in (0, {2 * (1 + beta):g})")
    p, q = 1 + beta - eta * a[:, None], 1 + beta - eta * a
    damping = 1 - beta**2 - p * q + beta * (p * p + q * q - 2 * beta * p * q) / (1 - beta**2)
    return basis @ (eta**2 * (basis.T @ C @ basis) / damping) @ basis.T


def effective_temperature(c: float, eta: float, beta: float = 0.0) -> float:
    """T_eff = eta c/(2(1-beta)), to which a Var tends as eta -> 0: noise of variance c acts like Langevin noise.

    ValueError unless c >= 0, eta > 0 and 0 <= beta < 1.
    """
    if not 0 <= beta < 1:
        raise refuse("beta", beta, "must be at least 0 and less than 1")
    return positive("eta", eta) * at_least("c", c, 0) / (2 * (1 - beta))
