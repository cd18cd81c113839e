"""The curvature of the loss of one network: sharpness, leading eigenvalues of the Hessian and their outliers.

By Lanczos' method on exact Hessian-vector products in float64 (reference.hessian_product); small Hessians whole. The
top eigenvalue lambda_max, the sharpness, decides which learning rates are stable (theory.stability); the eigenvalues
above the bulk are about as many as classes (Sagun, Bottou & LeCun 2016, 1611.07476; Sagun et al. 2017, 1706.04454).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from simulator.networks.architecture import Architecture
from simulator.networks.reference import hessian_product

Float64s = NDArray[np.float64]
DENSE: Final = 256
"""Up to so many parameters the whole Hessian is made: that takes fewer products than Lanczos' method."""
RESTARTS: Final = 100
FOLLOWED: Final = 6
"""Lanczos vectors when following an eigenvector that is known roughly: few products, and a restart if need be."""


@dataclass(frozen=True, slots=True, eq=False)
class Sharpness:
    """lambda_max, its eigenvector (P,) of length 1, and how many Hessian-vector products it took.

    value nan and vector None where loss or theta are not finite.
    """

    value: float
    vector: Float64s | None
    products: int


@dataclass(frozen=True, slots=True)
class Outliers:
    """How many leading eigenvalues stand above the largest gap, and the gap: lambda_count/lambda_(count + 1)."""

    count: int
    ratio: float


def sharpness(
    architecture: Architecture,
    theta: ArrayLike,
    x: ArrayLike,
    t: ArrayLike,
    near: Float64s | None = None,
    tolerance: float = 1e-3,
) -> Sharpness:
    """The largest eigenvalue of the Hessian of one network theta (P,) on data x (samples, inputs), t.

    near: the vector found some steps before, from which it takes a few products instead of tens. tolerance: of the
    residual |H v - lambda v|/lambda; the error of lambda is of its square.
    """
    counted = _Counted(architecture, theta, x, t)
    followed = near is not None and near.shape == (architecture.parameters,)
    start = near if near is not None and followed else None
    try:
        values, vectors = _top(counted, 1, start, FOLLOWED if followed else None, tolerance)
    except FloatingPointError:
        return Sharpness(np.nan, None, counted.products)
    return Sharpness(float(values[0]), vectors[:, 0], counted.products)


def leading_eigenvalues(
    architecture: Architecture, theta: ArrayLike, x: ArrayLike, t: ArrayLike, count: int, tolerance: float = 1e-3
) -> Float64s:
    """The `count` largest eigenvalues of the Hessian of one network theta (P,), descending; (min(count, P),).

    nan for those that did not converge, all where loss or theta are not finite.
    """
    count = min(count, architecture.parameters)
    try:
        values, _ = _top(_Counted(architecture, theta, x, t), count, None, None, tolerance)
    except FloatingPointError:
        values = np.empty(0)
    return np.concatenate([values, np.full(count - len(values), np.nan)])


def outliers(eigenvalues: ArrayLike) -> Outliers:
    """The largest ratio of two that follow one another among leading eigenvalues, descending, that are above 0.

    (0, nan) where fewer than two are above 0.
    """
    values = np.asarray(eigenvalues, np.float64)
    values = values[values > 0]
    if len(values) < 2:
        return Outliers(0, np.nan)
    ratios = values[:-1] / values[1:]
    return Outliers(int(ratios.argmax()) + 1, float(ratios.max()))


def singular_values(architecture: Architecture, theta: ArrayLike, layer: int) -> Float64s:
    """Of W of a layer (from 1), descending: (..., min(fan_in, fan_out)) for theta (..., P); nan if W is not finite."""
    if not 1 <= layer <= len(architecture.layers):
        raise ValueError(f"layer {layer} must be from 1 to {len(architecture.layers)}")
    one = architecture.layers[layer - 1]
    weights = np.asarray(theta, np.float64)[..., one.weights]
    finite = np.isfinite(weights).all(-1, keepdims=True)
    W = np.where(finite, weights, 0).reshape(*weights.shape[:-1], one.fan_out, one.fan_in)
    return np.where(finite, np.linalg.svd(W, compute_uv=False), np.nan)


class _Counted:
    """v -> H v, counted. FloatingPointError where it is not finite: Lanczos' method would never end."""

    def __init__(self, architecture: Architecture, theta: ArrayLike, x: ArrayLike, t: ArrayLike) -> None:
        self.size, self.products = architecture.parameters, 0
        self._product = hessian_product(architecture, theta, x, t)

    def __call__(self, v: ArrayLike) -> Float64s:
        v = np.asarray(v, np.float64)
        self.products += len(v) if v.ndim == 2 else 1
        found = self._product(v)
        if not np.isfinite(found).all():
            raise FloatingPointError("the Hessian is not finite")
        return found


def _top(
    product: _Counted, count: int, near: Float64s | None, vectors: int | None, tolerance: float
) -> tuple[Float64s, Float64s]:
    """The largest eigenvalues, descending, and their vectors (P, count)."""
    P = product.size
    if P <= DENSE or count > P // 4:
        H = product(np.eye(P))
        values, found = np.linalg.eigh((H + H.T) / 2)
        return values[::-1][:count], found[:, ::-1][:, :count]
    operator = LinearOperator((P, P), matvec=lambda v: product(v.ravel()), dtype=np.float64)
    start = np.random.default_rng(P).standard_normal(P) if near is None else near
    if not product(start).any():  # a flat loss, in which Lanczos' method has no direction to begin with
        return np.zeros(count), np.eye(P, count)
    try:
        values, found = eigsh(operator, count, which="LA", v0=start, ncv=vectors, maxiter=RESTARTS, tol=tolerance)
    except ArpackNoConvergence as error:
        values, found = error.eigenvalues, error.eigenvectors
    order = np.argsort(values)[::-1]
    return values[order], found[:, order]
