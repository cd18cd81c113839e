"""One experiment in the simulation thread: what is asked of it, its share of the time, its newest snapshot."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

from simulator.backends.base import AbstractBackend
from simulator.experiment import AbstractExperiment
from simulator.simulation import CHUNK_SECONDS, Simulation, describe_failure
from simulator.snapshot import Failure, Snapshot

PUBLISH_SECONDS = 1 / 60
MEASURING_SHARE = 0.6
"""At most this share of the thread's time goes into measuring and rendering while it plays."""


@final
@dataclass
class Channel:
    """Written by the simulation thread, but for `params` and `seed`, which hold what was asked for last.

    slot: the newest snapshot, or the failure that stopped this experiment. dirty: publish at the next turn whatever
    the pace. spent: seconds of the thread that it has had. Faults are caught here once, published, and stop this
    experiment alone.
    """

    kind: type[AbstractExperiment]
    params: object
    seed: int
    simulation: Simulation | None = None
    playing: bool = False
    single_steps: int = 0
    speed: float | None = None
    watched: frozenset[str] = frozenset()
    slot: Snapshot | Failure | None = None
    dirty: bool = True
    spent: float = 0.0
    _began: float = 0.0
    _measuring: float = PUBLISH_SECONDS
    _budget: float = 0.0
    _stepped: float = field(default_factory=time.perf_counter)

    def guarded(self, work: Callable[[], object]) -> bool:
        """Do `work`; whether it did anything. A fault becomes a Failure in the slot."""
        try:
            return bool(work())
        except Exception as error:
            self.playing, self.single_steps = False, 0
            self.slot = describe_failure(self.kind.name, self.params, error)
            return False

    def begin(self, backend: Callable[[], AbstractBackend]) -> None:
        """Build the simulation from what was asked for last, after a failure too: steps asked for before are void."""
        if isinstance(self.slot, Failure):
            self.single_steps = 0
        self.slot, self.simulation = None, None
        self.guarded(lambda: self.build(backend()))

    def build(self, backend: AbstractBackend) -> Simulation:
        """The simulation, built now if there is none yet. Raises what the device or the parameters say."""
        if self.simulation is None:
            self.simulation = Simulation(self.kind, backend, self.params, self.seed)
            self.dirty = True
        return self.simulation

    @property
    def healthy(self) -> Simulation | None:
        """The simulation, unless it has failed or was never built."""
        return None if isinstance(self.slot, Failure) else self.simulation

    def turn(self, chunk_seconds: float = CHUNK_SECONDS) -> bool:
        """Its share: a chunk if it plays, a snapshot if one is due. Whether anything was done."""
        return self.guarded(lambda: self._turn(chunk_seconds)) if self.healthy is not None else False

    def film(self, backend: Callable[[], AbstractBackend], n: int) -> None:
        """n steps and a snapshot, whatever the pace."""
        if self.simulation is None and self.slot is None:
            self.begin(backend)
        simulation = self.healthy
        if simulation is not None:
            self.guarded(lambda: self._filmed(simulation, n))

    def waits(self) -> float:
        """Seconds until a throttled run has earned its next step, or the last one may be shown."""
        if not (self.playing and self.speed):
            return 0.05
        step = (1.0 - self._budget) / self.speed
        return max(0.0, min(step, self._due_in()) if self._unseen() else step)

    def _turn(self, chunk_seconds: float) -> bool:
        simulation = self.healthy
        assert simulation is not None
        steps = self._advance(simulation, chunk_seconds)
        if self.dirty or (self._due_in() <= 0.0 and (self._unseen() or simulation.awaits_theory)):
            self._publish(simulation)
            return True
        return steps > 0

    def _unseen(self) -> bool:
        """Whether there are steps that no snapshot shows."""
        simulation = self.healthy
        return simulation is not None and isinstance(self.slot, Snapshot) and self.slot.step != simulation.step

    def _due_in(self) -> float:
        """Seconds until the next snapshot: 60 a second, or fewer where measuring would take more than its share."""
        return self._began + max(PUBLISH_SECONDS, self._measuring / MEASURING_SHARE) - time.perf_counter()

    def _advance(self, simulation: Simulation, chunk_seconds: float) -> int:
        now = time.perf_counter()
        elapsed, self._stepped = now - self._stepped, now
        if self.single_steps > 0:
            self.single_steps -= 1
            self.dirty = True
            return simulation.advance_chunk(1)
        if not self.playing:
            return 0
        if self.speed is None:
            return simulation.advance_chunk(2**31, chunk_seconds)
        # What was not used is kept for a twentieth of a second at most: no burst after a pause.
        self._budget = min(self._budget + self.speed * elapsed, max(1.0, self.speed / 20))
        steps = simulation.advance_chunk(int(self._budget), chunk_seconds) if self._budget >= 1.0 else 0
        self._budget -= steps
        return steps

    def _filmed(self, simulation: Simulation, n: int) -> None:
        simulation.advance(n + self.single_steps)
        self.single_steps = 0
        self._publish(simulation)

    def _publish(self, simulation: Simulation) -> None:
        self.dirty = False
        self._began = time.perf_counter()
        self.slot = simulation.measure(self.watched, self.playing)
        # It may only double: one slow measurement (the first, which compiles) must not silence the picture.
        self._measuring = min(time.perf_counter() - self._began, 2 * self._measuring)
