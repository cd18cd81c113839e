"""Scenes, lessons and sessions follow one another: what begins ends what is on, and one that is refused does not."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from simulator import scenes, sessions
from simulator.scenes import Cue, Scene
from simulator.sessions import Run, Session, SessionError
from tests.ui.helpers import settle
from tests.ui.toy import ToyParams
from ui.window import Window

LESSON = """---
title: Waves
minutes: 5
experiment: toy
about: What a wave is.
---
## Begin
A wave.
```step
set: rate = 2
seed: 9
wait: step >= 1000000
```
### Explanation
Seen.
"""
MINE, HOLDS, STARTS = ToyParams(rate=7.0), ToyParams(rate=3.0), ToyParams(rate=1.0)
SESSION = Session({"toy": Run(HOLDS, 77, 20.0)}, "A wave", "Look at it.", workspace="toy")
SCENE = Scene(Session({"toy": Run(STARTS, 7, 40.0)}, "A toy"), (Cue(0.3, set={"toy": {"rate": 5.0}}),), 60.0)
REFUSED = Session({"toy": Run(HOLDS)}, workspace="nowhere")


@pytest.fixture
def lesson(window: Window, tmp_path: Path) -> Path:
    """A lesson in a file; the user's own run is on."""
    window.current.edit_many({"rate": MINE.rate}, "mine", settled=True)
    path = tmp_path / "waves.md"
    path.write_text(LESSON, encoding="utf-8")
    return path


def test_a_lesson_ends_the_scene(window: Window, lesson: Path, qtbot: QtBot) -> None:
    window.scenes.play(SCENE)
    assert window.scenes.player is not None
    assert window.lessons.open_path(lesson)
    assert window.scenes.player is None and window.lessons.active
    qtbot.wait(600)
    assert window.current.params == ToyParams(rate=2.0), "no cue of the scene comes any more"
    assert window.current.seed == 9


def test_a_lesson_that_cannot_be_used_leaves_the_scene(window: Window, tmp_path: Path) -> None:
    window.scenes.play(SCENE)
    broken = tmp_path / "broken.md"
    broken.write_text(LESSON.replace("rate = 2", "rate = 200"), encoding="utf-8")
    assert not window.lessons.open_path(broken)
    assert window.scenes.player is not None


def test_a_scene_ends_the_lesson_and_stays(window: Window, lesson: Path, tmp_path: Path, qtbot: QtBot) -> None:
    assert window.lessons.open_path(lesson)
    path = tmp_path / "toy.funnelscene.json"
    scenes.write(path, SCENE)
    window.scenes.open_path(path)
    assert window.scenes.player is not None and not window.lessons.active
    assert window.lessons.dock.isHidden() and window.docks["controls"].isVisible()
    assert window.current.params == STARTS and window.current.seed == 7 and window.current.playing
    qtbot.waitUntil(lambda: window.current.params == ToyParams(rate=5.0))
    window.actions_by_name["lesson_end"].trigger()
    window.lessons.player.leave()
    assert window.current.params == ToyParams(rate=5.0) and window.scenes.player is not None


def test_a_session_ends_the_lesson_and_stays(window: Window, lesson: Path, tmp_path: Path, qtbot: QtBot) -> None:
    assert window.lessons.open_path(lesson)
    path = tmp_path / "wave.funnelscope.json"
    sessions.write(path, SESSION)
    window.sessions.open_path(path)
    assert not window.lessons.active and window.lessons.dock.isHidden()
    window.lessons.player.leave()
    channel = window.current
    assert (channel.params, channel.seed, channel.speed) == (HOLDS, 77, 20.0) and channel.playing
    assert window.caption.title.text() == "A wave"
    assert settle(qtbot, window).params == HOLDS
    channel.undo()
    assert channel.params == MINE, "what was the user's own is before it"


def test_a_session_ends_the_scene(window: Window, qtbot: QtBot) -> None:
    window.scenes.play(SCENE)
    window.sessions.show(SESSION)
    assert window.scenes.player is None
    assert window.caption.isVisible() and window.caption.title.text() == "A wave"
    qtbot.wait(600)
    assert window.current.params == HOLDS, "no cue of the scene comes any more"


def test_what_is_refused_ends_nothing(window: Window, lesson: Path) -> None:
    window.scenes.play(SCENE)
    with pytest.raises(SessionError):
        window.sessions.show(REFUSED)
    assert window.scenes.player is not None
    assert window.lessons.open_path(lesson)
    with pytest.raises(SessionError):
        window.sessions.show(REFUSED)
    window.scenes.play(Scene(REFUSED))
    assert window.lessons.active and window.current.params == ToyParams(rate=2.0)
    assert window.scenes.player is None
