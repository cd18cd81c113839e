"""Faults of the window itself: shown and logged, never swallowed; and signals that close it in good order."""

import signal
import sys
from types import TracebackType
from typing import final

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from simulator.log import log_failure


@final
class FaultReporter(QObject):
    """Shows one box for the first fault and counts those that come while it is open."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.box: QMessageBox | None = None
        self.count = 0

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log the fault and show it. Installed as sys.excepthook."""
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
            return
        sys.__excepthook__(kind, error, trace)
        self.count += 1
        if self.box is not None:
            return
        where = log_failure(error)
        text = f"The window has met a fault of its own: {kind.__name__}: {error}\nThe run goes on; {where}."
        self.box = QMessageBox(
            QMessageBox.Icon.NoIcon, "Funnelscope", text, QMessageBox.StandardButton.Close, self._window
        )
        self.box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.box.setModal(False)
        self.box.finished.connect(self._closed)
        self.box.show()

    def _closed(self) -> None:
        self.box = None


def show_faults(window: QWidget) -> FaultReporter:
    """From now on whatever is raised in a slot is reported in `window`."""
    reporter = FaultReporter(window)
    sys.excepthook = reporter.report
    return reporter


def close_on_signals(application: QApplication) -> None:
    """Ctrl+C in the terminal, or a polite kill, closes the windows as their button does.

    A signal comes in the middle of anything, a window being made or painted, so it only asks; the event loop closes.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: QTimer.singleShot(0, application.closeAllWindows))


def quieten_offscreen() -> None:
    """The offscreen platform complains about hints that mean nothing without a screen: keep that to itself."""
    if QGuiApplication.platformName() == "offscreen":
        qInstallMessageHandler(_pass_on)


def _pass_on(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if "This plugin does not support" not in message:
        print(message, file=sys.stderr, flush=True)
