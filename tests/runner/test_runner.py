"""The runner: restart or live, newest wins, faults stay where they happen, closing never hangs."""

import threading
import time
import tracemalloc
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pytest

from simulator import parameters
from simulator import runner as runner_module
from simulator.backends.base import OutOfDeviceMemoryError
from simulator.backends.numba import NumbaBackend
from simulator.experiment import AbstractExperiment, View
from simulator.figures import Camera, Surface, frozen
from simulator.parameters import Param
from simulator.runner import Runner
from simulator.simulation import History
from simulator.snapshot import Failure, Measurement, Scalar, Snapshot


@dataclass(frozen=True, slots=True)
class CounterParams:
    gain: Annotated[float, Param("g", "gain", 0.0, 10.0, live=True)] = 1.0
    size: Annotated[int, Param("N", "size", 1, 1000)] = 4
    fault: Annotated[str, Param("fault", "fault", choices=("none", "step", "memory", "infinite"), live=True)] = "none"


class Counter(AbstractExperiment):
    """Adds the gain at every step."""

    name, title, Params = "counter", "Counter", CounterParams
    scalars = {"sum": "of gains"}  # noqa: RUF012
    views = (View("surface", "Surface", ("surface",)),)

    def init(self, backend, params, seed):
        if params.size == 1000:
            raise OutOfDeviceMemoryError(2**40, 2**30, "device")
        self.params, self.sum, self.threads = params, float(seed), set()

    def update(self, params):
        self.params = params

    def step(self, n):
        self.threads.add(threading.current_thread().name)
        if self.params.fault == "step":
            raise RuntimeError("the step broke")
        for _ in range(n):
            self.sum += self.params.gain
        time.sleep(0.001)

    def measure(self, wanted=None):
        total = np.inf if self.params.fault == "infinite" else self.sum
        flat = np.zeros((8, 8), np.float32)
        surface = Surface("flat", "x", "y", "z", frozen(flat, np.float32), (-1, 1, -1, 1), 0.0, 1.0,
                          frozen(np.zeros((0, 3)), np.float32), frozen(np.zeros((0, 1, 3)), np.float32))  # fmt: skip
        return Measurement({"sum": Scalar(total, 0.0, 1)}, {"surface": surface}, (), not np.isfinite(total))


@pytest.fixture
def runner(monkeypatch):
    monkeypatch.setattr(runner_module, "EXPERIMENTS", (Counter,))
    made = Runner("numba")
    yield made
    assert made.close()


def settle(runner, condition, seconds=60.0):
    """Wait until the newest snapshot satisfies `condition`, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        shot = runner.latest("counter")
        if shot is not None and condition(shot):
            return shot
        time.sleep(0.002)
    raise AssertionError(f"never happened; last seen: {runner.latest('counter')}")


def test_headless_advance_takes_exactly_the_steps_asked_for(runner):
    runner.open("counter", CounterParams(gain=2.0), seed=5)
    runner.advance("counter", 1234)
    shot = runner.measure("counter")
    assert (shot.step, shot.measurement.scalars["sum"].mean) == (1234, 5 + 2.0 * 1234)
    assert runner.history("counter")["step"].tolist() == [1234]


def test_live_parameter_keeps_the_run_and_others_restart_it(runner):
    runner.open("counter", seed=0)
    runner.advance("counter", 10)
    runner.submit("counter", CounterParams(gain=3.0))
    runner.advance("counter", 10)
    live = runner.measure("counter")
    assert (live.generation, live.measurement.scalars["sum"].mean) == (0, 40.0)
    runner.submit("counter", CounterParams(gain=3.0, size=5))
    anew = runner.measure("counter")
    assert (anew.generation, anew.step, anew.measurement.scalars["sum"].mean) == (1, 0, 0.0)


def test_refused_memory_keeps_the_old_run_and_says_so(runner):
    runner.open("counter", seed=0)
    runner.advance("counter", 7)
    runner.submit("counter", CounterParams(size=1000))
    shot = runner.measure("counter")
    assert (shot.generation, shot.step, shot.params.size) == (0, 7, 4)
    assert "1,048,576 MiB" in shot.notice and "1,024 MiB" in shot.notice
    runner.submit("counter", CounterParams(gain=2.0))
    assert runner.measure("counter").notice == ""


def test_after_a_divergence_a_live_change_begins_anew(runner):
    runner.open("counter", CounterParams(fault="infinite"), seed=0)
    runner.advance("counter", 3)
    assert runner.measure("counter").measurement.diverged
    runner.submit("counter", CounterParams(gain=0.5))
    shot = runner.measure("counter")
    assert (shot.generation, shot.step, shot.measurement.diverged) == (1, 0, False)


def test_unknown_experiment_names_the_nearest(runner):
    with pytest.raises(parameters.UnknownParameterError, match="did you mean 'counter'"):
        runner.open("cuonter")


def test_playing_pausing_resetting_in_the_thread(runner):
    runner.start()
    runner.open("counter", seed=3)
    first = settle(runner, lambda s: True)
    assert isinstance(first, Snapshot) and first.step == 0 and not first.playing
    runner.play("counter")
    settle(runner, lambda s: s.step > 20 and s.playing)
    runner.pause("counter")
    still = settle(runner, lambda s: not s.playing)
    time.sleep(0.05)
    assert runner.latest("counter").step == still.step
    runner.single_step("counter")
    settle(runner, lambda s: s.step == still.step + 1)
    runner.reset("counter")
    anew = settle(runner, lambda s: s.generation == 1)
    assert (anew.step, anew.seed, anew.playing) == (0, 3, False)
    seed = runner.reseed("counter")
    assert settle(runner, lambda s: s.generation == 2).seed == seed
    runner.play("counter")
    playing = settle(runner, lambda s: s.playing and s.step > 0)
    runner.reset("counter")
    assert settle(runner, lambda s: s.generation == playing.generation + 1).playing


def test_only_the_simulation_thread_steps(runner):
    runner.start()
    runner.open("counter", seed=0)
    runner.play("counter")
    settle(runner, lambda s: s.step > 5)
    experiment = runner._channels["counter"].simulation._experiment
    assert experiment.threads == {"simulation"}


def test_speed_is_throttled(runner):
    runner.start()
    runner.open("counter", seed=0)
    settle(runner, lambda s: True)
    runner.set_speed("counter", 50.0)
    runner.play("counter")
    began = settle(runner, lambda s: s.step >= 5)
    at = time.monotonic()
    later = settle(runner, lambda s: s.step >= began.step + 20)
    # 20 steps at 50 a second last 0.4 s; unthrottled they take 0.02 s. Only the lower bound is the runner's promise.
    assert time.monotonic() - at > 0.5 * (later.step - began.step) / 50.0


def test_a_fault_stops_that_experiment_and_is_recoverable(runner):
    runner.start()
    runner.open("counter", seed=0)
    runner.play("counter")
    runner.submit("counter", CounterParams(fault="step"))
    failure = settle(runner, lambda s: isinstance(s, Failure))
    assert "the step broke" in failure.message and "Traceback" in failure.traceback and failure.params.fault == "step"
    runner.submit("counter", CounterParams())
    assert settle(runner, lambda s: isinstance(s, Snapshot)).step == 0


def test_looking_renders_even_while_paused(runner):
    runner.start()
    runner.open("counter", seed=0)
    runner.watch("counter", {"surface"})
    settle(runner, lambda s: True)
    runner.look("counter", "surface", Camera(azimuth=10.0, width=64, height=48))
    shot = settle(runner, lambda s: s.measurement.figures["surface"].pixels is not None)
    assert shot.measurement.figures["surface"].pixels.shape == (48, 64, 4)


def test_newest_parameters_win(runner):
    runner.start()
    runner.open("counter", seed=0)
    for gain in np.linspace(0, 5, 50):
        runner.submit("counter", CounterParams(gain=float(gain)))
    assert settle(runner, lambda s: s.params.gain == 5.0).generation == 0


def test_no_device_is_published_not_thrown(monkeypatch):
    monkeypatch.setattr(runner_module, "EXPERIMENTS", (Counter,))
    made = Runner("opencl", "no such device")
    made.start()
    made.open("counter")
    failure = settle(made, lambda s: isinstance(s, Failure))
    assert "no such device" in failure.message
    assert made.close()


def test_device_is_changed_while_running(runner):
    runner.start()
    runner.open("counter", seed=0)
    runner.play("counter")
    settle(runner, lambda s: s.step > 3)
    runner.choose_device("opencl:no such thing")
    assert "no such thing" in settle(runner, lambda s: s.notice).notice
    runner.choose_device("numba")
    assert settle(runner, lambda s: s.generation == 1).notice == ""


def test_every_experiment_moves_to_another_device_or_none(monkeypatch):
    """One that finds no room there keeps all of them, and the name of the device, where they are."""

    class Picky(Counter):
        name = "picky"

        def init(self, backend, params, seed):
            if backend.device == "a small device":
                raise OutOfDeviceMemoryError(2**40, 2**30, backend.device)
            super().init(backend, params, seed)

    def small(key):
        backend = NumbaBackend()
        backend.device = "a small device"
        return backend

    monkeypatch.setattr(runner_module, "EXPERIMENTS", (Counter, Picky))
    made = Runner("numba")
    made.open("counter", seed=0)
    made.open("picky", seed=0)
    for name in ("counter", "picky"):
        made.advance(name, 7)
    before, here = made.backend, made.device_name
    monkeypatch.setattr(runner_module.registry, "open_device", small)
    made.choose_device("opencl:small")
    assert made.backend is before and made.device_name == here
    for name in ("counter", "picky"):
        shot = made.measure(name)
        assert (shot.generation, shot.step) == (0, 7)
        assert "a small device cannot hold this" in shot.notice and f"staying on {here}" in shot.notice
        assert made._channels[name].simulation.backend is before


def test_a_step_asked_for_before_a_failure_is_not_taken_after_it(runner):
    runner.start()
    runner.open("counter", CounterParams(fault="step"), seed=0)
    for _ in range(3):
        runner.single_step("counter")
    settle(runner, lambda s: isinstance(s, Failure))
    runner.single_step("counter")
    runner.submit("counter", CounterParams())
    settle(runner, lambda s: isinstance(s, Snapshot))
    time.sleep(0.1)
    assert runner.latest("counter").step == 0
    runner.single_step("counter")
    settle(runner, lambda s: s.step == 1)


def test_history_takes_eight_bytes_a_number():
    history = History()
    tracemalloc.start()
    for step in range(20_000):
        history.append(step, Measurement({"a": Scalar(step * 0.1, step * 0.01, 2)}))
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 20_000 * 3 * 8 * 1.3
    assert history.arrays()["a_stderr"][-1] == 199.99 and history.arrays()["step"].dtype == np.int64


def test_history_is_whole_whenever_it_is_read():
    """The window exports while the simulation thread appends, here in the middle of a measurement."""
    history = History()
    measurement = Measurement({"a": Scalar(1.0, 0.1, 2), "b": Scalar(2.0, 0.2, 2)})
    seen = []

    class Spy(dict):
        def items(self):
            for item in super().items():
                seen.append(history.arrays())
                yield item

    for step in (0, 5, 9):
        history.append(step, Measurement(Spy(measurement.scalars)))
    assert {len(set(map(len, arrays.values()))) for arrays in seen} == {1}
    assert [len(arrays["step"]) for arrays in seen] == [0, 0, 1, 1, 2, 2]
    whole = history.arrays()
    assert whole["step"].tolist() == [0, 5, 9] and whole["b"].tolist() == [2.0] * 3
    history.append(12, Measurement({"c": Scalar(3.0, 0.0, 1)}))
    assert np.isnan(history.arrays()["b"][-1]) and np.isnan(history.arrays()["c"][:3]).all()


def test_a_faulty_request_does_not_end_the_thread(runner):
    runner.start()
    runner.open("counter", seed=0)
    settle(runner, lambda s: True)

    def faulty():
        raise RuntimeError("a request broke")

    runner._post(faulty)
    assert "a request broke" in settle(runner, lambda s: s.notice).notice
    runner.play("counter")
    settle(runner, lambda s: s.step > 3)
