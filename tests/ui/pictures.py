"""One figure of each kind, and awkward ones."""

import numpy as np

from simulator.figures import Bars, Camera, Curve, Curves, Figure, Histogram, Image, Level, Points, Surface, frozen

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
