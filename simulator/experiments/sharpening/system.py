"""What a system at several sizes is for the experiment: work in bounded pieces, and all that is known so far."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from simulator.agreement import Agreement
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.figures import Figure
from simulator.snapshot import Scalar

PIECE: Final = 8000.0
"""Work of one step of the experiment, in microseconds of two cores as a model has it: never measured, so that the same
steps do the same work everywhere."""
FIGURES: Final = ("picture", "profile", "transition", "detail", "gap", "spread", "ends")


class AbstractSystem(ABC):
    """One system at all its sizes. Lives in the simulation thread; its state depends on seed, parameters and pieces.

    hurried: whether a window plays, so that no figure may wait for a theory curve.
    """

    hurried: bool = False

    @property
    def awaits_theory(self) -> bool:
        """Whether a theory curve that was wanted last is still being computed."""
        return False

    @abstractmethod
    def update(self, params: SharpeningParams) -> None:
        """Take new values of live parameters; what was measured at others is kept, or made anew from what is kept."""

    @abstractmethod
    def work(self) -> None:
        """One piece of work, of about PIECE."""

    @abstractmethod
    def scalars(self) -> Mapping[str, Scalar]:
        """What is measured so far, one name a size."""

    @abstractmethod
    def drawings(self) -> Mapping[str, Callable[[], Figure]]:
        """How each of FIGURES is drawn from what is measured so far."""

    def figures(self, wanted: Collection[str]) -> Mapping[str, Figure]:
        """Those of FIGURES that are wanted."""
        return {name: draw() for name, draw in self.drawings().items() if name in wanted}

    @abstractmethod
    def agreements(self) -> tuple[Agreement, ...]:
        """Every line of the theory panel."""

    @abstractmethod
    def notes(self) -> tuple[str, ...]:
        """Lines in words."""


def least_advanced(progress: Mapping[int, float]) -> int:
    """The size whose turn it is: the least advanced, of those the smallest."""
    return min(progress, key=lambda size: (progress[size], size))


def shown(sizes: Iterable[int], most: int) -> tuple[int, ...]:
    """At most `most` of the sizes, the first, the last, and between them those nearest to equal ratios."""
    every = sorted(sizes)
    if len(every) <= most:
        return tuple(every)
    ratio = (every[-1] / every[0]) ** (1 / (most - 1))
    wanted = [every[0] * ratio**k for k in range(most)]
    return tuple(sorted({min(every, key=lambda size: max(size / w, w / size)) for w in wanted}))
