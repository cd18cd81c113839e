"""The application: environment, window, signals, faults. Imports Qt and the engine only once the environment is set."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

SWITCH_SECONDS = 0.0005
"""How soon a thread that runs Python lets the window have the interpreter."""
DEFAULT_SIZE = (1440, 900)


def configure_environment() -> None:
    """Leave a core to the window. Must run before anything imports pyopencl or numba."""
    workers = str(max(1, (os.cpu_count() or 2) - 1))
    for name in ("POCL_MAX_PTHREAD_COUNT", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, workers)
    # A second BLAS thread waits by spinning: beside the simulation it made an eigenvalue problem ten times slower.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.setswitchinterval(SWITCH_SECONDS)


def make_application(words: Sequence[str] = ()) -> "QApplication":
    """The one QApplication, made if there is none yet."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    from ui.faults import quieten_offscreen

    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication(["funnelscope", *words])
    application.setApplicationName("funnelscope")
    application.setApplicationDisplayName("Funnelscope")
    application.setOrganizationName("funnelscope")
    application.setDesktopFileName("funnelscope")
    quieten_offscreen()
    return application


def main(argv: Sequence[str] | None = None, session: str | None = None) -> int:
    """Open the window and run until it closes. Returns the exit status.

    session: a session's file, or a preset's name, to begin with. Raises SessionError before any window is there.
    """
    parser = argparse.ArgumentParser(prog="funnelscope")
    parser.add_argument("--backend", default="auto", choices=("auto", "opencl", "numba"))
    parser.add_argument("--device", help="part of a device's name, as 'doctor' gives it")
    arguments, rest = parser.parse_known_args([] if argv is None else list(argv))
    configure_environment()
    from simulator import presets

    begin = None if session is None else presets.find(session)
    application = make_application(rest)

    from simulator.experiments import EXPERIMENTS
    from simulator.runner import Runner
    from ui.faults import close_on_signals, show_faults
    from ui.preferences import Preferences
    from ui.window import Window

    close_on_signals(application)
    preferences = Preferences()
    window = Window(Runner(arguments.backend, arguments.device), EXPERIMENTS, preferences)
    if begin is not None:
        window.sessions.show(begin)
    show_faults(window)
    geometry = preferences.state("geometry")
    if geometry is None or not window.restoreGeometry(geometry):
        room = application.primaryScreen().availableSize()
        window.resize(min(DEFAULT_SIZE[0], room.width()), min(DEFAULT_SIZE[1], room.height()))
    window.show()
    window.activateWindow()
    window.start()
    status = int(application.exec())
    if not window.closed_cleanly:
        print("funnelscope: a chunk on the device did not end in time; leaving without it", file=sys.stderr, flush=True)
        os._exit(status)  # waiting for that thread could take for ever
    return status


def take_shot(
    *,
    workspace: str | None,
    after: float,
    size: tuple[int, int],
    theme: str,
    out: Path,
    assignments: Mapping[str, str],
    seed: int | None,
    session: str | None,
    interrupted: Sequence[int],
) -> int:
    """See ui.shot.take_shot."""
    configure_environment()
    from ui import shot

    return shot.take_shot(workspace, after, size, theme, out, assignments, seed, session, interrupted)
