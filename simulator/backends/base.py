"""What the rest of the engine knows of a device."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from simulator.backends import holdings

HOST = "host"
"""The memory that the processor's devices share: numba's, and OpenCL's where it runs on a CPU."""
DeviceArray = Any
"""An array on a device; only its backend looks inside. It has `shape` and `dtype`."""
Launcher = Callable[..., None]
"""launch(size, *args): queue `size` work-items; args are DeviceArrays and numpy scalars."""


class BackendError(RuntimeError):
    """A device that cannot do what was asked, in one line."""


class NoDeviceError(BackendError):
    """No device fits the request; the message lists those there are."""


class KernelBuildError(BackendError):
    """A kernel that does not compile; `log` is the compiler's."""

    def __init__(self, message: str, log: str) -> None:
        super().__init__(message)
        self.log = log


class OutOfDeviceMemoryError(BackendError):
    """An allocation that the device refuses: how much was needed, how much there is; what this process holds there."""

    def __init__(self, needed: int, available: int, device: str, held: int = 0) -> None:
        beside = f" beside the {held / 2**20:,.0f} MiB in use" if held else ""
        super().__init__(
            f"{device} cannot hold this: it needs {needed / 2**20:,.0f} MiB in one piece or in all and has "
            f"{available / 2**20:,.0f} MiB{beside}; lower the size, the samples or the replicas"
        )
        self.needed, self.available = needed, available


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One device that can be chosen: `key` selects it, `refused` says why it cannot be used ("" if it can)."""

    key: str
    backend: str
    name: str
    platform: str = ""
    is_gpu: bool = False
    compute_units: int = 1
    memory: int = 0
    refused: str = ""


class AbstractBackend(ABC):
    """Arrays and kernels on one device. Used by the simulation thread alone.

    name: "opencl" or "numba". device: its name in words. lanes: floats in one hardware vector that kernels are written
    for (1 on a GPU). compute_units: how many work-items run at once on a CPU. place: which memory its arrays are in.
    """

    name: str
    device: str
    place: str = HOST
    is_gpu: bool = False
    lanes: int = 8
    compute_units: int = 1

    @abstractmethod
    def array(self, host: NDArray[Any]) -> DeviceArray:
        """A copy of `host` on the device. Raises OutOfDeviceMemoryError."""

    @abstractmethod
    def zeros(self, shape: int | tuple[int, ...], dtype: DTypeLike = np.float32) -> DeviceArray:
        """A zeroed array on the device. Raises OutOfDeviceMemoryError."""

    @abstractmethod
    def write(self, array: DeviceArray, host: NDArray[Any]) -> None:
        """Overwrite `array` with `host` (same shape and type)."""

    @abstractmethod
    def to_host(self, array: DeviceArray) -> NDArray[Any]:
        """A fresh host copy, after everything queued has run."""

    @abstractmethod
    def kernel(self, file: str, name: str, **defines: int | float | str) -> Launcher:
        """The kernel `name` of kernels/`file`.cl, or its numba twin in kernels/`file`.py, built for `defines`.

        Call once and keep: retrieval is slow. The launcher returns at once. Raises KernelBuildError.
        """

    @abstractmethod
    def finish(self) -> None:
        """Wait until everything queued has run."""

    @abstractmethod
    def memory(self) -> tuple[int, int]:
        """(bytes in all, bytes in one allocation) that the device offers."""

    def require(self, *pieces: int) -> None:
        """Raise OutOfDeviceMemoryError if allocations of `pieces` bytes cannot be had together, beside what is held."""
        total, largest = self.memory()
        if pieces and max(pieces) > largest:
            raise OutOfDeviceMemoryError(max(pieces), largest, self.device)
        held = holdings.held(self.place)
        if sum(pieces) > max(total - held, 0):
            raise OutOfDeviceMemoryError(sum(pieces), max(total - held, 0), self.device, held)
