"""The real window, left to run, saved as a picture."""

import dataclasses
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from PySide6.QtCore import QBuffer, QByteArray, QEventLoop, QIODevice, QTimer
from PySide6.QtGui import QPixmap

from simulator import files, parameters, presets, sessions
from simulator.commands.shell import DONE, FailedError, InputError
from simulator.experiments import EXPERIMENTS
from simulator.runner import DEFAULT_SEED, Runner
from simulator.snapshot import Failure, Snapshot
from ui.app import make_application
from ui.preferences import Preferences, ThemeChoice
from ui.sessions import workspace_for
from ui.window import Window
from ui.workspaces import Workspace, workspaces_for

FIRST_PICTURE_SECONDS = 120.0
"""Kernels may be built for so long before the first picture."""
POLL_MS = 10


def choose_workspace(name: str | None) -> Workspace:
    """The workspace of that name; the first for None. Raises InputError with the nearest name."""
    there = workspaces_for(EXPERIMENTS)
    if name is None:
        return there[0]
    for workspace in there:
        if name.lower() in (workspace.name.lower(), workspace.title.lower()):
            return workspace
    raise InputError(parameters.misspelt("workspace", name, [workspace.name for workspace in there]))


def take_shot(
    workspace: str | None,
    after: float,
    size: tuple[int, int],
    theme: str,
    out: Path,
    assignments: Mapping[str, str],
    seed: int | None,
    session: str | None = None,
    interrupted: Sequence[int] = (),
) -> int:
    """Open the window, let it run `after` seconds from its first picture, save it as PNG of exactly `size`.

    session: a file, or a preset's name; `assignments` and `seed` go before what it says. interrupted: not empty once
    there has been a Ctrl+C, which is then raised as KeyboardInterrupt.
    Returns the exit status. Raises InputError or ParameterError for bad input, FailedError if nothing can be drawn.
    """
    begin = _asked(workspace, session, assignments, seed)
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    make_application()
    with tempfile.TemporaryDirectory() as folder:
        preferences = Preferences(Path(folder) / "window.ini")
        preferences.theme = cast(ThemeChoice, theme)
        window = Window(Runner(), EXPERIMENTS, preferences, DEFAULT_SEED if seed is None else seed)
        window.sessions.begin(begin)
        try:
            picture = _left_to_run(window, size, after, interrupted)
        finally:
            window.close()
    _save(picture, out)
    return DONE


def _asked(
    workspace: str | None, session: str | None, assignments: Mapping[str, str], seed: int | None
) -> sessions.Session:
    """What to show: a session's, or else a workspace's first experiment as it begins, with these values and seed."""
    found = None if session is None else presets.find(session)
    if found is None or workspace:
        chosen = choose_workspace(workspace)
    else:
        chosen = workspace_for(found, workspaces_for(EXPERIMENTS))
    kind = next(kind for kind in EXPERIMENTS if kind.name == chosen.experiments[0])
    runs = {kind.name: sessions.usual(kind)} if found is None else dict(found.experiments)
    if kind.name not in runs:
        raise InputError(f"the session holds no {kind.name}, which {chosen.title} shows, but {', '.join(runs)}")
    values = parameters.to_json(runs[kind.name].params) | dict(assignments)
    runs[kind.name] = dataclasses.replace(runs[kind.name], params=parameters.make(kind.Params, values))
    if seed is not None:
        runs = {name: dataclasses.replace(run, seed=seed) for name, run in runs.items()}
    return sessions.Session(runs, workspace=chosen.name)


def _left_to_run(window: Window, size: tuple[int, int], after: float, interrupted: Sequence[int]) -> QPixmap:
    window.setFixedSize(*size)
    window.show()
    window.start()
    if not wait_for_picture(window, interrupted):
        raise FailedError(f"no picture within {FIRST_PICTURE_SECONDS:g} s")
    wait(after, interrupted)
    news = window.current.latest
    if isinstance(news, Failure):
        raise FailedError(f"the run stopped: {news.message}")
    window.poller.draw_now()
    window.refresh()
    ratio = window.devicePixelRatioF()
    picture = window.grab()
    if ratio != 1.0:
        picture = picture.scaled(*size)
    return picture


def wait_for_picture(window: Window, interrupted: Sequence[int] = ()) -> bool:
    """Let the window live until each experiment in front has a picture, or has failed; whether all have in time. As
    `wait`."""
    for _ in range(int(FIRST_PICTURE_SECONDS * 1000 / POLL_MS)):
        wait(POLL_MS / 1000, interrupted)
        names = window.workspace.experiments if window.workspace is not None else ()
        if names and all(_has_picture(window.channels[name].latest) for name in names):
            return True
    return False


def _has_picture(news: Snapshot | Failure | None) -> bool:
    return isinstance(news, Failure) or (isinstance(news, Snapshot) and bool(news.measurement.figures))


def wait(seconds: float, interrupted: Sequence[int] = ()) -> None:
    """Let the window live for so long. Raises KeyboardInterrupt once `interrupted` is not empty."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    watch = QTimer(interval=POLL_MS)
    watch.timeout.connect(lambda: loop.quit() if interrupted else None)
    watch.start()
    loop.exec()
    if interrupted:
        raise KeyboardInterrupt


def _save(picture: QPixmap, out: Path) -> None:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):
        raise FailedError("the picture could not be encoded as PNG")
    try:
        with files.whole_file(out) as file:
            file.write(data.data())
    except OSError as error:
        raise FailedError(f"{out} could not be written: {error.strerror or error}; nothing is left of it") from error
