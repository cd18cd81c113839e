"""Small perceptrons on batches where they lie, in numpy and numba: the kernel of mlp_fixed.cl, same name and meaning.

Nothing is compiled in but the batch, and rows are not padded: theta[network][parameter] as in mlp_solo.py.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels import mlp_solo

Array = NDArray[Any]


def fixed_steps(size: int, theta: Array, first: Array, second: Array, scratch: Array, x: Array, t: Array, order: Array,
                rates: Array, plan: Array, length: int, space: int, advance: int, by_order: int, n: int, loss: int,
                rule: int, biased: int, rate: Any, momentum: Any, epsilon: Any, decay: Any, clip: Any, BATCH: int = 0,
                ACTIVATION: int = 0, **_: Any) -> None:  # fmt: skip
    """n steps, without dropout; step k has the rows that `order` names from place k * advance on, or these places."""
    places = np.arange(int(n))[:, None] * int(advance) + np.arange(BATCH)
    rows = (order[places] if by_order else places).reshape(-1)
    mlp_solo.steps(size, theta, first, second, scratch, x[rows].reshape(-1), scratch, t[rows].reshape(-1), rates, plan,
                   len(plan) - 1, length, space, 0, BATCH, BATCH, 1, 0, n, loss, rule, biased, rate, momentum, epsilon,
                   decay, clip, np.float32(1), 0, 0, ACTIVATION=ACTIVATION)  # fmt: skip
