"""The real window without its thread, on the time of a video: frame after frame, each the same wherever it is drawn."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast, final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QFontDatabase, QImage, QPainter
from PySide6.QtWidgets import QApplication, QGraphicsItem, QGraphicsView, QWidget

from simulator.clock import VirtualClock, running_on
from simulator.commands.shell import FailedError, InputError
from simulator.experiments import EXPERIMENTS
from simulator.parameters import misspelt
from simulator.runner import Runner
from simulator.scenes import Scene
from simulator.snapshot import Failure, Snapshot
from simulator.video import Frame
from ui.pixels import pixels_of
from ui.preferences import Preferences, ThemeChoice
from ui.scene_player import ScenePlayer
from ui.sessions import workspace_for
from ui.sizes import SMALLEST
from ui.views.surface import SurfaceView
from ui.window import Window
from ui.workspaces import CONTROLS, THEORY, arrange

TALLEST: Final = 1080
"""Height of a window, pixels: a picture 1.5 times as high shows the same window, drawn 1.5 times as large."""
SETTLES: Final = 3
"""How often a frame is drawn anew at most, where a picture asks for another (a camera for its size)."""
RENDERED: Final = QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren
WHOLE, CANVAS = "window", "canvas"
GOES_ON: Final = "; the run before goes on"
"""How a notice ends; no video goes on."""


def stage_size(size: tuple[int, int]) -> tuple[int, int]:
    """The window's size for pictures of `size`: the same, unless a window so small has no room for its panels, or one
    so high (2560x1440: 4/3 of 1080) has type too small to read in a video."""
    scale = max(1.0, size[1] / TALLEST)
    scale = min(scale, size[0] / SMALLEST[0], size[1] / SMALLEST[1])
    return round(size[0] / scale), round(size[1] / scale)


@final
class Film(QObject):
    """Frames of one scene. Use `rolling`, which also closes the window."""

    def __init__(self, window: Window, scene: Scene, clock: VirtualClock) -> None:
        super().__init__(window)
        self.window, self.scene = window, scene
        self._clock, self._player = clock, ScenePlayer(window, scene)
        stage = stage_size(scene.size)
        self._image = QImage(*scene.size, QImage.Format.Format_RGB32)
        self._scale = (scene.size[0] / stage[0], scene.size[1] / stage[1])
        self._owed: dict[str, float] = {}
        self._refusals: list[str] = []
        for channel in window.channels.values():
            channel.rejected.connect(self._note_refusal)
            channel.refused.connect(self._note_refusal)
        self._workspace: object = None
        window.setAnimated(False)  # docks would slide into place by the time of the wall
        window.status.leave_out_costs()
        window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        window.setFixedSize(*stage)
        window.installEventFilter(self)
        if scene.view != WHOLE and any(cue.caption for cue in scene.cues):
            window.caption.take_band()
        self._player.begin()
        window.show()
        _settle()
        if window.workspace is None:
            raise FailedError("the window could not be opened")

    def frame(self, number: int) -> Frame:
        """The picture at `number` / fps seconds; to be asked for in order, from 0. It is valid until the next one.

        Raises FailedError where the run has stopped, or a cue was refused: a video that shows something else than its
        scene says would be wrong, and nobody would know.
        """
        time = number / self.scene.fps
        self._clock.move_to(time)
        self._player.move_to(time)
        self._complain(time)
        self._dress()
        self._step(number)
        for _ in range(SETTLES):
            self._draw()
            self._sharpen()
            names = self._names
            if not any(self.window.runner.is_stale(name) for name in names):
                break
            for name in names:
                self.window.runner.film(name, 0)
        self._complain(time)
        return self._picture()

    def _note_refusal(self, *words: str) -> None:
        self._refusals.append(" = ".join(words))

    def _complain(self, time: float) -> None:
        """Raise FailedError if anything has been refused."""
        if self._refusals:
            raise FailedError(f"what the scene asks for at {time:.2f} s was refused: {self._refusals[0]}")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """No picture on the screen: nobody sees it, and each would cost as much as a frame."""
        return watched is self.window and event.type() == QEvent.Type.UpdateRequest

    @property
    def _names(self) -> tuple[str, ...]:
        assert self.window.workspace is not None
        return self.window.workspace.experiments

    def _step(self, number: int) -> None:
        """The steps of every run that plays, and what is to be seen of them."""
        window = self.window
        for source in window.poller.sources:
            source.watch()
        for name in self._names:
            steps = 0
            if number and window.runner.is_playing(name):
                speed = window.channels[name].speed or 0.0
                owed = self._owed.get(name, 0.0) + speed / self.scene.fps
                steps = int(owed + 1e-9)
                self._owed[name] = owed - steps
            window.runner.film(name, steps)
            news = window.runner.latest(name)
            if isinstance(news, Failure):
                raise FailedError(f"the run of {name} stopped at {number / self.scene.fps:.2f} s: {news.message}")
            if isinstance(news, Snapshot) and news.notice:
                self._refusals.append(f"{name}: {news.notice.removesuffix(GOES_ON)}")
        self._complain(number / self.scene.fps)

    def _draw(self) -> None:
        self.window.poller.draw_now()
        self.window.refresh()
        _settle()

    def _sharpen(self) -> None:
        """Pictures of surfaces in the pixels of the video."""
        for view in self.window.findChildren(SurfaceView):
            view.sharpen(max(self._scale))

    def _dress(self) -> None:
        """Where a scene shows less than the window, put the rest away in each workspace that it opens."""
        window, view = self.window, self.scene.view
        if window.workspace is self._workspace:
            return
        self._workspace = window.workspace
        if view == WHOLE:
            window.layouts.give(anew=True)
        else:
            for widget in (window.bar, window.statusBar(), window.menuBar()):
                widget.hide()
            if view == CANVAS:
                window.layouts.give(anew=True)
            else:
                arrange(window, window.docks, view, 1)
            window.docks[CONTROLS].hide()
        _settle()

    def _picture(self) -> Frame:
        if self._scale != (1.0, 1.0):
            draw_anew(self.window)
        painter = QPainter(self._image)
        painter.scale(*self._scale)
        self.window.render(painter, QPoint(), renderFlags=RENDERED)
        painter.end()
        return pixels_of(self._image)


def draw_anew(window: Window) -> None:
    """Keep no pictures of axes and the like: those of a window are too coarse for a frame that is larger."""
    for view in window.findChildren(QGraphicsView):
        for item in view.items() if view.isVisible() else ():
            item.setCacheMode(QGraphicsItem.CacheMode.NoCache)


def check_view(scene: Scene, window: Window) -> None:
    """Raise InputError unless the view is the window, its canvas, or a panel of a workspace that the scene opens."""
    names = {workspace_for(scene.session, window.workspaces).name, *(cue.workspace for cue in scene.cues)}
    shown = {name for each in window.workspaces if each.name in names for name in each.experiments}
    panels = [dock.objectName() for name, group in window.groups.items() if name in shown for dock in group.docks]
    known = [WHOLE, CANVAS, THEORY, *panels]
    if scene.view not in known:
        raise InputError(misspelt("view", scene.view, known))


@contextlib.contextmanager
def rolling(scene: Scene) -> Iterator[Film]:
    """A film of a scene, in a window with preferences of its own. Raises InputError, SessionError, FailedError."""
    clock = VirtualClock()
    with tempfile.TemporaryDirectory() as folder, running_on(clock):
        preferences = Preferences(Path(folder) / "window.ini")
        preferences.theme = cast(ThemeChoice, scene.theme)
        _undress()
        window = Window(Runner(), EXPERIMENTS, preferences)
        try:
            check_view(scene, window)
            yield Film(window, scene, clock)
        finally:
            window.close()
            window.deleteLater()
            _settle()


def _undress() -> None:
    """Forget the type of a window before, by which the widgets of the next would be measured."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.setStyleSheet("")
    application.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont))


def _settle() -> None:
    """Let layouts, sizes and deletions take effect."""
    for _ in range(2):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
