"""Measures of the trainability map as ranks, which a picture can show."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Float32s = NDArray[np.float32]
PALEST: Final = 0.2
"""What the fastest training has in the picture; the slowest, at the boundary, has 1."""
RANKED: Final = 1024
"""Networks of each fate that ranks are taken from."""


def ranked(measures: Float32s) -> Float32s:
    """Measures of Trainability.values as ranks among those of one sign, from PALEST to 1 in size; NaN stays.

    They span many orders of magnitude, differently in every window; ranks use all colours wherever one looks.
    """
    picture = np.full_like(measures, np.nan)
    for mask, sign in ((measures < 0, -1.0), (measures >= 0, 1.0)):
        sizes = np.abs(measures[mask])
        if sizes.size:
            sample = np.sort(sizes[:: -(-sizes.size // RANKED)])
            picture[mask] = sign * (PALEST + (1.0 - PALEST) * np.searchsorted(sample, sizes) / sample.size)
    return picture
