"""Random numbers of data sets, from their place alone: numpy's counter-based Philox4x64 (Salmon et al. 2011)."""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float64s = NDArray[np.float64]
_WORD: Final = 2**64 - 1


class Purpose(IntEnum):
    """What numbers are drawn for. Different purposes are independent of each other, whatever is drawn for either."""

    TRAINING = 1
    TEST = 2
    MODEL = 3
    LABEL_NOISE = 4
    SPLIT = 5
    PROBE = 6


class Draws:
    """Numbers for one purpose. Drawn once each: more samples leave the numbers of the first ones as they were."""

    def __init__(self, seed: int, purpose: Purpose) -> None:
        self._generators = [np.random.Generator(_philox(seed, 4 * purpose + part)) for part in range(3)]

    def uniforms(self, samples: int, each: int) -> Float64s:
        """(samples, each) in [0, 1)."""
        return self._generators[0].random((samples, each))

    def normals(self, samples: int, each: int) -> Float64s:
        """(samples, each), standard normal."""
        return self._generators[1].standard_normal((samples, each))

    def displacements(self, samples: int, each: int) -> Float64s:
        """(samples, each), standard normal, independent of `normals`."""
        return self._generators[2].standard_normal((samples, each))


def _philox(seed: int, stream: int) -> np.random.Philox:
    return np.random.Philox(key=np.array([seed & _WORD, stream], np.uint64))
