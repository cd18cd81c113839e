"""Activations of random networks and their means over Gaussian inputs u = sqrt q z: closed forms, tanh by quadrature.

mean_square = <phi^2>, growth = <phi'^2 + phi phi''> = d<phi^2>/dq, slope = <phi'^2>, slope_4 = <phi'^4>,
bend = <phi''^2>; means over two inputs are those of `pairs(q)`.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import ClassVar, final

import numpy as np
from scipy import special

from simulator.theory.checks import refuse
from simulator.theory.mixture import Array
from simulator.theory.pairs import ErfPairs, LinearPairs, Pairs, ReLUPairs, SigmoidPairs
from simulator.theory.sigmoid_tables import MeanTable, PairTables

BLOCK = 4096  # pairs worked on together: their polynomials stay in the cache
TANH_LEVELS = ((16.0, 72), (1024.0, 128), (math.inf, 192))  # q up to, polynomial terms: means to 1e-13


class Activation(ABC):
    """phi with phi(0) = 0. All methods take arrays of q >= 0, or of x, and return their shape.

    level: if <phi^2> = level q, that number (ReLU 1/2, linear 1); 0 for a bounded phi. gain_0: phi'(0)^2, d<phi^2>/dq
    at q = 0.
    """

    name: ClassVar[str]
    level: ClassVar[float] = 0.0
    gain_0: ClassVar[float]

    @abstractmethod
    def phi(self, x: Array) -> Array: ...

    @abstractmethod
    def dphi(self, x: Array) -> Array: ...

    @abstractmethod
    def d2phi(self, x: Array) -> Array: ...

    @abstractmethod
    def mean_square(self, q: Array) -> Array: ...

    @abstractmethod
    def growth(self, q: Array) -> Array: ...

    @abstractmethod
    def slope(self, q: Array) -> Array: ...

    @abstractmethod
    def slope_4(self, q: Array) -> Array: ...

    @abstractmethod
    def bend(self, q: Array) -> Array: ...

    @abstractmethod
    def pairs(self, q: Array) -> Pairs:
        """Means over pairs, q of shape (m,)."""

    def pair_mean(self, q: Array, c: Array) -> Array:
        """<phi(u_1) phi(u_2)>; q and c broadcast."""
        return self.in_blocks(lambda pairs, c: pairs.mean(c), q, c)

    def pair_slope(self, q: Array, c: Array) -> Array:
        """<phi'(u_1) phi'(u_2)>; q and c broadcast."""
        return self.in_blocks(lambda pairs, c: pairs.slope(c), q, c)

    def in_blocks(self, work: Callable[..., Array], q: Array, *others: Array) -> Array:
        """work(pairs(q), *others), blockwise in the order of q so that memory is bounded and a block's q are alike."""
        shape = np.broadcast_shapes(q.shape, *(other.shape for other in others))
        flat = [np.broadcast_to(x, shape).ravel() for x in (q, *others)]
        order = np.argsort(flat[0])
        out = np.empty(len(order))
        for start in range(0, len(order), BLOCK):
            block = order[start : start + BLOCK]
            q_block, *rest = (x[block] for x in flat)
            out[block] = work(self.pairs(q_block), *rest)
        return out.reshape(shape)


@final
class Tanh(Activation):
    """tanh x."""

    name, gain_0 = "tanh", 1.0

    def phi(self, x: Array) -> Array:
        return np.tanh(x)

    def dphi(self, x: Array) -> Array:
        return 1 - np.tanh(x) ** 2

    def d2phi(self, x: Array) -> Array:
        return -2 * np.tanh(x) * self.dphi(x)

    def mean_square(self, q: Array) -> Array:
        return _tanh_table("mean_square")(q)

    def growth(self, q: Array) -> Array:
        return _tanh_table("growth")(q)

    def slope(self, q: Array) -> Array:
        return _tanh_table("slope")(q)

    def slope_4(self, q: Array) -> Array:
        return _tanh_table("slope_4")(q)

    def bend(self, q: Array) -> Array:
        return _tanh_table("bend")(q)

    def pairs(self, q: Array) -> Pairs:
        reach = float(np.max(q, initial=0.0))
        level = next(k for k, (q_max, _) in enumerate(TANH_LEVELS) if reach <= q_max)
        return SigmoidPairs(q, _tanh_pairs(level), _tanh_table("mean_square"))


TANH_MEANS: dict[str, tuple[Callable[[Array], Array], int, int]] = {  # function of tanh^2, and its powers of q
    "mean_square": (lambda t2: t2, 2, 2),
    "growth": (lambda t2: (1 - t2) * (1 - 3 * t2), 0, 3),
    "slope": (lambda t2: (1 - t2) ** 2, 0, 1),
    "slope_4": (lambda t2: (1 - t2) ** 4, 0, 1),
    "bend": (lambda t2: 4 * t2 * (1 - t2) ** 2, 2, 3),
}


@cache
def _tanh_table(which: str) -> MeanTable:
    f, rise, fall = TANH_MEANS[which]
    return MeanTable(lambda x: f(np.tanh(x) ** 2), rise, fall)


@cache
def _tanh_pairs(level: int) -> PairTables:
    q_max, size = TANH_LEVELS[level]
    return PairTables(TANH.dphi, _tanh_table("mean_square"), _tanh_table("slope"), math.sqrt(q_max), size)


@final
class Erf(Activation):
    """erf x = (2/sqrt pi) int_0^x exp(-t^2) dt, in closed form (Williams 1997)."""

    name, gain_0 = "erf", 4 / math.pi

    def phi(self, x: Array) -> Array:
        return np.asarray(special.erf(x))

    def dphi(self, x: Array) -> Array:
        return 2 / math.sqrt(math.pi) * np.exp(-x * x)

    def d2phi(self, x: Array) -> Array:
        return -2 * x * self.dphi(x)

    def mean_square(self, q: Array) -> Array:
        return 2 / math.pi * np.arctan2(2 * q, np.sqrt(1 + 4 * q))

    def growth(self, q: Array) -> Array:
        return 4 / math.pi / ((1 + 2 * q) * np.sqrt(1 + 4 * q))

    def slope(self, q: Array) -> Array:
        return 4 / math.pi / np.sqrt(1 + 4 * q)

    def slope_4(self, q: Array) -> Array:
        return 16 / math.pi**2 / np.sqrt(1 + 8 * q)

    def bend(self, q: Array) -> Array:
        return 16 / math.pi * q / (1 + 4 * q) ** 1.5

    def pairs(self, q: Array) -> Pairs:
        return ErfPairs(q)


@final
class ReLU(Activation):
    """max(x, 0). phi'' is a delta function, so bend is infinite: curves get kinks."""

    name, level, gain_0 = "relu", 0.5, 0.5

    def phi(self, x: Array) -> Array:
        return np.maximum(x, 0)

    def dphi(self, x: Array) -> Array:
        return np.where(x > 0, 1.0, 0.0)

    def d2phi(self, x: Array) -> Array:
        return np.where(x == 0, np.inf, 0.0)

    def mean_square(self, q: Array) -> Array:
        return q / 2

    def growth(self, q: Array) -> Array:
        return np.full_like(q, 0.5)

    def slope(self, q: Array) -> Array:
        return np.full_like(q, 0.5)

    def slope_4(self, q: Array) -> Array:
        return np.full_like(q, 0.5)

    def bend(self, q: Array) -> Array:
        return np.full_like(q, np.inf)

    def pairs(self, q: Array) -> Pairs:
        return ReLUPairs(q)


@final
class Linear(Activation):
    """x: the deep linear network."""

    name, level, gain_0 = "linear", 1.0, 1.0

    def phi(self, x: Array) -> Array:
        return x

    def dphi(self, x: Array) -> Array:
        return np.ones_like(x)

    def d2phi(self, x: Array) -> Array:
        return np.zeros_like(x)

    def mean_square(self, q: Array) -> Array:
        return q

    def growth(self, q: Array) -> Array:
        return np.ones_like(q)

    def slope(self, q: Array) -> Array:
        return np.ones_like(q)

    def slope_4(self, q: Array) -> Array:
        return np.ones_like(q)

    def bend(self, q: Array) -> Array:
        return np.zeros_like(q)

    def pairs(self, q: Array) -> Pairs:
        return LinearPairs(q)


TANH, ERF, RELU, LINEAR = Tanh(), Erf(), ReLU(), Linear()
ACTIVATIONS: tuple[Activation, ...] = (TANH, ERF, RELU, LINEAR)


def activation(name: str) -> Activation:
    """The activation of this name; ValueError if there is none."""
    for known in ACTIVATIONS:
        if known.name == name:
            return known
    raise refuse("activation", name, f"must be one of {', '.join(known.name for known in ACTIVATIONS)}")
