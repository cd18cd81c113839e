"""Walkers descend a tunable landscape."""

from simulator.experiments.landscape.experiment import Landscape
from simulator.experiments.landscape.params import LandscapeParams

__all__ = ["Landscape", "LandscapeParams"]
