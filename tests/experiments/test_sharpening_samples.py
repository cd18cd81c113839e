"""Sums over samples, and the errors of what is made of them: few samples and many, shared valleys, exponents."""

import math

import numpy as np
import pytest

from simulator.experiments.sharpening.moments import (
    MOST,
    Moments,
    exponent,
    exponent_of_law,
    mean,
    spread,
    spread_of_all,
)


def test_moments_keep_every_sample():
    moments, random = Moments(3, 1), np.random.default_rng(0)
    total = np.zeros(3)
    for _ in range(30):
        rows = random.standard_normal((97, 3))
        moments.add(rows)
        total += rows.sum(axis=0)
    assert moments.n == 2910 and moments.total == pytest.approx(total)
    assert len(moments._rows) <= MOST


@pytest.mark.parametrize("samples", [6, 40, 3000])
def test_bootstrap_errors_are_those_of_the_mean(samples):
    """Over many runs, the error given is the scatter of the means, few samples and folded ones included."""
    random, means, errors = np.random.default_rng(1), [], []
    for run in range(60):
        moments = Moments(3, run)
        x = random.standard_normal((samples, 4)) + random.standard_normal((samples, 1))  # replicas share their sample
        moments.add(np.stack([np.full(samples, 4.0), x.sum(axis=1), (x**2).sum(axis=1)], axis=1))
        s = moments.scalar(mean)
        means.append(s.mean)
        errors.append(s.stderr)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.sqrt(1.25 / samples), rel=0.15)
    assert np.std(means) == pytest.approx(np.sqrt(1.25 / samples), rel=0.3)


def test_few_samples_have_no_error_and_no_fit():
    moments = Moments(3, 1)
    moments.add(np.ones((3, 3)))
    assert math.isnan(moments.scalar(mean).stderr) and exponent({16: moments, 32: moments}, mean) is None


def test_an_exponent_and_its_error():
    random, measured = np.random.default_rng(3), {}
    for size in (16, 64, 256):
        x = size**-0.5 * random.standard_normal((500, 8))
        measured[size] = Moments(3, size)
        measured[size].add(np.stack([np.full(500, 8.0), x.sum(axis=1), (x**2).sum(axis=1)], axis=1))
    line = exponent(measured, spread)
    assert abs(line.slope + 0.5) < 4 * line.slope_error and 0.002 < line.slope_error < 0.02
    assert exponent_of_law(measured, lambda size: 3 * size**-0.7) == pytest.approx(-0.7)


def test_errors_of_exponents_are_their_scatter():
    """Over many runs of few samples, and of different numbers of them at each size: within a fifth."""
    random, slopes, errors = np.random.default_rng(11), [], []
    for _ in range(300):
        measured = {}
        for size, samples in ((16, 24), (64, 12), (256, 6)):
            x = size**-0.5 * random.standard_normal((samples, 8))
            measured[size] = Moments(3, int(random.integers(2**31)))
            measured[size].add(np.stack([np.full(samples, 8.0), x.sum(axis=1), (x**2).sum(axis=1)], axis=1))
        line = exponent(measured, spread)
        slopes.append(line.slope)
        errors.append(line.slope_error)
    assert np.mean(slopes) == pytest.approx(-0.5, abs=0.02)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(slopes), rel=0.2)


@pytest.mark.parametrize("replicas", [1, 4])
def test_spreads_of_walkers_that_share_a_valley(replicas):
    """Variance 1 between samples and 1/4 within: 1.25 on the mean of 4,000 runs of four samples each."""
    x = np.random.default_rng(8).standard_normal((4000, 4, 1 + replicas))
    energies = x[..., :1] + 0.5 * x[..., 1:]
    total = energies.sum(axis=-1)
    ones = np.ones_like(total)
    ends = [replicas * ones, total, (energies**2).sum(axis=-1), 0 * ones, ones, total**2 / replicas]
    variances = spread_of_all(np.stack(ends, axis=-1).sum(axis=1)) ** 2
    assert variances.mean() == pytest.approx(1.25, abs=4 * variances.std() / math.sqrt(4000))


def test_no_size_drops_out_of_a_fit():
    """Where one size has no logarithm there is no fit, not one without it; weights below 0 used to make such."""
    random, measured = np.random.default_rng(3), {}
    for size in (16, 64, 256):
        measured[size] = Moments(3, size)
        x = size**-0.5 * random.standard_normal((4, 1))
        measured[size].add(np.concatenate([np.ones((4, 1)), x, x**2], axis=1))
        assert np.isfinite(measured[size].drawn(lambda sums: np.log(spread(sums)))).all()
    assert exponent(measured, spread) is not None
    measured[64] = Moments(3, 64)
    measured[64].add(np.ones((4, 3)))
    assert exponent(measured, spread) is None
