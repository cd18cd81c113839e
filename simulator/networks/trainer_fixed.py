"""Steps of small networks by a kernel into which their sizes are compiled."""

from typing import Any, Final, final

import numpy as np

from simulator.backends.base import AbstractBackend, DeviceArray, Launcher
from simulator.networks.architecture import Architecture
from simulator.networks.layers import ACTIVATIONS
from simulator.networks.trainer_batches import Batch
from simulator.networks.trainer_form import Rates
from simulator.networks.trainer_plan import whole

MOST_PARAMETERS: Final = 2048
"""So many parameters, with their gradient and a batch's signals, stay in the first-level cache."""
IMAGES: Final = 4
"""Parameters, their two moments, and their gradient."""
MOST_LAYERS: Final = 4
MOST_SAMPLES: Final = 64


def can_be_fixed(backend: AbstractBackend, architecture: Architecture) -> bool:
    """Whether there is such a kernel: on a processor, for few and small layers, the last of them after a hidden one."""
    return (
        not backend.is_gpu
        and architecture.activation != "erf"
        and 2 <= len(architecture.layers) <= MOST_LAYERS
        and architecture.parameters <= MOST_PARAMETERS
    )


def filled(architecture: Architecture, lanes: int) -> float:
    """The part of its work that is not on what fills up vectors."""
    layers = architecture.layers
    taken = sum(layer.fan_in * whole(layer.fan_out, lanes) for layer in layers[:-1])
    taken += whole(layers[-1].fan_in, lanes) * layers[-1].fan_out
    return sum(layer.fan_in * layer.fan_out for layer in layers) / taken


@final
class Fixed:
    """Queues steps of networks of one architecture by batches of no more than `batch` samples. Kernel: mlp_fixed.cl.

    space: numbers of scratch that each network takes.
    """

    def __init__(self, backend: AbstractBackend, architecture: Architecture, batch: int) -> None:
        self._backend, self._architecture = backend, architecture
        self._kind = ACTIVATIONS.index(architecture.activation)
        self.space = _layout(architecture, min(batch, MOST_SAMPLES), backend.lanes)[1]
        self._kernels: dict[int, Launcher] = {}

    def takes(self, batch: int, dials: Rates) -> bool:
        """Whether there is a kernel for batches of so many samples and such dials: there is none with dropout."""
        return batch <= MOST_SAMPLES and bool(dials[5] == 1)

    def steps(self, arrays: tuple[DeviceArray, ...], networks: int, batch: Batch, rates: DeviceArray,
              plan: tuple[DeviceArray, np.uint32], kinds: tuple[Any, ...], dials: Rates) -> None:  # fmt: skip
        """batch.count steps without dropout. arrays: theta, its moments, scratch; plan: the table of theta's layout,
        and theta's length."""
        u, by_order = np.uint32, batch.order is not None
        order = batch.order if by_order else batch.x  # any array: it is not read
        self._kernel(batch.size)(networks, *arrays, batch.x, batch.t, order, rates, *plan, u(self.space),
                                 u(batch.advance), np.int32(by_order), u(batch.count), *kinds, *dials[:5])  # fmt: skip

    def _kernel(self, batch: int) -> Launcher:
        if batch not in self._kernels:
            defines, _ = _layout(self._architecture, batch, self._backend.lanes)
            self._kernels[batch] = self._backend.kernel("mlp_fixed", "fixed_steps", ACTIVATION=self._kind, **defines)
        return self._kernels[batch]


def _layout(architecture: Architecture, batch: int, lanes: int) -> tuple[dict[str, int | str], int]:
    """The kernel's defines, and the numbers of scratch that one network takes: see mlp_fixed.cl."""
    sizes, last = architecture.sizes, len(architecture.layers)
    widths, column = [whole(size, lanes) for size in sizes], whole(batch, lanes)
    matrices, biases, at = [0], [0], 0
    for layer in range(1, last + 1):
        matrices.append(at)
        rows = sizes[0] if layer == 1 else widths[layer - 1]
        at += sizes[last] * widths[last - 1] if layer == last else rows * widths[layer]
    weights_end = at
    for width in widths[1:]:
        biases.append(at)
        at += width
    length = at
    places, at = {}, IMAGES * length
    for name, size in (("INPUTS_AT", sizes[0]), ("OUTPUTS_AT", sizes[last]), ("TARGETS_AT", sizes[last])):
        places[name] = at
        at += size * column
    backward, hidden = [0] * (last + 1), [0] * (last + 1)
    for layer in range(1, last):
        hidden[layer] = at
        at += 2 * column * widths[layer]
        if layer > 1:
            backward[layer] = at
            at += widths[layer] * widths[layer - 1]
    fields = zip(sizes, widths, matrices, biases, backward, hidden, strict=True)
    plan = ",".join(str(number) for row in fields for number in row)
    defines: dict[str, int | str] = {"LAYERS": last, "BATCH": batch, "PLAN": f"{{{plan}}}", "LENGTH": length,
                                     "WEIGHTS_END": weights_end}  # fmt: skip
    return {**defines, **places}, whole(at, 2 * lanes)
