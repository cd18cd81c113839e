"""What keeps the house simple: who may import whom, how long a file may be, what is declared once."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
MAX_LINES = 350
ROOMS = ("simulator", "kernels", "ui", "benchmarks", "packaging")


def sources(*rooms: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    """Source files of these rooms."""
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*") if path.suffix in suffixes)


def imported(path: Path) -> Iterator[str]:
    """The first word of everything that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_imports_point_down() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("path", sources("simulator", "kernels"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_engine_knows_no_window(path: Path) -> None:
    assert not {"PySide6", "pyqtgraph", "ui", "benchmarks"} & set(imported(path))


@pytest.mark.parametrize("path", sources("simulator/theory"), ids=lambda path: path.name)
def test_theory_needs_numpy_and_scipy_alone(path: Path) -> None:
    assert set(imported(path)) <= {"numpy", "scipy", "simulator", *sys.stdlib_module_names}


def test_no_file_is_long() -> None:
    files = [ROOT / "main.py", *sources(*ROOMS, suffixes=(".py", ".cl"))]
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


def test_every_kernel_file_has_its_numba_twin() -> None:
    def is_header(path: Path) -> bool:
        return not re.search(r"^\s*__kernel\b|\bkernel void\b", path.read_text(encoding="utf-8"), re.MULTILINE)

    kernels = [path for path in sources("kernels", suffixes=(".cl",)) if not is_header(path)]
    assert [path.name for path in kernels if not path.with_suffix(".py").exists()] == []


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8")
    pinned = {name.lower().replace("_", "-") for name in re.findall(r"^([\w-]+)==", pins, re.MULTILINE)}
    wanted = [re.match(r"[\w-]+", line) for line in project["dependencies"] + project["optional-dependencies"]["test"]]
    assert {match[0].lower().replace("_", "-") for match in wanted if match} <= pinned


def test_the_version_is_declared_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"]["attr"] == "simulator.version.VERSION"
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
