"""What the operating system must provide, and what of it is missing.

Standard library alone: it runs before any install. Qt's wheels bring Qt but not the libraries of the desktop; PoCL
from PyPI compiles kernels but links them with the system's linker.
"""

import ctypes
import os
import platform
import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

QT_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What Qt loads on any platform plug-in, and Debian's package for each."""
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


class Missing(NamedTuple):
    """One thing that is not there: what it is, what needs it, and Debian's package that brings it."""

    what: str
    needed_by: str
    package: str


def missing(tests: bool = False) -> list[Missing]:
    """What this program (`tests`: its tests too) needs of the system and does not find. Empty but on Linux."""
    found = [*missing_qt(), *missing_linker()]
    if sys.platform == "linux" and find_spec("ensurepip") is None:
        found.append(Missing("Python's venv module", "the set-up", f"python3.{sys.version_info.minor}-venv"))
    if tests and sys.platform == "linux":
        tools = {"Xvfb": "xvfb", "xauth": "xauth"}
        found += [Missing(tool, "the tests", package) for tool, package in tools.items() if not shutil.which(tool)]
    return found


def missing_qt() -> list[Missing]:
    """Shared libraries that Qt's window needs and the loader does not find."""
    if sys.platform != "linux":
        return []
    libraries = {**QT_LIBRARIES, **X11_LIBRARIES}
    return [Missing(name, "the window (Qt)", package) for name, package in libraries.items() if not _loads(name)]


def missing_linker() -> list[Missing]:
    """What PoCL lacks to link a kernel. Where anything is missing, PoCL ends the process at its first kernel."""
    if sys.platform != "linux":
        return []
    purpose = "PoCL, to link its kernels"
    found = []
    if not shutil.which("ld"):
        found.append(Missing("the linker ld", purpose, "binutils"))
    if not any(Path("/usr/lib/gcc").glob("*/*/libgcc.a")):
        found.append(Missing("libgcc", purpose, "libgcc-12-dev" if debian_release() == "12" else "gcc"))
    if not any(_exists(folder, "crti.o") for folder in ("/usr/lib", "/usr/lib64", "/usr/lib32")):
        found.append(Missing("the C library's start files", purpose, "libc6-dev"))
    return found


def screen() -> str:
    """Where Qt will draw, in words; "" where there is no screen."""
    if chosen := os.environ.get("QT_QPA_PLATFORM"):
        return f"{chosen} (QT_QPA_PLATFORM)"
    if sys.platform != "linux":
        return "this system's own"
    if wayland := os.environ.get("WAYLAND_DISPLAY"):
        return f"Wayland, display {wayland}"
    display = os.environ.get("DISPLAY")
    return f"X11, display {display}" if display else ""


def has_apt() -> bool:
    """Whether this is Debian, Ubuntu or a relative."""
    return shutil.which("apt-get") is not None


def debian_release() -> str:
    """Debian's major version ("12"), "" on another system."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    return release.get("VERSION_ID", "") if release.get("ID") == "debian" else ""


def remedy(lacking: Iterable[Missing]) -> str:
    """The one command that brings what is lacking, or what to look for where no package names are known."""
    lacking = list(lacking)
    if has_apt():
        sudo = "" if os.name == "posix" and os.geteuid() == 0 else "sudo "
        return f"{sudo}apt-get install " + " ".join(dict.fromkeys(item.package for item in lacking))
    return "install with this system's package manager: " + ", ".join(item.what for item in lacking)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _exists(folder: str, name: str) -> bool:
    root = Path(folder)
    return (root / name).exists() or any(root.glob(f"*/{name}"))
