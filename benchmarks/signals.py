"""Random networks beside the best dense way of writing them: weights on the fly, normals, and a shared-weight grid.

Peers draw W and b of each layer, take tanh(h) @ W.T and keep q of each layer, as ours does. On the grid they hold the
weights and send all pixels' inputs through them in one product a layer. JAX loops inside jit.
"""

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.common import Workload, burst
from simulator.backends.base import AbstractBackend
from simulator.backends.registry import choose
from simulator.networks.inputs import correlated
from simulator.networks.signals import Signals

SIGMA_W, SIGMA_B = 2.5, 0.3
SECONDS = 0.1
POINTS = 8
SIDE, INPUTS = 16, 64
NORMALS = 2**22
Burst = Callable[[], float]


def workloads() -> Iterator[Workload]:
    """Weights on the fly, normals alone, and the grid with stored weights; live calls without peers."""
    for width, depth, target in ((200, 50, 3.0), (1000, 10, 2.5)):
        peers = {name: _lazy(make, width, depth) for name, make in ON_THE_FLY.items()}
        flops = 2.0 * depth * width**2 * POINTS
        yield Workload(f"propagation-W{width}-D{depth}", flops, _lazy(_ours, width, depth), peers, target)
    yield Workload("gaussians-2^22", NORMALS, _lazy(_our_normals), {n: _lazy(m) for n, m in GAUSSIANS.items()}, 5.0)
    for width, depth, target in ((200, 50, 1.2), (1000, 5, 1.0)):
        peers = {name: _lazy(make, width, depth) for name, make in ON_A_GRID.items()}
        flops = 2.0 * depth * width**2 * INPUTS * SIDE**2
        yield Workload(f"propagation-grid-W{width}", flops, _lazy(_our_grid, width, depth), peers, target)
    live = 2.0 * 50 * 200**2 * 8 * 20
    yield Workload("propagation-live-W200-D50-20-networks", live, _lazy(_ours, 200, 50, 20, 2**28))


def _lazy(make: Callable[..., Burst], *arguments: Any) -> Burst:
    """A burst of what `make(*arguments)` returns, made at the first call."""
    made = functools.cache(make)
    return lambda: made(*arguments)()


@functools.cache
def _backend() -> AbstractBackend:
    return choose()[0]


def _timed(step: Callable[[], object]) -> Burst:
    def run(steps: int) -> None:
        for _ in range(steps):
            step()

    run(2)
    return lambda: burst(run, seconds=SECONDS)


# ---- weights on the fly ----


def _inputs(width: int) -> np.ndarray:
    return correlated(width, 1, np.linspace(0.0, 0.9, POINTS - 1), 1.0, 1)


def _ours(width: int, depth: int, networks: int = 1, store_bytes: int = 0) -> Burst:
    signals, inputs = Signals(_backend(), width, networks, 1, store_bytes=store_bytes), _inputs(width)
    return _timed(lambda: signals.propagate(inputs, depth, SIGMA_W, SIGMA_B))


def _numpy(width: int, depth: int) -> Burst:
    rng, given = np.random.default_rng(1), _inputs(width)[0].astype(np.float32)
    gain, offset = np.float32(SIGMA_W / math.sqrt(width)), np.float32(SIGMA_B)

    def step() -> np.ndarray:
        h, q = given, np.empty((depth, POINTS), np.float32)
        for layer in range(depth):
            w = rng.standard_normal((width, width), np.float32)
            h = (gain * np.tanh(h)) @ w.T + offset * rng.standard_normal(width, np.float32)
            q[layer] = np.mean(h * h, axis=1)
        return q

    return _timed(step)


def _torch(width: int, depth: int) -> Burst:
    import torch

    given, gain = torch.from_numpy(_inputs(width)[0].astype(np.float32)), SIGMA_W / math.sqrt(width)
    w, b, q = torch.empty(width, width), torch.empty(width), torch.empty(depth, POINTS)

    def step() -> Any:
        with torch.inference_mode():
            h = given
            for layer in range(depth):
                h = torch.addmm(b.normal_(0.0, SIGMA_B), torch.tanh(h).mul_(gain), w.normal_().T)
                torch.mean(h * h, dim=1, out=q[layer])
        return q

    return _timed(step)


def _torch_compiled(width: int, depth: int) -> Burst:
    import torch

    given, gain = torch.from_numpy(_inputs(width)[0].astype(np.float32)), SIGMA_W / math.sqrt(width)

    @torch.compile(dynamic=False)
    def layer(h: Any) -> Any:
        h = torch.tanh(h) @ (gain * torch.randn(width, width)) + SIGMA_B * torch.randn(width)
        return h, torch.mean(h * h, dim=1)

    def step() -> Any:
        with torch.inference_mode():
            h, q = given, []
            for _ in range(depth):
                h, one = layer(h)
                q.append(one)
        return torch.stack(q)

    return _timed(step)


def _jax(width: int, depth: int) -> Burst:
    import jax
    import jax.numpy as jnp

    given, gain = jnp.asarray(_inputs(width)[0], jnp.float32), np.float32(SIGMA_W / math.sqrt(width))

    @functools.partial(jax.jit, static_argnums=1)
    def network(key: Any, depth: int) -> Any:
        def layer(h: Any, key: Any) -> Any:
            kw, kb = jax.random.split(key)
            w, b = jax.random.normal(kw, (width, width)), jax.random.normal(kb, (width,))
            h = (gain * jnp.tanh(h)) @ w + np.float32(SIGMA_B) * b
            return h, jnp.mean(h * h, axis=1)

        return jax.lax.scan(layer, given, jax.random.split(key, depth))[1]

    key = jax.random.PRNGKey(1)
    return _timed(lambda: network(key, depth).block_until_ready())


# ---- normals ----


def _our_normals() -> Burst:
    backend = _backend()
    out, keys = backend.zeros(NORMALS), (np.uint32(1), np.uint32(2))
    fill = backend.kernel("signals", "normals", ACTIVATION=0)

    def run(steps: int) -> None:
        for _ in range(steps):
            fill(NORMALS // 1024, out, *keys)
        backend.finish()

    run(1)
    return lambda: burst(run, seconds=SECONDS)


def _torch_normals() -> Burst:
    import torch

    out = torch.empty(NORMALS)
    return _timed(out.normal_)


def _numpy_normals() -> Burst:
    rng, out = np.random.default_rng(1), np.empty(NORMALS, np.float32)
    return _timed(lambda: rng.standard_normal(dtype=np.float32, out=out))


def _jax_normals() -> Burst:
    import jax

    draw = jax.jit(lambda key: jax.random.normal(key, (NORMALS,)))
    key = jax.random.PRNGKey(1)
    return _timed(lambda: draw(key).block_until_ready())


# ---- the grid ----


@functools.cache
def _problem(width: int, depth: int) -> tuple[np.ndarray, ...]:
    """h0 (pixels INPUTS, N), weights (depth, N, N), biases (depth, N), gain and offset of each row."""
    rng = np.random.default_rng(1)
    h = rng.standard_normal((1, INPUTS, width), np.float32)
    w, b = rng.standard_normal((depth, width, width), np.float32), rng.standard_normal((depth, width), np.float32)
    gain, offset = (np.repeat(one.ravel(), INPUTS).astype(np.float32)[:, None] for one in _axes())
    return h, w, b, gain / np.float32(math.sqrt(width)), offset


def _axes() -> tuple[np.ndarray, np.ndarray]:
    across, down = np.meshgrid(np.linspace(0.5, 4.0, SIDE), np.linspace(0.05, 1.0, SIDE))
    return across, down


def _our_grid(width: int, depth: int) -> Burst:
    signals, inputs = Signals(_backend(), width, 1, 1), _problem(width, depth)[0]
    return _timed(lambda: signals.grid(inputs, depth, *_axes()))


def _numpy_grid(width: int, depth: int) -> Burst:
    h0, w, b, gain, offset = _problem(width, depth)
    start = np.tile(h0[0], (SIDE**2, 1))

    def step() -> np.ndarray:
        h, x = start.copy(), np.empty_like(start)
        for layer in range(depth):
            np.tanh(h, out=x)
            np.matmul(x, w[layer].T, out=h)
            h *= gain
            h += offset * b[layer]
        return np.mean(h * h, axis=1)

    return _timed(step)


def _torch_grid(width: int, depth: int) -> Burst:
    import torch

    h0, w, b, gain, offset = (torch.from_numpy(one) for one in _problem(width, depth))
    start = h0[0].repeat(SIDE**2, 1)

    def step() -> Any:
        with torch.inference_mode():
            h, x = start.clone(), torch.empty_like(start)
            for layer in range(depth):
                torch.tanh(h, out=x)
                torch.mm(x, w[layer].T, out=h)
                h.mul_(gain).addcmul_(offset, b[layer])
            return torch.mean(h * h, dim=1)

    return _timed(step)


def _torch_compiled_grid(width: int, depth: int) -> Burst:
    import torch

    h0, w, b, gain, offset = (torch.from_numpy(one) for one in _problem(width, depth))
    start = h0[0].repeat(SIDE**2, 1)

    @torch.compile(dynamic=False)
    def layer(h: Any, w: Any, b: Any) -> Any:
        return gain * (torch.tanh(h) @ w.T) + offset * b

    def step() -> Any:
        with torch.inference_mode():
            h = start
            for one in range(depth):
                h = layer(h, w[one], b[one])
            return torch.mean(h * h, dim=1)

    return _timed(step)


def _jax_grid(width: int, depth: int) -> Burst:
    import jax
    import jax.numpy as jnp

    h0, w, b, gain, offset = (jnp.asarray(one) for one in _problem(width, depth))
    start = jnp.tile(h0[0], (SIDE**2, 1))

    @jax.jit
    def network(h: Any, w: Any, b: Any) -> Any:
        def layer(h: Any, one: Any) -> Any:
            return gain * (jnp.tanh(h) @ one[0].T) + offset * one[1], None

        return jnp.mean(jax.lax.scan(layer, h, (w, b))[0] ** 2, axis=1)

    return _timed(lambda: network(start, w, b).block_until_ready())


ON_THE_FLY: dict[str, Callable[[int, int], Burst]] = {
    "numpy": _numpy,
    "torch": _torch,
    "torch.compile": _torch_compiled,
    "jax": _jax,
}
GAUSSIANS: dict[str, Callable[[], Burst]] = {"numpy": _numpy_normals, "torch": _torch_normals, "jax": _jax_normals}
ON_A_GRID: dict[str, Callable[[int, int], Burst]] = {
    "numpy": _numpy_grid,
    "torch": _torch_grid,
    "torch.compile": _torch_compiled_grid,
    "jax": _jax_grid,
}
