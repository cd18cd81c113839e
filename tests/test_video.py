"""Videos: what goes in comes out, exactly as many frames, and what was written of an unfinished one plays."""

import os
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtGui import QImage

from simulator.video import Encoder, Frame, VideoError, VideoFile, encoders, open_video

SIZE, FPS, COUNT = (160, 90), 30, 40


def frame(number: int) -> Frame:
    """A grey ground, and a white bar that has moved so many pixels."""
    picture = np.full((SIZE[1], SIZE[0], 4), 60, np.uint8)
    picture[:, 2 * number : 2 * number + 20] = 255
    return picture


def written(path: Path, count: int = COUNT, encoder: Encoder | None = None) -> Path:
    video = open_video(path, SIZE, FPS, encoders() if encoder is None else [encoder])
    for number in range(count):
        video.write(frame(number))
    video.close()
    return path


@pytest.mark.parametrize("encoder", encoders(), ids=lambda each: each.name)
def test_it_decodes_whole_and_states_its_length(
    tmp_path: Path, encoder: Encoder, capfd: pytest.CaptureFixture[str]
) -> None:
    with av.open(str(written(tmp_path / "a.mp4", encoder=encoder))) as container:
        stream = container.streams.video[0]
        pictures = [each.to_ndarray(format="rgb24") for each in container.decode(stream)]
        assert len(pictures) == stream.frames == COUNT
        assert stream.duration * stream.time_base == pytest.approx(COUNT / FPS, abs=1e-9)
        assert container.duration == pytest.approx(COUNT / FPS * av.time_base, abs=1)
        assert stream.average_rate == FPS
    for number in (0, COUNT - 1):
        off = np.abs(pictures[number].astype(float) - frame(number)[:, :, 2::-1])
        assert off.mean() < 4.0, "colours and places are those that were written"


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="this system has no such thing")
@pytest.mark.parametrize("encoder", encoders(), ids=lambda each: each.name)
def test_an_encoder_leaves_the_processor_to_others(tmp_path: Path, encoder: Encoder) -> None:
    """One that runs at a real-time priority starves all else, and so does this thread if it is given one."""
    before = os.sched_getscheduler(0)
    written(tmp_path / "a.mp4", 3, encoder)
    assert os.sched_getscheduler(0) == before == os.SCHED_OTHER


def test_the_same_frames_make_the_same_file(tmp_path: Path) -> None:
    assert written(tmp_path / "a.mp4").read_bytes() == written(tmp_path / "b.mp4").read_bytes()


def test_what_was_written_of_an_unfinished_one_plays(tmp_path: Path) -> None:
    """As a process that is killed leaves it: never closed, copied while it is being written."""
    path, copy = tmp_path / "a.mp4", tmp_path / "copy.mp4"
    video = VideoFile(path, SIZE, FPS, encoders()[0])
    for number in range(COUNT):
        video.write(frame(number))
    copy.write_bytes(path.read_bytes())
    with av.open(str(copy)) as container:
        found = sum(1 for _ in container.decode(video=0))
    assert COUNT - FPS <= found <= COUNT
    video.close()


def test_without_an_encoder_there_are_numbered_pictures(tmp_path: Path) -> None:
    video = open_video(tmp_path / "demo.mp4", SIZE, FPS, [])
    for number in range(3):
        video.write(frame(number))
    video.close()
    assert (video.path, video.frames, video.words) == (tmp_path / "demo-frames", 3, "a sequence of PNG pictures")
    names = sorted(each.name for each in video.path.iterdir())
    assert names == ["000000.png", "000001.png", "000002.png"]
    image = QImage(str(video.path / names[2]))
    assert (image.width(), image.height()) == SIZE
    assert [image.pixelColor(x, 40).name() for x in (3, 5, 30)] == ["#3c3c3c", "#ffffff", "#3c3c3c"]


def test_odd_sides_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="161x90 is not allowed: width and height of a video are even"):
        open_video(tmp_path / "a.mp4", (161, 90), FPS)


def test_pictures_do_not_come_among_older_ones(tmp_path: Path) -> None:
    """Else those at the end of a longer recording would be taken for the end of this one."""
    folder = tmp_path / "a-frames"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    written(tmp_path / "a.png", count=3)
    with pytest.raises(VideoError, match="a-frames holds 3 numbered pictures already: remove it, or choose another"):
        open_video(tmp_path / "a.png", SIZE, FPS)
    assert len(list(folder.iterdir())) == 4, "nothing of it has been touched"


@pytest.mark.parametrize("kind", ["ExternalError", "UnknownError", "EncoderNotFoundError", "MemoryError"])
def test_every_fault_of_the_encoder_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    video = open_video(tmp_path / "a.mp4", SIZE, FPS)
    video.write(frame(0))

    class Broken:
        def __getattr__(self, name: str) -> object:
            raise getattr(av.error, kind)(1, "it is out of order")

    with monkeypatch.context() as patch:
        patch.setattr(video, "_stream", Broken())
        with pytest.raises(VideoError, match=r"a\.mp4 could not be written: it is out of order"):
            video.write(frame(1))
    video.close()


def test_an_encoder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"a\.mp4 could not be written"):
        open_video(tmp_path / "a.mp4", SIZE, FPS, [Encoder("no_such_encoder", "None", ())])


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="could not be written"):
        open_video(tmp_path / "missing" / "a.mp4", SIZE, FPS)
