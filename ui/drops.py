"""Files dropped on the window, wherever on it: a session is opened, data are learnt from."""

from pathlib import Path
from typing import TYPE_CHECKING, final

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from simulator.parameters import fields
from simulator.scenes import SUFFIX
from ui.browse import takes
from ui.channel import Channel
from ui.lessons.library import is_lesson
from ui.loading import Loading

if TYPE_CHECKING:
    from ui.window import Window

MOVES = (QEvent.Type.DragEnter, QEvent.Type.DragMove)


def local_files(mime: QMimeData) -> list[Path]:
    """The files that are being dragged."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def is_session(path: Path) -> bool:
    """Whether a name is that of a session; its ending may have been shortened on its way."""
    return path.suffix.lower() == ".json"


@final
class Drops(QObject):
    """Takes files for the window and for its floating panels; no other widget in it does."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window, self._loading = window, Loading(window)
        for child in window.findChildren(QWidget):
            if child.acceptDrops():  # a field would take the file's name as text
                child.setAcceptDrops(False)
        for target in (window, *window.docks.values()):
            target.setAcceptDrops(True)
            target.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what this window can make something of."""
        if isinstance(event, QDropEvent) and (event.type() in MOVES or event.type() == QEvent.Type.Drop):
            dragged = local_files(event.mimeData())
            files = [path for path in dragged if is_session(path) or is_lesson(path) or self._learner(path)]
            if files:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.take(next(filter(is_session, files), files[0]))
                return True
        return super().eventFilter(watched, event)

    def take(self, path: Path) -> None:
        """Open a session, or learn from data where they are wanted: one change of parameters, and play."""
        if path.name.lower().endswith(SUFFIX):
            self._window.scenes.open_path(path)
            return
        if is_lesson(path):
            self._window.lessons.open_path(path)
            return
        learner = self._learner(path)
        if is_session(path) or learner is None:
            self._window.sessions.open_path(path)
            return
        self._loading.take(*learner, path)

    def _learner(self, path: Path) -> tuple[Channel, str] | None:
        """The experiment that takes a file of this name, and for which parameter."""
        found = (
            (channel, field.name)
            for channel in self._window.channels.values()
            for field in fields(channel.kind.Params)
            if takes(field, path.name)
        )
        return next(found, None)
