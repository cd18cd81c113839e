"""The plots of networks of several widths on common axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from simulator.experiments.sharpening.moments import Moments, Statistic, mean, spread
from simulator.experiments.sharpening.plots import CLEAR, against_size, density, series, shrinks
from simulator.figures import Curve, Curves, Level, frozen

if TYPE_CHECKING:
    from simulator.experiments.sharpening.widths import Widths

WIDTH = "width of the hidden layer"
LOSS = "final test loss"
BARRIER = 1.02
"""Of the loss at the higher end, what there is on the way where it counts as a barrier."""


def lines(system: Widths, test: bool) -> Curves:
    """Loss on the straight line from initial to final weights, of each width, with the spread over networks."""
    curves = []
    for k, size in enumerate(system.sizes):
        if size in system.lines:
            a, train, tested = system.lines[size]
            values = tested if test else train
            curves.append(series(f"width {size}", k, a, values.mean(axis=1), values.std(axis=1)))
    which = "test" if test else "training"
    barrier = any(float(curve.y.max()) > BARRIER * max(float(curve.y[0]), float(curve.y[-1])) for curve in curves)
    titles = ("Loss between start and end", "A barrier between start and end", "No barrier between start and end")
    return Curves(
        titles[0] if not curves else titles[1] if barrier else titles[2],
        "a: weights (1 − a) θ(0) + a θ(end)",
        f"{which} loss",
        tuple(curves),
        note="mean and spread over networks" if curves else "the first networks are being trained",
    )


def _ends(system: Widths) -> tuple[float, float]:
    """The range of losses that is drawn: all but the worst of the narrowest networks."""
    every = np.concatenate([system.losses(size) for size in system.known])
    low, high = float(every.min()), float(np.percentile(every, 99))
    margin = 0.05 * (high - low) or 0.01
    return low - margin, high + margin


def distribution(system: Widths) -> Curves:
    """Densities of the final test losses of each width."""
    known = [size for size in system.known if len(system.losses(size)) > 3]
    curves = []
    if known:
        low, high = _ends(system)
        colours = {size: k for k, size in enumerate(system.sizes)}
        drawn = [density(f"width {size}", colours[size], system.losses(size), low, high) for size in known]
        # A narrow peak would leave nothing of the broad ones: each is drawn in units of its own height.
        curves = [series(c.label, c.index, c.x, c.y / max(float(c.y.max()), 1e-300)) for c in drawn]
    agree = shrinks(system.known, spread)
    return Curves(
        "The wider, the more alike their losses" if agree else "Final losses of each width",
        LOSS,
        "density / its peak",
        tuple(curves),
    )


def tail(system: Widths) -> Curves:
    """Share of networks that are worse than a loss: the tail of bad minima of narrow networks."""
    curves = []
    for k, size in enumerate(system.sizes):
        losses = np.sort(system.losses(size))
        if len(losses) > 1:
            share = 1 - np.arange(len(losses)) / len(losses)
            curves.append(series(f"width {size}", k, losses, share))
    worst = {size: float(np.percentile(e, 95)) for size in system.known if len(e := system.losses(size)) > 1}
    narrow = len(worst) > 1 and worst[max(worst)] < CLEAR * worst[min(worst)]
    title = "Bad minima are for narrow networks" if narrow else "How many networks end above a loss"
    return Curves(title, LOSS, "share above", tuple(curves), "log", "log")


def loss(system: Widths) -> Curves:
    """Mean final test loss against width."""
    curves: list[Curve] = [against_size("mean", system.known, mean), *_of_widest(system.known, mean)]
    means = np.array([moments.scalar(mean).mean for _, moments in sorted(system.known.items())])
    better = shrinks(system.known, mean)
    less = means.size > 2 and means[-2] - means[-1] < CLEAR * (means[0] - means[1])
    title = "Loss against width" if not better else "Wider is better, by ever less" if less else "Wider is better"
    return Curves(title, WIDTH, LOSS, tuple(curves), "log", "log")


def loss_spread(system: Widths) -> Curves:
    """Standard deviation of the final test loss against width."""
    curves: list[Curve] = [against_size("measured", system.known, spread)]
    curves += _of_widest(system.known, spread)
    title = "Wide networks agree" if shrinks(system.known, spread) else "How much networks differ"
    return Curves(title, WIDTH, "std of the loss", tuple(curves), "log", "log")


def accuracy(system: Widths) -> Curves:
    """Share of right answers on the test set against width."""
    known = {size: m for size, m in system.right.items() if m.n and m.total[0] > 0}
    curves = (against_size("mean", known, mean), *_of_widest(known, mean))
    return Curves("What it means for answers", WIDTH, "accuracy", curves, "log", levels=(Level(1.0, "all right"),))


def _of_widest(known: Mapping[int, Moments], statistic: Statistic) -> tuple[Curve, ...]:
    """What the widest networks come to, as a line through all widths."""
    if not known:
        return ()
    x = np.array([0.85 * min(known), 1.18 * max(known)])
    y = np.full(2, float(statistic(known[max(known)].total)))
    return (Curve(f"of width {max(known)}", frozen(x), frozen(y), "series", index=1),)
