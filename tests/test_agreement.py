"""Measured against predicted: what counts as agreement, and where nothing is said."""

import math

import pytest

from simulator.agreement import WITHIN_SIGMAS, Agreement, no_prediction


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
