"""A scene as a video: the window's frames, one after the other, into a file."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from simulator import system
from simulator.commands.shell import DONE, INTERRUPTED, FailedError, InputError
from simulator.parameters import shortened
from simulator.scenes import Scene
from simulator.video import AbstractVideo, Frame, VideoError, check_pictures, encoders, open_video
from ui.app import make_application
from ui.film import Film, rolling

Progress = Callable[[int, int, float], None]


def record(scene: Scene, out: Path, interrupted: Sequence[int] = ()) -> int:
    """Film a scene into `out`. The exit status: DONE, or INTERRUPTED with what there was until Ctrl+C.

    interrupted: not empty once there has been one; before the first picture it raises KeyboardInterrupt.

    Raises InputError and SessionError for what cannot be shown, FailedError where the run or the disk gives up: the
    video then plays up to there.
    """
    if not system.screen():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if out.suffix.lower() == ".png" or not encoders():
        try:
            check_pictures(out)
        except VideoError as error:
            raise InputError(f"--out = {shortened(str(out))} is not allowed: {error}") from error
    make_application()
    progress = bar if sys.stderr.isatty() else silence
    began = time.monotonic()
    with rolling(scene) as film:
        try:
            video, whole = _filmed(film, out, progress, interrupted)
        except VideoError as error:
            raise FailedError(str(error)) from error
    seconds = time.monotonic() - began
    said = (
        f"{video.path}: {video.frames:,} frames, {video.frames / scene.fps:g} s at {scene.fps} a second, {video.words}"
    )
    print(f"{said}; made in {seconds:.0f} s{'' if whole else ', interrupted'}")
    return DONE if whole else INTERRUPTED


def _filmed(film: Film, out: Path, progress: Progress, interrupted: Sequence[int]) -> tuple[AbstractVideo, bool]:
    """All frames until Ctrl+C, and whether they are all. The file is begun with the first picture, and not before."""
    scene, frames = film.scene, film.scene.frames
    progress(0, frames, 0.0)
    first = _first(film, interrupted)
    video = open_video(out, scene.size, scene.fps)
    began = time.monotonic()
    try:
        video.write(first)
        for number in range(1, frames):
            if interrupted:
                break
            video.write(film.frame(number))
            progress(number + 1, frames, time.monotonic() - began)
    finally:
        if progress is bar and video.frames < frames:
            print(file=sys.stderr)
        video.close()
    return video, video.frames == frames


def _first(film: Film, interrupted: Sequence[int]) -> Frame:
    """The first picture. What fails to be built after Ctrl+C fails because of it: the terminal tells compilers too."""
    try:
        picture = film.frame(0)
    except FailedError:
        if interrupted:
            raise KeyboardInterrupt from None
        raise
    if interrupted:
        raise KeyboardInterrupt
    return picture


def silence(done: int, frames: int, seconds: float) -> None:
    """No progress bar."""


def bar(done: int, frames: int, seconds: float) -> None:
    """Draw the progress bar on standard error; before the first frame, that the run is being built."""
    filled = 30 * done // frames
    left = seconds * (frames - done) / max(done, 1)
    pace = f"{done / max(seconds, 1e-9):.1f}/s, {left:.0f} s left" if done else "building the run"
    text = f"[{'#' * filled}{'.' * (30 - filled)}] {done:,} of {frames:,} frames, {pace}"
    print(f"\r{text:<78}", end="\n" if done >= frames else "", file=sys.stderr, flush=True)
