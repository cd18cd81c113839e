"""Isotropic Gaussian classes: x = A p_c + z + noise z', prototypes p_c ~ N(0, 1)^D, z and z' ~ N(0, 1)^D.

The stand-in for real data where its exact size and difficulty are wanted. A mixture noise of sigma in all, as in
x = p_c + 2 z, is amplitude 1 and noise sqrt(sigma^2 - 1).
"""

import numpy as np

from simulator.networks.datasets.draws import Draws, Float64s, Purpose
from simulator.networks.datasets.targets import Labels


def prototypes(seed: int, classes: int, dimension: int) -> Float64s:
    """p (classes, dimension); those of the first classes do not depend on how many there are."""
    return Draws(seed, Purpose.MODEL).normals(classes, dimension)


def clusters(
    draws: Draws, seed: int, samples: int, classes: int, dimension: int, amplitude: float, noise: float
) -> tuple[Float64s, Labels]:
    """Inputs (samples, dimension) and their classes, which take turns."""
    labels = np.arange(samples, dtype=np.int64) % classes
    x = amplitude * prototypes(seed, classes, dimension)[labels] + draws.normals(samples, dimension)
    return x + noise * draws.displacements(samples, dimension), labels
