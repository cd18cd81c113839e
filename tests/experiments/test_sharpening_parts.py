"""The parts of the sharpening experiment: parameters, laws of slices, counting."""

import math

import numpy as np
import pytest

from simulator import clock, parameters
from simulator.backends.registry import choose
from simulator.experiments.sharpening import Sharpening, tiles
from simulator.experiments.sharpening.counting import TEMPERATURES, Counter, Solved, boltzmann, halves, peaks
from simulator.experiments.sharpening.descent import MAX_COUPLINGS, Plan, couplings_of
from simulator.experiments.sharpening.params import USUAL_SIZES, SharpeningParams
from simulator.experiments.sharpening.subspace import Subspace, native_and_random
from simulator.experiments.sharpening.system import FIGURES, least_advanced, shown
from simulator.figures import Curves, Surface
from simulator.landscapes.glass import Glass
from simulator.optimizers import Dials
from simulator.parameters import ParameterError
from simulator.projection import is_disc
from simulator.theory.mixture import Mixture

# ---- parameters ----


THIRTEEN = ",".join(map(str, range(8, 21)))


def make(**values):
    return parameters.make(SharpeningParams, values)


def test_sizes_are_read_sorted_and_once():
    assert make(sizes=" 64, 16,64 ").sizes_in_turn == (16, 64)
    for system, sizes in USUAL_SIZES.items():
        assert make(system=system).sizes_in_turn == sizes


@pytest.mark.parametrize("sizes", ["16,", "a", "3", "0", "-4", "16;32", "1.5", ",", THIRTEEN, "9" * 400])
def test_sizes_that_are_none(sizes):
    with pytest.raises(ParameterError, match=r"sizes = .* is not allowed: 1 to 12 whole numbers from 4"):
        make(sizes=sizes)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"system": "rem", "sizes": "24"}, "from 4 to 22 between commas where system is rem, such as 8,10"),
        ({"system": "network", "sizes": "4096"}, "from 1 to 2,048"),
        ({"system": "glass", "a3": 0}, "a2, a3, a4"),
        ({"b2": 0}, "b1, b2, b3, b4"),
        ({"learning_rate": 1e-5, "duration": 1000}, "duration = 1000.0 is not allowed: at most 1,000,000 steps"),
        ({"roughness": 0}, "roughness"),
    ],
)
def test_combinations_that_make_no_run(values, words):
    with pytest.raises(ParameterError, match=words):
        make(**values)


def test_the_dial_is_live_and_the_sizes_are_not():
    old = make()
    assert not parameters.needs_restart(old, make(funnel=0.7, roughness=0.5))
    assert parameters.needs_restart(old, make(sizes="16,64"))


@pytest.mark.parametrize("shape", [{"b1": 1}, {"b2": 1}, {"b4": 1}])
def test_the_usual_step_is_stable_at_every_dial(shape):
    """Below 2/lambda_max, lambda_max = lambda g'(1) + 2 sqrt f''(1) and somewhat more; 4 sqrt f''(1) of the glass."""
    for weights in ({"a3": 1}, {"a3": 0, "a4": 1}, {"a3": 0, "a2": 1}):
        params = make(**{"b2": 0, **shape, **weights})
        root = math.sqrt(params.mixture.d2f(1.0))
        for dial in (0.0, 1.0, 4.0, 80.0):
            largest = max(4 * root, dial * float(params.bias.dg(1.0)) + 2 * root)
            assert 0 < params.rate_at(dial) * largest < 1.7
    assert make(learning_rate=0.3).rate_at(50.0) == 0.3 and make(system="network").rate == 0.05


def test_a_descent_takes_the_time_that_is_asked_for():
    """At every dial, though steps are shorter where the native state is steep."""
    for dial in (0.0, 1.5, 20.0):
        params = make(duration=12.0)
        assert params.steps_at(dial) * params.rate_at(dial) == pytest.approx(12, abs=params.rate_at(dial))


def test_whose_turn_and_what_is_shown():
    assert least_advanced({64: 1.0, 16: 0.5, 256: 0.5}) == 16
    assert shown((16, 32, 64, 128, 256, 1024), 4) == (16, 64, 256, 1024)
    assert shown((8, 10), 4) == (8, 10)


# ---- slices without couplings ----


@pytest.mark.parametrize("weights", [(0, 1, 0), (1, 0, 0), (1, 1, 1)])
def test_energies_of_a_subspace_have_the_glass_covariance(weights):
    """N E[E(x) E(y)] = f(x.y), whatever the dimension: 4 standard errors of 4,000 draws."""
    mixture, random = Mixture(*weights), np.random.default_rng(5)
    q = np.array([1.0, 0.6, 0.0, -0.5])
    x = np.stack([q, np.sqrt(1 - q * q), 0 * q], axis=1)
    drawn = np.array([Subspace(mixture, 3, random).energy(x, 50) for _ in range(4000)]) * math.sqrt(50)
    products = drawn[:, :1] * drawn
    error = products.std(axis=0) / math.sqrt(4000)
    assert np.all(np.abs(products.mean(axis=0) - mixture.f(q)) < 4 * error)


def test_large_sizes_have_the_law_of_real_couplings():
    """Spread of random states' energies, spread of the native state's, and no correlation, as in landscapes drawn."""
    N, count, random = 24, 400, np.random.default_rng(2)
    drawn = np.array([np.append(*native_and_random(Mixture.pure(3), N, 8, random)) for _ in range(count)])
    glass = Glass(choose()[0], N, count, 8, 77)
    points = np.concatenate([glass.native()[:, None], glass.positions()], axis=1)
    real = glass.evaluate(points, Dials("gd"))[0].astype(float)
    for energies in (drawn, real):
        assert energies[:, 0].std() * math.sqrt(2 * N) == pytest.approx(1, abs=4 / math.sqrt(2 * count))
        assert energies[:, 1:].std() * math.sqrt(2 * N) == pytest.approx(1, abs=4 / math.sqrt(2 * count))
        assert abs(np.corrcoef(energies[:, 0], energies[:, 1:].mean(axis=1))[0, 1]) < 4 / math.sqrt(count)


def test_tiles_side_by_side_are_one_height_field_that_is_no_disc():
    """Of round tiles and of square ones; what was given stays, the rest is blank but for one lone corner."""
    flat = tiles.round_tile(np.full(len(tiles.inside()), -1.0))
    for tile in (flat, np.full((tiles.PIXELS, tiles.PIXELS), -1.0)):
        surface = tiles.side_by_side("two", ("x", "y", "E"), [tile, tile], ["a", "b"], (-2.0, 1.0), "")
        assert surface.heights.shape == (tiles.PIXELS, 2 * tiles.PIXELS + tiles.GAP) and not is_disc(surface.heights)
        assert np.isnan(surface.heights[:, tiles.PIXELS : tiles.PIXELS + tiles.GAP]).all()
        assert (np.nan_to_num(surface.heights[1:], nan=-1.0) == -1.0).all()
        assert [mark[0] for mark in surface.marks] == ["a", "b"] and all(mark[3] == -1.0 for mark in surface.marks)
        assert (surface.low, surface.high) == (-2.0, 1.0)


def test_slices_shrink_with_the_size_and_turn_without_changing_their_middle():
    slices = tiles.Slices(Mixture.pure(3), 3)
    small, large = slices.tile(16), slices.tile(1024)
    assert small == pytest.approx(8 * large)
    slices.turn_to(0.7)
    middle = np.argmax(tiles.pixels()[:, 0])
    assert slices.tile(16)[middle] == small[middle] and np.std(slices.tile(16) - small) > 0.1 * np.std(small)


@pytest.mark.parametrize("weights", [(0, 1, 0), (1, 1, 0)])
def test_a_slice_about_an_end_has_its_energy_and_no_slope(weights):
    slices, theta = tiles.Slices(Mixture(*weights), 4), np.array([-1e-3, 0.0, 1e-3])
    before, middle, after = slices.line_about(32, -1.05, theta)
    assert middle == pytest.approx(-1.05, abs=1e-9) and (after - before) / 2e-3 == pytest.approx(0, abs=1e-6)
    free = slices.line(32, theta)
    assert abs(free[2] - free[0]) / 2e-3 > 1e-3  # without the condition there is one


def test_the_field_given_energy_and_slope_is_exact():
    """Far from the middle the conditional field keeps the variance that Gaussian conditioning leaves:
    f(1) - f(q)^2/f(1) - f'(q)^2 (1 - q^2)/f'(1), per spin."""
    mixture, theta = Mixture.pure(3), np.array([0.9])
    values = [tiles.Slices(mixture, seed).line_about(1, -1.0, theta)[0] for seed in range(3000)]
    q, f, df = math.cos(0.9), mixture.f, mixture.df
    expected = f(1.0) - f(q) ** 2 / f(1.0) - df(q) ** 2 * math.sin(0.9) ** 2 / df(1.0)
    assert np.var(values) == pytest.approx(expected, rel=4 * math.sqrt(2 / 3000))
    assert np.mean(values) == pytest.approx(-f(q) / f(1.0), abs=4 * math.sqrt(expected / 3000))


# ---- counting ----


def test_bins_do_not_show():
    """ln Z, <H>, <H^2> from bins against sums over the same states one by one."""
    counter, random = Counter(12, np.random.default_rng(9)), np.random.default_rng(9)
    while counter.left:
        counter.count(10_000)
    energies = random.standard_normal(2**12 - 1, dtype=np.float32).astype(float) * math.sqrt(6)
    sums = counter.sums(boltzmann(12))
    warm = TEMPERATURES > 1.2  # below, a few states decide, each known to half a bin
    weights = np.exp(-energies / TEMPERATURES[warm, None])
    Z = weights.sum(axis=1)
    assert sums[0, warm] == pytest.approx(np.log(Z), abs=2e-3)
    assert sums[1, warm] == pytest.approx(weights @ energies / Z, abs=5e-3)
    assert sums[2, warm] == pytest.approx(weights @ energies**2 / Z, rel=5e-3)
    assert counter.counts.sum() == 2**12 - 1 == len(energies)


def test_peaks_and_halves_between_the_grid_points():
    T = TEMPERATURES
    assert peaks(np.exp(-((T - 1.987) ** 2))[None])[0] == pytest.approx(1, abs=1e-5)
    phi = np.stack([12 * np.log(T / 1.234), np.ones_like(T), -np.ones_like(T)])
    assert halves(phi) == pytest.approx([1.234, np.nan, np.nan], abs=1e-3, nan_ok=True)


def test_a_sample_of_equal_energies_is_solved_by_hand():
    """All others at H = 0: P = 1/(1 + M exp(-N lambda/T)), steepest and half known in closed form."""
    N, dial, T, M = 10, 1.2, TEMPERATURES, 1023.0
    zero = np.zeros_like(T)
    solved = Solved(N, dial)
    solved.take(np.stack([np.full_like(T, math.log(M)), zero, zero])[None])
    P = 1 / (1 + M * np.exp(-N * dial / T))
    assert solved.native == pytest.approx(P)
    assert solved.moments.total[4] == pytest.approx(N * dial / math.log(M), rel=1e-3)
    assert solved.heat == pytest.approx(P * (1 - P) * N * dial**2 / T**2)


# ---- all systems ----


def begun(system, steps=0, seed=1, hurried=False, **values):
    experiment = Sharpening()
    experiment.init(choose()[0], make(system=system, **values), seed)
    experiment.hurried = hurried
    experiment.step(steps)
    return experiment


SMALL = {
    "funnel": {"sizes": "8,16,2048", "duration": 4},
    "glass": {"sizes": "8,16", "duration": 8},
    "rem": {"sizes": "6,9,12"},
    "network": {"sizes": "2,8", "samples": 100, "epochs": 2, "dimension": 8, "classes": 3},
}


@pytest.mark.parametrize("system", SMALL)
def test_every_figure_before_and_after_work(system):
    experiment = begun(system, **SMALL[system])
    first = experiment.measure()
    assert set(first.figures) == set(FIGURES)
    experiment.step(8)
    seen = experiment.measure()
    for name, figure in seen.figures.items():
        assert isinstance(figure, (Curves, Surface)), name
        if isinstance(figure, Curves):
            assert figure.curves, name
            assert all(np.isfinite(c.y).any() and c.x.shape == c.y.shape for c in figure.curves), name
    names = {name.rsplit("_", 1)[0] + "_N" if name[-1].isdigit() else name for name in seen.scalars}
    assert names <= set(Sharpening.scalars)
    assert all(math.isfinite(s.mean) for s in seen.scalars.values())
    assert repr(experiment.measure().scalars) == repr(seen.scalars), "measuring changes nothing"


@pytest.mark.parametrize("system", SMALL)
def test_steps_may_be_cut_anywhere(system):
    one, two = begun(system, 6, **SMALL[system]), begun(system, 1, **SMALL[system])
    two.measure()
    two.step(2)
    two.step(3)
    assert repr(one.measure().scalars) == repr(two.measure().scalars)
    assert repr(one.measure().scalars) != repr(begun(system, 6, 2, **SMALL[system]).measure().scalars)


def test_a_dial_that_moves_keeps_what_does_not_depend_on_it():
    experiment = begun("rem", 6, **SMALL["rem"])
    before = experiment.measure().scalars
    experiment.update(make(system="rem", funnel=2.0, **SMALL["rem"]))
    after = experiment.measure().scalars
    assert after["slope_9"].n == before["slope_9"].n and after["half_temperature_9"].mean > 2.4
    fresh = begun("rem", 6, funnel=2.0, **SMALL["rem"]).measure().scalars
    assert repr(fresh) == repr(after)


def test_roughness_multiplies_what_was_measured():
    """lambda/Delta decides; Delta multiplies energies, live, without another sample."""
    experiment = begun("funnel", 8, funnel=1.5, **SMALL["funnel"])
    before = experiment.measure().scalars
    experiment.update(make(funnel=3.0, roughness=2.0, **SMALL["funnel"]))
    after = experiment.measure().scalars
    for size in (8, 16):
        for name in ("end_energy", "energy_std"):
            assert after[f"{name}_{size}"].mean == pytest.approx(2 * before[f"{name}_{size}"].mean)
        assert after[f"success_{size}"] == before[f"success_{size}"]
        assert after[f"gap_over_roughness_{size}"] == before[f"gap_over_roughness_{size}"]


def test_a_playing_window_measures_now_and_then():
    """Within one slice of time the slow figures stay and the picture moves; in the next they are measured again."""
    wall = clock.VirtualClock()
    with clock.running_on(wall):
        experiment = begun("glass", 4, hurried=True, **SMALL["glass"])
        first = experiment.measure({"spread", "picture"})
        experiment.step(1)
        again = experiment.measure({"spread", "picture"})
        wall.rest(1.0)
        later = experiment.measure({"spread", "picture"})
    assert again.figures["spread"] is first.figures["spread"] and again.scalars is first.scalars
    assert again.figures["picture"] is not first.figures["picture"]
    assert later.figures["spread"] is not first.figures["spread"] and later.scalars is not first.scalars


def test_the_infinite_glass_is_solved_beside_the_run():
    """In a hurry a piece at a time, and the measurement says that more is to come; else the whole curve at once."""
    values = {"system": "glass", "sizes": "8,16", "duration": 30}
    experiment = begun("glass", 1, hurried=True, **{k: v for k, v in values.items() if k != "system"})
    experiment.measure({"transition"})
    assert experiment.awaits_theory
    experiment.hurried = False
    curves = {c.label: c for c in experiment.measure({"transition"}).figures["transition"].curves}
    assert not experiment.awaits_theory
    law = curves["N → ∞"]
    assert np.interp(10, law.x, law.y) == pytest.approx(-1.0816, abs=1e-3) and law.x[-1] == pytest.approx(30)


def test_sizes_too_large_for_couplings_are_sliced_all_the_same():
    experiment = begun("funnel", 3, sizes="4096,100000")
    seen = experiment.measure()
    assert couplings_of(make(), 4096) > MAX_COUPLINGS and "too many couplings" in seen.notes[0]
    assert {"gap_over_roughness_4096", "gap_over_roughness_100000"} <= set(seen.scalars)
    assert not any(name.startswith("success") for name in seen.scalars)
    alone = begun("glass", 3, sizes="4096").measure()
    assert "only their slices are shown" in alone.notes[0]
    assert np.isfinite(alone.figures["picture"].heights).any() and not alone.agreement


def test_small_sizes_take_more_landscapes_at_a_time():
    plans = [Plan.of(make(), size) for size in (16, 128, 256)]
    assert [plan.samples for plan in plans] == [8, 4, 2]
    assert plans[0].per_step < plans[1].per_step < plans[2].per_step
