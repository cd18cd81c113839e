"""`run`: what it prints, what it writes, and how it ends when it is stopped."""

import errno
import json
import math
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import main
from simulator import files
from simulator.backends.base import OutOfDeviceMemoryError
from simulator.commands import results
from simulator.rounding import with_error
from simulator.version import VERSION
from tests.commands.conftest import Ran
from tests.commands.fake import Walk

Run = Callable[..., Ran]
Start = Callable[..., "subprocess.Popen[str]"]

KEYS = {
    "experiment", "version", "parameters", "seed", "backend", "device", "steps", "seconds", "steps_per_second",
    "scalars", "agreement", "diverged",
}  # fmt: skip


def test_json_is_one_object_with_everything(run: Run) -> None:
    status, _, err = ran = run("run", "walk", "--set", "width=0.5", "walkers=32", "--seed", "7", "--json")
    result = ran.json
    assert (status, err) == (0, "")
    assert result.keys() >= KEYS
    assert result["parameters"] == {"width": 0.5, "walkers": 32, "kind": "normal"}
    assert (result["experiment"], result["version"], result["seed"], result["steps"]) == ("walk", VERSION, 7, 100)
    assert result["scalars"]["spread"].keys() == {"mean", "stderr", "n"}
    spread, idle = result["agreement"]
    assert spread.keys() >= {"name", "measured", "stderr", "predicted", "sigmas", "within"}
    assert spread["within"] is True and spread["predicted"] == 25.0
    assert idle["predicted"] is idle["sigmas"] is idle["within"] is None
    assert result["diverged"] is False
    assert result["steps_per_second"] == pytest.approx(result["steps"] / result["seconds"])


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-0.00156849, 0.05, "-0.002 ± 0.050"),
        (-1.0439123, 0.00422, "-1.0439 ± 0.0042"),
        (25.3, 12.0, "25 ± 12"),
        (0.5, math.nan, "0.5"),
        (0.123456789, 0.0, "0.12346"),
        (1.0, 2e-9, "1.000e+00 ± 2.0e-09"),
        (-3.2e35, 1.1e34, "-3.200e+35 ± 1.1e+34"),
    ],
)
def test_a_number_has_no_more_places_than_its_error(value: float, error: float, text: str) -> None:
    assert with_error(value, error, 5) == text


def test_divergence_is_physics_not_an_error(run: Run) -> None:
    ran = run("run", "walk", "--set", "width=1e300", "--json")
    assert ran.status == 0
    assert ran.json["diverged"] is True
    assert ran.json["scalars"]["spread"]["mean"] is None
    assert "diverged" in run("run", "walk", "--set", "width=1e300").out


def test_the_same_seed_gives_the_same_scalars_however_it_is_measured(run: Run, tmp_path: Path) -> None:
    def scalars(*words: str) -> Any:
        return run("run", "walk", "--json", *words).json["scalars"]

    first = scalars("--seed", "3")
    assert scalars("--seed", "3") == first
    assert scalars("--seed", "3", "--out", str(tmp_path / "x.csv"), "--every", "7") == first
    assert scalars("--seed", "4") != first
    assert scalars("--seed", str(2**64 - 1)) != first


def test_set_takes_several_and_repeats_and_never_the_experiment(run: Run) -> None:
    wanted = {"width": 2.0, "walkers": 8, "kind": "signs"}
    for words in (
        ["walk", "--set", "width=2", "walkers=8", "kind=signs"],
        ["--set", "width=2", "--set", "walkers=8", "kind=signs", "--json", "walk"],
        ["--set", "width=2", "walkers=8", "kind=signs", "walk"],
    ):
        assert run("run", *words, "--steps", "1", "--json").json["parameters"] == wanted


def test_steps_zero_measures_the_start(run: Run) -> None:
    result = run("run", "walk", "--steps", "0", "--json").json
    assert result["steps"] == 0
    assert result["scalars"]["spread"]["mean"] == 0.0


def test_summary_for_a_reader(run: Run) -> None:
    status, out, err = run("run", "walk", "--steps", "1e2")
    assert (status, err) == (0, ""), "no progress bar where standard error is no terminal"
    assert "100 steps" in out and "spread" in out and "agrees" in out and "no prediction: nobody knows" in out


def test_npz_holds_history_figures_and_meta(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "walk.npz"
    printed = run("run", "walk", "--out", str(path), "--every", "30", "--json").json
    with np.load(path, allow_pickle=False) as file:
        assert file["step"].tolist() == [0, 30, 60, 90, 100]
        assert file["spread"].dtype == np.float64 and file["spread"].shape == (5,)
        assert file["spread"][-1] == printed["scalars"]["spread"]["mean"]
        assert np.isnan(file["idle"]).all()
        assert np.isfinite(file["farthest"]).all(), "a scalar that only comes with a figure has its history too"
        assert file["figures/walks/curves/0/y"].shape == (64,)
        assert str(file["figures/walks/x_label"]) == "walker"
        assert json.loads(str(file["meta"])) == printed


def test_csv_holds_history_and_meta(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "walk.csv"
    printed = run("run", "walk", "--out", str(path), "--every", "50", "--json").json
    lines = path.read_text(encoding="utf-8").splitlines()
    meta = [line.removeprefix("# ") for line in lines if line.startswith("# ")]
    names, *rows = (line.split(",") for line in lines if not line.startswith("#"))
    assert json.loads("\n".join(meta)) == printed
    assert names[:2] == ["step", "spread"]
    assert [int(row[0]) for row in rows] == [0, 50, 100]
    assert float(rows[-1][1]) == printed["scalars"]["spread"]["mean"]


def test_a_result_replaces_an_old_file_whole(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "walk.csv"
    path.write_text("old")
    assert run("run", "walk", "--out", str(path)).status == 0
    assert path.read_text().startswith("# {")
    assert {each.name for each in tmp_path.iterdir()} == {"walk.csv"}


@pytest.mark.parametrize("name", ["walk.npz", "walk.csv"])
def test_a_full_disk_is_one_line_and_leaves_the_old_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(results, "_write_npz", full)
    monkeypatch.setattr(results, "_write_csv", full)
    status, out, err = run("run", "walk", "--out", str(path))
    assert status == 1
    assert "100 steps" in out, "the result is printed all the same"
    assert err.count("\n") == 1 and "No space left on device" in err
    assert path.read_text() == "old"
    assert {each.name for each in tmp_path.iterdir()} == {name}


def test_a_disk_that_is_full_from_the_start_is_no_bad_input(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "check_writable", full)
    status, out, err = run("run", "walk", "--out", str(tmp_path / "x.npz"))
    assert (status, out, err.count("\n")) == (1, "", 1) and "No space left on device" in err


@pytest.mark.parametrize("name", ["walk.npz", "walk.csv"])
def test_ctrl_c_writes_what_was_measured_and_exits_130(start: Start, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    path, started = tmp_path / "out" / name, tmp_path / "started"
    words = ["run", "walk", "--steps", "1000000", "--every", "2", "--out", str(path), "--json", "--backend", "numba"]
    process = start(*words, WALK_PAUSE="0.01", WALK_STARTED=str(started))
    while not started.exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    time.sleep(0.5)
    assert not path.exists()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    result = json.loads(out)
    assert result["interrupted"] is True and 0 < result["steps"] < 1000000
    if name.endswith("npz"):
        with np.load(path) as file:
            assert file["step"][-1] == result["steps"]
    else:
        assert path.read_text().splitlines()[-1].startswith(f"{result['steps']},")
    assert {each.name for each in path.parent.iterdir()} == {name}


def test_a_reader_that_leaves_early_is_no_fault(start: Start) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = start("list", "walk", stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=60)
    assert err == ""


def test_a_full_standard_output_is_one_line(start: Start) -> None:
    with Path("/dev/full").open("w") as full:
        process = start("list", "walk", "--json", stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.count("\n") == 1 and "No space left on device" in err


def test_progress_is_drawn_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    from simulator.commands.run import bar

    for done in (10, 500, 1000):
        bar(done, 1000, 2.0)
    drawn = capsys.readouterr()
    assert drawn.out == ""
    assert drawn.err.count("\r") == 3 and drawn.err.count("\n") == 1
    assert "1,000 of 1,000 steps" in drawn.err


def test_progress_begins_before_the_run_is_built(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kernels may be built for seconds: the terminal must not stay empty meanwhile, nor an error stand in its line."""
    seen = []

    def slow(self: Walk, backend: object, params: object, seed: int) -> None:
        seen.append(capsys.readouterr().err)
        raise OutOfDeviceMemoryError(2**40, 2**30, "a small device")

    monkeypatch.setattr(Walk, "init", slow)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    status, _, err = run("run", "walk")
    assert status == 2 and "0 of 100 steps, building the run" in seen[0] and not seen[0].endswith("\n")
    assert err.startswith("\nfunnelscope: a small device cannot hold this")


def test_help_says_every_option(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run("run", "--help")
    assert left.value.code == 0
    text = capsys.readouterr().out
    for option in ("--set", "--steps", "--seed", "--backend", "--device", "--out", "--every", "--json", "--session"):
        assert option in text


def test_what_has_no_number_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "landscape", "--set", "size=16", "samples=1", "replicas=1", "--steps", "2"]
    assert main.main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    alone = [name for name, each in found["scalars"].items() if each["mean"] is None]
    assert alone == ["energy_std", "overlap_replicas"]
    assert (
        "energy_std, overlap_replicas: nan, because replicas = 1; to compare several takes 2 at least" in found["notes"]
    )
    assert any("energy_min" in line and "no error bar from 1 independent sample" in line for line in found["notes"])
    assert main.main(words) == 0
    assert "because replicas = 1" in capsys.readouterr().out
    assert main.main([*words, "--set", "samples=2", "replicas=2"]) == 0
    text = capsys.readouterr().out
    assert "because" not in text.splitlines()[-1] and "error bar" not in text, "nothing is missing, nothing is said"


def test_what_was_never_measured_says_so(run: Run) -> None:
    notes = run("run", "walk", "--json").json["notes"]
    assert "idle: nan, because nothing has been measured for it yet; it takes more steps, samples or sizes" in notes
    assert not any(line.startswith("spread") for line in notes)
    wild = run("run", "walk", "--set", "width=1e300", "--json").json
    assert wild["diverged"] and wild["notes"] == [], "divergence is reason enough"
