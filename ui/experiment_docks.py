"""The docks of one experiment: what is drawn in them, and which of its figures are in sight."""

from typing import final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMainWindow

from simulator.figures import Camera, Handle, Lens, Surface
from simulator.parameters import field
from simulator.runner import Runner
from simulator.snapshot import Failure, Snapshot
from ui.channel import Channel, nearest
from ui.docks import PanelDock
from ui.panels import ViewPanel
from ui.theme import Theme


def waiting_text(runner: Runner) -> str:
    """What the first picture is being waited for."""
    name = runner.device_name.partition(": ")[2]
    return f"Building kernels for {name}: first start only" if name else "Looking for a device to compute on"


def lens_parameters(lens: Lens) -> tuple[str, str, str, str]:
    """The names of what holds its centre and its spans."""
    return lens.x_parameter, lens.y_parameter, lens.x_span_parameter, lens.y_span_parameter


@final
class ViewDock(PanelDock):
    """One view of an experiment in its dock."""

    restart_asked = Signal()
    camera_changed = Signal(str, Camera)

    def __init__(self, channel: Channel, panel: ViewPanel, parent: QMainWindow) -> None:
        super().__init__(f"{channel.name}.{panel.view.name}", panel.view.title, panel, parent)
        self.panel = panel
        self._channel = channel
        self.experiment = channel.name
        self.drawn: Snapshot | Failure | None = None
        self.bears_failures = self._past = False
        if panel.switch is not None:
            self.bar.extra.addWidget(panel.switch)
        panel.reset.connect(self.restart_asked)
        panel.camera_changed.connect(self._look)
        panel.handle_moved.connect(self._drag)
        panel.handle_released.connect(channel.settle)
        panel.lens_moved.connect(self._zoom)
        panel.lens_home.connect(self._go_home)

    def draw(self, news: Snapshot | Failure | None) -> bool:
        """Draw `news` unless it has been drawn; whether anything was."""
        if news is None:
            self.drawn = None
            self.panel.show_waiting(waiting_text(self._channel.runner))
            return False
        if news is self.drawn:
            return False
        self.drawn = news
        recent = self._channel.recent
        if isinstance(news, Failure):
            if self.bears_failures:
                self.panel.show_failure(news)
            elif recent.last is not None:
                self.panel.show_figures(recent.last.measurement.figures)
            return False
        self._past = news is recent.seen
        drawn = self.panel.show_figures(news.measurement.figures)
        self._past = False
        return drawn

    def _look(self, figure: str, camera: Camera) -> None:
        """Hand on where a surface is to be seen from, but not where one of the past was seen from."""
        if not self._past:
            self.camera_changed.emit(figure, camera)

    def _drag(self, handle: Handle, x: float, y: float) -> None:
        """Set the two parameters of a map's handle, each as near as it may be to where the mouse is."""
        kind = self._channel.kind.Params
        places = ((handle.x_parameter, x), (handle.y_parameter, y))
        values = {name: nearest(field(kind, name), value) for name, value in places}
        self._channel.edit_many(values, gesture=tuple(values))

    def _zoom(self, lens: Lens, x: float, y: float, x_span: float, y_span: float) -> None:
        """Set the parameters of a map's lens, each as near as it may be to what the mouse asks for."""
        kind = self._channel.kind.Params
        asked = zip(lens_parameters(lens), (x, y, x_span, y_span), strict=True)
        values = {name: nearest(field(kind, name), value) for name, value in asked}
        self._channel.edit_many(values, gesture=tuple(values))

    def _go_home(self, lens: Lens) -> None:
        """Let a map's lens be on what it shows by default, as one change."""
        kind = self._channel.kind.Params
        values = {name: field(kind, name).default for name in lens_parameters(lens)}
        self._channel.edit_many(values, gesture="home", settled=True)

    def forget(self) -> None:
        """Draw the newest again, whatever it is."""
        self.drawn = None


@final
class ExperimentDocks:
    """All view docks of one experiment."""

    def __init__(self, channel: Channel, theme: Theme, window: QMainWindow) -> None:
        self.channel = channel
        self.docks = [ViewDock(channel, ViewPanel(view, theme), window) for view in channel.kind.views]
        self.panels: list[ViewDock] = self.docks
        self._watched: frozenset[str] | None = None
        self._cameras: dict[str, Camera] = {}
        for dock in self.docks:
            dock.restart_asked.connect(channel.reset)
            dock.camera_changed.connect(self._look)
            dock.panel.choice_changed.connect(self.watch)
        self.docks[0].bears_failures = True

    @property
    def seen(self) -> Snapshot | Failure | None:
        """What is to be drawn: the newest, or the picture that the user has stepped back to."""
        return self.channel.seen

    def note(self) -> None:
        """Keep the newest, so that the user may step back to it."""
        self.channel.note()

    def watch(self) -> None:
        """Tell the runner which figures are in sight, where that has changed; keep one dock ready for a failure."""
        visible = [dock for dock in self.docks if dock.in_sight]
        wanted = frozenset(name for dock in visible for name in dock.panel.wanted)
        if wanted != self._watched:
            self._watched = wanted
            self.channel.recent.forget()  # it has no pictures of what was not in sight
            self.channel.runner.watch(self.channel.name, wanted)
        bearer = visible[0] if visible else self.docks[0]
        for dock in self.docks:
            if dock.bears_failures != (dock is bearer):
                dock.bears_failures = dock is bearer
                dock.forget()
        self._remind_of_cameras()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        for dock in self.docks:
            dock.panel.set_theme(theme)

    def _look(self, figure: str, camera: Camera) -> None:
        self._cameras[figure] = camera
        self.channel.recent.leave()  # the past is drawn already, and cannot be turned
        self.channel.runner.look(self.channel.name, figure, camera)

    def _remind_of_cameras(self) -> None:
        """A simulation that was built afresh after a failure knows no camera: say it again."""
        news = self.channel.latest
        if not isinstance(news, Snapshot):
            return
        for name, camera in self._cameras.items():
            figure = news.measurement.figures.get(name)
            if isinstance(figure, Surface) and figure.pixels is None:
                self.channel.runner.look(self.channel.name, name, camera)
