"""Scenes in the window: played live, recorded live, and noted while the user turns the dials."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import av
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

import ui.recording
from simulator import scenes
from simulator.parameters import field
from simulator.scenes import Cue, Scene
from simulator.sessions import Run, Session
from simulator.video import VideoFile
from tests.ui.conftest import MakeWindow
from tests.ui.helpers import settle
from tests.ui.toy import Toy, ToyParams
from ui.scene_player import ScenePlayer, between
from ui.window import Window


def toy_scene(*cues: Cue, seconds: float = 4.0) -> Scene:
    return Scene(Session({"toy": Run(ToyParams(rate=1.0), 7, 40.0)}, "A toy"), cues, seconds)


def play(window: Window, *cues: Cue) -> ScenePlayer:
    player = ScenePlayer(window, toy_scene(*cues))
    player.begin()
    return player


def params(window: Window) -> Any:
    return window.current.params


def test_numbers_go_smoothly_to_where_they_are_sent(window: Window) -> None:
    values = {"rate": 3.0, "count": 13}
    player = play(window, Cue(1.0, set={"toy": values}, over=2.0), Cue(3.5, set={"toy": {"kind": "noise"}}))
    seen = []
    for at in (0.0, 1.0, 2.0, 2.5, 3.0):
        player.move_to(at)
        seen.append((params(window).rate, params(window).count))
    assert seen[0] == seen[1] == (1.0, 3)
    assert seen[2] == (2.0, 8), "half way in the middle"
    assert 2.0 < seen[3][0] < 3.0
    assert seen[4] == (3.0, 13)
    assert not player.over
    player.move_to(4.0)
    assert params(window).kind == "noise" and player.over


def test_what_ends_with_a_cue_does_not_undo_what_it_sets(window: Window) -> None:
    """Both are due in one frame, however far apart frames are."""
    player = play(
        window, Cue(1.0, set={"toy": {"rate": 3.0}}, over=1.0), Cue(2.0, set={"toy": {"rate": 5.0}}, seed={"toy": 3})
    )
    player.move_to(1.5)
    player.move_to(2.5)
    player.move_to(3.0)
    assert params(window).rate == 5.0


def test_what_is_linear_ends_with_a_cue_however_times_add_up() -> None:
    """0.1 + 0.2 is more than 0.3, so that an end could come after the cue that comes with it."""
    for tenths in range(1, 40):
        for over in range(1, 40):
            cue = Cue(tenths / 10, over=over / 10, ease="linear")
            assert cue.share((tenths + over) / 10) == 1.0


def test_a_logarithmic_number_goes_by_factors() -> None:
    small, rate = field(ToyParams, "small"), field(ToyParams, "rate")
    assert between(small, 0.01, 1.0, 0.5) == pytest.approx(0.1)
    assert between(rate, 1.0, 3.0, 0.5) == 2.0
    assert between(small, 0.0, 1.0, 0.25) == 0.25, "none leads out of 0"


def test_cues_play_pause_reset_and_speak(window: Window, qtbot: QtBot) -> None:
    player = play(
        window,
        Cue(0.0, caption="Look", words="here", seconds=1.0),
        Cue(0.5, pause=("toy",), speed={"toy": 5.0}, seed={"toy": 9}),
        Cue(2.0, play=("toy",), reset=("toy",)),
    )
    player.move_to(0.0)
    assert window.caption.isVisible() and window.caption.title.text() == "Look"
    player.move_to(0.6)
    assert (window.current.playing, window.current.speed, window.current.seed) == (False, 5.0, 9)
    assert window.caption.isVisible()
    player.move_to(1.0)
    assert not window.caption.isVisible()
    assert settle(qtbot, window).seed == 9
    player.move_to(2.0)
    assert window.current.playing


def test_a_scene_is_played_from_a_file_and_stops_at_its_end(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "a.funnelscene.json"
    scenes.write(path, toy_scene(Cue(0.1, set={"toy": {"rate": 5.0}}), seconds=0.3))
    window.drops.take(path)
    qtbot.waitUntil(lambda: params(window).rate == 5.0)
    qtbot.waitUntil(lambda: window.scenes.player is None)
    path.write_text(json.dumps({"format": 1, "experiments": {"toy": {}}, "cues": [{"at": 0, "worspace": "x"}]}))
    window.scenes.open_path(path)
    assert window.scenes.player is None
    assert "cues[0]: no entry 'worspace'; did you mean 'workspace'" in window.status.notice.text()


def test_the_button_records_what_is_seen_and_what_is_done(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "live.mp4"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    button = window.transport.findChild(QToolButton, "record")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.recording.running and button.text() == "0:00"
    qtbot.wait(300)
    window.current.edit("rate", 4.0, True)
    qtbot.wait(300)
    window.current.set_playing(False)
    qtbot.wait(200)
    window.resize(1000, 700)  # the picture keeps its size
    qtbot.wait(200)
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not window.recording.running)
    assert button.text() == ""
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        pictures = list(container.decode(stream))
        assert (stream.width, stream.height) == (1280, 720)
    assert len(pictures) >= 28, "as many frames as time has passed, however busy the window was"
    assert f"{len(pictures) / 30:.1f} s" in window.caption.words.text()
    scene = scenes.read(tmp_path / "live.funnelscene.json", [each.name for each in window.workspaces])
    assert [dict(cue.set) for cue in scene.cues if cue.set] == [{"toy": {"rate": 4.0}}]
    assert [cue.pause for cue in scene.cues if cue.pause] == [("toy",)]
    assert scene.seconds == pytest.approx(len(pictures) / 30, abs=0.3)


def test_late_pictures_are_said(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    """A window that is held up for a while: the picture before is shown longer, and it is said how often."""
    window.recording.begin(tmp_path / "a")
    qtbot.wait(100)
    time.sleep(0.4)
    qtbot.wait(100)
    window.recording.stop()
    assert window.recording.late >= 8
    assert f"{window.recording.late} of " in window.caption.words.text()
    assert "frames show the picture before: the window was busy" in window.caption.words.text()


def test_a_place_that_cannot_be_written_is_said(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    window.recording.begin(tmp_path / "missing" / "a.mp4")
    qtbot.waitUntil(lambda: not window.recording.running)
    assert "a.mp4 could not be written" in window.status.notice.text()


def test_a_window_that_closes_ends_its_recording(
    make_window: MakeWindow, toy: type[Toy], qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window(toy)
    window.recording.begin(tmp_path / "a.mp4")
    qtbot.wait(300)
    window.close()
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) >= 5


def test_no_video_is_overwritten_that_the_dialog_has_not_asked_about(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    """The dialog checks the name that is typed, and the ending comes after that."""
    old = tmp_path / "demo.mp4"
    old.write_bytes(b"precious")
    window.recording.begin(tmp_path / "demo")
    assert not window.recording.running
    assert "demo.mp4 is there already; to replace it, choose it by its whole name" in window.status.notice.text()
    assert old.read_bytes() == b"precious"
    window.recording.begin(old)
    qtbot.wait(100)
    window.recording.stop()
    assert len(old.read_bytes()) > 1000


def test_the_scene_of_a_video_that_replaces_another_is_written_beside_the_older_one(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    for rate in (2.0, 3.0, 4.0):
        window.recording.begin(tmp_path / "demo.mp4")
        window.current.edit("rate", rate, True)
        qtbot.wait(100)
        window.recording.stop()
    names = [f"demo{end}.funnelscene.json" for end in ("", "-2", "-3")]
    noted = [[dict(cue.set) for cue in scenes.read(tmp_path / name).cues] for name in names]
    assert noted == [[{"toy": {"rate": rate}}] for rate in (2.0, 3.0, 4.0)]
    assert names[-1] in window.caption.words.text()


@pytest.mark.parametrize(
    "error", [av.error.ExternalError(1, "the driver is gone"), ZeroDivisionError("what nobody thinks of")]
)
def test_whatever_stops_the_encoder_is_said_and_passes_for_no_video(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(VideoFile, "write", fail)
    window.recording.begin(tmp_path / "a.mp4")
    qtbot.waitUntil(lambda: not window.recording.running)
    said = window.status.notice.text()
    assert "a.mp4 could not be written" in said and str(error.args[-1]) in said
    assert window.caption.title.text() == "Scene recorded, without its video"
    assert scenes.read(tmp_path / "a.funnelscene.json", [each.name for each in window.workspaces]).seconds > 0.0


def test_an_encoder_that_does_not_finish_is_said(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, close = threading.Event(), VideoFile.close

    def wait_and_close(video: VideoFile) -> None:
        free.wait(60.0)
        close(video)

    monkeypatch.setattr(VideoFile, "close", wait_and_close)
    monkeypatch.setattr(ui.recording, "JOIN_SECONDS", 0.3)
    window.recording.begin(tmp_path / "a.mp4")
    writer = next(each for each in threading.enumerate() if each.name == "video")
    try:
        qtbot.wait(100)
        window.recording.stop()
        assert "a.mp4 is not finished after 0.3 s" in window.status.notice.text()
        assert window.caption.title.text() != "Video recorded"
    finally:
        free.set()
        writer.join()
