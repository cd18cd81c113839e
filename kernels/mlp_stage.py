"""Batches as mlp_solo.py wants them: in numba a group is a whole batch, so that signals are plain matrices."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def stage(size: int, x: Array, t: Array, order: Array, h: Array, p: Array, targets: Array, dimension: int,
          classes: int, batch: int, by_order: int, pairs: int, **_: Any) -> None:  # fmt: skip
    """h[step][dimension][batch] and targets[step][batch][classes]; p is not needed here."""
    n, steps = int(batch), int(pairs) // int(batch)
    rows = order[: steps * n].astype(np.int64) if by_order else np.arange(steps * n)
    for step in range(steps):
        some = rows[step * n : (step + 1) * n]
        h[step * n * int(dimension) : (step + 1) * n * int(dimension)] = x[some].T.ravel()
        targets[step * n * int(classes) : (step + 1) * n * int(classes)] = t[some].ravel()
