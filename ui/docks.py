"""Docks: panels that can be moved, tabbed, floated and closed, under a quiet title."""

from typing import final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QEnterEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

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

    def _note_sight(self, in_front: bool) -> None:
        self._in_front = in_front

    @property
    def in_sight(self) -> bool:
        """Whether any of its content can be seen: not closed, not behind another tab, not minimised."""
        return self._in_front and self.content.isVisible() and not self.window().isMinimized()
