"""A colour map that closes on itself: equal steps look equally large, and no two places look alike to anyone.

A circle in Oklab (Ottosson 2020), so every step is as long as every other. A circle of one lightness would cross itself
for the eyes of the colour-blind, to whom red and green are one; this one leans, so that blue to yellow runs one way and
dark green to light red the other: seen without red and green it is an ellipse, on which no two places coincide.
"""

import functools

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

LIGHTNESS = {"dark": 0.72, "light": 0.60}
LEAN = 0.10
"""Half the range of lightness."""
CHROMA = {"dark": 0.132, "light": 0.115}
_TO_LMS = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def oklab_circle(theme: str, size: int) -> NDArray[np.float64]:
    """Places round the circle: float64 (size, 3) as L, a, b."""
    turn = np.linspace(0.0, 2.0 * np.pi, size, endpoint=False)
    radius = CHROMA[theme]
    red = np.sqrt(radius**2 - LEAN**2)
    lightness = LIGHTNESS[theme] + LEAN * np.sin(turn)
    return np.stack([lightness, red * np.sin(turn), -radius * np.cos(turn)], axis=1)


@functools.cache
def cyclic_table(theme: str, size: int) -> NDArray[np.uint8]:
    """sRGB round the circle for the theme "dark" or "light": uint8 (size, 3), read-only."""
    linear = np.clip((oklab_circle(theme, size) @ _TO_LMS.T) ** 3 @ _TO_RGB.T, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    table: NDArray[np.uint8] = np.rint(255.0 * encoded).astype(np.uint8)
    table.setflags(write=False)
    return table


@functools.cache
def cyclic_colours(theme: str, size: int, panel: str, shares: tuple[float, ...]) -> tuple[tuple[QColor, ...], ...]:
    """For each share of fog, the colours round the circle mixed so far with the panel's colour."""
    ground = np.array(QColor(panel).getRgb()[:3], np.float64)  # type: ignore[index]
    mixed = [cyclic_table(theme, size) * (1.0 - share) + ground * share for share in shares]
    return tuple(tuple(QColor(*(round(v) for v in colour)) for colour in table) for table in mixed)
