"""What is noted of a recording says the same again when it is filmed: nothing missed, nothing known too early."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import simulator.runner
from simulator import scenes
from simulator.clock import VirtualClock, running_on
from simulator.scenes import MAX_SECONDS, USUAL_SPEED, Cue, Scene, Turn
from simulator.sessions import Run, Session
from tests.ui.conftest import MakeWindow
from tests.ui.test_record import picky
from tests.ui.toy import Toy, ToyParams
from ui.notes import MOST, Notes
from ui.scene_player import ScenePlayer
from ui.sessions import captured
from ui.thinning import thinned
from ui.window import Window
from ui.workspaces import Split, Workspace

SIZE = (640, 360)


@pytest.fixture
def window(make_window: MakeWindow, toy: type[Toy]) -> Window:
    """A window on the toy without its thread: nothing happens but what a test does."""
    return make_window(toy, start=False)


def said(scene: Scene, entry: str) -> list[tuple[float, Any]]:
    """When the cues of a scene say something of `entry`, and what."""
    return [(cue.at, getattr(cue, entry)) for cue in scene.cues if getattr(cue, entry)]


def test_a_run_is_noted_as_it_was_before_the_change_and_not_after_it(
    make_window: MakeWindow, toy: type[Toy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second workspace shows the first's experiment again, and another."""
    other = type("Other", (Toy,), {"name": "other", "title": "Other"})
    monkeypatch.setattr(simulator.runner, "EXPERIMENTS", (Toy, other))
    window = make_window(Toy, other, start=False)
    both = Workspace("both", "Both", ("toy", "other"), Split("row", ("toy.waves", "other.waves"), (0.5, 0.5)))
    window.workspaces = (*window.workspaces, both)
    notes = Notes(window)
    window.channels["toy"].edit("rate", 4.0, True)
    notes.look(1.0)
    window.channels["other"].prepare(other.Params(rate=2.0))
    window.open_workspace(both)
    window.channels["other"].set_playing(False)
    notes.look(2.0)
    scene = notes.scene(3.0, SIZE)
    first, second = (scene.session.experiments[name].params for name in ("toy", "other"))
    assert (first.rate, second.rate) == (1.0, 2.0)  # type: ignore[attr-defined]
    assert said(scene, "set") == [(0.9, {"toy": {"rate": 4.0}})]
    assert said(scene, "workspace") == [(2.0, "both")]
    assert said(scene, "pause") == [(2.0, ("other",))]


def test_a_run_at_rest_rests_in_the_scene(window: Window) -> None:
    window.current.set_playing(False)
    scene = Notes(window).scene(1.0, SIZE)
    assert said(scene, "pause") == [(0.0, ("toy",))]


def test_a_reset_is_noted_and_a_new_seed_is_one_already(window: Window) -> None:
    notes = Notes(window)
    window.current.reset()
    notes.look(1.0)
    notes.look(2.0)
    window.current.reseed(9)
    notes.look(3.0)
    window.current.begin(window.current.params, 9, 5.0)  # a session of the same seed begins the run anew
    scene = notes.scene(4.0, SIZE)
    assert said(scene, "reset") == [(1.0, ("toy",)), (4.0, ("toy",))]
    assert said(scene, "seed") == [(3.0, {"toy": 9})]


def test_every_speed_is_noted(window: Window) -> None:
    window.current.set_speed(50.0)
    notes = Notes(window)
    for at, speed in ((1.0, None), (2.0, 50.0), (3.0, 7.0)):
        window.current.set_speed(speed)
        notes.look(at)
    speeds = said(notes.scene(4.0, SIZE), "speed")
    assert speeds == [(1.0, {"toy": USUAL_SPEED}), (2.0, {"toy": 50.0}), (3.0, {"toy": 7.0})]


def test_the_last_change_is_noted_however_late_it_comes(window: Window) -> None:
    notes = Notes(window)
    window.current.edit("rate", 4.0, True)
    notes.look(1.0)
    window.current.edit("rate", 5.0, True)
    notes.look(1.04)
    scene = notes.scene(1.05, SIZE)
    assert said(scene, "set") == [(0.9, {"toy": {"rate": 4.0}}), (1.0, {"toy": {"rate": 5.0}})]
    assert [cue.over for cue in scene.cues] == [0.1, 0.05]


def test_what_the_run_refuses_is_no_cue(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the scene could not be filmed: a refused cue ends a film."""
    picky(monkeypatch)
    clock, channel = VirtualClock(), window.current
    with running_on(clock):
        window.runner.film("toy", 0)
        notes = Notes(window)
        channel.edit("rate", 4.0, True)
        notes.look(1.0)
        channel.edit("layers", "missing", True)
        notes.look(2.0)
        channel.edit("rate", 5.0, True)  # of a run that is not there
        notes.look(2.2)
        window.runner.film("toy", 0)
        clock.move_to(3.0)
        window.refresh()
        assert channel.refusals == 1
        notes.look(3.0)
        channel.edit("rate", 6.0, True)
        scene = notes.scene(4.0, SIZE)
    assert said(scene, "set") == [(0.9, {"toy": {"rate": 4.0}}), (3.9, {"toy": {"rate": 6.0}})]


def test_of_a_session_that_the_run_refuses_nothing_is_noted(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    picky(monkeypatch)
    clock, channel = VirtualClock(), window.current
    with running_on(clock):
        window.runner.film("toy", 0)
        channel.set_speed(20.0)
        notes = Notes(window)
        window.sessions.begin(Session({"toy": Run(ToyParams(layers="missing"), 77, 3.0)}))
        notes.look(1.0)
        window.runner.film("toy", 0)
        clock.move_to(3.0)
        window.refresh()
        scene = notes.scene(4.0, SIZE)
    assert scene.cues == () and channel.seed != 77 and channel.speed == 20.0


def test_a_scene_that_was_noted_ends_as_the_recording_did(window: Window) -> None:
    window.current.set_playing(False)
    notes, channel = Notes(window), window.current
    doings: tuple[Callable[[], object], ...] = (
        lambda: channel.edit("rate", 4.0, False),
        lambda: channel.edit("rate", 5.0, True),
        lambda: channel.edit("kind", "noise", True),
        channel.toggle,
        lambda: channel.reseed(12),
        lambda: channel.edit("bold", True, True),
        channel.slower,
        channel.reset,
        lambda: channel.edit("count", 11, True),
        channel.toggle,
    )
    for number, do in enumerate(doings):
        do()
        notes.look(0.11 * (number + 1))
    scene = scenes.parse(scenes.as_text(notes.scene(1.5, SIZE)), "what was noted")
    asked = (channel.params, channel.seed, channel.speed, channel.playing)
    channel.restore_defaults()
    channel.set_playing(True)
    player = ScenePlayer(window, scene)
    player.begin()
    for frame in range(scene.frames):
        player.move_to(frame / scene.fps)
    assert player.over
    assert (channel.params, channel.seed, channel.speed, channel.playing) == asked


def test_a_camera_that_has_nothing_to_turn_undoes_no_later_cue(window: Window) -> None:
    """The toy has no surface: a turn waits for one, and what is set beside it is set once it has come to its end."""
    scene = Scene(captured(window, ""), (
        Cue(0.5, over=0.5, set={"toy": {"rate": 1.5}}, camera={"toy": Turn(20.0)}),
        Cue(1.5, set={"toy": {"rate": 0.7}}),
    ), seconds=3)  # fmt: skip
    player = ScenePlayer(window, scene)
    player.begin()
    rates = []
    for time in (1.0, 1.2, 1.5, 2.0, 2.5):
        player.move_to(time)
        rates.append(window.current.params.rate)  # type: ignore[attr-defined]
    assert rates == [1.5, 1.5, 0.7, 0.7, 0.7] and not player.over


def test_an_hour_of_dragging_and_more_can_be_read_again(window: Window, tmp_path: Path) -> None:
    """What is noted after the longest scene is over is left out; the rest lies further apart, and is all there."""
    notes, every = Notes(window), 0.1
    at = 0.0
    for number in range(1, 400):
        window.current.edit("rate", number / 100, False)
        notes.look(at := at + (0.133, 0.1001, 0.117)[number % 3])  # as a window looks that is busy now and then
    window.current.edit("rate", 9.0, True)
    notes.look(MAX_SECONDS + 50.0)
    scene = notes.scene(MAX_SECONDS + 100.0, SIZE)
    assert scene.seconds == MAX_SECONDS and len(scene.cues) == 399
    assert scene.cues[-1].set == {"toy": {"rate": 3.99}}
    assert len(thinned(scene.cues, 300)) == 200, "one drag, without gaps"
    hour = [
        Cue(round(k * every, 4), over=every, ease="linear", set={"toy": {"rate": k % 900 / 100}}) for k in range(36_000)
    ]
    long = Scene(scene.session, thinned(hour, MOST), MAX_SECONDS)
    path = tmp_path / "hour.funnelscene.json"
    scenes.write(path, long)
    assert scenes.read(path) == long


def test_neighbours_become_one_where_there_are_too_many() -> None:
    def drag(at: float, rate: float, over: float = 0.1) -> Cue:
        return Cue(at, over=over, ease="linear", set={"toy": {"rate": rate}})

    cues = [drag(0.0, 1.0), drag(0.1, 2.0), drag(0.2, 3.0), Cue(0.25, reset=("toy",)), drag(0.3, 4.0)]
    assert thinned(cues, 5) == tuple(cues)
    assert thinned(cues, 4) == (drag(0.0, 2.0, 0.2), *cues[2:])
    assert thinned(cues, 1) == (drag(0.0, 3.0, 0.3), *cues[3:]), "nothing goes past what else happens"
    sets = [Cue(0.1 * k, set={"toy": {"size": 10 + k}}) for k in range(4)]
    assert [dict(cue.set["toy"]) for cue in thinned(sets, 2)] == [{"size": 11}, {"size": 13}]
    apart = [Cue(0.0, set={"toy": {"size": 10}}), Cue(9.0, set={"other": {"size": 11}}), drag(20.0, 1.0)]
    assert thinned(apart, 1) == tuple(apart), "another experiment, and a change that takes time"
