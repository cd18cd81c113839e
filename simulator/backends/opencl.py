"""OpenCL through pyopencl: any GPU, or the processor through PoCL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import pyopencl as cl
from numpy.typing import DTypeLike, NDArray

from simulator.backends import holdings
from simulator.backends.base import (
    HOST,
    AbstractBackend,
    BackendError,
    KernelBuildError,
    Launcher,
    OutOfDeviceMemoryError,
)

KERNELS = Path(__file__).resolve().parents[2] / "kernels"
# No -cl-fast-relaxed-math: NaN and infinity must survive, for divergence is something this program shows.
BUILD_OPTIONS = ("-cl-mad-enable", "-cl-no-signed-zeros", "-cl-denorms-are-zero", "-cl-std=CL1.2")
# OpenCL C's inline is C99's: where a GPU's compiler does not inline such a function, it has emitted none to call.
GPU_PREFIX = "#undef inline\n#define inline static inline\n#line 1\n"
GROUP = 64
"""Work-items of a GPU's work-group: whole warps and wavefronts, and few enough that all compute units get some."""
_MEMORY_ERRORS = {
    cl.status_code.MEM_OBJECT_ALLOCATION_FAILURE,
    cl.status_code.OUT_OF_RESOURCES,
    cl.status_code.OUT_OF_HOST_MEMORY,
    cl.status_code.INVALID_BUFFER_SIZE,
}


@dataclass(slots=True, weakref_slot=True, eq=False)
class Buffer:
    """A typed OpenCL buffer."""

    data: cl.Buffer
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        """Bytes that it takes on the device."""
        return self.data.size


@final
class OpenCLBackend(AbstractBackend):
    """One OpenCL device with one in-order queue."""

    name = "opencl"

    def __init__(self, device: cl.Device) -> None:
        self.is_gpu = bool(device.type & (cl.device_type.GPU | cl.device_type.ACCELERATOR))
        self.device = device.name.strip()
        self.place = f"{device.int_ptr:#x}" if self.is_gpu else HOST
        self.lanes = 1 if self.is_gpu else 8
        self.compute_units = device.max_compute_units
        self._device = device
        self._context = cl.Context([device])
        self._queue = cl.CommandQueue(self._context)
        self._programs: dict[tuple[str, tuple[tuple[str, int | float | str], ...]], cl.Program] = {}

    def array(self, host: NDArray[Any]) -> Buffer:
        host = np.ascontiguousarray(host)
        buffer = self.zeros(host.shape, host.dtype)
        self.write(buffer, host)
        return buffer

    def zeros(self, shape: int | tuple[int, ...], dtype: DTypeLike = np.float32) -> Buffer:
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        kind = np.dtype(dtype)
        size = max(int(np.prod(shape, dtype=np.int64)) * kind.itemsize, kind.itemsize)
        self.require(size)
        try:
            data = cl.Buffer(self._context, cl.mem_flags.READ_WRITE, size)
            cl.enqueue_fill_buffer(self._queue, data, np.zeros(1, np.uint8), 0, size)
        except cl.Error as error:
            raise self._explained(error, size) from error
        buffer = Buffer(data, shape, kind)
        holdings.note(self.place, buffer)
        return buffer

    def write(self, array: Buffer, host: NDArray[Any]) -> None:
        host = np.ascontiguousarray(host, dtype=array.dtype)
        if host.shape != array.shape:
            raise ValueError(f"array of shape {array.shape} cannot take {host.shape}")
        if host.size:
            cl.enqueue_copy(self._queue, array.data, host)

    def to_host(self, array: Buffer) -> NDArray[Any]:
        host = np.empty(array.shape, array.dtype)
        if host.size:
            cl.enqueue_copy(self._queue, host, array.data)
        return host

    def kernel(self, file: str, name: str, **defines: int | float | str) -> Launcher:
        kernel = cl.Kernel(self._program(file, defines), name)
        queue = self._queue
        # A single work-item a work-group: on a CPU each is a whole tile.
        local = None if self.is_gpu else (1,)
        cut = self._group(kernel) if self.is_gpu and not asks_for_size(file) else 0
        typed = False
        bound: tuple[Any, ...] = ()

        def launch(size: int, *args: Any) -> None:
            nonlocal typed, bound
            if not typed:  # a launch takes 6 microseconds where pyopencl knows the scalars' types, else 80
                kernel.set_scalar_arg_dtypes([None if isinstance(a, Buffer) else np.dtype(type(a)) for a in args])
                typed = True
            try:
                # Arguments that are still set are not set again: kernels that alternate save 3 microseconds each.
                if len(args) != len(bound) or any(a is not b for a, b in zip(args, bound, strict=True)):
                    kernel.set_args(*[a.data if isinstance(a, Buffer) else a for a in args])
                    bound = args
                if cut:
                    for first, count, group in pieces(size, cut):
                        cl.enqueue_nd_range_kernel(queue, kernel, (count,), (group,), (first,))
                else:
                    cl.enqueue_nd_range_kernel(queue, kernel, (size,), local)
            except cl.Error as error:
                raise self._explained(error, 0) from error

        return launch

    def finish(self) -> None:
        self._queue.finish()

    def memory(self) -> tuple[int, int]:
        return self._device.global_mem_size, self._device.max_mem_alloc_size

    def _group(self, kernel: cl.Kernel) -> int:
        return min(GROUP, kernel.get_work_group_info(cl.kernel_work_group_info.WORK_GROUP_SIZE, self._device))

    def _program(self, file: str, defines: dict[str, int | float | str]) -> cl.Program:
        key = (file, tuple(sorted(defines.items())))
        if key not in self._programs:
            source = GPU_PREFIX * self.is_gpu + (KERNELS / f"{file}.cl").read_text(encoding="utf-8")
            options = [*BUILD_OPTIONS, "-I", str(KERNELS), *(f"-D{k}={v}" for k, v in key[1])]
            options += [f"-DLANES={self.lanes}", f"-DIS_GPU={int(self.is_gpu)}"]
            try:
                self._programs[key] = cl.Program(self._context, source).build(options=options)
            except cl.Error as error:
                raise KernelBuildError(f"kernels/{file}.cl does not build on {self.device}", str(error)) from error
        return self._programs[key]

    def _explained(self, error: cl.Error, needed: int) -> BackendError:
        if isinstance(error, cl.MemoryError) or getattr(error, "code", None) in _MEMORY_ERRORS:
            return OutOfDeviceMemoryError(needed, self.memory()[1], self.device)
        return BackendError(f"{self.device}: {error}")


def pieces(size: int, group: int) -> Iterator[tuple[int, int, int]]:
    """Launches that make up `size` work-items: (first, count, work-items a group), whole groups and what is left.

    A group's size must divide the launch's. Left to itself a driver takes a divisor: of a prime, one work-item a group.
    """
    left = size % group
    if size > left:
        yield 0, size - left, group
    if left:
        yield size - left, left, left


def asks_for_size(file: str) -> bool:
    """Whether a kernel file, or one that it includes, asks how many work-items there are: none to cut in pieces."""
    source = (KERNELS / f"{file}.cl").read_text(encoding="utf-8")
    included = re.findall(r'^#include "(\w+)\.cl"', source, re.MULTILINE)
    return "get_global_size" in source or any(map(asks_for_size, included))
