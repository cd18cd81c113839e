"""Menus and keys, built from the table of commands."""

from collections.abc import Callable, Mapping
from typing import cast

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu

from ui.keys import COMMANDS
from ui.preferences import THEME_CHOICES, ThemeChoice
from ui.workspaces import Workspace

MENUS = ("File", "Edit", "Run", "Presets", "Lessons", "View", "Help")
THEME_WORDS = {"system": "As the system", "dark": "Dark", "light": "Light"}


def make_menus(window: QMainWindow, handlers: Mapping[str, Callable[[], object]]) -> dict[str, QAction]:
    """Fill the menu bar with every command that has a handler; its actions by name."""
    menus = {name: window.menuBar().addMenu(name) for name in MENUS}
    actions = {}
    for command in COMMANDS:
        action = QAction(command.text, window)
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.triggered.connect(lambda _, handler=handlers[command.name]: handler())
        menus[command.menu].addAction(action)
        window.addAction(action)  # a key works although its menu may be hidden
        actions[command.name] = action
    return actions


def fill_view_menu(
    window: QMainWindow,
    workspaces: tuple[Workspace, ...],
    docks: Mapping[str, QDockWidget],
    open_workspace: Callable[[Workspace], object],
    choose_theme: Callable[[ThemeChoice], object],
    theme: ThemeChoice,
) -> None:
    """Workspaces, panels and themes, above what the View menu has already."""
    menu = menu_named(window, "View")
    menu.setToolTipsVisible(True)
    first = menu.actions()[0]
    panels = QMenu("Panels", menu)
    for dock in docks.values():
        panels.addAction(dock.toggleViewAction())
    themes = QMenu("Theme", menu)
    group = QActionGroup(window)
    for choice in THEME_CHOICES:
        action = group.addAction(THEME_WORDS[choice])
        action.setCheckable(True)
        action.setChecked(choice == theme)
        action.triggered.connect(lambda _, choice=choice: choose_theme(choice))
        themes.addAction(action)
    for number, workspace in enumerate(workspaces[:9], start=1):
        action = QAction(workspace.title, window)
        action.setShortcut(QKeySequence(f"Ctrl+{number}"))
        named = ", ".join(workspace.experiments)
        action.setToolTip(
            f"<p>On the command line: <code>shot {workspace.name}</code>; what it runs: <code>{named}</code>, whose "
            "parameters and scalars <code>list</code> names</p>"
        )
        action.triggered.connect(lambda _, workspace=workspace: open_workspace(workspace))
        menu.insertAction(first, action)
        window.addAction(action)
    menu.insertSeparator(first)
    menu.insertMenu(first, panels)
    menu.insertMenu(first, themes)
    menu.insertSeparator(first)


def menu_named(window: QMainWindow, name: str) -> QMenu:
    """One menu of the menu bar."""
    return next(cast(QMenu, action.menu()) for action in window.menuBar().actions() if action.text() == name)
