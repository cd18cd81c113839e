"""The experiments: one explicit tuple, no discovery."""

from simulator.experiment import AbstractExperiment
from simulator.experiments.divergence import Divergence
from simulator.experiments.landscape import Landscape
from simulator.experiments.propagation import Propagation
from simulator.experiments.sharpening import Sharpening
from simulator.experiments.training import Training

EXPERIMENTS: tuple[type[AbstractExperiment], ...] = (Landscape, Training, Propagation, Divergence, Sharpening)
