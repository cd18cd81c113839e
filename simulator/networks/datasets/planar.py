"""Data sets in the plane: C classes that a straight line does not part, made to be looked at.

Without noise both coordinates together have mean square 1 on average, so that inputs have q = |x|^2/2 = 1, as signal
propagation assumes; points lie within 2.5 of the centre but for the tails of Gaussians. Classes take turns: sample i is
of class i mod C. `noise` adds N(0, noise^2) to each coordinate. After the sets of Smilkov et al. 2017 (1708.03788).
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from simulator.networks.datasets.draws import Draws, Float64s
from simulator.networks.datasets.targets import Labels

BREADTH: Final = 0.22
"""Half of a ring's breadth, in distances between rings."""
GAP: Final = 0.15
"""How far the sectors of xor are moved out, in half sides of the square."""
TURNS: Final = 3.0
"""Turns of all arms of a spiral together: neighbouring arms keep their distance whatever their number."""
START: Final = 0.15
"""Where an arm begins, in radii of the spiral."""


def circles(draws: Draws, labels: Labels, classes: int) -> Float64s:
    """Concentric rings at r = R (c + 1) / C, even in area."""
    place = (np.arange(1, classes + 1)) / classes
    half = BREADTH / classes
    radius = np.sqrt(2 / np.mean(place**2 + half**2))  # <r^2> of an even ring is the mean of its edges' squares
    u = draws.uniforms(len(labels), 2)
    inner, outer = place[labels] - half, place[labels] + half
    r = radius * np.sqrt(inner**2 + u[:, 0] * (outer**2 - inner**2))
    return _polar(r, u[:, 1])


def xor(draws: Draws, labels: Labels, classes: int) -> Float64s:
    """An even square cut into 2 C equal sectors, moved apart; opposite ones share a class. C = 2: the quadrants."""
    u = draws.uniforms(len(labels), 3)
    sector = labels + np.where(u[:, 0] < 0.5, 0, classes)
    x = np.sqrt(u[:, 2:]) * _edge((sector + u[:, 1]) / (2 * classes)) + GAP * _edge((sector + 0.5) / (2 * classes))
    return x * _xor_scale(classes)


def blobs(draws: Draws, labels: Labels, classes: int) -> Float64s:
    """Isotropic Gaussians with their centres on a circle, just touching."""
    width = 0.35 * np.sin(np.pi / classes)
    centre = _polar(np.full(len(labels), np.sqrt(2 * (1 - width**2))), labels / classes + 0.125)
    return centre + width * draws.normals(len(labels), 2)


def spiral(draws: Draws, labels: Labels, classes: int) -> Float64s:
    """C interleaved arms r = R s, phi = 2 pi (3 s + c) / C, even along their length."""
    s = np.sqrt(START**2 + draws.uniforms(len(labels), 1)[:, 0] * (1 - START**2))
    radius = np.sqrt(4 / (1 + START**2))
    return _polar(radius * s, (TURNS * s + labels) / classes)


PLANAR: Final[Mapping[str, Callable[[Draws, Labels, int], Float64s]]] = {
    "circles": circles,
    "xor": xor,
    "blobs": blobs,
    "spiral": spiral,
}


def planar(name: str, draws: Draws, samples: int, classes: int, noise: float) -> tuple[Float64s, Labels]:
    """Inputs (samples, 2) of the set of this name, and their classes."""
    labels = np.arange(samples, dtype=np.int64) % classes
    return PLANAR[name](draws, labels, classes) + noise * draws.displacements(samples, 2), labels


def _polar(radius: Float64s, turns: Float64s) -> Float64s:
    return radius[:, None] * np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)


def _edge(turns: Float64s) -> Float64s:
    """The point (1, 0) carried along the edge of the square |x|, |y| <= 1, by turns: equal steps sweep equal areas."""
    away = [np.abs((8 * turns - corner) % 8 - 4) for corner in (4, 6)]
    return np.stack([np.clip(2 - one, -1, 1) for one in away], axis=1)


def _xor_scale(classes: int) -> float:
    """What makes <|x|^2> = 2 for x = r e + g, r^2 even on [0, 1]: <r^2> = 1/2, <r> = 2/3."""
    turns = (np.arange(2**16) + 0.5) / 2**16
    edge, shift = _edge(turns), GAP * _edge((np.floor(turns * 2 * classes) + 0.5) / (2 * classes))
    squared = np.sum(edge**2 / 2 + 2 * (2 / 3) * edge * shift + shift**2, axis=1).mean()
    return float(np.sqrt(2 / squared))
