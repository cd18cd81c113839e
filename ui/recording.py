"""The record button: what is seen, live, as a video; and what the user does meanwhile, as a scene that can be filmed
again."""

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QFileDialog

from simulator import scenes
from simulator.log import log_failure
from simulator.scenes import MAX_SECONDS, SUFFIX, Scene, SceneError
from simulator.video import Frame, VideoError, open_video
from ui.notes import Notes
from ui.pixels import pixels_of

if TYPE_CHECKING:
    from ui.window import Window

FPS: Final = 30
WAITING: Final = 6
"""Pictures that may wait for the encoder; when so many do, the one on show is shown longer, and counted."""
LOOK_MS: Final = 50
JOIN_SECONDS: Final = 60.0
"""How long the encoder may take to finish when the window closes."""


@final
class Writer(threading.Thread):
    """Encodes pictures in a thread of its own; each is shown for so many frames. The first fault ends it."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        super().__init__(name="video", daemon=True)
        self.queue: queue.Queue[tuple[Frame, int]] = queue.Queue(WAITING)
        self.ended = threading.Event()
        self.fault = ""
        self.path, self.words, self.frames = path, "", 0
        self._size = size

    def run(self) -> None:
        try:
            self._write()
        except VideoError as error:
            self.fault = str(error)
        except Exception as error:  # whatever it is, it must not pass for a video
            self.fault = f"{self.path} could not be written: {type(error).__name__}: {error}; {log_failure(error)}"

    def finish(self, seconds: float) -> None:
        """Let it write what waits, and wait for it; `fault` then says whether it has not finished in time."""
        self.ended.set()
        self.join(seconds)
        if self.is_alive():
            self.fault = f"{self.path} is not finished after {seconds:g} s: it may play only up to where it is by now"

    def _write(self) -> None:
        video = open_video(self.path, self._size, FPS)
        self.path, self.words = video.path, video.words
        try:
            while (item := self._next()) is not None:
                frame, times = item
                for _ in range(times):
                    video.write(frame)
                self.frames = video.frames
        except BaseException:
            with contextlib.suppress(VideoError):  # the first fault is the one to say
                video.close()
            raise
        video.close()

    def _next(self) -> tuple[Frame, int] | None:
        """The next picture; None when there will be no more."""
        while True:
            try:
                return self.queue.get(timeout=0.1)
            except queue.Empty:
                if self.ended.is_set():
                    return None


def free_name(video: Path) -> Path:
    """Where the scene of a video goes: beside it, and not in the place of one that is there, which may be of use."""
    ends = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    places = (video.with_name(f"{video.stem}{end}{SUFFIX}") for end in ends)
    return next(itertools.dropwhile(Path.exists, places))


def _written(scene: Scene, video: Path) -> str:
    """Write a scene beside its video: a line that says where, or why not."""
    try:
        beside = free_name(video)
        scenes.write(beside, scene)
    except (OSError, SceneError) as error:
        return f"The scene was not written: {getattr(error, 'strerror', None) or error}"
    return f"What you changed, as a scene: {beside.name} (python main.py record films it)"


@final
class Recording(QObject):
    """Records the window until it is asked to stop, or the window closes."""

    changed = Signal(str)
    """How long it has been recording, as "0:12"; what it still does; "" when it has stopped."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._writer: Writer | None = None
        self._notes: Notes | None = None
        self._scene: Scene | None = None
        self._size = QSize()
        self._clock = QElapsedTimer()
        self._taken = self.late = 0
        self._tick = QTimer(self, interval=1000 // FPS, timerType=Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._take)
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._see)
        window.installEventFilter(self)

    @property
    def running(self) -> bool:
        """Whether it records now, or finishes."""
        return self._writer is not None

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the command of the menu does."""
        return {"record": self.toggle}

    def toggle(self) -> None:
        """Ask where to and begin, or stop."""
        if self.running:
            self.end()
            return
        where = self._window.workspace
        suggested = f"{self._window.current.name if where is None else where.name}-seed{self._window.current.seed}.mp4"
        name, _ = QFileDialog.getSaveFileName(self._window, "Record a video", suggested, "Video (*.mp4)")
        if name:
            self.begin(Path(name))

    def begin(self, path: Path) -> None:
        """Record into `path` from now on. The dialog has asked before it names a file that is there already."""
        if self.running:
            return
        if path.suffix.lower() != ".mp4":
            path = path.with_name(path.name + ".mp4")
            if path.exists():
                self._window.say(f"{path.name} is there already; to replace it, choose it by its whole name")
                return
        size = self._window.size() * self._window.devicePixelRatioF()
        self._size = QSize(size.width() // 2 * 2, size.height() // 2 * 2)
        self._writer = Writer(path.absolute(), (self._size.width(), self._size.height()))
        self._notes = Notes(self._window)
        self._taken = self.late = 0
        self._writer.start()
        self._clock.start()
        self._tick.start()
        self._take()

    def end(self) -> None:
        """Take no more pictures. The video is finished beside the window, which says so then."""
        if self._writer is None or self._notes is None:
            return
        self._tick.stop()
        self._scene = self._notes.scene(self._clock.elapsed() / 1000, (self._size.width(), self._size.height()))
        self._notes = None
        self._writer.ended.set()
        self.changed.emit("finishing")
        self._look.start()

    def stop(self) -> None:
        """As `end`, and wait for it: the window closes."""
        self.end()
        if self._writer is not None:
            self._writer.finish(JOIN_SECONDS)
            self._say(self._writer)

    def _see(self) -> None:
        if self._writer is not None and not self._writer.is_alive():
            self._say(self._writer)

    def _say(self, writer: Writer) -> None:
        """What was written, and that no frame is missing silently."""
        scene = self._scene
        assert scene is not None
        self._look.stop()
        self._writer = self._scene = None
        self.changed.emit("")
        lines = [f"{writer.path}: {writer.frames / FPS:.1f} s, {writer.words}"]
        if self.late:
            lines.append(f"{self.late} of {writer.frames} frames show the picture before: the window was busy")
        if writer.fault:
            self._window.say(writer.fault, stays=True)
            lines = []
        if scene.seconds < writer.frames / FPS - 1.0:
            lines.append(f"The scene ends after {MAX_SECONDS / 60:g} minutes, and the video does not")
        title = "Scene recorded, without its video" if writer.fault else "Video recorded"
        self._window.caption.say(title, "\n".join([*lines, _written(scene, writer.path)]))

    def _take(self) -> None:
        """The window as it is now, for as many frames as have become due since the picture before."""
        writer = self._writer
        if writer is None or self._notes is None:
            return
        if not writer.is_alive():
            self.end()
            return
        seconds = self._clock.elapsed() / 1000
        self._notes.look(seconds)
        due = int(seconds * FPS) + 1 - self._taken
        if due < 1 or writer.queue.full():
            return
        writer.queue.put((self._picture(), due))
        self._taken += due
        self.late += due - 1
        whole = int(seconds)
        self.changed.emit(f"{whole // 60}:{whole % 60:02d}")

    def _picture(self) -> Frame:
        """The window in the size with which the recording began, whatever its size is now."""
        picture = self._window.grab()
        image = QImage(self._size, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        fitted = picture.size() / picture.devicePixelRatio()
        fitted.scale(self._size, Qt.AspectRatioMode.KeepAspectRatio)
        if abs(fitted.width() - self._size.width()) < 2 and abs(fitted.height() - self._size.height()) < 2:
            fitted = self._size
        painter.drawPixmap(
            (self._size.width() - fitted.width()) // 2,
            (self._size.height() - fitted.height()) // 2,
            fitted.width(),
            fitted.height(),
            picture,
        )
        painter.end()
        return np.array(pixels_of(image))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A window that closes ends its recording first."""
        if watched is self._window and event.type() == QEvent.Type.Close:
            self.stop()
        return False
