"""The p-spin glass beside the best dense way of writing it: one gradient step, update and retraction included.

A peer holds the symmetrised tensor J, dense, and takes J.reshape(N N, N) @ S, one contraction with S and the update. It
is allowed two orders of the contraction, walkers last or first, and keeps the faster. JAX loops inside jit.
"""

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.common import Workload, burst
from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.landscapes.glass import Glass
from simulator.optimizers import Dials

ETA = np.float32(0.05)
SECONDS = 0.1
# Ratios to the best peer that must be reached, by N and then by walkers.
TARGETS = {64: {1: 1.7, 32: 3.0, 256: 1.9}, 128: {1: 1.3, 32: 3.0, 256: 1.8}, 256: {1: 4.0, 32: 2.0, 256: 1.8}}
Burst = Callable[[], float]


def workloads() -> Iterator[Workload]:
    """p = 3 gradient descent over sizes and walkers, and the window's own mini-batches (without peers)."""
    for size, targets in TARGETS.items():
        for walkers, target in targets.items():
            flops = 2.0 / 3.0 * walkers * size**3
            peers = {name: _lazy(make, size, walkers) for name, make in PEERS.items()}
            ours = _lazy(_ours, size, 1, walkers, Dials("gd", float(ETA)))
            yield Workload(f"glass-N{size}-M{walkers}", flops, ours, peers, target)
    for fraction in (0.5, 0.1):
        batch = Dials("sgd", batch_fraction=fraction)
        yield Workload(f"glass-sgd-b{fraction}-N128-M128", 128**4, _lazy(_ours, 128, 2, 64, batch))


def _lazy(make: Callable[..., Burst], *arguments: Any) -> Burst:
    """A burst of what `make(*arguments)` returns, made at the first call."""
    made = functools.cache(make)
    return lambda: made(*arguments)()


@functools.cache
def _backend() -> AbstractBackend:
    return choose()[0]


def _ours(size: int, samples: int, replicas: int, dials: Dials) -> Burst:
    glass = Glass(_backend(), size, samples, replicas, 1)
    return lambda: burst(lambda n: glass.step(n, dials), seconds=SECONDS)


@functools.cache
def _problem(size: int, walkers: int) -> tuple[np.ndarray, np.ndarray]:
    """J (N, N, N) symmetric with H = -sum J sss of the glass's variance, and S (N, walkers) on the sphere."""
    rng = np.random.default_rng(1)
    drawn = rng.standard_normal((size, size, size), dtype=np.float32) / np.float32(np.sqrt(2) * size)
    j = sum(np.transpose(drawn, order) for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)))
    s = rng.standard_normal((size, walkers), dtype=np.float32)
    s *= np.sqrt(np.float32(size)) / np.linalg.norm(s, axis=0)
    return np.ascontiguousarray(j / np.float32(6)), s


def _faster(*steps: Callable[[int], object]) -> Burst:
    """The burst of the fastest of several ways to take n steps."""

    def seconds(step: Callable[[int], object]) -> float:
        step(1)
        began = time.perf_counter()
        step(3)
        return time.perf_counter() - began

    best = min(steps, key=seconds)
    return lambda: burst(best, seconds=SECONDS)


def _numpy(size: int, walkers: int) -> Burst:
    j, s = _problem(size, walkers)
    flat, n = j.reshape(size * size, size), np.float32(size)

    def walkers_last(steps: int) -> None:
        x = s.copy()
        for _ in range(steps):
            half = (flat @ x).reshape(size, size, -1)
            g = np.float32(-3) * (np.einsum("ijm,jm->im", half, x) if walkers > 1 else half[:, :, 0] @ x)
            x = x - ETA * (g - np.sum(g * x, axis=0) / n * x)
            x *= np.sqrt(n / np.sum(x * x, axis=0))

    def walkers_first(steps: int) -> None:
        x = np.ascontiguousarray(s.T)
        for _ in range(steps):
            half = (x @ flat.T).reshape(-1, size, size)
            g = np.float32(-3) * np.matmul(half, x[:, :, None])[:, :, 0]
            x = x - ETA * (g - np.sum(g * x, axis=1, keepdims=True) / n * x)
            x *= np.sqrt(n / np.sum(x * x, axis=1, keepdims=True))

    return _faster(walkers_last, walkers_first)


def _torch_steps(size: int, walkers: int, wrap: Callable[[Any], Any]) -> Burst:
    import torch

    j, s = (torch.from_numpy(array) for array in _problem(size, walkers))
    flat, eta, n = j.reshape(size * size, size), float(ETA), float(size)

    def one_last(x: Any) -> Any:
        half = (flat @ x).reshape(size, size, -1)
        g = -3.0 * ((half * x).sum(1) if walkers > 1 else half[:, :, 0] @ x)
        x = x - eta * (g - (g * x).sum(0) / n * x)
        return x * torch.sqrt(n / (x * x).sum(0))

    def one_first(x: Any) -> Any:
        half = (x @ flat.T).reshape(-1, size, size)
        g = -3.0 * torch.bmm(half, x[:, :, None])[:, :, 0]
        x = x - eta * (g - (g * x).sum(1, keepdim=True) / n * x)
        return x * torch.sqrt(n / (x * x).sum(1, keepdim=True))

    def many(one: Any, start: Any) -> Callable[[int], None]:
        def run(steps: int) -> None:
            x = start
            with torch.inference_mode():
                for _ in range(steps):
                    x = one(x)

        return run

    return _faster(many(wrap(one_last), s), many(wrap(one_first), s.T.contiguous()))


def _torch(size: int, walkers: int) -> Burst:
    return _torch_steps(size, walkers, lambda one: one)


def _torch_compiled(size: int, walkers: int) -> Burst:
    import torch

    torch._dynamo.config.recompile_limit = 64
    return _torch_steps(size, walkers, lambda one: torch.compile(one, dynamic=False))


def _jax(size: int, walkers: int) -> Burst:
    import jax
    import jax.numpy as jnp

    j, s = (jnp.asarray(array) for array in _problem(size, walkers))
    flat, n = j.reshape(size * size, size), np.float32(size)

    def one_last(flat: Any, x: Any) -> Any:
        half = (flat @ x).reshape(size, size, -1)
        g = -3.0 * (jnp.einsum("ijm,jm->im", half, x) if walkers > 1 else half[:, :, 0] @ x)
        x = x - ETA * (g - jnp.sum(g * x, axis=0) / n * x)
        return x * jnp.sqrt(n / jnp.sum(x * x, axis=0))

    def one_summed(flat: Any, x: Any) -> Any:
        half = (flat @ x).reshape(size, size, -1)
        g = -3.0 * jnp.sum(half * x, axis=1)
        x = x - ETA * (g - jnp.sum(g * x, axis=0) / n * x)
        return x * jnp.sqrt(n / jnp.sum(x * x, axis=0))

    def one_first(flat: Any, x: Any) -> Any:
        half = (x @ flat.T).reshape(-1, size, size)
        g = -3.0 * jnp.einsum("mij,mj->mi", half, x)
        x = x - ETA * (g - jnp.sum(g * x, axis=1, keepdims=True) / n * x)
        return x * jnp.sqrt(n / jnp.sum(x * x, axis=1, keepdims=True))

    def many(one: Any, start: Any) -> Callable[[int], Any]:
        run = jax.jit(lambda flat, x, steps: jax.lax.fori_loop(0, steps, lambda _, y: one(flat, y), x))
        return lambda steps: run(flat, start, steps).block_until_ready()

    return _faster(many(one_last, s), many(one_summed, s), many(one_first, s.T))


PEERS: dict[str, Callable[[int, int], Burst]] = {
    "numpy": _numpy,
    "torch": _torch,
    "torch.compile": _torch_compiled,
    "jax": _jax,
}
