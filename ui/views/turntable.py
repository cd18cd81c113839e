"""How a curve in space is seen: turned on a table, tilted, orthographic."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ui.views.screen import Array

MIN_ZOOM, MAX_ZOOM = 0.3, 20.0


@dataclass(frozen=True, slots=True)
class Turntable:
    """Angles in degrees; zoom 1 fits the sphere."""

    azimuth: float = 35.0
    elevation: float = 24.0
    zoom: float = 1.0

    def turned(self, azimuth: float, elevation: float) -> "Turntable":
        """Turned by degrees; tilted from straight below to straight above."""
        tilted = min(max(self.elevation + elevation, -90.0), 90.0)
        return Turntable((self.azimuth + azimuth) % 360.0, tilted, self.zoom)

    def magnified(self, factor: float) -> "Turntable":
        """Zoomed, within bounds."""
        return Turntable(self.azimuth, self.elevation, min(max(self.zoom * factor, MIN_ZOOM), MAX_ZOOM))

    def rotation(self) -> Array:
        """Orthogonal (3, 3): its rows point to the right, up and away on the screen. The third axis stays upright."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        cos_a, sin_a, cos_e, sin_e = math.cos(a), math.sin(a), math.cos(e), math.sin(e)
        return np.array(
            [[cos_a, sin_a, 0.0], [-sin_a * sin_e, cos_a * sin_e, cos_e], [-sin_a * cos_e, cos_a * cos_e, -sin_e]]
        )

    def seen(self, points: ArrayLike) -> Array:
        """Points (n, 3) as (right, up, away), in their own units."""
        return np.asarray(points, np.float64).reshape(-1, 3) @ self.rotation().T
