"""The few dialogs. None blocks the run or the window, but the one that asks for a file's name."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMainWindow, QMessageBox

from simulator.commands.shell import FailedError, InputError
from simulator.version import VERSION
from ui.channel import Channel
from ui.diagnostics import DiagnosticsDialog
from ui.export import export, suggested_name
from ui.keys import KeysDialog
from ui.theme import Theme

ABOUT = (
    f"<h3>Funnelscope {VERSION}</h3><p>An oscilloscope for the statistical mechanics of deep learning: simulations "
    "on the device of your choice, drawn on the same axes as what theory predicts.</p>"
)


def ask_export(window: QMainWindow, channel: Channel, say: Callable[[str], None]) -> None:
    """Ask where to, then export; `say` how it went."""
    filters = "NumPy archive, with the figures (*.npz);;Table of the scalars (*.csv)"
    name, _ = QFileDialog.getSaveFileName(window, "Export data", suggested_name(channel), filters)
    if name:
        say(export_line(channel, Path(name)))


def export_line(channel: Channel, path: Path) -> str:
    """Export, and say in one line how it went."""
    try:
        return export(channel, path)
    except (InputError, FailedError, ValueError) as error:
        return str(error)


def show_keys(window: QMainWindow) -> QDialog:
    """All keys, beside the window; again to close."""
    return _toggled(window, KeysDialog) or _shown(KeysDialog(window))


def show_diagnostics(window: QMainWindow, theme: Theme) -> QDialog:
    """What there is to compute with."""
    return _toggled(window, DiagnosticsDialog) or _shown(DiagnosticsDialog(window, theme))


def show_about(window: QMainWindow) -> QDialog:
    """Name and version."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "About Funnelscope", ABOUT, QMessageBox.StandardButton.Close, window)
    return _shown(box)


def _toggled(window: QMainWindow, kind: type[QDialog]) -> QDialog | None:
    """Close the dialog of this kind if it is open."""
    for dialog in window.findChildren(kind):
        if dialog.isVisible():
            dialog.close()
            return dialog
    return None


def _shown(dialog: QDialog) -> QDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setModal(False)
    dialog.show()
    return dialog
