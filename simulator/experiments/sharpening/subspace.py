"""A glass restricted to a few directions, without its couplings: exact in law at any size.

A tensor of independent normals, contracted with orthonormal vectors, is a tensor of independent normals of the
subspace's dimension. So on s = sqrt(N) sum_i x_i e_i the energy per spin is
E(x) = -(2N)^(-1/2) sum_p a_p sum_{i1...ip} G_{i1...ip} x_i1 ... x_ip with G ~ N(0, 1), whatever N is.
"""

from typing import final

import numpy as np
from numpy.typing import NDArray

from simulator.theory.mixture import Mixture

Array = NDArray[np.float64]


@final
class Subspace:
    """One draw of the glass on `dimension` directions, at roughness 1."""

    def __init__(self, mixture: Mixture, dimension: int, random: np.random.Generator) -> None:
        self._tensors = [
            (p, a * random.standard_normal((dimension,) * p)) for p, a in enumerate(mixture.weights, start=2) if a
        ]

    def energy(self, x: Array, size: int) -> Array:
        """E at x (n, dimension), coordinates in units of sqrt(N): (n,)."""
        total = np.zeros(len(x))
        for p, tensor in self._tensors:
            value = x @ tensor.reshape(tensor.shape[0], -1)  # the first index, then one after the other
            for _ in range(p - 1):
                value = np.einsum("na,nab->nb", x, value.reshape(len(x), x.shape[1], -1))
            total += value[:, 0]
        return -total / np.sqrt(2.0 * size)


def native_and_random(mixture: Mixture, size: int, states: int, random: np.random.Generator) -> tuple[float, Array]:
    """Glass energies per spin of a native state and of `states` random ones on the same sphere, (states,).

    Exact in law, at a cost that does not depend on N: the triangular factor of an N x k matrix of normals, whose
    columns are the states in a basis of their own, has independent entries (Bartlett 1933). Needs states < size.
    """
    k = states + 1
    frame = np.triu(random.standard_normal((k, k)), 1)
    np.fill_diagonal(frame, np.sqrt(random.chisquare(size - np.arange(k))))
    energies = Subspace(mixture, k, random).energy((frame / np.linalg.norm(frame, axis=0)).T, size)
    return float(energies[0]), energies[1:]
