"""The 1,797 handwritten digits of 8 x 8 pixels: UCI's "Optical Recognition of Handwritten Digits", CC BY 4.0.

Alpaydin and Kaynak 1998, https://doi.org/10.24432/C50P49; attribution in digits.txt, made by packaging/make_digits.py.
"""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.networks.datasets.base import Dataset, Float32s
from simulator.networks.datasets.targets import Labels, noisy_labels, split, targets_of

FILE: Final = Path(__file__).with_name("digits.npz")
CLASSES: Final = 10
INK: Final = 16
"""The value of a pixel that is all ink; 0 is paper."""
CREDIT: Final = "handwritten digits (UCI Optical Recognition of Handwritten Digits, CC BY 4.0)"


@cache
def read_digits() -> tuple[NDArray[np.uint8], Labels]:
    """Pixels uint8 (1797, 8, 8), 0 to 16, and what each is, in the order of the set."""
    with np.load(FILE, allow_pickle=False) as archive:
        pixels, labels = archive["x"], archive["y"].astype(np.int64)
    pixels.setflags(write=False)
    labels.setflags(write=False)
    return pixels, labels


def digits(loss: str, seed: int, samples: int, label_noise: float, deformed: bool = False) -> Dataset:
    """A fifth of each digit, rounded down, is held out: 355 of 1,797; which, the seed decides. Pixels 0 to 16 become -1
    to 1. samples: of the others at most, 0 for all 1,442.

    deformed: the data are what digits-infinite deforms (stream.py): labels are true, for those drawn at random are
    drawn anew each time, and x_test are the held-out digits undeformed until the stream replaces them.
    """
    pixels, labels = read_digits()
    kept, held = split(labels, seed)
    kept = kept[:samples] if samples else kept
    mine = labels[kept] if deformed else noisy_labels(labels[kept], label_noise, CLASSES, seed)
    x: Float32s = (pixels.reshape(len(pixels), -1) / (INK / 2) - 1).astype(np.float32)
    number = f"an endless stream of {len(kept):,} deformed" if deformed else f"{len(kept):,}"
    return Dataset(
        x[kept],
        targets_of(mine, CLASSES, loss),
        x[held],
        targets_of(labels[held], CLASSES, loss),
        CLASSES,
        (pixels.shape[1], pixels.shape[2]),
        deformed,
        f"{number} {CREDIT}; {len(held)} others to test",
    )
