"""Ctrl+E: every scalar's history and the last figures, with parameters, seed, device and version in the file."""

from pathlib import Path

from simulator.commands import results
from simulator.commands.run import Record, as_json
from simulator.snapshot import Snapshot
from ui.channel import Channel


def suggested_name(channel: Channel) -> str:
    """A file name that says what is in it."""
    return f"{channel.name}-seed{channel.seed}.npz"


def export(channel: Channel, path: Path) -> str:
    """Write the run on show to `path` (.npz or .csv), whole or not at all. Returns what was written, in words.

    The figures are those on screen, of a step that was stepped back to; the history is that of the whole run.

    Raises InputError, FailedError with one line; ValueError where there is no run yet.
    """
    snapshot = channel.seen
    if not isinstance(snapshot, Snapshot):
        raise ValueError("there is nothing to export yet: no picture has arrived")
    if path.suffix.lower() not in results.SUFFIXES:
        path = path.with_name(path.name + ".npz")
    results.check_out(path)
    history = channel.runner.history(channel.name)
    backend, _, device = channel.runner.device_name.partition(": ")
    seconds = snapshot.step / snapshot.steps_per_second if snapshot.steps_per_second > 0 else 0.0
    record = Record(snapshot, history, backend, device, seconds, False)
    results.write(path, history, snapshot.measurement.figures, as_json(record))
    return f"{len(history['step']):,} measurements of {len(snapshot.measurement.scalars)} scalars are in {path}"
