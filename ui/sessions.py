"""Sessions in the window: open, save, copy, paste, and those that come with the program."""

import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu

from simulator import presets, sessions
from simulator.parameters import misspelt, shortened
from simulator.sessions import SUFFIX, Run, Session, SessionError
from ui.menus import menu_named
from ui.workspaces import Workspace

if TYPE_CHECKING:
    from ui.window import Window

FILTER: Final = f"Funnelscope session (*{SUFFIX});;JSON (*.json)"
LONGEST_TITLE: Final = 80
OFFER: Final = "Show the preset's words again"


def workspace_for(session: Session, workspaces: Sequence[Workspace]) -> Workspace:
    """Where a session is seen: the workspace that it names, or that with the fewest others. Raises SessionError."""
    shown = set(session.experiments)
    known = [each for each in workspaces if not session.workspace or each.name == session.workspace]
    if not known:
        names = [each.name for each in workspaces]
        raise SessionError("the session", f"{misspelt('workspace', session.workspace, names)}")
    fitting = [each for each in known if shown & set(each.experiments)]
    if not fitting:
        where = f"workspace {session.workspace!r}" if session.workspace else "this window"
        raise SessionError("the session", f"{where} does not show {', '.join(shown)}")
    whole = [each for each in fitting if shown <= set(each.experiments)]
    return min(whole or fitting, key=lambda each: len(each.experiments))


def captured(window: "Window", title: str) -> Session:
    """What the window shows, so that it can be shown again."""
    workspace = window.workspace
    names = (window.current.name,) if workspace is None else workspace.experiments
    channels = [window.channels[name] for name in names]
    runs = {channel.name: Run(channel.params, channel.seed, channel.speed) for channel in channels}
    return Session(runs, title[:LONGEST_TITLE].strip(), workspace="" if workspace is None else workspace.name)


@final
class Sessions(QObject):
    """Opens and keeps sessions. One that cannot be opened is refused in one line, and nothing has changed."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.recent_menu, self.preset_menu = QMenu("Open Recent"), QMenu()
        self._words: dict[str, Session] = {}
        """By workspace: the session that has been shown there, if it came with words."""
        for channel in window.channels.values():
            channel.not_begun.connect(lambda name=channel.name: self._take_back(name))

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the commands of the menus do."""
        return {
            "open_session": self.ask_open,
            "save_session": self.ask_save,
            "copy_session": self.copy,
            "paste_session": self.paste,
            "preset_words": self.show_words,
        }

    def fill_menus(self) -> None:
        """Recent sessions into the File menu, presets into their own."""
        actions, files = self._window.actions_by_name, menu_named(self._window, "File")
        files.insertMenu(actions["save_session"], self.recent_menu)
        for name in ("export", "quit"):
            files.insertSeparator(actions[name])
        self.recent_menu.aboutToShow.connect(self._fill_recent)
        self.preset_menu = menu_named(self._window, "Presets")
        self.preset_menu.setToolTipsVisible(True)
        self.preset_menu.aboutToShow.connect(self._offer_words)
        self._offer_words()
        self.preset_menu.addSeparator()
        self._fill_presets()

    # --- showing -------------------------------------------------------------------------------------------------

    def show(self, session: Session) -> None:
        """Begin what a session says, as one change an experiment, and say what there is to see.

        Raises SessionError, and then nothing has changed. A window that is not open yet opens with it.
        """
        self.begin(session)
        self._window.scenes.stop()  # or its cues would go on in what the user has opened
        self._window.caption.say(session.title, session.words)
        if session.words:
            self._words[workspace_for(session, self._window.workspaces).name] = session

    def show_words(self) -> None:
        """Say again what there is to see in the session that is shown here."""
        session = self._here()
        if session is not None:
            self._window.caption.say(session.title, session.words)

    def _here(self) -> Session | None:
        """The session with words that the workspace in front has been given."""
        workspace = self._window.workspace
        return None if workspace is None else self._words.get(workspace.name)

    def _take_back(self, name: str) -> None:
        """The run of `name` could not be what a session says: the words were of another."""
        self._words = {where: session for where, session in self._words.items() if name not in session.experiments}
        self._window.caption.hide()

    def _offer_words(self) -> None:
        session, action = self._here(), self._window.actions_by_name["preset_words"]
        action.setEnabled(session is not None)
        action.setText(f"Show the words of “{session.title.replace('&', '&&')}” again" if session else OFFER)

    def begin(self, session: Session) -> None:
        """As `show`, in silence, and beside a scene, which begins so itself. A lesson ends before it."""
        window = self._window
        workspace = workspace_for(session, window.workspaces)
        unknown = [name for name in session.experiments if name not in window.channels]
        if unknown:
            raise SessionError("the session", f"this window has no {unknown[0]}")
        sessions.check_files(session)
        window.lessons.player.leave()  # its end gives back what the user had, and would throw this session away later
        self._words.pop(workspace.name, None)
        for name, run in session.experiments.items():
            window.channels[name].begin(run.params, run.seed, run.speed)
        if window.workspace is None:
            window.preferences.workspace = workspace.name
            return
        if window.workspace is not workspace:
            window.open_workspace(workspace)
        for name in session.experiments:
            if name in workspace.experiments:
                window.channels[name].set_playing(True)

    def _tried(self, find: Callable[[], Session], source: str = "the session") -> bool:
        """Show the session that `find` gives, from `source`; whether it could be, or why it could not in one line."""
        self._window.status.dismiss()  # what was said of another
        try:
            self.show(find())
        except SessionError as error:
            self._window.say(str(error).replace("the session: ", f"{source}: ", 1))
            return False
        return True

    # --- files ---------------------------------------------------------------------------------------------------

    def ask_open(self) -> None:
        """Ask which, then open it."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open session", self._folder(), FILTER)
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """Open the session in a file."""
        path = path.absolute()
        if self._tried(lambda: sessions.read(path), f"session {shortened(path.name)}"):
            self._window.preferences.remember(path)
        elif not path.exists():
            self._window.preferences.forget(path)

    def ask_save(self) -> None:
        """Ask where to, then save."""
        suggested = Path(self._folder()) / f"{self._window.current.name}-seed{self._window.current.seed}{SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self._window, "Save session", str(suggested), FILTER)
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Save what the window shows. The dialog has asked before it names a file that is there already."""
        path = path.absolute()
        if path.suffix.lower() != ".json":
            path = path.with_name(path.name + SUFFIX)
            if path.exists():
                self._window.say(f"{path.name} is there already; to replace it, choose it by its whole name")
                return
        try:
            sessions.write(path, captured(self._window, path.name.removesuffix(".json").removesuffix(".funnelscope")))
        except OSError as error:
            self._window.say(f"{path} could not be written: {error.strerror or error}; what was there is untouched")
        except SessionError as error:
            self._window.say(str(error))
        else:
            self._window.preferences.remember(path)
            self._window.caption.say("Session saved", str(path))

    def _folder(self) -> str:
        recent = self._window.preferences.recent
        return str(recent[0].parent) if recent else ""

    # --- text ----------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """The session as one line of text, for a chat."""
        try:
            line = sessions.as_line(captured(self._window, self._window.current.kind.title))
        except SessionError as error:
            self._window.say(str(error))
            return
        QGuiApplication.clipboard().setText(line)
        self._window.caption.say("Session copied", "One line of text. Whoever pastes it here sees the same run.")

    def paste(self) -> None:
        """The session on the clipboard, as `copy` or a file has it."""
        text = QGuiApplication.clipboard().text().strip().strip("`").strip()
        self._tried(lambda: sessions.parse(text, "the text on the clipboard"))

    # --- menus ---------------------------------------------------------------------------------------------------

    def _fill_recent(self) -> None:
        self.recent_menu.clear()
        for path in self._window.preferences.recent:
            action = self.recent_menu.addAction(path.name.removesuffix(SUFFIX).replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _, path=path: self.open_path(path))
        self.recent_menu.setToolTipsVisible(True)
        if self.recent_menu.isEmpty():
            self.recent_menu.addAction("None yet").setEnabled(False)

    def _fill_presets(self) -> None:
        """Under the title of the experiment that each shows; one that is broken says why."""
        groups: dict[str, list[tuple[str, Session]]] = {name: [] for name in self._window.channels}
        for name in presets.NAMES:
            try:
                session = presets.read(name)
            except SessionError as error:
                broken = self.preset_menu.addAction(name)
                broken.setToolTip(f"<p>{html.escape(str(error))}</p>")
                broken.setEnabled(False)
                continue
            first = next(iter(session.experiments))
            if groups.keys() >= session.experiments.keys():
                groups[first].append((name, session))
        for first, members in groups.items():
            if members:
                self.preset_menu.addAction(self._window.channels[first].kind.title).setEnabled(False)
            for name, session in members:
                action = self.preset_menu.addAction("    " + session.title.replace("&", "&&"))
                action.setObjectName(name)
                action.setToolTip(
                    f"<p>{html.escape(session.words)}</p><p>On the command line: <code>--session {name}</code></p>"
                )
                action.triggered.connect(lambda _, session=session: self._tried(lambda: session))
