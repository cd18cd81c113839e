"""Scenes in the window: a menu that plays those that come with the program, and any file."""

import html
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QMenu

from simulator import scenes
from simulator.presets import scenes as shipped
from simulator.scenes import SUFFIX, Scene
from simulator.sessions import SessionError
from ui.menus import menu_named
from ui.scene_player import ScenePlayer

if TYPE_CHECKING:
    from ui.window import Window

EVERY_MS: Final = 33
FILTER: Final = f"Funnelscope scene (*{SUFFIX});;JSON (*.json)"


@final
class Scenes(QObject):
    """Plays one scene at a time, live: on this machine's own time, and the user may take part."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.menu = QMenu("Scenes")
        self.player: ScenePlayer | None = None
        self._clock = QElapsedTimer()
        self._tick = QTimer(self, interval=EVERY_MS, timerType=Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._go_on)

    def fill_menus(self) -> None:
        """A menu of scenes below the presets."""
        parent = menu_named(self._window, "Presets")
        parent.addSeparator()
        parent.addMenu(self.menu)
        self.menu.setToolTipsVisible(True)
        for name in shipped.NAMES:
            try:
                scene = shipped.read(name, self._workspaces)
            except SessionError as error:
                broken = self.menu.addAction(name)
                broken.setToolTip(f"<p>{html.escape(str(error))}</p>")
                broken.setEnabled(False)
                continue
            if not self._window.channels.keys() >= scene.session.experiments.keys():
                continue
            action = self.menu.addAction(f"{scene.session.title.replace('&', '&&')} ({scene.seconds:g} s)")
            action.setObjectName(f"scene-{name}")
            action.setToolTip(f"<p>{html.escape(scene.session.words)}</p>")
            action.triggered.connect(lambda _, scene=scene: self.play(scene))
        self.menu.addSeparator()
        self.menu.addAction("Play a scene file…").triggered.connect(self._ask)
        self._stop = self.menu.addAction("Stop the scene")
        self._stop.triggered.connect(self.stop)
        self._stop.setEnabled(False)
        parent.menuAction().setVisible(True)

    @property
    def _workspaces(self) -> list[str]:
        return [each.name for each in self._window.workspaces]

    def play(self, scene: Scene) -> None:
        """Begin a scene in place of what is on; one that does not fit is refused in one line."""
        player = ScenePlayer(self._window, scene)
        try:
            player.begin()
        except SessionError as error:
            self._window.say(str(error))
            return
        self.stop()
        self.player = player
        self._stop.setEnabled(True)
        self._clock.start()
        self._tick.start()
        self._go_on()

    def stop(self) -> None:
        """Let the run go on by itself."""
        if self.player is not None:
            self.player = None
            self._tick.stop()
            self._stop.setEnabled(False)
            self._window.caption.hide()

    def open_path(self, path: Path) -> None:
        """Play the scene in a file."""
        try:
            scene = scenes.read(path, self._workspaces)
        except SessionError as error:
            self._window.say(str(error))
            return
        self.play(scene)

    def _ask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Play a scene", "", FILTER)
        if name:
            self.open_path(Path(name))

    def _go_on(self) -> None:
        player = self.player
        if player is None:
            return
        time = self._clock.elapsed() / 1000
        player.move_to(time)
        if time >= player.scene.seconds:
            self.stop()
