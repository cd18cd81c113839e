"""Data files as others write them."""

import gzip
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array: NDArray[Any]) -> bytes:
    """An array as IDX: LeCun, Cortes and Burges, "The MNIST database", the file format."""
    code = CODES[array.dtype.str[1:]]
    head = struct.pack(">BBBB", 0, 0, code, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def npz_bytes(packed: bool = True, **arrays: Any) -> bytes:
    """A NumPy archive."""
    file = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(file, **arrays)
    return file.getvalue()


def mnist(folder: Path, samples: int = 60, tested: int = 20, packed: bool = False) -> Path:
    """The four files of an MNIST whose images have a bright block where their digit says; the training images' path."""
    suffix = ".gz" if packed else ""
    for part, count in (("train", samples), ("t10k", tested)):
        labels = np.arange(count) % 10
        images = np.random.default_rng(count).integers(0, 30, (count, 28, 28)).astype(np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label : 2 * label + 6, 4:24] = 255
        images[0, 0, 0] = 0
        for what, array in (("images-idx3", images), ("labels-idx1", labels.astype(np.uint8))):
            data = idx_bytes(array)
            path = folder / f"{part}-{what}-ubyte{suffix}"
            path.write_bytes(gzip.compress(data) if packed else data)
    return folder / f"train-images-idx3-ubyte{suffix}"
