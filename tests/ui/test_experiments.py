"""Every experiment in the real window: open, play, draw, change each parameter, reset, reseed, undo, dress, close."""

import pytest
from pytestqt.qtbot import QtBot

from simulator import parameters
from simulator.backends import registry
from simulator.experiment import AbstractExperiment
from simulator.experiments import EXPERIMENTS
from simulator.figures import Surface
from simulator.parameters import Field, Value, fields
from tests.ui.conftest import MakeWindow
from tests.ui.helpers import draw_frames, settle, snapshot
from ui.views.surface import SurfaceView
from ui.window import Window

SMALL = {"size": 16, "samples": 2, "replicas": 4}


def another(field: Field, present: Value) -> Value:
    """An allowed value near the present one, and cheap."""
    if field.kind is bool:
        return not present
    if field.param.choices:
        return field.param.choices[(field.param.choices.index(str(present)) + 1) % len(field.param.choices)]
    if field.kind is str:
        return present
    lo, hi = field.param.lo, field.param.hi
    assert isinstance(present, (int, float))
    step = 1 if field.kind is int else max(abs(present) * 0.1, 1e-3)
    if hi is not None and present + step > hi:
        return type(present)(max(present - step, lo if lo is not None else present - step))
    return type(present)(present + step)


def opened(make_window: MakeWindow, kind: type[AbstractExperiment], qtbot: QtBot) -> Window:
    window = make_window(kind, backend="auto", start=False)
    there = {f.name for f in fields(kind.Params)}
    window.current.prepare(parameters.change(window.current.params, **{n: v for n, v in SMALL.items() if n in there}))
    window.current.open()
    window.current.follow()
    window.start()
    qtbot.waitUntil(lambda: window.current.latest is not None, timeout=90_000)
    return window


@pytest.mark.parametrize("kind", EXPERIMENTS, ids=lambda kind: kind.name)
def test_an_experiment_lives_in_the_window(
    kind: type[AbstractExperiment], make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = opened(make_window, kind, qtbot)
    channel = window.current
    draw_frames(qtbot, window, 30)
    for dock in window.groups[kind.name].docks:
        assert dock.in_sight, f"{dock.objectName()} is not to be seen in the default layout"
        assert dock.panel.currentIndex() == 1, f"{dock.objectName()} shows no picture"
        for name in dock.panel.view.figures:
            dock.panel.choose(name)
    for field in fields(kind.Params):
        before = channel.params
        channel.edit(field.name, another(field, getattr(before, field.name)), True)
        assert settle(qtbot, window).params == channel.params
        if channel.params != before:
            channel.undo()
            assert channel.params == before
            channel.redo()
            assert channel.params != before
            channel.undo()
        settle(qtbot, window)
    generation = settle(qtbot, window).generation
    channel.reset()
    qtbot.waitUntil(lambda: snapshot(window).generation > generation)
    seed = channel.seed
    channel.reseed()
    assert settle(qtbot, window).seed == channel.seed != seed
    for choice in ("light", "dark"):
        window.choose_theme(choice)  # type: ignore[arg-type]
        draw_frames(qtbot, window, 2)
    window.toggle_presentation()
    draw_frames(qtbot, window, 2)
    window.toggle_presentation()
    window.close()
    assert window.closed_cleanly


@pytest.mark.parametrize("kind", EXPERIMENTS, ids=lambda kind: kind.name)
def test_the_device_can_be_changed_while_it_runs(
    kind: type[AbstractExperiment], make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = opened(make_window, kind, qtbot)
    for key in ("numba", "opencl"):
        found = [info.key for info in registry.devices() if info.key.startswith(key)]
        if not found:
            continue
        window.transport.device_chosen.emit(found[0])
        qtbot.waitUntil(lambda key=key: window.runner.device_name.startswith(key), timeout=60_000)
        # numba compiles its kernels here, at the very first use.
        draw_frames(qtbot, window, 2, timeout=240_000)
        window.refresh()
        assert key in window.status.device.text()


@pytest.mark.parametrize("kind", EXPERIMENTS, ids=lambda kind: kind.name)
def test_a_surface_is_turned_by_the_mouse_while_the_run_is_paused(
    kind: type[AbstractExperiment], make_window: MakeWindow, qtbot: QtBot
) -> None:
    window = opened(make_window, kind, qtbot)
    draw_frames(qtbot, window, 3)
    surfaces = window.findChildren(SurfaceView)
    if not surfaces:
        return
    window.current.set_playing(False)
    step = settle(qtbot, window).step
    before = surfaces[0].camera.azimuth
    surfaces[0].turn(25.0, 0.0)

    def turned() -> bool:
        figures = [f for f in snapshot(window).measurement.figures.values() if isinstance(f, Surface)]
        return bool(figures) and figures[0].pixels is not None and figures[0].camera.azimuth != before

    qtbot.waitUntil(turned)
    assert snapshot(window).step == step
