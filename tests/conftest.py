"""Fixtures that every room's tests share."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Numba takes no other number of threads once they run, and a test that readies the window may ask for one.
os.environ.setdefault("NUMBA_NUM_THREADS", str(os.cpu_count() or 1))

from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose

settings.register_profile("house", deadline=None)  # no example is too slow on a busy machine
settings.load_profile("house")
if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # without a screen Qt would end the whole process

BACKENDS = ("opencl", "numba")


@pytest.fixture(autouse=True, scope="session")
def _own_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Faults provoked by tests do not go into the user's log."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(params=BACKENDS, scope="session")
def backend(request: pytest.FixtureRequest) -> Iterator[AbstractBackend]:
    """Each backend in turn, built once a session: kernels compile once."""
    chosen, announcement = choose(request.param)
    assert announcement == "", "a backend that was asked for by name is never a fallback"
    yield chosen
    chosen.finish()
