"""Export of one picture: PNG and SVG as it looks, CSV of exactly the data shown."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from ui.views.base import AbstractView
from ui.views.csv_text import figure_csv

PNG_SCALE = 2.0
FORMATS = {"png": "PNG image", "svg": "SVG drawing", "csv": "CSV, the data shown"}


def save_png(view: AbstractView, path: Path) -> None:
    """The picture at twice its size on screen. Raises OSError if it cannot be written."""
    image = QImage(view.size() * PNG_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(PNG_SCALE)
    image.fill(QColor(view.theme.panel))
    with _drawn_anew(view):
        view.render(image, QPoint(0, 0))
    if not image.save(str(path)):
        raise OSError(f"{path} cannot be written")


def save_svg(view: AbstractView, path: Path) -> None:
    """The picture as lines and words; maps and surfaces are embedded as images. Raises OSError."""
    if not path.parent.is_dir():
        raise OSError(f"{path.parent} is no folder")
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(view.size())
    generator.setViewBox(QRect(QPoint(0, 0), view.size()))
    generator.setTitle(view.figure.title if view.figure is not None else "")
    painter = QPainter(generator)
    if not painter.isActive():
        raise OSError(f"{path} cannot be written")
    with _drawn_anew(view):
        view.render(painter, QPoint(0, 0))
    painter.end()


@contextmanager
def _drawn_anew(view: AbstractView) -> Iterator[None]:
    """Draw everything anew, not from the pictures kept of axes and the like."""
    items = [item for plot in view.findChildren(pg.PlotWidget) for item in plot.items()]
    kept = [(item, item.cacheMode()) for item in items if item.cacheMode() != item.CacheMode.NoCache]
    for item, _ in kept:
        item.setCacheMode(item.CacheMode.NoCache)
    try:
        yield
    finally:
        for item, mode in kept:
            item.setCacheMode(mode)


def save_csv(view: AbstractView, path: Path) -> None:
    """The data of the figure on show. Raises OSError."""
    if view.figure is None:
        raise OSError("there is nothing to export yet")
    path.write_text(figure_csv(view.figure), encoding="utf-8")


SAVERS = {"png": save_png, "svg": save_svg, "csv": save_csv}


def default_name(view: AbstractView, suffix: str) -> str:
    """A file name from the title."""
    title = view.figure.title if view.figure is not None else "picture"
    return (re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "picture") + f".{suffix}"


def export_menu(view: AbstractView) -> QMenu:
    """The right-click menu of every picture."""
    menu = QMenu(view)
    for suffix, words in FORMATS.items():
        action = menu.addAction(f"Export {words} …")
        action.triggered.connect(lambda _=False, s=suffix: _ask_and_save(view, s))
        action.setEnabled(view.figure is not None)
    menu.addSeparator()
    copy = menu.addAction("Copy picture")
    copy.triggered.connect(lambda: QGuiApplication.clipboard().setPixmap(view.grab()))
    menu.addAction("Reset view").triggered.connect(lambda: view.reset_view())
    return menu


def _ask_and_save(view: AbstractView, suffix: str) -> None:
    filters = f"{FORMATS[suffix]} (*.{suffix})"
    name, _ = QFileDialog.getSaveFileName(view, "Export", default_name(view, suffix), filters)
    if not name:
        return
    path = Path(name if name.lower().endswith(f".{suffix}") else f"{name}.{suffix}")
    try:
        SAVERS[suffix](view, path)
    except OSError as error:
        QMessageBox.warning(view, "Export", f"Not exported: {error}")
