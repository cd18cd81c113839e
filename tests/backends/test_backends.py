"""The interface, the same on every backend."""

import gc
from pathlib import Path

import numpy as np
import pytest

from simulator.backends import holdings, opencl
from simulator.backends.base import AbstractBackend, KernelBuildError, OutOfDeviceMemoryError
from simulator.backends.registry import choose

# Counter and key zero: the known answer of Philox4x32-10 (Salmon et al. 2011, Random123's kat_vectors).
KNOWN_ANSWER = [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4), (0,)])
@pytest.mark.parametrize("kind", [np.float32, np.uint32, np.int32])
def test_an_array_comes_back_as_it_went(backend: AbstractBackend, shape: tuple[int, ...], kind: type) -> None:
    host = np.arange(np.prod(shape), dtype=kind).reshape(shape)
    array = backend.array(host)
    back = backend.to_host(array)
    assert (tuple(array.shape), array.dtype) == (shape, host.dtype)
    np.testing.assert_array_equal(back, host)
    back[...] = 0
    np.testing.assert_array_equal(backend.to_host(array), host)


def test_an_array_is_a_copy(backend: AbstractBackend) -> None:
    host = np.ones(8, np.float32)
    array = backend.array(host)
    host[:] = 2
    assert backend.to_host(array).tolist() == [1.0] * 8


def test_a_slice_is_copied_in_order(backend: AbstractBackend) -> None:
    host = np.arange(24, dtype=np.float32).reshape(4, 6)
    np.testing.assert_array_equal(backend.to_host(backend.array(host[::2, ::3].T)), host[::2, ::3].T)


def test_zeros_and_write(backend: AbstractBackend) -> None:
    array = backend.zeros((2, 3))
    assert backend.to_host(array).tolist() == [[0.0] * 3] * 2
    backend.write(array, np.full((2, 3), 5.0, np.float32))
    assert backend.to_host(array).sum() == 30.0
    with pytest.raises(ValueError, match="shape"):
        backend.write(array, np.zeros((3, 2), np.float32))


def test_infinity_and_nan_survive(backend: AbstractBackend) -> None:
    host = np.array([np.inf, -np.inf, np.nan, 1e-45, -0.0], np.float32)
    np.testing.assert_array_equal(backend.to_host(backend.array(host)), host)


def test_a_kernel_gives_the_known_answer(backend: AbstractBackend) -> None:
    out = backend.zeros(4, np.uint32)
    backend.kernel("philox", "fill_bits")(1, out)
    backend.finish()
    assert backend.to_host(out).tolist() == KNOWN_ANSWER


def test_what_does_not_fit_is_refused_before_it_is_made(backend: AbstractBackend) -> None:
    total, largest = backend.memory()
    assert 0 < largest <= total
    with pytest.raises(OutOfDeviceMemoryError, match=r"needs .* MiB .* lower the size") as caught:
        backend.zeros(largest // 4 + 1024)
    assert (caught.value.needed, caught.value.available) == (4 * (largest // 4 + 1024), largest)
    assert "\n" not in str(caught.value)
    with pytest.raises(OutOfDeviceMemoryError):
        backend.require(*[largest] * (total // largest + 1))
    backend.require()
    backend.require(1, 1024)
    assert backend.to_host(backend.zeros(4)).tolist() == [0.0] * 4, "the device works on after a refusal"


def test_what_is_held_already_counts(backend: AbstractBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device refuses before it allocates, and says what else is in use; what nobody refers to is free again."""
    gc.collect()
    before = holdings.held(backend.place)
    monkeypatch.setattr(type(backend), "memory", lambda self: (before + 10 * 2**20, 8 * 2**20))
    first = backend.zeros(6 * 2**18)
    assert holdings.held(backend.place) - before == 6 * 2**20
    with pytest.raises(
        OutOfDeviceMemoryError, match=r"needs 5 MiB .* has 4 MiB beside the .* MiB in use; lower"
    ) as caught:
        backend.array(np.zeros(5 * 2**18, np.float32))
    assert (caught.value.needed, caught.value.available) == (5 * 2**20, 4 * 2**20)
    backend.require(4 * 2**20)
    del first
    gc.collect()
    assert holdings.held(backend.place) == before
    backend.require(5 * 2**20, 5 * 2**20)


def test_devices_that_share_a_memory_count_together() -> None:
    pocl, numba = choose("opencl")[0], choose("numba")[0]
    before = holdings.held(numba.place)
    kept = pocl.zeros(1000), numba.zeros(1000)
    shared = 8000 if pocl.place == numba.place else 4000
    assert holdings.held(numba.place) - before == shared and len(kept) == 2


def test_a_kernel_that_does_not_build_brings_the_compilers_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.cl").write_text("__kernel void broken(__global float *x) { x[0] = nonsense; }")
    backend, _ = choose("opencl")
    monkeypatch.setattr(opencl, "KERNELS", tmp_path)
    with pytest.raises(KernelBuildError, match=r"kernels/broken\.cl does not build on") as caught:
        backend.kernel("broken", "broken")
    assert "nonsense" in caught.value.log
    assert "\n" not in str(caught.value)


def test_a_kernel_that_there_is_not(backend: AbstractBackend) -> None:
    with pytest.raises(Exception, match=r"no_such_kernel|KERNEL_NAME"):
        backend.kernel("philox", "no_such_kernel")


@pytest.mark.parametrize("size", [1, 63, 64, 65, 991, 1024])
def test_launches_of_a_gpu_are_cut_into_whole_groups(size: int) -> None:
    """Every work-item once, in groups that divide their launch: a prime size does not end in groups of one."""
    items = []
    for first, count, group in opencl.pieces(size, 64):
        assert count % group == 0 and (group == 64 or group == count < 64)
        items += range(first, first + count)
    assert items == list(range(size))


@pytest.mark.parametrize("size", [1, 64, 991])
def test_a_cut_launch_computes_what_a_whole_one_does(size: int) -> None:
    place = np.random.default_rng(size).integers(0, 2**32, (size, 6), dtype=np.uint32)
    runs = []
    for is_gpu in (False, True):
        backend, _ = choose("opencl")
        backend.is_gpu, backend.lanes = is_gpu, 1
        out = [backend.zeros((size, 4), kind) for kind in (np.uint32, np.float32, np.float32)]
        backend.kernel("philox", "at_places")(size, backend.array(place), *out)
        runs.append([backend.to_host(array) for array in out])
    assert np.array_equal(runs[0][0], runs[1][0]) and len(np.unique(runs[0][0])) > 3 * size
    assert np.array_equal(runs[0][1], runs[1][1]) and np.abs(runs[0][2] - runs[1][2]).max() < 4e-6


def test_kernels_that_ask_for_the_number_of_items_are_not_cut() -> None:
    assert opencl.asks_for_size("surface") and opencl.asks_for_size("mlp_lanes")
    assert not opencl.asks_for_size("glass") and not opencl.asks_for_size("signals")


def test_a_gpus_helpers_are_static(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """C99's inline alone leaves a function that is not inlined without a body; lines count as in the file."""
    (tmp_path / "helpers.cl").write_text(
        """#define WORDS(...) #__VA_ARGS__
        #define EXPANDED(...) WORDS(__VA_ARGS__)
        inline float twice(float a) { return 2 * a; }
        __kernel void use(__global float *x) { *x = twice(*x); x[1] = sizeof(EXPANDED(inline)); x[2] = __LINE__; }"""
    )
    backend, _ = choose("opencl")
    assert isinstance(backend, opencl.OpenCLBackend)
    backend.is_gpu, backend.lanes = True, 1
    monkeypatch.setattr(opencl, "KERNELS", tmp_path)
    x = backend.array(np.array([3, 0, 0], np.float32))
    backend.kernel("helpers", "use")(1, x)
    assert backend.to_host(x).tolist() == [6.0, len("static inline") + 1, 4.0]
