"""From labels to what a loss wants, labels drawn at random, and which samples are kept for the test."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.networks.datasets.base import Float32s
from simulator.networks.datasets.draws import Draws, Float64s, Purpose

Labels = NDArray[np.int64]
TEST_SHARE = 5
"""One sample of so many is kept for the test where a data set has no test part of its own."""


def targets_of(labels: Labels, classes: int, loss: str) -> Float32s:
    """float32 (samples, outputs): one output of +-1 for two classes with mse or hinge; else one a class, 1 for the
    sample's own class and for the others 0, with hinge -1.
    """
    if classes == 2 and loss != "cross_entropy":
        return (2 * labels[:, None] - 1).astype(np.float32)
    hot = np.zeros((len(labels), classes), np.float32)
    hot[np.arange(len(labels)), labels] = 1
    return 2 * hot - 1 if loss == "hinge" else hot


def noisy_labels(labels: Labels, fraction: float, classes: int, seed: int) -> Labels:
    """`fraction` of the labels (samples,), rounded to a whole number of samples, replaced by ones drawn uniformly.

    A drawn label may be the true one (Zhang et al. 2017, 1611.03530). What is replaced at a small fraction is replaced
    by the same at a larger one.
    """
    chosen, u = _chosen(len(labels), fraction, seed)
    changed = labels.copy()
    changed[chosen] = np.minimum((u * classes).astype(np.int64), classes - 1)
    return changed


def noisy_targets(targets: NDArray[Any], fraction: float, seed: int) -> NDArray[Any]:
    """The same of real targets (samples, outputs): replaced by those of samples drawn at random."""
    chosen, u = _chosen(len(targets), fraction, seed)
    changed = targets.copy()
    changed[chosen] = targets[np.minimum((u * len(targets)).astype(np.int64), len(targets) - 1)]
    return changed


def split(labels: Labels, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which samples train and which are held out, in random order: a fifth of each class, rounded down, is held out.

    Where that is none at all, one sample is. The order and the split are functions of the seed and the labels.
    """
    order = shuffled(len(labels), seed)
    mine = labels[order]
    rank = np.empty(len(mine), np.int64)  # which of its class a sample is, in this order
    by_class = np.argsort(mine, kind="stable")
    starts = np.flatnonzero(np.diff(mine[by_class], prepend=-1))
    rank[by_class] = np.arange(len(mine)) - np.repeat(starts, np.diff(starts, append=len(mine)))
    held = rank % TEST_SHARE == TEST_SHARE - 1
    if not held.any():
        held[np.argmax(rank)] = True
    return order[~held], order[held]


def shuffled(samples: int, seed: int) -> NDArray[np.int64]:
    """The numbers of `samples` samples in random order."""
    return np.argsort(Draws(seed, Purpose.SPLIT).uniforms(samples, 1)[:, 0], kind="stable")


def _chosen(samples: int, fraction: float, seed: int) -> tuple[NDArray[np.int64], Float64s]:
    """Samples whose label is replaced, and for each a number in [0, 1) that says by what."""
    u = Draws(seed, Purpose.LABEL_NOISE).uniforms(samples, 2)
    chosen = np.argsort(u[:, 0], kind="stable")[: round(fraction * samples)]
    return chosen, u[chosen, 1]
