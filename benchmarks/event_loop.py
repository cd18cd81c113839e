"""The window's latency as a workload of `bench`: benchmarks/window.py in a process of its own.

Its own process, because the window leaves a core of the device to itself, which is settled when OpenCL loads.
"""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.common import Latency

TARGETS = {"late_ms_p99": 16.0, "frames_per_second": 30.0}


def workloads() -> list[Latency]:
    """The window with every experiment playing flat out."""
    return [Latency("window-overview", _measure, TARGETS)]


def _measure() -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.window", "--json"]
    ran = subprocess.run(command, cwd=Path(__file__).resolve().parents[1], capture_output=True, text=True)
    if ran.returncode != 0:
        raise RuntimeError(f"benchmarks.window failed: {ran.stderr.strip()}")
    result = json.loads(ran.stdout)
    return {name: float(value) for name, value in result.items() if isinstance(value, (int, float))}
