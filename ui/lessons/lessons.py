"""Lessons in the window: their menu, their dock, the folder of the user's own, and what is kept of progress."""

import html
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

from PySide6.QtCore import QEvent, QObject, QStandardPaths, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMenu

from ui.docks import PanelDock
from ui.lessons.library import Book, Library
from ui.lessons.marker import Marker, bring_forward
from ui.lessons.panel import LessonPanel
from ui.lessons.player import Phase, Player
from ui.lessons.words import meaning
from ui.menus import menu_named
from ui.theme import Theme
from ui.workspaces import CONTROLS

if TYPE_CHECKING:
    from ui.window import Window

LESSON: Final = "lesson"
"""Name of the dock."""
WIDTH: Final = 26
"""Of the dock, in heights of type."""
SHARE: Final = 0.62
"""Of the column's height at least, where parameters are below it."""
ROW: Final = 3.6
"""Height of one parameter's row, in heights of type."""
LONGEST: Final = 90
"""Characters of an error in the menu; all of it is in the tooltip."""


def own_folder() -> Path:
    """Where lessons are looked for until the user chooses another folder."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)) / "lessons"


@final
class Lessons(QObject):
    """Starts lessons and gives them their place. `staged`: the layout on screen is a lesson's, not the user's."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.player = Player(window)
        self.panel = LessonPanel(self.player)
        self.dock = PanelDock(LESSON, "Lesson", self.panel, window)
        self.dock.installEventFilter(self)
        self.dock.hide()
        self.marker = Marker(window)
        self.staged = self._fresh = False
        self.book: Book | None = None
        self._menu = QMenu()
        self._actions: list[QAction] = []
        self._keys: list[QShortcut] = []
        self.player.entered.connect(self._entered)
        self.player.changed.connect(self._changed)
        self.marker.moved.connect(self.player.put)
        self.panel.placed.connect(self.player.put)

    @property
    def active(self) -> bool:
        """Whether a lesson is on."""
        return self.player.lesson is not None

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the commands of the menu do."""
        return {
            "lesson_afresh": self.begin_afresh,
            "lesson_end": self.player.leave,
            "lessons_reload": self.reload,
            "lessons_choose": self.ask_folder,
            "lessons_open": self.open_folder,
        }

    def fill_menus(self) -> None:
        """The menu is filled whenever it is opened; keys work while a lesson is on."""
        window = self._window
        self.library = Library([channel.kind for channel in window.channels.values()], window.workspaces)
        self._menu = menu_named(window, "Lessons")
        self._menu.setToolTipsVisible(True)
        self._menu.insertSeparator(window.actions_by_name["lesson_afresh"])
        self._menu.insertSeparator(window.actions_by_name["lessons_reload"])
        self._menu.aboutToShow.connect(self.fill)
        for key, act in (("PgDown", self.player.go_on), ("PgUp", self.player.back)):
            self._key(key, act)
        for number in range(6):
            self._key(str(number + 1), partial(self.player.choose, number))
        window.poller.slow_tick.connect(self._tick)
        self.fill()

    def _key(self, key: str, act: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(key), self._window)
        shortcut.setEnabled(False)
        shortcut.activated.connect(lambda: act())
        self._keys.append(shortcut)

    # --- the list ------------------------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """The folder of the user's own lessons."""
        return self._window.preferences.lessons_folder or own_folder()

    def books(self) -> list[Book]:
        """All lessons: those that ship, then those of the folder."""
        return [*self.library.shipped(), *self.library.folder(self.folder)]

    def fill(self) -> None:
        """List all lessons, with how far each has come, or what is wrong with it."""
        for action in self._actions:
            self._menu.removeAction(action)
            action.deleteLater()
        first = self._menu.actions()[0]
        self._actions = []
        books = self.books()
        for before, book in zip([None, *books], books, strict=False):
            if before is not None and before.path is None and book.path is not None:
                self._actions.append(self._menu.insertSeparator(first))
            action = QAction(self._line(book).replace("&", "&&"), self._menu)
            action.setObjectName(book.source)
            tip = book.error or (book.lesson.about if book.lesson else "")
            action.setToolTip(f"<p>{html.escape(tip)}</p>")
            action.triggered.connect(lambda _=False, book=book: self.open(book))
            self._menu.insertAction(first, action)
            self._actions.append(action)
        self._enable()

    def _enable(self) -> None:
        """Keys and entries of the menu that are of use only while a lesson is on."""
        for key in self._keys:
            key.setEnabled(self.active)
        for name in ("lesson_afresh", "lesson_end"):
            self._window.actions_by_name[name].setEnabled(self.active)

    def _line(self, book: Book) -> str:
        lesson = book.lesson
        if lesson is None:
            return "✗  " + (book.error if len(book.error) <= LONGEST else book.error[:LONGEST] + "…")
        index, finished = self._window.preferences.lesson(book.key)
        mark = "✓  " if finished else "    "
        far = f", step {min(index, len(lesson.steps) - 1) + 1} of {len(lesson.steps)}" if index > 0 else ""
        return f"{mark}{lesson.title}  ({lesson.minutes} min{far})"

    # --- opening -------------------------------------------------------------------------------------------------

    def open(self, book: Book, index: int | None = None) -> bool:
        """Start a lesson where it was left, or at a step; one with a mistake is not started, and says its line."""
        if book.lesson is None:
            self._window.caption.say("This lesson cannot be used", book.error)
            return False
        self._window.scenes.stop()  # or its cues would go on in the lesson
        self.player.leave()  # before another book is noted: the end of one lesson is not progress of the next
        self.book = book
        self._window.caption.hide()
        kept = self._window.preferences.lesson(book.key)[0]
        self.player.start(book.lesson, kept if index is None else index)
        return True

    def open_path(self, path: Path) -> bool:
        """Start the lesson in a file that was dropped."""
        return self.open(self.library.read(path.absolute()))

    def begin_afresh(self) -> None:
        """The lesson that is on from its first step."""
        if self.book is not None and self.active:
            self.open(self.book, 0)

    def reload(self) -> None:
        """Read all lessons anew; the one that is on goes on, at the step where it is, as its file has it now."""
        self.fill()
        if not self.active or self.book is None:
            self._window.say(f"Lessons are read anew: {sum(b.lesson is not None for b in self.books())} can be used")
            return
        again = self.library.again(self.book)
        if again.lesson is None:
            self._window.caption.say("The lesson goes on as it was", again.error)
            return
        self.book = again
        self.player.replace(again.lesson)

    def ask_folder(self) -> None:
        """Ask for the folder of the user's own lessons."""
        name = QFileDialog.getExistingDirectory(self._window, "Folder of lessons", str(self.folder))
        if name:
            self.choose_folder(Path(name))

    def choose_folder(self, folder: Path) -> None:
        """Look for lessons there from now on."""
        self._window.preferences.lessons_folder = folder
        self.fill()
        found = self.library.folder(folder)
        broken = sum(book.lesson is None for book in found)
        words = f"{len(found)} in {folder}" + (f"; {broken} with a mistake, which the menu names" if broken else "")
        self._window.caption.say("Lessons", words)

    def open_folder(self) -> None:
        """Show the folder in the system's file manager, made if it is not there."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._window.say(f"{self.folder} could not be made: {error.strerror or error}")
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.folder)))

    # --- the stage -----------------------------------------------------------------------------------------------

    @property
    def width(self) -> int:
        """Pixels that the dock wants; 0 without a lesson."""
        theme = self._window.theme
        return WIDTH * theme.pixels("body") if self.active else 0

    def place(self) -> None:
        """The dock above the parameters, or in their place where a step hides them all; away without a lesson."""
        window, self.staged = self._window, self.active
        if not self.active:
            window.removeDockWidget(self.dock)
            return
        controls, step = window.docks[CONTROLS], self.player.step
        rows = window.controls[step.experiment].rows
        shown = sum(step.shows(name) and not row.isHidden() for name, row in rows.items())
        controls.setFloating(False)
        self.dock.setFloating(False)
        controls.show()
        window.splitDockWidget(controls, self.dock, Qt.Orientation.Vertical)
        window.splitDockWidget(self.dock, controls, Qt.Orientation.Vertical)
        self.dock.show()
        controls.setVisible(shown > 0)
        self._share(shown)
        QTimer.singleShot(0, self, lambda: self._share(shown))  # once docks that were hidden have their place

    def _share(self, rows: int) -> None:
        """Divide the column, in its whole width: for the parameters what so many rows need, the rest for the lesson."""
        if not self.active:
            return
        body, column = self._window.theme.pixels("body"), self._window.height() - 6 * self._window.theme.pixels("body")
        below = min(round((1 - SHARE) * column), round((4 + ROW * rows) * body))
        self._window.resizeDocks([self.dock], [self.width], Qt.Orientation.Horizontal)
        docks = [self.dock, self._window.docks[CONTROLS]]
        self._window.resizeDocks(docks, [column - below, below], Qt.Orientation.Vertical)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.panel.set_theme(theme)
        self.dock.bar.set_colour(theme.muted)
        self.marker.redraw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Who closes the dock ends the lesson."""
        if event.type() == QEvent.Type.Close and self.active:
            self.player.leave()
        return super().eventFilter(watched, event)

    # --- the player ----------------------------------------------------------------------------------------------

    def _entered(self) -> None:
        self._enable()
        for panel in self._window.controls.values():
            panel.limit(None)
        self.marker.clear()
        if not self.active:
            self._window.removeDockWidget(self.dock)  # before the user's own layout returns, or it would be squeezed
            return
        step = self.player.step
        self._window.controls[step.experiment].limit(step.shows)
        self.panel.enter()
        self.panel.waiting.setToolTip(meaning(self.player))
        self._fresh = True
        self._keep()

    def _changed(self) -> None:
        player, marker = self.player, self.marker
        if not self.active:
            return
        place = player.step.place
        if player.step.figure and self._fresh:
            bring_forward(self._window, player.step.experiment, player.step.figure)
        self._fresh = False
        if place is not None:
            if player.phase is Phase.PREDICT and player.guess is None:
                marker.ask(player.step.experiment, place)
            elif player.phase is Phase.PREDICT and player.guess is not None:
                marker.put(player.guess)
            elif player.phase is Phase.WATCH:
                marker.settle()
            else:
                marker.reveal(player.measured)
        self.panel.show_phase()
        self._keep()

    def _keep(self) -> None:
        """Remember how far this lesson has come."""
        player, lesson = self.player, self.player.lesson
        if self.book is None or lesson is None:
            return
        finished = player.last and player.phase is Phase.DONE
        _, before = self._window.preferences.lesson(self.book.key)
        self._window.preferences.set_lesson(self.book.key, 0 if finished else player.index, finished or before)

    def _tick(self) -> None:
        if self.active:
            self.player.tick()
            self.marker.tick()
            self.panel.show_live()
