"""The Gaussian field: gradient-descent steps and slices, beside numpy, torch (eager and compiled) and JAX.

A step of every contestant is the same: phases, energies and gradients of all walkers over all features, and the update.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Workload, burst
from simulator.backends.registry import choose
from simulator.landscapes.gaussian import Gaussian
from simulator.optimizers import Dials

STEPS = (
    (2, 1024, 1, 5.0),
    (2, 1024, 16, 5.0),
    (2, 1024, 256, 5.0),
    (2, 8192, 1, 5.0),
    (2, 8192, 16, 5.0),
    (2, 8192, 256, 5.0),
    (50, 1024, 32, 3.0),
    (50, 1024, 256, 2.5),
    (500, 8192, 1, 2.2),
    (500, 8192, 32, 1.5),
    (500, 8192, 256, 1.0),
)
"""(N, features, replicas, target ratio)."""
PIXELS, SLICE_FEATURES = 512, 1024
ETA = 0.01
Burst = Callable[[], float]
Floats = NDArray[np.float32]


def workloads() -> Iterator[Workload]:
    """Every step of STEPS, and the two ways to a slice."""
    for n, f, m, target in STEPS:
        work = functools.partial(_Steps, n, f, m)
        yield Workload(f"field-step-N{n}-F{f}-M{m}", 4.0 * n * f * m, *_contestants(work), target=target)
    points = PIXELS**2 * SLICE_FEATURES
    yield Workload("field-slice-separable", 4.0 * points, *_contestants(_Separable), target=1.0)
    yield Workload("field-slice-direct", 4.0 * points, *_contestants(_Direct), target=1.9)


def _contestants(make: Callable[[], Any]) -> tuple[Burst, dict[str, Burst]]:
    """ours and the peers of one workload, which is made at the first call."""
    made = functools.cache(make)
    names = ("numpy", "torch", "torch.compile", "jax")

    @functools.cache
    def built(name: str) -> Callable[[int], object]:
        step: Callable[[int], object] = getattr(made(), name.replace(".", "_"))()
        step(2)
        return step

    def timed(name: str) -> Burst:
        return lambda: burst(built(name), seconds=0.1)

    return timed("ours"), {name: timed(name) for name in names}


def _torch() -> Any:
    import torch

    torch.set_grad_enabled(False)
    return torch


class _Steps:
    """step(n) of each contestant: n steps of gradient descent of m walkers."""

    def __init__(self, n: int, f: int, m: int) -> None:
        self.field = Gaussian(choose()[0], n, 1, m, seed=1, features=f)
        turns, biases = self.field.host_features(0)
        self.k = np.ascontiguousarray(2 * np.pi * turns, np.float32)
        self.b, self.x = (2 * np.pi * biases).astype(np.float32), self.field.positions()[0]
        self.scale, self.height = np.float32(ETA * np.sqrt(2 * n / f)), np.float32(np.sqrt(2 / (n * f)))

    def ours(self) -> Callable[[int], object]:
        dials = Dials("gd", ETA)
        return lambda n: self.field.step(n, dials)

    def numpy(self) -> Callable[[int], object]:
        x, k, b = self.x.copy(), self.k, self.b
        phase, sine = np.empty((len(x), len(b)), np.float32), np.empty((len(x), len(b)), np.float32)
        step = np.empty_like(x)

        def run(n: int) -> object:
            for _ in range(n):
                np.matmul(x, k.T, out=phase)
                np.add(phase, b, out=phase)
                np.sin(phase, out=sine)
                np.cos(phase, out=phase)
                energy = self.height * phase.sum(axis=1)
                np.matmul(sine, k, out=step)
                np.multiply(step, self.scale, out=step)
                np.add(x, step, out=x)
            return energy

        return run

    def _torch_step(self) -> tuple[Any, Any]:
        torch = _torch()
        x, k, b = (torch.from_numpy(a.copy()) for a in (self.x, self.k, self.b))
        scale, height = float(self.scale), float(self.height)

        def step(x: Any) -> Any:
            phase = torch.addmm(b, x, k.T)
            return torch.addmm(x, torch.sin(phase), k, alpha=scale), height * torch.cos(phase).sum(dim=1)

        return x, step

    def torch(self) -> Callable[[int], object]:
        return self._repeat(*self._torch_step())

    def torch_compile(self) -> Callable[[int], object]:
        x, step = self._torch_step()
        return self._repeat(x, _torch().compile(step))

    def _repeat(self, x: Any, step: Any) -> Callable[[int], object]:
        def run(n: int) -> object:
            state = x
            for _ in range(n):
                state, energy = step(state)
            return energy

        return run

    def jax(self) -> Callable[[int], object]:
        import jax
        import jax.numpy as jnp

        k, b, x = (jnp.asarray(a) for a in (self.k, self.b, self.x))

        @jax.jit
        def run(n: int, x: Any) -> Any:
            def step(_: int, carry: Any) -> Any:
                phase = carry[0] @ k.T + b
                return carry[0] + self.scale * (jnp.sin(phase) @ k), self.height * jnp.cos(phase).sum(axis=1)

            return jax.lax.fori_loop(0, n, step, (x, jnp.zeros(len(x))))

        return lambda n: jax.block_until_ready(run(n, x))


class _Slices:
    """A grid over the plane of a field of two components."""

    def __init__(self) -> None:
        self.field = Gaussian(choose()[0], 2, 1, 1, seed=1, features=SLICE_FEATURES)
        turns, biases = self.field.host_features(0)
        self.k, self.b = (2 * np.pi * turns).astype(np.float32), (2 * np.pi * biases).astype(np.float32)
        self.axis = np.linspace(-6, 6, PIXELS).astype(np.float32)
        self.height = np.float32(np.sqrt(1 / SLICE_FEATURES))

    def _eager(self, draw: Callable[[], object]) -> Callable[[int], object]:
        def run(n: int) -> None:
            for _ in range(n):
                draw()

        return run


class _Separable(_Slices):
    """cos(a + c) = cos a cos c - sin a sin c: two tables and a product."""

    def ours(self) -> Callable[[int], object]:
        zero, e1, e2 = np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0])
        return self._eager(lambda: self.field.plane(0, zero, e1, e2, self.axis, self.axis, Dials()))

    def _by(self, library: Any, convert: Callable[[Floats], Any]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        k0, k1 = (np.ascontiguousarray(self.k[:, i]) for i in (0, 1))
        height = float(self.height)

        def draw(axis: Any, k0: Any, k1: Any, b: Any) -> Any:
            across, down = axis[:, None] * k0 + b, axis[:, None] * k1
            return height * (library.cos(down) @ library.cos(across).T - library.sin(down) @ library.sin(across).T)

        return draw, tuple(convert(a) for a in (self.axis, k0, k1, self.b))

    def numpy(self) -> Callable[[int], object]:
        draw, arrays = self._by(np, lambda a: a)
        return self._eager(lambda: draw(*arrays))

    def torch(self) -> Callable[[int], object]:
        torch = _torch()
        draw, arrays = self._by(torch, torch.from_numpy)
        return self._eager(lambda: draw(*arrays))

    def torch_compile(self) -> Callable[[int], object]:
        torch = _torch()
        draw, arrays = self._by(torch, torch.from_numpy)
        compiled = torch.compile(draw)
        return self._eager(lambda: compiled(*arrays))

    def jax(self) -> Callable[[int], object]:
        import jax
        import jax.numpy as jnp

        draw, arrays = self._by(jnp, jnp.asarray)
        compiled = jax.jit(draw)
        return self._eager(lambda: jax.block_until_ready(compiled(*arrays)))


class _Direct(_Slices):
    """One cosine a point and feature, for charts that do not separate."""

    def ours(self) -> Callable[[int], object]:
        points = np.stack(np.broadcast_arrays(self.axis, self.axis[:, None]), axis=-1)
        return self._eager(lambda: self.field.energies(0, points, Dials()))

    def _by(self, library: Any) -> Callable[..., Any]:
        height = float(self.height)

        def row(v: Any, u: Any, k: Any, b: Any) -> Any:
            return height * library.cos(u[..., None] * k[:, 0] + v[..., None] * k[:, 1] + b).sum(-1)

        return row

    def numpy(self) -> Callable[[int], object]:
        row = self._by(np)
        return self._eager(lambda: [row(v, self.axis, self.k, self.b) for v in self.axis])

    def torch(self) -> Callable[[int], object]:
        torch = _torch()
        row, u, k, b = self._by(torch), *(torch.from_numpy(a) for a in (self.axis, self.k, self.b))
        return self._eager(lambda: [row(v, u, k, b) for v in u])

    def torch_compile(self) -> Callable[[int], object]:
        torch = _torch()
        grid, u, k, b = self._by(torch), *(torch.from_numpy(a) for a in (self.axis, self.k, self.b))
        compiled, k = torch.compile(lambda u, k, b: grid(u[:, None], u, k, b)), k.contiguous()
        return self._eager(lambda: compiled(u, k, b))

    def jax(self) -> Callable[[int], object]:
        import jax
        import jax.numpy as jnp

        grid, u, k, b = self._by(jnp), *(jnp.asarray(a) for a in (self.axis, self.k, self.b))
        compiled = jax.jit(lambda u, k, b: jax.lax.map(lambda v: grid(v, u, k, b), u))
        return self._eager(lambda: jax.block_until_ready(compiled(u, k, b)))
