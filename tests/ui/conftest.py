"""Windows for tests: on the real runner, with preferences of their own."""

import gc
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import simulator.runner
from simulator.experiment import AbstractExperiment
from simulator.runner import Runner
from tests.ui.toy import Toy
from ui.preferences import Preferences
from ui.window import Window

MakeWindow = Callable[..., Window]

# On a busy machine what takes a moment may take many; what never comes fails all the same.
QtBot.waitUntil.__kwdefaults__["timeout"] = 60_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Qt's offscreen platform says at every window that it takes no size hints: not a warning about this program."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Windows of tests are destroyed in this thread, not in one of a later window: see ui/litter.py.

    What was there before a test is not looked through after it: compiled kernels are millions of objects.
    """
    gc.disable()
    gc.freeze()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.unfreeze()
        gc.enable()


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> type[Toy]:
    """The toy experiment, known to the runner."""
    monkeypatch.setattr(simulator.runner, "EXPERIMENTS", (Toy,))
    return Toy


@pytest.fixture
def make_window(qtbot: QtBot, tmp_path: Path) -> Iterator[MakeWindow]:
    """make_window(experiment, backend="numba", size=..., start=True): a shown window, closed at the end."""
    made: list[Window] = []

    def make(
        *experiments: type[AbstractExperiment],
        backend: str = "numba",
        size: tuple[int, int] = (1280, 720),
        start: bool = True,
    ) -> Window:
        window = Window(Runner(backend), experiments, Preferences(tmp_path / "window.ini"))
        made.append(window)
        window.resize(*size)
        window.show()
        qtbot.waitUntil(lambda: window.workspace is not None)
        if start:
            window.start()
            qtbot.waitUntil(lambda: window.current.latest is not None, timeout=60_000)
        return window

    yield make
    for window in made:
        window.close()
        assert window.closed_cleanly
        window.deleteLater()


@pytest.fixture
def window(make_window: MakeWindow, toy: type[Toy], qtbot: QtBot) -> Window:
    """A window on the toy experiment with its pictures drawn."""
    window = make_window(toy)
    qtbot.waitUntil(lambda: window.groups["toy"].docks[0].panel.currentIndex() == 1)
    window.activateWindow()  # keys go to the active window alone; a bare X server activates none by itself
    qtbot.waitUntil(window.isActiveWindow)
    return window
