"""Fixtures that every room's tests share."""

from collections.abc import Iterator

import pytest

from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose

BACKENDS = ("opencl", "numba")


@pytest.fixture(params=BACKENDS, scope="session")
def backend(request: pytest.FixtureRequest) -> Iterator[AbstractBackend]:
    """Each backend in turn, built once a session: kernels compile once."""
    chosen, announcement = choose(request.param)
    assert announcement == "", "a backend that was asked for by name is never a fallback"
    yield chosen
    chosen.finish()
