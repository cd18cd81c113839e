"""Words in as much room as there is: what is said last is left out before a word is cut."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

ASIDE = re.compile(r" \([^()]*\)$")
SEPARATORS = ("; ", " · ", ", ", ": ")
"""What parts clauses, the strongest first."""
DOTS = "…"
STUMP = 5
"""Letters, dots among them, of which nobody guesses the word."""
LEAST = 3
"""Letters without which a shorter form says nothing."""


def shorter(words: str) -> list[str]:
    """The words, and ever shorter forms of them without what is said last: in brackets, or as a clause of its own."""
    forms = [words]
    while len(less := _without_last(forms[-1])) >= LEAST and less != forms[-1]:
        forms.append(less)
    return forms


def _without_last(words: str) -> str:
    if ASIDE.search(words):
        return ASIDE.sub("", words)
    for separator in SEPARATORS:
        head, found, _ = words.rpartition(separator)
        if found and head.count("(") == head.count(")"):
            return head
    return words


def fitting(words: str, metrics: QFontMetricsF, room: float) -> str:
    """The longest form of the words that fits into so many pixels; the words cut off with dots where none does."""
    for form in shorter(words):
        if metrics.horizontalAdvance(form) <= room:
            return form
    return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)


def naming(words: str, metrics: QFontMetricsF, room: float) -> str:
    """As `fitting`, for an axis: its symbol alone before a word is cut, and nothing before a stump of one."""
    found = fitting(words, metrics, room)
    if not found.endswith(DOTS) or words.endswith(DOTS):
        return found
    symbol = symbol_of(words)
    if symbol and metrics.horizontalAdvance(symbol) <= room:
        return symbol
    return found if len(found) > STUMP else ""


def symbol_of(words: str) -> str:
    """What an axis is called in formulas: before the sign that defines it, or as the last, short word. "" for none."""
    name = shorter(words)[-1].partition(" = ")[0]
    *before, last = name.split(" ")
    of_a_function = bool(before) and before[-1].startswith(("log", "ln"))
    return last if len(last) < LEAST and not last.isdigit() and not of_a_function else ""
