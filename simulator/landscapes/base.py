"""What an experiment knows of a landscape with its walkers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from simulator.optimizers import Dials

Start = Literal["random", "native", "pair"]
Floats = NDArray[np.float32]

TRACED = ("energy", "overlap", "correlation", "gradient_norm")
"""What is recorded of every walker at every step, before it is taken.

Energy per spin E = H/N of the whole Hamiltonian (never of a mini-batch), overlap Q with the native state,
C(t,0) = s(t).s(0)/N, |g_T|^2/N of the gradient used.
"""
MAX_TRACE_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class WalkerState:
    """All that the next step of each walker depends on beside the disorder and the step's number, float32 (samples,
    replicas, N): positions, velocity or first moment, and second moment."""

    x: Floats
    v: Floats
    m2: Floats


class AbstractLandscape(ABC):
    """Quenched disorder (`samples` draws) with `replicas` walkers in each, on a device.

    Walker w = sample * replicas + replica. Random streams are keyed by the seed and countered by
    (step, walker, draw, stream), so nothing depends on how work is cut up.
    size: N. sphere: walkers live on |s|^2 = N (else in R^N). step_count: steps taken since the start.
    """

    size: int
    samples: int
    replicas: int
    sphere: bool
    step_count: int

    @abstractmethod
    def step(self, n: int, dials: Dials) -> Floats:
        """Take n steps; return what was traced, float32 (n, samples, replicas, len(TRACED)).

        Blocks until done. Same states bit for bit however n is cut up.
        """

    @abstractmethod
    def positions(self) -> Floats:
        """States now, float32 (samples, replicas, N)."""

    @abstractmethod
    def starts(self) -> Floats:
        """States at step 0, float32 (samples, replicas, N)."""

    @abstractmethod
    def state(self) -> WalkerState:
        """A host copy of what the walkers are and remember."""

    @abstractmethod
    def set_state(self, state: WalkerState) -> None:
        """Go on from `state`; step number, disorder, noise and starts stay. The caller keeps to the sphere."""

    @abstractmethod
    def twin(self) -> Self:
        """Walkers of their own in the same state on the same disorder, which is not held twice: at equal steps both are
        shaken by the same noise and see the same batches. Raises OutOfDeviceMemoryError before anything is lost."""

    @abstractmethod
    def native(self) -> Floats:
        """Native state of each sample, float32 (samples, N), on the sphere (zeros where there is none)."""

    @abstractmethod
    def evaluate(self, points: Floats, dials: Dials) -> tuple[Floats, Floats]:
        """Energy per spin and full gradient grad H at points (samples, k, N): float32 (samples, k), (samples, k, N).

        Changes no state; costs about k/replicas of a step. No random numbers: the whole Hamiltonian.
        """

    @abstractmethod
    def hessian(self, sample: int, point: Floats, dials: Dials) -> NDArray[np.float64]:
        """Euclidean Hessian of H at one point (N,), float64 (N, N), symmetric. The caller projects it."""
