"""Which devices there are, which to take, and what is wrong where one cannot be had."""

import contextlib
from collections import Counter
from dataclasses import replace
from typing import Any

from simulator import system
from simulator.backends.base import AbstractBackend, BackendError, DeviceInfo, NoDeviceError
from simulator.parameters import did_you_mean

BACKENDS = ("auto", "opencl", "numba")


def _opencl_devices() -> tuple[list[tuple[DeviceInfo, Any]], str]:
    """OpenCL's devices with their handles, best first, and why there are none ("" if there are)."""
    try:
        import pyopencl as cl
    except Exception as error:  # a broken driver can raise anything at all on import
        return [], f"pyopencl does not load: {error}"
    try:
        platforms = cl.get_platforms()
    except cl.Error as error:
        none = "PLATFORM_NOT_FOUND" in str(error)
        return [], "no OpenCL driver is installed" if none else f"OpenCL does not answer: {error}"
    found: list[tuple[DeviceInfo, Any]] = []
    for platform in platforms:
        with contextlib.suppress(cl.Error):  # a platform without devices says so by an error
            found += [(_described(platform, device), device) for device in platform.get_devices()]
    found.sort(key=lambda pair: (not pair[0].is_gpu, -pair[0].compute_units))
    return _told_apart(found), "" if found else "no OpenCL driver has a device here"


def _described(platform: Any, device: Any) -> DeviceInfo:
    import pyopencl as cl

    name = device.name.strip()
    refused = "" if device.available and device.compiler_available else "it is not available, or has no compiler"
    if not refused and "Portable Computing" in platform.name and (lacking := system.missing_linker()):
        # PoCL ends the whole process at its first kernel where it cannot link, so it must not be tried.
        refused = f"PoCL cannot link its kernels; type: {system.remedy(lacking)}"
    return DeviceInfo(
        f"opencl:{name}",
        "opencl",
        name,
        platform.name.strip(),
        bool(device.type & (cl.device_type.GPU | cl.device_type.ACCELERATOR)),
        device.max_compute_units,
        device.global_mem_size,
        refused,
    )


def _told_apart(found: list[tuple[DeviceInfo, Any]]) -> list[tuple[DeviceInfo, Any]]:
    """The second and later devices of one name have a number in their key, so that each can be chosen."""
    seen: Counter[str] = Counter()
    result = []
    for info, handle in found:
        seen[info.key] += 1
        nth = seen[info.key]
        result.append((info if nth == 1 else replace(info, key=f"{info.key} #{nth}"), handle))
    return result


def devices() -> list[DeviceInfo]:
    """Every device, best first: GPUs, then the processor through OpenCL, then numba."""
    from simulator.backends.numba import NumbaBackend

    fallback = NumbaBackend()
    numba = DeviceInfo("numba", "numba", fallback.device, "numba", False, fallback.compute_units, fallback.memory()[0])
    return [info for info, _ in _opencl_devices()[0]] + [numba]


def why_no_opencl() -> str:
    """Why there is no OpenCL device at all; "" if there is one, usable or not."""
    return _opencl_devices()[1]


def choose(backend: str = "auto", device: str | None = None) -> tuple[AbstractBackend, str]:
    """The backend asked for, and an announcement ("" unless it is a fallback, with its reason).

    device: part of a device's name, any case. Raises NoDeviceError where nothing fits.
    """
    if backend not in BACKENDS:
        near = did_you_mean(backend, BACKENDS)
        raise NoDeviceError(f"backend {backend!r} is none of {', '.join(BACKENDS)}{near}")
    if backend == "numba":
        return _numba(device), ""
    opened, reason = _first_opencl(device or "")
    if opened is not None:
        return opened, ""
    if device is not None and (backend == "opencl" or "numba" not in device.lower()):
        names = ", ".join(info.name for info in devices())
        why = f" ({reason})" if reason else ""
        raise NoDeviceError(f"no usable device has {device!r} in its name; there are: {names}{why}")
    if backend == "opencl":
        raise NoDeviceError(f"no OpenCL device can be used: {reason}; see 'python main.py doctor'")
    announcement = f"running on numba, because OpenCL cannot be used: {reason}"
    return _numba(device), "" if device is not None else announcement


def _first_opencl(part: str) -> tuple[AbstractBackend | None, str]:
    """The best OpenCL device with `part` in its key that runs a kernel; else None, and why not."""
    found, reason = _opencl_devices()
    reason = reason or "; ".join(f"{info.name}: {info.refused}" for info, _ in found if info.refused)
    for info, handle in found:
        if not info.refused and part.lower() in info.key.lower():
            try:
                return _checked_opencl(handle), ""
            except BackendError as error:
                reason = str(error)
    return None, reason


def _numba(part: str | None) -> AbstractBackend:
    from simulator.backends.numba import NumbaBackend

    backend = NumbaBackend()
    if part is not None and part.lower() not in f"numba {backend.device}".lower():
        raise NoDeviceError(f"numba has no device {part!r}; there is: {backend.device}")
    return backend


def open_device(key: str) -> AbstractBackend:
    """The device with exactly this key (DeviceInfo.key). Raises NoDeviceError or what the device itself says."""
    if key == "numba":
        return _numba(None)
    for info, handle in _opencl_devices()[0]:
        if info.key == key:
            return _checked_opencl(handle)
    raise NoDeviceError(f"no device {key!r}; there are: {', '.join(info.key for info in devices())}")


def _checked_opencl(handle: Any) -> AbstractBackend:
    """An OpenCL backend that has run a kernel: PoCL fails only at the first, where its linker is missing.

    Raises BackendError, whatever the driver raised.
    """
    from simulator.backends.opencl import OpenCLBackend

    try:
        backend = OpenCLBackend(handle)
        probe = backend.zeros(4, "uint32")
        backend.kernel("philox", "fill_bits")(1, probe)
        backend.finish()
        return backend
    except BackendError:
        raise
    except Exception as error:
        raise BackendError(f"{handle.name.strip()} does not start: {error}") from error
