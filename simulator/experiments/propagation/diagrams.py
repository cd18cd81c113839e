"""Pictures over parameters that are measured a piece at a time, coarse first, while one watches."""

from collections.abc import Iterator
from typing import final

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.experiments.propagation.params import SIGMA_B, SIGMA_W, PropagationParams
from simulator.networks import inputs
from simulator.networks.signals import Signals

Floats = NDArray[np.float32]
COLUMNS, ROWS = 48, 32
DIAGRAM_WIDTH, DIAGRAM_DEPTH = 128, 24
"""Networks of the phase diagram: of fixed size, so that it is whole within seconds whatever is on screen."""


def coarse_first(count: int) -> list[int]:
    """0 ... count - 1 in an order that halves the spacing again and again: 0, count/2, count/4, 3 count/4, ..."""
    order: list[int] = []
    stride = 1 << max(count - 1, 1).bit_length()
    while stride:
        order += [k for k in range(0, count, stride) if k not in order]
        stride //= 2
    return order


@final
class Refining:
    """Columns that become known one by one; the picture shows each unknown one as its nearest known neighbour."""

    def __init__(self, rows: int, columns: int) -> None:
        self._values = np.full((rows, columns), np.nan, np.float32)
        self._known = np.zeros(columns, bool)
        self._next: Iterator[int] = iter(coarse_first(columns))

    def next_column(self) -> int | None:
        """The column to measure next; None when all are known."""
        return next(self._next, None)

    def put(self, column: int, values: Floats) -> None:
        """Values of one column, (rows,)."""
        self._values[:, column] = values
        self._known[column] = True

    @property
    def share(self) -> float:
        """How much of the picture has been measured."""
        return float(self._known.mean())

    def picture(self) -> Floats:
        """(rows, columns), unknown columns filled from the nearest known one."""
        if not self._known.any():
            return self._values
        known = np.flatnonzero(self._known)
        nearest = np.abs(np.arange(self._known.size)[:, None] - known).argmin(axis=1)
        return self._values[:, known[nearest]]


@final
class PhaseDiagram:
    """Measured correlation after DIAGRAM_DEPTH layers over (sigma_w, sigma_b), of networks of their own."""

    def __init__(self, backend: AbstractBackend, params: PropagationParams, seed: int) -> None:
        self._signals = Signals(backend, DIAGRAM_WIDTH, 2, seed ^ 0x5D1A, params.activation, params.init)
        self._inputs = inputs.correlated(DIAGRAM_WIDTH, 2, 0.6, 1.0, seed % 2**63)
        self.begin(params)

    def begin(self, params: PropagationParams) -> None:
        """Measure anew where dropout, the one live parameter that matters here, has changed."""
        self._keep = params.keep
        self.image = Refining(ROWS, COLUMNS)

    def refine(self) -> bool:
        """Measure one more column; whether there was one left."""
        column = self.image.next_column()
        if column is None:
            return False
        sigma_w = np.linspace(*SIGMA_W, COLUMNS)[column]
        grid = self._signals.grid(self._inputs, DIAGRAM_DEPTH, sigma_w, np.linspace(*SIGMA_B, ROWS), self._keep)
        self.image.put(column, grid.correlation[..., 0].mean(axis=-1).astype(np.float32))
        return True


@final
class Memory:
    """Measured correlation against depth over sigma_w, at the sigma_b on screen."""

    def __init__(self, backend: AbstractBackend, params: PropagationParams, seed: int) -> None:
        self._signals = Signals(backend, params.width, 1, seed ^ 0x3E30, params.activation, params.init)
        self._seed = seed % 2**63
        self.begin(params)

    def begin(self, params: PropagationParams) -> None:
        """Measure anew at these live parameters."""
        self._params = params
        self.image = Refining(params.depth + 1, COLUMNS)

    def refine(self) -> bool:
        """Measure one more column; whether there was one left."""
        column = self.image.next_column()
        if column is None:
            return False
        sigma_w = float(np.linspace(*SIGMA_W, COLUMNS)[column])
        params = self._params
        given = inputs.correlated(params.width, 1, params.correlation, 1.0, self._seed)
        run = self._signals.propagate(given, params.depth, sigma_w, params.sigma_b, params.keep, pairs=[(0, 1)])
        self.image.put(column, run.correlation[:, 0, 0].astype(np.float32))
        return True
