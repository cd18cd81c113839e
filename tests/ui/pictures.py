"""One figure of each kind, and awkward ones."""

from dataclasses import replace

import numpy as np

from simulator.figures import (
    Bars,
    Camera,
    Curve,
    Curves,
    Figure,
    Handle,
    Histogram,
    Image,
    Level,
    Loop,
    Points,
    Surface,
    frozen,
)  # fmt: skip

EMPTY = frozen([])


def curves(phase: float = 0.0, n: int = 400) -> Curves:
    x = np.linspace(0.1, 10.0, n)
    y = np.exp(-x / 3) + 0.05 * np.sin(5 * x + phase)
    marks = np.linspace(1.0, 9.0, 9)
    return Curves(
        "Energy falls",
        "time t",
        "energy e",
        (
            Curve("measured", frozen(x), frozen(y), low=frozen(y - 0.1), high=frozen(y + 0.1)),
            Curve("predicted", frozen(x), frozen(np.exp(-x / 3)), role="theory"),
            Curve("sampled", frozen(marks), frozen(np.exp(-marks / 3)), points=True, role="series", index=1),
        ),
        levels=(Level(0.2, "threshold"), Level(0.19, "ground state", "native"), Level(5.0, "t_w", axis="x")),
        note="N = 256",
    )


def histogram() -> Histogram:
    edges = np.linspace(-2, 2, 21)
    middle = 0.5 * (edges[1:] + edges[:-1])
    theory = Curve("Gaussian", frozen(middle), frozen(np.exp(-(middle**2))), role="theory")
    return Histogram("Energies", "e", "density", frozen(edges), frozen(np.exp(-(middle**2))), "64 walkers", (theory,))


def image(n: int = 48, diverging: bool = False) -> Image:
    y, x = np.mgrid[-1.0 : 1.0 : n * 1j, -1.0 : 1.0 : n * 1j]
    values = np.where(np.hypot(x, y) < 1, x + 2 * y, np.nan)
    points = Points("walkers", frozen([0.0, 0.5]), frozen([0.1, -0.5]))
    extent = (-1.0, 1.0, -2.0, 2.0)
    return Image("Map", "u", "v", "loss", frozen(values, np.float32), extent, (points,), diverging)


def diagram(x: float = 2.5, y: float = 0.3, label: str = "chaotic: nearby inputs part, ξ_c = 6.6 layers") -> Image:
    """A phase diagram: a critical line that leaves the picture, a contour, measured marks, and a handle."""
    sigma_b, sigma_w = np.mgrid[0.0:1.0:24j, 0.5:4.0:32j]
    up = np.linspace(-0.2, 1.2, 29)
    curves = (
        Curve("critical line", frozen(1.0 + up), frozen(up), role="theory"),
        Curve("ξ = 10", frozen(0.7 + up), frozen(up), role="series", index=1),
        Curve(
            "trained", frozen([1.0, 2.0]), frozen([0.2, 0.4]), "measurement", frozen([0.1, 0.3]), frozen([0.3, 0.5]),
            points=True,
        ),
    )  # fmt: skip
    return Image(
        "Order and chaos", "σ_w", "σ_b", "χ₁", frozen(sigma_w - sigma_b, np.float32), (0.5, 4.0, 0.0, 1.0),
        curves=curves, handle=Handle(x, y, "sigma_w", "sigma_b", label), low=0.0, high=3.0,
    )  # fmt: skip


def loop(n: int = 240, frame: int = 3) -> Loop:
    turn = np.linspace(0.0, 2.0 * np.pi, n, endpoint=False)
    points = np.stack([np.cos(turn), np.sin(turn), 0.4 * np.sin(3.0 * turn)], axis=1)
    return Loop(
        "A circle through the layers", ("PC 1", "PC 2", "PC 3"), frozen(points, np.float32), 1.2, "layer", frame, 20
    )


def bars() -> Bars:
    return Bars("Steps", "steps", ("GD", "SGD", "Adam"), frozen([3.0, 2.0, 1.0]), frozen([0.3, 0.2, 0.1]))


def surface(pixels: bool = True, camera: Camera | None = None, value: int = 200) -> Surface:
    _, x = np.mgrid[-1.0:1.0:33j, -1.0:1.0:33j]
    camera = camera or Camera()
    picture = np.full((camera.height, camera.width, 4), value, np.uint8)
    picture.setflags(write=False)
    walkers, trails = frozen([[0.1, 0.2, 0.3]], np.float32), frozen(np.zeros((1, 4, 3)), np.float32)
    heights = frozen(0.5 * (x + 1), np.float32)
    return Surface(
        "Landscape", "u", "v", "energy", heights, (-1.0, 1.0, -1.0, 1.0), 0.0, 1.0, walkers, trails,
        (("native state", 0.0, 0.0, 0.5),), camera, picture if pixels else None,
    )  # fmt: skip


EACH: dict[str, Figure] = {
    "curves": curves(),
    "histogram": histogram(),
    "image": image(),
    "diverging image": image(diverging=True),
    "diagram": diagram(),
    "loop": loop(),
    "bars": bars(),
    "surface": surface(),
}


def _awkward_curves() -> dict[str, Figure]:
    odd = {
        "none": (),
        "empty": (Curve("a", EMPTY, EMPTY),),
        "one point": (Curve("a", frozen([1.0]), frozen([2.0]), low=frozen([1.0]), high=frozen([3.0])),),
        "two equal": (Curve("a", frozen([1.0, 1.0]), frozen([2.0, 2.0])),),
        "all nan": (Curve("a", frozen([0.0, 1.0]), frozen([np.nan, np.nan])),),
        "inf": (Curve("a", frozen([0.0, 1.0, 2.0]), frozen([1.0, np.inf, -np.inf])),),
        "gaps": (Curve("a", frozen(np.arange(9.0)), frozen([1, np.nan, 2, 3, np.nan, np.nan, 4, np.inf, 5])),),
        "nan x": (Curve("a", frozen([np.nan, 1.0, 2.0]), frozen([1.0, 2.0, 3.0])),),
        "huge": (Curve("a", frozen([0.0, 1.0]), frozen([-1e300, 1e300])),),
        "tiny": (Curve("a", frozen([0.0, 1.0]), frozen([1e-300, 2e-300])),),
        "flat far off": (Curve("a", frozen([0.0, 1.0]), frozen([1e9, 1e9])),),
        "nan band": (
            Curve("a", frozen([0.0, 1.0]), frozen([1.0, 2.0]), low=frozen([np.nan] * 2), high=frozen([np.nan] * 2)),
        ),
        "nan marks": (
            Curve(
                "a",
                frozen([0.0, np.nan]),
                frozen([np.inf, 2.0]),
                low=frozen([np.nan] * 2),
                high=frozen([1.0] * 2),
                points=True,
            ),
        ),
        "not rising": (Curve("a", frozen(np.cos(np.arange(9e3))), frozen(np.sin(np.arange(9e3)))),),
    }
    figures: dict[str, Figure] = {}
    for name, lines in odd.items():
        for scale in ("linear", "log"):
            figures[f"curves {name} {scale}"] = Curves("t", "x", "y", lines, scale, scale)  # type: ignore[arg-type]
    figures["curves nan level"] = Curves(
        "t", "x", "y", curves().curves, levels=(Level(np.nan, "a"), Level(np.inf, "b"))
    )
    return figures


def _awkward_overlays() -> dict[str, Figure]:
    whole = diagram()
    odd = {
        "nan": (Curve("a", frozen([1, np.nan, 2]), frozen([np.nan, 0.5, np.inf]), role="series"),),
        "empty": (Curve("a", EMPTY, EMPTY, role="theory"), Curve("b", EMPTY, EMPTY, role="series")),
        "outside": (Curve("a", frozen([9.0, 10.0]), frozen([5.0, 6.0]), role="series"),),
        "one": (Curve("a", frozen([1.0]), frozen([0.5]), role="series"),),
        "huge": (
            Curve("a", frozen([-1e300, 1e300]), frozen([0.5, 0.5]), low=frozen([-np.inf, 0]), high=frozen([1, 1])),
        ),
    }
    figures: dict[str, Figure] = {f"image curves {k}": replace(whole, curves=v) for k, v in odd.items()}
    for name, x in {"nan": np.nan, "inf": np.inf, "outside": 99.0, "huge": 1e300}.items():
        figures[f"image handle {name}"] = diagram(x)
    for name, ends in {
        "nan": (np.nan, 1.0),
        "turned": (2.0, 1.0),
        "equal": (1.0, 1.0),
        "huge": (-1e300, 1e300),
    }.items():
        figures[f"image range {name}"] = replace(whole, low=ends[0], high=ends[1])
    figures["image range one side"] = replace(whole, low=None, high=2.0, diverging=True)
    figures["image no room"] = replace(whole, extent=(0.0, 0.0, 0.0, 1.0))
    figures["image nan extent"] = replace(whole, extent=(0.0, np.nan, 0.0, 1.0))
    figures["image wordless"] = diagram(label="")
    figures["image long words"] = diagram(label="words " * 60)
    for name, points in {
        "empty": np.zeros((0, 3)), "one": [[0.1, 0.2, 0.3]], "two": np.eye(3)[:2], "nan": np.full((5, 3), np.nan),
        "gap": [[0, 0, 1], [np.nan, 0, 0], [0, 1, 0], [1, 0, np.inf]], "collapsed": np.zeros((64, 3)),
        "huge": np.eye(3) * 1e30, "tiny": np.eye(3) * 1e-30,
    }.items():  # fmt: skip
        for radius in (1.0, 0.0, np.nan, 1e30):
            figures[f"loop {name} {radius}"] = replace(loop(), points=frozen(points, np.float32), radius=radius)
    return figures


def _awkward_others() -> dict[str, Figure]:
    nan = np.full((4, 5), np.nan, np.float32)
    box = (0.0, 1.0, 0.0, 1.0)
    walkers, trails = frozen([[np.nan] * 3, [0, 0, np.inf]], np.float32), frozen(np.full((2, 3, 3), np.nan), np.float32)
    heights = frozen(np.zeros((5, 5)), np.float32)
    return {
        "histogram empty": Histogram("t", "x", "y", EMPTY, EMPTY),
        "histogram nan": Histogram("t", "x", "y", frozen([0, 1, 2]), frozen([np.nan, np.inf])),
        "histogram nan edges": Histogram("t", "x", "y", frozen([0, np.nan, 2]), frozen([1, 2])),
        "histogram one": Histogram("t", "x", "y", frozen([0, 1]), frozen([1])),
        "image nan": Image("t", "x", "y", "v", frozen(nan, np.float32), box),
        "image none": Image("t", "x", "y", "v", frozen(np.zeros((0, 0)), np.float32), box),
        "image one": Image("t", "x", "y", "v", frozen([[3.0]], np.float32), box),
        "image inf": Image("t", "x", "y", "v", frozen([[np.inf, 1], [2, -np.inf]], np.float32), box),
        "image zero": Image("t", "x", "y", "v", frozen(np.zeros((3, 3)), np.float32), box, diverging=True),
        **_awkward_overlays(),
        "bars none": Bars("t", "y", (), EMPTY),
        "bars nan": Bars("t", "y", ("a", "b"), frozen([np.nan, 1.0]), frozen([np.nan, np.inf])),
        "bars all nan": Bars("t", "y", ("a",), frozen([np.nan])),
        "surface unrendered": surface(pixels=False),
        "surface nan": Surface(
            "t", "x", "y", "v", heights, box, 0.0, 0.0, walkers, trails,
            (("lost", np.nan, 0.0, 0.0), ("", 0.5, 0.5, np.inf)), pixels=np.zeros((4, 6, 4), np.uint8),
        ),
    }  # fmt: skip


AWKWARD: dict[str, Figure] = _awkward_curves() | _awkward_others()
