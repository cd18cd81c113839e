"""Lesson files: what is read from them, and with which line a mistake is refused. Conditions."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.experiments import EXPERIMENTS
from ui.lessons import condition, reader
from ui.lessons.condition import Compare, ConditionError, Joined, parse
from ui.lessons.lesson import Lesson, LessonError, Place
from ui.workspaces import workspaces_for

ROOT = Path(__file__).resolve().parents[2]
FRONT = "---\ntitle: A lesson\nminutes: 5\nexperiment: landscape\n---\n"


def read(text: str | bytes, source: str = "my-lesson.md") -> Lesson:
    data = text.encode() if isinstance(text, str) else text
    return reader.parse(data, source, EXPERIMENTS, workspaces_for(EXPERIMENTS))


def step(*lines: str) -> str:
    """A lesson of one step; its first setting stands in line 9."""
    return FRONT + "## One\nText.\n```step\n" + "\n".join(lines) + "\n```\n"


def test_a_step_says_what_is_set_and_it_stays_for_the_next() -> None:
    lesson = read(
        step("set: family = glass", "set: landscape.size = 64", "seed: 7", "speed: free", "hide: all")
        + "## Two\nMore.\n```step\nset: size = 32\nshow: size\n```\n- [ ] wrong\n- [x] right,\n  indeed\n"
        + "### Explanation\nSo.\n"
    )
    one, two = lesson.steps
    assert (one.params.family, one.params.size) == ("glass", 64)  # type: ignore[attr-defined]
    assert (two.params.family, two.params.size) == ("glass", 32)  # type: ignore[attr-defined]
    assert (one.seed, one.speed, two.seed, two.speed) == (7, None, 7, None)
    assert one.fresh and not two.fresh and two.changes
    assert not one.shows("size") and two.shows("size") and not two.shows("family")
    assert [(each.text, each.right) for each in two.choices] == [("wrong", False), ("right, indeed", True)]
    assert (two.text, two.explanation) == ("More.", "So.")


def test_settings_may_have_remarks() -> None:
    lesson = read(step("## the first run", "set: size = 32"))
    assert lesson.steps[0].params.size == 32  # type: ignore[attr-defined]


def test_a_block_that_is_not_of_settings_is_text() -> None:
    assert "x = 1" in read(FRONT + "## One\nText:\n```setup\nx = 1\n```\n").steps[0].text
    lesson = read(FRONT + "## One\nText:\n```\n## no step\nset: x = 1\n```\n")
    assert len(lesson.steps) == 1
    assert "## no step" in lesson.steps[0].text


def test_a_place_names_scalar_axis_figure_and_range() -> None:
    lesson = read(step("place: landscape.energy on y of energy, from -1.3 to 0, within 0.05"))
    assert lesson.steps[0].place == Place("energy", "energy", "y", -1.3, 0.0, 0.05)


def test_values_for_tests_are_apart_until_another_is_set() -> None:
    lesson = read(step("set: size = 256", "test: size = 16") + "## Two\nMore.\n```step\nset: size = 32\n```\n")
    assert lesson.steps[1].test_params.size == 32  # type: ignore[attr-defined]
    assert lesson.steps[0].params.size == 256  # type: ignore[attr-defined]
    assert lesson.steps[0].test_params.size == 16  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "three dashes"),
        ("## One\n", 1, "three dashes"),
        ("---\ntitle: A\n", 1, "never ends"),
        ("---\ntitle: A\nminutes: 5\n---\n## One\nText.\n", 4, "no 'experiment'"),
        ("---\ntitle A\n---\n", 2, "key: value"),
        ("---\ntitle: A\ntitle: B\n---\n", 3, "given twice"),
        ("---\ntitel: A\n---\n", 2, "did you mean 'title'"),
        (FRONT.replace("5", "soon") + "## One\nText.\n", 3, "whole number from 1 to 120"),
        (FRONT.replace("landscape", "landscap") + "## One\nText.\n", 4, "did you mean 'landscape'"),
        (FRONT, 5, "0 steps"),
        (FRONT + "Text before.\n", 6, "begins with a heading"),
        (FRONT + "## One\n", 6, "no text"),
        (FRONT + "##  \nText.\n", 6, "title"),
        (FRONT + "## One\nText.\n```step\nset: size = 64\n", 8, "never closed"),
        (
            FRONT
            + "## One\nText.\n```step\nset: size = 64\n\n### Explanation\nSo.\n## Two\nA.\n```step\nseed: 1\n```\n",
            8,
            "never closed",
        ),
        (FRONT + "## One\nText.\n```stp\nset: size = 64\n```\n", 8, "did you mean 'step'?"),
        (step("seed: 3") + "```step\nspeed: 9\n```\n", 11, "has its settings at line 8"),
        (FRONT + "## One\nA\x07.\n", 7, "no text"),
        (FRONT + "## One\nText.\n- [x] a\n", 8, "a question has 2 to 6 choices, and this one has 1"),
        (FRONT + "## One\nText.\n- [ ] a\n- [ ] b\n", 8, "marked as right"),
        (FRONT + "## One\nText.\n- [x] a\n- [x] b\n", 9, "two choices"),
        (FRONT + "## One\nText.\n- [x] a\n- [ ]\n", 9, "says nothing"),
        (step("size = 64"), 9, "key: value"),
        (step("sett: size = 64"), 9, "no key of a step 'sett'; did you mean 'set'"),
        (step("seed: 1", "seed: 2"), 10, "given twice"),
        (step("wait:"), 9, "says nothing"),
        (step("set: size"), 9, "parameter = value"),
        (step("set: sizes = 64"), 9, "did you mean 'size'"),
        (step("set: size = 5000"), 9, "a whole number from 2 to 1024"),
        (step("set: size = nan"), 9, "a whole number from 2 to 1024"),
        (step("set: training.width = 8"), 9, "'experiment: ...' chooses another"),
        (step("set: a3 = 0", "# all couplings are off"), 9, "a2"),
        (step("set: a2 = 0", "set: a3 = 0", "set: size = 32", "test: samples = 1"), 10, "a2"),
        (FRONT.replace("minutes", f"about: {121 * 'a'}\nminutes") + "## One\nText.\n", 3, "'about' has 1 to 120"),
        (step("test: size = 1"), 9, "a whole number from 2 to 1024"),
        (step("seed: -1"), 9, "a whole number from 0"),
        (step("speed: fast"), 9, "steps a second, or 'free'"),
        (step("speed: 0"), 9, "steps a second"),
        (step("restart: ja"), 9, "yes or no"),
        (step("hide: size, sampels"), 9, "did you mean 'samples'"),
        (step("figure: energie"), 9, "did you mean 'energy'"),
        (step("place: energy at -1"), 9, "as in: place:"),
        (step("place: energie on y of energy from -1 to 0 within 0.1"), 9, "scalar of landscape"),
        (step("place: energy on y of energi from -1 to 0 within 0.1"), 9, "figure of landscape"),
        (step("place: energy on y of energy from 0 to -1 within 0.1"), 9, "no range"),
        (step("place: energy on y of energy from nan to 1 within 0.1"), 9, "no number"),
        (step("wait: energy < low"), 9, "a number after <"),
        (step("wait: energi < -1"), 9, "did you mean 'energy'"),
        (step("wait: optimizer < 3"), 9, "'is' and a word"),
        (step("wait: optimizer is langvin"), 9, "one of gd"),
        (step("wait: energy is 3"), 9, "<, <=, > or >="),
        (step("wait: size is 3"), 9, "<, <=, > or >="),
        (step("wait: __import__('os').system('true') > 0"), 9, "no part of a condition"),
        (step("experiment: sharpening", "wait: energy_std_N > 0"), 10, "scalar or parameter"),
        (step("workspace: landscap"), 9, "did you mean 'landscape'"),
        (step("workspace: training"), 9, "does not show landscape"),
        (step("place: energy on y of energy from -1 to 0 within 0.1") + "- [ ] a\n- [x] b\n", 9, "one prediction"),
    ],
)
def test_a_mistake_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(LessonError) as caught:
        read(text)
    assert str(caught.value).startswith(f"my-lesson.md, line {line}: "), caught.value
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_not_text_is_refused_with_its_line() -> None:
    with pytest.raises(LessonError, match=r"my-lesson.md, line 6: it is not text in UTF-8"):
        read(FRONT.encode() + b"\xff\xfe")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=r"^none.md: there is no such file"):
        reader.read(tmp_path / "none.md", EXPERIMENTS, workspaces_for(EXPERIMENTS))


def test_lines_may_end_as_on_windows() -> None:
    assert read(step("set: size = 64").replace("\n", "\r\n")).steps[0].params.size == 64  # type: ignore[attr-defined]


def test_the_example_of_the_docs_can_be_used() -> None:
    docs = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")
    example = docs.split("````markdown\n")[1].split("````")[0]
    lesson = read(example, "first-lesson.md")
    assert len(lesson.steps) == 4
    assert [each.predicts for each in lesson.steps] == [False, True, True, False]
    for key in reader.KEYS:
        assert f"`{key}: " in docs, f"docs/lessons.md does not say what '{key}' is"
    for entry in reader.FRONT:
        assert f"| `{entry}` |" in docs


# --- conditions ----------------------------------------------------------------------------------------------------


def holds(text: str, **values: object) -> bool:
    return parse(text).holds(lambda name: values.get(name, math.nan))


def test_comparisons_are_joined_by_and_before_or() -> None:
    assert holds("energy < -1.0", energy=-1.1) and not holds("energy < -1.0", energy=-1.0)
    assert holds("energy <= -1", energy=-1.0) and holds("t >= 1e1", t=10) and holds("t > .5", t=1)
    assert holds("a < 1 or b < 1 and c < 1", a=0, b=2, c=2)
    assert not holds("(a < 1 or b < 1) and c < 1", a=0, b=2, c=2)
    assert holds("optimizer is langevin", optimizer="langevin") and not holds("optimizer is gd", optimizer="langevin")
    assert holds("bold is on", bold=True) and holds("bold is off", bold=False)


def test_what_is_not_known_is_not_so() -> None:
    assert not holds("energy < 0") and not holds("energy > 0") and not holds("energy < 0", energy=math.nan)
    assert not holds("name is x") and not holds("energy < 0", energy="low")
    assert holds("energy < 0 or t > 1", t=2)


@pytest.mark.parametrize(
    "text",
    [
        *("", "energy", "energy <", "< 3", "energy < 3 and", "energy < 3 t > 1", "(energy < 3", "energy < 3)"),
        *("a == 3", "energy = 3", "a < b", "a < 1e999", "a < 1 & b < 1", "a; b", "a < 1 or " * 99),
        "(" * 40 + "a < 1" + ")" * 40,
    ],
)
def test_a_condition_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        parse(text)


@given(st.text(alphabet="abist<>=()0.9-+ orn_e", max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        found = parse(text)
    except ConditionError:
        return
    assert isinstance(found, Compare | Joined)
    assert (
        parse(str(found).replace("≤", "<=").replace("≥", ">=").replace("\u2212", "-").replace(" is", " is")) is not None
    )


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_file_breaks_the_reader(noise: bytes, at: int) -> None:
    whole = step("set: size = 64", "place: energy on y of energy from -1 to 0 within 0.1", "wait: energy < -1").encode()
    for data in (noise, whole[:at] + noise + whole[at:], whole[:at]):
        try:
            assert read(data).steps
        except LessonError as error:
            assert str(error).startswith("my-lesson.md, line ")


def test_a_condition_is_said_in_words() -> None:
    assert str(condition.parse("energy_std <= -1.5 and (a > 1 or b is x)")) == "energy_std ≤ −1.5 and (a > 1 or b is x)"
