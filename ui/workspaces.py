"""Named arrangements of panels, as data: later workspaces are further rows of WORKSPACES."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from simulator.experiment import AbstractExperiment

CONTROLS, THEORY = "controls", "theory"


@dataclass(frozen=True, slots=True)
class Split:
    """Parts beside or below each other, with their shares of the room: a dock's name, docks tabbed, or a split."""

    way: Literal["row", "column"]
    parts: tuple["Part", ...]
    shares: tuple[float, ...]


Part = str | tuple[str, ...] | Split


@dataclass(frozen=True, slots=True)
class Workspace:
    """experiments: their names; the first is the one whose controls belong to it. main: the arrangement of their views.

    controls: whether they are shown at first.
    """

    name: str
    title: str
    experiments: tuple[str, ...]
    arrangement: Part
    controls: bool = True


LANDSCAPE = Split(
    "column",
    (
        Split(
            "row",
            ("landscape.landscape", Split("column", ("landscape.energy", THEORY), (0.58, 0.42))),
            (0.52, 0.48),
        ),
        Split("row", ("landscape.overlap", "landscape.hessian"), (0.66, 0.34)),
    ),
    (0.6, 0.4),
)

PROPAGATION = Split(
    "row",
    (
        Split("column", ("propagation.phase", THEORY), (0.6, 0.4)),
        Split(
            "column",
            ("propagation.signals", Split("row", ("propagation.manifold", "propagation.jacobian"), (0.58, 0.42))),
            (0.41, 0.59),
        ),
    ),
    (0.45, 0.55),
)

TRAINING = Split(
    "row",
    (
        Split("column", ("training.data", THEORY), (0.62, 0.38)),
        Split(
            "column",
            (
                "training.loss",
                Split("row", ("training.landscape", "training.curvature"), (0.5, 0.5)),
                "training.networks",
            ),
            (0.36, 0.36, 0.28),
        ),
    ),
    (0.44, 0.56),
)

DIVERGENCE = Split(
    "row",
    (
        Split("column", ("divergence.twins", THEORY), (0.72, 0.28)),
        Split(
            "column",
            (
                Split("row", ("divergence.exponent", "divergence.course"), (0.5, 0.5)),
                Split("row", ("divergence.map", "divergence.trainability"), (0.5, 0.5)),
            ),
            (0.47, 0.53),
        ),
    ),
    (0.4, 0.6),
)

SHARPENING = Split(
    "row",
    (
        Split("column", ("sharpening.landscapes", "sharpening.scaling"), (0.55, 0.45)),
        Split("column", ("sharpening.transition", "sharpening.ends", THEORY), (0.38, 0.29, 0.33)),
    ),
    (0.53, 0.47),
)

OVERVIEW = Split(
    "column",
    (
        Split("row", ("landscape.landscape", "training.data", "propagation.manifold"), (0.42, 0.3, 0.28)),
        Split("row", ("sharpening.landscapes", "divergence.twins", "divergence.trainability"), (0.42, 0.3, 0.28)),
    ),
    (0.52, 0.48),
)

WORKSPACES: tuple[Workspace, ...] = (
    Workspace(
        "overview",
        "Overview",
        ("landscape", "training", "propagation", "divergence", "sharpening"),
        OVERVIEW,
        controls=False,
    ),
    Workspace("landscape", "Landscape", ("landscape",), LANDSCAPE),
    Workspace("training", "Training", ("training",), TRAINING),
    Workspace("propagation", "Order and chaos", ("propagation",), PROPAGATION),
    Workspace("divergence", "Divergence", ("divergence",), DIVERGENCE),
    Workspace("sharpening", "Sharpening", ("sharpening",), SHARPENING),
)


def workspaces_for(experiments: Sequence[type[AbstractExperiment]]) -> tuple[Workspace, ...]:
    """The named workspaces whose experiments exist, and one for each experiment that none of them shows."""
    names = {kind.name for kind in experiments}
    known = [w for w in WORKSPACES if names.issuperset(w.experiments)]
    shown = {name for w in known for name in w.experiments}
    rest = [Workspace(k.name, k.title, (k.name,), make_arrangement(k)) for k in experiments if k.name not in shown]
    return (*known, *rest)


def home_of(workspaces: Sequence[Workspace], experiment: str) -> Workspace:
    """Where an experiment is shown with the fewest others."""
    return min((each for each in workspaces if experiment in each.experiments), key=lambda w: len(w.experiments))


def make_arrangement(kind: type[AbstractExperiment]) -> Split:
    """First view large with the theory below it, the others in a column beside them."""
    names = [f"{kind.name}.{view.name}" for view in kind.views]
    left = Split("column", (names[0], THEORY), (0.68, 0.32))
    others = names[1:]
    if not others:
        return left
    right = Split("column", tuple(others), tuple(1 / len(others) for _ in others))
    return Split("row", (left, right), (0.58, 0.42))


def leaves(part: Part) -> list[str]:
    """Names of all docks in an arrangement."""
    if isinstance(part, str):
        return [part]
    return [name for inner in (part.parts if isinstance(part, Split) else part) for name in leaves(inner)]


def arrange(
    window: QMainWindow, docks: Mapping[str, QDockWidget], part: Part, controls_width: int, controls_shown: bool = True
) -> None:
    """Place the controls at the left and `part` beside them; docks that it does not name are closed.

    Docks named in `part` that do not exist are left out, their room goes to the others.
    """
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)
    wanted = _pruned(part, docks)
    controls = docks[CONTROLS]
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, controls)
    controls.show()
    if wanted is None:
        return
    first = docks[leaves(wanted)[0]]
    window.splitDockWidget(controls, first, Qt.Orientation.Horizontal)
    _place(window, docks, wanted)
    for name in leaves(wanted):
        docks[name].setFloating(False)
        docks[name].show()
    controls.setVisible(controls_shown)
    width, height = window.width() - controls_width * controls_shown, window.height() - 100
    if controls_shown:
        window.resizeDocks([controls, first], [controls_width, width], Qt.Orientation.Horizontal)
    _resize(window, docks, wanted, width, height)


def _pruned(part: Part, docks: Mapping[str, QDockWidget]) -> Part | None:
    if isinstance(part, str):
        return part if part in docks else None
    if not isinstance(part, Split):
        return tuple(name for name in part if name in docks) or None
    kept = [(inner, share) for inner, share in zip(part.parts, part.shares, strict=True)]
    found = [(p, share) for p, share in ((_pruned(inner, docks), share) for inner, share in kept) if p is not None]
    if not found:
        return None
    total = sum(share for _, share in found)
    return Split(part.way, tuple(p for p, _ in found), tuple(share / total for _, share in found))


def _place(window: QMainWindow, docks: Mapping[str, QDockWidget], part: Part) -> None:
    """Split the area of the part's first dock, which is in place already, among all of it."""
    if isinstance(part, str):
        return
    if not isinstance(part, Split):
        for name in part[1:]:
            window.tabifyDockWidget(docks[part[0]], docks[name])
        docks[part[0]].raise_()
        return
    for before, after in zip(part.parts, part.parts[1:], strict=False):
        window.splitDockWidget(docks[leaves(before)[0]], docks[leaves(after)[0]], _orientation(part))
    for inner in part.parts:
        _place(window, docks, inner)


def _resize(window: QMainWindow, docks: Mapping[str, QDockWidget], part: Part, width: float, height: float) -> None:
    if not isinstance(part, Split):
        return
    along = width if part.way == "row" else height
    first = [docks[leaves(inner)[0]] for inner in part.parts]
    window.resizeDocks(first, [round(share * along) for share in part.shares], _orientation(part))
    for inner, share in zip(part.parts, part.shares, strict=True):
        _resize(window, docks, inner, *((share * width, height) if part.way == "row" else (width, share * height)))


def _orientation(part: Split) -> Qt.Orientation:
    return Qt.Orientation.Horizontal if part.way == "row" else Qt.Orientation.Vertical
