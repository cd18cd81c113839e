"""What a workload is, and how contestants are timed fairly against each other."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ROUNDS = 7
REST = 0.1
"""Seconds before each burst: threads of the contestant before it still spin on all cores for some hundredths."""


@dataclass(frozen=True, slots=True)
class Workload:
    """A computation that several contestants do.

    flops: floating-point operations of one step. ours and each of peers: does one timed burst and returns microseconds
    per step; whatever has to be built or compiled is done at its first call. A peer that is not installed raises
    ImportError there, or is named in `missing`; it is left out and named on standard error.
    target: the ratio to the best peer that must be reached (None: none).
    """

    name: str
    flops: float
    ours: Callable[[], float]
    peers: Mapping[str, Callable[[], float]] = field(default_factory=dict)
    target: float | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Latency:
    """Something measured in lateness, not in throughput: `measure()` returns numbers by name, units in the names."""

    name: str
    measure: Callable[[], Mapping[str, float]]
    targets: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timing:
    """One row: medians of microseconds a step. ratio: best peer over ours, so more than 1 is faster than all."""

    workload: Workload
    ours: float
    peers: Mapping[str, float]
    absent: tuple[str, ...]

    @property
    def best_peer(self) -> str | None:
        return min(self.peers, key=self.peers.__getitem__) if self.peers else None

    @property
    def ratio(self) -> float | None:
        return None if self.best_peer is None else self.peers[self.best_peer] / self.ours

    @property
    def gflops(self) -> float:
        return self.workload.flops / self.ours * 1e-3


def burst(step: Callable[[int], object], finish: Callable[[], object] = lambda: None, seconds: float = 0.2) -> float:
    """Microseconds a step of `step(n)`, which takes n steps, over a burst of about `seconds`. Warm up before."""
    n = 1
    while True:
        began = time.perf_counter()
        step(n)
        finish()
        spent = time.perf_counter() - began
        if spent >= seconds / 2:
            return spent / n * 1e6
        n = max(n + 1, min(n * 10, int(n * seconds / max(spent, 1e-6))))


def compare(workload: Workload, rounds: int = ROUNDS) -> Timing:
    """Time all contestants in turn (ours, each peer, ours again, ...) over several rounds after one of warm-up."""
    contestants = {"": workload.ours, **workload.peers}
    absent = list(workload.missing)
    for name in list(contestants):
        try:
            contestants[name]()
        except ImportError:
            if not name:
                raise
            absent.append(name)
            del contestants[name]
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, timed in contestants.items():
            time.sleep(REST)
            times[name].append(timed())
    medians = {name: statistics.median(values) for name, values in times.items()}
    return Timing(workload, medians.pop(""), medians, tuple(absent))
