"""Choosing a file for a parameter that names one: which names it takes, and the button that asks."""

import fnmatch
import re
from collections.abc import Callable
from pathlib import Path
from typing import final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QToolButton

from simulator.parameters import Field


def takes(field: Field, name: str) -> bool:
    """Whether a file of that name is among those that parameter `field` wants; none if it names no file."""
    patterns = re.search(r"\(([^)]*)\)", field.param.file)
    return patterns is not None and any(fnmatch.fnmatch(name.lower(), each.lower()) for each in patterns[1].split())


@final
class BrowseButton(QToolButton):
    """Asks for a file. `present`: the one that is named now, beside which to look first."""

    chosen = Signal(str)

    def __init__(self, field: Field, present: Callable[[], str]) -> None:
        super().__init__()
        self._field, self._present = field, present
        self.setObjectName("browse")
        self.setText("…")
        self.setToolTip(f"Choose a file: {field.param.label.lower()}")
        self.setAccessibleName(f"Choose a file: {field.param.label.lower()}")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.clicked.connect(self._ask)

    def _ask(self) -> None:
        now = self._present()
        folder = str(Path(now).parent) if now else ""
        filters = f"{self._field.param.file};;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self.window(), self._field.param.label, folder, filters)
        if name:
            self.chosen.emit(name)
