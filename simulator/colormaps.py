"""Colour maps as tables: perceptually uniform, safe for the colour-blind, the same on a device and in a widget."""

import functools
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Name = Literal["viridis", "cividis", "balance"]
SIZE = 256

# Viridis (van der Walt and Smith 2015) as Zucker's polynomial of degree 6 in the place 0..1, within 4/255 of the table.
_VIRIDIS = (
    (0.2777273272, 0.0054073445, 0.3340998053),
    (0.1050930431, 1.4046135299, 1.3845901627),
    (-0.3308618287, 0.2148475595, 0.0950951630),
    (-4.6342304990, -5.7991009734, -19.3324409563),
    (6.2282699363, 14.1799333668, 56.6905526007),
    (4.7763849977, -13.7451453777, -65.3530326334),
    (-5.4354558559, 4.6458526122, 26.3124352496),
)
# Cividis (Nunez, Anderton and Renslow 2018), 17 anchors.
_CIVIDIS = (
    (0, 32, 77), (0, 43, 104), (5, 54, 110), (44, 65, 108), (64, 77, 107), (81, 88, 108), (96, 100, 111),
    (110, 111, 115), (124, 123, 120), (139, 135, 121), (155, 148, 119), (172, 161, 116), (188, 175, 111),
    (206, 188, 103), (224, 203, 93), (242, 218, 79), (255, 234, 70),
)  # fmt: skip
# Diverging, dark at both ends and light in the middle, after cmocean's balance (Thyng et al. 2016); the ends are not as
# dark as there, where navy and maroon would be one to the red-blind.
_BALANCE = (
    (30, 36, 98), (37, 52, 130), (22, 88, 188), (50, 128, 194), (104, 162, 194), (164, 193, 206), (241, 236, 235),
    (223, 178, 161), (211, 133, 107), (199, 85, 62), (175, 37, 36), (125, 13, 41), (92, 10, 30),
)  # fmt: skip


@functools.cache
def table(name: Name, size: int = SIZE) -> NDArray[np.float32]:
    """Colours from the lowest to the highest value: float32 (size, 3), red, green, blue in 0..1, read-only."""
    place = np.linspace(0.0, 1.0, size)
    if name == "viridis":
        colours = np.polynomial.polynomial.polyval(place, np.array(_VIRIDIS)).T
    else:
        anchors = np.array(_CIVIDIS if name == "cividis" else _BALANCE) / 255.0
        places = np.linspace(0.0, 1.0, len(anchors))
        colours = np.stack([np.interp(place, places, anchors[:, k]) for k in range(3)], axis=1)
    result = np.ascontiguousarray(np.clip(colours, 0.0, 1.0), dtype=np.float32)
    result.setflags(write=False)
    return result


@functools.cache
def table8(name: Name, size: int = SIZE) -> NDArray[np.uint8]:
    """The same colours as uint8 (size, 4) with an opaque alpha, read-only."""
    rgb = np.rint(table(name, size) * 255.0).astype(np.uint8)
    result = np.concatenate([rgb, np.full((size, 1), 255, np.uint8)], axis=1)
    result.setflags(write=False)
    return result
