"""Targets of a matrix, t = U S V^T x: what a deep linear network learns mode after mode (Saxe et al. 2014, 1312.6120).

Training inputs are whitened exactly: <x x^T> = 1 over the samples, so that the input-output correlations are U S V^T
(where there are fewer samples than dimensions, n eigenvalues are D/n and the others 0). The singular values fall
geometrically, S_k = A RATIO^(k-1): modes are learnt one after another.
"""

from typing import Final

import numpy as np

from simulator.networks.datasets.draws import Draws, Float64s, Purpose

RATIO: Final = 0.6


def linear_map(seed: int, dimension: int, outputs: int, amplitude: float) -> Float64s:
    """U S V^T (outputs, dimension), U and V uniform."""
    draws, rank = Draws(seed, Purpose.MODEL), min(dimension, outputs)
    left, right = _frame(draws.normals(outputs, rank)), _frame(draws.displacements(dimension, rank))
    return (left * (amplitude * RATIO ** np.arange(rank))) @ right.T


def whitened(draws: Draws, samples: int, dimension: int) -> Float64s:
    """Inputs (samples, dimension) whose covariance over the samples is exact: see the module."""
    x = draws.normals(samples, dimension)
    if samples >= dimension:
        return _frame(x) * np.sqrt(samples)
    return _frame(x.T).T * np.sqrt(dimension)


def _frame(x: Float64s) -> Float64s:
    """Orthonormal columns of the span of those of x, uniform where x is normal: signs follow R's diagonal."""
    q, r = np.linalg.qr(x)
    return q * np.where(np.diag(r) < 0, -1.0, 1.0)
