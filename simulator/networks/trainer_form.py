"""What a way of laying networks out on a device must do."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from simulator.backends.base import DeviceArray
from simulator.networks.trainer_batches import Batch

Float32s = NDArray[np.float32]
Moments = tuple[DeviceArray, DeviceArray]
"""What the optimizer remembers, laid out as theta; theta itself in the place of what the rule does not have."""
Rates = tuple[np.float32, ...]
"""learning_rate, momentum, epsilon, weight_decay, clip, keep = 1 - dropout."""


class AbstractForm(ABC):
    """Kernels and layout for one architecture and update rule. Nothing that is returned depends on how the work is cut.

    theta: device arrays in the form's own layout, of laid_out(), for `networks` vectors. x (n, dimension) and t (n,
    outputs): device arrays, row-major. gathers: whether the rows of a batch must be next to each other.
    """

    gathers: bool = True

    @abstractmethod
    def bytes_of(self, networks: int) -> int:
        """What one array of theta takes on the device."""

    @abstractmethod
    def scratch_bytes(self, networks: int, rows: int) -> tuple[int, ...]:
        """What other arrays training takes, on batches of `rows` rows in all."""

    @abstractmethod
    def measured_bytes(self) -> int:
        """What measuring one vector takes."""

    @abstractmethod
    def laid_out(self, theta: Float32s) -> Float32s:
        """theta (networks, parameters) in the form's layout."""

    @abstractmethod
    def read(self, array: DeviceArray, networks: int) -> Float32s:
        """(networks, parameters) of an array like theta."""

    @abstractmethod
    def steps(self, theta: DeviceArray, moments: Moments, networks: int, batch: Batch, step: int, rates: DeviceArray,
              dials: Rates, keys: tuple[np.uint32, np.uint32]) -> None:  # fmt: skip
        """Queue batch.count steps from `step` on; rates (count or more, 2): Adam's bias corrections of each step."""

    @abstractmethod
    def gradient(self, theta: DeviceArray, networks: int, x: DeviceArray, t: DeviceArray) -> Float32s:
        """dL/dtheta (networks, parameters) over all rows."""

    @abstractmethod
    def measure(
        self, theta: DeviceArray, networks: int, x: DeviceArray, t: DeviceArray
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sums over all rows of the loss, and of right answers: each (networks,)."""

    @abstractmethod
    def outputs(self, theta: DeviceArray, networks: int, x: DeviceArray) -> Float32s:
        """f (networks, rows, outputs)."""
