"""What there is to compute and to draw with on this machine, what is wrong with it, and how to mend that.

Feeds `doctor` and the window's diagnostics. Imports no Qt: a version is read from the installed package's metadata.
"""

import importlib.metadata
import os
import platform
import sys
from typing import NamedTuple

from simulator import system, video
from simulator.backends import registry
from simulator.backends.base import BackendError, DeviceInfo
from simulator.log import log_file
from simulator.version import VERSION

PACKAGES = ("numpy", "scipy", "numba", "pyopencl", "pocl-binary-distribution", "PySide6-Essentials", "pyqtgraph", "av")


class Finding(NamedTuple):
    """One line: `remedy` says what to do, and is empty where nothing is wrong."""

    section: str
    key: str
    value: str
    remedy: str = ""


def diagnose() -> list[Finding]:
    """Everything, in the order in which it is to be read.

    Runs a small kernel on every OpenCL device, which may take some seconds where kernels were never built before.
    """
    return [*_versions(), *_opencl(), *_linker(), *_numba(), *_window(), *_video(), *_advice()]


def report(findings: list[Finding]) -> str:
    """The findings as text to read or to paste; what is wrong stands again at the end, with its remedy."""
    lines, section = [f"Funnelscope {VERSION}"], ""
    width = max(len(one.key) for one in findings)
    for one in findings:
        if one.section != section:
            section = one.section
            lines += ["", section]
        lines.append(f"  {one.key:<{width}}  {one.value}")
    wrong = [f"  {one.key}: {one.value}\n    -> {one.remedy}" for one in findings if one.remedy]
    return "\n".join([*lines, "", "To mend" if wrong else "Nothing is wrong.", *wrong])


def _versions() -> list[Finding]:
    found = [
        Finding("Versions", "funnelscope", VERSION),
        Finding("Versions", "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
    ]
    for package in PACKAGES:
        try:
            found.append(Finding("Versions", package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            optional = package == "pocl-binary-distribution"
            remedy = "" if optional else "make run installs it"
            found.append(Finding("Versions", package, "not installed", remedy))
    if (wrong := _aborting_qt()) is not None:
        found.append(wrong)
    return found


def _aborting_qt() -> Finding | None:
    try:
        qt = importlib.metadata.version("PySide6-Essentials")
    except importlib.metadata.PackageNotFoundError:
        return None
    if not qt.startswith("6.12.0") or sys.version_info >= (3, 12):
        return None
    value = "6.12.0 aborts on Python 3.11 after some thousand paints"
    return Finding("Versions", "PySide6", value, "pip install 'PySide6-Essentials<6.12', or Python 3.12")


def _opencl() -> list[Finding]:
    devices = [info for info in registry.devices() if info.backend == "opencl"]
    if not devices:
        return [Finding("OpenCL", "devices", f"none: {registry.why_no_opencl()}", _no_opencl_remedy())]
    return [_probed(info) for info in devices]


def _probed(info: DeviceInfo) -> Finding:
    kind = "GPU" if info.is_gpu else "processor"
    words = f"{kind}, {info.compute_units} compute units, {info.memory / 2**30:.1f} GiB, platform {info.platform}"
    lacking = system.missing_linker() if "Portable Computing" in info.platform else []
    if lacking:  # PoCL ends the whole process where it cannot link, so it must not be tried
        return Finding("OpenCL", info.name, f"{words}; refused: it cannot link kernels", system.remedy(lacking))
    if info.refused:
        return Finding("OpenCL", info.name, f"{words}; refused: {info.refused}", "update the driver of this device")
    try:
        registry.open_device(info.key)
    except BackendError as error:
        return Finding("OpenCL", info.name, f"{words}; refused: {error}", "update the driver of this device")
    return Finding("OpenCL", info.name, f"{words}; works")


def _no_opencl_remedy() -> str:
    hidden = [name for name in ("OCL_ICD_VENDORS", "OCL_ICD_FILENAMES", "POCL_DEVICES") if name in os.environ]
    if hidden:
        return f"unset {' '.join(hidden)}, which may hide drivers; numba computes meanwhile"
    if sys.platform == "win32":
        return "install the graphics driver's OpenCL; numba computes meanwhile"
    return "pip install --force-reinstall pocl-binary-distribution; numba computes meanwhile"


def _linker() -> list[Finding]:
    lacking = system.missing_linker()
    if lacking:
        words = "missing: " + ", ".join(item.what for item in lacking)
        return [Finding("OpenCL", "linker for PoCL", words, system.remedy(lacking))]
    return [Finding("OpenCL", "linker for PoCL", "there" if sys.platform == "linux" else "not checked on this system")]


def _numba() -> list[Finding]:
    try:
        import numba
    except Exception as error:  # a broken llvmlite can raise anything at all on import
        return [Finding("numba", "numba", f"does not load: {error}", "make run installs it afresh")]
    return [Finding("numba", "threads", f"{numba.get_num_threads()} of {os.cpu_count()} cores")]


def _window() -> list[Finding]:
    lacking = system.missing_qt()
    wrong = "missing: " + ", ".join(item.what for item in lacking)
    found = [
        Finding("Window", "Qt's libraries", wrong, system.remedy(lacking)) if lacking else _there("Qt's libraries")
    ]
    found.append(Finding("Window", "Qt platform", system.screen() or "none: there is no screen here"))
    found.append(Finding("Window", "OpenGL", "not needed: surfaces are rendered by a kernel"))
    return [*found, Finding("Window", "log", str(log_file()))]


def _video() -> list[Finding]:
    known = video.encoders()
    if known:
        return [Finding("Video", "encoders", ", ".join(each.words for each in known))]
    return [Finding("Video", "encoders", "none: videos are written as PNG pictures", "make run installs PyAV afresh")]


def _there(key: str) -> Finding:
    return Finding("Window", key, "there")


def _advice() -> list[Finding]:
    """What is not wrong but could be faster."""
    if sys.platform == "darwin" or platform.machine().lower() not in ("x86_64", "amd64"):
        return []
    try:
        value = f"{importlib.metadata.version('intel-opencl-rt')} installed"
    except importlib.metadata.PackageNotFoundError:
        value = (
            "not installed; optional: launches kernels on x86 processors faster than PoCL (pip install intel-opencl-rt)"
        )
    return [Finding("Optional", "intel-opencl-rt", value)]
