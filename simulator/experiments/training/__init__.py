"""A small multilayer perceptron, many at once, beside the landscapes."""

from simulator.experiments.training.experiment import Training

__all__ = ["Training"]
