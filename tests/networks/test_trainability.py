"""The trainability map: refinement, cuts, windows, zoom, what is said of it."""

import dataclasses

import numpy as np
import pytest

from simulator.backends.base import AbstractBackend, KernelBuildError, Launcher, OutOfDeviceMemoryError
from simulator.backends.registry import choose
from simulator.networks.trainability import Trainability
from simulator.networks.trainability_picture import picture, vernier
from simulator.networks.trainability_problem import Window, make_problem
from simulator.networks.trainability_ranks import PALEST, ranked
from simulator.networks.trainability_waves import Waves

STEPS, SAMPLES = 60, 8
ROUGH = Window(2.2, 1.87, 0.2, 0.2)
"""Where the boundary of networks trained on 16 samples is rough."""


def make(backend: AbstractBackend, window: Window | None = None, side: int = 64) -> Trainability:
    return Trainability(backend, window, steps=STEPS, samples=SAMPLES, side=side)


def test_however_it_is_cut_it_is_the_same_to_the_bit(backend: AbstractBackend) -> None:
    whole, cut = make(backend), make(backend)
    whole.finish()
    calls = 1
    while cut.refine(seconds=1e-9 if calls < 100 else 0.02):  # a step a call at first
        calls += 1
    assert calls >= 100
    assert np.array_equal(whole.values(), cut.values()) and not np.isnan(whole.values()).any()


def test_refined_it_is_what_all_pixels_at_once_are(backend: AbstractBackend) -> None:
    """The first grid is every second pixel of each axis of the next, and all are those that a direct run gives."""
    trainability, window = make(backend), Window()
    while trainability.level < 32:
        assert trainability.refine(seconds=1e-9)
    first = trainability.values()
    assert np.isfinite(first[::2, ::2]).all()
    trainability.finish()
    values = trainability.values()
    assert np.array_equal(first[::2, ::2], values[::2, ::2]) and trainability.level == 64
    columns, rows = window.places(64)
    direct = Waves(backend, make_problem(1, SAMPLES, 16), STEPS, double=False)
    picked = np.random.default_rng(1).integers(0, 64, (64, 2))
    direct.begin(np.stack([columns[picked[:, 1]], rows[picked[:, 0]]], axis=1))
    while not direct.done:
        direct.advance(1.0)
    assert np.array_equal(direct.measures(), values[tuple(picked.T)])


def test_zooming_twice_keeps_structure() -> None:
    """A smooth boundary would cross ever more zoomed pictures as a line, of side cells; this one does not."""
    side, window, cells = 64, ROUGH, []
    trainability = Trainability(choose("opencl")[0], window, steps=200, samples=16, side=side)
    for _ in range(3):
        trainability.finish()
        edge = trainability.boundary()
        cells.append(int(edge.sum()))
        rows, columns = np.nonzero(edge)
        nearest = np.argmin((rows - side / 2) ** 2 + (columns - side / 2) ** 2)
        x, y = (axis[k[nearest]] for axis, k in zip(window.places(side), (columns, rows), strict=True))
        window = Window(float(x), float(y), window.x_span / 8, window.y_span / 8)
        trainability.look(window)
    assert min(cells) > 3 * side


def test_at_deep_zoom_it_turns_to_double_precision(backend: AbstractBackend) -> None:
    """In single precision most pixels have one pair of rates and one fate; in double each has its own."""
    deep = Window(2.2, 1.866875, 1e-7, 1e-7)
    pairs = np.stack(np.meshgrid(*deep.places(32)), axis=-1).reshape(-1, 2)
    assert len(np.unique((10.0**pairs).astype(np.float32), axis=0)) < 20
    trainability = Trainability(backend, deep, steps=200, samples=16, side=32)
    trainability.finish()
    assert trainability.precision == "double" and trainability.precision_words == "double precision"
    assert np.unique(trainability.values()).size > 500
    trainability.look(Window(0.5, 1.0, 1.0, 1.0))
    assert trainability.precision == "single" and trainability.precision_words == ""
    trainability.look(Window(0.5, 1.0, 1e-14, 1e-14))
    assert "rounding error" in trainability.precision_words and "double precision ends" in trainability.precision_words


def test_a_device_without_double_precision_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = choose("opencl")[0]
    build = backend.kernel

    def kernel(file: str, name: str, **defines: int | float | str) -> Launcher:
        if defines.get("DOUBLE"):
            raise KernelBuildError("no cl_khr_fp64", "log")
        return build(file, name, **defines)

    monkeypatch.setattr(backend, "kernel", kernel)
    trainability = make(backend, Window(0.5, 1.0, 1e-6, 1e-6), 32)
    trainability.refine()
    assert trainability.precision == "single" and "single precision, the only one" in trainability.precision_words


def test_without_room_for_double_precision_it_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = choose("numba")[0]
    trainability = make(backend, None, 32)
    trainability.finish()
    before, window = trainability.values(), trainability.window
    monkeypatch.setattr(backend, "memory", lambda: (1000, 1000))
    with pytest.raises(OutOfDeviceMemoryError):
        trainability.look(Window(0.5, 1.0, 1e-6, 1e-6))
    assert trainability.window == window and trainability.done and np.array_equal(trainability.values(), before)


def test_elsewhere_what_is_known_stays_in_sight_until_it_is_measured(backend: AbstractBackend) -> None:
    trainability = make(backend, Window(2.0, 2.0, 8.0, 8.0), 32)
    trainability.finish()
    before = trainability.values()
    trainability.look(Window(2.0, 2.0, 8.0, 8.0))
    assert trainability.done, "the same part: nothing happens"
    trainability.look(Window(0.0, 2.0, 4.0, 8.0))
    assert trainability.known == 0 and trainability.converged is None and trainability.level == 0
    seen = trainability.seen()
    assert np.isnan(trainability.values()).all()
    assert np.array_equal(seen[:, ::2], before[:, :16]), "the left half, twice as wide"
    trainability.look(Window(-4.0, 2.0, 8.0, 8.0))
    assert np.isnan(trainability.seen()).mean() == pytest.approx(0.75)
    trainability.finish()
    assert np.array_equal(trainability.seen(), trainability.values())


def test_half_known_pictures_have_no_holes(backend: AbstractBackend) -> None:
    trainability = make(backend)
    while trainability.share < 0.5:
        trainability.refine(seconds=1e-9)  # a launch a call
    values, seen = trainability.values(), trainability.seen()
    known = ~np.isnan(values)
    assert 0.4 < known.mean() < 0.9 and np.array_equal(seen[known], values[known])
    assert not np.isnan(seen).any() and np.isin(seen, values[known]).all()


def test_the_picture_says_what_it_knows() -> None:
    trainability = Trainability(choose("opencl")[0], ROUGH, steps=STEPS, samples=16, side=128)
    early = picture(trainability)
    assert early.note == "first networks" and np.isnan(early.values).all() and early.lens is not None
    trainability.finish()
    whole = picture(trainability, ("a", "b", "c", "c"))
    assert whole.extent == pytest.approx((2.1, 2.3, 1.77, 1.97))
    lens = whole.lens
    assert lens is not None
    assert (lens.x, lens.y, lens.x_span, lens.y_span) == dataclasses.astuple(ROUGH)
    assert (lens.x_parameter, lens.x_span_parameter, lens.y_span_parameter) == ("a", "c", "c")
    dimension, converged = trainability.dimension(), trainability.converged
    assert dimension is not None and converged is not None and 1.0 < dimension.value < 2.0
    assert f"128 × 128 networks · {100 * converged:.0f} % converge" in whole.note
    assert whole.note.startswith(f"box dimension of the edge {dimension.value:.2f} ± {dimension.stderr:.2f}")
    assert np.array_equal(whole.values < 0, trainability.values() < 0)
    assert np.abs(whole.values).min() >= PALEST and np.abs(whole.values).max() <= 1.0
    assert picture(trainability, None).lens is None
    assert picture(trainability).values is whole.values, "nothing new is known"


def test_at_a_deep_zoom_the_axes_count_from_a_round_number() -> None:
    fine = vernier("η₀", 2.2000000148, 3e-10)
    assert fine.words == "10¹⁰ (log₁₀ η₀ − 2.200000015)"
    left, right = fine.shown(2.2000000148, 3e-10)
    assert right - left == pytest.approx(3.0) and max(abs(left), abs(right)) < 10
    assert fine.origin + fine.unit * (left + right) / 2 == pytest.approx(2.2000000148, abs=1e-14)
    assert vernier("η₁", -1.25, 1e-5).words == "10⁵ (log₁₀ η₁ + 1.2500)"
    assert vernier("η₁", -1.25, 0.1).shown(-1.25, 0.1) == pytest.approx((-1.3, -1.2))
    deep = picture(Trainability(choose("numba")[0], Window(1.0, -2.0, 1e-7, 2e-8), steps=20, samples=1, side=32))
    assert deep.lens is not None
    assert deep.lens.x_origin + deep.lens.x_unit * np.mean(deep.extent[:2]) == pytest.approx(1.0, abs=1e-15)
    assert deep.lens.y_unit * (deep.extent[3] - deep.extent[2]) == pytest.approx(2e-8)


def test_ranks_keep_order_and_sign() -> None:
    measures = np.array([[-5.0, -400.0, np.nan], [1.0, 30.0, 1e5]], np.float32)
    got = ranked(measures)
    assert -1 <= got[0, 1] < got[0, 0] < 0 < got[1, 0] < got[1, 1] < got[1, 2] <= 1
    assert np.isnan(got[0, 2])


def test_fewer_samples_are_the_first_of_more_and_weights_are_the_seeds() -> None:
    few, many, other = make_problem(3, 16, 16), make_problem(3, 272, 16), make_problem(4, 16, 16)
    assert np.array_equal(few.x, many.x[:16]) and np.array_equal(few.y, many.y[:16])
    assert np.array_equal(few.start, many.start) and not np.array_equal(few.start, other.start)
    assert many.x.std() == pytest.approx(np.sqrt(2 / 16), rel=0.05)
    assert many.start[256:].std() == pytest.approx(1 / 16, rel=0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 19}, "steps = 19 is not allowed: a whole number from 20 to 100000"),
        ({"samples": 0}, "samples = 0 is not allowed: a whole number from 1 to 4096"),
        ({"width": 10}, "width = 10 is not allowed: a whole number from 4 to 32, a power of two"),
        ({"side": 48}, "side = 48 is not allowed: a whole number from 32 to 1024, a power of two"),
    ],
)
def test_bad_numbers_are_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError) as error:
        Trainability(choose("numba")[0], **arguments)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_bad_windows_are_refused() -> None:
    with pytest.raises(ValueError, match=r"x_span = 0\.0 is not allowed: a window's span must be finite and greater"):
        Window(x_span=0.0)
    with pytest.raises(ValueError, match="y_span = nan is not allowed"):
        Window(y_span=float("nan"))
    with pytest.raises(ValueError, match=r"y = 29 is not allowed: with a span of 5 it must stay between -30 and 30"):
        Window(y=29)
