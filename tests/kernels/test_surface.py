"""Rendered surfaces: what is seen where, what hides what, the same picture twice and on every backend."""

import dataclasses
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.colormaps import table, table8
from simulator.figures import Camera, Surface, frozen
from simulator.projection import Projection, project
from simulator.rendering import SurfaceRenderer, heights_at, primitives

EXTENT = (-2.0, 2.0, -2.0, 2.0)
NOBODY = np.zeros((0, 3))


def ground(n: int = 97) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y, x = np.mgrid[-2.0 : 2.0 : n * 1j, -2.0 : 2.0 : n * 1j]
    return x, y


def surface(
    heights: NDArray[np.float64], walkers: object = NOBODY, camera: Camera | None = None, high: float = 1.0
) -> Surface:
    people = np.asarray(walkers, np.float32).reshape(-1, 3)
    trails = np.zeros((len(people), 0, 3), np.float32)
    return Surface(
        "t", "x", "y", "h", frozen(heights, np.float32), EXTENT, 0.0, high, people, trails, camera=camera or Camera()
    )


def funnel(walkers: int = 64, points: int = 24, n: int = 161, camera: Camera | None = None) -> Surface:
    """A rough funnel on a disc of radius pi, with walkers that run down it."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[-np.pi : np.pi : n * 1j, -np.pi : np.pi : n * 1j]
    waves, phases = rng.normal(size=(24, 2)) * 1.6, rng.uniform(0, 2 * np.pi, 24)

    def energy(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        c = np.cos(np.hypot(x, y))
        rough = sum(np.cos(k[0] * x + k[1] * y + p) for k, p in zip(waves, phases, strict=True))
        return -1.5 * (c**2 + c**3 + c**4) / 3 + 0.1 * rough / np.sqrt(24)

    heights = np.where(np.hypot(x, y) <= np.pi, energy(x, y), np.nan)
    angle, far = rng.uniform(0, 2 * np.pi, walkers)[:, None], np.linspace(2.6, 0.2, points)[None, :]
    far = far * rng.uniform(0.5, 1.0, walkers)[:, None]
    px, py = far * np.cos(angle), far * np.sin(angle)
    trails = np.stack([px, py, energy(px, py)], axis=-1)
    extent = (-np.pi, np.pi, -np.pi, np.pi)
    people = frozen(trails[:, -1], np.float32)
    return Surface(
        "t", "u", "v", "e", frozen(heights, np.float32), extent, -1.6, 0.3, people, frozen(trails, np.float32),
        camera=camera or Camera(),
    )  # fmt: skip


def pixels(renderer: SurfaceRenderer, shown: Surface) -> NDArray[np.int64]:
    rendered = renderer.render(shown)
    assert rendered.pixels is not None
    assert not rendered.pixels.flags.writeable
    assert rendered.pixels.shape == (shown.camera.height, shown.camera.width, 4)
    return rendered.pixels.astype(np.int64)


@pytest.fixture(scope="module")
def renderer(backend: AbstractBackend) -> SurfaceRenderer:
    return SurfaceRenderer(backend)


def test_a_flat_plane_fills_exactly_its_projected_outline(renderer: SurfaceRenderer) -> None:
    camera = Camera(azimuth=30.0, elevation=50.0)
    picture = pixels(renderer, surface(np.full((40, 60), 0.5), camera=camera))
    corners = project(camera, EXTENT, 0.0, 1.0, [(x, y, 0.5) for x, y in ((-2, -2), (2, -2), (2, 2), (-2, 2))])
    nxt = np.roll(corners, -1, axis=0)
    area = 0.5 * abs(np.sum(corners[:, 0] * nxt[:, 1] - nxt[:, 0] * corners[:, 1]))
    assert picture[..., 3].sum() / 255.0 == pytest.approx(area, rel=2e-3)
    rows, columns = np.nonzero(picture[..., 3])
    assert abs(columns.min() - corners[:, 0].min()) < 1.5
    assert abs(rows.max() - corners[:, 1].max()) < 1.5


def test_a_level_plane_has_one_colour_of_the_map(renderer: SurfaceRenderer) -> None:
    picture = pixels(renderer, surface(np.full((40, 40), 0.48), camera=Camera(elevation=60.0)))
    middle = picture[180:220, 300:340, :3].reshape(-1, 3)
    assert (middle.max(axis=0) - middle.min(axis=0)).max() <= 1
    expected = table8("viridis")[round(0.48 * 255), :3].astype(np.float64)
    seen = middle.mean(axis=0)
    assert np.corrcoef(seen, expected)[0, 1] > 0.99


@pytest.mark.parametrize("azimuth", [0.0, 35.0, 140.0, 265.0])
@pytest.mark.parametrize("elevation", [12.0, 38.0, 75.0])
def test_the_top_of_a_bump_is_where_the_projection_says(
    renderer: SurfaceRenderer, azimuth: float, elevation: float
) -> None:
    x, y = ground()
    at = (0.5, -0.25)
    heights = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 0.05)
    camera = Camera(azimuth=azimuth, elevation=elevation)
    shown = surface(heights, camera=camera)
    top = Projection.of_surface(shown).pixels((*at, 1.0))[:2]
    assert project(camera, EXTENT, 0.0, 1.0, (*at, 1.0)) == pytest.approx(top)
    # Against the same bump cut off just under its top: what differs is the top.
    cut = surface(np.minimum(heights, 0.97), camera=camera)
    rows, columns = np.nonzero(np.abs(pixels(renderer, shown) - pixels(renderer, cut)).sum(axis=-1) > 12)
    assert abs(0.5 * (columns.min() + columns.max()) - top[0]) < 2.0
    # The march takes one sample a cell, which rounds so sharp a top by up to a per cent of its height.
    assert rows.min() - 3.0 < top[1] < rows.max() + 3.0
    if elevation < 30.0:
        assert abs(rows.min() - top[1]) < 3.0, "seen from the side, the top is the highest row"


def test_a_ridge_hides_what_lies_behind_it(renderer: SurfaceRenderer) -> None:
    _, y = ground()
    camera = Camera(azimuth=0.0, elevation=15.0)
    ridge = np.where(np.abs(y + 1.0) < 0.2, 1.0, 0.0)
    behind, before = (0.0, -0.6, 0.02), (0.0, -1.7, 0.02)
    view = Projection.of_surface(surface(ridge, camera=camera))
    bare = pixels(renderer, surface(ridge, camera=camera))
    changes = []
    for place in (behind, before):
        picture = pixels(renderer, surface(ridge, [place], camera))
        px, py, _ = view.pixels(place)
        spot = np.s_[int(py) - 2 : int(py) + 3, int(px) - 2 : int(px) + 3, :3]
        changes.append(np.abs(picture[spot] - bare[spot]).mean())
    assert changes[0] > 10.0, "even a hidden walker can be made out"
    assert changes[0] < 0.5 * changes[1], "but faintly"


def test_walkers_hide_each_other_by_depth(renderer: SurfaceRenderer) -> None:
    camera = Camera(azimuth=0.0, elevation=30.0, zoom=3.0)
    flat = np.full((33, 33), 0.5)
    view = Projection.of_surface(surface(flat, camera=camera))
    # Two walkers one behind the other on one line of sight, half a radius apart on the screen.
    near = np.array([0.0, -0.2, 0.5])
    along = np.array([0.0, view.cos_e, -view.sin_e * view.per_unit[0] / view.per_unit[2]])
    far = near + 0.4 * along
    assert view.pixels(near)[:2] == pytest.approx(view.pixels(far)[:2], abs=1.0)
    far[0] += 0.04
    both = pixels(renderer, surface(flat, [far, near], camera))
    assert np.array_equal(both, pixels(renderer, surface(flat, [near, far], camera))), "the order given does not matter"
    alone = pixels(renderer, surface(flat, [near], camera))
    px, py, _ = view.pixels(near)
    spot = np.s_[int(py) - 2 : int(py) + 2, int(px) - 3 : int(px) + 1]
    assert np.abs(both[spot] - alone[spot]).max() <= 2, "the nearer one is whole"


def test_nan_is_transparent_and_a_disc_has_a_smooth_edge(renderer: SurfaceRenderer) -> None:
    x, y = ground(65)
    disc = np.where(np.hypot(x, y) <= 2.0, 0.5, np.nan)
    picture = pixels(renderer, surface(disc, camera=Camera(elevation=90.0, width=400, height=400)))
    scale = Projection.of_surface(surface(disc, camera=Camera(elevation=90.0, width=400, height=400))).scale
    alpha = picture[..., 3] / 255.0
    assert alpha.sum() == pytest.approx(np.pi * scale**2, rel=3e-3), "no staircase of missing cells"
    assert alpha[0].max() == 0.0
    assert picture[200, 200, 3] == 255
    hole = np.full((65, 65), 0.5)
    hole[24:41, 24:41] = np.nan
    assert pixels(renderer, surface(hole, camera=Camera(elevation=90.0)))[200, 320, 3] == 0
    assert pixels(renderer, surface(np.full((65, 65), np.nan)))[..., 3].max() == 0


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 40), (2, 2), (3, 50)])
def test_small_fields_are_no_fault(renderer: SurfaceRenderer, shape: tuple[int, int]) -> None:
    assert pixels(renderer, surface(np.zeros(shape))).shape == (400, 640, 4)


def test_what_diverged_is_left_out(renderer: SurfaceRenderer) -> None:
    x, _ = ground(33)
    heights = np.where(x > 1.0, np.inf, 0.3 * x)
    walkers = [(0.0, 0.0, np.nan), (np.inf, 0.0, 0.0), (1e30, 0.0, 0.0), (0.0, 0.0, 0.1)]
    shown = surface(heights, walkers)
    assert len(primitives(shown, Projection.of_surface(shown))) in (1, 2)
    assert pixels(renderer, shown)[..., 3].max() == 255
    flat = surface(np.zeros((9, 9)), high=0.0)
    assert pixels(renderer, flat)[..., 3].max() == 255, "an empty range of heights is no division by zero"


def test_the_same_picture_twice_bit_for_bit(backend: AbstractBackend) -> None:
    first, second = SurfaceRenderer(backend), SurfaceRenderer(backend)
    shown, other = funnel(), funnel(walkers=9, n=40, camera=Camera(azimuth=-80.0, width=333, height=201, dark=False))
    before = pixels(first, shown)
    pixels(first, other)
    assert np.array_equal(before, pixels(first, shown)), "nothing is left over from the picture in between"
    assert np.array_equal(before, pixels(second, shown))


@pytest.mark.parametrize(
    "camera", [Camera(), Camera(200.0, 12.0, dark=False), Camera(0.0, 90.0, 2.0, 0.3, -0.2, 331, 257)]
)
def test_backends_agree(camera: Camera) -> None:
    shown = funnel(camera=camera)
    one, two = (pixels(SurfaceRenderer(choose(name)[0]), shown) for name in ("opencl", "numba"))
    difference = np.abs(one - two)
    assert difference.mean() < 0.02
    assert (difference > 3).mean() < 1e-4


def test_the_kernel_builds_as_for_a_gpu() -> None:
    device = choose("opencl")[0]
    vectors = pixels(SurfaceRenderer(device), funnel())
    scalar = choose("opencl")[0]
    scalar.is_gpu, scalar.lanes = True, 1
    difference = np.abs(vectors - pixels(SurfaceRenderer(scalar), funnel()))
    assert (difference > 3).mean() < 1e-4


def test_the_projection_is_the_pictures_own() -> None:
    view = Projection.of(Camera(azimuth=0.0, elevation=90.0, width=400, height=300), EXTENT, 0.0, 1.0)
    assert view.pixels((0.0, 0.0, 0.7))[:2] == pytest.approx((200.0, 150.0)), "from above, heights do not show"
    side = project(Camera(azimuth=90.0, pan_x=0.5), EXTENT, 0.0, 1.0, np.zeros((2, 5, 3)))
    assert side.shape == (2, 5, 2)
    assert side[0, 0, 0] == pytest.approx(320.0 + 0.5 * 200.0)
    for elevation in (5.0, 20.0, 45.0, 90.0):
        for azimuth in (0.0, 45.0, 200.0):
            corners = [(x, y, 0.5) for x in (-2, 2) for y in (-2, 2)]
            at = project(Camera(azimuth, elevation), EXTENT, 0.0, 1.0, corners)
            assert (at >= 0).all() and (at <= (640, 400)).all(), "zoom 1 fits the ground"


def test_heights_between_nodes() -> None:
    x, y = ground(33)
    shown = surface(0.2 * x - 0.1 * y)
    where = np.array([(0.31, -1.2), (-2.0, 2.0), (2.1, 0.0)])
    found = heights_at(shown, where)
    assert found[:2] == pytest.approx([0.062 + 0.12, -0.6], abs=1e-6)
    assert np.isnan(found[2])


def test_colour_tables_rise_in_lightness() -> None:
    for name in ("viridis", "cividis"):
        lightness = table(name) @ np.array([0.2126, 0.7152, 0.0722])  # type: ignore[arg-type]
        assert np.all(np.diff(lightness) > -2e-3)
    assert table8("balance").shape == (256, 4)
    assert table("viridis")[0] == pytest.approx(np.array([68, 1, 84]) / 255, abs=0.02)


def test_how_long_a_picture_takes(backend: AbstractBackend, capsys: pytest.CaptureFixture[str]) -> None:
    renderer = SurfaceRenderer(backend)
    for n in (128, 192):
        shown = funnel(n=n)
        renderer.render(shown)
        seconds = []
        for k in range(10):
            began = time.perf_counter()
            renderer.render(dataclasses.replace(shown, camera=Camera(azimuth=10.0 * k)))
            seconds.append(time.perf_counter() - began)
        with capsys.disabled():
            print(f"\n{backend.name}: {n}x{n} to 640x400, 64 walkers x 24: best {1e3 * min(seconds):.1f} ms, ", end="")
            print(f"median {1e3 * float(np.median(seconds)):.1f} ms")
