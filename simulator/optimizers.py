"""The update rules by name, and the dials that a running simulation takes live.

The rules themselves stand once, in kernels/descend.cl and its twin. With g = grad H and g_T its tangent part:
gd, sgd: s -= eta g_T (sgd: every coupling kept with probability b and divided by b); momentum: v = beta v + g_T,
s -= eta v; adam: first and second moments with bias correction; langevin: s += -eta g_T + sqrt(2 T eta) xi.
On the sphere each step ends with the retraction s *= sqrt(N)/|s|.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OPTIMIZERS = ("gd", "sgd", "momentum", "adam", "langevin")
ADAM_BETA_2 = 0.999
ADAM_EPSILON = 1e-8


@dataclass(frozen=True, slots=True)
class Dials:
    """Every live number of a descent. The order of `packed()` is the kernels' dials[16] (see kernels/descend.cl)."""

    optimizer: str = "gd"
    learning_rate: float = 0.05
    momentum: float = 0.9
    temperature: float = 0.0
    batch_fraction: float = 1.0
    roughness: float = 1.0
    funnel: float = 0.0
    shape: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 0.0)
    confinement: float = 0.0

    def packed(self) -> NDArray[np.float32]:
        """float32 (16,): rule, eta, beta, T, b, Delta, lambda, b1, b2, b3, b4, confinement, beta2, epsilon, 0, 0."""
        row = np.zeros(16, np.float32)
        row[0] = OPTIMIZERS.index(self.optimizer)
        row[1:7] = self.learning_rate, self.momentum, self.temperature, self.batch_fraction, self.roughness, self.funnel
        row[7:11] = self.shape
        row[11:14] = self.confinement, ADAM_BETA_2, ADAM_EPSILON
        return row
