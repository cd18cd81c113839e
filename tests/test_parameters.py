"""One declaration of every parameter: any text or JSON gives a valid parameter set or one clear line."""

import json
import math
from dataclasses import FrozenInstanceError, dataclass
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import parameters
from simulator.experiments import EXPERIMENTS
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.experiments.training.ensemble import dataset_of
from simulator.experiments.training.params import TrainingParams
from simulator.parameters import Param, ParameterError, UnknownParameterError


@dataclass(frozen=True, slots=True)
class Demo:
    temperature: Annotated[float, Param("T", "Temperature", lo=0.0, hi=3.0, live=True)] = 0.5
    size: Annotated[int, Param("N", "Size", lo=2, hi=2048, scale="log")] = 128
    family: Annotated[str, Param("", "Family", choices=("glass", "funnel"))] = "funnel"
    depth: Annotated[int, Param("d", "Depth", applies=(("family", ("glass",)),))] = 0
    note: Annotated[str, Param("", "Note")] = ""
    noisy: Annotated[bool, Param("", "Noisy", live=True)] = False

    def check(self) -> None:
        if self.noisy and self.temperature == 0.0:
            raise ParameterError("noisy", self.noisy, "off where T is 0")


DECLARATIONS = [Demo, *(kind.Params for kind in EXPERIMENTS)]
NAMES = [each.name for each in parameters.fields(Demo)]
json_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=30),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
sets = st.builds(
    lambda **values: parameters.make(Demo, values),
    temperature=st.floats(0.001, 3.0),
    size=st.integers(2, 2048),
    family=st.sampled_from(("glass", "funnel")),
    depth=st.integers(-(2**53), 2**53),
    note=st.text(st.characters(exclude_categories=("Cs",))),
    noisy=st.booleans(),
)


@given(sets)
def test_round_trip_through_json(params: Demo) -> None:
    text = json.dumps(parameters.to_json(params), allow_nan=False)
    assert parameters.make(Demo, json.loads(text)) == params


@given(sets)
def test_round_trip_through_assignments(params: Demo) -> None:
    words = [f"{name}={value}" for name, value in parameters.to_json(params).items() if name != "note"]
    again = parameters.make(Demo, parameters.parse_assignments(words))
    assert parameters.change(again, note=params.note) == params


@given(st.sampled_from(NAMES), json_values)
def test_any_value_is_taken_or_refused_in_one_line(name: str, value: object) -> None:
    each = parameters.field(Demo, name)
    try:
        made = parameters.make(Demo, {name: value})
    except ParameterError as error:
        assert error.name == name and error.allowed in str(error)
        assert "\n" not in str(error)
    else:
        got = getattr(made, name)
        assert type(got) is each.kind
        if each.kind in (int, float):
            assert math.isfinite(got)
            assert (each.param.lo is None or got >= each.param.lo) and (each.param.hi is None or got <= each.param.hi)
        if each.param.choices:
            assert got in each.param.choices


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_assignments_give_parameters_or_a_parameter_error(words: list[str]) -> None:
    try:
        made = parameters.make(Demo, parameters.parse_assignments(words))
    except ParameterError as error:
        assert str(error)
    else:
        assert parameters.validate(made) is made


@given(st.sampled_from(NAMES), st.text(max_size=40))
def test_any_text_for_a_known_name(name: str, text: str) -> None:
    try:
        parameters.make(Demo, parameters.parse_assignments([f"{name}={text}"]))
    except ParameterError as error:
        assert error.name == name


@given(st.text(max_size=40).filter(lambda name: name not in NAMES))
def test_an_unknown_name_carries_all_there_are(name: str) -> None:
    with pytest.raises(UnknownParameterError) as caught:
        parameters.make(Demo, {name: 1})
    assert str(caught.value).endswith(f"here are: {', '.join(NAMES)}")


@pytest.mark.parametrize(
    ("word", "near"),
    [("temprature", "temperature"), ("SIZE", "size"), ("dpeth", "depth"), ("zzz", None), ("n", None), ("", None)],
)
def test_only_a_name_that_is_near_is_suggested(word: str, near: str | None) -> None:
    hint = parameters.did_you_mean(word, NAMES)
    assert hint == ("" if near is None else f"; did you mean {near!r}?")


def test_a_long_bad_value_is_cut() -> None:
    with pytest.raises(ParameterError) as caught:
        parameters.make(Demo, {"size": "9" * 10_000})
    assert len(str(caught.value)) < 200 and "99…" in str(caught.value)


@given(st.floats(allow_nan=False, min_value=3.0, exclude_min=True))
def test_above_the_range(value: float) -> None:
    with pytest.raises(ParameterError, match="a number from 0 to 3"):
        parameters.make(Demo, {"temperature": value})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.1, "nan", "1e999", "", " ", "0x10", True, None])
def test_what_is_no_number_in_the_range(value: object) -> None:
    with pytest.raises(ParameterError, match="temperature"):
        parameters.make(Demo, {"temperature": value})


@pytest.mark.parametrize("value", ["2.5", 2.5, "two", 1, 2049, "1e9"])
def test_what_is_no_size(value: object) -> None:
    with pytest.raises(ParameterError, match="a whole number from 2 to 2048"):
        parameters.make(Demo, {"size": value})


@pytest.mark.parametrize(("text", "meant"), [("on", True), ("True", True), ("1", True), ("off", False), ("0", False)])
def test_words_for_a_switch(text: str, meant: bool) -> None:
    assert parameters.make(Demo, {"noisy": text}).noisy is meant


def test_a_combination_is_checked_however_it_comes_about() -> None:
    with pytest.raises(ParameterError, match="off where T is 0"):
        parameters.make(Demo, {"noisy": "on", "temperature": 0})
    with pytest.raises(ParameterError, match="off where T is 0"):
        parameters.change(parameters.make(Demo, {"noisy": True}), temperature=0.0)


def test_only_what_is_not_live_restarts() -> None:
    params = Demo()
    assert not parameters.needs_restart(params, parameters.change(params, temperature=1.0, noisy=True))
    assert parameters.needs_restart(params, parameters.change(params, size=64))


def test_what_does_not_matter_does_not_differ() -> None:
    """`depth` applies to the glass alone."""
    params, glass = Demo(), parameters.change(Demo(), family="glass")
    deeper = parameters.change(params, depth=7)
    assert parameters.differing(params, deeper) == frozenset() and not parameters.needs_restart(params, deeper)
    assert parameters.differing(glass, parameters.change(glass, depth=7)) == {"depth"}
    assert parameters.differing(glass, deeper) == {"family", "depth"}


def test_where_a_parameter_matters() -> None:
    assert not parameters.applies(Demo(), "depth")
    assert parameters.applies(parameters.change(Demo(), family="glass"), "depth")


def test_parameters_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Demo().size = 3  # type: ignore[misc]


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda each: each.__name__)
def test_every_declaration_is_sound(declaration: type) -> None:
    defaults = parameters.validate(declaration())
    names = {each.name for each in parameters.fields(declaration)}
    for each in parameters.fields(declaration):
        assert each.param.label and each.allowed
        assert not each.param.choices or each.default in each.param.choices
        assert {other for other, _ in each.param.applies} <= names
        assert each.param.scale == "linear" or (each.param.lo is not None and each.param.lo >= 0)
    assert parameters.make(declaration, json.loads(json.dumps(parameters.to_json(defaults)))) == defaults


@pytest.mark.parametrize("kind", EXPERIMENTS, ids=lambda each: each.name)
def test_every_parameter_of_an_experiment_says_what_it_does(kind: type) -> None:
    assert [each.name for each in parameters.fields(kind.Params) if not each.param.doc] == []


@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_what_is_usual_is_said_of_what_may_be_left_open(declaration: type) -> None:
    for each in parameters.fields(declaration):
        words = parameters.usual(declaration(), each.name)
        assert bool(words) == (each.param.usual is not None)
        if words:
            assert each.check(each.kind()) == each.kind(), "0, or an empty text, is allowed"


def test_the_usual_is_what_is_used() -> None:
    params = TrainingParams()
    assert parameters.usual(params, "samples") == f"usual: {len(dataset_of(params, 1).x)}"
    walkers = SharpeningParams(system="glass", learning_rate=0.0)
    assert parameters.usual(walkers, "learning_rate") == f"usual: {walkers.dials(0.0).learning_rate:.3g}"
    assert parameters.usual(walkers, "sizes") == f"usual: {', '.join(map(str, walkers.sizes_in_turn))}"
    assert parameters.usual(walkers, "duration") == f"usual: {walkers.horizon:g}"
