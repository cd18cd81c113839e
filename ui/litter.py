"""Cyclic garbage is collected in the window's thread alone.

Python collects in whatever thread happens to allocate; a widget that is destroyed in the simulation thread brings the
process down. So automatic collection is off while there is a window, and a timer does what it would have done.
"""

import gc
from typing import final

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 500


@final
class Litter(QObject):
    """Collects for as long as it lives."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        if gc.isenabled():  # the first: what has been imported is here to stay, and is looked through no more
            gc.disable()
            gc.collect()
            gc.freeze()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    @staticmethod
    def collect() -> None:
        """The oldest generation whose count is above its threshold, as Python itself would."""
        due = [
            age
            for age, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
            if count > most
        ]
        if due:
            gc.collect(due[-1])
