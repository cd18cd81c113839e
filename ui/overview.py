"""A workspace of several experiments: each tile bears its experiment's name, and a double-click opens it whole."""

from typing import TYPE_CHECKING, final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from ui.experiment_docks import ViewDock
from ui.workspaces import Workspace, home_of, leaves

if TYPE_CHECKING:
    from ui.window import Window


@final
class Tiles(QObject):
    """Turns the panels of a window into tiles, and back."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._on = False

    def follow(self, workspace: Workspace) -> None:
        """Tiles where a workspace shows several experiments, panels where it shows one; the menu offers no others, for
        nothing is drawn of what does not play."""
        several = len(workspace.experiments) > 1
        shown = leaves(workspace.arrangement)
        for group in self._window.groups.values():
            kind = group.channel.kind
            tiles = [dock for dock in group.docks if dock.objectName() in shown]
            for dock in group.docks:
                tile = kind.title if tiles == [dock] else f"{kind.title}: {dock.windowTitle().lower()}"
                name = tile if several else dock.windowTitle()
                dock.bar.set_title(name)
                dock.toggleViewAction().setText(name)
                dock.toggleViewAction().setVisible(kind.name in workspace.experiments)
                dock.bar.setToolTip(f"Double-click opens all of “{kind.title}”" if several else "")
        if several != self._on:
            self._on = several
            application = QApplication.instance()
            assert application is not None
            (application.installEventFilter if several else application.removeEventFilter)(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.MouseButtonDblClick or not isinstance(watched, QWidget):
            return False
        dock = _dock_around(watched)
        if dock is None or dock.window() is not self._window:
            return False
        self._window.open_workspace(home_of(self._window.workspaces, dock.experiment))
        return True


def _dock_around(widget: QWidget) -> ViewDock | None:
    inner: QWidget | None = widget
    while inner is not None and not isinstance(inner, ViewDock):
        inner = inner.parentWidget()
    return inner
