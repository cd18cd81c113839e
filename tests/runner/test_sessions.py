"""Session files: what is written comes back whole; anything else is refused in one line that says where."""

import json
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import simulator.runner
from simulator import files, parameters, presets, sessions
from simulator.backends.base import AbstractBackend, OutOfDeviceMemoryError
from simulator.experiment import AbstractExperiment
from simulator.experiments import EXPERIMENTS
from simulator.parameters import Field, Param
from simulator.runner import DEFAULT_SEED, Runner, experiment_class
from simulator.sessions import MAX_BYTES, MAX_SEED, Run, Session, SessionError, as_line, as_text, parse, read, write
from simulator.snapshot import Measurement, Scalar
from simulator.version import VERSION

KINDS = {kind.name: kind for kind in EXPERIMENTS}
PLAIN = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60)


def values(field: Field) -> st.SearchStrategy[Any]:
    """Everything that one parameter may be."""
    param = field.param
    if field.kind is bool:
        return st.booleans()
    if field.kind is str:
        return st.sampled_from(param.choices) if param.choices else PLAIN
    lo, hi = -1e9 if param.lo is None else param.lo, 1e9 if param.hi is None else param.hi
    if field.kind is int:
        return st.integers(math.ceil(lo), math.floor(hi))
    return st.floats(lo, hi)


@st.composite
def runs(draw: st.DrawFn, name: str) -> Run:
    """One experiment at any parameters that it allows, each value drawn anew or left where it is."""
    params: Any = KINDS[name].Params()
    for field in parameters.fields(type(params)):
        if draw(st.booleans()):
            try:
                params = parameters.change(params, **{field.name: draw(values(field))})
            except parameters.ParameterError:
                continue  # a combination that makes no run
    speed = draw(st.none() | st.floats(*sessions.SPEEDS))
    return Run(params, draw(st.integers(0, MAX_SEED)), speed)


@st.composite
def any_session(draw: st.DrawFn) -> Session:
    names = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, unique=True))
    return Session(
        {name: draw(runs(name)) for name in names}, draw(PLAIN), "\n".join(draw(st.lists(PLAIN))), draw(PLAIN)
    )


SOME = as_text(Session({"landscape": Run(KINDS["landscape"].Params(), 7, 20.0)}, "T", "words", "landscape"))


def whole_paths(session: Session) -> Session:
    """As it is written: files by their absolute names."""

    def run(old: Run) -> Run:
        named = [each.name for each in parameters.fields(type(old.params)) if each.param.file]
        change = {name: str(Path(getattr(old.params, name)).absolute()) for name in named if getattr(old.params, name)}
        return Run(parameters.change(old.params, **change), old.seed, old.speed)

    return Session({n: run(r) for n, r in session.experiments.items()}, session.title, session.words, session.workspace)


@given(any_session())
def test_what_is_written_comes_back(session: Session) -> None:
    wanted = whole_paths(session)
    text, line = as_text(session), as_line(session)
    assert parse(text, "it") == parse(line, "it") == parse(text.encode(), "it") == wanted
    assert list(parse(text, "it").experiments) == list(session.experiments), "which is in front is kept"
    assert "\n" not in line
    assert as_text(wanted) == text


@given(st.binary(max_size=400))
@example(b"[" * 100_000)
@example(b"\xef\xbb\xbf{}")
@example(b'{"format": 1, "experiments": {"landscape": {"parameters": {"\\u0000": 1}}}}')
def test_any_bytes_are_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(SessionError) as refused:
        parse(data, "session 'x'")
    assert str(refused.value).startswith("session 'x': ") and "\n" not in str(refused.value)
    assert len(str(refused.value)) < 1000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_any_value_anywhere_gives_a_session_or_one_line(data: st.DataObject) -> None:
    document = json.loads(SOME)
    place = data.draw(st.sampled_from([(), ("experiments",), ("experiments", "landscape")]))
    place = data.draw(st.sampled_from([place, ("experiments", "landscape", "parameters")]))
    inner = document
    for name in place:
        inner = inner[name]
    inner[data.draw(st.sampled_from(list(inner)) | st.text(max_size=10))] = data.draw(json_values)
    try:
        session = parse(json.dumps(document), "session 'x'")
    except SessionError as error:
        assert "\n" not in str(error) and str(error).startswith("session 'x': ")
    else:
        assert parse(as_text(session), "it") == session


@given(st.integers(0, len(SOME.rstrip()) - 1))
def test_a_truncated_file_says_where_it_breaks_off(length: int) -> None:
    with pytest.raises(SessionError, match=r"line \d+, column \d+|it is empty"):
        parse(SOME[:length], "it")


@given(st.integers(0, len(SOME) - 1), st.integers(0, 255))
def test_a_corrupted_byte_gives_a_session_or_one_line(place: int, byte: int) -> None:
    data = bytearray(SOME.encode())
    data[place] = byte
    try:
        parse(bytes(data), "it")
    except SessionError as error:
        assert "\n" not in str(error)


def landscape(parameters: str) -> str:
    return '{"format": 1, "experiments": {"landscape": {"parameters": {%s}}}}' % parameters  # noqa: UP031


REFUSED = {
    "empty": ("", "it is empty"),
    "no object": ("[1]", "it is a list, and an object is needed"),
    "no session": ("{}", "it is no session: it has no 'format'"),
    "nothing in it": ('{"format": 1, "experiments": {}}', "experiments: it is empty"),
    "no experiments": ('{"format": 1}', "it has no 'experiments'"),
    "newer": ('{"format": 2, "cues": []}', f"format: 2 is that of a newer Funnelscope; this one, {VERSION}, reads"),
    "newer, version": ('{"format": 2, "version": "9.9"}', "that of a newer Funnelscope, 9.9;"),
    "format of another kind": ('{"format": "1"}', "format: '1' is not allowed: a whole number"),
    "format yes": ('{"format": true}', "format: true is not allowed"),
    "unknown entry": ('{"format": 1, "experimets": {}}', "no entry 'experimets'; did you mean 'experiments'?"),
    "unknown entry, newer": (
        '{"format": 1, "version": "99.0", "cues": [], "experiments": {}}',
        f"no entry 'cues'; there are: format, version, title, words, workspace, experiments (it was written by "
        f"Funnelscope 99.0, and this is {VERSION})",
    ),
    "experiment": (
        '{"format": 1, "experiments": {"landscpe": {}}}',
        "experiments: no experiment 'landscpe'; did you mean 'landscape'?",
    ),
    "entry of a run": (
        '{"format": 1, "experiments": {"landscape": {"sed": 1}}}',
        "experiments.landscape: no entry 'sed'; did you mean 'seed'?",
    ),
    "parameter": (
        landscape('"szie": 3'),
        "experiments.landscape.parameters: no parameter 'szie'; did you mean 'size'?",
    ),
    "range": (landscape('"size": 5000'), "parameters: size = 5000 is not allowed: a whole number from 2 to 1024"),
    "not whole": (landscape('"size": 2.5'), "size = 2.5 is not allowed"),
    "text for a number": (landscape('"size": "64"'), "size = '64' is not allowed: a whole number"),
    "number for a text": (landscape('"family": 1'), "family = 1 is not allowed: one of glass, funnel, gaussian"),
    "yes for a number": (landscape('"size": true'), "size = True is not allowed"),
    "null": (landscape('"size": null'), "size = null is not allowed"),
    "list": (landscape('"size": [1, 2]'), "size = a list is not allowed"),
    "nan": (landscape('"roughness": NaN'), "roughness = nan is not allowed: a number from 0 to 2"),
    "infinite": (landscape('"roughness": -Infinity'), "roughness = -inf is not allowed"),
    "beyond floats": (landscape('"roughness": 1e999'), "roughness = inf is not allowed"),
    "thousands of digits": (landscape('"roughness": ' + "9" * 9000), "roughness = inf is not allowed"),
    "half a character": (landscape(r'"family": "\ud800"'), "has characters that are no text"),
    "twice": (landscape('"size": 8, "size": 16'), "experiments.landscape.parameters: 'size' is given twice"),
    "twice above": ('{"format": 1, "format": 1, "experiments": {}}', "'format' is given twice"),
    "seed": ('{"format": 1, "experiments": {"landscape": {"seed": -1}}}', "landscape.seed: -1 is not allowed"),
    "seed above": (
        '{"format": 1, "experiments": {"landscape": {"seed": 18446744073709551616}}}',
        "landscape.seed: 18446744073709551616 is not allowed: a whole number from 0 to 18446744073709551615",
    ),
    "seed fraction": ('{"format": 1, "experiments": {"landscape": {"seed": 1.0}}}', "seed: 1.0 is not allowed"),
    "speed": ('{"format": 1, "experiments": {"landscape": {"speed": 0}}}', "speed: 0 is not allowed: a number from"),
    "speed nan": ('{"format": 1, "experiments": {"landscape": {"speed": NaN}}}', "speed: nan is not allowed"),
    "title": ('{"format": 1, "title": 3, "experiments": {"landscape": {}}}', "title: it is a number, and a text"),
    "title of lines": (r'{"format": 1, "title": "a\nb", "experiments": {"landscape": {}}}', "title: 'a\\nb' has"),
    "long words": (
        '{"format": 1, "words": "%s", "experiments": {"landscape": {}}}' % ("w" * 3000),
        "words: it has 3,000 characters, and the limit is 2,000",
    ),
    "comma": (SOME.replace('"T",', '"T"'), "line 5, column 3: it is not JSON there (Expecting ',' delimiter)"),
    "more behind it": (SOME + "{}", "it is not JSON there (Extra data)"),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_and_where_is_said_in_one_line(text: str, expected: str) -> None:
    with pytest.raises(SessionError) as refused:
        parse(text, "session 'x'")
    message = str(refused.value)
    assert message.startswith("session 'x': ") and expected in message and "\n" not in message


def test_bytes_that_are_no_text_are_named_by_their_place() -> None:
    with pytest.raises(SessionError, match="line 2, byte 4: it is not text in UTF-8"):
        parse(b'{"a": 1,\n "b\xff": 2}', "it")


def test_what_is_missing_is_as_the_experiment_begins() -> None:
    for name, kind in KINDS.items():
        session = parse(json.dumps({"format": 1, "experiments": {name: {}}}), "it")
        assert session.run(name) == sessions.usual(kind) == Run(kind.Params(), DEFAULT_SEED, kind.steps_per_second)
    flat_out = parse('{"format": 1, "experiments": {"training": {"speed": null}}}', "it")
    assert flat_out.run("training").speed is None and KINDS["training"].steps_per_second == 200.0


def test_what_is_written_holds_every_parameter_and_can_be_read_by_a_person() -> None:
    for name, kind in KINDS.items():
        text = as_text(Session({name: sessions.usual(kind)}, "Δ against λ"))
        assert set(json.loads(text)["experiments"][name]["parameters"]) == set(parameters.to_json(kind.Params()))
        assert "Δ against λ" in text and f'"version": "{VERSION}"' in text and text.count("\n") > 10


def test_a_run_that_is_not_in_it() -> None:
    with pytest.raises(SessionError, match="it holds no training, but landscape"):
        parse(SOME, "it").run("training")


@dataclass(frozen=True, slots=True)
class Filed:
    table: Annotated[str, Param("file", "File", file="Tables (*.csv)")] = ""
    note: Annotated[str, Param("note", "Note")] = ""


def test_files_are_written_by_their_absolute_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change_kind: Callable[[type], None]
) -> None:
    change_kind(Filed)
    monkeypatch.chdir(tmp_path)
    session = Session({"landscape": Run(Filed("data/my.csv", "plain"))})
    assert parse(as_text(session), "it").run("landscape").params == Filed(str(tmp_path / "data" / "my.csv"), "plain")
    assert parse(as_text(Session({"landscape": Run(Filed())})), "it").run("landscape").params == Filed()


@pytest.fixture
def change_kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[type], None]:
    """Give the landscape other parameters."""

    def change(declaration: type) -> None:
        monkeypatch.setattr(experiment_class("landscape"), "Params", declaration)

    return change


def test_a_name_that_is_no_text_is_refused_before_anything_is_written(
    tmp_path: Path, change_kind: Callable[[type], None]
) -> None:
    change_kind(Filed)
    path = tmp_path / "a.funnelscope.json"
    with pytest.raises(SessionError, match="has characters that are no text"):
        write(path, Session({"landscape": Run(Filed("\udcff.csv"))}))
    assert list(tmp_path.iterdir()) == []


# --- beginning what a session says ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SumParams:
    gain: Annotated[float, Param("g", "Gain", 0.0, 10.0, live=True)] = 1.0
    size: Annotated[int, Param("N", "Size", 1, 1000)] = 4


class Sum(AbstractExperiment):
    """Adds the gain to the seed at every step; a size of 1000 is more than its device holds."""

    name, title, Params, views = "sum", "Sum", SumParams, ()
    scalars: ClassVar = {"sum": "seed and gains"}

    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        if params.size == 1000:
            raise OutOfDeviceMemoryError(2**40, 2**30, "device")
        self.gain, self.sum = params.gain, float(seed)

    def update(self, params: Any) -> None:
        self.gain = params.gain

    def step(self, n: int) -> None:
        self.sum += n * self.gain

    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        return Measurement({"sum": Scalar(self.sum, 0.0, 1)})


@pytest.fixture
def summing(monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.setattr(simulator.runner, "EXPERIMENTS", (Sum,))
    runner = Runner("numba")
    runner.open("sum", SumParams(), 100)
    runner.advance("sum", 5)
    return runner


def test_another_run_begins_from_its_first_step_although_only_a_live_parameter_differs(summing: Runner) -> None:
    summing.begin("sum", SumParams(gain=3.0), 200)
    summing.advance("sum", 2)
    after = summing.measure("sum")
    assert (after.step, after.generation, after.seed, after.params) == (2, 1, 200, SumParams(gain=3.0))
    assert after.measurement.scalars["sum"].mean == 206.0
    summing.reset("sum")
    assert summing.measure("sum").measurement.scalars["sum"].mean == 200.0


def test_a_run_that_the_device_refuses_leaves_the_old_one_as_it_was(summing: Runner) -> None:
    summing.begin("sum", SumParams(size=1000), 200)
    summing.advance("sum", 1)
    after = summing.measure("sum")
    assert (after.step, after.generation, after.seed, after.params) == (6, 0, 100, SumParams())
    assert "the run before goes on" in after.notice
    summing.reset("sum")
    assert summing.measure("sum").seed == 100, "a reset is one of the run that goes on"


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_file_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.funnelscope.json"
    session = parse(SOME, "it")
    write(path, session)
    assert read(path) == session and path.read_text(encoding="utf-8") == SOME
    path.write_bytes(b"\xef\xbb\xbf" + SOME.replace("\n", "\r\n").encode())
    assert read(path) == session, "as some editors leave it"


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.funnelscope.json"
    path.write_text("precious")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(path, parse(SOME, "it"))
    assert path.read_text() == "precious" and list(tmp_path.iterdir()) == [path]


def test_a_file_is_refused_by_its_size_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.funnelscope.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(SessionError, match=f"session 'large.funnelscope.json': it has more than {MAX_BYTES:,} bytes"):
        read(path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nowhere.json", "session 'nowhere.json': there is no such file in"),
        ("", "it is a folder, not a file"),
        ("/dev/zero", "session 'zero': it is a device or a pipe"),
        ("a\0b", "no file can have this name"),
        ("x" * 300, "it cannot be read: File name too long"),
    ],
)
def test_what_is_no_file(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(SessionError) as refused:
        read(tmp_path / name)
    assert expected in str(refused.value) and "\n" not in str(refused.value)


# --- presets -------------------------------------------------------------------------------------------------------


def test_presets_are_listed_in_order_and_each_experiment_has_some() -> None:
    assert list(presets.NAMES) == sorted(presets.NAMES) and len(set(presets.NAMES)) == len(presets.NAMES)
    shown = {name for preset in presets.NAMES for name in presets.read(preset).experiments}
    assert {"landscape", "propagation"} <= shown <= set(KINDS)


@pytest.mark.parametrize("name", presets.NAMES)
def test_a_preset_is_read_strictly_and_runs(name: str) -> None:
    session = presets.read(name)
    assert session.title and session.words, "it says what it is and what to look for"
    assert len({presets.read(other).title for other in presets.NAMES}) == len(presets.NAMES)
    for experiment, run in session.experiments.items():
        runner = Runner()
        runner.open(experiment, run.params, run.seed)
        runner.advance(experiment, 20)
        snapshot = runner.measure(experiment, ())
        assert snapshot.step == 20 and snapshot.params == run.params and snapshot.seed == run.seed
        assert snapshot.notice == "" and not snapshot.measurement.diverged


def test_a_preset_is_found_by_its_name_and_a_file_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = presets.NAMES[0]
    assert presets.find(name) == presets.read(name)
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(SOME)
    assert presets.find(name) == parse(SOME, "it")


def test_a_misspelt_preset_gets_the_nearest_name() -> None:
    with pytest.raises(
        SessionError, match="no session file or preset 'landscape-glas'; did you mean 'landscape-glass'"
    ):
        presets.find("landscape-glas")
