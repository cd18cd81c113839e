"""OpenCL through pyopencl: any GPU, or the processor through PoCL."""

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
        typed = False
        bound: tuple[Any, ...] = ()

        def launch(size: int, *args: Any) -> None:
            nonlocal typed, bound
            if not typed:  # a launch takes 6 microseconds where pyopencl knows the scalars' types, else 80
                kernel.set_scalar_arg_dtypes([None if isinstance(a, Buffer) else np.dtype(type(a)) for a in args])
                typed = True
            # A single work-item a work-group: on a CPU each is a whole tile. A GPU picks its own group size.
            local = None if self.is_gpu else (1,)
            try:
                # Arguments that are still set are not set again: kernels that alternate save 3 microseconds each.
                if len(args) != len(bound) or any(a is not b for a, b in zip(args, bound, strict=True)):
                    kernel.set_args(*[a.data if isinstance(a, Buffer) else a for a in args])
                    bound = args
                cl.enqueue_nd_range_kernel(queue, kernel, (size,), local)
            except cl.Error as error:
                raise self._explained(error, 0) from error

        return launch

    def finish(self) -> None:
        self._queue.finish()

    def memory(self) -> tuple[int, int]:
        return self._device.global_mem_size, self._device.max_mem_alloc_size

    def _program(self, file: str, defines: dict[str, int | float | str]) -> cl.Program:
        key = (file, tuple(sorted(defines.items())))
        if key not in self._programs:
            source = (KERNELS / f"{file}.cl").read_text(encoding="utf-8")
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
