"""Which lessons there are: those that come with the program, then those of a folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, final

from simulator.experiment import AbstractExperiment
from ui.lessons import reader
from ui.lessons.lesson import Lesson, LessonError
from ui.workspaces import Workspace

SUFFIX: Final = ".md"
MOST: Final = 200
"""Files of a folder that are looked at."""
SHIPPED: Final[Traversable] = resources.files("ui.lessons") / "shipped"


@final
@dataclass(frozen=True, slots=True)
class Book:
    """A lesson file: what is in it, or what is wrong with it. path: None for one that comes with the program."""

    source: str
    path: Path | None
    lesson: Lesson | None = None
    error: str = ""

    @property
    def key(self) -> str:
        """What progress is kept under."""
        return self.source.removesuffix(SUFFIX) if self.path is None else str(self.path)


@final
class Library:
    """Reads lessons for a window that has these experiments and workspaces."""

    def __init__(self, experiments: Sequence[type[AbstractExperiment]], workspaces: Sequence[Workspace]) -> None:
        self._known = (tuple(experiments), tuple(workspaces))

    def shipped(self) -> list[Book]:
        """Those that come with the program and that this window can show, in their order."""
        files = sorted((each for each in SHIPPED.iterdir() if each.name.endswith(SUFFIX)), key=lambda each: each.name)
        return _ordered(self._parsed(each) for each in files)

    def folder(self, folder: Path) -> list[Book]:
        """Those of a folder, with what is wrong with any; none where there is no such folder."""
        try:
            found = sorted(path for path in folder.iterdir() if is_lesson(path) and not path.name.startswith("."))
        except OSError:
            return []
        return _ordered(self.read(path) for path in found[:MOST])

    def read(self, path: Path) -> Book:
        """The lesson in a file."""
        try:
            return Book(path.name, path, reader.read(path, *self._known))
        except LessonError as error:
            return Book(path.name, path, error=str(error))

    def again(self, book: Book) -> Book:
        """The same lesson as its file has it now."""
        return self._parsed(SHIPPED / book.source) if book.path is None else self.read(book.path)

    def _parsed(self, file: Traversable) -> Book:
        try:
            return Book(file.name, None, reader.parse(file.read_bytes(), file.name, *self._known))
        except LessonError as error:
            return Book(file.name, None, error=str(error))


def is_lesson(path: Path) -> bool:
    """Whether a name is that of a lesson."""
    return path.suffix.lower() == SUFFIX


def _ordered(books: Iterable[Book]) -> list[Book]:
    """By what their front matter says, then by name; those with a mistake last."""
    return sorted(books, key=lambda each: (each.lesson is None, each.lesson.order if each.lesson else 0, each.source))
