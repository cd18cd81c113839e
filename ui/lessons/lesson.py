"""A lesson as it has been read: frozen, every name and value in it known to be allowed."""

from dataclasses import dataclass
from typing import Literal, final

from ui.lessons.condition import Condition


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of several."""

    text: str
    right: bool


@final
@dataclass(frozen=True, slots=True)
class Place:
    """A prediction of a scalar, by a mark on one axis of a figure, from low to high; right if no farther off than
    `within`."""

    scalar: str
    figure: str
    axis: Literal["x", "y"]
    low: float
    high: float
    within: float


@final
@dataclass(frozen=True, slots=True)
class Step:
    """One page. Its experiment is as `params` says, with `seed` and `speed`, once all steps before it have been taken.

    changes: whether the step sets parameters at all. fresh: it begins the run anew. only, hidden: the controls that
    are shown alone, or that are not shown. figure: that is in sight, of those that take turns in a panel; "" for any.
    test_params: of a smaller run, for automatic tests.
    line: where it stands in its file.
    """

    title: str
    text: str
    explanation: str
    experiment: str
    workspace: str
    params: object
    test_params: object
    seed: int
    speed: float | None
    changes: bool = False
    fresh: bool = False
    only: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()
    figure: str = ""
    choices: tuple[Choice, ...] = ()
    place: Place | None = None
    wait: Condition | None = None
    line: int = 1

    @property
    def predicts(self) -> bool:
        """Whether it asks for a prediction."""
        return bool(self.choices) or self.place is not None

    @property
    def holds(self) -> bool:
        """Whether its settings wait until the prediction has been made: what came before rests until then."""
        return self.predicts and self.wait is not None

    def shows(self, parameter: str) -> bool:
        """Whether it lets the control of a parameter be seen."""
        return parameter not in self.hidden and (self.only is None or parameter in self.only)


@final
@dataclass(frozen=True, slots=True)
class Lesson:
    """name: of its file, without the ending. about: what it is of, in a line. minutes: how long it takes."""

    name: str
    title: str
    minutes: int
    steps: tuple[Step, ...]
    order: int = 1000
    about: str = ""


class LessonError(Exception):
    """A lesson that cannot be used: its file, the line that is at fault, and what is wrong with it, in one line."""

    def __init__(self, source: str, line: int, what: object) -> None:
        super().__init__(f"{source}, line {line}: {what}" if line else f"{source}: {what}")
        self.source, self.line, self.what = source, line, str(what)
