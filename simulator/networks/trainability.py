"""The boundary of trainability over two learning rates: one network a pixel (Sohl-Dickstein 2024, 2402.06184).

The grid is refined while one watches: pixels 0, s, 2s, ... of each axis for s = side/8, then for half of that, and so
on, each trained once; whatever the cut, a pixel is the same to the bit.
"""

import math
from collections.abc import Iterator
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator import clock
from simulator.backends.base import AbstractBackend, KernelBuildError
from simulator.figures import frozen
from simulator.networks.trainability_problem import Problem, Window, make_problem
from simulator.networks.trainability_ranks import ranked
from simulator.networks.trainability_waves import TAIL, Waves
from simulator.theory import box_counting
from simulator.theory.checks import refuse

Float32s = NDArray[np.float32]
Bools = NDArray[np.bool_]
FIRST: Final = 8
"""Side of the first picture: where many experiments play at once it is there before one waits for it."""
LEAST_SIDE: Final = 32
NEWS: Final = 1 + 1 / 64
"""How many more pixels are worth another picture: ranks of a million take as long as training thousands."""
SMOOTH: Final = 128
"""Side of the coarsest picture whose boundary has boxes of enough sizes."""
RUN: Final = 8
"""Neighbours in a row that train together: the lanes of a CPU."""
DISTINCT: Final = 16.0
"""Neighbouring rates must be so many roundings apart: nearer ones differ by rounding errors, not by their rates."""
__all__ = ["Trainability", "Window"]


@final
class Trainability:
    """side x side networks, columns over log10 eta_0 (input layer), rows over log10 eta_1 (output layer).

    Lives in the simulation thread; `refine` blocks about as long as it is told.
    """

    def __init__(
        self,
        backend: AbstractBackend,
        window: Window | None = None,
        seed: int = 1,
        steps: int = 500,
        samples: int = 272,
        width: int = 16,
        side: int = 256,
    ) -> None:
        """ValueError for numbers out of range, one line; OutOfDeviceMemoryError and KernelBuildError of the device."""
        _check("steps", steps, TAIL, 100_000)
        _check("samples", samples, 1, 4096)
        _check("width", width, 4, 32, "a power of two", width & (width - 1) == 0)
        _check("side", side, LEAST_SIDE, 1024, "a power of two", side & (side - 1) == 0)
        self.window = window or Window()
        self.steps, self.side = steps, side
        self.problem: Problem = make_problem(seed, samples, width)
        self._backend = backend
        self._waves: dict[bool, Waves | None] = {False: Waves(backend, self.problem, steps, double=False)}
        self._values = np.full((side, side), np.nan, np.float32)
        self._before: tuple[Float32s, Window] | None = None
        self._prepare(self.window)
        self._begin()

    # --- going on ------------------------------------------------------------------------------------------------

    def look(self, window: Window) -> None:
        """Measure another part of the plane; what is known stays in sight until it is. The same part: nothing.

        OutOfDeviceMemoryError where there is no room for double precision, and nothing has changed.
        """
        if window == self.window:
            return
        self._prepare(window)
        self._before = self.seen(), self.window
        self.window = window
        self._values = np.full_like(self._values, np.nan)
        self._begin()

    def refine(self, seconds: float = 0.010) -> bool:
        """Train for about so many seconds, at least one launch; whether pixels are left."""
        until = clock.now() + seconds
        while not self.done:
            self._advance(max(until - clock.now(), 0.0))
            if clock.now() > until - 0.2 * seconds:
                break
        return not self.done

    def finish(self) -> None:
        """Train every pixel that is left."""
        while not self.done:
            self._advance(math.inf)

    def _begin(self) -> None:
        self.known, self.level, self._in_flight = 0, 0, np.zeros(0, np.int64)
        self._levels: Iterator[tuple[int, NDArray[np.int64]]] = _levels(self.side)
        self._next_level, self._queue = next(self._levels)
        self._dimension: tuple[int, box_counting.Dimension | None] = (0, None)
        self._ranks: tuple[int, Float32s] | None = None
        wants = _too_fine(self.window, self.side, np.float32)
        tiles = self._waves[wants] or self._waves[False]
        assert tiles is not None
        self._tiles = tiles
        self.precision = "double" if wants and self._waves[True] else "single"

    def _prepare(self, window: Window) -> None:
        """Have networks in the precision that a window asks for, if the device has it."""
        if _too_fine(window, self.side, np.float32) and True not in self._waves:
            try:
                self._waves[True] = Waves(self._backend, self.problem, self.steps, double=True)
            except KernelBuildError:
                self._waves[True] = None

    def _advance(self, seconds: float) -> None:
        tiles = self._tiles
        if not self._in_flight.size:
            count = tiles.networks(seconds)
            self._in_flight, self._queue = self._queue[:count], self._queue[count:]
            columns, rows = self.window.places(self.side)
            at = self._in_flight
            log_rates = np.stack([columns[at % self.side], rows[at // self.side]], axis=-1)
            spare = -len(at) % tiles.lanes  # a tile that is not full trains its last network several times
            tiles.begin(np.concatenate([log_rates, np.repeat(log_rates[-1:], spare, axis=0)]))
        tiles.advance(seconds)
        if tiles.done:
            self._take(tiles.measures()[: self._in_flight.size])

    def _take(self, measures: Float32s) -> None:
        self._values.reshape(-1)[self._in_flight] = measures
        self.known += measures.size
        self._in_flight = self._in_flight[:0]
        if not self._queue.size:
            self.level = self._next_level
            self._next_level, self._queue = next(self._levels, (self.level, self._queue))

    # --- what is known -------------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """Whether every pixel is known."""
        return self.known == self.side**2

    @property
    def share(self) -> float:
        """How much of the picture is known."""
        return self.known / self.side**2

    def values(self) -> Float32s:
        """(side, side), row 0 at the bottom: NaN where not yet known; where training converged -sum_t L_t/L_0, which is
        least for the slowest; where it diverged sum_t L_0/L_t, which is largest for the slowest.

        Converged: the mean of the last 20 losses is below the first one. Ratios are at most 1e6, as NaN and inf count.
        """
        return self._values.copy()

    def seen(self) -> Float32s:
        """`values`, the unknown ones from the nearest known place of this window or of the picture before."""
        picture = np.full_like(self._values, np.nan) if self._before is None else self._carried(*self._before)
        strides = [self.side // self.level] if self.level else []
        if not self.done:
            strides.append(self.side // self._next_level)
        for stride in strides:
            nearest = np.minimum((np.arange(self.side) + stride // 2) // stride * stride, self.side - stride)
            blocks = self._values[np.ix_(nearest, nearest)]
            picture = np.where(np.isnan(blocks), picture, blocks)
        return picture

    def ranks(self) -> Float32s:
        """What is seen, as ranks that a picture can show: read-only, and the same array while little is new."""
        before = self._ranks[0] if self._ranks else -1
        if self._ranks is None or (self.known > before and (self.done or self.known > NEWS * before)):
            self._ranks = self.known, frozen(ranked(self.seen()), np.float32)
        return self._ranks[1]

    def _carried(self, values: Float32s, window: Window) -> Float32s:
        """A picture of another window, seen through this one; NaN outside it."""
        x0, x1, y0, y1 = window.extent
        columns, rows = self.window.places(self.side)
        j = np.floor((columns - x0) / (x1 - x0) * self.side)
        i = np.floor((rows - y0) / (y1 - y0) * self.side)
        inside = np.logical_and.outer((i >= 0) & (i < self.side), (j >= 0) & (j < self.side))
        near = [np.clip(k, 0, self.side - 1).astype(np.int64) for k in (i, j)]
        return np.where(inside, values[np.ix_(*near)], np.float32(np.nan))

    @property
    def converged(self) -> float | None:
        """The share of the known pixels whose training converged; None where none is known."""
        return float(np.count_nonzero(self._values < 0)) / self.known if self.known else None

    def boundary(self) -> Bools:
        """(level - 1, level - 1): squares of four neighbours on the finest complete grid, not all with one fate."""
        if not self.level:
            return np.zeros((0, 0), np.bool_)
        stride = self.side // self.level
        return box_counting.boundary(self._values[::stride, ::stride] < 0)

    def dimension(self) -> box_counting.Dimension | None:
        """Box-counting dimension of the boundary on the finest complete grid; None below 128 x 128 or without one."""
        if self._dimension[0] != self.level:
            found = None
            if self.level >= SMOOTH:
                found = box_counting.dimension(self.boundary())
            self._dimension = self.level, found
        return self._dimension[1]

    @property
    def precision_words(self) -> str:
        """What limits the picture, in one line; "" while single precision is enough."""
        if not _too_fine(self.window, self.side, np.float32):
            return ""
        if self.precision == "single":
            return "single precision, the only one here: at this zoom the fine structure is rounding error"
        if _too_fine(self.window, self.side, np.float64):
            return "double precision ends here: at this zoom the fine structure is rounding error"
        return "double precision"


def _check(name: str, value: int, low: int, high: int, also: str = "", holds: bool = True) -> None:
    if value != int(value) or not low <= value <= high or not holds:
        raise refuse(name, value, f"a whole number from {low} to {high}{', ' + also if also else ''}")


def _too_fine(window: Window, side: int, kind: type[np.floating]) -> bool:
    """Whether the rates of neighbouring pixels are not DISTINCT roundings of this type apart."""
    apart = min(window.x_span, window.y_span) / side * math.log(10)
    return bool(apart < DISTINCT * np.finfo(kind).eps)


def _levels(side: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """FIRST, 2 FIRST, ... side, each with the numbers (row * side + column) of the pixels that it adds.

    Neighbours of a row stay together, for they are lost together and cost nothing then; one such run after the other
    comes from all over the picture, so that cores have equal shares of what is lost and what is not.
    """
    level, known = FIRST, np.zeros((side, side), np.bool_)
    while level <= side:
        stride = side // level
        wanted = np.zeros_like(known)
        wanted[::stride, ::stride] = True
        runs = np.flatnonzero(wanted & ~known).reshape(-1, RUN)
        yield level, runs[_scattered(len(runs))].ravel()
        known |= wanted
        level *= 2


def _scattered(count: int) -> NDArray[np.int64]:
    """0 ... count - 1, each about a golden section of them from the one before."""
    step = round(0.618 * count)
    while math.gcd(step, count) != 1:
        step += 1
    return np.arange(count) * step % count
