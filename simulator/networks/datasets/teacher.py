"""Targets of a random network: f(x) = V tanh(A W x / sqrt(D)) / sqrt(K), all weights N(0, 1), inputs N(0, 1)^D.

A student of the same kind can learn it exactly. A, the amplitude, says how far from linear it is. For labels f has one
output a class and the largest wins; f is odd in x, so that two classes are equally likely. For real targets f has one
output, scaled to mean square 1. Noise is added to the outputs of training samples alone: what the test measures is the
distance from the teacher itself, as in theory (Saad and Solla 1995; Seung, Sompolinsky and Tishby 1992).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.networks.datasets.draws import Draws, Float64s, Purpose

HIDDEN: Final = 32
PROBES: Final = 4096
"""Inputs from which the outputs' mean square is estimated."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """W (hidden, D), V (outputs, hidden), each row drawn by itself; `scale` makes each output's mean square 1."""

    first: Float64s
    second: Float64s
    scale: Float64s

    @classmethod
    def drawn(cls, seed: int, dimension: int, outputs: int, amplitude: float) -> "Teacher":
        """The teacher of this seed. Its scale is measured on inputs of its own, so that no data set changes it."""
        draws = Draws(seed, Purpose.MODEL)
        first = amplitude * draws.normals(HIDDEN, dimension) / np.sqrt(dimension)
        second = draws.displacements(outputs, HIDDEN) / np.sqrt(HIDDEN)
        plain = cls(first, second, np.ones(outputs))
        squares = np.mean(plain(Draws(seed, Purpose.PROBE).normals(PROBES, dimension)) ** 2, axis=0)
        return cls(first, second, 1 / np.sqrt(np.maximum(squares, np.finfo(float).tiny)))

    def __call__(self, x: Float64s) -> Float64s:
        """f(x): (samples, D) -> (samples, outputs)."""
        return np.tanh(x @ self.first.T) @ self.second.T * self.scale
