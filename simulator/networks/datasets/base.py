"""What a data set is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32s = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Read-only arrays. Inputs x (samples, dimension). Targets t (samples, outputs) as the loss wants them: one-hot
    for mse and cross_entropy, +-1 for hinge; a single output is +-1 for mse of two classes, or a real number.

    classes: how many, 0 for real targets. shape: (rows, columns) of the image that an input is, or None. deformed:
    whether training inputs are deformed anew on the device each time (digits-infinite). words: where data come from,
    what was left out, in one line ("" if there is nothing to say). names: what each class is called where that is not
    its number, else ().
    """

    x: Float32s
    t: Float32s
    x_test: Float32s
    t_test: Float32s
    classes: int
    shape: tuple[int, int] | None = None
    deformed: bool = False
    words: str = ""
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for each in (self.x, self.t, self.x_test, self.t_test):
            each.setflags(write=False)

    @property
    def dimension(self) -> int:
        return int(self.x.shape[1])

    @property
    def outputs(self) -> int:
        return int(self.t.shape[1])


def labels(targets: NDArray[Any]) -> NDArray[np.int64]:
    """The class of each row of targets or of a network's outputs: the largest; with one output 1 where it is > 0."""
    return targets.argmax(1) if targets.shape[1] > 1 else (targets[:, 0] > 0).astype(np.int64)
