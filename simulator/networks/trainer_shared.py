"""Steps of networks whose layers are shared among work-items: the launches of mlp_wide.cl."""

from collections.abc import Callable
from typing import Any, Final, final

import numpy as np

from simulator.backends.base import AbstractBackend, DeviceArray, Launcher
from simulator.networks.trainer_batches import Batch

UPDATE, FORWARD = 1, 2
"""What the kernel `turn` does."""
ITEMS: Final = 2
"""Work-items of a launch for each compute unit of a processor."""


@final
class Shared:
    """Queues steps, two launches for each layer of weights but one; nothing waits."""

    def __init__(
        self, backend: AbstractBackend, sizes: tuple[int, ...], panel: int, make: Callable[[str, str], Launcher]
    ) -> None:
        """make(file, name): a new launcher, whose arguments stay set while they do not change."""
        self._backend, self._sizes, self._panel, self._make = backend, sizes, panel, make
        self._launchers: dict[tuple[str, int], Launcher] = {}
        self._clock: DeviceArray = backend.zeros(2, np.uint32)
        self._sums: DeviceArray = None

    def steps(
        self, networks: int, batch: Batch, arrays: tuple[Any, ...], numbers: tuple[Any, ...], clipped: bool
    ) -> None:
        """batch.count steps; arrays and numbers: the kernels' arguments before and after the clock."""
        last, u = len(self._sizes) - 1, np.uint32

        def launch(name: str, size: int, which: int | None = None) -> Callable[[], None]:
            """A launch of `size` panels of each network; which: the kernel's last argument."""
            parts = self._parts(networks, size)
            more = () if which is None else (u(which),)
            kernel = self._kernel(name, which or 0)
            given = (*arrays, self._clock, *numbers, u(parts), *more)
            return lambda: kernel(networks * parts, *given)

        forward, both, update = (launch("turn", self._sizes[1], does) for does in (FORWARD, FORWARD | UPDATE, UPDATE))
        middle = [launch("ahead", self._sizes[layer], layer) for layer in range(2, last)]
        middle.append(launch("top", batch.size))
        middle += [launch("back", self._sizes[layer - 1], layer) for layer in range(last, 2, -1)]
        applied = self._applied(networks, arrays, numbers)
        self._kernel("begin", 0)(1, self._clock)
        forward()
        for k in range(batch.count):
            for each in middle:
                each()
            if not clipped and k + 1 < batch.count:
                both()
                continue
            update()
            if clipped:
                applied()
                if k + 1 < batch.count:
                    forward()

    def _applied(self, networks: int, arrays: tuple[Any, ...], numbers: tuple[Any, ...]) -> Callable[[], None]:
        """What follows where gradients are kept: their norms, and the update."""
        u, length, space, gradient_at = np.uint32, *numbers[2:5]
        parts = self._parts(networks, 1 << 30)
        if self._sums is None or self._sums.shape[0] < networks * parts:
            self._sums = self._backend.zeros(networks * parts)
        squares, apply, sums = self._kernel("squares", 0), self._kernel("apply", 0), self._sums
        before = (arrays[3], sums, length, space, gradient_at, u(parts))
        after = (*arrays, self._clock, *numbers, u(parts), sums)

        def run() -> None:
            squares(networks * parts, *before)
            apply(networks * parts, *after)

        return run

    def _parts(self, networks: int, size: int) -> int:
        """Work-items of each network for `size` units or samples, of which a panel is the least."""
        panels = -(-size // self._panel)
        if self._backend.is_gpu:
            return min(panels, 1 << 10)
        return min(panels, max(1, -(-ITEMS * self._backend.compute_units // networks)))

    def _kernel(self, name: str, which: int) -> Launcher:
        key = (name, which)
        if key not in self._launchers:
            self._launchers[key] = self._make("mlp_wide", name)
        return self._launchers[key]
