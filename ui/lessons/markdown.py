"""The form of a lesson file: front matter, then steps with their text, settings, choices and explanation, by line.

    ---
    title: ...            front matter: `key: value` lines
    ---
    ## A step             a heading begins a step
    Text in Markdown.
    ```step               settings: `key: value` lines
    set: size = 64
    ```
    - [ ] a wrong answer  choices, as a task list
    - [x] the right one
    ### Explanation       what follows is shown when the step is done

Here nothing is known of what keys and values mean.
"""

import re
from dataclasses import dataclass, field
from typing import Final, final

from simulator.parameters import did_you_mean, shortened
from ui.lessons.lesson import LessonError

EXPLANATION: Final = "explanation"
SETTINGS: Final = "step"
"""What a block of settings is fenced with."""
_CHOICE: Final = re.compile(r"[-*+] \[(?P<mark>[ xX])\]\s*(?P<text>.*)")
_KEY: Final = re.compile(r"(?P<key>[A-Za-z][\w-]*)\s*:\s*(?P<value>.*)")
_FENCE: Final = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})\s*(?P<info>[^`]*)$")


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value`, and its line."""

    line: int
    key: str
    value: str


@final
@dataclass
class Page:
    """One step as it is written. choices: the line of each, its text, and whether it is marked.

    settings: the line of its block of them, 0 for none.
    """

    title: str
    line: int
    settings: int = 0
    entries: list[Entry] = field(default_factory=list)
    choices: list[tuple[int, str, bool]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    explanation: list[str] | None = None

    def write(self, line: str) -> None:
        """Add a line to what is shown before, or after."""
        (self.text if self.explanation is None else self.explanation).append(line)


@final
@dataclass
class Pages:
    """A whole file: `front` its front matter, which ends at line `end`."""

    source: str
    front: list[Entry] = field(default_factory=list)
    end: int = 1
    pages: list[Page] = field(default_factory=list)


def split(text: str, source: str) -> Pages:
    """Take a file apart. Raises LessonError."""
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if any(ord(letter) < 32 and letter != "\t" for letter in line):
            raise LessonError(source, number, "it has characters that are no text")
    pages = Pages(source)
    body = _front(pages, lines)
    _Body(pages, lines).read(body)
    return pages


def _front(pages: Pages, lines: list[str]) -> int:
    """Read the front matter; the index of the line after it."""
    if lines[0].strip() != "---":
        raise LessonError(pages.source, 1, "a lesson begins with a line of three dashes, then 'title: ...'")
    for index, line in enumerate(lines[1:], start=1):
        if line.strip() == "---":
            pages.end = index + 1
            return index + 1
        if line.strip() and not line.lstrip().startswith("#"):
            pages.front.append(_entry(pages.source, index + 1, line))
    raise LessonError(pages.source, 1, "its front matter never ends: a second line of three dashes is missing")


def _entry(source: str, number: int, line: str) -> Entry:
    match = _KEY.fullmatch(line.strip())
    if match is None:
        raise LessonError(source, number, f"{shortened(line.strip())} is not of the form 'key: value'")
    return Entry(number, match["key"].lower(), match["value"].strip())


class _Body:
    """Goes through the lines after the front matter."""

    def __init__(self, pages: Pages, lines: list[str]) -> None:
        self._pages, self._lines = pages, lines
        self._choosing = False

    def read(self, index: int) -> None:
        while index < len(self._lines):
            line = self._lines[index]
            fence = _FENCE.fullmatch(line)
            if fence is not None:
                index = self._block(index, fence["fence"], fence["info"].strip().lower())
            elif line.startswith("## "):
                self._choosing = False
                self._pages.pages.append(Page(line[3:].strip(" #"), index + 1))
            else:
                self._line(index + 1, line)
            index += 1

    def _page(self, number: int) -> Page:
        if not self._pages.pages:
            raise LessonError(self._pages.source, number, "a step begins with a heading: '## Its title'")
        return self._pages.pages[-1]

    def _block(self, index: int, fence: str, info: str) -> int:
        """A fenced block; the index of its last line."""
        page, end = self._page(index + 1), index + 1
        while end < len(self._lines) and not _closes(self._lines[end], fence):
            if info == SETTINGS and _FENCE.fullmatch(self._lines[end]):  # of the next block: its own is missing
                break
            end += 1
        if end == len(self._lines) or not _closes(self._lines[end], fence):
            raise LessonError(self._pages.source, index + 1, f"this block is never closed by {fence}")
        if info == SETTINGS:
            self._settings(page, index, end)
            return end
        inside = [line.strip() for line in self._lines[index + 1 : end] if line.strip()]
        near = did_you_mean(info, (SETTINGS,)) if inside and all(map(_KEY.fullmatch, inside)) else ""
        if near:
            raise LessonError(self._pages.source, index + 1, f"a block of {shortened(info)} holds no settings{near}")
        for line in self._lines[index : end + 1]:
            page.write(line)
        return end

    def _settings(self, page: Page, index: int, end: int) -> None:
        if page.settings:
            what = f"this step has its settings at line {page.settings}: one block of them is allowed"
            raise LessonError(self._pages.source, index + 1, what)
        page.settings = index + 1
        for number, line in enumerate(self._lines[index + 1 : end], start=index + 2):
            if line.strip() and not line.lstrip().startswith("#"):
                page.entries.append(_entry(self._pages.source, number, line))

    def _line(self, number: int, line: str) -> None:
        if not line.strip() and not self._pages.pages:
            return
        page = self._page(number)
        choice = _CHOICE.fullmatch(line.rstrip())
        if choice is not None:
            page.choices.append((number, choice["text"].strip(), choice["mark"] != " "))
            self._choosing = True
        elif self._choosing and line.startswith("  ") and line.strip():
            at, text, right = page.choices[-1]
            page.choices[-1] = (at, f"{text} {line.strip()}", right)
        elif line.startswith("### ") and line[4:].strip(" #").lower() == EXPLANATION:
            if page.explanation is not None:
                raise LessonError(self._pages.source, number, "this step has an explanation already")
            self._choosing, page.explanation = False, []
        else:
            self._choosing = False
            page.write(line)


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]}
