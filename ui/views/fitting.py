"""Words in as much room as there is: what is said last is left out before a word is cut."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

ASIDE = re.compile(r" \([^()]*\)$")
SEPARATORS = ("; ", " · ", ", ", ": ")
"""What parts clauses, the strongest first."""
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
