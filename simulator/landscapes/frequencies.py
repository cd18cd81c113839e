"""The numbers that frequencies of a Gaussian field are drawn from: 65,536 equally likely levels of a standard normal.

A level is the normal's mean over one of 65,536 intervals of equal probability, at unit variance, rounded to bfloat16:
16 bits hold a frequency where reading frequencies is what takes time. Rounding included, variance and fourth moment are
1.0e-5 of themselves above the normal's, and the characteristic function, which is the field's covariance, errs by less
than 2.2e-5; F features err by 1/sqrt(2F). Levels are looked up by random bits: a field is the same on every device.
"""

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

LEVELS: Final = 65536


@functools.cache
def levels() -> NDArray[np.float32]:
    """The levels, float32 (LEVELS,), rising, read-only; the low 16 bits of each are zero."""
    edges = ndtri(np.arange(LEVELS + 1) / LEVELS)
    density = np.exp(-0.5 * edges**2)
    means = density[:-1] - density[1:]
    table = _bfloat16(means / np.sqrt(np.mean(means**2)))
    table.flags.writeable = False
    return table


def _bfloat16(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rounded to the nearest number whose float32 ends in 16 zeros, half to even."""
    bits = values.astype(np.float32).view(np.uint32)
    rounded = bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    return (rounded & np.uint32(0xFFFF0000)).view(np.float32)
