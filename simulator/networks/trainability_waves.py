"""Tiles of the trainability map that train at the same time, in launches as long as one has time for."""

import math
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from simulator import clock
from simulator.backends.base import AbstractBackend
from simulator.networks.trainability_problem import Float64s, Problem

TAIL: Final = 20
"""Losses at the end whose mean says whether it converged; TAIL of kernels/trainability.cl."""
FORGETTING: Final = 0.75
"""How much of the dearest launch is remembered at each later one: diverged networks cost nothing, new ones all."""


@final
class Waves:
    """Trains networks of one precision: `begin` some, `advance` until they are done, read their measures."""

    def __init__(self, backend: AbstractBackend, problem: Problem, steps: int, double: bool) -> None:
        """Raises KernelBuildError where the device has no double precision, OutOfDeviceMemoryError."""
        self._backend, self._problem, self._steps, self._double = backend, problem, steps, double
        self._kind = np.float64 if double else np.float32
        self._train = backend.kernel("trainability", "train", WIDTH=problem.width, DOUBLE=int(double))
        self.lanes = 4 if double and backend.lanes == 8 else backend.lanes
        self._least, self._most = (n * backend.compute_units for n in ((128, 512) if backend.is_gpu else (8, 128)))
        parameters = problem.start.size
        samples = -(-problem.samples // 4) * 4
        x, y = np.zeros((samples, problem.width)), np.zeros(samples)
        x[: problem.samples], y[: problem.samples] = problem.x, problem.y
        self._theta = backend.zeros((self._most, parameters, self.lanes), self._kind)
        self._trace = backend.zeros((self._most, 4, self.lanes), self._kind)
        self._rates = backend.zeros((self._most, 2, self.lanes), self._kind)
        given = tuple(backend.array(one.astype(self._kind)) for one in (problem.start, x, y))
        self._bound = (self._theta, self._trace, self._rates, *given, np.uint32(samples))
        self._running, self._at = 0, 0
        self._pace = 0.0

    def networks(self, seconds: float) -> int:
        """How many to begin so that they are done within about so long: whole tiles, enough for every core."""
        if math.isinf(seconds):
            return self._most * self.lanes
        wanted = seconds / (self._pace * self._steps) if self._pace else 0.0
        return int(min(max(wanted, self._least), self._most)) * self.lanes

    @property
    def done(self) -> bool:
        """Whether those begun have taken all their steps."""
        return self._at == self._steps

    def begin(self, log_rates: Float64s) -> None:
        """Start networks at log10 rates (networks, 2), a whole number of tiles, in place of those before."""
        self._running, self._at = len(log_rates) // self.lanes, 0
        rates = np.zeros((self._most, 2, self.lanes), self._kind)
        with np.errstate(over="ignore"):  # beyond the largest float32 a rate is infinite, and so it diverges
            mine = self._problem.rates(log_rates).astype(self._kind)
        rates[: self._running] = mine.reshape(self._running, self.lanes, 2).transpose(0, 2, 1)
        self._backend.write(self._rates, rates)

    def advance(self, seconds: float) -> None:
        """Train for about so long in one launch, at least one step."""
        left = self._steps - self._at
        wanted = seconds / (self._pace * self._running) if self._pace else 1.0
        n = int(min(left, max(1.0, wanted))) if not math.isinf(seconds) else left
        began = clock.now()
        numbers = (np.uint32(self._at), np.uint32(n), np.uint32(self._steps))
        items = self._problem.width if self._backend.is_gpu else 1
        self._train(self._running * items, *self._bound, *numbers)
        self._backend.finish()
        self._at += n
        spent = (clock.now() - began) / (n * self._running)
        self._pace = max(spent, FORGETTING * self._pace)

    def measures(self) -> NDArray[np.float32]:
        """Of each network begun: -sum_t L_t/L_0 where the mean of the last TAIL ratios is below 1, else sum L_0/L_t."""
        trace: NDArray[Any] = self._backend.to_host(self._trace)
        _, total, slow, tail = trace[: self._running].transpose(1, 0, 2).reshape(4, -1)
        return np.where(tail < TAIL, -total, slow).astype(np.float32)
