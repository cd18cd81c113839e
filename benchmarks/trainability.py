"""The trainability map beside the best dense way of writing it: one network 16-16-1 a pixel, full-batch steps.

A step is one step of all networks. Ours is a whole map of STEPS steps, rates in and measures out; peers take steps of
the same networks from the same weights and keep each step's losses. What all pixels share, the inputs, makes both
layers' products one matrix product over all of them. JAX loops over SCANNED steps inside jit, torch.compile over
UNROLLED. In ours a network that is lost costs nothing more; on the third map none is.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.common import Workload, burst
from simulator.backends.registry import choose
from simulator.networks.trainability import Trainability
from simulator.networks.trainability_problem import Problem, Window, make_problem

SAMPLES, WIDTH, STEPS, SEED = 16, 16, 500, 1
SCANNED, UNROLLED = 50, 4
SECONDS = 0.2
CONVERGING = Window(1.0, 0.5, 2.0, 2.0)
Burst = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Map:
    """side x side networks over a window."""

    side: int
    window: Window

    @property
    def flops(self) -> float:
        """Of one step: two a weight and sample forward, two for its gradient."""
        return 4.0 * self.side**2 * SAMPLES * WIDTH * (WIDTH + 1)

    def problem(self) -> Problem:
        return make_problem(SEED, SAMPLES, WIDTH)

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """W (pixels, n, n) and v (pixels, n), all alike."""
        start = self.problem().start.astype(np.float32)
        pixels = self.side**2
        return (
            np.tile(start[: WIDTH * WIDTH].reshape(1, WIDTH, WIDTH), (pixels, 1, 1)),
            np.tile(start[WIDTH * WIDTH :], (pixels, 1)),
        )

    def rates(self) -> np.ndarray:
        """(2, pixels): of W and of v."""
        columns, rows = self.window.places(self.side)
        log_rates = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        return self.problem().rates(log_rates).T.astype(np.float32)


def workloads() -> Iterator[Workload]:
    """The two sizes of the map, and the smaller one where nothing diverges."""
    for name, one, target in (
        ("trainability-64x64", Map(64, Window()), 2.5),
        ("trainability-256x256", Map(256, Window()), 3.4),
        ("trainability-64x64-all-converge", Map(64, CONVERGING), 2.5),
    ):
        peers = {peer: _lazy(make, one) for peer, make in PEERS.items()}
        yield Workload(name, one.flops, _lazy(_ours, one), peers, target)


def _lazy(make: Callable[[Map], Burst], one: Map) -> Burst:
    """A burst of what `make(one)` returns, made at the first call."""
    made = functools.cache(lambda: make(one))
    return lambda: made()()


def _ours(one: Map) -> Burst:
    backend = choose()[0]
    Trainability(backend, one.window, SEED, 20, SAMPLES, WIDTH, 32).finish()

    def run(maps: int) -> None:
        for _ in range(maps):
            Trainability(backend, one.window, SEED, STEPS, SAMPLES, WIDTH, one.side).finish()

    return lambda: burst(run, seconds=SECONDS) / STEPS


def _numpy(one: Map) -> Burst:
    problem, (w, v), (rate_w, rate_v) = one.problem(), one.weights(), one.rates()
    x, y = problem.x.astype(np.float32), problem.y.astype(np.float32)
    pixels = len(w)

    def run(steps: int) -> None:
        with np.errstate(all="ignore"):
            for _ in range(steps):
                h = (w.reshape(-1, WIDTH) @ x.T).reshape(pixels, WIDTH, SAMPLES)
                np.tanh(h, out=h)
                e = (v[:, None] @ h)[:, 0] - y
                np.square(e).mean(axis=1)
                d = h * h
                np.subtract(1, d, out=d)
                d *= e[:, None]
                d *= (rate_w[:, None] * v)[:, :, None]
                w[...] -= (d.reshape(-1, SAMPLES) @ x).reshape(w.shape)
                v[...] -= rate_v[:, None] * (h @ e[:, :, None])[:, :, 0]

    run(1)
    return lambda: burst(run, seconds=SECONDS)


def _torch_step(torch: Any, w: Any, v: Any, x: Any, y: Any, rate_w: Any, rate_v: Any) -> tuple[Any, Any, Any]:
    h = torch.tanh((w.reshape(-1, WIDTH) @ x.T).reshape(w.shape[0], WIDTH, SAMPLES))
    e = (v[:, :, None] * h).sum(1) - y
    d = (1 - h * h) * e[:, None] * (rate_w[:, None] * v)[:, :, None]
    new = w - (d.reshape(-1, SAMPLES) @ x).reshape(w.shape)
    return new, v - rate_v[:, None] * (h * e[:, None]).sum(2), (e * e).mean(1)


def _tensors(torch: Any, one: Map) -> tuple[Any, ...]:
    problem = one.problem()
    given = (*one.weights(), problem.x, problem.y, *one.rates())
    return tuple(torch.tensor(each, dtype=torch.float32) for each in given)


def _torch(one: Map) -> Burst:
    import torch

    w, v, *rest = _tensors(torch, one)

    def run(steps: int) -> None:
        nonlocal w, v
        with torch.inference_mode():
            for _ in range(steps):
                w, v, _loss = _torch_step(torch, w, v, *rest)

    run(1)
    return lambda: burst(run, seconds=SECONDS)


def _torch_compiled(one: Map) -> Burst:
    import torch

    with torch.inference_mode():  # tensors of one kind, lest it compiles again and again
        w, v, *rest = _tensors(torch, one)

    @torch.compile(dynamic=False)
    def several(w: Any, v: Any, rest: Any) -> Any:
        losses = []
        for _ in range(UNROLLED):
            w, v, loss = _torch_step(torch, w, v, *rest)
            losses.append(loss)
        return w, v, losses

    def run(calls: int) -> None:
        nonlocal w, v
        with torch.inference_mode():
            for _ in range(calls):
                w, v, _losses = several(w, v, rest)

    run(2)
    return lambda: burst(run, seconds=SECONDS) / UNROLLED


def _jax(one: Map) -> Burst:
    import jax
    import jax.numpy as jnp

    problem, (rate_w, rate_v) = one.problem(), (jnp.asarray(rate) for rate in one.rates())
    x, y = jnp.asarray(problem.x, jnp.float32), jnp.asarray(problem.y, jnp.float32)
    weights = tuple(jnp.asarray(each) for each in one.weights())

    def step(weights: Any, _: Any) -> Any:  # by hand it is faster than vmap of grad
        w, v = weights
        h = jnp.tanh((w.reshape(-1, WIDTH) @ x.T).reshape(len(w), WIDTH, SAMPLES))
        e = jnp.einsum("pi,pis->ps", v, h) - y
        d = (1 - h * h) * e[:, None] * (rate_w[:, None] * v)[:, :, None]
        new = w - (d.reshape(-1, SAMPLES) @ x).reshape(w.shape)
        return (new, v - rate_v[:, None] * jnp.einsum("pis,ps->pi", h, e)), jnp.mean(e * e, axis=1)

    @functools.partial(jax.jit, donate_argnums=0)
    def several(weights: Any) -> Any:
        return jax.lax.scan(step, weights, length=SCANNED)

    def run(calls: int) -> None:
        nonlocal weights
        for _ in range(calls):
            weights, losses = several(weights)
        jax.block_until_ready(losses)

    run(1)
    return lambda: burst(run, seconds=SECONDS) / SCANNED


PEERS: dict[str, Callable[[Map], Burst]] = {
    "numpy": _numpy,
    "torch": _torch,
    "torch.compile": _torch_compiled,
    "jax": _jax,
}
