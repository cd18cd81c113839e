"""Layouts that the user has given a name: kept for each workspace, and given back from the View menu."""

from typing import TYPE_CHECKING, Final, final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QMenu

from ui.menus import menu_named

if TYPE_CHECKING:
    from ui.window import Window

LONGEST: Final = 40
"""Characters of a name."""


@final
class NamedLayouts(QObject):
    """Keeps where the panels of the workspace in front are, by name."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.menu, self._forget_menu = QMenu("Layouts"), QMenu("Forget")

    def fill_menus(self) -> None:
        """A menu of its own above the entry that restores the default."""
        menu_named(self._window, "View").insertMenu(self._window.actions_by_name["restore_layout"], self.menu)
        self.menu.aboutToShow.connect(self._fill)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the layouts of the workspace in front."""
        where = self._window.workspace
        return () if where is None else self._window.preferences.layout_names(where.name)

    def ask_keep(self) -> None:
        """Ask for a name, then keep the layout."""
        name, agreed = QInputDialog.getText(self._window, "Keep this layout", "Its name")
        if agreed:
            self.keep(name)

    def keep(self, name: str) -> None:
        """Keep the layout as it is now; one of the same name is replaced."""
        where, name = self._window.workspace, " ".join(name.split())
        if where is None:
            return
        if self._window.lessons.staged:
            self._window.say("a lesson arranges the panels itself: a layout is kept when it has ended")
            return
        if not 0 < len(name) <= LONGEST:
            self._window.say(f"a layout's name is not allowed: {name!r:.60}; it has from 1 to {LONGEST} characters")
            return
        self._window.preferences.set_layout(where.name, self._window.layouts.present_layout, name)
        self._window.caption.say("Layout kept", f"View → Layouts → {name} brings it back.")

    def give(self, name: str) -> None:
        """Put the panels where they were when this name was given."""
        where = self._window.workspace
        layout = None if where is None else self._window.preferences.layout(where.name, name)
        if layout is None or not self._window.layouts.apply(layout):
            self._window.say(f"the layout {name!r} cannot be read any more")

    def forget(self, name: str) -> None:
        """Keep it no longer. Panels stay where they are."""
        if self._window.workspace is not None:
            self._window.preferences.forget_layout(self._window.workspace.name, name)

    def _fill(self) -> None:
        self.menu.clear()
        self._forget_menu.clear()
        for name in self.names:
            text = name.replace("&", "&&")
            self.menu.addAction(text).triggered.connect(lambda _, name=name: self.give(name))
            self._forget_menu.addAction(text).triggered.connect(lambda _, name=name: self.forget(name))
        if not self.menu.isEmpty():
            self.menu.addSeparator()
        self.menu.addAction("Keep this layout as…").triggered.connect(self.ask_keep)
        if not self._forget_menu.isEmpty():
            self.menu.addMenu(self._forget_menu)
