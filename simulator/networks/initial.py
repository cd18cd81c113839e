"""Weights to start from: W_ij ~ N(0, sigma_w^2/fan_in) or sigma_w times an orthogonal matrix, b_i ~ N(0, sigma_b^2)."""

import math
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.networks.architecture import Architecture
from simulator.networks.layers import INITIALISATIONS
from simulator.theory.deep_linear import modes

Float32s = NDArray[np.float32]
BLOCK: Final = 2**20
"""Numbers that are made orthogonal at a time: the factorisation is in float64 and takes several copies."""


def initial_theta(
    architecture: Architecture,
    networks: int,
    seed: int,
    init: str = "gaussian",
    sigma_w: float = 1.0,
    sigma_b: float = 0.0,
    first: int = 0,
) -> Float32s:
    """Theta of networks first ... first + networks - 1: float32 (networks, parameters).

    A network's numbers are a function of (seed, its number) alone, and sigma_w and sigma_b scale the same ones.
    orthogonal: all min(fan_in, fan_out) singular values of W are sigma_w, its vectors uniform (Saxe et al. 2014,
    1312.6120). ValueError for an unknown init, fewer than one network, or a sigma that is negative or not finite.
    """
    if init not in INITIALISATIONS:
        raise ValueError(f"init {init!r} is none of {', '.join(INITIALISATIONS)}")
    for name, value in (("sigma_w", sigma_w), ("sigma_b", sigma_b)):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} {value} must be finite and at least 0")
    if networks < 1 or first < 0:
        raise ValueError(f"networks {networks} must be at least 1, and the first, {first}, at least 0")
    theta = np.empty((networks, architecture.parameters), np.float32)
    for row, network in zip(theta, range(first, first + networks), strict=True):
        _generator(seed, network).standard_normal(out=row, dtype=np.float32)
    for layer in architecture.layers:
        weights, scale = theta[:, layer.weights], sigma_w / math.sqrt(layer.fan_in)
        if init == "orthogonal":
            weights[:] = _orthogonal(weights.reshape(networks, layer.fan_out, layer.fan_in)).reshape(networks, -1)
            scale = sigma_w
        weights *= np.float32(scale)
        theta[:, layer.biases] *= np.float32(sigma_b)
    return theta


def decoupled_theta(
    architecture: Architecture, networks: int, seed: int, x: ArrayLike, targets: ArrayLike, a_0: float, first: int = 0
) -> Float32s:
    """Weights of a linear network that start balanced and aligned with <t x^T> = U s V^T: float32 like initial_theta.

    W_l = a_0^(1/L) R_l R_(l-1)^T, where R_0 = V, R_L = U, the others are random frames of as many orthonormal columns
    as the narrowest layer has units, and biases are zero: so many singular values of W_L ... W_1 are a_0, and each
    learns by itself while biases are not trained or inputs have no mean (Saxe et al. 2014; theory.deep_linear).
    ValueError unless a_0 > 0 and the data fit the layers.
    """
    U, _, V = modes(x, targets)
    if (len(V), len(U)) != (architecture.sizes[0], architecture.sizes[-1]):
        raise ValueError(f"data of {len(V)} inputs and {len(U)} outputs do not fit layers {architecture.sizes}")
    if not (math.isfinite(a_0) and a_0 > 0):
        raise ValueError(f"a_0 {a_0} must be finite and greater than 0")
    layers, rank = architecture.layers, min(architecture.sizes)
    theta = np.zeros((networks, architecture.parameters), np.float32)
    for row, network in zip(theta, range(first, first + networks), strict=True):
        random = _generator(seed, network)
        inner = [_frame(random, width, rank) for width in architecture.sizes[1:-1]]
        frames = pairwise([V[:, :rank], *inner, U[:, :rank]])
        for layer, (before, after) in zip(layers, frames, strict=True):
            row[layer.weights] = (a_0 ** (1 / len(layers)) * after @ before.T).ravel()
    return theta


def _generator(seed: int, network: int) -> np.random.Generator:
    """The random numbers of one network: the counter starts at 0, the key is (seed, network)."""
    return np.random.Generator(np.random.Philox(key=[seed & 0xFFFFFFFFFFFFFFFF, network]))


def _frame(random: np.random.Generator, width: int, rank: int) -> NDArray[np.float64]:
    """`rank` orthonormal columns in random directions: (width, rank)."""
    return _orthogonal(random.standard_normal((1, width, rank)))[0]


def _orthogonal(drawn: NDArray[Any]) -> NDArray[Any]:
    """Of Gaussian matrices (..., m, n): matrices with orthonormal rows or columns, whichever are fewer, uniform."""
    result = np.empty_like(drawn)
    block = max(1, BLOCK // drawn[0].size)
    for at in range(0, len(drawn), block):
        here = drawn[at : at + block].astype(np.float64)
        wide = here.shape[-2] < here.shape[-1]
        Q, R = np.linalg.qr(here.mT if wide else here)
        # of the two triangular factors' signs only one makes Q uniform (Mezzadri 2007, math-ph/0609050)
        Q *= np.where(np.diagonal(R, axis1=-2, axis2=-1) < 0, -1, 1)[:, None, :]
        result[at : at + block] = Q.mT if wide else Q
    return result
