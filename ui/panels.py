"""The pictures of one `View` of an experiment, side by side or one at a time."""

from collections.abc import Mapping
from typing import final

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QWidget

from simulator.experiment import View
from simulator.figures import Camera, Figure, Handle, Image, Lens
from simulator.snapshot import Failure
from ui.messages import FailureNotice, Waiting
from ui.theme import Theme
from ui.views import AbstractView, make_view
from ui.views.image import ImageView
from ui.views.surface import SurfaceView

ABREAST = 480
"""Width in pixels in which two pictures have room for their titles side by side."""


@final
class ViewPanel(QStackedWidget):
    """Draws the figures of one view, or says why there is nothing to draw."""

    camera_changed = Signal(str, Camera)
    """figure name, where its surface is to be seen from."""
    handle_moved = Signal(Handle, float, float)
    """the handle of a map that the mouse drags, and where it is now."""
    handle_released = Signal()
    lens_moved = Signal(Lens, float, float, float, float)
    """the lens of a map, and what it is wanted to be on: x, y, x_span, y_span."""
    lens_home = Signal(Lens)
    reset = Signal()
    choice_changed = Signal()

    def __init__(self, view: View, theme: Theme) -> None:
        super().__init__()
        self.view, self._theme = view, theme
        self._views: dict[str, AbstractView] = {}
        self._kinds: dict[str, type] = {}
        self.waiting, self.failure = Waiting(), FailureNotice()
        self.failure.reset.connect(self.reset)
        self._pictures = QWidget()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._pictures)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._chosen = view.figures[0]
        for page in (self.waiting, self._pictures, self.failure):
            self.addWidget(page)
        self.switch = self._make_switch()

    @property
    def wanted(self) -> tuple[str, ...]:
        """Names of the figures that are in sight while this panel is."""
        return (self._chosen,) if self.view.alternatives else self.view.figures

    @property
    def pictures(self) -> tuple[AbstractView, ...]:
        """What has been drawn so far."""
        return tuple(self._views.values())

    def show_figures(self, figures: Mapping[str, Figure]) -> bool:
        """Draw those of `figures` that belong here; whether there was any."""
        mine = [(name, figures[name]) for name in self.wanted if name in figures]
        for name, figure in mine:
            self._picture(name, figure).show_figure(figure)
        if mine and self.currentIndex() != 1:
            self.setCurrentIndex(1)
        return bool(mine)

    def picture(self, name: str) -> AbstractView | None:
        """What one figure is drawn in; None until it has been drawn."""
        return self._views.get(name)

    def show_waiting(self, text: str) -> None:
        """Say what is being waited for."""
        self.waiting.show_text(text)
        self.setCurrentIndex(0)

    def show_failure(self, failure: Failure) -> None:
        """Say what went wrong here."""
        self.failure.show_failure(failure)
        self.setCurrentIndex(2)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours from now on."""
        self._theme = theme
        for picture in self._views.values():
            picture.set_theme(theme)

    def choose(self, name: str) -> None:
        """Of alternatives, show this one."""
        self._chosen = name
        for other, picture in self._views.items():
            picture.setVisible(other in self.wanted)
        for button in self.switch.findChildren(QToolButton) if self.switch is not None else ():
            button.setChecked(button.text() == name.replace("_", " "))
        self.choice_changed.emit()

    def minimumSizeHint(self) -> QSize:
        """Room for one picture: where there is little, two stand one above the other, or neither is whole."""
        return QSize(170, 150)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two pictures stand side by side in a wide panel, one above the other in a tall or a narrow one."""
        super().resizeEvent(event)
        wide = self.width() > max(1.2 * self.height(), ABREAST)
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def _picture(self, name: str, figure: Figure) -> AbstractView:
        """The widget of one figure, made when the figure's kind is first known, and again when it changes."""
        if name in self._views and self._kinds[name] is not type(figure):
            old = self._views.pop(name)
            self._row.removeWidget(old)
            old.deleteLater()
        if name not in self._views:
            picture = self._views[name] = make_view(type(figure), self._theme)
            self._kinds[name] = type(figure)
            if isinstance(picture, SurfaceView):
                picture.cameraChanged.connect(lambda camera: self.camera_changed.emit(name, camera))
            elif isinstance(picture, ImageView):
                picture.handleMoved.connect(lambda x, y: self._drag(picture, x, y))
                picture.handleReleased.connect(self.handle_released)
                picture.lensMoved.connect(lambda *place: self._tell_lens(picture, self.lens_moved, *place))
                picture.lensHome.connect(lambda: self._tell_lens(picture, self.lens_home))
                picture.lensReleased.connect(self.handle_released)
            places = [other for other in self.view.figures if other in self._views]
            self._row.insertWidget(places.index(name), picture, 1)
        return self._views[name]

    def _drag(self, picture: AbstractView, x: float, y: float) -> None:
        if isinstance(picture.figure, Image) and picture.figure.handle is not None:
            self.handle_moved.emit(picture.figure.handle, x, y)

    @staticmethod
    def _tell_lens(picture: AbstractView, signal: SignalInstance, *place: float) -> None:
        if isinstance(picture.figure, Image) and picture.figure.lens is not None:
            signal.emit(picture.figure.lens, *place)

    def _make_switch(self) -> QWidget | None:
        """Buttons that choose among alternatives, for the dock's title; None where there is nothing to choose."""
        if not self.view.alternatives or len(self.view.figures) < 2:
            return None
        switch = QWidget()
        switch.setToolTip(self.view.title)  # where the dock's title has no room
        row = QHBoxLayout(switch)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(2)
        group = QButtonGroup(switch)
        for name in self.view.figures:
            button = QToolButton()
            button.setObjectName("choice")
            button.setText(name.replace("_", " "))
            button.setCheckable(True)
            button.setChecked(name == self._chosen)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _, name=name: self.choose(name))
            group.addButton(button)
            row.addWidget(button)
        return switch
