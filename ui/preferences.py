"""What survives a restart: layout, theme, speed, recent sessions. Tests and screenshots hand in a file of their own."""

from pathlib import Path
from typing import Any, Literal, cast, final
from urllib.parse import quote, unquote

from PySide6.QtCore import QByteArray, QSettings

from ui.docks import Layout

ThemeChoice = Literal["system", "dark", "light"]
THEME_CHOICES: tuple[ThemeChoice, ...] = ("system", "dark", "light")
LAYOUT_VERSION = 2
"""Raised when docks change so that old layouts no longer fit."""
NAMED = "named"
"""The group of layouts that have a name."""
RECENT = 10
"""Sessions that are remembered."""


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

    def speed(self, experiment: str, usual: float | None = None) -> float | None:
        """Steps a second asked for, None for no limit; `usual` where nothing was stored, or what makes no sense."""
        try:
            found = float(cast(Any, self._settings.value(f"speed/{experiment}", "")))
        except (TypeError, ValueError):
            return usual
        return (found or None) if 0 <= found < float("inf") else usual

    def set_speed(self, experiment: str, steps_per_second: float | None) -> None:
        """Remember a speed."""
        self._settings.setValue(f"speed/{experiment}", 0.0 if steps_per_second is None else steps_per_second)

    @property
    def recent(self) -> tuple[Path, ...]:
        """Sessions opened or saved of late, the last first."""
        found = self._settings.value("recent", "")  # a list of one comes back as its one word
        words = found if isinstance(found, list) else [found]
        return tuple(Path(word) for word in words if isinstance(word, str) and word)

    def remember(self, path: Path) -> None:
        """Put a session before all others."""
        others = [each for each in self.recent if each != path]
        self._settings.setValue("recent", [str(each) for each in (path, *others)][:RECENT])

    def forget(self, path: Path) -> None:
        """A session is there no more."""
        self._settings.setValue("recent", [str(each) for each in self.recent if each != path])

    @property
    def lessons_folder(self) -> Path | None:
        """Where the user's own lessons are; None where no folder has been chosen."""
        found = str(self._settings.value("lessons_folder", ""))
        return Path(found) if found else None

    @lessons_folder.setter
    def lessons_folder(self, folder: Path) -> None:
        self._settings.setValue("lessons_folder", str(folder))

    def lesson(self, key: str) -> tuple[int, bool]:
        """How far a lesson has come: the step where it was left, and whether it was ever finished."""
        step, _, mark = str(self._settings.value(f"lessons/{_plain(key)}", "0")).partition(" ")
        return (int(step) if step.isascii() and step.isdigit() and len(step) < 4 else 0), mark == "finished"

    def set_lesson(self, key: str, step: int, finished: bool) -> None:
        """Remember how far a lesson has come."""
        self._settings.setValue(f"lessons/{_plain(key)}", f"{step} finished" if finished else str(step))

    def layout(self, workspace: str, name: str = "") -> Layout | None:
        """Where a workspace's docks were left, or were when a name was given; None if nothing is stored."""
        key = _layout_key(workspace, name)
        state, placed = self.state(key), self._settings.value(f"layout{LAYOUT_VERSION}/{key}.placed")
        return Layout(state, frozenset(placed.split())) if state is not None and isinstance(placed, str) else None

    def set_layout(self, workspace: str, layout: Layout, name: str = "") -> None:
        """Remember where a workspace's docks are, beside where they are left if it has a name."""
        key = _layout_key(workspace, name)
        self.set_state(key, layout.state)
        self._settings.setValue(f"layout{LAYOUT_VERSION}/{key}.placed", " ".join(sorted(layout.placed)))

    def layout_names(self, workspace: str) -> tuple[str, ...]:
        """Of the layouts of a workspace that have been given one, in order."""
        self._settings.beginGroup(f"layout{LAYOUT_VERSION}/{NAMED}/{workspace}")
        keys = self._settings.childKeys()
        self._settings.endGroup()
        return tuple(sorted((unquote(key) for key in keys if f"{key}.placed" in keys), key=str.casefold))

    def forget_layout(self, workspace: str, name: str) -> None:
        """A name is no longer that of a layout."""
        key = _layout_key(workspace, name)
        self.set_state(key, None)
        self._settings.remove(f"layout{LAYOUT_VERSION}/{key}.placed")

    def state(self, name: str) -> QByteArray | None:
        """What Qt has written of a layout or of the window's geometry; None if there is none."""
        found = self._settings.value(f"layout{LAYOUT_VERSION}/{name}")
        return found if isinstance(found, QByteArray) else None

    def set_state(self, name: str, state: QByteArray | None) -> None:
        """Remember or forget what Qt has written."""
        if state is None:
            self._settings.remove(f"layout{LAYOUT_VERSION}/{name}")
        else:
            self._settings.setValue(f"layout{LAYOUT_VERSION}/{name}", state)

    def save(self) -> None:
        """Write to disk now."""
        self._settings.sync()


def _layout_key(workspace: str, name: str) -> str:
    """No dot in a name, or one may be what is written beside another."""
    return f"{NAMED}/{workspace}/{_plain(name).replace('.', '%2E')}" if name else workspace


def _plain(key: str) -> str:
    """A key without the signs that part groups from one another."""
    return quote(key, safe="")
