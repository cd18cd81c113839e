"""Singular values s of the Jacobian J = prod_l W_l D_l, D = diag phi'(h): their squares' mean, variance and density.

For width -> infinity all factors are free, and the S-transforms of their squares multiply (Pennington, Schoenholz &
Ganguli 2017, 1711.04735; 2018, 1802.09979). W: Gaussian of variance sigma_w^2/N, or sigma_w times an orthogonal matrix.
With dropout an entry of D is phi'/keep with probability keep, else 0. All at a q that is the same in every layer.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, elementwise

from simulator.theory.activations import TANH
from simulator.theory.checks import at_least, integer_at_least, refuse
from simulator.theory.fixed_points import fixed_point
from simulator.theory.gaussian_means import nodes
from simulator.theory.mean_field import RandomNetwork
from simulator.theory.mixture import Array

Complex = np.ndarray[Any, np.dtype[np.complexfloating[Any, Any]]]
TURNS = 48  # steps from the negative real axis, where the equation is monotone, to the positive one
FINE = 0.05  # step of z in the law of phi'^2
BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Jacobian:
    """`depth` layers of one network. values, weights: law of phi'^2/keep^2, dropout's mask included, discretised.

    step: of z, 0 for ReLU and linear, whose law is discrete.
    """

    network: RandomNetwork
    q: float
    depth: int
    orthogonal: bool
    values: Array
    weights: Array
    step: float

    def __post_init__(self) -> None:
        self.values.setflags(write=False)
        self.weights.setflags(write=False)

    @property
    def sigma_w(self) -> float:
        return float(self.network.sigma_w)

    @property
    def mean(self) -> float:
        """E s^2 = chi_1^depth (chi_1/keep with dropout)."""
        return float(self.sigma_w**2 * (self.weights @ self.values)) ** self.depth

    @property
    def relative_variance(self) -> float:
        """Var(s^2)/(E s^2)^2 = L (mu_2/mu_1^2 - 1 - s_1), mu_k = <phi'^(2k)>, s_1 = -1 Gaussian, 0 orthogonal.

        It is Var(s^2) itself where chi_1 = 1.
        """
        mu_1, mu_2 = self.weights @ self.values, self.weights @ self.values**2
        return float(self.depth * (mu_2 / mu_1**2 - 1 + (not self.orthogonal)))

    @property
    def variance(self) -> float:
        """Var(s^2), not normalised: chi_1^(2 depth) times the relative one."""
        return self.mean**2 * self.relative_variance


def jacobian(network: RandomNetwork, depth: int, orthogonal: bool = False, q: float | None = None) -> Jacobian:
    """The Jacobian of `depth` layers of ONE network, at q (q* by default; any q will do for ReLU and linear).

    ValueError for a grid of networks, depth < 1, sigma_w = 0, or q = None where there is no q*.
    """
    depth = integer_at_least("depth", depth, 1)
    if network.shape != ():
        raise refuse("network", network.shape, "must be a single network, of shape ()")
    keep, phi = float(network.keep), network.activation
    if network.sigma_w == 0:
        raise refuse("sigma_w", 0.0, "must be greater than 0")
    step, q = 0.0, 0.0 if phi.level else float(fixed_point(network).q) if q is None else at_least("q", q, 0)
    slopes, weights = np.array([0.0, 1.0]), np.array([1 - phi.level, phi.level])
    if not phi.level:
        z, weights = nodes(math.sqrt(q), FINE)
        slopes, weights = phi.dphi(math.sqrt(q) * z[z >= 0]) ** 2, np.where(z > 0, 2, 1)[z >= 0] * weights[z >= 0]
        step = float(z[1] - z[0])
    if keep < 1:
        slopes, weights = np.append(slopes / keep**2, 0.0), np.append(weights * keep, 1 - keep)
    return Jacobian(network, q, depth, orthogonal, slopes, weights, step)


def density(jac: Jacobian, s2: ArrayLike) -> Array:
    """Density of s^2 per unit of ln s^2 (s^2 times the density of s^2), at s2 > 0, shape of s2.

    Its integral over ln s^2 is 1 less the fraction of s = 0. With M(z) = E s^2/(z - s^2), zeta the point at which the
    same transform M_D of phi'^2 has the value M(z): z = (1+M)/M [sigma_w^2 M zeta/(1+M)^o]^L, o = 1 for orthogonal, 0
    for Gaussian weights. zeta is followed from z = -s^2, where it is real and unique, along |z| = s^2 to z = s^2 + i0.
    Where that fails: 0 past the upper edge and below the lowest s2 whose density is above 1e-6, else nan. ValueError
    unless s2 > 0, or for orthogonal weights with so many equal slopes (linear, ReLU for L = 1) that a share of s^2 has
    a single value.
    """
    s2 = np.asarray(s2, dtype=float)
    if not np.all(s2 > 0):
        raise refuse("s2", float(np.min(s2)), "must be greater than 0")
    share = float(jac.weights[jac.values == jac.values.max()].sum())
    if jac.orthogonal and not (jac.step and jac.q) and share > 1 - 1 / jac.depth:
        raise refuse("network", f"{jac.network.activation.name}, orthogonal", "singular values coincide: no density")
    ln_s2 = np.log(s2).ravel()
    parts = [_density(jac, ln_s2[k : k + BLOCK]) for k in range(0, len(ln_s2), BLOCK)]
    result = np.concatenate([*parts, np.empty(0)])
    found = ln_s2[result > 1e-6]
    outside = (ln_s2 < found.min(initial=-np.inf if not len(found) else np.inf)) | (ln_s2 > math.log(largest(jac)))
    result[np.isnan(result) & outside] = 0
    return result.reshape(s2.shape)


def _density(jac: Jacobian, ln_s2: Array) -> Array:
    y = _start(jac, ln_s2) + 1j * math.pi  # ln zeta
    slope, turned = _ln_z(jac, y)[1], math.pi
    for turn in math.pi * np.append(np.linspace(1, 0, TURNS, endpoint=False)[1:] ** 1.5, 0.0):
        y = y + 1j * (turn - turned) / slope
        for _ in range(2 if turn else 8):
            value, slope = _ln_z(jac, y)
            step = (ln_s2 + 1j * turn - value) / slope
            y = y + step / np.maximum(1, 2 * np.abs(step))
        turned = turn
    lost = np.abs(_ln_z(jac, y)[0] - ln_s2) > 1e-6
    return np.where(lost, np.nan, np.maximum(-_law(jac, np.exp(y))[0].imag / math.pi, 0))


def largest(jac: Jacobian) -> float:
    """Upper edge of s^2, where dz/dzeta = 0 or phi'^2 is largest; linear Gaussian: sigma_w^(2L) (L+1)^(L+1)/L^L."""
    top = float(jac.values.max())

    def at(ln_gap: float) -> tuple[float, float]:
        ln_z, slope = _ln_z(jac, np.array([math.log(top) + math.log1p(math.exp(ln_gap)) + 0j]))
        return float(ln_z.real[0]), float(slope.real[0])

    low, high = math.log(1e-10), math.log(1e6 * jac.depth)
    if at(low)[1] * at(high)[1] < 0:
        low = brentq(lambda ln_gap: at(ln_gap)[1], low, high, xtol=1e-14)
    return math.exp(at(low)[0])


def linear_gaussian_edge(depth: int) -> float:
    """(L+1)^(L+1)/L^L, the largest s^2 of a product of L Gaussian matrices of variance 1/N; grows as e L."""
    L = integer_at_least("depth", depth, 1)
    return math.exp((L + 1) * math.log(L + 1) - L * math.log(L))


def linear_gaussian_density(depth: int, points: int = 512) -> tuple[Array, Array]:
    """(s^2, its density per unit of ln s^2) of a product of L Gaussian matrices of variance 1/N, s^2 ascending.

    s^2 = sin((L+1)t)^(L+1)/(sin t sin(Lt)^L), density of s^2 = sin^2 t sin(Lt)^(L-1)/(pi sin((L+1)t)^L),
    0 < t < pi/(L+1) (Penson & Zyczkowski 2011, 1103.3453).
    """
    L, points = integer_at_least("depth", depth, 1), integer_at_least("points", points, 2)
    t = math.pi / (L + 1) * (np.arange(points, 0, -1) - 0.5) / points
    up, here, down = np.sin((L + 1) * t), np.sin(L * t), np.sin(t)
    s2 = np.exp((L + 1) * np.log(up) - np.log(down) - L * np.log(here))
    return s2, down * up / (math.pi * here)


def _start(jac: Jacobian, ln_s2: Array) -> Array:
    """ln(-zeta) at z = -s^2, where z falls from 0 to -infinity with zeta."""

    def excess(y: Array, target: Array) -> Array:
        return _ln_z(jac, y + 1j * math.pi)[0].real - target

    low, high = np.full_like(ln_s2, -1.0), np.full_like(ln_s2, 1.0)
    for _ in range(12):
        low = np.where(excess(low, ln_s2) > 0, 2 * low, low)
        high = np.where(excess(high, ln_s2) < 0, 2 * high, high)
    return np.asarray(elementwise.find_root(excess, (low, high), args=(ln_s2,)).x)


def _law(jac: Jacobian, zeta: Complex) -> tuple[Complex, Complex, Complex]:
    """M_D = E d/(zeta - d), 1 + M_D without cancellation, and dM_D/dzeta; d = phi'^2/keep^2."""
    # einsum, not @: BLAS would start its threads for sums this short
    part: Complex = np.reciprocal(zeta[:, None] - jac.values)
    ones, weights = jac.weights + 0j, jac.weights * jac.values + 0j
    M: Complex = np.einsum("ij,j", part, weights)
    one_M: Complex = zeta * np.einsum("ij,j", part, ones)
    dM: Complex = -np.einsum("ij,ij,j->i", part, part, weights)
    if jac.step and jac.q:
        excess, slope = _pole(jac, zeta)
        return M - excess, one_M - excess, dM - slope
    return M, one_M, dM


def _pole(jac: Jacobian, zeta: Complex) -> tuple[Complex, Complex]:
    """What the trapezoid rule errs by where zeta is close to the values of phi'^2, and its derivative.

    Sum - integral = 4 pi i Res/(exp(-2 pi i z/h) - 1) for the poles +-z of an even function, Im z > 0, here those of
    phi'(s z)^2 = zeta; -z is used below, and u = tanh(s z) or, for erf, s z.
    """
    s, keep, tanh = math.sqrt(jac.q), float(jac.network.keep), jac.network.activation is TANH
    square = 1 - np.sqrt(zeta * keep**2) if tanh else np.log(4 / math.pi / (zeta * keep**2)) / 2
    u = np.where(square.real > 0, np.sqrt(square), -1j * np.sqrt(-square))  # continuous for Im zeta >= 0, and across
    x = np.arctanh(u) if tanh else u
    near = np.abs(x.imag) < 6 * s  # farther poles do not count, and exp(-z^2/2) overflows
    rate = 2j * math.pi / jac.step
    z = np.where(near, x / s, 1 / rate)
    decay = 1 - np.exp(-rate * z)
    u = np.where(u == 0, 1e-300, u)
    excess = -1j * keep * math.sqrt(math.pi / 2) * np.exp(-z * z / 2 - rate * z) / (u * s * decay)
    slope = -z - rate / decay - s * ((1 - u * u) if tanh else 1) / u
    excess = np.where(near, excess, 0)
    return excess, excess * slope / (-4 * u * s * zeta)


def _ln_z(jac: Jacobian, y: Complex) -> tuple[Complex, Complex]:
    """ln z and d ln z/dy at zeta = exp(y), 0 <= Im y <= pi.

    Im zeta >= 0 and Im M <= 0 fix the branches of the logarithms: at Im y = pi, arg M = -pi and arg z = pi.
    """
    zeta = np.exp(y)
    M, one_M, dM = _law(jac, zeta)
    L, o = jac.depth, jac.orthogonal
    ln_M = np.log(np.abs(M)) - 1j * np.arctan2(np.abs(M.imag), M.real)
    ln_z = (1 - o * L) * np.log(one_M) + (L - 1) * ln_M + L * (y + 2 * math.log(jac.sigma_w))
    return ln_z, zeta * dM * ((1 - o * L) / one_M + (L - 1) / M) + L
