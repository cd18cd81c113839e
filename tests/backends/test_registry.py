"""The choice of a device: never silent, never a guess."""

from typing import Any

import pytest

from simulator.backends import registry
from simulator.backends.base import BackendError, DeviceInfo, NoDeviceError


def test_devices_end_with_numba_and_have_keys_of_their_own() -> None:
    found = registry.devices()
    assert found[-1].key == "numba"
    assert len({info.key for info in found}) == len(found)
    assert all(info.name and info.compute_units >= 1 and info.memory > 0 for info in found)


def test_auto_takes_the_best_device_without_a_word() -> None:
    backend, announcement = registry.choose()
    assert announcement == ""
    assert backend.device == registry.devices()[0].name


def test_part_of_a_name_in_any_case_is_enough() -> None:
    name = registry.devices()[0].name
    assert registry.choose(device=name[2:8].upper())[0].device == name
    assert registry.choose(device="NUMBA")[0].name == "numba"


@pytest.mark.parametrize("backend", ["auto", "opencl"])
def test_an_unknown_device_names_what_there_is(backend: str) -> None:
    with pytest.raises(NoDeviceError) as caught:
        registry.choose(backend, "Tricorder 9")
    message = str(caught.value)
    assert "Tricorder 9" in message
    assert all(info.name in message for info in registry.devices())
    assert "\n" not in message


def test_a_misspelt_backend_carries_the_nearest() -> None:
    with pytest.raises(NoDeviceError, match="did you mean 'opencl'"):
        registry.choose("opencll")
    with pytest.raises(NoDeviceError, match=r"'vulkan' is none of auto, opencl, numba$"):
        registry.choose("vulkan")


def test_without_opencl_auto_falls_back_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_opencl_devices", lambda: ([], "no OpenCL platform: the driver is on holiday"))
    backend, announcement = registry.choose()
    assert backend.name == "numba"
    assert "numba" in announcement and "the driver is on holiday" in announcement


def test_without_opencl_nothing_replaces_it_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_opencl_devices", lambda: ([], "the driver is on holiday"))
    with pytest.raises(NoDeviceError, match="the driver is on holiday"):
        registry.choose("opencl")


def test_numba_asked_for_is_no_fallback() -> None:
    backend, announcement = registry.choose("numba")
    assert (backend.name, announcement) == ("numba", "")


def test_a_device_that_fails_its_first_kernel_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    info = DeviceInfo("opencl:Lemon", "opencl", "Lemon", "Fruit", True, 8, 2**30)

    def fails(handle: Any) -> None:
        raise BackendError("Lemon: it turned sour")

    monkeypatch.setattr(registry, "_opencl_devices", lambda: ([(info, object())], ""))
    monkeypatch.setattr(registry, "_checked_opencl", fails)
    backend, announcement = registry.choose()
    assert backend.name == "numba" and "it turned sour" in announcement
    with pytest.raises(NoDeviceError, match="it turned sour"):
        registry.choose("opencl")


def test_a_device_by_its_key() -> None:
    for info in registry.devices():
        assert registry.open_device(info.key).device == info.name
    with pytest.raises(NoDeviceError, match="no device 'opencl:Tricorder'"):
        registry.open_device("opencl:Tricorder")


def test_a_driver_that_raises_anything_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A context that cannot be made must not end the program where numba would do, nor the simulation thread."""
    from simulator.backends import opencl

    def broken(*_: Any) -> None:
        raise RuntimeError("clCreateContext failed: OUT_OF_HOST_MEMORY")

    key = registry.devices()[0].key
    monkeypatch.setattr(opencl.OpenCLBackend, "__init__", broken)
    backend, announcement = registry.choose()
    assert backend.name == "numba" and "clCreateContext" in announcement
    with pytest.raises(BackendError, match="clCreateContext"):
        registry.open_device(key)


def test_devices_of_one_name_can_each_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cards of one make: the second has a number, and its key opens it and not the first."""
    import pyopencl as cl

    class Card:
        name, type, available, compiler_available = " Twin ", cl.device_type.GPU, True, True
        max_compute_units, global_mem_size = 8, 2**30

    class Maker:
        name = "Fruit"

        def __init__(self) -> None:
            self.cards = [Card(), Card()]

        def get_devices(self) -> list[Card]:
            return self.cards

    maker = Maker()
    monkeypatch.setattr(cl, "get_platforms", lambda: [maker])
    monkeypatch.setattr(registry, "_checked_opencl", lambda handle: handle)
    keys = [info.key for info in registry.devices()]
    assert keys == ["opencl:Twin", "opencl:Twin #2", "numba"]
    assert [registry.open_device(key) for key in keys[:2]] == maker.cards
    assert registry.choose(device="twin #2")[0] is maker.cards[1]


def test_a_numba_device_is_no_opencl_device() -> None:
    with pytest.raises(NoDeviceError, match="no usable device has 'numba' in its name"):
        registry.choose("opencl", "numba")
