"""Icons drawn from paths in whatever colour the theme has: no image files, sharp at every scale."""

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIDE = 64


def _polygon(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    path.closeSubpath()
    return path


def _lines(*strokes: tuple[tuple[float, float], ...]) -> QPainterPath:
    path = QPainterPath()
    for stroke in strokes:
        path.moveTo(*stroke[0])
        for point in stroke[1:]:
            path.lineTo(*point)
    return path


def _play() -> QPainterPath:
    return _polygon((18, 10), (54, 32), (18, 54))


def _pause() -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(15, 11, 11, 42))
    path.addRect(QRectF(38, 11, 11, 42))
    return path


def _step() -> QPainterPath:
    path = _polygon((24, 12), (52, 32), (24, 52))
    path.addRect(QRectF(12, 12, 7, 40))
    return path


def _back() -> QPainterPath:
    path = _polygon((40, 12), (12, 32), (40, 52))
    path.addRect(QRectF(45, 12, 7, 40))
    return path


def _reset() -> QPainterPath:
    path = _polygon((50, 12), (22, 32), (50, 52))
    path.addRect(QRectF(12, 12, 7, 40))
    return path


def _dice() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(10, 10, 44, 44), 9, 9)
    for x, y in ((22, 22), (42, 22), (32, 32), (22, 42), (42, 42)):
        path.addEllipse(QPointF(x, y), 4.5, 4.5)
    path.setFillRule(Qt.FillRule.OddEvenFill)
    return path


def _record() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(32, 32), 17, 17)
    return path


def _close() -> QPainterPath:
    return _lines(((12, 12), (52, 52)), ((52, 12), (12, 52)))


def _float() -> QPainterPath:
    return _lines(((8, 22), (8, 56), (42, 56), (42, 22), (8, 22)), ((22, 22), (22, 8), (56, 8), (56, 42), (42, 42)))


def _chevron() -> QPainterPath:
    return _lines(((12, 22), (32, 44), (52, 22)))


def _minus() -> QPainterPath:
    return _lines(((14, 32), (50, 32)))


def _plus() -> QPainterPath:
    return _lines(((14, 32), (50, 32)), ((32, 14), (32, 50)))


def _tick() -> QPainterPath:
    return _lines(((12, 34), (26, 48), (52, 16)))


FILLED: dict[str, Callable[[], QPainterPath]] = {
    "play": _play,
    "pause": _pause,
    "step": _step,
    "back": _back,
    "reset": _reset,
    "dice": _dice,
    "record": _record,
}
STROKED: dict[str, Callable[[], QPainterPath]] = {
    "close": _close,
    "float": _float,
    "chevron": _chevron,
    "minus": _minus,
    "plus": _plus,
    "tick": _tick,
}


def pixmap(name: str, colour: str, side: int = SIDE) -> QPixmap:
    """One icon, `side` pixels square."""
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side / SIDE, side / SIDE)
    if name in FILLED:
        painter.fillPath(FILLED[name](), QColor(colour))
    else:
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(QColor(colour), 7, Qt.PenStyle.SolidLine, cap, join))
        painter.drawPath(STROKED[name]())
    painter.end()
    return picture


@cache
def icon(name: str, colour: str) -> QIcon:
    """One icon in one colour. Needs a QGuiApplication."""
    return QIcon(pixmap(name, colour))
