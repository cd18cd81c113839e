"""The one contract that every experiment fulfils."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from simulator.backends.base import AbstractBackend
from simulator.snapshot import Measurement


@dataclass(frozen=True, slots=True)
class View:
    """One dock: its name, its title, and the figures in it. `alternatives`: show one at a time, switched by a click."""

    name: str
    title: str
    figures: tuple[str, ...]
    alternatives: bool = False


class AbstractExperiment(ABC):
    """A simulation with its measurements. Lives in the simulation thread alone; knows nothing of windows.

    The class docstring's first line says what is seen; the rest gives equation, reference and what to look for.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    Params: ClassVar[type]
    scalars: ClassVar[Mapping[str, str]]
    """Names of the scalars with one line each."""
    views: ClassVar[tuple[View, ...]]
    steps_per_run: ClassVar[int] = 500
    """How many steps a headless run takes unless told."""
    steps_per_second: ClassVar[float | None] = None
    """How fast a window plays it until its user chooses; None for as fast as the device goes."""
    hurried: bool = False
    """Whether the run plays in a window: what is dear may then be measured, and noted, a few times a second only."""

    @abstractmethod
    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        """Build the state for `params`, from `seed` alone. Raises OutOfDeviceMemory before anything is lost."""

    @abstractmethod
    def update(self, params: Any) -> None:
        """Take new values of live parameters without a reset."""

    @abstractmethod
    def step(self, n: int) -> None:
        """Queue n steps on the device. The same state results however the steps are cut into calls."""

    @abstractmethod
    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        """One blocking read. `wanted` names the figures to build (None: all). Must not change the state."""

    @property
    def awaits_theory(self) -> bool:
        """Whether a theory curve is still being computed, so that the next measurement may differ without a step."""
        return False
