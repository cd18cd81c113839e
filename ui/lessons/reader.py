"""From a file to a lesson: every key, name and value is checked, and what is wrong is said with its line."""

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, final

from simulator import parameters, strict_json
from simulator.experiment import AbstractExperiment
from simulator.parameters import ParameterError, did_you_mean, misspelt, shortened
from simulator.runner import DEFAULT_SEED
from simulator.sessions import MAX_SEED, SPEEDS
from ui.lessons import condition
from ui.lessons.lesson import Choice, Lesson, LessonError, Place, Step
from ui.lessons.markdown import Entry, Page, Pages, split
from ui.lessons.names import Names
from ui.workspaces import Workspace

MAX_BYTES: Final = 2**18
MAX_STEPS: Final = 60
LONGEST_TITLE: Final = 120
CHOICES: Final = (2, 6)
FRONT: Final = ("title", "minutes", "experiment", "workspace", "order", "about")
KEYS: Final = (
    *("experiment", "workspace", "set", "seed", "speed", "restart"),
    *("show", "hide", "figure", "place", "wait", "test"),
)
MANY: Final = ("set", "test")
_PLACE: Final = re.compile(
    r"(?P<scalar>\S+) on (?P<axis>x|y) of (?P<figure>\S+)"
    r" from (?P<low>\S+) to (?P<high>\S+) within (?P<within>\S+)"
)
PLACE_FORM: Final = "as in: place: energy on y of energy from -1.3 to 0 within 0.05"


def read(path: Path, experiments: Sequence[type[AbstractExperiment]], workspaces: Sequence[Workspace]) -> Lesson:
    """The lesson in a file. Raises LessonError."""
    try:
        data = strict_json.load(path, MAX_BYTES)
    except strict_json.JsonError as error:
        raise LessonError(path.name, 0, error) from error
    return parse(data, path.name, experiments, workspaces)


def parse(
    data: bytes, source: str, experiments: Sequence[type[AbstractExperiment]], workspaces: Sequence[Workspace]
) -> Lesson:
    """The lesson that a text in UTF-8 holds; `source` is its file's name. Raises LessonError."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise LessonError(source, data.count(b"\n", 0, error.start) + 1, "it is not text in UTF-8 there") from error
    return _Reader(split(text, source), experiments, workspaces).lesson()


@final
@dataclasses.dataclass
class _State:
    """What one experiment has been told by the steps so far."""

    values: dict[str, object]
    test: dict[str, object]
    seed: int
    speed: float | None
    only: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()


class _Reader:
    def __init__(
        self, pages: Pages, experiments: Sequence[type[AbstractExperiment]], workspaces: Sequence[Workspace]
    ) -> None:
        self._pages, self._workspaces = pages, workspaces
        self._kinds = {kind.name: kind for kind in experiments}
        self._states: dict[str, _State] = {}
        self._experiment = self._workspace = ""

    def _fault(self, line: int, what: object) -> LessonError:
        return LessonError(self._pages.source, line, what)

    def lesson(self) -> Lesson:
        front = self._once(self._pages.front, FRONT, "entry of the front matter")
        for needed in ("title", "minutes", "experiment"):
            if needed not in front or not front[needed].value:
                raise self._fault(self._pages.end, f"the front matter has no '{needed}'")
        self._choose_experiment(front["experiment"])
        if "workspace" in front:
            self._choose_workspace(front["workspace"])
        pages = self._pages.pages
        if not 1 <= len(pages) <= MAX_STEPS:
            line = pages[MAX_STEPS].line if pages else self._pages.end
            raise self._fault(
                line, f"it has {len(pages)} steps, and 1 to {MAX_STEPS} are allowed ('## Title' begins one)"
            )
        return Lesson(
            Path(self._pages.source).stem,
            self._title(front["title"].line, front["title"].value),
            self._whole(front["minutes"], 1, 120),
            tuple(self._step(page) for page in pages),
            self._whole(front["order"], 0, 10**6) if "order" in front else 1000,
            self._title(front["about"].line, front["about"].value, "'about'") if "about" in front else "",
        )

    # --- one step ------------------------------------------------------------------------------------------------

    def _step(self, page: Page) -> Step:
        entries = self._once(page.entries, KEYS, "key of a step", MANY)
        if "experiment" in entries:
            self._choose_experiment(entries["experiment"])
        if "workspace" in entries:
            self._choose_workspace(entries["workspace"])
        kind = self._kinds[self._experiment]
        first = kind.name not in self._states
        state = self._states.setdefault(kind.name, _State({}, {}, DEFAULT_SEED, kind.steps_per_second))
        names = Names(kind)
        params, test_params = self._params(page, names, state)
        if "seed" in entries:
            state.seed = self._whole(entries["seed"], 0, MAX_SEED)
        if "speed" in entries:
            state.speed = self._speed(entries["speed"])
        if "show" in entries:
            state.only, state.hidden = self._controls(entries["show"], names), frozenset()
        if "hide" in entries:
            state.hidden = self._controls(entries["hide"], names)
        restart = "restart" in entries and self._yes(entries["restart"])
        text = "\n".join(page.text).strip()
        if not text:
            raise self._fault(page.line, f"step {shortened(page.title)} has no text")
        place = self._place(entries["place"], names) if "place" in entries else None
        choices = self._choices(page)
        if place is not None and choices:
            raise self._fault(
                entries["place"].line, "a step asks for one prediction: a place, or one of several choices"
            )
        return Step(
            self._title(page.line, page.title),
            text,
            "\n".join(page.explanation or ()).strip(),
            kind.name,
            self._workspace,
            params,
            test_params,
            state.seed,
            state.speed,
            changes=any(each.key in ("set", "speed") for each in page.entries),
            fresh=first or restart or "seed" in entries,
            only=state.only,
            hidden=state.hidden,
            figure=self._figure(entries["figure"], names) if "figure" in entries else "",
            choices=choices,
            place=place,
            wait=self._condition(entries["wait"], names) if "wait" in entries else None,
            line=page.line,
        )

    def _params(self, page: Page, names: Names, state: _State) -> tuple[object, object]:
        """The parameters after this step, and those of its tests."""
        lines = dict[str, int]()
        for entry in page.entries:
            if entry.key in MANY:
                name, value = self._assignment(entry, names)
                if entry.key == "set":
                    state.test.pop(name, None)  # what a later step sets holds for tests too
                lines[name] = entry.line
                (state.values if entry.key == "set" else state.test)[name] = value
        try:
            params: object = parameters.make(names.kind.Params, state.values)
            return params, parameters.make(names.kind.Params, state.values | state.test)
        except ParameterError as error:  # each value is allowed, and all of them together are not
            named = [lines[name] for name in error.name.split(", ") if name in lines]
            raise self._fault(max(named or lines.values(), default=page.line), error) from error

    def _assignment(self, entry: Entry, names: Names) -> tuple[str, parameters.Value]:
        name, sign, value = (part.strip() for part in entry.value.partition("="))
        if not sign or not name:
            raise self._fault(entry.line, f"{shortened(entry.value)} is not of the form 'parameter = value'")
        try:
            return names.parameter(name), parameters.field(names.kind.Params, names.parameter(name)).check(value)
        except ParameterError as error:
            raise self._fault(entry.line, error) from error

    def _controls(self, entry: Entry, names: Names) -> frozenset[str]:
        if entry.value == "all":
            return frozenset(field.name for field in parameters.fields(names.kind.Params))
        try:
            return frozenset(names.parameter(word.strip()) for word in entry.value.split(","))
        except ParameterError as error:
            raise self._fault(entry.line, error) from error

    def _figure(self, entry: Entry, names: Names) -> str:
        try:
            return names.figure(entry.value)
        except ParameterError as error:
            raise self._fault(entry.line, error) from error

    def _choices(self, page: Page) -> tuple[Choice, ...]:
        if not page.choices:
            return ()
        line = page.choices[0][0]
        if not CHOICES[0] <= len(page.choices) <= CHOICES[1]:
            raise self._fault(
                line, f"a question has {CHOICES[0]} to {CHOICES[1]} choices, and this one has {len(page.choices)}"
            )
        for at, text, _ in page.choices:
            if not text:
                raise self._fault(at, "this choice says nothing")
        right = [at for at, _, marked in page.choices if marked]
        if len(right) != 1:
            what = "no choice is marked as right, with [x]" if not right else "two choices are marked as right"
            raise self._fault(right[1] if right else line, what)
        return tuple(Choice(text, marked) for _, text, marked in page.choices)

    def _place(self, entry: Entry, names: Names) -> Place:
        match = _PLACE.fullmatch(" ".join(entry.value.replace(",", " ").split()))
        if match is None:
            raise self._fault(entry.line, f"{shortened(entry.value)} cannot be read; {PLACE_FORM}")
        try:
            scalar, figure = names.scalar(match["scalar"]), names.figure(match["figure"])
        except ParameterError as error:
            raise self._fault(entry.line, error) from error
        low, high, within = (self._number(entry.line, match[each]) for each in ("low", "high", "within"))
        if not (low < high and within > 0):
            raise self._fault(entry.line, f"from {low:g} to {high:g} within {within:g} is no range; {PLACE_FORM}")
        return Place(scalar, figure, "x" if match["axis"] == "x" else "y", low, high, within)

    def _condition(self, entry: Entry, names: Names) -> condition.Condition:
        try:
            return names.resolved(condition.parse(entry.value))
        except (condition.ConditionError, ParameterError) as error:
            raise self._fault(entry.line, error) from error

    # --- entries -------------------------------------------------------------------------------------------------

    def _once(
        self, entries: Sequence[Entry], known: Sequence[str], noun: str, many: Sequence[str] = ()
    ) -> Mapping[str, Entry]:
        """Entries by key, all of them known and none of them given twice."""
        found: dict[str, Entry] = {}
        for entry in entries:
            if entry.key not in known:
                raise self._fault(entry.line, misspelt(noun, entry.key, known))
            if entry.key in found and entry.key not in many:
                raise self._fault(entry.line, f"'{entry.key}' is given twice")
            if not entry.value:
                raise self._fault(entry.line, f"'{entry.key}' says nothing")
            found[entry.key] = entry
        return found

    def _choose_experiment(self, entry: Entry) -> None:
        if entry.value not in self._kinds:
            raise self._fault(entry.line, misspelt("experiment", entry.value, list(self._kinds)))
        self._experiment = entry.value
        fitting = [each for each in self._workspaces if each.experiments[0] == entry.value]
        self._workspace = min(fitting, key=lambda each: len(each.experiments)).name if fitting else ""

    def _choose_workspace(self, entry: Entry) -> None:
        found = next((each for each in self._workspaces if each.name == entry.value), None)
        if found is None:
            raise self._fault(entry.line, misspelt("workspace", entry.value, [each.name for each in self._workspaces]))
        if self._experiment not in found.experiments:
            raise self._fault(entry.line, f"workspace {entry.value!r} does not show {self._experiment}")
        self._workspace = found.name

    def _title(self, line: int, text: str, what: str = "a title") -> str:
        if not 1 <= len(text) <= LONGEST_TITLE:
            raise self._fault(line, f"{what} has 1 to {LONGEST_TITLE} characters, and this one has {len(text)}")
        return text

    def _whole(self, entry: Entry, low: int, high: int) -> int:
        word = entry.value
        if not (word.isascii() and word.isdigit() and len(word) <= 20 and low <= int(word) <= high):
            what = f"{entry.key} = {shortened(word)} is not allowed: a whole number from {low} to {high}"
            raise self._fault(entry.line, what)
        return int(word)

    def _number(self, line: int, word: str) -> float:
        number = _float(word)
        if not math.isfinite(number):
            raise self._fault(line, f"{shortened(word)} is no number")
        return number

    def _speed(self, entry: Entry) -> float | None:
        if entry.value == "free":
            return None
        speed = _float(entry.value)
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            what = f"speed = {shortened(entry.value)} is not allowed: steps a second, or 'free'"
            raise self._fault(entry.line, what)
        return speed

    def _yes(self, entry: Entry) -> bool:
        if entry.value not in ("yes", "no"):
            near = did_you_mean(entry.value, ("yes", "no"))
            raise self._fault(entry.line, f"{entry.key} = {shortened(entry.value)} is not allowed: yes or no{near}")
        return entry.value == "yes"


def _float(word: str) -> float:
    """The number that a word is; nan where it is none."""
    try:
        return float(word)
    except ValueError:
        return math.nan
