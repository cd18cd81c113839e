"""Standard errors of ensemble means: over samples where there are enough, else from what is known of their scatter."""

import math

import numpy as np

from simulator.experiments.landscape.observation import Array
from simulator.experiments.landscape.params import LandscapeParams

FEW_SAMPLES = 10
"""Below so many samples their own scatter gives no error worth the name; a single one gives none at all."""


def error_of_mean(values: Array, scatter: float = 0.0) -> float:
    """Standard error of the mean of values (samples, replicas).

    Over samples where there are enough. Else from the spread over walkers, nan for one walker: what samples differ by
    beyond that was measured to be at most 0.08 of its variance in the glass, and a quarter is allowed. scatter: a
    standard deviation from sample to sample that all walkers of a sample share, added in quadrature.
    """
    samples, replicas = values.shape
    if samples >= FEW_SAMPLES:
        return error_of_samples(values.mean(axis=1), scatter)
    within = float(values.var(axis=1, ddof=1).mean()) if replicas > 1 else math.nan
    return math.sqrt((within * (1 / replicas + 1 / 4) + scatter**2) / samples)


def error_of_samples(values: Array, scatter: float) -> float:
    """Standard error of the mean of values (samples,): their own where they are enough, else the known `scatter`'s.

    Where a few scatter more than that (heat, which it leaves out), theirs counts; nan where the scatter is not known.
    """
    own = float(values.std(ddof=1)) if values.size > 1 else 0.0
    spread = own if values.size >= FEW_SAMPLES or own > scatter else scatter
    return spread / math.sqrt(values.size)


def one_per_start(params: LandscapeParams, values: Array) -> Array:
    """Values (samples, replicas) averaged over walkers that began at one point: (samples, starts)."""
    samples, replicas = values.shape
    if params.start == "native":
        return values.mean(axis=1, keepdims=True)
    if params.start == "pair" and replicas > 1:
        pairs = values[:, : replicas - replicas % 2].reshape(samples, -1, 2)
        return np.concatenate([pairs.mean(axis=2), values[:, replicas - replicas % 2 :]], axis=1)
    return values
