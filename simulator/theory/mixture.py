"""The covariance of the spherical glass, f(q): the one place in which mixture and roughness enter the theory."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray

from simulator.theory.checks import at_least, integer_at_least, refuse

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mixture:
    """E[H(s)H(s')] = N f(q), f(q) = (Delta^2/2) sum_p a_p^2 q^p with sum_p a_p^2 = 1 (Crisanti & Sommers 1992).

    a2, a3, a4: weights, normalised on construction; the sign plays no part in f. higher: (a5, a6, ...), seldom needed.
    roughness: Delta, the factor of the Hamiltonian. Every function of the theory takes its scale from f, so that a
    roughness other than 1 scales energies, temperatures and rates together: E(t; Delta) = Delta E(Delta t; 1).

    ValueError if all weights are zero, if one is not finite, or if the roughness is negative or not finite.
    """

    a2: float = 0.0
    a3: float = 0.0
    a4: float = 0.0
    higher: tuple[float, ...] = ()
    roughness: float = 1.0

    def __post_init__(self) -> None:
        weights = [float(a) for a in (self.a2, self.a3, self.a4, *self.higher)]
        norm = math.hypot(*weights)
        if not (math.isfinite(norm) and norm > 0):
            raise refuse("(a2, a3, a4)", tuple(weights[:3]), "must be finite and not all zero")
        a2, a3, a4, *higher = (a / norm for a in weights)
        while higher and higher[-1] == 0:
            higher.pop()
        fields = {
            "a2": a2,
            "a3": a3,
            "a4": a4,
            "higher": tuple(higher),
            "roughness": at_least("roughness", self.roughness, 0),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def pure(cls, p: int, roughness: float = 1.0) -> Self:
        """f(q) = Delta^2 q^p / 2, p >= 2."""
        p = integer_at_least("p", p, 2)
        weights = [0.0] * max(p - 1, 3)
        weights[p - 2] = 1.0
        a2, a3, a4, *higher = weights
        return cls(a2, a3, a4, tuple(higher), roughness)

    @classmethod
    def from_powers(cls, coefficients: Mapping[int, float]) -> Self:
        """f(q) = sum_p c_p q^p as given, {p: c_p} with p >= 2, c_p >= 0: its roughness is sqrt(2 f(1)).

        {3: 0.5, 4: 0.5} is (q^3+q^4)/2, of roughness sqrt(2), which the literature on mixed models uses.
        """
        weights = [0.0] * max(3, *(integer_at_least("p", p, 2) - 1 for p in coefficients), 3)
        for p, c in coefficients.items():
            weights[p - 2] = math.sqrt(2 * at_least(f"coefficient of q^{p}", c, 0))
        a2, a3, a4, *higher = weights
        return cls(a2, a3, a4, tuple(higher), math.hypot(*weights))

    def scaled(self, factor: float) -> Self:
        """The same landscape with its Hamiltonian multiplied by `factor` >= 0: f is multiplied by its square."""
        return replace(self, roughness=self.roughness * at_least("factor", factor, 0))

    @property
    def weights(self) -> tuple[float, ...]:
        """(a_2, a_3, a_4, ...), of unit norm."""
        return (self.a2, self.a3, self.a4, *self.higher)

    @property
    def powers(self) -> dict[int, float]:
        """{p: c_p}, the coefficients of f(q) = sum_p c_p q^p that are not zero in the mixture."""
        return {p: self.roughness**2 * a * a / 2 for p, a in enumerate(self.weights, start=2) if a}

    @property
    def is_pure(self) -> bool:
        """Whether f holds a single power."""
        return sum(a != 0 for a in self.weights) == 1

    @property
    def p(self) -> int:
        """The power of a pure mixture; ValueError for a mixed one."""
        if not self.is_pure:
            raise refuse("mixture", self.weights, "this formula holds for a single p only")
        return next(p for p, a in enumerate(self.weights, start=2) if a)

    @overload
    def f(self, q: float) -> float: ...
    @overload
    def f(self, q: Array) -> Array: ...
    def f(self, q: float | Array) -> float | Array:
        """f(q), for q of any shape."""
        return self._derivative(q, 0)

    @overload
    def df(self, q: float) -> float: ...
    @overload
    def df(self, q: Array) -> Array: ...
    def df(self, q: float | Array) -> float | Array:
        """f'(q), for q of any shape."""
        return self._derivative(q, 1)

    @overload
    def d2f(self, q: float) -> float: ...
    @overload
    def d2f(self, q: Array) -> Array: ...
    def d2f(self, q: float | Array) -> float | Array:
        """f''(q), for q of any shape."""
        return self._derivative(q, 2)

    def _derivative(self, q: float | Array, order: int) -> float | Array:
        total: float | Array = 0.0 * q  # Horner's scheme: cheap, and it keeps the shape of q
        for coefficient in _coefficients(self.weights, self.roughness, order):
            total = total * q + coefficient
        return total


@lru_cache(maxsize=256)
def _coefficients(weights: tuple[float, ...], roughness: float, order: int) -> tuple[float, ...]:
    """Those of a derivative of f, from the highest power downwards."""
    squares = [0.0, 0.0, *(roughness**2 / 2 * a * a for a in weights)]
    return tuple(squares[p] * math.perm(p, order) for p in range(len(squares) - 1, order - 1, -1))
