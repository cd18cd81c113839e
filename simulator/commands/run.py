"""`run EXPERIMENT`: one experiment without a window, through the same runner; its scalars, errors and agreement."""

import argparse
import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator import parameters
from simulator.agreement import Agreement
from simulator.backends.registry import BACKENDS
from simulator.commands import missing, results, shell
from simulator.commands.list import table
from simulator.experiment import AbstractExperiment
from simulator.figures import Image, Surface
from simulator.rounding import with_error
from simulator.snapshot import Snapshot
from simulator.version import VERSION

CHUNK_SECONDS = 0.1
SIGNIFICANT = 5
"""Digits of a number without an error."""
MEASUREMENTS = 100
"""How many measurements a history has unless --every says otherwise."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one run left: its last snapshot, the history of every scalar, and what it cost."""

    snapshot: Snapshot
    history: Mapping[str, NDArray[Any]]
    backend: str
    device: str
    seconds: float
    interrupted: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this command's arguments."""
    parser.add_argument("experiment", metavar="EXPERIMENT", nargs="?", help="a name that 'list' gives")
    shell.add_set(parser)
    shell.add_session(parser)
    parser.add_argument(
        "--steps", type=shell.whole_number("--steps", 0, shell.MAX_STEPS), help="how many steps to take"
    )
    parser.add_argument(
        "--seed", type=shell.whole_number("--seed", 0, shell.MAX_SEED), help="fixes every random number"
    )
    parser.add_argument(
        "--backend",
        type=shell.one_of("--backend", BACKENDS),
        default="auto",
        metavar="auto|opencl|numba",
    )
    parser.add_argument("--device", metavar="SUBSTRING", help="part of a device's name, as 'doctor' gives it")
    parser.add_argument("--out", type=Path, metavar="FILE.npz|FILE.csv", help="history of every scalar, figures, meta")
    parser.add_argument(
        "--every", metavar="K", type=shell.whole_number("--every", 1, shell.MAX_STEPS), help="measure every K steps"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(arguments: argparse.Namespace) -> int:
    """Run, write what was asked for, print the result."""
    from simulator.runner import Runner

    shell.take_stray(arguments, "experiment")
    kind, params, seed = asked(arguments)
    steps = kind.steps_per_run if arguments.steps is None else arguments.steps
    if arguments.out is not None:
        results.check_out(arguments.out)
    runner = Runner(arguments.backend, arguments.device)
    runner.open(kind.name, params, seed)
    _ = runner.backend
    if runner.announcement:
        print(f"funnelscope: {runner.announcement}", file=sys.stderr)
    progress = bar if sys.stderr.isatty() and not arguments.json else silence
    every = None if arguments.out is None else arguments.every or max(1, math.ceil(steps / MEASUREMENTS))
    whole = False
    try:
        record = drive(runner, kind.name, steps, every, progress)
        whole = not record.interrupted
    finally:
        if progress is bar and not whole:  # the bar stands in mid-line
            print(file=sys.stderr)
    result = as_json(record)
    # Printed first, so that a full disk does not take a long run's result with it.
    print(shell.dump(result) if arguments.json else summary(result, record))
    if arguments.out is not None:
        results.write(arguments.out, record.history, record.snapshot.measurement.figures, result)
    return shell.INTERRUPTED if record.interrupted else shell.DONE


def asked(arguments: argparse.Namespace) -> tuple[type[AbstractExperiment], object, int]:
    """The experiment, its parameters and its seed: those of a session, where --set and --seed say nothing else."""
    from simulator import presets, sessions
    from simulator.runner import experiment_class

    session = None if arguments.session is None else presets.find(arguments.session)
    if session is not None:
        sessions.check_workspace(session)
    name = arguments.experiment
    if name is None and session is not None and len(session.experiments) == 1:
        name = next(iter(session.experiments))
    if name is None and session is not None:
        held = list(session.experiments)
        line = f"the session holds {', '.join(held)}: name one of them, as in 'run {held[0]} --session …'"
        raise shell.InputError(f"which experiment? {line}")
    if name is None:
        raise shell.InputError("which experiment? 'python main.py list' names them")
    kind = experiment_class(name)
    begun = sessions.usual(kind) if session is None else session.run(name)
    values = parameters.to_json(begun.params) | parameters.parse_assignments(arguments.set)
    seed = begun.seed if arguments.seed is None else arguments.seed
    return kind, parameters.make(kind.Params, values), seed


def drive(runner: Any, name: str, steps: int, every: int | None, progress: Callable[[int, int, float], None]) -> Record:
    """Take `steps` steps or until Ctrl+C; measure at the end, and with `every` at the start and every so many steps."""
    done, chunk = 0, 1
    with shell.interruption() as interrupted:
        progress(0, steps, 0.0)  # building the run may take seconds
        start = runner.measure(name, () if every is None else None)  # builds the run, before the clock starts
        plots = plot_names(start)
        began = time.perf_counter()
        while done < steps and not interrupted:
            take = min(chunk, steps - done, every - done % every if every is not None else steps)
            before = time.perf_counter()
            runner.advance(name, take)
            spent = time.perf_counter() - before
            done += take
            if take == chunk:
                chunk = max(1, int(chunk * min(2.0, max(0.5, CHUNK_SECONDS / max(spent, 1e-9)))))
            if every is not None and done % every == 0 and done < steps:
                runner.measure(name, plots)
            progress(done, steps, time.perf_counter() - began)
        seconds = time.perf_counter() - began  # what the run cost, without the figures and theory of the last snapshot
        last = runner.measure(name)
        backend = runner.backend
        return Record(last, runner.history(name), backend.name, backend.device, seconds, bool(interrupted))


def plot_names(snapshot: Snapshot) -> tuple[str, ...]:
    """The figures that measure scalars while they are drawn: all but pictures."""
    figures = snapshot.measurement.figures.items()
    return tuple(name for name, figure in figures if not isinstance(figure, (Image, Surface)))


def silence(done: int, steps: int, seconds: float) -> None:
    """No progress bar."""


def bar(done: int, steps: int, seconds: float) -> None:
    """Draw the progress bar on standard error; before the first step, that the run is being built."""
    filled = 30 * done // max(steps, 1)
    left = seconds * (steps - done) / max(done, 1)
    end = "\n" if done >= steps else ""
    pace = f"{done / max(seconds, 1e-9):,.0f}/s, {left:.0f} s left" if done else "building the run"
    text = f"[{'#' * filled}{'.' * (30 - filled)}] {done:,} of {steps:,} steps, {pace}"
    print(f"\r{text:<78}", end=end, file=sys.stderr, flush=True)


def as_json(record: Record) -> dict[str, Any]:
    """The one object that --json prints and that goes into every file as `meta`."""
    snapshot = record.snapshot
    measurement = snapshot.measurement
    return {
        "experiment": snapshot.experiment,
        "version": VERSION,
        "parameters": parameters.to_json(snapshot.params),
        "seed": snapshot.seed,
        "backend": record.backend,
        "device": record.device,
        "steps": snapshot.step,
        "seconds": record.seconds,
        "steps_per_second": snapshot.step / record.seconds if record.seconds > 0 else 0.0,
        "scalars": {
            name: {"mean": float(s.mean), "stderr": float(s.stderr), "n": int(s.n)}
            for name, s in measurement.scalars.items()
        },
        "agreement": [_agreement(line) for line in measurement.agreement],
        "diverged": bool(measurement.diverged),
        "interrupted": record.interrupted,
        "notes": [*measurement.notes, *missing.reasons(measurement, snapshot.params)],
    }


def _agreement(line: Agreement) -> dict[str, Any]:
    return {
        "name": line.name,
        "measured": float(line.measured),
        "stderr": float(line.stderr),
        "predicted": float(line.predicted),
        "sigmas": float(line.sigmas),
        "within": None if line.within is None else bool(line.within),
        "source": line.source,
        "because": line.because,
    }


def summary(result: Mapping[str, Any], record: Record) -> str:
    """The result for a reader."""
    measurement = record.snapshot.measurement
    lines = [
        f"{result['experiment']}: {result['steps']:,} steps in {record.seconds:.2f} s "
        f"({result['steps_per_second']:,.0f}/s), seed {result['seed']}, {result['backend']}: {result['device']}"
        + (", interrupted" if record.interrupted else ""),
        "",
    ]
    rows: list[tuple[str, ...]] = [
        (name, f"{s.mean:.6g}", f"± {s.stderr:.2g}" if np.isfinite(s.stderr) else "")
        for name, s in measurement.scalars.items()
    ]
    lines += table(rows) if rows else []
    if measurement.agreement:
        lines += ["", *table([("measured", "", "", "predicted", ""), *map(_row, measurement.agreement)])]
    if measurement.diverged:
        lines += ["", "The simulated system diverged: values beyond the numbers' range are shown as nan or inf."]
    return "\n".join([*lines, *(["", *result["notes"]] if result["notes"] else [])])


def _row(line: Agreement) -> tuple[str, ...]:
    measured = with_error(line.measured, line.stderr, SIGNIFICANT)
    if not math.isfinite(line.predicted):
        return line.name, measured, "", "", f"no prediction: {line.because}"
    words = "agrees" if line.within else "DISAGREES"
    reason = "no error bar" if math.isnan(line.stderr) else "too few samples"
    verdict = f"no verdict: {reason}" if line.within is None else f"{line.sigmas:+.1f} sigmas, {words}"
    predicted = with_error(line.predicted, line.allowance, SIGNIFICANT)
    return line.name, measured, "against", predicted, verdict
