"""The style of what surrounds the pictures, beside what ui/theme.py says of every widget."""

from PySide6.QtWidgets import QApplication

from ui.theme import Theme, mixed, palette, stylesheet


def chrome(theme: Theme) -> str:
    """Style rules by object name."""
    small, body = theme.pixels("small"), theme.pixels("body")
    hover = mixed(theme.panel, theme.text, 0.08)
    return f"""
    QDockWidget {{ background: {theme.panel}; border: none; }}
    QScrollArea#controls, QWidget#page {{ background: {theme.panel}; }}
    QLabel#dockTitle {{ color: {theme.muted}; font-size: {small}px; font-weight: 600; }}
    QToolButton#titleButton {{ padding: 2px; }}
    QToolButton#choice {{ padding: 1px 8px; color: {theme.muted}; font-size: {small}px; }}
    QToolButton#choice:checked {{ color: {theme.text}; background: {hover}; }}
    QLabel#heading {{ color: {theme.muted}; font-size: {small}px; font-weight: 600; margin-top: 10px; }}
    QLabel#dot {{ color: {theme.measurement}; font-size: {small - 2}px; }}
    QLabel#symbol {{ color: {theme.text}; font-style: italic; }}
    QLabel#name {{ color: {theme.text}; }}
    QLabel#restarts, QLabel#caption {{ color: {theme.muted}; font-size: {small}px; }}
    QLabel#error {{ color: {theme.danger}; font-size: {small}px; }}
    QLabel#waiting {{ color: {theme.muted}; font-size: {body}px; }}
    QLabel#failure {{ color: {theme.danger}; }}
    QLabel#status, QLabel#notice {{ color: {theme.muted}; font-size: {small}px; padding: 0 8px; }}
    QLabel#notice[danger="true"] {{ color: {theme.danger}; }}
    QToolButton#away {{ padding: 0 6px; color: {theme.danger}; font-size: {small}px; }}
    QWidget#transport {{ background: {theme.background}; }}
    QToolButton#play {{ background: {hover}; padding: 5px 12px; font-weight: 600; min-width: {5 * body}px; }}
    QToolButton#play:hover {{ background: {mixed(theme.panel, theme.text, 0.16)}; }}
    QLineEdit#number {{ padding: 1px 1px 1px 5px; background: transparent; border-color: transparent; }}
    QLineEdit#number:hover {{ border-color: {theme.line}; }}
    QLineEdit#number:focus {{ border-color: {theme.measurement}; background: {theme.background}; }}
    QToolBar#transport_bar {{ padding: 4px 6px; }}
    QStatusBar {{ min-height: {small + 9}px; }}
    QComboBox {{ border: 1px solid {theme.line}; border-radius: 4px; padding: 2px 22px 2px 7px;
        background: transparent; }}
    QComboBox:hover {{ background: {hover}; }}
    QComboBox:focus {{ border-color: {theme.measurement}; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: none; }}
    QComboBox QAbstractItemView {{ background: {theme.panel}; border: 1px solid {theme.line}; outline: none;
        selection-background-color: {hover}; selection-color: {theme.text}; }}
    QComboBox QLineEdit {{ border: none; padding: 0; background: transparent; }}
    QTableWidget#agreement {{ background: transparent; }}
    QTableWidget#agreement::item {{ padding: 0 3px; }}
    QTableWidget#agreement QHeaderView, QTableWidget#agreement QTableCornerButton {{ background: transparent; }}
    QHeaderView::section {{ font-size: {small}px; }}
    """


def dress(application: QApplication, theme: Theme) -> None:
    """Colours, type and style of the whole application; nothing where it has them, for it takes half a second."""
    sheet = stylesheet(theme) + chrome(theme)
    if application.styleSheet() == sheet:
        return
    if application.style().objectName() != "fusion":
        application.setStyle("Fusion")
    application.setPalette(palette(theme))
    application.setFont(theme.font())
    application.setStyleSheet(sheet)
