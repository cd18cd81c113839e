"""`list`, `doctor`, `--help` and `--version`."""

import json
from collections.abc import Callable

import pytest

import main
from simulator import system
from simulator.backends import diagnose, registry
from simulator.backends.base import DeviceInfo, NoDeviceError
from simulator.version import VERSION
from tests.commands.conftest import Ran

Run = Callable[..., Ran]


def test_list_names_every_experiment(run: Run) -> None:
    status, out, err = run("list")
    assert (status, err) == (0, "")
    assert "walk" in out and "Random walks." in out


def test_list_json(run: Run) -> None:
    (one,) = run("list", "--json").json
    assert one == run("list", "walk", "--json").json
    assert one["name"] == "walk" and one["scalars"]["spread"] == "mean square distance"
    width, walkers, kind = one["parameters"]
    assert width["symbol"] == "σ" and width["live"] is True and (width["lo"], width["hi"]) == (0.0, 1e300)
    assert walkers["type"] == "int" and walkers["default"] == 64
    assert kind["choices"] == ["normal", "signs"]


def test_list_of_one_says_everything_about_it(run: Run) -> None:
    out = run("list", "walk").out
    for word in ("width", "σ", "live", "Width of one step.", "one of normal, signs", "spread", "mean square distance"):
        assert word in out


def test_list_says_what_is_used_where_the_default_leaves_it_open(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["list", "sharpening"]) == 0
    text = capsys.readouterr().out
    assert "(usual: 16, 64, 256, 1024)" in text and "0 (usual: 40)" in text
    assert main.main(["list", "sharpening", "--json"]) == 0
    found = {each["name"]: each["usual"] for each in json.loads(capsys.readouterr().out)["parameters"]}
    assert found["duration"] == "usual: 40" and found["funnel"] is None


def test_doctor(run: Run) -> None:
    status, out, err = run("doctor")
    assert (status, err) == (0, "")
    for word in ("numpy", "OpenCL", "linker for PoCL", "Qt platform", "not needed", "threads", "intel-opencl-rt"):
        assert word in out


def test_doctor_json(run: Run) -> None:
    findings = run("doctor", "--json").json
    assert all(each.keys() == {"section", "key", "value", "remedy"} for each in findings)
    assert ["funnelscope", VERSION] in [[each["key"], each["value"]] for each in findings]


def test_doctor_says_what_is_wrong_and_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = [system.Missing("the linker ld", "PoCL", "binutils")]
    pocl = DeviceInfo("opencl:cpu", "opencl", "cpu", "Portable Computing Language", False, 2, 2**30)
    broken = DeviceInfo("opencl:gpu", "opencl", "gpu", "Old Driver", True, 2, 2**30)

    def fails(key: str) -> None:
        assert key == broken.key, "PoCL without a linker ends the process: it must not be tried"
        raise NoDeviceError("kernels/philox.cl does not build on gpu")

    monkeypatch.setattr(system, "missing_linker", lambda: lacking)
    monkeypatch.setattr(registry, "devices", lambda: [broken, pocl])
    monkeypatch.setattr(registry, "open_device", fails)
    text = diagnose.report(diagnose.diagnose())
    assert "To mend" in text
    assert "refused: kernels/philox.cl does not build on gpu" in text
    assert "refused: it cannot link kernels" in text
    assert "binutils" in text or "the linker ld" in text


def test_doctor_where_there_is_no_opencl(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so in plain words, does not send the reader to itself, and names what may hide a driver."""
    import pyopencl as cl

    def none() -> None:
        raise cl.LogicError("clGetPlatformIDs failed: PLATFORM_NOT_FOUND_KHR")

    monkeypatch.setattr(cl, "get_platforms", none)
    for name in ("OCL_ICD_VENDORS", "OCL_ICD_FILENAMES", "POCL_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    (finding,) = [each for each in diagnose.diagnose() if each.key == "devices"]
    assert finding.value == "none: no OpenCL driver is installed"
    assert finding.remedy.endswith("numba computes meanwhile")
    monkeypatch.setenv("OCL_ICD_VENDORS", "/nowhere")
    (finding,) = [each for each in diagnose.diagnose() if each.key == "devices"]
    assert finding.remedy.startswith("unset OCL_ICD_VENDORS")


def test_doctor_names_the_linker_for_a_pocl_that_the_registry_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver is not at fault, so it is not to be updated."""
    monkeypatch.setattr(system, "missing_linker", lambda: [system.Missing("the linker ld", "PoCL", "binutils")])
    found = [each for each in diagnose.diagnose() if "Portable Computing" in each.value]
    assert found and all("binutils" in each.remedy or "the linker ld" in each.remedy for each in found)


def test_help_and_version(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for command in ("list", "run", "record", "bench", "shot", "doctor"):
        assert f"main.py {command}" in out
    assert "--session" in out
    assert "sweep" not in out
    assert run("--version").out == f"funnelscope {VERSION}\n"
