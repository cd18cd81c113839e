"""Measured against predicted: what counts as agreement, and where nothing is said."""

import dataclasses
import math

import numpy as np
import pytest

from simulator.agreement import WITHIN_SIGMAS, Agreement, few_samples_factor, no_prediction


def test_errors_of_both_sides_count() -> None:
    line = Agreement("E", 1.0, 0.03, 0.9, allowance=0.04)
    assert line.sigmas == pytest.approx(2.0) and line.within
    assert Agreement("E", 1.0, 0.03, 0.9).within is False
    assert Agreement("E", WITHIN_SIGMAS, 1.0, 0.0).within


@pytest.mark.parametrize(
    "line",
    [
        Agreement("E", 1.0, math.nan, 0.9, allowance=0.5),
        Agreement("E", math.nan, 0.1, 0.9),
        Agreement("E", 1.0, 0.1, 0.9, allowance=math.inf),
        Agreement("E", 1.0, 0.0, 1.0),
        no_prediction("E", 1.0, 0.1, "nobody knows"),
    ],
)
def test_no_verdict_without_an_error_or_with_one_that_allows_anything(line: Agreement) -> None:
    assert math.isnan(line.sigmas) and line.within is None


def test_few_samples_err_further_than_their_scatter_says() -> None:
    """Three errors of n samples are exceeded as seldom as three of a known one: Student's law."""
    assert few_samples_factor(4) == pytest.approx(9.219 / 3, abs=0.001)  # t(3) at 0.99865, from tables
    assert few_samples_factor(10) == pytest.approx(4.094 / 3, abs=0.001)
    assert few_samples_factor(10_000) == pytest.approx(1.0, abs=1e-3)
    line = Agreement("a", 1.5, 0.1, 1.0)
    assert line.within is False
    few = dataclasses.replace(line, n=4)
    assert few.within and few.sigmas == pytest.approx(1.627, abs=0.001)
    assert dataclasses.replace(line, n=3).within is None
    draws = np.random.default_rng(5).standard_normal((200_000, 4))
    means, errors = draws.mean(axis=1), draws.std(axis=1, ddof=1) / 2
    share = float(np.mean(np.abs(means) > 3 * few_samples_factor(4) * errors))
    assert share == pytest.approx(0.0027, abs=0.0006)
