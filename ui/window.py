"""The main window: docks in workspaces around the experiments, menus, theme. It computes nothing."""

import time
from collections.abc import Callable, Sequence
from typing import cast, final

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget, QToolBar

from simulator.backends import registry
from simulator.experiment import AbstractExperiment
from simulator.runner import DEFAULT_SEED, Runner
from simulator.snapshot import Failure, Snapshot
from ui import dialogs, menus
from ui.caption import Caption
from ui.channel import Channel
from ui.chrome import dress
from ui.controls import ControlPanel
from ui.docks import Pages, PanelDock
from ui.drops import Drops
from ui.experiment_docks import ExperimentDocks
from ui.layouts import Layouts
from ui.lessons.lessons import Lessons
from ui.litter import Litter
from ui.named_layouts import NamedLayouts
from ui.overview import Tiles
from ui.poller import Poller
from ui.preferences import Preferences, ThemeChoice
from ui.recording import Recording
from ui.scene_menu import Scenes
from ui.sessions import Sessions
from ui.sizes import SMALLEST
from ui.status import StatusBar
from ui.theme import DARK, LIGHT, Theme, system_theme
from ui.theory_panel import TheoryPanel
from ui.together import Run, Together
from ui.transport import Transport
from ui.workspaces import CONTROLS, THEORY, Workspace, workspaces_for

CLOSE_SECONDS = 5.0
RUN_COMMANDS = ("toggle", "single_step", "step_back", "reset", "reseed", "faster", "slower")
CHANNEL_COMMANDS = (*RUN_COMMANDS, "undo", "redo", "restore_defaults")


@final
class Window(QMainWindow):
    """One window over one runner. `closed_cleanly`: whether the simulation thread ended when the window closed."""

    def __init__(
        self,
        runner: Runner,
        experiments: Sequence[type[AbstractExperiment]],
        preferences: Preferences,
        seed: int = DEFAULT_SEED,
    ) -> None:
        super().__init__()
        self.setWindowTitle("Funnelscope")
        self.setMinimumSize(*SMALLEST)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        # The window itself holds the focus until a field is clicked: keys are for the run, not for the first field.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocus()
        self.runner, self.preferences, self.closed_cleanly = runner, preferences, True
        self.theme = self._chosen_theme(False)
        dress(cast(QApplication, QApplication.instance()), self.theme)  # what is made before has the system's type
        self.channels = {kind.name: Channel(kind, runner, seed) for kind in experiments}
        for name, channel in self.channels.items():
            channel.give_speed(preferences.speed(name, channel.kind.steps_per_second))
            channel.speed_chosen.connect(lambda speed, name=name: self._remember_speed(name, speed))
        self.groups = {name: ExperimentDocks(channel, self.theme, self) for name, channel in self.channels.items()}
        self.controls = {name: self._make_controls(channel) for name, channel in self.channels.items()}
        self.stack, self.theory, self.transport = Pages(), TheoryPanel(self.theme), Transport()
        self.status, self.poller, self.litter = StatusBar(), Poller(self), Litter(self)
        self.sessions, self.caption, self.layouts = Sessions(self), Caption(self), Layouts(self)
        self.lessons, self.scenes, self.recording = Lessons(self), Scenes(self), Recording(self)
        self.named_layouts = NamedLayouts(self)
        self.docks: dict[str, PanelDock] = {
            CONTROLS: PanelDock(CONTROLS, "Parameters", self.stack, self),
            THEORY: PanelDock(THEORY, "Theory and measurement", self.theory, self),
            **{dock.objectName(): dock for group in self.groups.values() for dock in group.docks},
        }
        self.layouts.watch()
        self.workspaces = workspaces_for(experiments)
        self.workspace: Workspace | None = None
        self.current = self.channels[self.workspaces[0].experiments[0]]
        self.run: Run = self.current
        self.tiles = Tiles(self)
        self._device_asked = 0.0
        self._moving_from: Snapshot | Failure | None = None
        self._build()

    def _build(self) -> None:
        for panel in self.controls.values():
            self.stack.addWidget(panel)
        self.bar = QToolBar("Transport", self)
        self.bar.setObjectName("transport_bar")
        self.bar.setMovable(False)
        self.bar.addWidget(self.transport)
        self.addToolBar(self.bar)
        self.setStatusBar(self.status)
        self.transport.device_chosen.connect(self._choose_device)
        self.transport.refused.connect(self.say)
        self.status.away.clicked.connect(self.dismiss)
        self.transport.record_asked.connect(self.recording.toggle)
        self.recording.changed.connect(self.transport.show_recording)
        handlers: dict[str, Callable[[], object]] = {name: self._command(name) for name in CHANNEL_COMMANDS}
        handlers |= {
            "export": lambda: dialogs.ask_export(self, self.current, self.say),
            "quit": self.close,
            "presentation": self.toggle_presentation,
            "hide_controls": self.toggle_controls,
            "restore_layout": self.restore_layout,
            "keys": lambda: dialogs.show_keys(self),
            "diagnostics": lambda: dialogs.show_diagnostics(self, self.theme),
            "about": lambda: dialogs.show_about(self),
            **self.sessions.handlers,
            **self.lessons.handlers,
            **self.recording.handlers,
        }
        self.actions_by_name = menus.make_menus(self, handlers)
        menus.fill_view_menu(
            self, self.workspaces, self.docks, self.open_workspace, self.choose_theme, self.preferences.theme
        )
        self.named_layouts.fill_menus()
        self.sessions.fill_menus()
        self.lessons.fill_menus()
        self.scenes.fill_menus()
        self.drops = Drops(self)
        self.poller.slow_tick.connect(self.refresh)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._dress)
        self._dress()

    def _command(self, name: str) -> Callable[[], object]:
        """What the key or menu entry `name` does: to what plays, or to the parameters of the experiment in front."""
        return lambda: getattr(self.run if name in RUN_COMMANDS else self.current, name)()

    def _make_controls(self, channel: Channel) -> ControlPanel:
        panel = ControlPanel(channel.kind.Params)
        panel.edited.connect(channel.edit)
        channel.changed.connect(lambda: panel.show_params(channel.params))
        channel.changed.connect(self._refresh_actions)
        channel.changed.connect(lambda: self.status.done())
        channel.refused.connect(lambda line: self.say(line, stays=True))
        channel.rejected.connect(panel.show_error)
        panel.show_params(channel.params)
        return panel

    # --- workspaces ----------------------------------------------------------------------------------------------

    def open_workspace(self, workspace: Workspace) -> None:
        """Show a workspace as it was left, or in its default arrangement; its experiments play, others rest."""
        self.layouts.keep()
        if self.workspace is not None:
            self.caption.hide()  # what it says is of what was shown before
            self.status.dismiss()
        for name in self.workspace.experiments if self.workspace else ():
            if name not in workspace.experiments:
                self.channels[name].set_resting(True)
        self.workspace = workspace
        self.current = self.channels[workspace.experiments[0]]
        self.stack.setCurrentWidget(self.controls[self.current.name])
        channels = [self.channels[name] for name in workspace.experiments]
        self.run = Together(channels) if len(channels) > 1 else self.current
        self.transport.set_channel(self.run)
        self.tiles.follow(workspace)
        for name in workspace.experiments:
            self._wake(self.channels[name])
        self.poller.sources = [self.groups[name] for name in workspace.experiments]
        self.layouts.begin()
        self.bar.show()
        self._refresh_actions()

    def restore_layout(self) -> None:
        """The workspace's own arrangement again, at the window's present size."""
        self.layouts.give(anew=True)
        self.layouts.show_bar()

    def _wake(self, channel: Channel) -> None:
        if channel.opened:
            channel.set_resting(False)
            return
        channel.open()
        channel.set_playing(True)

    # --- look ----------------------------------------------------------------------------------------------------

    def choose_theme(self, choice: ThemeChoice) -> None:
        """Dark, light, or as the system has it; remembered."""
        self.preferences.theme = choice
        self._dress()

    def toggle_presentation(self) -> None:
        """Large type and thick lines on the whole screen, or back."""
        presenting = not self.theme.presentation
        if presenting:
            self.layouts.note_before()
        self.theme = self.theme.for_presentation(presenting)
        self._dress()
        self.layouts.present(presenting)

    def toggle_controls(self) -> None:
        """Hide parameters and transport, or show them."""
        self.layouts.toggle_controls()

    def _chosen_theme(self, presentation: bool) -> Theme:
        chosen = {"dark": DARK, "light": LIGHT}.get(self.preferences.theme) or system_theme()
        return chosen.for_presentation(presentation)

    def _dress(self) -> None:
        self.theme = self._chosen_theme(self.theme.presentation)
        dress(cast(QApplication, QApplication.instance()), self.theme)
        for group in self.groups.values():
            group.set_theme(self.theme)
        self.theory.set_theme(self.theme)
        self.transport.set_theme(self.theme)
        self.caption.set_theme(self.theme)
        self.lessons.set_theme(self.theme)
        for dock in self.docks.values():
            dock.bar.set_colour(self.theme.muted)

    # --- running -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the simulation thread, and drawing."""
        self.runner.start()
        self.poller.start()

    def say(self, text: str, stays: bool = False) -> None:
        """Show one line in the status bar for a while. stays: until it is sent away, or something else succeeds."""
        self.status.say(text, stays)
        self.refresh()

    def dismiss(self) -> None:
        """Send away what the status bar and the caption say."""
        self.status.dismiss()
        self.caption.hide()
        self.refresh()

    def refresh(self) -> None:
        """Numbers that are read: status, theory, device. Must not change the run."""
        news = self.current.latest
        if isinstance(news, Snapshot):
            self.current.heed(news)
        if self.docks[THEORY].in_sight:
            self.theory.show_news(self.current.seen)
        if self._moving_from is not None and news is not self._moving_from:
            self._moving_from = None
        moving = "Moving to another device: its kernels are being built, at the first use only"
        self.status.refresh(self.current, self.poller.pace, moving if self._moving_from is not None else "")
        if self.runner.device_name and time.monotonic() - self._device_asked > CLOSE_SECONDS:
            self.transport.show_device(self.runner.device_name, registry.devices)

    def _refresh_actions(self) -> None:
        self.actions_by_name["undo"].setEnabled(self.current.timeline.can_undo)
        self.actions_by_name["redo"].setEnabled(self.current.timeline.can_redo)

    def _remember_speed(self, name: str, speed: float | None) -> None:
        """What the user chooses in a lesson ends with it."""
        if not self.lessons.active:
            self.preferences.set_speed(name, speed)

    def _choose_device(self, key: str) -> None:
        self._device_asked = time.monotonic()
        self._moving_from = self.current.latest
        self.runner.choose_device(key)

    # --- events --------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.workspace is None:
            QTimer.singleShot(0, self, self._open_first)

    def _open_first(self) -> None:
        """The workspace that was open last, unless the window has been closed meanwhile."""
        wanted = [w for w in self.workspaces if w.name == self.preferences.workspace]
        if self.isVisible():
            self.open_workspace((wanted or self.workspaces)[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape reaches the window where no field has a use for it."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.layouts.resized()

    def event(self, event: QEvent) -> bool:
        """Time the repaint of everything that has changed, which Qt does here in one go."""
        if event.type() != QEvent.Type.UpdateRequest:
            return super().event(event)
        began = time.perf_counter()
        handled = super().event(event)
        self.poller.pace.spend(time.perf_counter() - began)
        return handled

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout, stop drawing, join the simulation thread."""
        self.poller.stop()
        self.lessons.player.leave()
        self.layouts.keep()
        self.preferences.set_state("geometry", self.layouts.geometry)
        self.preferences.workspace = self.workspace.name if self.workspace else ""
        self.preferences.save()
        self.closed_cleanly = self.runner.close(CLOSE_SECONDS)
        super().closeEvent(event)
