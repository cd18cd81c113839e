"""Scene files: what is written comes back whole; a mistake is refused in one line that says which cue it is in."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from simulator.experiments import EXPERIMENTS
from simulator.presets import scenes as shipped
from simulator.scenes import Cue, Scene, SceneError, Turn, as_text, filmed, parse, read, write
from simulator.sessions import Run, Session
from ui.workspaces import workspaces_for

WORKSPACES = [each.name for each in workspaces_for(EXPERIMENTS)]
SIX = {"landscape", "training", "propagation", "divergence", "sharpening", "tour"}


def document(**more: Any) -> dict[str, Any]:
    return {"format": 1, "experiments": {"landscape": {"parameters": {"size": 16}}}, "seconds": 10, **more}


def refused(data: dict[str, Any]) -> str:
    with pytest.raises(SceneError) as caught:
        parse(json.dumps(data), "scene 'x'", WORKSPACES)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    params = next(kind for kind in EXPERIMENTS if kind.name == "landscape").Params()
    cues = (
        Cue(0.0, caption="Look", words="at this", seconds=3.0),
        Cue(1.0, workspace="landscape", seed={"landscape": 5}, reset=("landscape",), speed={"landscape": 20.0}),
        Cue(2.0, set={"landscape": {"funnel": 2.0}}, camera={"landscape": Turn(90.0, -5.0, 1.5)}, over=3.0),
        Cue(2.5, set={"landscape": {"roughness": 0.5}}, over=1.0, ease="linear"),
        Cue(6.0, pause=("landscape",), caption=""),
        Cue(7.0, play=("landscape",), set={"landscape": {"family": "glass"}}),
    )  # fmt: skip
    scene = Scene(Session({"landscape": Run(params, 3, 40.0)}, "A title"), cues, 8.0, 25, (640, 360), "light", "canvas")
    path = tmp_path / "a.funnelscene.json"
    write(path, scene)
    assert read(path, WORKSPACES) == scene
    assert parse(as_text(scene), "again") == scene


def test_cues_come_in_the_order_of_time() -> None:
    cues = [{"at": 5, "caption": "b"}, {"at": 1, "caption": "a"}]
    assert [cue.caption for cue in parse(json.dumps(document(cues=cues)), "x").cues] == ["a", "b"]


SET: tuple[tuple[dict[str, Any], str], ...] = (
    ({"funel": 1}, ": no parameter 'funel'; did you mean 'funnel'"),
    ({"funnel": 7}, ": funnel = 7 is not allowed: a number from 0 to 4"),
    ({"size": 32}, ".size: it cannot change over 2 s, only at once: changing it begins the run anew"),
    ({"optimizer": "gd"}, ".optimizer: it cannot change over 2 s, only at once: it is no number"),
)
CUES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"at": 0, "set": {"training": {"width": 8}}}, ".set: no experiment in this scene 'training'"),
    ({"at": 0, "workspace": "landscap"}, ".workspace: no workspace 'landscap'; did you mean 'landscape'"),
    ({"at": 11}, ".at: 11 is not allowed: a number from 0 to 10"),
    ({"caption": "when?"}, ": it has no 'at'"),
    ({"at": 0, "captoin": "x"}, ": no entry 'captoin'; did you mean 'caption'"),
    ({"at": 0, "pause": ["training"]}, ".pause[0]: no experiment in this scene"),
    ({"at": 0, "camera": {"landscape": {"turn": "far"}}}, ".camera.landscape.turn: 'far' is not allowed"),
    *(({"at": 0, "over": 2, "set": {"landscape": values}}, f".set.landscape{words}") for values, words in SET),
)


@pytest.mark.parametrize(("cue", "words"), CUES)
def test_a_mistake_in_a_cue_is_refused_with_its_place(cue: dict[str, Any], words: str) -> None:
    assert f"scene 'x': cues[1]{words}" in refused(document(cues=[{"at": 0}, cue]))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"cues": {"at": 0}}, "cues: it is an object, and a list is needed"),
        ({"size": [641, 360]}, "size: a width and a height, both even"),
        ({"fps": 0}, "fps: 0 is not allowed: a whole number from 1 to 120"),
        ({"format": 2}, "format: 2 is that of a newer Funnelscope"),
        ({"workspace": "nowhere"}, "workspace: no workspace 'nowhere'"),
    ],
)
def test_a_mistake_is_refused_with_its_place(more: dict[str, Any], words: str) -> None:
    assert f"scene 'x': {words}" in refused(document(**more))


def test_what_a_cue_sets_must_fit_what_those_before_it_left() -> None:
    """A glass without three-spin couplings needs others, which an earlier cue may have given."""
    without = {"at": 2, "set": {"landscape": {"a3": 0}}}
    assert "cues[0].set.landscape: a2, a3, a4" in refused(document(cues=[without]))
    others = {"at": 1, "set": {"landscape": {"a2": 1}}}
    assert len(parse(json.dumps(document(cues=[without, others])), "x").cues) == 2


def test_as_fast_as_the_device_goes_is_no_speed_of_a_video() -> None:
    data = document()
    data["experiments"]["landscape"]["speed"] = None
    assert "experiments.landscape.speed: null is not allowed in a scene" in refused(data)
    sharpening = next(kind for kind in EXPERIMENTS if kind.steps_per_second is None)
    session = Session({sharpening.name: Run(sharpening.Params())})
    assert filmed(session).experiments[sharpening.name].speed is not None


def test_a_share_goes_from_nothing_to_all_and_eases() -> None:
    smooth, linear = Cue(2.0, over=4.0), Cue(2.0, over=4.0, ease="linear")
    assert [smooth.share(t) for t in (1.0, 2.0, 4.0, 6.0, 9.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert linear.share(3.0) == 0.25 > smooth.share(3.0)
    assert Cue(2.0).share(2.0) == Cue(2.0).share(2.0 - 1e-9) == 1.0, "a cue may come a little early"


def test_what_is_written_is_short_enough_to_be_read(tmp_path: Path) -> None:
    params = next(kind for kind in EXPERIMENTS if kind.name == "landscape").Params()
    session, path = Session({"landscape": Run(params, 3, 40.0)}), tmp_path / "a.funnelscene.json"
    many = [Cue(k / 8, over=0.125, ease="linear", set={"landscape": {"funnel": k % 8 / 7}}) for k in range(9_000)]
    write(path, Scene(session, tuple(many), 3600.0))
    assert read(path).cues == tuple(many)
    assert path.read_text().count("\n") < 9_200, "one cue a line"
    cases = (
        (many * 3, "cues: it has 27,000 entries"),
        ([Cue(1.0, words="ö" * 2000)] * 1100, r"bytes, and the limit is"),
    )
    for cues, why in cases:
        with pytest.raises(SceneError, match=why):
            as_text(Scene(session, tuple(cues), 3600.0))


def test_six_scenes_come_with_the_program() -> None:
    assert set(shipped.NAMES) == SIX


@pytest.mark.parametrize("name", shipped.NAMES)
def test_every_scene_that_comes_with_the_program_is_whole(name: str) -> None:
    scene = shipped.read(name, WORKSPACES)
    assert scene.session.title and scene.session.words and scene.session.workspace
    captions = [cue for cue in scene.cues if cue.caption]
    assert all(cue.at + cue.seconds <= scene.seconds + 1e-9 for cue in captions)
    gaps = [b.at - a.at - a.seconds for a, b in itertools.pairwise(captions)]
    assert min(gaps) > -1.0, "no caption is taken away long before its time"
    assert len(captions) >= 3
    if name == "tour":
        assert scene.frames == 2700 and scene.session.experiments.keys() == SIX - {"tour"}


def test_one_that_nobody_knows_is_named_with_the_nearest() -> None:
    with pytest.raises(SceneError, match=r"no scene or experiment 'tuor'; did you mean 'tour'"):
        shipped.find("tuor", WORKSPACES)
