"""Undo and redo of frozen values: the present one is the single mutable truth of what a run was last given."""

from collections.abc import Hashable
from typing import Generic, TypeVar, final

P = TypeVar("P")
DEPTH = 500


@final
class Timeline(Generic[P]):
    """Values in the order in which they were chosen, with a place in that order.

    Changes that share a `gesture` (one drag of one slider) count as one, until `seal()`.
    """

    def __init__(self, initial: P) -> None:
        self._past: list[P] = []
        self._future: list[P] = []
        self._gesture: Hashable | None = None
        self.present = initial

    def change(self, value: P, gesture: Hashable | None = None) -> None:
        """Make `value` the present one; what had been undone is forgotten. Equal to the present: nothing happens."""
        if value == self.present:
            return
        if gesture is None or gesture != self._gesture:
            self._past = [*self._past[-DEPTH + 1 :], self.present]
        elif self._past and self._past[-1] == value:  # dragged back to where it began: as if nothing had been done
            self._past.pop()
            gesture = None
        self._future.clear()
        self._gesture = gesture
        self.present = value

    def seal(self) -> None:
        """End the gesture: the next change is a new one, whatever its name."""
        self._gesture = None

    def undo(self) -> P:
        """Go back one change, if there is one. Returns the present value."""
        return self._move(self._past, self._future)

    def redo(self) -> P:
        """Go forward again, if anything was undone. Returns the present value."""
        return self._move(self._future, self._past)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to go back to."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone change."""
        return bool(self._future)

    def _move(self, source: list[P], target: list[P]) -> P:
        self.seal()
        if source:
            target.append(self.present)
            self.present = source.pop()
        return self.present
