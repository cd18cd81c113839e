"""Each preset shows what its words say, within as many steps as a window plays in seconds."""

from typing import Any

import pytest

from simulator import parameters, presets
from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.experiments.divergence import Divergence
from simulator.snapshot import Measurement


@pytest.fixture(scope="module")
def device() -> AbstractBackend:
    return choose("auto")[0]


def begun(device: AbstractBackend, name: str, **values: Any) -> tuple[Divergence, Any]:
    run = presets.read(f"divergence-{name}").experiments["divergence"]
    params: Any = parameters.change(run.params, **values)
    experiment = Divergence()
    experiment.init(device, params, run.seed)
    return experiment, params


def after(experiment: Divergence, steps: int) -> Measurement:
    experiment.step(steps)
    return experiment.measure(())


def test_twins_part_and_a_dial_makes_them_meet(device: AbstractBackend) -> None:
    experiment, params = begun(device, "1-twins-part")
    found = after(experiment, 300)
    assert found.scalars["separated"].mean > 0.8
    assert 14 < 1 / found.scalars["lyapunov"].mean < 24
    experiment.update(parameters.change(params, funnel=2.0))
    found = after(experiment, 400)
    assert found.scalars["distance"].mean < 1e-5 and found.scalars["lyapunov"].mean < -0.05


def test_twins_meet_and_what_is_left_grows_again(device: AbstractBackend) -> None:
    experiment, params = begun(device, "2-twins-meet")
    assert after(experiment, 300).scalars["distance"].mean < 1e-5
    experiment.update(parameters.change(params, funnel=0.5))
    found = after(experiment, 400)
    assert found.scalars["distance"].mean > 1e-3 and found.scalars["lyapunov"].mean > 0.02


def test_the_naive_network_and_its_remedies(device: AbstractBackend) -> None:
    def exponent(**values: Any) -> float:
        return after(begun(device, "3-naive-deep-network", **values)[0], 120).scalars["lyapunov"].mean

    naive = exponent()
    assert naive > 0.8
    assert 0.3 < exponent(optimizer_epsilon=0.01) < 0.75 * naive
    assert exponent(learning_rate=0.001) < 0.6 * naive


@pytest.mark.parametrize(("eta", "sign"), [(0.8, -1), (1.1, -1), (1.24, -1), (1.5, 1), (1.9, 1)])
def test_places_double_until_there_is_chaos(device: AbstractBackend, eta: float, sign: int) -> None:
    experiment, params = begun(device, "4-period-doubling")
    after(experiment, 20)
    experiment.update(parameters.change(params, learning_rate=eta))
    found = after(experiment, 500)  # at 1.24, near where two places become four, settling takes so long
    assert found.scalars["lyapunov"].mean * sign > 0
    assert [row.within for row in found.agreement] == [True]
