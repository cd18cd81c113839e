"""What the networks make of their inputs: a map of the plane of the data, or examples with what they are taken for."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.experiments.training.ensemble import Ensemble
from simulator.figures import Gallery, Image, Points, Tile, frozen
from simulator.networks.datasets.base import labels

Array = NDArray[np.float64]
Float32s = NDArray[np.float32]
PIXELS: Final = (80, 56, 40, 28)
"""Points along each side of the map: as many as WORK allows."""
WORK: Final = 2**28
"""Points times networks times parameters."""
SHOWN: Final = 400
"""Training examples that are drawn."""
TILES: Final = 40
MARGIN: Final = 0.15
VOTERS: Final = 8
"""Networks whose answers are averaged, at most."""


class Plane:
    """The plane of two-dimensional inputs, or that of the first two principal directions of others."""

    def __init__(self, ensemble: Ensemble) -> None:
        x = ensemble.data.x.astype(float)
        self.is_all = x.shape[1] == 2
        self.origin = np.zeros(x.shape[1]) if x.shape[1] <= 2 else x.mean(axis=0)
        if x.shape[1] <= 2:
            self.axes = np.eye(2, x.shape[1])
        else:
            some = x[: 4 * SHOWN] - self.origin
            self.axes = np.linalg.svd(some, full_matrices=False)[2][:2]
        self.points = (x[:SHOWN] - self.origin) @ self.axes.T
        if self.points.shape[1] < 2:
            self.points = np.column_stack([self.points[:, 0], np.zeros(len(self.points))])
        reach = (1 + MARGIN) * max(float(np.abs(self.points).max()), 1e-6)
        self.extent = (-reach, reach, -reach, reach)
        cost = min(VOTERS, ensemble.trainer.networks) * ensemble.architecture.parameters
        self.pixels = next((n for n in PIXELS if n * n * cost <= WORK), PIXELS[-1])
        side = np.linspace(-reach, reach, self.pixels)
        grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        self.grid = (self.origin + grid[:, : len(self.axes)] @ self.axes).astype(np.float32)


def answers(ensemble: Ensemble, plane: Plane) -> Image | Gallery:
    """Images with what they are taken for; of other data the map of the networks' mean answer."""
    return boundary(ensemble, plane, alone=False) if ensemble.data.shape is None else samples(ensemble)


def boundary(ensemble: Ensemble, plane: Plane, alone: bool) -> Image:
    """What the networks, or the first of them alone, answer over the plane of the data, and the examples."""
    data = ensemble.data
    values, low, high, name, diverging = _answers(ensemble, plane.grid, 1 if alone else VOTERS)
    marks = _marks(plane.points, labels(data.t[:SHOWN]), data.classes)
    title = "What network 1 answers" if alone else "What the networks answer"
    words = ("x₁", "x₂") if plane.is_all else ("main direction 1", "main direction 2")
    notes = (
        "" if alone else _whose_mean(min(VOTERS, ensemble.trainer.networks)),
        "" if plane.is_all else "examples on their main plane",
    )
    note = "; ".join(part for part in notes if part)
    shown = frozen(values.reshape(plane.pixels, plane.pixels), np.float32)
    return Image(title, *words, name, shown, plane.extent, marks, diverging, note, low=low, high=high)


def _whose_mean(networks: int) -> str:
    """What is averaged: the last clause where there is room for it, and in the tooltip."""
    if networks == 1:
        return "of one network"
    return f"mean output of {networks} networks, each from its own initial weights"


def _answers(ensemble: Ensemble, x: Float32s, most: int) -> tuple[Array, float | None, float | None, str, bool]:
    """Mean over the networks: the likely class for more than two, how sure for two, or the real output."""
    loss, classes = ensemble.architecture.loss, ensemble.data.classes
    voters = max(1, min(most, WORK // (len(x) * ensemble.architecture.parameters)))
    theta = ensemble.trainer.theta[:voters]
    f = ensemble.trainer.outputs(x, theta=theta)
    if classes == 0:
        known = np.isfinite(f[..., 0])
        with np.errstate(invalid="ignore"):  # nan where all have diverged
            value = np.where(known, f[..., 0], 0).sum(axis=0, dtype=float) / known.sum(axis=0)
        reach = float(np.nanmax(np.abs(value), initial=1e-6))
        return value, -reach, reach, "output f₁", True
    scores = _scores(np.ascontiguousarray(np.moveaxis(f, -1, 0)), loss).mean(axis=1)
    if classes == 2:
        value = scores[0] if len(scores) == 1 else scores[1] - scores[0]
        return value, -1.0, 1.0, "second class − first", True
    return scores.argmax(axis=0).astype(float), 0.0, classes - 1.0, "class", False


def _scores(f: Float32s, loss: str) -> Float32s:
    """Outputs (C, networks, n) as shares of each class, or as signs; 0 of a network that has diverged."""
    with np.errstate(all="ignore"):
        if loss == "cross_entropy":
            f -= f.max(axis=0)
            np.exp(f, out=f)
            f /= f.sum(axis=0)
        else:
            np.clip(f, -1, 1, out=f)
    return np.nan_to_num(f, copy=False)


def _marks(points: Array, classes: NDArray[np.int64], count: int) -> tuple[Points, ...]:
    if count == 0:
        return (Points("examples", frozen(points[:, 0]), frozen(points[:, 1]), "series"),)
    found = []
    for k in range(count):
        mine = points[classes == k]
        value = 1.6 * k - 0.8 if count == 2 else float(k)  # not as dark as the map where it is sure
        found.append(Points(f"class {k}", frozen(mine[:, 0]), frozen(mine[:, 1]), value=value))
    return tuple(found)


def samples(ensemble: Ensemble) -> Gallery:
    """Test images with what the first network takes them for."""
    data = ensemble.data
    title = "Test images, and what they are taken for"
    assert data.shape is not None
    x, truth = data.x_test[:TILES], labels(data.t_test[:TILES])
    answers = labels(np.asarray(ensemble.trainer.outputs(x, theta=ensemble.trainer.theta[:1]))[0])
    low, high = float(x.min()), float(x.max())
    scaled = ((x - low) * (255 / max(high - low, 1e-9))).astype(np.uint8).reshape(-1, *data.shape)
    tiles = [
        Tile(frozen(image, np.uint8), str(answer) if answer == true else f"{answer} ({true})", bool(answer == true))
        for image, answer, true in zip(scaled, answers, truth, strict=True)
    ]
    wrong = sum(not tile.right for tile in tiles)
    return Gallery(title, tuple(tiles), note=f"{wrong} of these {len(tiles)} wrong, the true class in brackets")
