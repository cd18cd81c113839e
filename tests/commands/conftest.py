"""A command line whose only experiment is tests/commands/fake.py, in this process and in one of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import main
from simulator import experiments, runner
from tests.commands.fake import Walk

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from simulator import experiments, runner
from tests.commands.fake import Walk
experiments.EXPERIMENTS = runner.EXPERIMENTS = (Walk,)
import main
sys.exit(main.main(sys.argv[1:]))
"""


class Ran(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as strict JSON: one value, and no NaN or Infinity."""

        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Ran]:
    """run("list", "--json"): a command in this process."""
    for module in (experiments, runner):
        monkeypatch.setattr(module, "EXPERIMENTS", (Walk,))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def call(*words: str) -> Ran:
        capsys.readouterr()
        status = main.main(words)
        return Ran(status, *capsys.readouterr())

    return call


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """start("run", "walk", WALK_PAUSE="0.01"): a command in a process of its own."""
    import os

    def call(*words: str, stdout: Any = subprocess.PIPE, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words],
            cwd=ROOT,
            env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), **environment},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )

    return call
