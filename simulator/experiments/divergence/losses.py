"""Pictures of twins of networks: losses and accuracies of both."""

from typing import Final

import numpy as np

from simulator.experiments.divergence.networks import NetworkTwins
from simulator.experiments.training.pictures import FLOOR
from simulator.experiments.training.predictions import EXPLODED
from simulator.figures import Curve, Curves, Level, frozen

NAMES: Final = ("networks", "their twins")


def losses(twins: NetworkTwins) -> Curves:
    """Training and test loss, medians over networks."""
    return Curves("Loss of both", "steps", "loss L", _curves(twins, ("train", "test"), FLOOR), y_scale="log")


def accuracies(twins: NetworkTwins) -> Curves:
    """Share of examples that are right, medians over networks."""
    classes = twins.first.data.classes
    if classes == 0:
        return Curves("Test loss of both", "steps", "test loss", _curves(twins, ("test",), FLOOR), y_scale="log")
    levels = (Level(1 / max(2, classes), "chance"),)
    curves = _curves(twins, ("train_accuracy", "test_accuracy"), None)
    return Curves("How many are right", "steps", "accuracy", curves, levels=levels)


def _curves(twins: NetworkTwins, columns: tuple[str, ...], floor: float | None) -> tuple[Curve, ...]:
    found = []
    words = {"train": "training", "train_accuracy": "training", "test": "test", "test_accuracy": "test"}
    for c, column in enumerate(columns):
        for k, (name, trace) in enumerate(zip(NAMES, twins.traces, strict=True)):
            values = trace.column(column)[1]
            with np.errstate(invalid="ignore"):
                shown = np.where(np.abs(values) < EXPLODED, values, np.nan)
            shown = shown if floor is None else np.maximum(shown, floor)
            index = 2 * c + k + (2 * c + k > 2)  # the fourth of the palette is too near the measurement's blue
            role = "measurement" if index == 0 else "series"
            label = f"{name}, {words[column]}"
            found.append(Curve(label, frozen(trace.steps), frozen(shown), role, index=index))  # type: ignore[arg-type]
    return tuple(found)
