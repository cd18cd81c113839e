"""Docks: panels that can be moved, tabbed, floated and closed, under a quiet title; and where all of them are."""

from dataclasses import dataclass
from typing import final

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt
from PySide6.QtGui import QEnterEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QStackedWidget, QToolButton, QWidget

from ui.icons import icon

GAP = 2
"""Between the parts of a title, pixels."""


@final
class TitleBar(QWidget):
    """Title at the left; float and close appear under the mouse. Dragging it moves the dock.

    Where there is no room for the whole title it is left away: a fragment of a name says nothing.
    """

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._title = QLabel(dock.windowTitle())
        self._title.setObjectName("dockTitle")
        self.extra = QHBoxLayout()
        self.extra.setSpacing(2)
        self._float = self._button("float", "Float this panel, or put it back")
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = self._button("close", "Close this panel; the View menu brings it back")
        self._close.clicked.connect(dock.close)
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(10, 3, 5, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self._title)
        layout.addLayout(self.extra)
        layout.addStretch(1)
        layout.addWidget(self._float)
        layout.addWidget(self._close)
        self._show_buttons(False)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("titleButton")
        button.setProperty("icon_name", name)
        button.setIconSize(QSize(10, 10))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def set_title(self, title: str) -> None:
        """Show another title than the dock has in menus."""
        self._title.setText(title)
        self._make_room()

    @property
    def shows_title(self) -> bool:
        """Whether there is room for the title."""
        return not self._title.isHidden()

    def minimumSizeHint(self) -> QSize:
        """Room for all but the title, which makes way."""
        return QSize(self._needs, super().minimumSizeHint().height())

    @property
    def _needs(self) -> int:
        """Width without the title, pixels."""
        margins, buttons = self._row.contentsMargins(), (self._float, self._close)
        used = sum(GAP + button.sizeHint().width() for button in buttons)
        return margins.left() + self.extra.sizeHint().width() + GAP + used + margins.right()

    def _make_room(self) -> None:
        self._title.setVisible(self._needs + self._title.sizeHint().width() + GAP <= self.width())

    def event(self, event: QEvent) -> bool:
        """The room there is for the title changes with what stands beside it, and with the size of type."""
        handled = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._make_room()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def set_colour(self, colour: str) -> None:
        """Draw the buttons in `colour`."""
        for button in (self._float, self._close):
            button.setIcon(icon(str(button.property("icon_name")), colour))

    def _show_buttons(self, on: bool) -> None:
        for button in (self._float, self._close):
            size = button.sizePolicy()
            size.setRetainSizeWhenHidden(True)
            button.setSizePolicy(size)
            button.setVisible(on)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._show_buttons(True)

    def leaveEvent(self, event: QEvent) -> None:
        self._show_buttons(False)


class PanelDock(QDockWidget):
    """One panel. `name` is stable: saved layouts depend on it."""

    def __init__(self, name: str, title: str, content: QWidget, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.setObjectName(name)
        self.setWidget(content)
        self.content = content
        self.bar = TitleBar(self)
        self.setTitleBarWidget(self.bar)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._in_front = False
        self.visibilityChanged.connect(self._note_sight)
        self.toggleViewAction().triggered.connect(self._find_place)

    def _note_sight(self, in_front: bool) -> None:
        self._in_front = in_front

    def _find_place(self, shown: bool) -> None:
        """One that is not in the layout would lie over those that are: where it was in it, or at the right."""
        window = self.parent()
        if not shown or not isinstance(window, QMainWindow):
            return
        if not has_place(window, self):
            if not window.restoreDockWidget(self):
                window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self)
            self.show()

    @property
    def in_sight(self) -> bool:
        """Whether any of its content can be seen: not closed, not behind another tab, not minimised."""
        return self._in_front and self.content.isVisible() and not self.window().isMinimized()


@final
class Pages(QStackedWidget):
    """One of several contents of a dock, which takes the room that this one needs.

    Not that of the widest: a page that is hidden when large type ends goes on asking for the room of large type.
    """

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return super().minimumSizeHint() if page is None else page.minimumSizeHint()


@final
@dataclass(frozen=True, slots=True)
class Layout:
    """Where the docks of a window are. state: as Qt writes it; placed: the names of those that are there, or closed.

    Qt's own record does not suffice: docks that have been removed from the window are open in it.
    """

    state: QByteArray
    placed: frozenset[str]


def layout_of(window: QMainWindow) -> Layout:
    """Where the docks are now."""
    return Layout(window.saveState(), frozenset(d.objectName() for d in _docks_of(window) if has_place(window, d)))


def give_layout(window: QMainWindow, layout: Layout) -> bool:
    """Put the docks back where they were, and no others beside them; False if Qt refuses, and then none has a place."""
    docks = {dock.objectName(): dock for dock in _docks_of(window)}
    strays = {name: dock for name, dock in docks.items() if name not in layout.placed}
    for dock in docks.values():
        window.removeDockWidget(dock)  # Qt leaves those that its record does not name where they are
    # Qt finds docks by name; one that it does not find takes no room from the others.
    for dock in strays.values():
        dock.setObjectName("")
    done = window.restoreState(layout.state)
    for name, dock in strays.items():
        dock.setObjectName(name)
    return done


def has_place(window: QMainWindow, dock: QDockWidget) -> bool:
    """Whether a dock is in the window's layout, or floats and would return to it; it may be closed."""
    return window.dockWidgetArea(dock) != Qt.DockWidgetArea.NoDockWidgetArea


def _docks_of(window: QMainWindow) -> list[QDockWidget]:
    return window.findChildren(QDockWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
