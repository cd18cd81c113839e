"""The update rules, by way of the glass: each against a plain one in float64, and the noise of Langevin's."""

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.landscapes.glass import Geometry, Glass
from simulator.optimizers import ADAM_BETA_2, ADAM_EPSILON, OPTIMIZERS, Dials

N = 21
GEOMETRIES = (Geometry(True, 8, 3, 1), Geometry(False, 1, 20, 1), Geometry(True, 8, 3, 2), Geometry(False, 1, 20, 3))
Vector = NDArray[np.float64]


def dials(rule: str) -> Dials:
    return Dials(rule, 0.05, 0.8, 0.0, 1.0, 0.9, 0.7, (0.1, 0.2, 0.3, 0.4), 0.1)


class Plain:
    """One walker's update rules as in simulator/optimizers.py."""

    def __init__(self, x: Vector) -> None:
        self.x, self.v, self.m2, self.age = x, np.zeros_like(x), np.zeros_like(x), 0

    def step(self, d: Dials, gradient: Vector) -> Vector:
        """Takes the step; returns the tangent gradient."""
        n, eta, beta = self.x.size, d.learning_rate, d.momentum
        g = gradient - (gradient @ self.x / n) * self.x
        self.age += 1
        if d.optimizer == "momentum":
            self.v = beta * self.v + g
            self.x = self.x - eta * self.v
        elif d.optimizer == "adam":
            self.v = beta * self.v + (1 - beta) * g
            self.m2 = ADAM_BETA_2 * self.m2 + (1 - ADAM_BETA_2) * g**2
            mean, square = self.v / (1 - beta**self.age), self.m2 / (1 - ADAM_BETA_2**self.age)
            self.x = self.x - eta * mean / (np.sqrt(square) + ADAM_EPSILON)
        else:
            self.x = self.x - eta * g
        self.x = self.x * np.sqrt(n / (self.x @ self.x))
        if d.optimizer == "momentum":
            self.v = self.v - (self.v @ self.x / n) * self.x
        return g


@pytest.mark.parametrize("shape", GEOMETRIES, ids=str)
@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_one_step_is_that_of_the_plain_rule(backend: AbstractBackend, rule: str, shape: Geometry) -> None:
    """Positions within 1e-5, and the trace row is what stands in base.TRACED; batch 1 and temperature 0."""
    glass, d = Glass(backend, N, 2, 20, 7, (1.0, 2.0, 0.5), forced=shape), dials(rule)
    start, native = glass.starts()[1, 17].astype(np.float64), glass.native()[1].astype(np.float64)
    plain = Plain(start)
    for _ in range(3):
        energies, gradients = glass.evaluate(glass.positions(), d)
        here = glass.positions()[1, 17].astype(np.float64)
        energy, q, c, norm = glass.step(1, d)[0, 1, 17]
        g = plain.step(d, gradients[1, 17].astype(np.float64))
        assert abs(energy - energies[1, 17]) < 1e-6
        assert abs(q - here @ native / N) < 1e-6
        assert abs(c - here @ start / N) < 1e-6
        assert abs(norm / (g @ g / N) - 1) < 1e-5
        assert np.abs(glass.positions()[1, 17] - plain.x).max() < 1e-5


def test_walkers_stay_on_the_sphere(backend: AbstractBackend) -> None:
    glass = Glass(backend, N, 2, 20, 7, (1.0, 2.0, 0.5))
    for rule in OPTIMIZERS:
        glass.step(4, Dials(rule, temperature=0.5, batch_fraction=0.3))
        assert np.allclose(np.sum(glass.positions().astype(np.float64) ** 2, axis=-1), N, rtol=1e-6)


def test_a_new_rule_starts_with_moments_at_zero(backend: AbstractBackend) -> None:
    """Adam after momentum takes the step that Adam takes first: eta times the sign of the gradient, and back."""
    glass = Glass(backend, N, 1, 4, 3)
    glass.step(5, Dials("momentum"))
    d = Dials("adam", 1e-3)
    here = glass.positions()[0, 2].astype(np.float64)
    g = Plain(here).step(d, glass.evaluate(glass.positions(), d)[1][0, 2].astype(np.float64))
    glass.step(1, d)
    expected = here - 1e-3 * np.sign(g)
    expected *= np.sqrt(N) / np.linalg.norm(expected)
    assert np.abs(glass.positions()[0, 2] - expected).max() < 1e-5


@pytest.mark.parametrize("across", [True, False])
def test_langevin_noise_has_variance_two_t_eta(backend: AbstractBackend, across: bool) -> None:
    """A flat landscape: each tangent component moves by N(0, 2 T eta); independent walkers, components and steps."""
    n, walkers, eta, temperature = 32, 256, 2e-3, 0.5
    shape = Geometry(True, 8, walkers // 8, 1) if across else Geometry(False, 1, walkers, 1)
    glass = Glass(backend, n, 1, walkers, 5, forced=shape)
    moves = []
    for _ in range(2):
        x = glass.positions()[0].astype(np.float64)
        glass.step(1, Dials("langevin", eta, temperature=temperature, roughness=0.0))
        y = glass.positions()[0].astype(np.float64)
        moves.append(y * n / np.sum(x * y, axis=-1, keepdims=True) - x)
    count = walkers * (n - 1)
    for move in moves:
        assert abs(np.sum(move**2) / (2 * temperature * eta * count) - 1) < 5 * np.sqrt(2 / count)
    a, b = moves
    spread = 2 * temperature * eta * np.sqrt(count)
    for other in (b, np.roll(a, 1, axis=0), np.roll(a, 1, axis=1), np.roll(a, 4, axis=1)):
        assert abs(np.sum(a * other)) < 5 * spread
