"""Words in as much room as there is: what is said last is left out before a word is cut."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

ASIDE = re.compile(r"\s*(?: \([^()]*\)|; [^;]*| · [^·]*|, [^,]*|: [^:]*)$")
"""The last clause of a phrase: what stands in brackets, or after its last semicolon, dot, comma or colon."""
LEAST = 4
"""Letters without which a shorter form says nothing."""


def shorter(words: str) -> list[str]:
    """The words, and ever shorter forms of them without their last clause."""
    forms = [words]
    while len(less := ASIDE.sub("", forms[-1])) >= LEAST and less != forms[-1]:
        forms.append(less)
    return forms


def fitting(words: str, metrics: QFontMetricsF, room: float) -> str:
    """The longest form of the words that fits into so many pixels; the words cut off with dots where none does."""
    for form in shorter(words):
        if metrics.horizontalAdvance(form) <= room:
            return form
    return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
