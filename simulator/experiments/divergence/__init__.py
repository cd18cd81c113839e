"""The divergence experiment: twins, chaos, and what damps it."""

from simulator.experiments.divergence.experiment import Divergence
from simulator.experiments.divergence.params import DivergenceParams

__all__ = ["Divergence", "DivergenceParams"]
