"""Perceptrons in launches that each do a part of a step, in numpy and numba: the kernels of mlp_wide.cl, same meaning.

Panels are of one number: of each network and layer, scratch has the signals h and slopes d as (samples, units) where
the plan says. A launch does all parts at once.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.mlp_network import activate, loss_slopes, move, silence

Array = NDArray[Any]
UPDATE, FORWARD = 1, 2
_ONE = np.float32(1)


class Work:
    """One network at batch number `number` of a launch."""

    def __init__(self, network: int, number: int, given: tuple[Any, ...], activation: int) -> None:
        (
            theta,
            first,
            second,
            scratch,
            h0,
            _,
            targets,
            rates,
            _,
            plan,
            layers,
            _,
            _,
            gradient_at,
            batch,
            advance,
            step,
        ) = given[:17]
        loss, rule, biased, *dials, key0, key1, _ = given[17:]
        self.plan, self.layers, self.batch = plan.astype(np.int64), int(layers), int(batch)
        self.theta, self.first, self.second, self.rates = theta[network], first[network], second[network], rates[number]
        self.sizes, self.rule, self.biased = self.plan[:, 0].copy(), int(rule), bool(biased)
        self.kinds, self.dials = np.array([activation, loss, rule, biased], np.int64), np.array(dials, np.float32)
        self.scratch = scratch.reshape(-1)[network * int(given[12]) :]
        self.g = self.scratch[int(gradient_at) :]
        self.place = (int(step) + number, network, key0, key1, 0)
        row = number * int(advance) * self.batch
        self.x = h0[row * self.sizes[0] : (row + self.batch) * self.sizes[0]].reshape(self.batch, -1)
        self.t = targets[row * self.sizes[-1] : (row + self.batch) * self.sizes[-1]].reshape(self.batch, -1)

    def of(self, layer: int, field: int) -> Array:
        """Signals (field 4) or slopes (field 6)."""
        at, size = self.plan[layer, field], int(self.sizes[layer])
        return self.x if layer == 0 else self.scratch[at : at + self.batch * size].reshape(self.batch, size)

    def weights(self, layer: int) -> slice:
        return slice(int(self.plan[layer, 2]), int(self.plan[layer, 3]))

    def biases(self, layer: int) -> slice:
        return slice(int(self.plan[layer, 3]), int(self.plan[layer, 3] + self.sizes[layer]))

    def forward(self, layer: int) -> None:
        """Signals of one layer, and slopes of a hidden one."""
        w = self.theta[self.weights(layer)].reshape(self.sizes[layer], -1)
        h, d = self.of(layer, 4), self.of(layer, 6)
        h[:] = self.of(layer - 1, 4) @ w.T + self.theta[self.biases(layer)]
        if layer < self.layers:
            activate(h.reshape(-1), d.reshape(-1), self.kinds[0])
            if self.dials[5] < 1:
                silence(h.T, d.T, layer, self.dials[5], *self.place)

    def pass_back(self, layer: int) -> None:
        """Slopes of the layer below, then the weights of this one."""
        if layer > 1:
            below = self.of(layer - 1, 6)
            below *= self.of(layer, 6) @ self.theta[self.weights(layer)].reshape(self.sizes[layer], -1)
        self.improve(self.weights(layer), (self.of(layer, 6).T @ self.of(layer - 1, 4)).reshape(-1))
        slopes = self.of(layer, 6).sum(0)
        self.improve(self.biases(layer), slopes if self.biased else np.zeros_like(slopes), self.biased)

    def improve(self, some: slice, g: Array, trained: bool = True) -> None:
        """Keep the gradient where it is to be clipped; else update."""
        if self.dials[4] > 0:
            self.g[some] = g
        elif trained:
            self.moved(some, g, _ONE)

    def moved(self, some: slice, g: Array, scale: Any) -> None:
        pieces = (self.theta[some], self.first[some], self.second[some])
        move(*pieces, g, self.rule, self.dials, self.rates, scale)


def _all(size: int, number: int, given: tuple[Any, ...], activation: int) -> Iterator[Work]:
    """Every network of a launch; given: the arguments up to `parts`."""
    with np.errstate(all="ignore"):
        for network in range(int(size) // int(given[-1])):
            yield Work(network, number, given, activation)


def turn(size: int, *given: Any, ACTIVATION: int = 0, **_: Any) -> None:
    """The end of one step, the beginning of the next, or both."""
    *most, does = given
    number, clock = int(given[8][0]), given[8]
    if does & UPDATE:
        for work in _all(size, number - 1, tuple(most), ACTIVATION):
            for layer in range(min(2, work.layers), 0, -1):
                work.pass_back(layer)
    if does & FORWARD:
        for work in _all(size, number, tuple(most), ACTIVATION):
            work.forward(1)
    clock[1] = number


def ahead(size: int, *given: Any, ACTIVATION: int = 0, **_: Any) -> None:
    """Forward to a hidden layer."""
    *most, layer = given
    for work in _all(size, int(given[8][1]), tuple(most), ACTIVATION):
        work.forward(int(layer))


def top(size: int, *given: Any, ACTIVATION: int = 0, **_: Any) -> None:
    """The outputs and their slopes."""
    clock = given[8]
    for work in _all(size, int(clock[1]), given, ACTIVATION):
        if work.layers > 1:
            work.forward(work.layers)
        h, d = work.of(work.layers, 4), work.of(work.layers, 6)
        loss_slopes(h.T, work.t, work.sizes, work.kinds, d.T, _ONE / np.float32(work.batch))
    clock[0] = clock[1] + 1


def back(size: int, *given: Any, ACTIVATION: int = 0, **_: Any) -> None:
    """Back through a layer above the second."""
    *most, layer = given
    for work in _all(size, int(given[8][1]), tuple(most), ACTIVATION):
        work.pass_back(int(layer))


def begin(size: int, clock: Array, **_: Any) -> None:
    """The beginning of the steps of a launch."""
    clock[0] = 0


def squares(size: int, scratch: Array, sums: Array, length: int, space: int, gradient_at: int, parts: int,
            **_: Any) -> None:  # fmt: skip
    """The squared norm of each network's gradient, in sums[network][0]."""
    for network in range(int(size) // int(parts)):
        at = network * int(space) + int(gradient_at)
        g = scratch.reshape(-1)[at : at + int(length)]
        with np.errstate(all="ignore"):
            sums[network * int(parts)] = np.square(g, dtype=np.float64).sum()


def apply(size: int, *given: Any, ACTIVATION: int = 0, **_: Any) -> None:
    """The update by kept gradients, their norm clipped."""
    *most, sums = given
    for network, work in enumerate(_all(size, int(given[8][0]) - 1, tuple(most), ACTIVATION)):
        norm, clip = np.sqrt(sums[network * int(given[-2])]), work.dials[4]
        scale = clip / norm if norm > clip else _ONE
        for layer in range(1, work.layers + 1):
            pieces = (work.weights(layer), work.biases(layer)) if work.biased else (work.weights(layer),)
            for some in pieces:
                work.moved(some, work.g[some], np.float32(scale))
