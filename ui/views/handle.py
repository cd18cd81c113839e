"""The mark of two parameters on a map: a ring that is seen on every colour, and what is there in words."""

from typing import Any, final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsObject

from ui.theme import Size
from ui.views.plot import AbstractPlotView

RADIUS, HELD_RADIUS = 8.0, 10.0
INSET, GAP, PAD_X, PAD_Y = 4.0, 6.0, 7.0, 3.0
RIM = "#10131a"
RIM_REACH = 7.0
"""How far the ring's rim reaches beyond its radius, at most."""
WORDS = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)


def label_box(spot: QPointF, size: QSizeF, frame: QRectF, gap: float) -> QRectF:
    """A box of `size` inside `frame`, clear of the ring at `spot`: beside it, or above or below where there is no room.

    Right of it is best, for there the words begin at the ring. Larger than the frame, it starts at the frame's left.
    """
    wide, high = size.width(), size.height()
    middle = min(max(spot.y() - 0.5 * high, frame.top()), frame.bottom() - high)
    if spot.x() + gap + wide <= frame.right():
        return QRectF(spot.x() + gap, middle, wide, high)
    if spot.x() - gap - wide >= frame.left():
        return QRectF(spot.x() - gap - wide, middle, wide, high)
    left = max(min(spot.x() - 0.5 * wide, frame.right() - wide), frame.left())
    over = spot.y() - gap - high
    top = over if over >= frame.top() else min(spot.y() + gap, frame.bottom() - high)
    return QRectF(left, top, wide, high)


@final
class HandleMark(QGraphicsObject):
    """Drawn over the axes too: half a ring at the edge of the map would be hard to take hold of."""

    def __init__(self, view: AbstractPlotView) -> None:
        super().__init__(view.plot.getPlotItem())
        self._view = view
        self.place: tuple[float, float] | None = None
        self.words, self.held = "", False
        self._label: tuple[QRectF, str, Size] = (QRectF(), "", "small")
        self._area = QRectF()
        self.setZValue(1000)
        self.setVisible(False)
        view.box.sigTransformChanged.connect(self._changed)
        view.box.sigResized.connect(self._changed)

    def show_at(self, place: tuple[float, float] | None, words: str, held: bool) -> None:
        """Draw it at a place on the axes, or not at all."""
        self.place, self.words, self.held = place, words, held
        self.setVisible(place is not None)
        self._changed()

    @property
    def radius(self) -> float:
        """Of the ring, in pixels."""
        return (HELD_RADIUS if self.held else RADIUS) * (1.5 if self._view.theme.presentation else 1.0)

    def spot(self) -> QPointF | None:
        """Its place in pixels of the plot."""
        if self.place is None or self._view.box.width() <= 0 or self._view.box.height() <= 0:
            return None
        return QPointF(self.parentItem().mapFromScene(self._view.box.mapViewToScene(QPointF(*self.place))))

    def frame(self) -> QRectF:
        """The map in pixels of the plot."""
        return QRectF(self.parentItem().mapRectFromItem(self._view.box, self._view.box.rect()))

    def label(self) -> tuple[QRectF, str, Size]:
        """Where which words stand, and in what size: one line where it fits, else several in at most half the map."""
        return self._label

    def _placed_label(self) -> tuple[QRectF, str, Size]:
        spot = self.spot()
        if spot is None or not self.words:
            return QRectF(), "", "small"
        frame = self.frame().adjusted(INSET, INSET, -INSET, -INSET)
        room = max(frame.width() - 2 * PAD_X, 40.0)
        size: Size = "body"
        if self._view.theme.metrics(size).horizontalAdvance(self.words) > room:
            size = "small"
        metrics = self._view.theme.metrics(size)
        free = 0.5 * frame.height() - self.radius - GAP - 2 * PAD_Y
        lines = max(1, int(free / metrics.lineSpacing()))
        # A wrapped line ends early, by half a word or so.
        words = metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, room * (1.0 + 0.75 * (lines - 1)))
        text = metrics.boundingRect(QRectF(0, 0, room, 1000), WORDS, words)
        needed = QSizeF(min(text.width(), room) + 2 * PAD_X, text.height() + 2 * PAD_Y)
        return label_box(spot, needed, frame, self.radius + GAP), words, size

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, *_: Any) -> None:
        spot = self.spot()
        if spot is None or not self._near(spot):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_words(painter)
        theme = self._view.theme
        scale = 1.5 if theme.presentation else 1.0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Dark, light, dark: one of them stands out on every colour of a map.
        for colour, width in ((RIM, 6.5), ("#ffffff", 4.0)):
            painter.setPen(QPen(QColor(colour), width * scale))
            painter.drawEllipse(spot, self.radius, self.radius)
        painter.setPen(QPen(QColor(RIM), 1.5 * scale))
        painter.setBrush(QBrush(theme.colour("native")))
        painter.drawEllipse(spot, 4.0 * scale, 4.0 * scale)

    def _paint_words(self, painter: QPainter) -> None:
        box, words, size = self.label()
        if box.isEmpty():
            return
        theme = self._view.theme
        ground = QColor(theme.panel)
        ground.setAlpha(218)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(theme.text))
        painter.setFont(theme.font(size))
        painter.drawText(box.adjusted(PAD_X - 1, PAD_Y, 1 - PAD_X, -PAD_Y), WORDS, words)

    def _near(self, spot: QPointF) -> bool:
        """Whether any of the ring can be seen; a zoom may have left it outside."""
        reach = self.radius
        return self.frame().adjusted(-reach, -reach, reach, reach).contains(spot)

    def _changed(self, *_: object) -> None:
        """It takes no more room than it needs, so that no more of the map is painted again than it has covered."""
        self.prepareGeometryChange()
        spot, reach = self.spot(), self.radius + RIM_REACH
        self._label = self._placed_label()
        ring = QRectF() if spot is None else QRectF(spot.x() - reach, spot.y() - reach, 2 * reach, 2 * reach)
        self._area = ring.united(self._label[0].adjusted(-1, -1, 1, 1))
        self.update()
