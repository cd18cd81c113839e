"""Where the window's docks are: in each workspace as it was left, in presentation, and after it."""

from typing import TYPE_CHECKING, final

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from ui.controls import WIDTH
from ui.docks import Layout, give_layout, layout_of
from ui.workspaces import CONTROLS, arrange

if TYPE_CHECKING:
    from ui.window import Window

ROOMY = 80
"""Width in heights of type that leaves room for pictures beside the parameters."""
FULL_SCREEN = Qt.WindowState.WindowFullScreen


@final
class Layouts(QObject):
    """Gives and keeps the layouts of one window."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._before: Layout | None = None
        """Of the workspace in front, while it is presented."""
        self._geometry_before: QByteArray | None = None
        self._returning = False
        self._hidden: tuple[QWidget, ...] = ()

    def watch(self) -> None:
        """Once the docks are there: the parameters have the room that they need, and no more, when they open."""
        self._window.docks[CONTROLS].toggleViewAction().triggered.connect(self._fit_later)

    @property
    def geometry(self) -> QByteArray:
        """Where the window is, or was before it took the whole screen to present."""
        before = self._geometry_before if self._window.theme.presentation else None
        return self._window.saveGeometry() if before is None else before

    def begin(self) -> None:
        """Another workspace has come to the front."""
        self._before, self._hidden = None, ()
        self.give()

    def give(self, anew: bool = False) -> None:
        """The layout in which the workspace in front was left; its own arrangement at first, in a lesson, and anew."""
        window, where = self._window, self._window.workspace
        if where is None:
            return
        stored = None if anew or window.lessons.active else window.preferences.layout(where.name)
        layout = stored if anew or self._before is None else self._before
        if layout is None or not give_layout(window, layout):
            arrange(window, window.docks, where.arrangement, self._controls_width(), where.controls)
        if window.theme.presentation:
            self._make_way()
        window.lessons.place()

    def keep(self) -> None:
        """Store how the workspace in front is left."""
        window = self._window
        if window.workspace is None or window.lessons.staged:
            return
        layout = self._before if window.theme.presentation else layout_of(window)
        if layout is not None:  # what was opened while presenting stays as it is stored
            window.preferences.set_layout(window.workspace.name, layout)

    @property
    def present_layout(self) -> Layout:
        """Where the docks are now."""
        return layout_of(self._window)

    def apply(self, layout: Layout) -> bool:
        """Give the workspace in front this layout; its own arrangement, and False, where Qt refuses it."""
        done = give_layout(self._window, layout)
        if not done:
            self.give(anew=True)
        self.show_bar()
        self._window.lessons.place()
        return done

    def show_bar(self) -> None:
        """Let the transport be seen: Qt's record of a layout says whether it was."""
        self._hidden = ()
        self._window.bar.show()

    def note_before(self) -> None:
        """The window is about to be presented."""
        self._before, self._geometry_before = layout_of(self._window), self._window.saveGeometry()

    def present(self, presenting: bool) -> None:
        """Take the whole screen, in the type that it has now, or give it back."""
        window = self._window
        self._returning = False
        state = window.windowState()
        window.setWindowState(state | FULL_SCREEN if presenting else state & ~FULL_SCREEN)
        if presenting:
            self._make_way()
            window.lessons.place()
        else:
            self.give()
            self._returning = True

    def resized(self) -> None:
        """Panels grow with the window: those of a layout that comes back with it must be told again."""
        if self._returning:
            self._returning = False
            QTimer.singleShot(0, self, self.give)

    def toggle_controls(self) -> None:
        """Hide the parameters and the transport; then show what was hidden, or both where nothing was."""
        both = (self._window.bar, self._window.docks[CONTROLS])
        seen = tuple(part for part in both if part.isVisible())
        for part in seen or self._hidden or both:
            part.setVisible(not seen)
        self._hidden = seen
        self._fit_later()

    def _fit_later(self) -> None:
        """Once Qt has placed what was shown."""
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        self._window.resizeDocks([self._window.docks[CONTROLS]], [self._controls_width()], Qt.Orientation.Horizontal)

    def _make_way(self) -> None:
        """Where large type leaves too little room for the pictures, the parameters make way; H brings them."""
        window, controls = self._window, self._window.docks[CONTROLS]
        if window.width() < ROOMY * window.theme.pixels("body"):
            controls.hide()
        self._fit()

    def _controls_width(self) -> int:
        window = self._window
        return max(WIDTH, window.lessons.width, window.controls[window.current.name].minimumSizeHint().width())
