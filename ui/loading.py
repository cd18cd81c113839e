"""A file of data on its way into an experiment, which is shown once it has taken them."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, final

from PySide6.QtCore import QObject, QTimer

from simulator import parameters
from simulator.parameters import ParameterError
from simulator.snapshot import Failure, Snapshot
from ui.channel import Channel
from ui.workspaces import home_of

if TYPE_CHECKING:
    from ui.window import Window

EVERY_MS: Final = 50


@final
class Loading(QObject):
    """Hands one file at a time to the run that is to learn from it. One that is refused changes nothing in sight."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._wanted: tuple[Channel, str, Path] | None = None
        self._asked: object = None
        """Parameters that the run has been given; None until there is a run to go on with if it refuses them."""
        self._tick = QTimer(self, interval=EVERY_MS)
        self._tick.timeout.connect(self._look)

    def take(self, channel: Channel, name: str, path: Path) -> None:
        """One change of parameters: `name`, and what it implies. Then play, in sight."""
        values = parameters.implied(channel.kind.Params, name, str(path))
        try:
            parameters.change(channel.params, **values)
        except ParameterError as error:
            self._window.say(str(error), stays=True)
            return
        if not channel.opened:
            channel.open()
            channel.playing = channel.resting = True  # as after a visit: it plays when it comes into sight
        self._wanted, self._asked = (channel, name, path), None
        self._tick.start()
        self._look()

    def _look(self) -> None:
        """Whether the run has taken the file, or refused it: then it has gone back to what it was."""
        assert self._wanted is not None
        channel, name, path = self._wanted
        news = channel.latest
        if news is None:
            return
        if self._asked is None:
            channel.edit(name, str(path), True)
            self._asked = channel.params
        elif channel.params is not self._asked:
            self._tick.stop()
        elif isinstance(news, Snapshot) and news.params != self._asked:
            channel.heed(news)
        else:
            self._tick.stop()
            self._show(channel, news)

    def _show(self, channel: Channel, news: Snapshot | Failure) -> None:
        window = self._window
        if window.workspace is None or channel.name not in window.workspace.experiments:
            window.open_workspace(home_of(window.workspaces, channel.name))
        window.caption.hide()
        window.status.done()
        if isinstance(news, Snapshot):
            channel.set_playing(True)
        window.refresh()
