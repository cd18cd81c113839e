"""The picture of the window, and the application around it, in processes of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from simulator.commands.shell import InputError
from ui.shot import choose_workspace

ROOT = Path(__file__).parents[2]


def environment(home: Path) -> dict[str, str]:
    """As a user's, with a home of its own and no screen."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return kept | {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}


def shot(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "main.py", "shot", *words]
    return subprocess.run(command, cwd=ROOT, env=environment(home), capture_output=True, text=True, timeout=120)


def test_it_saves_a_picture_of_exactly_that_size(tmp_path: Path, qtbot: QtBot) -> None:
    out = tmp_path / "window.png"
    words = ("landscape", "--after", "0.3", "--size", "1300x740", "--theme", "light", "--out", str(out))
    done = shot(tmp_path, *words, "--set", "size=16", "--seed", "5")
    assert (done.returncode, done.stderr) == (0, "")
    picture = QImage(str(out))
    assert (picture.width(), picture.height()) == (1300, 740)
    colours = {picture.pixelColor(x, y).name() for x in range(0, 1300, 7) for y in range(0, 740, 7)}
    assert "#f7f8fa" in colours and len(colours) > 20
    assert list(tmp_path.glob("*.part")) == [], "nothing half-written is left"


def test_a_misspelt_workspace_gets_the_nearest_name(tmp_path: Path) -> None:
    done = shot(tmp_path, "landscap", "--out", str(tmp_path / "a.png"))
    assert done.returncode == 2
    assert "did you mean 'landscape'?" in done.stderr and done.stderr.count("\n") == 1


def test_workspaces_by_name_or_title() -> None:
    assert choose_workspace(None) is choose_workspace("Overview") is choose_workspace("overview")
    assert choose_workspace("Order and chaos").experiments == ("propagation",)
    with pytest.raises(InputError, match="landscape"):
        choose_workspace("nowhere at all")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a process there")
def test_the_application_starts_runs_and_closes_on_ctrl_c(tmp_path: Path) -> None:
    told = _interrupted_after(5.0, tmp_path)
    if told[0] == 130:  # a busy machine had not opened the window yet
        told = _interrupted_after(30.0, tmp_path)
    assert told == (0, "", "")


def _interrupted_after(seconds: float, tmp_path: Path) -> tuple[int, str, str]:
    """Exit status, output and errors of the program when Ctrl+C comes so long after its start."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "main.py"],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(seconds)
    assert process.poll() is None, process.communicate()[1]
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    return process.returncode, output, errors
