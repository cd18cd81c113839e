"""The bowl and the well: their runs do not depend on how steps are cut, and their cloud is that of each step."""

from typing import Any

import numpy as np
import pytest

from simulator import parameters
from simulator.experiments.divergence import DivergenceParams
from simulator.experiments.divergence.toys import ToyTwins
from simulator.experiments.divergence.trace import Trace
from simulator.experiments.divergence.twins import cloud


def make(**values: Any) -> DivergenceParams:
    return parameters.make(DivergenceParams, values)


@pytest.mark.parametrize("renormalise", [True, False])
@pytest.mark.parametrize(
    "values",
    [
        {"system": "quadratic", "learning_rate": 0.5},
        {"system": "quadratic", "learning_rate": 1.0, "curvatures": "0.9,1"},
        {"system": "quadratic", "learning_rate": 1.0, "optimizer": "momentum", "momentum": 0.5},
        {"system": "doublewell", "learning_rate": 0.9},
        {"system": "doublewell", "learning_rate": 1.5, "optimizer": "adam"},
    ],
)
def test_toys_do_not_depend_on_cuts_over_many_steps(values: dict[str, Any], renormalise: bool) -> None:
    """Distances that reach their last digit in the middle of a launch included."""
    params, found = make(pairs=37, renormalise=renormalise, **values), []
    for cuts in ([300], [1] * 300, [7] * 42 + [6], [100, 131, 69]):
        twins, trace = ToyTwins(params, 3), Trace(ToyTwins.resolution, 1)
        for n in cuts:
            for seen in twins.advance(n, params):
                trace.append(seen)
        found.append((trace, trace.fit(renormalise), twins.x))
    for trace, fit, x in found[1:]:
        np.testing.assert_array_equal(x, found[0][2])
        for row, first in zip(trace.rows, found[0][0].rows, strict=True):
            np.testing.assert_array_equal(row.logs, first.logs)
            assert (row.size, row.scale) == (first.size, first.scale)
        assert (fit is None) == (found[0][1] is None)
        if fit is not None and found[0][1] is not None:
            np.testing.assert_array_equal(fit.exponents, found[0][1].exponents)


def test_the_cloud_of_each_step_is_that_of_its_places() -> None:
    params = make(system="quadratic", learning_rate=0.7, pairs=37, curvatures="0.1,1,2.5")
    many, single = ToyTwins(params, 3), ToyTwins(params, 3)
    for seen in many.advance(80, params):
        single.advance(1, params)
        assert (seen.size, seen.scale) == pytest.approx(cloud(single.x[None, :, 0]), rel=1e-12)
