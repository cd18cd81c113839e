"""What the operating system lacks: found before any install, and mended or named in one command."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from simulator import system

ROOT = Path(__file__).resolve().parents[1]
LACKING = [system.Missing("the linker ld", "PoCL", "binutils"), system.Missing("libEGL.so.1", "Qt", "libegl1")]


@pytest.fixture
def check_system(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """packaging/check_system.py on a Debian that lacks two packages, with a root who may install."""
    spec = importlib.util.spec_from_file_location("check_system", ROOT / "packaging" / "check_system.py")
    assert spec is not None and spec.loader is not None
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.delenv("FUNNELSCOPE_SYSTEM_CHECK", raising=False)
    monkeypatch.setattr(module, "missing", lambda tests: LACKING)
    monkeypatch.setattr(module, "has_apt", lambda: True)
    monkeypatch.setattr(system, "has_apt", lambda: True)
    monkeypatch.setattr(sys, "argv", ["check_system.py"])
    return module


@pytest.fixture
def apt(check_system: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The apt-get commands that were run; the first install fails, as it does without package lists."""
    log: list[list[str]] = []

    def run(words: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        log.append(words)
        return subprocess.CompletedProcess(words, int(len(log) == 1))

    monkeypatch.setattr(check_system.subprocess, "run", run)
    return log


def test_root_installs_what_is_missing(
    check_system: ModuleType, apt: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check_system.os, "geteuid", lambda: 0)
    assert check_system.main() == 0
    assert [words[2] for words in apt] == ["install", "update", "install"]
    assert apt[-1][-2:] == ["binutils", "libegl1"]
    assert "missing: the linker ld, for PoCL" in capsys.readouterr().err


def test_anyone_else_is_told_one_command(
    check_system: ModuleType, apt: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check_system.os, "geteuid", lambda: 1000)
    assert check_system.main() == 1
    assert apt == []
    assert "please type: sudo apt-get install binutils libegl1\n" in capsys.readouterr().err


def test_the_system_check_runs_on_the_standard_library_alone() -> None:
    ran = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "packaging" / "check_system.py"],
        env={"FUNNELSCOPE_SYSTEM_CHECK": "off"},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_what_the_system_lacks_is_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = [system.Missing("the linker ld", "PoCL", "binutils"), system.Missing("libEGL.so.1", "Qt", "libegl1")]
    monkeypatch.setattr(system, "has_apt", lambda: True)
    assert system.remedy([*lacking, lacking[0]]).endswith("apt-get install binutils libegl1")
    monkeypatch.setattr(system, "has_apt", lambda: False)
    assert system.remedy(lacking) == "install with this system's package manager: the linker ld, libEGL.so.1"


def test_a_system_without_a_linker(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        assert system.missing() == []
        return
    monkeypatch.setattr(system.shutil, "which", lambda _: None)
    assert "binutils" in {item.package for item in system.missing()}
    assert {"xvfb", "xauth"} <= {item.package for item in system.missing(tests=True)}
