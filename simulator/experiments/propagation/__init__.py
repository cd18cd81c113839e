"""Signals through random deep networks."""

from simulator.experiments.propagation.experiment import Propagation
from simulator.experiments.propagation.params import PropagationParams

__all__ = ["Propagation", "PropagationParams"]
