"""Levels that frequencies are drawn from: as good as a normal to what the module says, the same on every device."""

import numpy as np
import pytest

from simulator.backends.registry import choose
from simulator.landscapes.frequencies import LEVELS, levels
from simulator.landscapes.gaussian import Gaussian


def test_levels_are_symmetric_rise_and_fit_in_16_bits() -> None:
    table = levels()
    assert table.shape == (LEVELS,)
    assert np.all(np.diff(table) >= 0)
    assert np.array_equal(table, -table[::-1])
    assert not np.any(table.view(np.uint32) & 0xFFFF)


def test_moments_of_the_levels() -> None:
    square = levels().astype(float) ** 2
    assert abs(square.mean() - 1) < 1.1e-5
    assert abs(np.mean(square**2) / 3 - 1) < 1.1e-5


def test_characteristic_function_of_the_levels() -> None:
    """It is the covariance of a field of one component at unit length scale."""
    t = np.linspace(0, 6, 25)[:, None]
    seen = np.mean(np.cos(t * levels().astype(float)), axis=1)
    assert np.abs(seen - np.exp(-(t[:, 0] ** 2) / 2)).max() < 2.2e-5


@pytest.mark.parametrize("size", [1, 3, 8, 20, 50])
def test_a_field_is_the_same_on_every_device(size: int) -> None:
    k, b = zip(*(Gaussian(choose(name)[0], size, 2, 1, seed=3, features=64).host_features(1)
                 for name in ("opencl", "numba")), strict=True)  # fmt: skip
    assert np.array_equal(*k)
    assert np.array_equal(*b)
    levels_seen = k[0] * np.float32(2 * np.pi * np.sqrt(size))
    assert np.abs(levels_seen.astype(float)[..., None] - np.unique(levels())[None, None]).min(axis=-1).max() < 1e-6
