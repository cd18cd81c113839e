"""What the transport acts on: one experiment, or all those of a workspace at once."""

from collections.abc import Sequence
from typing import Protocol, final

from PySide6.QtCore import QObject, Signal, SignalInstance

from simulator.runner import new_seed
from ui.channel import Channel


class Run(Protocol):
    """Something that plays."""

    @property
    def changed(self) -> SignalInstance:
        """Emitted where playing, seed or speed may not be what they were."""

    @property
    def playing(self) -> bool: ...

    @property
    def seed(self) -> int: ...

    @property
    def speed(self) -> float | None: ...

    def toggle(self) -> None: ...

    def single_step(self) -> None: ...

    def step_back(self) -> None: ...

    def reset(self) -> None: ...

    def reseed(self, seed: int | None = None) -> None: ...

    def set_speed(self, speed: float | None) -> None: ...

    def faster(self) -> None: ...

    def slower(self) -> None: ...


@final
class Together(QObject):
    """Several experiments as one. Seed and speed are shown of the first."""

    changed = Signal()

    def __init__(self, channels: Sequence[Channel]) -> None:
        super().__init__()
        self._channels = tuple(channels)
        for channel in self._channels:
            channel.changed.connect(self.changed)

    @property
    def playing(self) -> bool:
        """Whether any plays."""
        return any(channel.playing for channel in self._channels)

    @property
    def seed(self) -> int:
        """The first's."""
        return self._channels[0].seed

    @property
    def speed(self) -> float | None:
        """The first's."""
        return self._channels[0].speed

    def toggle(self) -> None:
        """Pause all if any plays, else play all."""
        playing = not self.playing
        for channel in self._channels:
            channel.set_playing(playing)

    def single_step(self) -> None:
        """One step of each; or one picture forward where pictures were stepped back through, and no step of others."""
        for channel in [each for each in self._channels if each.recent.seen is not None] or self._channels:
            channel.single_step()

    def step_back(self) -> None:
        """One picture back, each."""
        for channel in self._channels:
            channel.step_back()

    def reset(self) -> None:
        """Begin all anew from their seeds."""
        for channel in self._channels:
            channel.reset()

    def reseed(self, seed: int | None = None) -> None:
        """Begin all anew from one seed, drawn if None."""
        common = new_seed() if seed is None else seed
        for channel in self._channels:
            channel.reseed(common)

    def set_speed(self, speed: float | None) -> None:
        """So many steps a second at most, each."""
        for channel in self._channels:
            channel.set_speed(speed)

    def faster(self) -> None:
        """The next speed up, each from its own."""
        for channel in self._channels:
            channel.faster()

    def slower(self) -> None:
        """The next speed down, each from its own."""
        for channel in self._channels:
            channel.slower()
