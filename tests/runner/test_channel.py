"""How often an experiment is shown: by a clock of its own, so that a slow machine makes no difference."""

from typing import Any

import pytest

import simulator.channel
from simulator.channel import MEASURING_SHARE, Channel
from simulator.snapshot import Measurement, Snapshot


class Clock:
    """Time that passes when something is waited for, or takes time."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


class Run:
    """A simulation whose steps take no time and whose measurements take `cost` seconds."""

    awaits_theory = False

    def __init__(self, clock: Clock, cost: float) -> None:
        self.clock, self.cost, self.step = clock, cost, 0
        self.shown: list[float] = []

    def advance_chunk(self, at_most: int, chunk_seconds: float) -> int:
        steps = min(at_most, 10)
        self.step += steps
        return steps

    def measure(self, wanted: object, playing: bool) -> Snapshot:
        self.shown.append(self.clock.now)
        self.clock.now += self.cost
        return Snapshot("run", 0, self.step, None, 1, Measurement({}, {}), playing, 0.0, "")


def played(monkeypatch: pytest.MonkeyPatch, seconds: float, speed: float | None, cost: float) -> Run:
    """A run that has played so long in the loop of the simulation thread, each turn after what `waits` asks for."""
    clock = Clock()
    monkeypatch.setattr(simulator.channel, "time", clock)
    run: Any = Run(clock, cost)
    channel = Channel(object, None, 1, simulation=run, playing=True, speed=speed, _stepped=clock.now)  # type: ignore[arg-type]
    end = clock.now + seconds
    while clock.now < end:
        if not channel.turn():
            clock.now += min(0.05, channel.waits())
        clock.now += 0.0001  # what a turn takes
    return run


@pytest.mark.parametrize("speed", [60.0, 70.0, 100.0, 1000.0])
def test_what_steps_often_enough_is_shown_sixty_times_a_second(monkeypatch: pytest.MonkeyPatch, speed: float) -> None:
    shown = played(monkeypatch, 5.0, speed, cost=0.001).shown
    assert 57 <= (len(shown) - 1) / (shown[-1] - shown[0]) <= 60


def test_every_step_of_a_slow_run_is_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run = played(monkeypatch, 5.0, 20.0, cost=0.001)
    assert len(run.shown) - 1 == run.step
    assert run.step == pytest.approx(100, abs=2)


def test_measuring_takes_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = played(monkeypatch, 5.0, None, cost=0.03).shown
    rate = (len(shown) - 1) / (shown[-1] - shown[0])
    assert rate * 0.03 == pytest.approx(MEASURING_SHARE, rel=0.05)
