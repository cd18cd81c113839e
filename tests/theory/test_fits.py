"""Fits: exact lines, weights, errors that are as large as the scatter they stand for."""

import numpy as np
import pytest

from simulator.theory.fits import resampling_weights, small_sample_factor, straight_line


def test_an_exact_line():
    x = np.array([1.0, 2.0, 4.0, 7.0])
    line = straight_line(x, 3 - 2 * x, [0.1, 0.2, 0.1, 0.4])
    assert (line.slope, line.intercept) == pytest.approx((-2, 3))


def test_points_without_an_error_are_left_out():
    line = straight_line([1, 2, 3, 4], [1, 2, 3, 100], [0.1, 0.1, 0.1, np.nan])
    assert line.slope == pytest.approx(1)
    assert straight_line([1, 2], [1, np.nan], [1, 1]) is None and straight_line([1, 1], [1, 2], [1, 1]) is None
    assert straight_line([1, 2, 3], [1, 2, 3], [0.1, 0.0, np.inf]) is None


def test_precise_points_count_for_more():
    line = straight_line([0, 1, 2], [0, 1, 5], [1e-4, 1e-4, 10])
    assert line.slope == pytest.approx(1, abs=1e-3)


def test_errors_are_the_scatter_of_the_slopes():
    """Least squares gives the error of given errors; a bootstrap of the data's own scatter gives the same within a
    quarter, of samples drawn and drawn again."""
    random, x = np.random.default_rng(7), np.array([1.0, 2.0, 3.0, 5.0])
    slopes, given, found = [], [], []
    for trial in range(150):
        data = 2 * x + random.standard_normal((60, 4))  # 60 samples at each x
        weights = resampling_weights(60, trial) / 60
        resampled = np.stack([resampling_weights(60, [trial, k]) / 60 @ data[:, k] for k in range(4)], axis=1)
        assert weights.sum(axis=1) == pytest.approx(1)
        errors = data.std(axis=0, ddof=1) / np.sqrt(60)
        slopes.append(straight_line(x, data.mean(axis=0), errors).slope)
        given.append(straight_line(x, data.mean(axis=0), errors).slope_error)
        found.append(straight_line(x, data.mean(axis=0), errors, resampled).slope_error)
    assert np.mean(slopes) == pytest.approx(2, abs=0.02)
    assert np.mean(given) == pytest.approx(np.std(slopes), rel=0.25)
    assert np.mean(found) == pytest.approx(np.std(slopes), rel=0.25)


@pytest.mark.parametrize("samples", [2, 5, 300])
def test_means_of_bootstrap_samples_scatter_by_their_standard_error(samples):
    x = np.random.default_rng(samples).standard_normal(samples)
    weights = resampling_weights(samples, 1, 20_000)
    means = weights @ x / samples
    assert weights.min() >= 0
    assert small_sample_factor(samples) * means.std() == pytest.approx(x.std(ddof=1) / np.sqrt(samples), rel=0.03)
    assert means.mean() == pytest.approx(x.mean(), abs=0.02)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="samples = 0"):
        resampling_weights(0, 1)
