"""When the exponent is compared with its theory, when it is not, and how large its error is."""

import math
from typing import Any

import numpy as np
import pytest

from simulator import parameters
from simulator.agreement import Agreement
from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.experiments.divergence import Divergence, DivergenceParams
from simulator.experiments.divergence.predictions import exponent
from simulator.experiments.divergence.trace import Fit
from simulator.snapshot import Measurement

WELL: dict[str, Any] = {"system": "doublewell", "optimizer": "gd", "pairs": 512}
BOWL: dict[str, Any] = {"system": "quadratic", "optimizer": "gd", "pairs": 64}


@pytest.fixture(scope="module")
def device() -> AbstractBackend:
    return choose("auto")[0]


def run(device: AbstractBackend, steps: int, *later: tuple[dict[str, Any], int], **values: Any) -> Measurement:
    experiment, params = Divergence(), parameters.make(DivergenceParams, values)
    experiment.init(device, params, values.get("seed", 1))
    experiment.step(steps)
    for changes, more in later:
        params = parameters.change(params, **changes)
        experiment.update(params)
        experiment.step(more)
    return experiment.measure(())


def verdict(found: Measurement) -> Agreement:
    (row,) = found.agreement
    return row


@pytest.mark.parametrize(
    ("values", "eta", "exact"),
    [
        (BOWL | {"learning_rate": 0.5}, 2.5, math.log(1.5)),
        (BOWL | {"learning_rate": 2.5}, 0.5, math.log(0.95)),
        (WELL | {"learning_rate": 0.9}, 1.1, math.log(9 - 2 * 2.1**2) / 2),
        (WELL | {"learning_rate": 0.9}, 1.5, 0.4914),
        (WELL | {"learning_rate": 1.5}, 0.9, math.log(0.8)),
        (WELL | {"learning_rate": 1.5}, 2.0, math.log(3)),
    ],
)
def test_a_change_of_eta_is_followed(device: AbstractBackend, values: Any, eta: float, exact: float) -> None:
    found = run(device, 400, ({"learning_rate": eta}, 300), renormalise=True, **values)
    assert abs(verdict(found).sigmas) < 4 and verdict(found).allowance < 0.01
    assert found.scalars["lyapunov"].mean == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("values", [BOWL | {"learning_rate": 0.5}, WELL | {"learning_rate": 0.9}])
def test_free_twins_are_not_compared_after_a_change(device: AbstractBackend, values: Any) -> None:
    row = verdict(run(device, 10, ({"learning_rate": 0.8}, 60), **values))
    assert row.within is None and "before the change" in row.because


@pytest.mark.parametrize("values", [BOWL | {"learning_rate": 0.5}, WELL | {"learning_rate": 0.9}])
def test_renormalising_after_a_change_forgets_what_was_before(device: AbstractBackend, values: Any) -> None:
    eta = 2.5 if values["system"] == "quadratic" else 1.1
    found = run(device, 400, ({"learning_rate": eta}, 10), ({"renormalise": True}, 300), **values)
    assert verdict(found).within and abs(verdict(found).measured) > 0.3


def test_a_free_orbit_leaves_a_place_that_is_stable_no_more(device: AbstractBackend) -> None:
    experiment, params = Divergence(), parameters.make(DivergenceParams, WELL | {"learning_rate": 0.9})
    experiment.init(device, params, 1)
    experiment.step(50)
    assert abs(experiment.sight.tracks[0, 0]) == pytest.approx(1.0, abs=1e-12)
    experiment.update(parameters.change(params, learning_rate=1.1))
    experiment.step(300)
    assert abs(abs(experiment.sight.tracks[0, 0]) - 1.0) > 0.05


@pytest.mark.parametrize("eta", [1.26, 1.27, 1.28, 1.29, 1.3, 1.305, 1.31, 1.32])
def test_free_twins_in_narrow_bands_are_not_misjudged(device: AbstractBackend, eta: float) -> None:
    free = verdict(run(device, 500, **WELL | {"learning_rate": eta, "pairs": 8192}))
    assert free.within is not False
    assert (free.within is None) == (eta in (1.305, 1.31))
    assert free.within or "e-folds" in free.because or "open" in free.because


@pytest.mark.parametrize("eta", [1.305, 1.31])
def test_renormalised_they_are_compared(device: AbstractBackend, eta: float) -> None:
    assert verdict(run(device, 500, renormalise=True, **WELL | {"learning_rate": eta})).within


@pytest.mark.parametrize("renormalise", [True, False])
def test_at_the_border_nothing_is_compared_and_beside_the_superstable_orbit_all_agrees(
    device: AbstractBackend, renormalise: bool
) -> None:
    row = verdict(run(device, 500, renormalise=renormalise, **WELL | {"learning_rate": 1.0}))
    assert row.within is None and "near a border" in row.because
    row = verdict(run(device, 500, renormalise=renormalise, **WELL | {"learning_rate": 1.1214}))
    assert row.within is (True if renormalise else None)


@pytest.mark.parametrize("optimizer", ["momentum", "langevin"])
@pytest.mark.parametrize("renormalise", [True, False])
def test_other_rules_begin_at_rest_too(device: AbstractBackend, optimizer: str, renormalise: bool) -> None:
    values = WELL | {"optimizer": optimizer, "learning_rate": 0.3, "temperature": 0.0, "momentum": 0.5}
    assert verdict(run(device, 300, renormalise=renormalise, **values)).within


@pytest.mark.parametrize("renormalise", [True, False])
def test_a_young_bowl_is_not_compared(device: AbstractBackend, renormalise: bool) -> None:
    values = BOWL | {"learning_rate": 0.15, "renormalise": renormalise}
    row = verdict(run(device, 60, **values))
    assert row.within is None and "not yet outgrown" in row.because
    row = verdict(run(device, 600, **values))
    assert row.within and row.allowance < 1e-4


@pytest.mark.parametrize("pairs", [1, 2, 3])
def test_few_pairs_have_no_verdict(device: AbstractBackend, pairs: int) -> None:
    found = run(device, 300, renormalise=True, **WELL | {"pairs": pairs, "learning_rate": 1.5})
    assert verdict(found).within is None and "fewer than 4 pairs" in verdict(found).because
    assert math.isnan(found.scalars["lyapunov"].stderr) == (pairs == 1) == any("no error bar" in n for n in found.notes)


def test_pairs_of_one_sample_count_once() -> None:
    slopes = np.array([[0.1, 0.1, 0.1], [0.3, 0.3, 0.3]])
    value = exponent(Fit(slopes, 0.0, 0, 10, 0.0))
    assert (value.mean, value.stderr) == (pytest.approx(0.2), pytest.approx(0.1))
    assert math.isnan(exponent(Fit(slopes[:1], 0.0, 0, 10, 0.0)).stderr)


def test_the_error_of_the_exponent_is_its_scatter(device: AbstractBackend) -> None:
    """Over twelve seeds of a small funnel."""
    values = {"system": "funnel", "funnel": 1.0, "optimizer": "sgd", "batch_fraction": 0.1, "learning_rate": 0.15,
              "size": 12, "samples": 6, "replicas": 4, "renormalise": True}  # fmt: skip
    found = []
    for seed in range(12):
        experiment = Divergence()
        experiment.init(device, parameters.make(DivergenceParams, values), seed)
        experiment.step(120)
        found.append(experiment.measure(()).scalars["lyapunov"])
    scatter = float(np.std([each.mean for each in found], ddof=1))
    quoted = math.sqrt(np.mean([each.stderr**2 for each in found]))
    assert 0.5 < scatter / quoted < 2.0
