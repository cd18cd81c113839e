"""Curvature, weight spectra and learnt modes of a few of the networks: dear, so taken now and then in a window."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator import clock
from simulator.experiments.training.ensemble import Ensemble
from simulator.networks.curvature import Outliers, leading_eigenvalues, outliers, sharpness, singular_values
from simulator.networks.reference import loss_and_gradient

Array = NDArray[np.float64]
EXAMPLES: Final = 512
"""Training examples that the Hessian is taken on, at most."""
WORK: Final = 2**22
"""Examples times parameters of one product with it, at most; but of 64 examples at least."""
NETWORKS: Final = 4
"""How many networks are looked at."""
SMALL: Final = 16384
"""Parameters that all of them together may have; of larger networks fewer are looked at, and one at least."""
LEADING: Final = 16
"""Eigenvalues that are found: of ten classes' outliers and some of the bulk."""
LARGEST: Final = 2**18
"""Parameters of one network from which on nobody looks: a look would take seconds, in which nothing else moves."""
PLACES: Final = 4
"""Earlier places at which the sharpness is taken to see whether it has come to the edge."""
SHARE: Final = 4.0
"""While a window plays, this many times as long as a look took passes before the next."""
LEAST_SECONDS: Final = 0.3
BETWEEN: Final = 10.0
"""Between two looks the sharpness of network 1 alone is followed from its last eigenvector, in a few products: so many
times as long as that took passes before the next."""
KEPT: Final = 1024
"""Points of the way of the sharpness; beyond that every other one is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class Curvature:
    """At one step: leading Hessian eigenvalues (networks, 1 or LEADING) of the first networks, descending, on the first
    `examples`. midway: the largest half a step further on, (networks,)."""

    step: int
    eigenvalues: Array
    examples: int
    midway: Array

    @property
    def sharpness(self) -> Array:
        """lambda_max of each, (networks,)."""
        return self.eigenvalues[:, 0]

    def outliers(self, network: int = 0) -> Outliers:
        """Of one network: how many eigenvalues stand above the largest gap."""
        return outliers(self.eigenvalues[network])


class Looker:
    """Takes the curvature when it is due and keeps the way of the sharpness."""

    def __init__(self) -> None:
        self.latest: Curvature | None = None
        self.steps: list[int] = []
        self.sharpness: list[float] = []
        self._again = self._next = 0.0
        self._vector: Array | None = None
        self._then: dict[int, float] = {}

    def lately(
        self, ensemble: Ensemble, places: list[tuple[int, NDArray[np.float32]]], step: int, half: float
    ) -> float:
        """The highest sharpness of network 1 half a step on from some of the places (step, theta) in the second half of
        its way. half: as of `look`."""
        known = [(at, theta) for at, theta in places if step <= 2 * at < 2 * step]
        chosen = known[:: max(1, len(known) // PLACES)]
        found = {}
        for at, theta in chosen:
            if at not in self._then:
                self._then[at] = _midway(ensemble, theta.astype(float), half)
            found[at] = self._then[at]
        self._then = found
        return max(found.values(), default=np.nan)

    def look(self, ensemble: Ensemble, step: int, leading: bool, hurried: bool, half: float = 0.0) -> Curvature | None:
        """That of this step, or the one before where a window plays and a new one is not due; None of networks that are
        too large. leading: more than one eigenvalue. half: a step that turns round goes twice this times the gradient;
        0 where nobody asks."""
        if ensemble.architecture.parameters > LARGEST:
            return None
        now, count, latest = clock.now(), LEADING if leading else 1, self.latest
        enough = latest is not None and latest.eigenvalues.shape[1] >= min(count, ensemble.architecture.parameters)
        if enough and latest is not None and (latest.step == step or (hurried and now < self._again)):
            if now >= self._next:
                self._follow(ensemble, step)
            return latest
        networks = max(1, min(NETWORKS, SMALL // ensemble.architecture.parameters))
        x, t = ensemble.examples(examples(ensemble))
        theta = ensemble.trainer.theta[:networks].astype(float)
        found = [leading_eigenvalues(ensemble.architecture, one, x, t, count) for one in theta]
        midway = np.array([_midway(ensemble, one, half) for one in theta] if half else [one[0] for one in found])
        self.latest = Curvature(step, np.array(found), len(x), midway)
        self._note(step, float(found[0][0]))
        self._vector = None  # begin anew: an eigenvector that is followed for ever need not stay that of the top
        self._again = clock.now() + max(LEAST_SECONDS, SHARE * (clock.now() - now))
        return self.latest

    def _follow(self, ensemble: Ensemble, step: int) -> None:
        """Take the sharpness of network 1 alone, where it has moved on."""
        if self.steps and step <= self.steps[-1]:
            return
        began = clock.now()
        x, t = ensemble.examples(examples(ensemble))
        found = sharpness(ensemble.architecture, ensemble.trainer.theta[0].astype(float), x, t, self._vector)
        self._vector = found.vector
        self._note(step, found.value)
        self._next = clock.now() + BETWEEN * (clock.now() - began)

    def _note(self, step: int, value: float) -> None:
        if self.steps and step <= self.steps[-1]:
            return
        self.steps.append(step)
        self.sharpness.append(value)
        if len(self.steps) > KEPT:
            self.steps, self.sharpness = self.steps[::2], self.sharpness[::2]


def _midway(ensemble: Ensemble, theta: Array, half: float) -> float:
    """The sharpness of one network half a step on from theta (P,).

    At the edge of stability descent jumps from one side of the valley to the other and back, and the sharpness differs
    between both, by a tenth of it and more: theory is of the valley's middle (Damian, Nichani & Lee 2023, 2209.15594).
    """
    x, t = ensemble.examples(examples(ensemble))
    _, gradient = loss_and_gradient(ensemble.architecture, theta, x, t)
    with np.errstate(over="ignore", invalid="ignore"):  # one that has diverged has no middle: nan
        middle = theta - half * gradient
    return float(leading_eigenvalues(ensemble.architecture, middle, x, t, 1)[0])


def examples(ensemble: Ensemble) -> int:
    """How many training examples the Hessian is taken on, where there are so many."""
    return max(64, min(EXAMPLES, WORK // ensemble.architecture.parameters))


def widest(ensemble: Ensemble) -> int:
    """The layer with the most singular values, from 1."""
    sizes = [min(layer.fan_in, layer.fan_out) for layer in ensemble.architecture.layers]
    return int(np.argmax(sizes)) + 1


def weight_spectrum(ensemble: Ensemble, theta: NDArray[np.float32]) -> Array:
    """Singular values of the widest layer of some networks' theta (networks, P), all together."""
    return np.ravel(singular_values(ensemble.architecture, theta, widest(ensemble)))
