"""Video files: frames in, a file that plays everywhere out, through PyAV; numbered PNG files where it cannot.

While it is written the file is an MP4 in fragments, complete up to the last of them at every moment: a recording that
is killed plays up to there. `close` makes of it a plain MP4 with its index in front, which states its length.
The same frames give the same file: one thread, no date in it.
"""

import re
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.files import check_writable

Frame = NDArray[np.uint8]
"""(height, width, 4): blue, green, red, and a byte that is not looked at."""
FRAGMENT_SECONDS: Final = 0.5
"""What a recording that is killed may lose."""
THREADS: Final = 1
"""Of the encoder: with more of them two encodings of the same frames have been seen to differ, once."""
FRAGMENTED: Final = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "fflags": "+bitexact",
    "flush_packets": "1",
}
PLAIN: Final = {"movflags": "faststart", "fflags": "+bitexact"}
BT709: Final = 1
"""The number of this colour space, and of the limited range, in FFmpeg's tables."""
NUMBERED: Final = re.compile(r"[0-9]{6,}\.png")
"""The name of a picture of a sequence."""


class VideoError(Exception):
    """A video that cannot be written, in one line."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """One of FFmpeg's encoders with the options for pictures of plots: sharp lines, flat ground."""

    name: str
    words: str
    options: tuple[tuple[str, str], ...]


H264: Final = Encoder(
    "libx264",
    "H.264 (libx264)",
    # Without the tree of macroblocks, which looks ahead: with it one file in a hundred differed from the others.
    (("preset", "veryfast"), ("crf", "18"), ("bf", "0"), ("mbtree", "0"), ("rc-lookahead", "0"), ("forced-idr", "1")),
)
KNOWN: Final = (
    H264,
    Encoder("libopenh264", "H.264 (OpenH264)", (("b", "8000000"),)),
    Encoder("libvpx-vp9", "VP9", (("crf", "24"), ("b", "0"), ("deadline", "realtime"), ("cpu-used", "6"))),
    Encoder("mpeg4", "MPEG-4", (("qscale", "3"),)),
)
"""The best first. No AV1: run by root, SVT-AV1 puts its caller above all else, at the highest real-time priority."""


def encoders() -> tuple[Encoder, ...]:
    """Those that can be used here, the best first; none where PyAV is missing or cannot load."""
    try:
        import av
    except Exception:  # a library of a foreign FFmpeg can raise anything at all on import
        return ()
    return tuple(each for each in KNOWN if each.name in av.codec.codecs_available)


def check_size(size: tuple[int, int]) -> None:
    """Raise VideoError where no encoder takes frames of this width and height."""
    if size[0] % 2 or size[1] % 2:
        raise VideoError(f"{size[0]}x{size[1]} is not allowed: width and height of a video are even")


class AbstractVideo(ABC):
    """Takes frames of one size and writes them. `path`: where it can be found; `words`: what it is."""

    path: Path
    words: str
    frames: int = 0

    @abstractmethod
    def write(self, frame: Frame) -> None:
        """Append one frame, which is not kept. Raises VideoError."""

    @abstractmethod
    def close(self) -> None:
        """Finish what was written. Raises VideoError; what was written then plays as far as it got."""


def open_video(path: Path, size: tuple[int, int], fps: int, known: Sequence[Encoder] | None = None) -> AbstractVideo:
    """A video of `size` (width, height) at `fps` frames a second: `path`, or numbered pictures beside it.

    A path that ends in .png asks for pictures. known: the encoders to choose from, the best first (None: what there is
    here). Raises VideoError.
    """
    choice = encoders() if known is None else known
    if path.suffix.lower() == ".png" or not choice:
        return Pictures(path)
    check_size(size)
    return VideoFile(path, size, fps, choice[0])


@final
class VideoFile(AbstractVideo):
    """An MP4 file through one encoder."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int, encoder: Encoder) -> None:
        self.path, self.words = path, encoder.words
        _attempt(path, lambda _: check_writable(path), needs_av=False)
        self._container = _attempt(path, lambda av: av.open(str(path), "w", format="mp4", options=dict(FRAGMENTED)))
        try:
            self._stream = _attempt(
                path, lambda _: self._container.add_stream(encoder.name, rate=fps, options=dict(encoder.options))
            )
        except VideoError:
            self._container.close()
            raise
        stream = self._stream
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        stream.codec_context.time_base = Fraction(1, fps)
        stream.codec_context.gop_size = max(1, round(FRAGMENT_SECONDS * fps))
        stream.codec_context.thread_count = THREADS
        for name in ("color_range", "colorspace", "color_primaries", "color_trc"):
            setattr(stream.codec_context, name, BT709)

    def write(self, frame: Frame) -> None:
        def work(av: Any) -> None:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="bgra")
            encoded = picture.reformat(format="yuv420p", dst_colorspace=BT709, dst_color_range=BT709)
            encoded.pts, encoded.time_base = self.frames, self._stream.codec_context.time_base
            for packet in self._stream.encode(encoded):
                packet.duration = 1
                self._container.mux(packet)

        _attempt(self.path, work)
        self.frames += 1

    def close(self) -> None:
        def work(av: Any) -> None:
            try:
                for packet in self._stream.encode() if self.frames else ():
                    packet.duration = 1
                    self._container.mux(packet)
            finally:
                self._container.close()
            if self.frames:
                self._make_plain(av)

        _attempt(self.path, work)

    def _make_plain(self, av: Any) -> None:
        """The same packets with one index in front, in place of the fragments, once that is whole."""
        whole = self.path.with_name(f".{self.path.name[:40]}.part")
        try:
            with (
                av.open(str(self.path)) as source,
                av.open(str(whole), "w", format="mp4", options=dict(PLAIN)) as target,
            ):
                inside = source.streams.video[0]
                outside = target.add_stream_from_template(inside, opaque=True)
                for packet in source.demux(inside):
                    if packet.dts is not None:
                        packet.stream = outside
                        target.mux(packet)
            whole.replace(self.path)
        except BaseException:
            whole.unlink(missing_ok=True)
            raise


def folder_of(path: Path) -> Path:
    """Where the pictures go that stand for the video `path`."""
    return path.with_name(f"{path.stem}-frames")


def check_pictures(path: Path) -> None:
    """Raise VideoError where the pictures that stand for the video `path` would come among older ones."""
    folder = folder_of(path)
    old = _attempt(
        folder,
        lambda _: [each for each in folder.iterdir() if NUMBERED.fullmatch(each.name)] if folder.is_dir() else [],
        needs_av=False,
    )
    if old:
        raise VideoError(f"{folder} holds {len(old):,} numbered pictures already: remove it, or choose another name")


@final
class Pictures(AbstractVideo):
    """Numbered PNG files in a folder: what every program that cuts videos takes.

    A folder that holds some already is refused: those of a longer recording would stay behind the new ones, and nobody
    has been asked whether they may go.
    """

    words = "a sequence of PNG pictures"

    def __init__(self, path: Path) -> None:
        check_pictures(path)
        self.path = folder_of(path)
        _attempt(self.path, lambda _: self.path.mkdir(exist_ok=True), needs_av=False)

    def write(self, frame: Frame) -> None:
        place = self.path / f"{self.frames:06d}.png"
        _attempt(place, lambda _: place.write_bytes(as_png(frame)), needs_av=False)
        self.frames += 1

    def close(self) -> None:
        pass


def as_png(frame: Frame) -> bytes:
    """A frame as PNG (ISO 15948): 8 bits red, green and blue, no filter."""
    high, wide = frame.shape[:2]
    rows = np.zeros((high, 1 + 3 * wide), np.uint8)
    rows[:, 1:] = frame[:, :, 2::-1].reshape(high, 3 * wide)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + chunk(b"IEND", b"")


def _attempt(path: Path, work: Any, needs_av: bool = True) -> Any:
    """Do `work(av)`; what PyAV or the disk says becomes one line."""
    av: Any = None
    faults: tuple[type[Exception], ...] = (OSError, ValueError, RuntimeError, MemoryError)
    if needs_av:
        import av

        faults = (*faults, av.error.FFmpegError)  # those of an encoder or of the driver below derive from it alone
    try:
        return work(av)
    except faults as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoError(f"{path} could not be written: {reason}") from error
