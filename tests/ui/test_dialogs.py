"""Diagnostics, export, about."""

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.ui.helpers import draw_frames, settle
from ui import dialogs
from ui.diagnostics import DiagnosticsDialog
from ui.window import Window


def test_diagnostics_gathers_and_copies_everything(window: Window, qtbot: QtBot) -> None:
    window.actions_by_name["diagnostics"].trigger()
    dialog = window.findChild(DiagnosticsDialog)
    qtbot.waitUntil(dialog.copy.isEnabled, timeout=60_000)
    dialog.copy.click()
    text = QGuiApplication.clipboard().text()
    assert text == dialog.text.toPlainText()
    assert "numpy" in text and "Versions" in text and "numba" in text
    dialog.close()


def test_export_holds_history_figures_and_what_made_them(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    draw_frames(qtbot, window, 5)
    window.current.set_playing(False)
    settle(qtbot, window)
    said = dialogs.export_line(window.current, tmp_path / "run.npz")
    assert "run.npz" in said
    with np.load(tmp_path / "run.npz") as found:
        assert found["step"].size == found["level"].size > 4
        assert any(name.startswith("figures/waves/") for name in found.files)
        meta = json.loads(str(found["meta"]))
    assert meta["seed"] == 1 and meta["parameters"]["rate"] == 1.0 and meta["backend"] == "numba"
    assert meta["version"] and meta["device"]
    dialogs.export_line(window.current, tmp_path / "run.csv")
    lines = (tmp_path / "run.csv").read_text().splitlines()
    assert lines[0].startswith("# {") and any(line.startswith("step,") for line in lines)


def test_export_asks_for_a_name_and_says_how_it_went(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(qtbot, window)
    for name, said in (("good", "good.npz"), ("nowhere/bad.npz", "cannot be written")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, name=name: (str(tmp_path / name), ""))
        window.actions_by_name["export"].trigger()
        assert said in window.status.notice.text()
    assert [path.name for path in tmp_path.glob("*.npz")] == ["good.npz"]


def test_about(window: Window, qtbot: QtBot) -> None:
    window.actions_by_name["about"].trigger()
    window.actions_by_name["diagnostics"].trigger()
    window.close()
