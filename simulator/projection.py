"""How a surface is seen: one orthographic projection, for the kernel that draws it and the words drawn over it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.figures import Camera, Surface

HEIGHT = 0.92
"""The range of heights in scene units, in which the ground's longer side is 2."""
MARGIN_X, MARGIN_Y = 0.84, 0.90
RIM = 0.40
"""The part of the heights, from their middle, that has room at the edge of the ground; peaks seldom stand there."""
MIN_ELEVATION, MAX_ELEVATION = 5.0, 90.0


@dataclass(frozen=True, slots=True)
class Projection:
    """Scene -> picture, affine. Scene units: the ground and the heights centred at 0, longer side 2, heights HEIGHT.

    pixel_x = centre_x + scale * (x cos a + y sin a)
    pixel_y = centre_y - scale * ((y cos a - x sin a) sin e + z cos e)
    depth   =            scale * ((y cos a - x sin a) cos e - z sin e), larger is farther, in pixels too.

    Pixel (0, 0) is the upper left corner of the upper left pixel. half_x, half_y: half the ground's sides.
    """

    cos_a: float
    sin_a: float
    cos_e: float
    sin_e: float
    scale: float
    centre_x: float
    centre_y: float
    half_x: float
    half_y: float
    origin: tuple[float, float, float]
    per_unit: tuple[float, float, float]

    @classmethod
    def of(
        cls, camera: Camera, extent: tuple[float, float, float, float], low: float, high: float, disc: bool = False
    ) -> "Projection":
        """The projection of `camera`. disc: nothing lies beyond the ellipse in the extent, so it may be seen larger."""
        x0, x1, y0, y1 = extent
        longest = max(abs(x1 - x0), abs(y1 - y0)) or 1.0
        half_x, half_y = (x1 - x0) / longest, (y1 - y0) / longest
        span = high - low if high > low else 1.0
        elevation = math.radians(min(max(camera.elevation, MIN_ELEVATION), MAX_ELEVATION))
        azimuth = math.radians(camera.azimuth)
        cos_e, sin_e = math.cos(elevation), math.sin(elevation)
        reach = max(abs(half_x), abs(half_y)) if disc else math.hypot(half_x, half_y)
        fit_x = 0.5 * MARGIN_X * camera.width / reach
        fit_y = 0.5 * MARGIN_Y * camera.height / (reach * sin_e + RIM * HEIGHT * cos_e)
        return cls(
            math.cos(azimuth), math.sin(azimuth), cos_e, sin_e, camera.zoom * min(fit_x, fit_y),
            0.5 * camera.width + 0.5 * camera.height * camera.pan_x,
            0.5 * camera.height - 0.5 * camera.height * camera.pan_y,
            abs(half_x), abs(half_y),
            (0.5 * (x0 + x1), 0.5 * (y0 + y1), 0.5 * (low + high) if high > low else low),
            (2.0 / longest, 2.0 / longest, HEIGHT / span),
        )  # fmt: skip

    @classmethod
    def of_surface(cls, surface: Surface) -> "Projection":
        """The projection in which `surface.pixels` is drawn."""
        return cls.of(surface.camera, surface.extent, surface.low, surface.high, is_disc(surface.heights))

    def scene(self, xyz: ArrayLike) -> NDArray[np.float64]:
        """Data coordinates (..., 3) in scene units."""
        return (np.asarray(xyz, np.float64) - np.array(self.origin)) * np.array(self.per_unit)

    def pixels(self, xyz: ArrayLike) -> NDArray[np.float64]:
        """Data coordinates (..., 3) as (..., 3): pixel_x, pixel_y, depth."""
        s = self.scene(xyz)
        right = s[..., 0] * self.cos_a + s[..., 1] * self.sin_a
        away = s[..., 1] * self.cos_a - s[..., 0] * self.sin_a
        return np.stack(
            [
                self.centre_x + self.scale * right,
                self.centre_y - self.scale * (away * self.sin_e + s[..., 2] * self.cos_e),
                self.scale * (away * self.cos_e - s[..., 2] * self.sin_e),
            ],
            axis=-1,
        )


def is_disc(heights: NDArray[np.float32]) -> bool:
    """Whether a height field leaves its four corners blank and so is drawn with a round edge."""
    return bool(
        heights.shape[0] > 2 and heights.shape[1] > 2 and np.isnan(heights[[0, 0, -1, -1], [0, -1, 0, -1]]).all()
    )


def project(
    camera: Camera,
    extent: tuple[float, float, float, float],
    low: float,
    high: float,
    xyz: ArrayLike,
    disc: bool = False,
) -> NDArray[np.float64]:
    """Screen positions, float64 (..., 2) in pixels from the upper left, of data coordinates (..., 3)."""
    return Projection.of(camera, extent, low, high, disc).pixels(xyz)[..., :2]
