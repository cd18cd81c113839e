"""--session: a run, a picture or the window that begins with a file or a preset; bad ones are one line and status 2."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import main
from simulator import presets, sessions
from simulator.experiments import EXPERIMENTS
from simulator.sessions import Run, Session, SessionError
from tests.commands.conftest import Ran
from tests.commands.fake import WalkParams
from ui.sessions import workspace_for
from ui.workspaces import WORKSPACES

Command = Callable[..., Ran]


@pytest.fixture
def saved(run: Command, tmp_path: Path) -> Path:
    """A session of the walk (`run` makes it known)."""
    path = tmp_path / "saved.funnelscope.json"
    sessions.write(path, Session({"walk": Run(WalkParams(width=2.0, walkers=32), 99, 50.0)}))
    return path


def test_a_run_takes_parameters_and_seed_from_a_session(run: Command, saved: Path) -> None:
    got = run("run", "walk", "--session", str(saved), "--steps", "20", "--json").json
    wanted = run("run", "walk", "--set", "width=2", "walkers=32", "--seed", "99", "--steps", "20", "--json").json
    assert (got["seed"], got["parameters"]["walkers"]) == (99, 32)
    for name in ("scalars", "parameters", "seed", "steps"):
        assert got[name] == wanted[name]


def test_what_the_command_line_says_goes_first(run: Command, saved: Path) -> None:
    got = run("run", "walk", "--session", str(saved), "--set", "width=3", "--seed", "5", "--steps", "1", "--json").json
    assert got["parameters"] == {"width": 3.0, "walkers": 32, "kind": "normal"} and got["seed"] == 5


def test_a_session_of_one_experiment_names_it(run: Command, saved: Path) -> None:
    assert run("run", "--session", str(saved), "--steps", "1", "--json").json["experiment"] == "walk"
    got = run("run", "--session", str(saved), "--set", "width=3", "walk", "--steps", "1", "--json").json
    assert got["parameters"]["width"] == 3.0


def broken(folder: Path, text: str) -> str:
    path = folder / "bad.funnelscope.json"
    path.write_text(text)
    return str(path)


BAD = {
    "truncated": ('{"format": 1,', "session 'bad.funnelscope.json': it breaks off at line 1, column 14"),
    "newer": ('{"format": 3}', "format: 3 is that of a newer Funnelscope"),
    "experiment": ('{"format": 1, "experiments": {"wlak": {}}}', "no experiment 'wlak'; did you mean 'walk'?"),
    "value": (
        '{"format": 1, "experiments": {"walk": {"parameters": {"walkers": 5000}}}}',
        "experiments.walk.parameters: walkers = 5000 is not allowed: a whole number from 1 to 4096",
    ),
}


@pytest.fixture
def unreached(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were a screen; neither window nor kernels are reached, so nothing is set up for them."""
    import ui.app

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(ui.app, "configure_environment", lambda: None)


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("words", [("run", "walk"), ()], ids=["run", "window"])
@pytest.mark.usefixtures("unreached")
def test_a_bad_session_is_one_clear_line(
    run: Command, tmp_path: Path, words: tuple[str, ...], text: str, expected: str
) -> None:
    status, out, err = run(*words, "--session", broken(tmp_path, text))
    assert (status, out) == (2, "")
    assert err.count("\n") == 1 and err.startswith("funnelscope: ") and expected in err


def test_a_session_names_a_workspace_that_there_is_headless_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for workspace in ("landscpe", "training"):
        path = broken(tmp_path, f'{{"format": 1, "workspace": "{workspace}", "experiments": {{"landscape": {{}}}}}}')
        status = main.main(["run", "--session", str(path), "--steps", "1"])
        out, err = capsys.readouterr()
        assert (status, out, err.count("\n")) == (2, "", 1)
        with pytest.raises(SessionError) as refused:
            workspace_for(sessions.read(Path(path)), WORKSPACES)
        assert err == f"funnelscope: {refused.value}\n"
        said.append(err)
    assert "no workspace 'landscpe'; did you mean 'landscape'?" in said[0] and "overview" in said[0]
    assert "workspace 'training' does not show landscape" in said[1]


def test_of_a_session_of_several_experiments_one_must_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = broken(tmp_path, '{"format": 1, "experiments": {"propagation": {}, "landscape": {}}}')
    assert main.main(["run", "--session", path]) == 2
    err = capsys.readouterr().err
    assert "holds propagation, landscape" in err and "run propagation --session" in err and err.count("\n") == 1


def test_the_workspaces_that_a_session_may_name_are_those_of_the_window() -> None:
    there = {each.name: each.experiments for each in WORKSPACES}
    assert set(there) == set(sessions.workspace_names())
    everything = tuple(kind.name for kind in EXPERIMENTS)
    assert set(there.pop(sessions.OVERVIEW)) == set(everything)
    assert there == {name: (name,) for name in everything}, "each of the others shows the experiment it is named after"


@pytest.mark.usefixtures("unreached")
def test_a_bad_session_leaves_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = broken(tmp_path, '{"format": 1, "workspace": "landscpe", "experiments": {"landscape": {}}}')
    assert main.main(["shot", "--session", path, "--out", "x.png"]) == 2
    err = capsys.readouterr().err
    assert "no workspace 'landscpe'; did you mean 'landscape'?" in err and err.count("\n") == 1
    assert not Path("x.png").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--session",), "--session: expected one argument"),
        (("--session", "x.json"), "session 'x.json': there is no such file in"),
        (("--sesion", "x.json"), "no option '--sesion'; did you mean '--session'?"),
        (("run", "walk", "--session", "landscape-glas"), "did you mean 'landscape-glass'?"),
        (("run", "walk", "--session", "landscape-glass"), "no experiment 'landscape'; there are: walk"),
        (("--session", "x.json", "run"), "one argument too many: 'run'"),
    ],
)
@pytest.mark.usefixtures("unreached")
def test_bad_words_about_sessions(run: Command, words: tuple[str, ...], expected: str) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "") and err.count("\n") == 1 and expected in err


@pytest.mark.usefixtures("unreached")
def test_another_experiment_than_the_session_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["run", "training", "--session", "landscape-glass"]) == 2
    assert "it holds no training, but landscape" in capsys.readouterr().err
    words = ["shot", "training", "--session", "landscape-glass", "--out", "x.png"]
    assert main.main(words) == 2
    assert "the session holds no training, which Training shows, but landscape" in capsys.readouterr().err


def test_the_window_is_handed_the_session(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import ui.app

    handed: list[Any] = []
    monkeypatch.setattr(ui.app, "main", lambda argv=None, session=None: handed.append(session) or 0)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert run("--session", "a.json").status == run("--session=b.json").status == run().status == 0
    assert handed == ["a.json", "b.json", None]


def test_a_preset_runs_headless(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "--session", "landscape-glass", "--set", "size=16", "--steps", "5", "--json"]
    assert main.main(words) == 0
    result = json.loads(capsys.readouterr().out)
    asked = presets.read("landscape-glass").run("landscape")
    assert (result["experiment"], result["seed"], result["parameters"]["size"]) == ("landscape", asked.seed, 16)
    assert result["parameters"]["family"] == "glass" and result["steps"] == 5
