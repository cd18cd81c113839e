"""The simulation thread: parameters in, newest snapshot out.

ONE thread owns the device and every kernel (docs/adr/0001). The window posts requests and polls for the newest
snapshot; nothing else crosses. `advance` and `measure` run the same body with no thread, for tests, the command line
and video.
"""

import secrets
import threading
import time
from collections.abc import Callable, Collection
from queue import SimpleQueue
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from simulator import parameters
from simulator.backends import registry
from simulator.backends.base import AbstractBackend, BackendError
from simulator.channel import Channel
from simulator.experiment import AbstractExperiment
from simulator.experiments import EXPERIMENTS
from simulator.figures import Camera
from simulator.log import log_failure
from simulator.simulation import CHUNK_SECONDS, Simulation
from simulator.snapshot import Failure, Snapshot

DEFAULT_SEED = 1
CREDIT_SECONDS = 0.05
"""An experiment that has rested may have so much more of the thread's time than the others, before they take turns."""
SLOW_SECONDS = 0.05
"""After a request that took so long the experiments have a turn before the next."""


def experiment_class(name: str) -> type[AbstractExperiment]:
    """The experiment of that name. Raises UnknownParameterError with the nearest name."""
    for kind in EXPERIMENTS:
        if kind.name == name:
            return kind
    raise parameters.UnknownParameterError(name, [kind.name for kind in EXPERIMENTS], "experiment")


def new_seed() -> int:
    """A seed that nobody chose, short enough to read out."""
    return secrets.randbelow(2**31)


@final
class Runner:
    """Runs experiments. Methods may be called from any one thread; they never wait for the device once `start`ed.

    backend: auto, opencl or numba; device: part of a device's name. Raises NoDeviceError at first use.
    """

    def __init__(self, backend: str = "auto", device: str | None = None) -> None:
        self._wish = (backend, device)
        self._backend: AbstractBackend | None = None
        self._channels: dict[str, Channel] = {}
        self._requests: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.announcement = ""

    # --- what is asked for ---------------------------------------------------------------------------------------

    def open(self, name: str, params: object | None = None, seed: int | None = None) -> None:
        """Make experiment `name` known, paused. The thread builds it, or the first `advance` or `measure`."""
        kind = experiment_class(name)
        channel = Channel(kind, kind.Params() if params is None else params, DEFAULT_SEED if seed is None else seed)
        self._channels[name] = channel
        if self._thread is not None:
            self._post(lambda: channel.begin(self._get_backend))

    def submit(self, name: str, params: object) -> None:
        """Take new parameters before the next chunk; of several submitted meanwhile, the newest."""
        channel = self._channels[name]
        channel.params = params
        self._post(lambda: self._change(channel, lambda simulation: simulation.apply(channel.params)))

    def play(self, name: str) -> None:
        self._set(name, lambda c: setattr(c, "playing", True))

    def pause(self, name: str) -> None:
        self._set(name, lambda c: setattr(c, "playing", False))

    def single_step(self, name: str) -> None:
        """One step, then paused."""

        def ask(channel: Channel) -> None:
            channel.playing, channel.single_steps = False, channel.single_steps + 1

        self._set(name, ask)

    def reset(self, name: str) -> None:
        """Begin anew with the same seed. Never starts a paused run."""
        channel = self._channels[name]
        self._post(lambda: self._change(channel, lambda simulation: simulation.restart(seed=channel.seed)))

    def reseed(self, name: str, seed: int | None = None) -> int:
        """Begin anew with another seed (drawn if None), which is returned."""
        channel = self._channels[name]
        channel.seed = new_seed() if seed is None else seed
        self._post(lambda: self._change(channel, lambda simulation: simulation.restart(seed=channel.seed)))
        return channel.seed

    def begin(self, name: str, params: object, seed: int) -> None:
        """Begin anew with other parameters and another seed at once, or neither where the device refuses the run."""
        channel = self._channels[name]
        channel.params, channel.seed = params, seed

        def change(simulation: Simulation) -> None:
            simulation.restart(params, seed)
            if channel.seed == seed:  # no other has been asked for meanwhile
                channel.seed = simulation.seed

        self._post(lambda: self._change(channel, change))

    def set_speed(self, name: str, steps_per_second: float | None) -> None:
        """Throttle to so many steps a second; None runs flat out."""
        self._set(name, lambda c: setattr(c, "speed", steps_per_second))

    def look(self, name: str, figure: str, camera: Camera) -> None:
        """See a surface through another camera, at once, playing or not."""

        def ask(channel: Channel) -> None:
            if channel.simulation is not None:
                channel.simulation.look(figure, camera)

        self._set(name, ask)

    def watch(self, name: str, figures: Collection[str]) -> None:
        """Which figures are in sight: no other is built."""
        self._set(name, lambda c: setattr(c, "watched", frozenset(figures)))

    def choose_device(self, key: str) -> None:
        """Move every experiment to another device (DeviceInfo.key); each begins anew there, or stays with a notice."""
        self._post(lambda: self._choose_device(key))

    # --- what is seen --------------------------------------------------------------------------------------------

    def latest(self, name: str) -> Snapshot | Failure | None:
        """The newest snapshot; the same object until there is a newer one."""
        return self._channels[name].slot

    def history(self, name: str) -> dict[str, NDArray[Any]]:
        """Every scalar measured in this generation: `step`, NAME and NAME_stderr."""
        simulation = self._channels[name].simulation
        return {"step": np.zeros(0, np.int64)} if simulation is None else simulation.history.arrays()

    def is_playing(self, name: str) -> bool:
        return self._channels[name].playing

    @property
    def backend(self) -> AbstractBackend:
        """The device in use; chosen at first use. Raises NoDeviceError."""
        if self._backend is None:
            self._backend, self.announcement = registry.choose(*self._wish)
        return self._backend

    @property
    def device_name(self) -> str:
        """The device in use, in words; "" until one has been chosen."""
        return "" if self._backend is None else f"{self._backend.name}: {self._backend.device}"

    # --- without a thread ----------------------------------------------------------------------------------------

    def advance(self, name: str, n: int) -> None:
        """n steps, here and now."""
        self._channels[name].build(self.backend).advance(n)

    def measure(self, name: str, wanted: Collection[str] | None = None) -> Snapshot:
        """Measure here and now; `wanted` None builds every figure and waits for every theory curve."""
        return self._channels[name].build(self.backend).measure(wanted)

    def film(self, name: str, n: int) -> None:
        """n steps here and now, then what is watched, published as the thread would; a fault is in `latest`."""
        self._channels[name].film(self._get_backend, n)

    def is_stale(self, name: str) -> bool:
        """Whether anything has been asked for since the newest snapshot."""
        return self._channels[name].dirty

    # --- the thread ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the simulation thread."""
        self._thread = threading.Thread(target=self._loop, name="simulation", daemon=True)
        self._thread.start()

    def close(self, timeout: float = 5.0) -> bool:
        """Stop within one chunk and join; whether the thread ended in time."""
        self._stop.set()
        self._wake.set()
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _post(self, request: Callable[[], None]) -> None:
        if self._thread is None:
            request()
        else:
            self._requests.put(request)
            self._wake.set()

    def _set(self, name: str, ask: Callable[[Channel], None]) -> None:
        channel = self._channels[name]

        def request() -> None:
            ask(channel)
            channel.dirty = True

        self._post(request)

    def _loop(self) -> None:
        for channel in list(self._channels.values()):
            channel.begin(self._get_backend)
        while not self._stop.is_set():
            self._wake.clear()
            self._serve_all()
            channels = list(self._channels.values())
            if not self._take_turn(channels) and self._requests.empty():
                self._wake.wait(min([0.05, *(channel.waits() for channel in channels)]))

    def _take_turn(self, channels: list[Channel]) -> bool:
        """A turn of one that has something to do, of these the one that has had least time; whether there was any."""
        playing = max(1, sum(channel.playing for channel in channels))
        floor = max((channel.spent for channel in channels), default=0.0) - CREDIT_SECONDS
        for channel in channels:
            channel.spent = max(channel.spent, floor)
        for channel in sorted(channels, key=lambda channel: channel.spent):
            began = time.perf_counter()
            worked = channel.turn(CHUNK_SECONDS / playing)
            channel.spent += time.perf_counter() - began
            if worked:
                return True
        return False

    def _serve_all(self) -> None:
        """What was asked for, in order; whoever plays has a turn after each that took long, such as a building."""
        while not self._requests.empty():
            began = time.perf_counter()
            self._serve(self._requests.get())
            if time.perf_counter() - began > SLOW_SECONDS:
                return

    def _serve(self, request: Callable[[], None]) -> None:
        """A faulty request is noted and said in every panel; the thread that all of them share lives on."""
        try:
            request()
        except Exception as error:
            log_failure(error)
            self._say(f"{type(error).__name__}: {error}")

    def _get_backend(self) -> AbstractBackend:
        return self.backend

    def _change(self, channel: Channel, change: Callable[[Simulation], None]) -> None:
        """Change a healthy simulation; a failed one is built afresh from what was asked for last."""
        simulation = channel.healthy
        if simulation is None:
            channel.begin(self._get_backend)
        else:
            channel.guarded(lambda: change(simulation))
        channel.dirty = True

    def _choose_device(self, key: str) -> None:
        """Every experiment moves, or none does and each says why: one device computes, and its name is true of all."""
        channels = list(self._channels.values())  # the window may open one meanwhile
        running = [simulation for channel in channels if (simulation := channel.healthy) is not None]
        try:
            backend = registry.open_device(key)
            moves = [simulation.prepare(backend=backend) for simulation in running]
        except BackendError as error:
            self._say(f"{error}; staying on {self.device_name}")
            return
        self._backend, self.announcement = backend, ""
        for move in moves:
            move()
        for channel in channels:
            if channel.healthy is None:  # it had failed: it is built afresh
                channel.begin(self._get_backend)
            channel.dirty = True

    def _say(self, notice: str) -> None:
        """One line in every panel."""
        for channel in list(self._channels.values()):
            if channel.simulation is not None:
                channel.simulation.notice = notice
                channel.dirty = True
