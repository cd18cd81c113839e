"""What this process holds in each memory, so that a refusal comes before the allocation."""

import itertools
from collections import defaultdict
from typing import Any, Protocol
from weakref import WeakValueDictionary


class Held(Protocol):
    """An array that takes room as long as anything refers to it."""

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""


_numbers = itertools.count()
_holdings: defaultdict[str, WeakValueDictionary[int, Any]] = defaultdict(WeakValueDictionary)
"""By memory, for several backends may share one: a run that moves is held twice until it has moved."""


def note(memory: str, array: Held) -> None:
    """Count `array` among what `memory` holds until nothing refers to it any more."""
    _holdings[memory][next(_numbers)] = array


def held(memory: str) -> int:
    """Bytes that this process holds in `memory` now."""
    # A list of references at once: other threads may note theirs meanwhile.
    arrays = (reference() for reference in _holdings[memory].valuerefs())
    return sum(array.nbytes for array in arrays if array is not None)
