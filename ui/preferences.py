"""What survives a restart: layout, theme, speed. Tests and screenshots hand in a file of their own."""

from pathlib import Path
from typing import Any, Literal, cast, final

from PySide6.QtCore import QByteArray, QSettings

ThemeChoice = Literal["system", "dark", "light"]
THEME_CHOICES: tuple[ThemeChoice, ...] = ("system", "dark", "light")
LAYOUT_VERSION = 1
"""Raised when docks change so that old layouts no longer fit."""


@final
class Preferences:
    """Typed access to one QSettings."""

    def __init__(self, file: Path | None = None) -> None:
        """file: where to keep them; None for the user's own."""
        if file is None:
            self._settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "funnelscope", "window")
        else:
            self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeChoice:
        """Which theme was chosen."""
        found = self._settings.value("theme", "system")
        return found if found in THEME_CHOICES else "system"

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._settings.setValue("theme", choice)

    @property
    def workspace(self) -> str:
        """The workspace that was open last."""
        return str(self._settings.value("workspace", ""))

    @workspace.setter
    def workspace(self, name: str) -> None:
        self._settings.setValue("workspace", name)

    def speed(self, experiment: str) -> float | None:
        """Steps a second asked for; None for no limit, also where what was stored makes no sense."""
        try:
            found = float(cast(Any, self._settings.value(f"speed/{experiment}", 0.0)))
        except (TypeError, ValueError):
            return None
        return found if 0 < found < float("inf") else None

    def set_speed(self, experiment: str, steps_per_second: float | None) -> None:
        """Remember a speed."""
        self._settings.setValue(f"speed/{experiment}", 0.0 if steps_per_second is None else steps_per_second)

    def state(self, name: str) -> QByteArray | None:
        """A stored layout or geometry; None if there is none."""
        found = self._settings.value(f"layout{LAYOUT_VERSION}/{name}")
        return found if isinstance(found, QByteArray) else None

    def set_state(self, name: str, state: QByteArray | None) -> None:
        """Remember or forget a layout or geometry."""
        if state is None:
            self._settings.remove(f"layout{LAYOUT_VERSION}/{name}")
        else:
            self._settings.setValue(f"layout{LAYOUT_VERSION}/{name}", state)

    def save(self) -> None:
        """Write to disk now."""
        self._settings.sync()
