"""The pieces of the divergence experiment, each by itself."""

import math
from typing import Any

import numpy as np
import pytest

from simulator import parameters
from simulator.backends.base import AbstractBackend, OutOfDeviceMemoryError
from simulator.backends.registry import choose
from simulator.experiments.divergence import Divergence, DivergenceParams
from simulator.experiments.divergence.atlas import COARSEST, Atlas, coarse_first
from simulator.experiments.divergence.params import LANDSCAPES, SYSTEMS
from simulator.experiments.divergence.predictions import known
from simulator.experiments.divergence.toys import ToyTwins
from simulator.experiments.divergence.trace import MOST_PAIRS, Trace, kept
from simulator.experiments.divergence.twins import Sight, apart, cloud
from simulator.experiments.divergence.walkers import WalkerTwins
from simulator.experiments.landscape import LandscapeParams
from simulator.landscapes.gaussian import Gaussian
from simulator.landscapes.glass import Geometry, Glass
from simulator.optimizers import Dials
from simulator.parameters import ParameterError, fields

SPIN = {"size": 16, "samples": 2, "replicas": 4}


def make(**values: Any) -> DivergenceParams:
    return parameters.make(DivergenceParams, values)


# --- parameters ----------------------------------------------------------------------------------------------------


def test_a_system_shows_its_own_parameters_with_the_words_of_its_experiment() -> None:
    for name in ("roughness", "a3", "temperature", "confinement"):
        here, there = parameters.field(DivergenceParams, name).param, parameters.field(LandscapeParams, name).param
        assert (here.symbol, here.label, here.lo, here.hi, here.doc) == (
            there.symbol, there.label, there.lo, there.hi, there.doc)  # fmt: skip
    shown = {system: {f.name for f in fields(DivergenceParams) if parameters.applies(make(system=system), f.name)}
             for system in SYSTEMS}  # fmt: skip
    assert "a3" in shown["glass"] and "a3" not in shown["gaussian"] and "funnel" not in shown["glass"]
    assert "weight_decay" in shown["network"] and "weight_decay" not in shown["funnel"]
    assert "curvatures" in shown["quadratic"] and "curvatures" not in shown["doublewell"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"system": "network", "optimizer": "langevin"},
            "optimizer = 'langevin' is not allowed: one of gd, sgd, momen",
        ),
        ({"system": "glass", "optimizer": "rmsprop"}, "where system is glass"),
        ({"system": "quadratic", "curvatures": "1,x"}, "curvatures = '1,x' is not allowed: 1 to 1024 finite numbers"),
        ({"system": "quadratic", "curvatures": "nan"}, "curvatures = 'nan' is not allowed"),
        ({"system": "glass", "a3": 0}, "at least one of them above 0"),
        ({"system": "network", "layers": "4,0"}, "layers = '4,0' is not allowed"),
        (
            {"system": "quadratic", "pairs": 65536, "curvatures": ",".join(["1"] * 1024)},
            "pairs = 65536 is not allowed: at most 8192 with 1024 curvatures",
        ),
        ({"epsilon": 0}, "epsilon = 0 is not allowed: a number from 1e-12 to 1"),
    ],
)
def test_bad_combinations_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message.replace("(", r"\(")):
        make(**values)


# --- twins ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adam"])
def test_toys_follow_the_rules_in_double_precision(optimizer: str) -> None:
    params = make(system="quadratic", optimizer=optimizer, learning_rate=0.3, momentum=0.8, pairs=3, curvatures="0.5,2")
    twins = ToyTwins(params, 5)
    x, v, m = twins.x.copy(), np.zeros((3, 2, 2)), np.zeros((3, 2, 2))
    seen = twins.advance(20, params)
    for t in range(1, 21):
        g = np.array([0.5, 2.0]) * x
        if optimizer == "adam":
            v, m = 0.8 * v + 0.2 * g, 0.999 * m + 0.001 * g * g
            x = x - 0.3 * (v / (1 - 0.8**t)) / (np.sqrt(m / (1 - 0.999**t)) + 1e-8)
        else:
            v = (0.8 * v if optimizer == "momentum" else 0.0) + g
            x = x - 0.3 * v
        np.testing.assert_allclose(seen[t - 1].logs[:, 0], np.log(apart(x[:, 0], x[:, 1])), rtol=0, atol=1e-6)
    np.testing.assert_allclose(twins.x, x, rtol=1e-12, atol=1e-15)


def test_in_a_bowl_renormalising_changes_nothing_but_the_distance() -> None:
    """The bowl is linear: what the distance would be had it not been renormalised is what it is in the free run."""
    params = make(system="quadratic", optimizer="momentum", learning_rate=0.4, pairs=8)
    free, pulled = ToyTwins(params, 2), ToyTwins(params, 2)
    logs = [seen.logs for seen in free.advance(60, params)]
    again = [seen.logs for seen in pulled.advance(60, parameters.change(params, renormalise=True))]
    np.testing.assert_allclose(again, logs, atol=1e-6)
    np.testing.assert_allclose(apart(pulled.x[:, 0], pulled.x[:, 1]), params.epsilon, rtol=1e-9)


@pytest.mark.parametrize("renormalise", [True, False])
@pytest.mark.parametrize("system", SYSTEMS)
def test_twins_begin_apart_by_epsilon_and_runs_do_not_depend_on_cuts(
    backend: AbstractBackend, system: str, renormalise: bool
) -> None:
    few = {"pairs": 5, "networks": 2, "training_samples": 40, "width": 4, "learning_rate": 0.1, **SPIN}
    params = make(system=system, epsilon=1e-3, renormalise=renormalise, features=256, **few)
    runs = []
    for cuts in ([21], [4, 4, 1, 12], [5] * 4 + [1]):
        experiment = Divergence()
        experiment.init(backend, params, 3)
        assert experiment.measure(()).scalars["distance"].mean == pytest.approx(1e-3, rel=1e-2)
        for n in cuts:
            experiment.step(n)
        runs.append(experiment.measure(("distance",)))
    first = runs[0].figures["distance"].curves  # type: ignore[union-attr]
    for other in runs[1:]:
        assert {name: repr(scalar) for name, scalar in other.scalars.items()} == {
            name: repr(scalar) for name, scalar in runs[0].scalars.items()
        }
        for a, b in zip(first, other.figures["distance"].curves, strict=True):  # type: ignore[union-attr]
            np.testing.assert_array_equal(a.y, b.y)


def test_a_twin_that_starts_equal_stays_equal(backend: AbstractBackend) -> None:
    """The same noise, batches and moments, whatever was done before the twin came to be."""
    shape = Geometry(backend.lanes > 1, backend.lanes if backend.lanes > 1 else 1, 1, 2)
    for landscape in (
        Glass(backend, 16, 2, 3, 7),
        Glass(backend, 12, 1, min(backend.lanes, 3), 7, forced=shape) if not backend.is_gpu else None,
        Gaussian(backend, 6, 2, 3, 7),
    ):
        if landscape is None:
            continue
        landscape.step(3, Dials("momentum", 0.05))
        twin = landscape.twin()
        for dials in (
            Dials("momentum", 0.05),
            Dials("sgd", 0.05, batch_fraction=0.3),
            Dials("langevin", 0.05, 0.9, 1.0),
        ):
            np.testing.assert_array_equal(landscape.step(5, dials), twin.step(5, dials))
        np.testing.assert_array_equal(landscape.positions(), twin.positions())
        before = landscape.state()
        twin.step(4, Dials("langevin", 0.05, 0.9, 1.0))
        assert not np.array_equal(twin.positions(), before.x)
        np.testing.assert_array_equal(landscape.positions(), before.x)
        twin.set_state(before)
        np.testing.assert_array_equal(twin.state().x, before.x)


@pytest.mark.parametrize("system", LANDSCAPES)
def test_twins_of_walkers_stay_where_walkers_live(backend: AbstractBackend, system: str) -> None:
    params = make(system=system, epsilon=0.01, renormalise=True, features=256, **SPIN)
    twins = WalkerTwins(backend, params, 1)
    seen = twins.advance(16, params)[-1]
    assert seen.distance.shape == (2, 4)
    first, second = (each.positions().astype(float) for each in (twins.first, twins.second))
    assert apart(first, second) == pytest.approx(0.01, rel=1e-2)
    if system != "gaussian":
        assert np.mean(second**2, axis=-1) == pytest.approx(1.0, abs=1e-5)


def test_twins_that_have_met_are_parted_where_epsilon_is_less_than_a_rounding(backend: AbstractBackend) -> None:
    params = make(epsilon=1e-10, renormalise=True, **SPIN)
    twins = WalkerTwins(backend, params, 1)
    twins.second.set_state(twins.first.state())
    assert twins.look().distance.max() == 0
    twins.advance(4, params)
    distance = twins.look().distance
    assert distance.min() > 1e-6 and distance.max() < 1e-4


def test_the_host_s_copies_of_walkers_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the device computes in the host's own memory."""
    backend = choose("numba")[0]
    copies = 12 * 8 * 16 * 2 * 4
    monkeypatch.setattr(type(backend), "memory", lambda self: (copies - 1, copies))
    monkeypatch.setattr("simulator.backends.holdings.held", lambda place: 0)
    with pytest.raises(OutOfDeviceMemoryError):
        WalkerTwins(backend, make(**SPIN), 1)


# --- distances and fits --------------------------------------------------------------------------------------------


def sight(step: int, logs: Any, size: float = 1.0) -> Sight:
    values = np.asarray(logs, float).reshape(-1, 1)
    return Sight(step, values, np.exp(values), size, 1.0, np.zeros((2, 1)), np.zeros(2))


def test_a_fit_leaves_out_what_is_rounding_and_what_is_saturated() -> None:
    trace = Trace(1e-7, 1)
    start = np.array([-12.5, -12.7, -12.3])
    for step in range(200):
        trace.append(sight(step, np.clip(start + 0.2 * step, -11.0, -0.3)))
    fit = trace.fit(renormalised=False)
    assert fit is not None and fit.exponents == pytest.approx(0.2 * np.ones((3, 1)))
    line = fit.level + fit.exponent * np.array([fit.first, fit.last])
    assert math.log(1e-6) < line[0] < line[1] < math.log(0.1)
    trace.mark(200)
    assert trace.fit(renormalised=False) is None
    for step in range(200, 260):
        trace.append(sight(step, start + 8.0 - 0.1 * (step - 200)))
    again = trace.fit(renormalised=False)
    assert again is not None and again.exponent == pytest.approx(-0.1)


def test_pairs_that_ran_to_infinity_are_left_out_of_a_fit() -> None:
    trace = Trace(1e-16, 1)
    for step in range(20):
        trace.append(sight(step, [-20 + 0.5 * step, -21 + 0.7 * step, np.nan if step > 5 else -9]))
    fit = trace.fit(renormalised=True)
    assert fit is not None and fit.exponent == pytest.approx(0.6)


def test_rows_are_fewer_the_longer_a_run_is() -> None:
    counts = [sum(kept(step, 4) for step in range(0, 4 * length, 4)) for length in (64, 128, 256, 512, 1024)]
    assert counts[0] == 64 and set(np.diff(counts)) == {32}
    trace, many = Trace(1e-16, 1), np.arange(5056.0) / 100
    trace.append(sight(0, many))
    assert trace.logs[0].size <= MOST_PAIRS and trace.logs[0].mean() == pytest.approx(many.mean())
    assert trace.rows[0].low == pytest.approx(5.06, abs=0.01) and trace.rows[0].high == pytest.approx(45.5, abs=0.01)


def test_a_cloud_has_the_spread_of_its_members() -> None:
    x = np.random.default_rng(1).normal(3.0, 0.5, (400, 5, 8))
    size, scale = cloud(x)
    assert size == pytest.approx(0.5, rel=0.02) and scale == pytest.approx(math.hypot(3.0, 0.5), rel=0.02)
    assert cloud(x[:, :1]) == (pytest.approx(scale, rel=0.02),) * 2


# --- the map -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (16, 8), (19, 13)])
def test_the_map_visits_each_cell_once(columns: int, rows: int) -> None:
    cells = [(column, row) for column, row, _ in coarse_first(columns, rows)]
    assert len(cells) == len(set(cells)) == columns * rows


@pytest.mark.parametrize("optimizer", ["gd", "momentum"])
def test_the_map_of_a_bowl_is_its_theory(backend: AbstractBackend, optimizer: str) -> None:
    params = make(system="quadratic", optimizer=optimizer, momentum=0.5)
    atlas = Atlas(backend, params, 1)
    atlas.refine(None, 400, section=True)
    eta, measured = atlas.section()
    assert eta.size == atlas.across.cells
    exact = [known(parameters.change(params, learning_rate=float(each))).exponent for each in eta]
    np.testing.assert_allclose(measured, exact, atol=0.02)
    values = atlas.picture()
    seen = values[np.isfinite(values)]
    assert seen.min() < -0.02 and seen.max() > 0.02
    before = atlas.share
    atlas.update(parameters.change(params, learning_rate=0.5, renormalise=True))
    assert atlas.share == before == 1 and not np.isnan(atlas.section()[1]).any()
    atlas.update(parameters.change(params, curvatures="1,2"))
    assert atlas.share == 0


def test_a_landscape_s_map_knows_where_twins_part(backend: AbstractBackend) -> None:
    atlas = Atlas(backend, make(**SPIN), 1)
    coarsest = sum(side == COARSEST for _, _, side in coarse_first(atlas.across.cells, atlas.up.cells))
    while round(atlas.share * atlas.picture().size) < coarsest:
        atlas.refine(None, 50, section=False)
    values = atlas.picture()
    assert np.isfinite(values).all()
    assert values[0, -1] > 0.05 and values[-1].min() < -0.01  # long steps and no funnel; a funnel


def test_a_device_without_room_for_the_maps_leaves_the_run_alone(
    backend: AbstractBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = Divergence()
    experiment.init(backend, make(**SPIN), 1)
    monkeypatch.setattr(type(backend), "memory", lambda self: (1000, 1000))
    monkeypatch.setattr(type(backend), "zeros", _refuse)
    found = experiment.measure(("map", "trainability"))
    for name in ("map", "trainability"):
        assert "no map" in found.figures[name].note  # type: ignore[union-attr]
    assert not experiment.awaits_theory


def _refuse(self: AbstractBackend, *_: object) -> object:
    raise OutOfDeviceMemoryError(2000, 1000, self.device)


# --- the run -------------------------------------------------------------------------------------------------------


def test_renormalising_can_be_switched_while_it_runs(backend: AbstractBackend) -> None:
    params = make(funnel=0.0, learning_rate=0.2, **SPIN)
    experiment = Divergence()
    experiment.init(backend, params, 1)
    experiment.step(300)
    parted = experiment.measure(()).scalars["distance"].mean
    assert parted > 0.5
    params = parameters.change(params, renormalise=True)
    experiment.update(params)
    assert experiment.measure(()).scalars["distance"].mean == pytest.approx(1.2e-5, rel=0.1)
    experiment.step(200)
    found = experiment.measure(())
    assert found.scalars["lyapunov"].mean > 0.05 and found.scalars["distance"].mean < 0.1


def test_infinity_is_drawn_and_counted(backend: AbstractBackend) -> None:
    experiment = Divergence()
    experiment.init(backend, make(system="doublewell", optimizer="gd", learning_rate=2.5, pairs=64), 1)
    experiment.step(64)
    found = experiment.measure(("distance", "growth", "states", "energy"))
    assert found.diverged and found.scalars["separated"].mean == 1
    assert "100.0% of the pairs have run to infinity (beyond 1.8e308, for doubles)" in found.notes
    assert len(found.figures) == 4


def test_single_precision_is_said_where_it_limits(backend: AbstractBackend) -> None:
    experiment = Divergence()
    experiment.init(backend, make(epsilon=1e-8, **SPIN), 1)
    assert any("less than single precision resolves" in note for note in experiment.measure(()).notes)
    experiment.init(backend, make(system="doublewell", pairs=8), 1)
    assert "computed in double precision on the host" in experiment.measure(()).notes
