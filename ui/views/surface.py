"""Surface: the rendered height field with its scales and names; the mouse turns, zooms and pans the camera."""

import dataclasses
from typing import final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from simulator.figures import Camera, Figure, Surface
from simulator.projection import MAX_ELEVATION, MIN_ELEVATION, Projection
from ui.theme import DARK, Theme
from ui.views.base import NOTHING_YET, AbstractView, paint_sentence
from ui.views.numbers import readable
from ui.views.pick import ground_under
from ui.views.plot import Overlay
from ui.views.surface_words import paint_ground, paint_words

MAX_WIDTH, MAX_HEIGHT = 900, 600
DEGREES_PER_PIXEL = 0.45
MIN_ZOOM, MAX_ZOOM = 0.3, 12.0
CLICK = 4
"""A right button that moved fewer pixels than this was a click, and opens the menu."""


@final
class SurfaceView(AbstractView):
    """Shows a Surface. It shows what was rendered; `cameraChanged` asks for a picture from elsewhere."""

    kind = Surface
    cameraChanged = Signal(Camera)

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.canvas = SurfaceCanvas(self)
        self.body.addWidget(self.canvas, 1)
        self.camera = Camera(dark=theme.dark)
        self.home: Camera | None = None
        self.touched = False
        self._asked: Camera | None = None
        self._scale: float | None = None

    def _show(self, figure: Figure) -> None:
        assert isinstance(figure, Surface)
        if self.home is None:
            self.home = figure.camera
        if not self.touched:
            self.camera = self._sized(figure.camera)
        self.canvas.show_surface(figure)
        self._ask()

    def _restyle(self) -> None:
        self.canvas.restyle()
        self._ask()

    def reset_view(self) -> None:
        self.touched = False
        self.camera = self._sized(self.home or Camera())
        self._ask()

    def turn(self, azimuth: float, elevation: float) -> None:
        """Turn by degrees."""
        tilted = min(max(self.camera.elevation + elevation, MIN_ELEVATION), MAX_ELEVATION)
        self._move(azimuth=(self.camera.azimuth + azimuth) % 360.0, elevation=tilted)

    def pan(self, x: float, y: float) -> None:
        """Pan by pixels of the canvas, y downwards."""
        half = 0.5 * max(self.canvas.height(), 1)
        self._move(pan_x=self.camera.pan_x + x / half, pan_y=self.camera.pan_y - y / half)

    def magnify(self, factor: float, at: QPointF) -> None:
        """Zoom, keeping in place what lies at a point of the canvas."""
        zoom = min(max(self.camera.zoom * factor, MIN_ZOOM), MAX_ZOOM)
        ratio, half = zoom / self.camera.zoom, 0.5 * max(self.canvas.height(), 1)
        x = (at.x() - 0.5 * self.canvas.width()) / half
        y = (0.5 * self.canvas.height() - at.y()) / half
        pan_x, pan_y = x + (self.camera.pan_x - x) * ratio, y + (self.camera.pan_y - y) * ratio
        self._move(zoom=zoom, pan_x=pan_x, pan_y=pan_y)

    def resized(self) -> None:
        self.camera = self._sized(self.camera)
        self._ask()

    def sharpen(self, scale: float) -> None:
        """Ask for every pixel of a frame that shows the canvas `scale` times as large: for a film nobody waits."""
        if scale != self._scale:
            self._scale = scale
            self.resized()

    def _move(self, **changes: float) -> None:
        self.touched = True
        self.camera = self._sized(dataclasses.replace(self.camera, **changes))  # type: ignore[arg-type]
        self._ask()

    def _sized(self, camera: Camera) -> Camera:
        """The camera for this canvas in this theme, in pixels of the device: at most MAX_WIDTH x MAX_HEIGHT, or of a
        film."""
        wide, high = max(self.canvas.width(), 1), max(self.canvas.height(), 1)
        ratio = self._scale or min(self.devicePixelRatioF(), MAX_WIDTH / wide, MAX_HEIGHT / high)
        width, height = max(16, round(wide * ratio)), max(16, round(high * ratio))
        return dataclasses.replace(camera, width=width, height=height, dark=self.theme.dark)

    def _ask(self) -> None:
        """Ask once for each camera."""
        if self.figure is not None and self.camera != self._asked:
            self._asked = self.camera
            self.cameraChanged.emit(self.camera)


@final
class SurfaceCanvas(QWidget):
    """The picture itself, and the mouse on it."""

    def __init__(self, view: SurfaceView) -> None:
        super().__init__(view)
        self.view = view
        self.surface: Surface | None = None
        self.projection: Projection | None = None
        self._image = QImage()
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self.overlay = Overlay(view.theme, self)
        self.overlay.say("")
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setMinimumSize(80, 60)

    def show_surface(self, surface: Surface) -> None:
        """Show what was rendered; a surface without pixels leaves the picture before it."""
        if surface.pixels is not None and surface.pixels.size:
            high, wide = surface.pixels.shape[:2]
            image = QImage(surface.pixels.data, wide, high, 4 * wide, QImage.Format.Format_RGBA8888)
            # A copy in the format that is painted fastest; the figure's own array stays untouched.
            self._image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
            self.surface, self.projection = surface, Projection.of_surface(surface)
            self.setAccessibleName(surface.title)
        self.update()
        self._hover()

    def restyle(self) -> None:
        self.overlay.theme = self.view.theme
        self.update()

    def frame(self) -> tuple[QRectF, float]:
        """Where the rendered picture lies on the canvas, and canvas pixels a rendered pixel."""
        wide, high = max(self._image.width(), 1), max(self._image.height(), 1)
        scale = min(self.width() / wide, self.height() / high)
        return QRectF(
            (self.width() - wide * scale) / 2, (self.height() - high * scale) / 2, wide * scale, high * scale
        ), scale

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self.view.theme
        if self.surface is None or self.projection is None:
            paint_sentence(painter, self, theme, NOTHING_YET)
            painter.end()
            return
        frame, scale = self.frame()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, theme, self.surface, self.projection, frame, scale)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale != 1.0)
        painter.drawImage(frame, self._image)
        paint_words(painter, theme, self.surface, self.projection, frame, scale, QRectF(self.rect()))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.overlay.setGeometry(self.rect())
        self.view.resized()
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self._last = event.position()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        moved = event.position() - self._last
        self._last = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.view.turn(-DEGREES_PER_PIXEL * moved.x(), DEGREES_PER_PIXEL * moved.y())
        elif event.buttons() & (Qt.MouseButton.RightButton | Qt.MouseButton.MiddleButton):
            self.view.pan(moved.x(), moved.y())
        self._hover()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        still = pressed is not None and (event.position() - pressed).manhattanLength() < CLICK
        if still and event.button() == Qt.MouseButton.RightButton:
            self.view.open_menu(event.globalPosition().toPoint())
        self._hover()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.view.reset_view()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.view.magnify(1.0015 ** event.angleDelta().y(), event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.overlay.read("", QPointF(), False)
        self._last = QPointF(-1, -1)

    def _hover(self) -> None:
        """The value under the cursor, while no button is held."""
        reading = None
        if self._pressed is None and self.surface is not None and self.projection is not None and self.underMouse():
            frame, scale = self.frame()
            at = (self._last - frame.topLeft()) / scale
            reading = ground_under(self.surface, self.projection, at.x(), at.y())
        if reading is None or self.surface is None:
            self.overlay.read("", QPointF(), False)
            return
        x, y, height = (readable(v, 3) for v in reading)
        self.overlay.read(f"{self.surface.value_label}: {height}\nat ({x}, {y})", self._last, False)
