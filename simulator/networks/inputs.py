"""Inputs h^0 with exact lengths and angles: |h|^2/N = q and h_a.h_b/N = c q hold for every network, not on average."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64s = NDArray[np.float64]


@lru_cache(maxsize=4)
def frames(width: int, networks: int, count: int, seed: int) -> Float64s:
    """`count` orthogonal vectors of length sqrt(width) in random directions: (networks, count, width), read-only.

    Raises ValueError where there are more vectors than dimensions.
    """
    if count > width:
        raise ValueError(f"{count} orthogonal directions need a width of at least {count}, not {width}")
    drawn = np.random.default_rng([seed, 0x51]).standard_normal((networks, width, count))
    q, r = np.linalg.qr(drawn)
    signs = np.sign(np.diagonal(r, axis1=1, axis2=2))
    vectors: Float64s = np.ascontiguousarray((q * signs[:, None, :]).transpose(0, 2, 1)) * np.sqrt(width)
    vectors.setflags(write=False)
    return vectors


def correlated(width: int, networks: int, c: ArrayLike, q: float = 1.0, seed: int = 0) -> Float64s:
    """One input and, for each correlation of `c`, one that has it with the first: (networks, 1 + len(c), width).

    The others share one direction orthogonal to the first. Width 1 has no such direction: only the signs of c count.
    """
    c = np.atleast_1d(np.asarray(c, np.float64))
    if width == 1:
        u = np.sqrt(q) * frames(1, networks, 1, seed)
        return np.concatenate([u, *(np.where(one < 0, -u, u) for one in c)], axis=1)
    u = np.sqrt(q) * frames(width, networks, 2, seed)
    first, other = u[:, :1], u[:, 1:]
    return np.concatenate([first, c[:, None] * first + np.sqrt(1 - c[:, None] ** 2) * other], axis=1)


def circle(width: int, networks: int, points: int, q: float = 1.0, seed: int = 0) -> Float64s:
    """h(theta) = sqrt(N q) (u_0 cos theta + u_1 sin theta) at `points` equal steps: (networks, points, width)."""
    u = np.sqrt(q) * frames(width, networks, 2, seed)
    angle = 2 * np.pi * np.arange(points) / points
    return np.cos(angle)[:, None] * u[:, :1] + np.sin(angle)[:, None] * u[:, 1:]
