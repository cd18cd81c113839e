"""The look: colours, type and line widths, once for the window and every picture in it."""

import dataclasses
import functools
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPalette, QPen

from simulator.figures import Role

Size = Literal["small", "body", "title"]
FONT_PIXELS: dict[Size, int] = {"small": 11, "body": 13, "title": 15}
PRESENTATION_SCALE = 1.5
SERIES: dict[str, tuple[str, ...]] = {
    "dark": ("#0c9c6a", "#bc72b0", "#cf620e", "#876fe5", "#a7a7a7", "#f2e546", "#afffff"),
    "light": ("#08684a", "#e36d4b", "#a33500", "#7b38ea", "#8d8d8d", "#be93d1", "#28055a"),
}
"""Further series, in order: after Okabe and Ito (2008), but so light or dark that all of them, the measurement and the
theory are told apart by every kind of colour vision (docs/adr/0003)."""
THEORY_DASHES = (5.0, 3.0)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as #rrggbb. `presentation`: large type and thick lines, for a projector."""

    name: Literal["dark", "light"]
    background: str
    panel: str
    line: str
    text: str
    muted: str
    measurement: str
    native: str
    danger: str
    theory: str = "#ffb000"
    presentation: bool = False

    @property
    def dark(self) -> bool:
        return self.name == "dark"

    @property
    def pen_width(self) -> float:
        """Width of a curve, in pixels."""
        return 3.0 if self.presentation else 1.5

    @property
    def mark_size(self) -> float:
        """Diameter of a mark, in pixels."""
        return 10.0 if self.presentation else 6.0

    def pixels(self, size: Size) -> int:
        """Height of type, in pixels."""
        return round(FONT_PIXELS[size] * (PRESENTATION_SCALE if self.presentation else 1.0))

    def font(self, size: Size = "body", bold: bool = False) -> QFont:
        """The system's family with figures of one width. Must not be changed: it is made once."""
        return _font(self.pixels(size), bold)

    def metrics(self, size: Size = "body", bold: bool = False) -> QFontMetricsF:
        """Of that font."""
        return _metrics(self.pixels(size), bold)

    def colour(self, role: Role, index: int = 0) -> QColor:
        """The colour of a role; a series, and every measurement but the first, takes its own by `index`."""
        if role == "measurement" and index > 0:
            role, index = "series", index - 1
        if role == "series":
            order = SERIES[self.name]
            return QColor(order[index % len(order)])
        named = {"measurement": self.measurement, "theory": self.theory, "native": self.native}
        return QColor(named.get(role, self.danger))

    def ink(self, role: Role, index: int = 0) -> QColor:
        """The colour of small words about a role: amber and green are too pale for them on white."""
        return self.colour(role, index) if self.dark else QColor(self.muted)

    def pen(self, role: Role, index: int = 0, width: float | None = None) -> QPen:
        """A pen for pixels; dashed for theory. Must not be changed: it is made once."""
        return _pen(self, role, index, self.pen_width if width is None else width)

    def for_presentation(self, on: bool = True) -> "Theme":
        """The same colours for a projector, or back."""
        return dataclasses.replace(self, presentation=on)


DARK = Theme("dark", "#0f1218", "#171b23", "#2a303c", "#d8dee9", "#8a93a5", "#4cc2ff", "#9cdf8b", "#ff5c5c")
LIGHT = Theme("light", "#f7f8fa", "#ffffff", "#d9dde5", "#1c2230", "#667085", "#0072b2", "#13af6e", "#e22700")


@functools.cache
def _font(pixels: int, bold: bool) -> QFont:
    font = QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont))
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


@functools.cache
def _metrics(pixels: int, bold: bool) -> QFontMetricsF:
    return QFontMetricsF(_font(pixels, bold))


@functools.lru_cache(maxsize=256)
def _pen(theme: Theme, role: Role, index: int, width: float) -> QPen:
    pen = QPen(theme.colour(role, index), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if role == "theory":
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(THEORY_DASHES)
    return pen


def system_theme() -> Theme:
    """The theme that the system asks for; dark where it says nothing."""
    return LIGHT if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light else DARK


def mixed(a: str, b: str, share: float) -> str:
    """The colour `share` of the way from a to b."""
    p, q = QColor(a), QColor(b)
    parts = [round(x + share * (y - x)) for x, y in zip(p.getRgb()[:3], q.getRgb()[:3], strict=True)]  # type: ignore[index]
    return QColor(*parts).name()


def palette(theme: Theme) -> QPalette:
    """Qt's palette in the theme's colours."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.background,
        role.Base: theme.panel,
        role.AlternateBase: theme.background,
        role.Button: theme.panel,
        role.WindowText: theme.text,
        role.Text: theme.text,
        role.ButtonText: theme.text,
        role.BrightText: theme.danger,
        role.PlaceholderText: theme.muted,
        role.ToolTipBase: theme.panel,
        role.ToolTipText: theme.text,
        role.Highlight: theme.measurement,
        role.HighlightedText: theme.background if theme.dark else theme.panel,
        role.Link: theme.measurement,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Midlight: mixed(theme.panel, theme.line, 0.5),
        role.Light: mixed(theme.panel, theme.text, 0.1),
        role.Shadow: theme.background,
    }
    result = QPalette()
    for key, value in colours.items():
        result.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(mixed(theme.muted, theme.panel, 0.4)))
    return result


def stylesheet(theme: Theme) -> str:
    """What the palette cannot say: flat docks, thin lines, room to breathe, no boxes in boxes."""
    hover = mixed(theme.panel, theme.text, 0.08)
    pressed = mixed(theme.panel, theme.text, 0.16)
    return f"""
    QMainWindow, QDialog {{ background: {theme.background}; }}
    QMainWindow::separator {{ background: {theme.background}; width: 6px; height: 6px; }}
    QMainWindow::separator:hover {{ background: {theme.line}; }}
    QDockWidget {{ color: {theme.muted}; }}
    QDockWidget::title {{ background: {theme.background}; padding: 5px 8px; text-align: left; }}
    QDockWidget > QWidget {{ background: {theme.panel}; }}
    QToolBar {{ background: {theme.background}; border: none; spacing: 4px; padding: 4px 6px; }}
    QToolBar::separator {{ background: {theme.line}; width: 1px; margin: 4px 6px; }}
    QToolButton {{ border: none; border-radius: 4px; padding: 4px 8px; color: {theme.text}; }}
    QToolButton:hover, QPushButton:hover {{ background: {hover}; }}
    QToolButton:pressed, QToolButton:checked, QPushButton:pressed, QPushButton:checked {{ background: {pressed}; }}
    QPushButton {{ border: 1px solid {theme.line}; border-radius: 4px; padding: 4px 12px; background: transparent; }}
    QPushButton:focus, QLineEdit:focus {{ border-color: {theme.measurement}; }}
    QLineEdit {{ border: 1px solid {theme.line}; border-radius: 4px; padding: 3px 6px; background: {theme.panel}; }}
    QMenuBar {{ background: {theme.background}; color: {theme.text}; }}
    QMenuBar::item {{ padding: 4px 8px; background: transparent; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {hover}; }}
    QMenu {{ background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.line}; padding: 4px; }}
    QMenu::item {{ padding: 4px 24px 4px 12px; border-radius: 3px; }}
    QMenu::item:selected {{ background: {hover}; }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 8px; }}
    QStatusBar {{ background: {theme.background}; color: {theme.muted}; }}
    QStatusBar::item {{ border: none; }}
    QTabBar {{ background: {theme.background}; qproperty-drawBase: 0; }}
    QTabBar::tab {{ background: transparent; color: {theme.muted}; padding: 5px 12px;
        border: none; border-bottom: 2px solid transparent; }}
    QTabBar::tab:selected {{ color: {theme.text}; border-bottom-color: {theme.measurement}; }}
    QTabBar::tab:hover {{ color: {theme.text}; }}
    QScrollArea, QFrame#plain {{ border: none; background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {theme.line}; border-radius: 4px; margin: 1px;
        min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {mixed(theme.line, theme.text, 0.25)}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSlider::groove:horizontal {{ height: 3px; background: {theme.line}; border-radius: 1px; }}
    QSlider::sub-page:horizontal {{ background: {mixed(theme.line, theme.measurement, 0.7)}; border-radius: 1px; }}
    QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -5px 0; border-radius: 6px;
        background: {theme.text}; }}
    QSlider::handle:horizontal:hover {{ background: {theme.measurement}; }}
    QSlider::handle:horizontal:disabled {{ background: {theme.muted}; }}
    QHeaderView::section {{ background: transparent; color: {theme.muted}; border: none; padding: 4px 6px; }}
    QTableView, QTreeView, QListView, QTextBrowser, QPlainTextEdit {{ border: none; background: {theme.panel};
        gridline-color: {theme.line}; }}
    QToolTip {{ background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.line}; padding: 4px 6px; }}
    QGroupBox {{ border: none; margin-top: 14px; }}
    QGroupBox::title {{ subcontrol-origin: margin; color: {theme.muted}; padding: 0; }}
    """
