"""The experiments: one explicit tuple, no discovery."""

from simulator.experiment import AbstractExperiment
from simulator.experiments.landscape import Landscape

EXPERIMENTS: tuple[type[AbstractExperiment], ...] = (Landscape,)
