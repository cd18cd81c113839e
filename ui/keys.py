"""Every key, once: the menus take their shortcuts from here, and Help shows this table."""

from dataclasses import dataclass
from typing import final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done: its menu, its words, its keys (the first is shown), and its key in words."""

    name: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    shown: str = ""


COMMANDS: tuple[Command, ...] = (
    Command("toggle", "Run", "Play or pause", ("Space",)),
    Command("single_step", "Run", "One step", ("Right",), "Right"),
    Command("step_back", "Run", "Step back through the last pictures", ("Left",), "Left"),
    Command("reset", "Run", "Reset, same seed", ("R",)),
    Command("reseed", "Run", "New seed", ("Shift+R",)),
    Command("faster", "Run", "Faster", ("+", "=", "Shift++"), "+"),
    Command("slower", "Run", "Slower", ("-",)),
    Command("record", "Run", "Record a video, or stop recording", ("Ctrl+R",)),
    Command("undo", "Edit", "Undo parameter change", ("Ctrl+Z",)),
    Command("redo", "Edit", "Redo parameter change", ("Ctrl+Shift+Z",)),
    Command("restore_defaults", "Edit", "All parameters to their defaults"),
    Command("open_session", "File", "Open session…", ("Ctrl+O",)),
    Command("save_session", "File", "Save session…", ("Ctrl+S",)),
    Command("preset_words", "Presets", "Show the preset's words again"),
    Command("copy_session", "File", "Copy session as text", ("Ctrl+Shift+C",)),
    Command("paste_session", "File", "Paste session", ("Ctrl+Shift+V",)),
    Command("export", "File", "Export data…", ("Ctrl+E",)),
    Command("quit", "File", "Quit", ("Ctrl+Q",)),
    Command("lesson_afresh", "Lessons", "Begin this lesson again"),
    Command("lesson_end", "Lessons", "End this lesson"),
    Command("lessons_reload", "Lessons", "Reload lessons"),
    Command("lessons_choose", "Lessons", "Choose lessons folder…"),
    Command("lessons_open", "Lessons", "Open lessons folder"),
    Command("presentation", "View", "Presentation: large type, thick lines", ("F11",)),
    Command("hide_controls", "View", "Hide or show the controls", ("H",)),
    Command("restore_layout", "View", "Restore default layout"),
    Command("keys", "Help", "All keys", ("F1", "?", "Shift+?"), "F1 or ?"),
    Command("diagnostics", "Help", "Diagnostics…"),
    Command("about", "Help", "About Funnelscope"),
)
OTHER_KEYS = (
    ("Ctrl+1 … 9", "Workspaces"),
    ("Double-click on a parameter's name", "Back to its default"),
    ("Tab, then arrows", "Turn a slider by the keyboard"),
    ("Esc", "Send a message away"),
    ("A file dropped on the window", "Open a session or a lesson; learn from data"),
    ("Page Down, Page Up; 1 … 6", "In a lesson: on, back; choose an answer"),
    ("Wheel and right click on a plot", "Zoom; export that plot"),
)


def key_table() -> list[tuple[str, str]]:
    """(key, what it does), in the order of the menus."""
    return [(c.shown or c.keys[0], c.text.rstrip("…")) for c in COMMANDS if c.keys] + list(OTHER_KEYS)


@final
class KeysDialog(QDialog):
    """All keys. Stays open beside the window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(7)
        for row, (key, text) in enumerate(key_table()):
            name = QLabel(key)
            name.setObjectName("key")
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(QLabel(text), row, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 28, 20)
        layout.addLayout(grid)
