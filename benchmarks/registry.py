"""Which workloads there are: one explicit list of modules, each with `workloads()`."""

import importlib
from collections.abc import Callable, Sequence

from benchmarks.common import Latency, Workload

GROUPS = {
    "landscape": ("benchmarks.glass", "benchmarks.field"),
    "propagation": ("benchmarks.signals",),
    "training": ("benchmarks.training",),
    "trainability": ("benchmarks.trainability",),
    "window": ("benchmarks.event_loop",),
}
"""Names that select whole groups beside the prefixes of the workloads' own names."""


def load(module: str) -> list[Workload | Latency]:
    """The workloads of one module. Cheap: nothing is built before a workload is timed."""
    workloads: Callable[[], Sequence[Workload | Latency]] = importlib.import_module(module).workloads
    return list(workloads())


def everything() -> dict[str, list[Workload | Latency]]:
    """Every workload, by group."""
    return {group: [each for module in modules for each in load(module)] for group, modules in GROUPS.items()}


def select(
    words: Sequence[str], groups: dict[str, list[Workload | Latency]]
) -> tuple[list[Workload | Latency], list[str]]:
    """The workloads that `words` name (a group or a prefix of a name; none: all), and the words that match none."""
    every = [each for group in groups.values() for each in group]
    if not words:
        return every, []
    chosen, unknown = [], []
    for word in words:
        found = groups.get(word) or [each for each in every if each.name.startswith(word)]
        chosen += [each for each in found if each not in chosen]
        if not found:
            unknown.append(word)
    return chosen, unknown
