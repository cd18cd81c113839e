"""What part of a surface lies under a pixel of its picture."""

import numpy as np

from simulator.figures import Surface
from simulator.projection import Projection
from simulator.rendering import heights_at

SAMPLES = 400


def ground_under(
    surface: Surface, view: Projection, pixel_x: float, pixel_y: float
) -> tuple[float, float, float] | None:
    """(x, y, height) of the first upper side that the line of sight through a pixel meets; None where it meets none."""
    right = (pixel_x - view.centre_x) / view.scale
    away = np.linspace(-1.5, 1.5, SAMPLES)
    scene_x, scene_y = right * view.cos_a - away * view.sin_a, right * view.sin_a + away * view.cos_a
    x = view.origin[0] + scene_x / view.per_unit[0]
    y = view.origin[1] + scene_y / view.per_unit[1]
    heights = heights_at(surface, np.column_stack([x, y]))
    rows = view.pixels(np.column_stack([x, y, heights]))[:, 1]
    meets = np.flatnonzero((rows[:-1] >= pixel_y) & (rows[1:] < pixel_y))
    if not meets.size:
        return None
    k = int(meets[0])
    share = float((rows[k] - pixel_y) / (rows[k] - rows[k + 1]))
    return tuple(float(v[k] + share * (v[k + 1] - v[k])) for v in (x, y, heights))  # type: ignore[return-value]
