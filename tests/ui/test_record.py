"""Scenes as videos: the same frames twice, exactly as many as asked for, playable however the recording ends."""

import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pyqtgraph import PlotWidget
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

import main
import simulator.video
import ui.film
from simulator import scenes
from simulator.clock import VirtualClock, running_on
from simulator.commands.shell import BAD_INPUT, DONE, FAILED, INTERRUPTED, InputError
from simulator.parameters import ParameterError
from simulator.scenes import Cue
from simulator.snapshot import Snapshot
from tests.ui.conftest import MakeWindow
from tests.ui.test_shot import ROOT, environment
from tests.ui.toy import Toy
from ui.film import rolling, stage_size

SMALL = {"family": "funnel", "size": 16, "samples": 2, "replicas": 8, "optimizer": "gd"}
CUES: list[dict[str, Any]] = [
    {"at": 0, "caption": "Look", "words": "at this", "for": 1},
    {"at": 0.2, "over": 1, "set": {"landscape": {"funnel": 2}}, "camera": {"landscape": {"turn": 60, "zoom": 1.2}}},
    {"at": 0.8, "workspace": "training"},
    {"at": 1.4, "workspace": "landscape", "reset": ["landscape"]},
]


def scene_file(folder: Path, **more: Any) -> Path:
    """A small scene of two workspaces, 24 frames of 320x180."""
    training = {"parameters": {"width": 4, "depth": 1, "samples": 20, "networks": 2}, "speed": 30}
    data = {
        "format": 1,
        "workspace": "landscape",
        "experiments": {"landscape": {"parameters": SMALL, "speed": 60}, "training": training},
        "seconds": 2.0,
        "fps": 12,
        "size": [320, 180],
        "view": "canvas",
        "cues": CUES,
    }
    path = folder / "small.funnelscene.json"
    path.write_text(json.dumps(data | more), encoding="utf-8")
    return path


def toy_file(folder: Path, **more: Any) -> Path:
    """One of an experiment that costs nothing."""
    path = folder / "toy.funnelscene.json"
    data = {"format": 1, "experiments": {"toy": {}}, "seconds": 1.0, "fps": 10, "size": [320, 180]}
    path.write_text(json.dumps(data | more), encoding="utf-8")
    return path


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, toy: type[Toy], capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """record("toy", "--out", ...): the command in this process, which knows the toy alone."""
    for module in (ui.film, sys.modules["simulator.experiments"]):
        monkeypatch.setattr(module, "EXPERIMENTS", (Toy,))

    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main.main(("record", *words))
        return status, *capsys.readouterr()

    return call


def frames_of(path: Path) -> tuple[int, float]:
    """How many frames decode, and how long the file says it is."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        count = sum(1 for _ in container.decode(stream))
        return count, float(stream.duration * stream.time_base) if stream.duration else 0.0


def test_the_same_scene_twice_is_the_same_frames(qtbot: QtBot, tmp_path: Path) -> None:
    scene = scenes.read(scene_file(tmp_path))
    runs = []
    for _ in range(2):
        with rolling(scene) as film:
            assert film.frame(0).shape == (180, 320, 4)
            pictures = (film.frame(number).tobytes() for number in range(1, scene.frames))
            runs.append([hashlib.sha256(picture).hexdigest() for picture in pictures])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) > 0.9 * len(runs[0]), "each frame shows something new"


@pytest.mark.parametrize(
    ("size", "stage"),
    [
        ((1280, 720), (1280, 720)),
        ((1920, 1080), (1920, 1080)),
        ((2560, 1440), (1920, 1080)),
        ((3840, 2160), (1920, 1080)),
        ((1080, 1920), (900, 1600)),
        ((320, 180), (996, 560)),
    ],
)
def test_a_large_picture_shows_the_window_larger_and_a_small_one_all_of_it(
    size: tuple[int, int], stage: tuple[int, int]
) -> None:
    assert stage_size(size) == stage


def test_a_film_says_the_pace_that_it_has(qtbot: QtBot, record: Callable[..., Any], tmp_path: Path) -> None:
    """The 20 steps of a frame are taken in several chunks at first, at about one instant of the video."""
    scene = scenes.read(toy_file(tmp_path, fps=5, seconds=3.0, experiments={"toy": {"speed": 100}}))
    with rolling(scene) as film:
        for number in range(scene.frames):
            film.frame(number)
            news = film.window.runner.latest("toy")
            assert isinstance(news, Snapshot)
            assert number < 2 or news.steps_per_second == pytest.approx(100.0, rel=0.1)


def test_a_large_picture_is_drawn_large_and_no_small_one_is_enlarged(
    qtbot: QtBot, record: Callable[..., Any], tmp_path: Path
) -> None:
    """The numbers beside an axis, of which a window keeps a picture. Enlarged, each four pixels would be alike."""
    scene = dataclasses.replace(scenes.read(toy_file(tmp_path)), size=(3840, 2160), view="toy.waves")
    with rolling(scene) as film:
        picture = film.frame(0)[:, :, :3].astype(int)
        plot = film.window.groups["toy"].docks[0].findChild(PlotWidget)
        assert plot is not None
        ticks = plot.getPlotItem().getAxis("left").sceneBoundingRect().toRect()
        corner = plot.mapTo(film.window, plot.mapFromScene(ticks.topLeft()))
    wide, high = min(ticks.width(), 40), ticks.height()
    numbers = picture[2 * corner.y() :, 2 * corner.x() :][: 2 * high, : 2 * wide].reshape(high, 2, wide, 2, 3)
    assert np.ptp(numbers) > 100, "there are numbers"
    assert (np.ptp(numbers, axis=(1, 3)) > 30).any(axis=-1).sum() > 500


def test_the_command_writes_exactly_what_was_asked_for(record: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    status, said, _ = record(str(toy_file(tmp_path)), "--out", str(out), "--fps", "16", "--seconds", "2.5")
    assert status == DONE and "40 frames, 2.5 s at 16 a second, H.264" in said
    assert frames_of(out) == (40, 2.5)
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("tuor",), "did you mean 'tour'"),
        (("toy", "--size", "321x180"), "even sides"),
        (("toy", "--view", "toy.wave"), "no view 'toy.wave'; did you mean 'toy.waves'"),
        (("toy", "--view", "controls"), "no view 'controls'"),
        (("toy", "--view", "landscape.energy"), "there are: window, canvas, theory, toy.waves, toy.both, toy.bars"),
        (("toy", "--set", "rate=11"), "rate = '11' is not allowed: a number from 0 to 10"),
        (("toy", "--out", "a.avi"), "a file that ends in .mp4 or .png"),
        (("toy", "--seconds", "-1"), "--seconds = '-1' is not allowed"),
        ((), "which scene or experiment?"),
    ],
)
def test_bad_input_is_one_line(
    record: Callable[..., Any], tmp_path: Path, words: tuple[str, ...], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, said, complaint = record(*words)
    assert (status, said, complaint.count("\n")) == (BAD_INPUT, "", 1)
    assert line in complaint
    assert list(tmp_path.iterdir()) == [], "nothing has been begun"


@pytest.mark.parametrize("when", ["Window", "Film"])
def test_what_is_interrupted_before_the_first_picture_leaves_nothing(
    record: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Raised while Qt makes a window, KeyboardInterrupt has brought the process down."""
    make = getattr(ui.film, when)

    def interrupted(*words: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return make(*words)

    monkeypatch.setattr(ui.film, when, interrupted)
    status, _, complaint = record("toy", "--out", str(tmp_path / "a.mp4"), "--seconds", "1")
    assert (status, complaint) == (INTERRUPTED, "funnelscope: interrupted\n")
    assert not list(tmp_path.glob("a*"))


def test_a_broken_scene_is_refused_with_its_place(record: Callable[..., Any], tmp_path: Path) -> None:
    path = toy_file(tmp_path, cues=[{"at": 0, "set": {"toy": {"rate": 12}}}])
    status, _, complaint = record(str(path), "--out", str(tmp_path / "a.mp4"))
    assert status == BAD_INPUT
    assert "cues[0].set.toy: rate = 12 is not allowed: a number from 0 to 10" in complaint


def test_a_view_is_of_a_workspace_that_the_scene_opens(qtbot: QtBot, tmp_path: Path) -> None:
    """A panel of any other stays empty in each frame."""
    data = json.loads(scene_file(tmp_path).read_text())
    alone = dict(data, experiments={"landscape": data["experiments"]["landscape"]}, cues=[], view="training.loss")
    path = tmp_path / "alone.funnelscene.json"
    path.write_text(json.dumps(alone))
    refusal = r"no view 'training\.loss'; there are: .*landscape\.energy"
    with pytest.raises(InputError, match=refusal), rolling(scenes.read(path)):
        pass
    with rolling(dataclasses.replace(scenes.read(path), cues=(Cue(0.2, workspace="training"),))):
        pass


def test_a_cue_that_is_not_allowed_ends_the_film(record: Callable[..., Any], tmp_path: Path) -> None:
    """Each cue is allowed when it is read, but not both at once: forty waves need forty points."""
    cues = [
        {"at": 0, "over": 0.8, "set": {"toy": {"count": 40}}},
        {"at": 0.2, "set": {"toy": {"size": 10, "count": 5}}},
    ]
    status, said, complaint = record(str(toy_file(tmp_path, cues=cues)), "--out", str(tmp_path / "a.mp4"))
    assert (status, said, complaint.count("\n")) == (FAILED, "", 1)
    assert "what the scene asks for at 0.30 s was refused: count = " in complaint
    assert "is not allowed: at most size = 10" in complaint
    assert frames_of(tmp_path / "a.mp4")[0] == 3, "it plays up to there"


def picky(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy takes no layers that are called missing, as another takes no file that is."""
    init = Toy.init

    def choose(self: Toy, backend: Any, params: Any, seed: int) -> None:
        if params.layers == "missing":
            raise ParameterError("layers", params.layers, "layers that are there")
        init(self, backend, params, seed)

    monkeypatch.setattr(Toy, "init", choose)


def test_a_cue_that_the_run_refuses_ends_the_film(
    record: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picky(monkeypatch)
    path = toy_file(tmp_path, cues=[{"at": 0.5, "set": {"toy": {"layers": "missing"}}}])
    status, said, complaint = record(str(path), "--out", str(tmp_path / "a.mp4"))
    assert (status, said, complaint.count("\n")) == (FAILED, "", 1)
    assert "asks for at 0.50 s was refused: toy: layers = 'missing' is not allowed: layers that are there" in complaint
    assert frames_of(tmp_path / "a.mp4")[0] == 5


def test_what_a_window_heeds_and_for_how_long_is_told_by_the_clock_of_the_video(
    make_window: MakeWindow, toy: type[Toy], monkeypatch: pytest.MonkeyPatch
) -> None:
    picky(monkeypatch)
    time, refusals = VirtualClock(), []
    with running_on(time):
        window = make_window(toy, start=False)
        window.runner.film("toy", 0)
        window.current.refused.connect(lambda line: refusals.append(line))
        window.current.edit("layers", "missing", True)
        window.runner.film("toy", 0)
        window.refresh()
        assert refusals == [], "it has had no time yet"
        time.move_to(1.0)
        window.refresh()
        assert len(refusals) == 1
        window.current.edit("layers", "4", True)
        for at, shown in ((2.0, True), (7.0, True), (9.0, False)):
            time.move_to(at)
            if at == 2.0:
                window.say("a line that passes")
            window.refresh()
            assert (window.status.notice.text() == "a line that passes") == shown


def test_pictures_come_among_no_older_ones(record: Callable[..., Any], tmp_path: Path) -> None:
    words = (str(toy_file(tmp_path)), "--out", str(tmp_path / "a.png"), "--seconds", "0.3")
    assert record(*words)[0] == DONE
    status, said, complaint = record(*words)
    assert (status, said, complaint.count("\n")) == (BAD_INPUT, "", 1)
    assert "a-frames holds 3 numbered pictures already" in complaint


def test_without_an_encoder_it_says_that_these_are_pictures(
    record: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator.video, "encoders", lambda: ())
    status, said, _ = record("toy", "--out", str(tmp_path / "a.mp4"), "--seconds", "0.2", "--size", "320x180")
    assert status == DONE and "a sequence of PNG pictures" in said
    pictures = sorted((tmp_path / "a-frames").iterdir())
    assert len(pictures) == 6
    image = QImage(str(pictures[-1]))
    assert (image.width(), image.height()) == (320, 180)


def test_what_is_seen_is_what_was_asked_for(qtbot: QtBot, record: Callable[..., Any], tmp_path: Path) -> None:
    """One panel alone fills the picture; a window shows its controls."""
    scene = scenes.read(toy_file(tmp_path))
    for view, seen in (("window", {"controls", "toy.waves"}), ("canvas", {"toy.waves"}), ("toy.bars", {"toy.bars"})):
        with rolling(dataclasses.replace(scene, view=view)) as film:
            film.frame(0)
            shown = {name for name, dock in film.window.docks.items() if dock.isVisible()}
            assert seen <= shown and ("controls" in shown) == (view == "window")
            assert film.window.bar.isVisible() == (view == "window")
            if view == "toy.bars":
                assert shown == seen
    with (
        pytest.raises(InputError, match=r"no view 'toy\.wave'"),
        rolling(dataclasses.replace(scene, view="toy.wave")),
    ):
        pass


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "main.py", "record", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment(home), stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_recording_that_is_ended_plays_up_to_there(tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "a.mp4"
    process = start(tmp_path, str(scene_file(tmp_path, seconds=3000, view="landscape.energy")), "--out", str(out))
    try:
        while process.poll() is None and (not out.exists() or out.stat().st_size < 25_000):
            time.sleep(0.05)
        assert process.poll() is None, process.communicate()
        os.kill(process.pid, number)
        _, complaint = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == (-number if number == signal.SIGKILL else INTERRUPTED), complaint
    count, seconds = frames_of(out)
    assert count >= 10
    if number == signal.SIGINT:
        assert seconds == pytest.approx(count / 12)
