"""Batches as mlp_solo.py and mlp_wide.py want them: panels of one number, so that signals are plain matrices."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def stage(size: int, x: Array, t: Array, order: Array, h: Array, p: Array, targets: Array, dimension: int,
          classes: int, batch: int, by_order: int, pairs: int, **_: Any) -> None:  # fmt: skip
    """h[step][batch][dimension] and targets[step][batch][classes]; p is not needed here."""
    n, steps = int(batch), int(pairs) // int(batch)
    rows = order[: steps * n].astype(np.int64) if by_order else np.arange(steps * n)
    h[: rows.size * int(dimension)] = x[rows].reshape(-1)
    targets[: rows.size * int(classes)] = t[rows].reshape(-1)
