"""`bench [WORKLOAD ...] [--json]`: throughput on this machine beside its peers."""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks import registry
from benchmarks.common import Latency, Timing, compare
from simulator.backends.registry import choose
from simulator.commands import shell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this command's arguments."""
    parser.add_argument("workloads", metavar="WORKLOAD", nargs="*", help="a name, the beginning of one, or a group")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--list", action="store_true", help="only name the workloads")


def execute(arguments: argparse.Namespace) -> int:
    """Time the workloads one after another and print a row for each."""
    groups = registry.everything()
    chosen, unknown = registry.select(arguments.workloads, groups)
    if unknown:
        names = [*groups, *(each.name for group in groups.values() for each in group)]
        raise shell.InputError(shell.misspelt("workload", unknown[0], names))
    if arguments.list:
        print("\n".join(each.name for each in chosen))
        return shell.DONE
    backend, announcement = choose()
    if announcement:
        print(f"funnelscope: {announcement}", file=sys.stderr)
    place = {"backend": backend.name, "device": backend.device}
    if not arguments.json:
        print(f"{backend.name}: {backend.device}\n{HEAD}")
    rows, absent = [], set()
    for each in chosen:
        if isinstance(each, Latency):
            rows.append(latency_row(each, each.measure()) | place)
        else:
            timing = compare(each)
            absent |= set(timing.absent)
            rows.append(timing_row(timing) | place)
        if not arguments.json:
            print(line(rows[-1]), flush=True)
    for peer in sorted(absent):
        print(f"funnelscope: peer {peer} is not installed and was left out (extra: bench)", file=sys.stderr)
    if arguments.json:
        print(shell.dump(rows))
    return shell.DONE


HEAD = f"{'workload':<44} {'ours us':>10} {'best peer us':>22} {'ratio':>6} {'target':>6} {'GFLOP/s':>8}  other peers"


def timing_row(timing: Timing) -> dict[str, Any]:
    """One workload's result, ready for JSON; every peer that was timed is in it."""
    return {
        "workload": timing.workload.name,
        "ours_us": timing.ours,
        "peers": dict(timing.peers),
        "best_peer": timing.best_peer,
        "ratio": timing.ratio,
        "target": timing.workload.target,
        "gflops": timing.gflops,
    }


def latency_row(latency: Latency, measured: Mapping[str, float]) -> dict[str, Any]:
    """The same keys, empty where they make no sense, so that readers need no special case; `measured` has the rest."""
    return {
        "workload": latency.name,
        "ours_us": None,
        "peers": {},
        "best_peer": None,
        "ratio": None,
        "target": dict(latency.targets) or None,
        "gflops": None,
        "measured": dict(measured),
    }


def line(row: Mapping[str, Any]) -> str:
    """A row as text under HEAD."""
    if "measured" in row:
        targets = row["target"] or {}
        words = [
            f"{k} {v:.4g}" + (f" (target {targets[k]:g})" if k in targets else "") for k, v in row["measured"].items()
        ]
        return f"{row['workload']:<44} " + ", ".join(words)
    best, peers = row["best_peer"], row["peers"]
    beside = f"{best} {peers[best]:,.1f}" if best else "none"
    ratio = f"{row['ratio']:.2f}" if best else ""
    target = f"{row['target']:.2f}" if row["target"] else ""
    others = ", ".join(f"{name} {us:,.1f}" for name, us in sorted(peers.items()) if name != best)
    ours = f"{row['ours_us']:,.1f}"
    return (
        f"{row['workload']:<44} {ours:>10} {beside:>22} {ratio:>6} {target:>6} {row['gflops']:>8.1f}  {others}".rstrip()
    )
