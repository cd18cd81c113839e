"""Small perceptrons trained side by side, beside the best dense way of writing the same steps.

All contestants take the same batches of 32 (batch_indices) and make plain SGD steps from the same weights, forward and
backward written out by hand where a library would only add overhead (numpy, torch), by jax.grad and vmap in JAX. The
peers' indices are made before the clock starts, ours inside. JAX loops over the steps inside jit, torch.compile over
UNROLLED of them.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.common import Workload, burst
from simulator.backends.registry import choose
from simulator.networks.architecture import Architecture, TrainingDials
from simulator.networks.datasets.base import Dataset
from simulator.networks.initial import initial_theta
from simulator.networks.trainer import Trainer
from simulator.networks.trainer_batches import batch_indices

SAMPLES, BATCH, SEED = 1024, 32, 1
RATE = 0.01
PLANNED = 1000
"""Steps of one call of JAX's loop, and of the table of batches that peers go through again and again."""
UNROLLED = 8
SECONDS = 0.2
Burst = Callable[[], float]
Stacked = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is trained: `networks` perceptrons of one architecture."""

    architecture: Architecture
    networks: int

    @property
    def flops(self) -> float:
        """Of one step: two a weight and sample forward and for its gradient, two more for what goes back a layer."""
        layers = self.architecture.layers
        weights = [layer.fan_in * layer.fan_out for layer in layers]
        return 2.0 * self.networks * BATCH * (2 * sum(weights) + sum(weights[1:]))

    def data(self) -> Dataset:
        """Gaussian inputs, random targets: what they are costs nothing."""
        rng, outputs = np.random.default_rng(1), self.architecture.sizes[-1]
        x = rng.standard_normal((SAMPLES, self.architecture.sizes[0]), np.float32)
        t = np.eye(10, dtype=np.float32)[rng.integers(0, 10, SAMPLES)] if outputs > 1 else np.sign(x[:, :1])
        return Dataset(x, t, x[:BATCH], t[:BATCH], classes=max(2, outputs))

    def theta(self) -> np.ndarray:
        """(networks, parameters)."""
        return initial_theta(self.architecture, self.networks, SEED)

    def stacked(self) -> Stacked:
        """W (networks, fan_in, fan_out) and b (networks, 1, fan_out) of each layer."""
        theta, layers = self.theta(), self.architecture.layers
        return [
            (
                np.ascontiguousarray(theta[:, at.weights].reshape(-1, at.fan_out, at.fan_in).transpose(0, 2, 1)),
                theta[:, None, at.biases].copy(),
            )
            for at in layers
        ]

    def batches(self) -> np.ndarray:
        """The indices of PLANNED steps."""
        return batch_indices(SEED, SAMPLES, BATCH, 0, PLANNED).astype(np.int64)


def workloads() -> Iterator[Workload]:
    """Two architectures for one network and for many."""
    rows = (((2, 16, 16, 1), "mse", 1, 5.0), ((2, 16, 16, 1), "mse", 16, 7.0), ((2, 16, 16, 1), "mse", 256, 4.5),
            ((784, 64, 10), "cross_entropy", 1, 1.3), ((784, 64, 10), "cross_entropy", 16, 1.5))  # fmt: skip
    for sizes, loss, networks, target in rows:
        problem = Problem(Architecture(sizes, "tanh", loss), networks)
        name = f"training-{'-'.join(map(str, sizes))}-R{networks}"
        yield Workload(
            name, problem.flops, _lazy(_ours, problem), {n: _lazy(m, problem) for n, m in PEERS.items()}, target
        )


def _lazy(make: Callable[[Problem], Burst], problem: Problem) -> Burst:
    """A burst of what `make(problem)` returns, made at the first call."""
    made = functools.cache(lambda: make(problem))
    return lambda: made()()


def _ours(problem: Problem) -> Burst:
    backend, dials = choose()[0], TrainingDials(learning_rate=RATE)
    arguments = (problem.architecture, problem.data(), problem.networks, BATCH, "sgd", SEED, problem.theta())
    trainer = Trainer(backend, *arguments)

    def run(steps: int) -> None:
        trainer.step(steps, dials)
        backend.finish()

    run(10)
    return lambda: burst(run, seconds=SECONDS)


def _numpy(problem: Problem) -> Burst:
    data, layers, batches = problem.data(), problem.stacked(), problem.batches()

    def step(indices: np.ndarray) -> None:
        x, t = data.x[indices], data.t[indices]
        signals = [np.broadcast_to(x, (problem.networks, *x.shape))]
        for w, b in layers[:-1]:
            signals.append(np.tanh(signals[-1] @ w + b))
        f = signals[-1] @ layers[-1][0] + layers[-1][1]
        if problem.architecture.loss == "cross_entropy":
            f = np.exp(f - f.max(-1, keepdims=True))
            f /= f.sum(-1, keepdims=True)
        delta = (f - t) * np.float32(1 / BATCH)
        for at in range(len(layers) - 1, -1, -1):
            w, b = layers[at]
            h = signals[at]
            back = delta @ w.mT * (1 - h * h) if at else delta
            w -= np.float32(RATE) * (h.mT @ delta)
            b -= np.float32(RATE) * delta.sum(1, keepdims=True)
            delta = back

    def run(steps: int) -> None:
        for k in range(steps):
            step(batches[k % PLANNED])

    run(2)
    return lambda: burst(run, seconds=SECONDS)


def _torch_step(problem: Problem, torch: Any, x: Any, t: Any, layers: list[Any]) -> list[Any]:
    """One step on W, b, W, b, ...: new ones."""
    signals = [x.expand(problem.networks, *x.shape)]
    for at in range(0, len(layers) - 2, 2):
        signals.append(torch.tanh(torch.baddbmm(layers[at + 1], signals[-1], layers[at])))
    f = torch.baddbmm(layers[-1], signals[-1], layers[-2])
    if problem.architecture.loss == "cross_entropy":
        f = torch.softmax(f, -1)
    delta, new = (f - t) * (1 / BATCH), list(layers)
    for at in range(len(layers) - 2, -1, -2):
        h = signals[at // 2]
        new[at] = torch.baddbmm(layers[at], h.mT, delta, alpha=-RATE)
        new[at + 1] = layers[at + 1] - RATE * delta.sum(1, keepdim=True)
        if at:
            delta = torch.bmm(delta, layers[at].mT) * (1 - h * h)
    return new


def _torch(problem: Problem) -> Burst:
    import torch

    data, batches = problem.data(), torch.from_numpy(problem.batches())
    x, t = torch.tensor(data.x), torch.tensor(data.t)
    layers = [torch.from_numpy(one) for pair in problem.stacked() for one in pair]

    def run(steps: int) -> None:
        nonlocal layers
        with torch.inference_mode():
            for k in range(steps):
                some = batches[k % PLANNED]
                layers = _torch_step(problem, torch, x[some], t[some], layers)

    run(2)
    return lambda: burst(run, seconds=SECONDS)


def _torch_compiled(problem: Problem) -> Burst:
    import torch

    with torch.inference_mode():  # tensors of one kind, lest it compiles again and again
        data, batches = problem.data(), torch.tensor(problem.batches())
        x, t = torch.tensor(data.x), torch.tensor(data.t)
        layers = [torch.tensor(one) for pair in problem.stacked() for one in pair]

    @torch.compile(dynamic=False)
    def several(x: Any, t: Any, indices: Any, layers: list[Any]) -> list[Any]:
        for k in range(UNROLLED):
            layers = _torch_step(problem, torch, x[indices[k]], t[indices[k]], layers)
        return layers

    def run(steps: int) -> None:
        nonlocal layers
        with torch.inference_mode():
            for k in range(0, steps, UNROLLED):
                layers = several(x, t, batches[k % PLANNED : k % PLANNED + UNROLLED], layers)

    run(2)
    return lambda: burst(lambda n: run(UNROLLED * n), seconds=SECONDS) / UNROLLED


def _jax(problem: Problem) -> Burst:
    import jax
    import jax.numpy as jnp

    data, batches = problem.data(), jnp.asarray(problem.batches(), jnp.int32)
    x, t = jnp.asarray(data.x), jnp.asarray(data.t)
    layers = [(jnp.asarray(w), jnp.asarray(b[:, 0])) for w, b in problem.stacked()]

    def loss(layers: Any, x: Any, t: Any) -> Any:
        h = x
        for w, b in layers[:-1]:
            h = jnp.tanh(h @ w + b)
        f = h @ layers[-1][0] + layers[-1][1]
        if problem.architecture.loss == "cross_entropy":
            return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(f), axis=1))
        return jnp.mean(jnp.sum((f - t) ** 2, axis=1)) / 2

    slope = jax.grad(loss)
    if problem.networks > 1:
        slope = jax.vmap(slope, in_axes=(0, None, None))
    else:
        layers = [(w[0], b[0]) for w, b in layers]

    @functools.partial(jax.jit, donate_argnums=0)
    def several(layers: Any, batches: Any) -> Any:
        def step(layers: Any, some: Any) -> Any:
            g = slope(layers, x[some], t[some])
            return jax.tree.map(lambda p, q: p - np.float32(RATE) * q, layers, g), None

        return jax.lax.scan(step, layers, batches)[0]

    def run(calls: int) -> None:
        nonlocal layers
        for _ in range(calls):
            layers = several(layers, batches)
        jax.block_until_ready(layers)

    run(1)
    return lambda: burst(run, seconds=SECONDS) / PLANNED


PEERS: dict[str, Callable[[Problem], Burst]] = {
    "numpy": _numpy,
    "torch": _torch,
    "torch.compile": _torch_compiled,
    "jax": _jax,
}
