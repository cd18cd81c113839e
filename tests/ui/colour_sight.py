"""How colours look to the colour-blind, and how far apart they are seen."""

from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Sight = Literal["normal", "protanopia", "deuteranopia", "tritanopia"]
SIGHTS: Final[tuple[Sight, ...]] = get_args(Sight)
MATRICES: Final[dict[Sight, tuple[tuple[float, float, float], ...]]] = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
"""On linear RGB: Machado, Oliveira and Fernandes 2009, severity 1."""
# Ottosson's OKLab: linear sRGB to cone responses, their cube roots to lightness and two opponents.
_CONES: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OPPONENTS: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def rgb(name: str) -> Array:
    """A colour #rrggbb as sRGB in 0..1, (3,)."""
    return np.array([int(name[k : k + 2], 16) / 255.0 for k in (1, 3, 5)])


def linear(srgb: ArrayLike) -> Array:
    """sRGB in 0..1 as linear light, (..., 3)."""
    c = np.asarray(srgb, np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def seen(srgb: ArrayLike, sight: Sight) -> Array:
    """What a sight makes of sRGB colours (..., 3), as linear RGB in 0..1."""
    return np.clip(linear(srgb) @ np.array(MATRICES[sight]).T, 0.0, 1.0)


def oklab(srgb: ArrayLike, sight: Sight = "normal") -> Array:
    """Lightness in 0..1 and two opponents, (..., 3), as a sight has them (Ottosson 2020, OKLab)."""
    return np.asarray(np.cbrt(seen(srgb, sight) @ _CONES.T) @ _OPPONENTS.T)


def apart(a: ArrayLike, b: ArrayLike, sight: Sight = "normal") -> Array:
    """How far apart sRGB colours (..., 3) are seen: 0.02 is just noticed side by side, black and white are 1 apart."""
    return np.asarray(np.linalg.norm(oklab(a, sight) - oklab(b, sight), axis=-1))
