"""The fallback without OpenCL: the kernels' numba twins on the processor."""

import functools
import importlib
import os
import platform
from typing import Any, final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from simulator.backends import holdings
from simulator.backends.base import AbstractBackend, Launcher, OutOfDeviceMemoryError


@final
class NumbaBackend(AbstractBackend):
    """Kernels compiled by numba; arrays are numpy arrays, every launch is finished when it returns."""

    name = "numba"

    def __init__(self) -> None:
        self.device = f"numba on {platform.processor() or platform.machine()}"
        self.compute_units = os.cpu_count() or 1

    def array(self, host: NDArray[Any]) -> NDArray[Any]:
        array = self.zeros(host.shape, host.dtype)
        array[...] = host
        return array

    def zeros(self, shape: int | tuple[int, ...], dtype: DTypeLike = np.float32) -> NDArray[Any]:
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        self.require(size)
        try:
            array = np.zeros(shape, dtype)
        except MemoryError as error:
            raise OutOfDeviceMemoryError(size, self.memory()[0], self.device) from error
        holdings.note(self.place, array)
        return array

    def write(self, array: NDArray[Any], host: NDArray[Any]) -> None:
        if host.shape != array.shape:
            raise ValueError(f"array of shape {array.shape} cannot take {host.shape}")
        array[...] = host

    def to_host(self, array: NDArray[Any]) -> NDArray[Any]:
        return array.copy()

    def kernel(self, file: str, name: str, **defines: int | float | str) -> Launcher:
        twin = getattr(importlib.import_module(f"kernels.{file}"), name)
        return functools.partial(twin, **defines)

    def finish(self) -> None:
        return

    def memory(self) -> tuple[int, int]:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 2**33
        return pages, pages // 2
