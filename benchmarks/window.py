"""How alive the window is while everything plays: lateness of its event loop, frames a second, drawing time.

    python -m benchmarks.window [--seconds 8] [--size 1440x900] [--speed STEPS_PER_SECOND] [--json]

Lateness is by how much a timer of 2 ms fires too late: what a click or a key has to wait. Target: p99 below 16 ms,
30 frames a second with five panels.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

WARM_UP_SECONDS = 2.0
TICK_MS = 2


def measure(seconds: float, size: tuple[int, int], speed: float | None, assignments: list[str]) -> dict[str, object]:
    """Open the window on every experiment and watch its event loop."""
    from ui.app import configure_environment, make_application

    configure_environment()
    make_application()
    import numpy as np
    from PySide6.QtCore import Qt, QTimer

    from simulator import parameters
    from simulator.experiments import EXPERIMENTS
    from simulator.runner import Runner
    from simulator.snapshot import Snapshot
    from ui.preferences import Preferences
    from ui.shot import wait, wait_for_picture
    from ui.window import Window

    with tempfile.TemporaryDirectory() as folder:
        window = Window(Runner(), EXPERIMENTS, Preferences(Path(folder) / "window.ini"))
        window.current.prepare(parameters.make(window.current.kind.Params, parameters.parse_assignments(assignments)))
        window.resize(*size)
        began = time.perf_counter()
        window.show()
        window.start()
        wait_for_picture(window)
        first_picture = time.perf_counter() - began
        window.current.set_speed(speed)
        wait(WARM_UP_SECONDS)
        arrivals: list[float] = []
        timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda: arrivals.append(time.perf_counter()))
        timer.start()
        wait(seconds)
        timer.stop()
        late = np.maximum(1e3 * np.diff(arrivals) - TICK_MS, 0.0)
        news = window.current.latest
        result: dict[str, object] = {
            "late_ms_p50": round(float(np.percentile(late, 50)), 2),
            "late_ms_p99": round(float(np.percentile(late, 99)), 2),
            "late_ms_max": round(float(late.max()), 2),
            "frames_per_second": round(window.poller.pace.frames_per_second, 1),
            "draw_ms": round(window.poller.pace.milliseconds, 1),
            "steps_per_second": round(news.steps_per_second, 1) if isinstance(news, Snapshot) else None,
            "first_picture_s": round(first_picture, 2),
            "device": window.runner.device_name,
            "panels": sum(dock.in_sight for dock in window.docks.values()),
        }
        window.close()
        return result


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--size", default="1440x900")
    parser.add_argument("--speed", type=float)
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    width, height = (int(side) for side in arguments.size.split("x"))
    result = measure(arguments.seconds, (width, height), arguments.speed, arguments.set)
    print(json.dumps(result) if arguments.json else "\n".join(f"{name:<18} {value}" for name, value in result.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
