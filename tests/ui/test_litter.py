"""Garbage in cycles is collected by the window's timer, and by nothing else while there is a window."""

import gc
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.litter import Litter


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.me = self


def test_cycles_are_collected_here_alone(qtbot: QtBot) -> None:
    owner = QObject()
    Litter(owner)
    assert not gc.isenabled()
    gc.collect()
    gone = weakref.ref(Knot())
    kept = [Knot() for _ in range(2 * gc.get_threshold()[0])]
    assert gone() is not None
    Litter.collect()
    assert gone() is None
    assert len(kept) > 0
