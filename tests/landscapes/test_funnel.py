"""The funnel's host side: what REFERENCE.md, section C1, says, and derivatives that belong together."""

import numpy as np

from simulator.landscapes import funnel
from simulator.optimizers import Dials

N = 12
DIALS = Dials(funnel=1.3, shape=(0.1, 0.2, 0.3, 0.4), confinement=0.7)


def points(count: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    native = rng.standard_normal(N)
    return rng.standard_normal((count, N)), native * np.sqrt(N) / np.linalg.norm(native)


def test_energy_at_the_native_state_and_far_from_it() -> None:
    _, native = points()
    dials = Dials(funnel=1.5, shape=(0.0, 1 / 3, 1 / 3, 1 / 3))
    assert np.isclose(funnel.energy(native, native, dials), -1.5)
    across = np.linalg.svd(native[None])[2][-1] * np.sqrt(N)
    assert np.isclose(funnel.energy(across, native, dials), 0.0)
    assert np.isclose(funnel.energy(-native, native, Dials(funnel=1.0, shape=(0, 0, 1, 0))), 1.0)


def test_slope_and_bend_are_derivatives_of_depth() -> None:
    q, h = np.linspace(-1, 1, 9), 1e-5
    assert np.allclose((funnel.depth(q + h, DIALS) - funnel.depth(q - h, DIALS)) / (2 * h), funnel.slope(q, DIALS))
    assert np.allclose((funnel.slope(q + h, DIALS) - funnel.slope(q - h, DIALS)) / (2 * h), funnel.bend(q, DIALS))


def test_gradient_and_hessian_are_derivatives_of_the_energy() -> None:
    x, native = points()
    h, steps = 1e-4, np.eye(N) * 1e-4
    for s in x:
        rise = funnel.energy(s + steps, native, DIALS) - funnel.energy(s - steps, native, DIALS)
        assert np.allclose(N * rise / (2 * h), funnel.gradient(s, native, DIALS), atol=1e-6)
        turn = funnel.gradient(s + steps, native, DIALS) - funnel.gradient(s - steps, native, DIALS)
        assert np.allclose(turn / (2 * h), funnel.hessian(s, native, DIALS), atol=1e-6)


def test_many_points_at_once() -> None:
    x, native = points()
    assert np.allclose(funnel.energy(x, native, DIALS)[2], funnel.energy(x[2], native, DIALS))
    assert np.allclose(funnel.gradient(x, native, DIALS)[2], funnel.gradient(x[2], native, DIALS))
