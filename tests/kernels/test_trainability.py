"""The kernels of the trainability map: tanh, backends and forms that agree, divergence that survives."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.networks.trainability import Trainability
from simulator.networks.trainability_problem import Window
from simulator.theory.box_counting import boundary

LARGE = Window(2.0, 2.0, 8.0, 8.0)
"""Half of it converges."""
DEEP = Window(-1.0, 2.272421875, 2e-5, 2e-5)
"""In double precision; a stretch of a smooth part of the boundary."""


def measured(backend: AbstractBackend, window: Window, steps: int = 100, samples: int = 30) -> NDArray[np.float32]:
    trainability = Trainability(backend, window, steps=steps, samples=samples, side=32)
    trainability.finish()
    return trainability.values()


def away_from_the_boundary(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels none of whose neighbours has another fate."""
    edge = np.pad(boundary(values < 0), 1)
    return ~(edge[1:, 1:] | edge[1:, :-1] | edge[:-1, 1:] | edge[:-1, :-1])


@pytest.mark.parametrize(("kind", "tolerance"), [(np.float32, 5e-7), (np.float64, 1e-15)])
def test_tanh(backend: AbstractBackend, kind: type[np.floating], tolerance: float) -> None:
    """Relative everywhere, down to tiny arguments; saturated beyond; NaN stays NaN."""
    x = np.concatenate([np.linspace(-25, 25, 20001), np.geomspace(1e-30, 1, 389), [0, 1e30, -1e30, np.inf, -np.inf]])
    x = np.append(x, np.full(-x.size % 8, np.nan)).astype(kind)
    assert np.isnan(x).any()
    double = kind is np.float64
    lanes = backend.lanes if backend.lanes == 1 or not double else 4
    out = backend.zeros(x.size, kind)
    backend.kernel("trainability", "signal", WIDTH=16, DOUBLE=int(double))(x.size // lanes, backend.array(x), out)
    got, known = backend.to_host(out), ~np.isnan(x)
    exact = np.tanh(x[known].astype(np.longdouble))
    assert np.all(np.abs(got[known] - exact) <= tolerance * np.abs(exact))
    assert np.isnan(got[~known]).all()


@pytest.fixture(scope="module")
def opencl() -> Iterator[AbstractBackend]:
    backend = choose("opencl")[0]
    yield backend
    backend.finish()


@pytest.mark.parametrize("window", [LARGE, DEEP])
def test_numba_and_opencl_agree_away_from_the_boundary(opencl: AbstractBackend, window: Window) -> None:
    mine, other = (measured(backend, window) for backend in (opencl, choose("numba")[0]))
    away = away_from_the_boundary(mine)
    assert away.mean() > 0.5 and 0.05 < (mine < 0).mean() < 0.95
    assert np.mean((mine < 0)[away] == (other < 0)[away]) >= 0.99
    calm = away & (np.abs(other / mine - 1) < 1e-3)
    assert calm.sum() >= 0.7 * away.sum(), "where training is not chaotic the measures agree too"


@pytest.mark.parametrize(("window", "width", "samples"), [(LARGE, 16, 30), (DEEP, 16, 30), (LARGE, 4, 5)])
def test_a_gpus_form_agrees(opencl: AbstractBackend, window: Window, width: int, samples: int) -> None:
    """A hidden unit a work-item, sums in local memory: the same source, built for a GPU."""
    gpu = choose("opencl")[0]
    gpu.is_gpu, gpu.lanes = True, 1
    found = []
    for backend in (opencl, gpu):
        trainability = Trainability(backend, window, steps=40, samples=samples, width=width, side=32)
        for _ in range(20):
            trainability.refine(seconds=1e-9)  # what lies between launches is kept
        trainability.finish()
        found.append(trainability.values())
    mine, other = found
    away = away_from_the_boundary(mine)
    assert np.mean((mine < 0)[away] == (other < 0)[away]) >= 0.99
    assert np.mean(np.abs(other / mine - 1)[away] < 1e-3) >= 0.8


def test_a_network_of_another_width(backend: AbstractBackend) -> None:
    """Against plain float64 descent in numpy, for few steps."""
    window = Window(0.5, 0.5, 1.0, 1.0)
    trainability = Trainability(backend, window, steps=20, samples=7, width=8, side=32)
    trainability.finish()
    problem, (columns, rows) = trainability.problem, window.places(32)
    for row, column in ((0, 0), (31, 31), (3, 20)):
        w, v = problem.start[:64].reshape(8, 8).copy(), problem.start[64:].copy()
        rate_w, rate_v = problem.rates(np.array([columns[column], rows[row]]))
        losses = []
        for _ in range(20):
            h = np.tanh(problem.x @ w.T)
            e = h @ v - problem.y
            losses.append(np.mean(e**2))
            slope = e[:, None] * (1 - h**2) * v
            w, v = w - rate_w * slope.T @ problem.x, v - rate_v * h.T @ e
        ratios = np.array(losses) / losses[0]
        expected = -ratios.sum() if ratios.mean() < 1 else (1 / ratios).sum()
        assert trainability.values()[row, column] == pytest.approx(expected, rel=1e-4)


def test_what_diverges_at_once_is_drawn_as_such(backend: AbstractBackend) -> None:
    """Rates at which weights are infinite, then NaN, after a step or two: ratios count as 1e6 from then on."""
    values = measured(backend, Window(20.0, 25.0, 2.0, 2.0), 100)
    assert np.isfinite(values).all()
    assert np.allclose(values, 1.0 + 99e-6, rtol=1e-4)
