"""The experiments: one explicit tuple, no discovery."""

from simulator.experiment import AbstractExperiment
from simulator.experiments.landscape import Landscape
from simulator.experiments.propagation import Propagation

EXPERIMENTS: tuple[type[AbstractExperiment], ...] = (Landscape, Propagation)
