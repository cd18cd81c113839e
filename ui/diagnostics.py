"""Help > Diagnostics: what there is to compute and to draw with, what is wrong, and one button that copies it all."""

import threading
from typing import final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from simulator.backends.diagnose import diagnose, report
from simulator.log import log_failure
from ui.theme import Theme

POLL_MS = 50


@final
class DiagnosticsDialog(QDialog):
    """Gathers in a thread of its own (it runs a kernel on every device), shows text."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self.setWindowTitle("Diagnostics")
        self.resize(760, 560)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(theme.pixels("body") - 1)
        self.text.setFont(font)
        self.text.setPlainText("Asking every device …")
        self.copy = QPushButton("Copy all")
        self.copy.setEnabled(False)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.copy)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addLayout(buttons)
        self._found: list[str] = []
        threading.Thread(target=self._gather, name="diagnostics", daemon=True).start()
        self._poll = QTimer(self, interval=POLL_MS)
        self._poll.timeout.connect(self._show_found)
        self._poll.start()

    def _gather(self) -> None:
        try:
            self._found.append(report(diagnose()))
        except Exception as error:  # the one dialog that must come up whatever is broken
            self._found.append(f"The diagnosis itself failed: {type(error).__name__}: {error}\n{log_failure(error)}")

    def _show_found(self) -> None:
        if self._found:
            self._poll.stop()
            self.text.setPlainText(self._found[0])
            self.copy.setEnabled(True)
