"""Inputs have their lengths and angles exactly."""

import numpy as np
import pytest

from simulator.networks.inputs import circle, correlated, frames


def test_lengths_and_angles() -> None:
    c = np.array([0.0, 0.5, -0.9, 1.0])
    h = correlated(50, 3, c, 2.5, 7)
    gram = h @ h.transpose(0, 2, 1) / 50
    assert np.allclose(np.diagonal(gram, axis1=1, axis2=2), 2.5)
    assert np.allclose(gram[:, 0, 1:] / 2.5, c)
    assert not np.allclose(h[0], h[1]) and np.array_equal(h, correlated(50, 3, c, 2.5, 7))


def test_circle_and_width_one() -> None:
    h = circle(30, 2, 12, 1.5)
    assert np.allclose(np.sum(h * np.roll(h, 1, axis=1), axis=-1) / 30, 1.5 * np.cos(np.pi / 6))
    assert np.allclose(np.abs(correlated(1, 4, [0.5], 2.0)), np.sqrt(2.0))
    with pytest.raises(ValueError, match="2 orthogonal directions need a width of at least 2, not 1"):
        frames(1, 1, 2, 0)
