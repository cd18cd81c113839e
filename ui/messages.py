"""What stands in a panel in place of a picture: that kernels are being built, or what has gone wrong."""

from typing import final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from simulator.parameters import to_json
from simulator.snapshot import Failure


def details(failure: Failure) -> str:
    """Everything about a failure, as text to copy."""
    log = f"\nBuild log:\n{failure.build_log}\n" if failure.build_log else ""
    values = "\n".join(f"  {name} = {value}" for name, value in to_json(failure.params).items())
    return f"{failure.experiment}: {failure.message}\n\nParameters:\n{values}\n\n{failure.traceback}{log}"


@final
class Waiting(QWidget):
    """One quiet line in the middle of a panel."""

    def __init__(self) -> None:
        super().__init__()
        self._label = QLabel()
        self._label.setObjectName("waiting")
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self._label)

    @property
    def text(self) -> str:
        """What is being said."""
        return self._label.text()

    def show_text(self, text: str) -> None:
        """Say `text`."""
        self._label.setText(text)


@final
class FailureNotice(QWidget):
    """What went wrong, its details to copy, and the way out."""

    reset = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.message = QLabel()
        self.message.setObjectName("failure")
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setObjectName("details")
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.hide()
        self.unfold = QPushButton("Details")
        self.unfold.setCheckable(True)
        self.unfold.toggled.connect(self.text.setVisible)
        copy = self.copy = QPushButton("Copy")
        copy.setToolTip("Copy the message, the parameters, the traceback and the build log")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        again = self.again = QPushButton("Reset")
        again.setToolTip("Build it afresh with the parameters at the left (R)")
        again.clicked.connect(self.reset)
        buttons = QHBoxLayout()
        for button in (again, self.unfold, copy):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addWidget(self.message)
        layout.addLayout(buttons)
        layout.addWidget(self.text, 1)
        layout.addStretch(0)

    def show_failure(self, failure: Failure) -> None:
        """Show it, folded."""
        self.message.setText(f"This run has stopped. {failure.message}")
        self.text.setPlainText(details(failure))
        self.unfold.setChecked(False)
