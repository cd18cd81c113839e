"""`bench`: fair turns, medians, rows, selection."""

from collections.abc import Callable, Iterator

import pytest

from benchmarks import common, registry
from benchmarks.common import Latency, Workload, burst, compare
from tests.commands.conftest import Ran

Run = Callable[..., Ran]


def scripted(log: list[str], name: str, times: list[float]) -> Callable[[], float]:
    """A contestant that takes scripted times; the last repeats."""
    script: Iterator[float] = iter(times)
    last = times[-1]

    def call() -> float:
        log.append(name)
        return next(script, last)

    return call


def absent() -> float:
    raise ImportError("no module named warp")


@pytest.fixture
def workloads(monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[str] = []
    ours, peer = scripted(log, "ours", [2.0]), scripted(log, "peer", [6.0])
    made: dict[str, list[Workload | Latency]] = {
        "landscape": [
            Workload("glass p=3 N=64", 2000.0, ours, {"numpy": peer, "warp": absent}, target=2.0),
            Workload("field N=2", 100.0, ours),
        ],
        "window": [Latency("window lateness", lambda: {"p99_ms": 7.5, "nothing": float("nan")}, {"p99_ms": 16.0})],
    }
    monkeypatch.setattr(registry, "everything", lambda: made)


def test_contestants_take_turns_after_a_warm_up_and_medians_count() -> None:
    log: list[str] = []
    work = Workload(
        "work", 8000.0, scripted(log, "ours", [99.0, 4.0, 4.0, 70.0]), {"a": scripted(log, "a", [99.0, 8.0, 9.0, 60.0])}
    )
    timing = compare(work, rounds=3)
    assert log == ["ours", "a"] * 4
    assert (timing.ours, timing.peers) == (4.0, {"a": 9.0})
    assert (timing.best_peer, timing.ratio, timing.gflops) == ("a", 2.25, 2.0)


def test_burst_gives_microseconds_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that a step of 1 ms alone moves on."""
    clock, bursts = [0.0], []

    def step(n: int) -> None:
        clock[0] += 0.001 * n
        bursts.append(n)

    monkeypatch.setattr(common.time, "perf_counter", lambda: clock[0])
    assert burst(step, seconds=0.05) == pytest.approx(1000)
    assert bursts == sorted(set(bursts)) and 25 <= bursts[-1] <= 60


def test_json_rows(run: Run, workloads: None) -> None:
    status, _, err = ran = run("bench", "--json")
    glass, field, window = ran.json
    assert status == 0
    keys = {"workload", "ours_us", "peers", "best_peer", "ratio", "gflops", "backend", "device"}
    assert all(row.keys() >= keys for row in (glass, field, window))
    assert (glass["peers"], glass["best_peer"], glass["ratio"], glass["gflops"]) == ({"numpy": 6.0}, "numpy", 3.0, 1.0)
    assert field["best_peer"] is None and field["ratio"] is None
    assert window["measured"] == {"p99_ms": 7.5, "nothing": None}
    assert err == "funnelscope: peer warp is not installed and was left out (extra: bench)\n"


def test_table(run: Run, workloads: None) -> None:
    out = run("bench").out
    assert "glass p=3 N=64" in out and "numpy 6.0" in out and "3.00" in out and "p99_ms 7.5 (target 16)" in out


def test_selection_by_group_and_prefix(run: Run, workloads: None) -> None:
    assert run("bench", "landscape", "--list").out == "glass p=3 N=64\nfield N=2\n"
    assert run("bench", "glass", "--list").out == "glass p=3 N=64\n"
    assert run("bench", "window", "field", "glass", "--list").out == "window lateness\nfield N=2\nglass p=3 N=64\n"


def test_unknown_workload(run: Run, workloads: None) -> None:
    status, out, err = run("bench", "landscpe")
    assert (status, out) == (2, "")
    assert "no workload 'landscpe'; did you mean 'landscape'?" in err and err.count("\n") == 1


def test_every_workload_of_the_real_list_has_a_name_of_its_own() -> None:
    groups = registry.everything()
    names = [each.name for group in groups.values() for each in group]
    assert all(groups.values())
    assert len(set(names)) == len(names)
    assert not set(groups) & set(names)
