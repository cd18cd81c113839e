"""Every bad input ends with exit status 2 (3 for a device) and one line that says what is wrong and what is allowed."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Ran

Run = Callable[..., Ran]

BAD = {
    "command": (["lits"], "no command 'lits'; did you mean 'list'?"),
    "future command": (["recrod"], "no command 'recrod'"),
    "option before command": (["--bogus"], "no option '--bogus'"),
    "experiment": (["run", "wlak"], "no experiment 'wlak'; did you mean 'walk'?"),
    "experiment of list": (["list", "wlak"], "no experiment 'wlak'; did you mean 'walk'?"),
    "no experiment": (["run"], "which experiment?"),
    "two experiments": (["run", "walk", "walk"], "one argument too many: 'walk'"),
    "parameter": (["run", "walk", "--set", "widht=2"], "no parameter 'widht'; did you mean 'width'?"),
    "value": (["run", "walk", "--set", "width=wide"], "width = 'wide' is not allowed: a number from 0 to 1e+300"),
    "empty value": (["run", "walk", "--set", "width="], "width = '' is not allowed"),
    "infinite value": (["run", "walk", "--set", "width=inf"], "width = 'inf' is not allowed"),
    "range": (["run", "walk", "--set", "walkers=5000"], "'5000' is not allowed: a whole number from 1 to 4096"),
    "not whole": (["run", "walk", "--set", "walkers=2.5"], "walkers = '2.5' is not allowed: a whole number"),
    "choice": (["run", "walk", "--set", "kind=odd"], "kind = 'odd' is not allowed: one of normal, signs"),
    "assignment": (["run", "walk", "--set", "width"], "--set = 'width' is not allowed: NAME=VALUE"),
    "set of nothing": (["run", "walk", "--set"], "--set: expected at least one argument"),
    "seed below": (["run", "walk", "--seed", "-1"], "a whole number from 0 to 18446744073709551615"),
    "seed above": (["run", "walk", "--seed", str(2**64)], "--seed = '18446744073709551616' is not allowed"),
    "seed word": (["run", "walk", "--seed", "lucky"], "--seed = 'lucky' is not allowed"),
    "seed fraction": (["run", "walk", "--seed", "1.5"], "--seed = '1.5' is not allowed"),
    "seed very long": (["run", "walk", "--seed", "9" * 10_000], "--seed = '999"),
    "steps": (["run", "walk", "--steps", "-5"], "--steps = '-5' is not allowed: a whole number from 0"),
    "steps word": (["run", "walk", "--steps", "many"], "--steps = 'many' is not allowed"),
    "steps nan": (["run", "walk", "--steps", "nan"], "--steps = 'nan' is not allowed"),
    "steps infinite": (["run", "walk", "--steps", "1e999"], "--steps = '1e999' is not allowed"),
    "every": (["run", "walk", "--every", "0"], "--every = '0' is not allowed: a whole number from 1"),
    "backend": (["run", "walk", "--backend", "opncl"], "one of auto, opencl, numba; did you mean 'opencl'?"),
    "option": (["run", "walk", "--sed", "3"], "no option '--sed'; did you mean '--seed'?"),
    "abbreviation": (["run", "walk", "--ste", "3"], "no option '--ste'; did you mean '--steps'?"),
    "missing value": (["run", "walk", "--seed"], "--seed: expected one argument"),
    "out type": (["run", "walk", "--out", "result.txt"], "'result.txt' is not allowed: a file that ends in"),
    "out folder": (["run", "walk", "--out", "/nowhere/at/all/x.npz"], "cannot be written: No such file or directory"),
    "extra word": (["doctor", "now"], "one argument too many: 'now'"),
    "shot without file": (["shot"], "shot needs --out FILE.png"),
    "shot type": (["shot", "--out", "x.gif"], "--out = 'x.gif' is not allowed: a file that ends in .png"),
    "shot size": (["shot", "--size", "wide", "--out", "x.png"], "--size = 'wide' is not allowed: WIDTHxHEIGHT"),
    "shot size zero": (["shot", "--size", "0x900", "--out", "x.png"], "--size = '0x900' is not allowed"),
    "shot size small": (["shot", "--size", "100x100", "--out", "x.png"],
                        "--size = '100x100' is not allowed: 900x560 at least"),
    "shot size low": (["shot", "--size", "1440x500", "--out", "x.png"], "--size = '1440x500' is not allowed"),
    "shot time": (["shot", "--after", "-1", "--out", "x.png"], "--after = '-1' is not allowed"),
    "shot time nan": (["shot", "--after", "nan", "--out", "x.png"], "--after = 'nan' is not allowed"),
    "shot theme": (["shot", "--theme", "drak", "--out", "x.png"], "did you mean 'dark'?"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), BAD.values(), ids=BAD)
def test_bad_input_is_one_clear_line(run: Run, words: list[str], expected: str) -> None:
    status, out, err = run(*words)
    assert status == 2
    assert out == ""
    assert err.count("\n") == 1 and err.startswith("funnelscope: ")
    assert expected in err
    assert "Traceback" not in err


@pytest.mark.parametrize("extra", [[], ["--json"]])
def test_no_such_device_is_status_3_and_names_what_there_is(run: Run, extra: list[str]) -> None:
    status, out, err = run("run", "walk", "--device", "Tricorder 9", *extra)
    assert status == 3
    assert out == ""
    assert err.count("\n") == 1
    assert "Tricorder 9" in err and "numba" in err


def test_a_folder_for_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "results.npz").mkdir()
    status, _, err = run("run", "walk", "--out", str(tmp_path / "results.npz"))
    assert status == 2
    assert "Is a directory" in err


def test_bad_input_leaves_no_file(run: Run, tmp_path: Path) -> None:
    assert run("run", "walk", "--set", "walkers=0", "--out", str(tmp_path / "x.npz")).status == 2
    assert [each for each in tmp_path.iterdir() if each.name != "state"] == []


def test_a_fault_of_the_program_is_one_line_and_a_traceback_in_the_log(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.commands.fake import Walk

    def broken(self: Walk, n: int) -> None:
        raise RuntimeError("the walkers\nfell over")

    monkeypatch.setattr(Walk, "step", broken)
    status, out, err = run("run", "walk")
    log = tmp_path / "state" / "funnelscope" / "funnelscope.log"
    assert (status, out) == (1, "")
    assert err.count("\n") == 1 and "RuntimeError: the walkers fell over" in err and str(log) in err
    assert "Traceback" in log.read_text()


def test_no_screen_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    status, out, err = run()
    assert (status, out) == (1, "")
    assert err.count("\n") == 1 and "no screen" in err
