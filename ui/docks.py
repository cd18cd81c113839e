"""Docks: panels that can be moved, tabbed, floated and closed, under a quiet title."""

from typing import final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from ui.icons import icon


@final
class TitleBar(QWidget):
    """Title at the left; float and close appear under the mouse. Dragging it moves the dock."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._title = QLabel(dock.windowTitle())
        self._title.setObjectName("dockTitle")
        self._title.setMinimumWidth(1)  # where it is narrow the title makes way for the buttons
        self.extra = QHBoxLayout()
        self.extra.setSpacing(2)
        self._float = self._button("float", "Float this panel, or put it back")
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = self._button("close", "Close this panel; the View menu brings it back")
        self._close.clicked.connect(dock.close)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 3, 5, 0)
        layout.setSpacing(2)
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
