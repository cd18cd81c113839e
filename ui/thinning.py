"""Fewer cues for the same hour: where a parameter is dragged, neighbours become one until there are few enough."""

from collections.abc import Sequence
from typing import Final

from simulator.parameters import Value
from simulator.scenes import MAX_SECONDS, Cue

CLOSE: Final = 0.2
"""Seconds that two neighbours may span to become one, at first."""
TOUCHES: Final = 1e-3
"""Seconds between the end of one change and the beginning of the next, which goes on where that ended."""


def thinned(cues: Sequence[Cue], most: int) -> tuple[Cue, ...]:
    """`cues` in order of time, at most `most` where changes of parameters can be left out.

    Two neighbours that change nothing but parameters of one experiment become one that ends where the second does, if
    nothing else happens between them: first those within 0.2 s, then those within 0.4 s, and so on.
    """
    found, close = sorted(cues, key=lambda cue: cue.at), CLOSE
    while len(found) > most and close < MAX_SECONDS:
        found = sorted(_halved(found, close), key=lambda cue: cue.at)
        close *= 2.0
    return tuple(found)


def _halved(cues: Sequence[Cue], close: float) -> list[Cue]:
    """Pairs of neighbours that span `close` seconds at most, made one."""
    kept: list[Cue] = []
    single: dict[str, int] = {}  # by experiment: where in `kept` its last change is that has not been made one yet
    for cue in cues:
        name = _changes_alone(cue)
        if name is None:
            single.clear()
            kept.append(cue)
            continue
        one = _as_one(kept[single[name]], cue, name, close) if name in single else None
        if one is None:
            single[name] = len(kept)
            kept.append(cue)
        else:
            kept[single.pop(name)] = one
    return kept


def _changes_alone(cue: Cue) -> str | None:
    """The one experiment whose parameters a cue changes, if it does nothing else."""
    name = next(iter(cue.set), None)
    plain = Cue(cue.at, over=cue.over, ease=cue.ease, set=cue.set)
    return name if cue == plain and len(cue.set) == 1 else None


def _as_one(first: Cue, second: Cue, name: str, close: float) -> Cue | None:
    """Both changes as one; None where they are no neighbours, or only one of them takes time."""
    end = second.at + second.over
    values: dict[str, dict[str, Value]] = {name: {**first.set[name], **second.set[name]}}
    if end - first.at > close + TOUCHES or first.ease != second.ease:
        return None
    if first.over > 0.0 and second.over > 0.0 and abs(first.at + first.over - second.at) < TOUCHES:
        return Cue(first.at, over=round(end - first.at, 6), ease=first.ease, set=values)
    return Cue(second.at, ease=second.ease, set=values) if first.over == second.over == 0.0 else None
