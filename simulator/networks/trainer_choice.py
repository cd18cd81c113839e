"""Which layout is fastest for a shape: a function of sizes and device alone, so that runs repeat bit for bit."""

from typing import Final

from simulator.backends.base import AbstractBackend
from simulator.networks.architecture import Architecture
from simulator.networks.trainer_fixed import MOST_SAMPLES, can_be_fixed, filled
from simulator.networks.trainer_form import AbstractForm
from simulator.networks.trainer_lanes import Lanes
from simulator.networks.trainer_samples import Samples

WIDE: Final = 4096
"""Weights of one layer from which BLAS beats loops."""
FEW: Final = 1024
"""Networks whose signals, kept apart, take no memory to speak of."""
MANY: Final = 4096
"""Networks that fill a GPU with a work-item each."""
SMALL: Final = 2048
MIDDLING: Final = 8192
"""Parameters of a network of which eight side by side stay near the first, and in the second cache."""
LAUNCHED: Final = 5e6
"""Floating-point operations of a launch that are worth waking other compute units for."""


def choose_form(
    backend: AbstractBackend, architecture: Architecture, networks: int, batch: int, optimizer: str
) -> AbstractForm:
    """Networks across the lanes where they fill these, not the caches; else samples. Work-items share a network where
    there are fewer networks than compute units and much to do for each."""
    if across_networks(backend, architecture, networks, batch):
        return Lanes(backend, architecture, optimizer)
    launches = max(2, 2 * len(architecture.layers) - 2)
    worth = 6.0 * networks * architecture.parameters * batch / launches >= LAUNCHED
    shared = backend.is_gpu or (worth and networks < backend.compute_units and backend.name != "numba")
    return Samples(backend, architecture, optimizer, batch, shared)


def across_networks(backend: AbstractBackend, architecture: Architecture, networks: int, batch: int) -> bool:
    """Whether networks rather than samples are across the lanes."""
    if backend.name == "numba":
        return max(layer.fan_in * layer.fan_out for layer in architecture.layers) < WIDE
    if backend.is_gpu:
        return networks >= MANY and architecture.parameters <= SMALL
    units, lanes, size = backend.compute_units, backend.lanes, architecture.parameters
    cost = 0.75 if size <= SMALL else 1.0 if size <= MIDDLING else 1.2  # of a network a lane, beside one a work-item
    used = batch / (-(-batch // lanes) * lanes)
    if can_be_fixed(backend, architecture) and networks <= FEW and lanes <= batch <= MOST_SAMPLES:
        cost, used = 1.2, filled(architecture, lanes)
    tiles = -(-networks // lanes)
    return cost * lanes * -(-tiles // units) < -(-networks // units) / used
