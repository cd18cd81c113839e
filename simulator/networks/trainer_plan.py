"""Where everything stands when the samples of a batch are across the lanes (kernels/mlp_samples.cl)."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.networks.architecture import Architecture
from simulator.networks.trainer_form import Float32s

FIELDS = 8
SAME_SET = 64
"""Rows of a multiple of this many numbers fall into the same few sets of a first-level cache."""


def whole(n: int, of: int) -> int:
    """n, filled up to a multiple of `of`."""
    return -(-n // of) * of


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """table (layers + 1, FIELDS): see mlp_samples.cl. length: of one network's theta. space: of its scratch, with a
    gradient of theta at `gradient_at`. rows: samples of a block, filled up."""

    table: NDArray[np.uint32]
    architecture: Architecture
    length: int
    space: int
    gradient_at: int
    rows: int

    def packed(self, theta: Float32s) -> Float32s:
        """theta (networks, parameters) as the kernels want it: (networks, length)."""
        out = np.zeros((len(theta), self.length), np.float32)
        for layer, (_, row, weights, biases, *_) in zip(self.architecture.layers, self.table[1:], strict=True):
            matrix = out[:, weights : weights + layer.fan_out * row].reshape(-1, layer.fan_out, row)
            matrix[..., : layer.fan_in] = theta[:, layer.weights].reshape(-1, layer.fan_out, layer.fan_in)
            out[:, biases : biases + layer.fan_out] = theta[:, layer.biases]
        return out

    def unpacked(self, packed: Float32s) -> Float32s:
        """The other way round."""
        theta = np.empty((len(packed), self.architecture.parameters), np.float32)
        for layer, (_, row, weights, biases, *_) in zip(self.architecture.layers, self.table[1:], strict=True):
            matrix = packed[:, weights : weights + layer.fan_out * row].reshape(-1, layer.fan_out, row)
            theta[:, layer.weights] = matrix[..., : layer.fan_in].reshape(len(packed), -1)
            theta[:, layer.biases] = packed[:, biases : biases + layer.fan_out]
        return theta


def make_plan(architecture: Architecture, samples: int, lanes: int, panel: int) -> Plan:
    """The plan for blocks of `samples` samples, vectors of `lanes` numbers and panels of `panel`."""

    def row(n: int) -> int:
        padded = whole(n, lanes)
        return padded + lanes if lanes > 1 and padded % SAME_SET == 0 else padded

    rows = whole(samples, panel)
    table = np.zeros((len(architecture.sizes), FIELDS), np.uint32)
    table[0, 0], table[0, 7] = architecture.sizes[0], row(architecture.sizes[0])
    length = space = 0
    for at, (fan_in, fan_out) in enumerate(pairwise(architecture.sizes), 1):
        table[at, :4] = fan_out, row(fan_in), length, length + fan_out * row(fan_in)
        length += fan_out * row(fan_in) + row(fan_out)
        turned = space + rows * fan_out
        slopes = turned + rows * whole(fan_out, panel)
        table[at, 4:] = space, turned, slopes, row(fan_out)
        space = slopes + whole(rows * row(fan_out), panel)
    return Plan(table, architecture, length, space + whole(length, panel), space, rows)
