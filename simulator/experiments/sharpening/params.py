"""Every parameter of the sharpening experiment, declared once."""

import math
from dataclasses import dataclass
from typing import Annotated, Final

from simulator.experiments.landscape.params import LandscapeParams
from simulator.experiments.shared import shared, usual
from simulator.experiments.training.params import TrainingParams
from simulator.networks.layers import MAX_WIDTH
from simulator.optimizers import Dials
from simulator.parameters import Param, ParameterError
from simulator.theory.funnel import Bias
from simulator.theory.mixture import Mixture
from simulator.theory.spectrum import gd_step_limit

SYSTEMS: Final = ("funnel", "glass", "rem", "network")
USUAL_SIZES: Final = {
    "funnel": (16, 64, 256, 1024),
    "glass": (16, 32, 64, 128),
    "rem": (8, 10, 12, 14, 16, 18, 20),
    "network": (3, 6, 12, 25, 50, 100, 200),
}
SIZE_RANGES: Final = {"funnel": (4, 2**20), "glass": (4, 2**20), "rem": (4, 22), "network": (1, MAX_WIDTH)}
MAX_SIZES: Final = 12
WALKING_RATE, TRAINING_RATE = 0.2, 0.05
STABLE: Final = 0.7
"""Share of the longest stable step that is taken, where that is shorter."""
USUAL_DURATIONS: Final = {"funnel": 40.0, "glass": 300.0}
MAX_STEPS: Final = 1_000_000
_GLASSY: Final = ("funnel", "glass")
_SPIN: Final = (("system", _GLASSY),)
_DIAL: Final = (("system", ("funnel", "rem")),)
_ENERGY: Final = (("system", ("funnel", "glass", "rem")),)
_NETWORKS: Final = ("network",)
_NETWORK: Final = (("system", _NETWORKS),)
_MOVES: Final = (("system", ("funnel", "glass", "network")),)


def _usual_rate(params: "SharpeningParams") -> str:
    return f"usual: {params.rate_at(params.dial) if params.system in _GLASSY else params.rate:.3g}"


@dataclass(frozen=True, slots=True)
class SharpeningParams:
    """One system at several sizes (names fixed by the command line's contract)."""

    system: Annotated[
        str,
        Param(
            "system",
            "System",
            choices=SYSTEMS,
            doc="funnel: walkers on a glass with a native state that pulls; glass: without it; rem: random energies "
            "with one deep hole, every state counted; network: small classifiers of several widths.",
        ),
    ] = "funnel"
    sizes: Annotated[
        str,
        Param(
            "N",
            "Sizes",
            doc='Numbers of spins, or widths of the hidden layer, such as "32,64,128"; empty takes usual ones. All are '
            "measured in turn and drawn side by side.",
            usual=lambda p: f"usual: {', '.join(map(str, USUAL_SIZES[p.system]))}",
        ),
    ] = ""
    funnel: Annotated[
        float,
        shared(
            LandscapeParams,
            "funnel",
            SYSTEMS,
            group="Model",
            applies=_DIAL,
            doc="The dial: how deep the native state lies. λ/Δ decides between glass and funnel; the larger the "
            "system, the sharper the decision.",
        ),
    ] = 1.5
    roughness: Annotated[
        float,
        shared(
            LandscapeParams,
            "roughness",
            SYSTEMS,
            lo=0.05,
            group="Model",
            applies=_ENERGY,
            doc="Multiplies the random part of the energy. A spin's share of it shrinks as 1/√N.",
        ),
    ] = 1.0
    replicas: Annotated[
        int,
        Param(
            "replicas",
            "Walkers or networks at a time",
            1,
            64,
            scale="log",
            group="Ensemble",
            applies=_MOVES,
            doc="Walkers in each landscape, or networks on the same batches. Errors come from independent groups.",
        ),
    ] = 8
    learning_rate: Annotated[
        float,
        Param(
            "η",
            "Learning rate",
            0.0,
            1.0,
            scale="log",
            group="Descent",
            applies=_MOVES,
            doc="Step length, in units of 1/Δ for walkers; 0 takes a usual one, 0.2 for walkers where that is stable "
            "and 0.05 for networks.",
            usual=_usual_rate,
        ),
    ] = 0.0
    duration: Annotated[
        float,
        Param(
            "t",
            "Duration",
            0.0,
            1000.0,
            scale="log",
            group="Descent",
            applies=_SPIN,
            doc="Time of a descent, Σ η; 0 takes the usual one, 40 for the funnel and 300 for the glass, which creeps.",
            usual=lambda p: f"usual: {USUAL_DURATIONS.get(p.system, 1.0):g}",
        ),
    ] = 0.0
    a2: Annotated[float, shared(LandscapeParams, "a2", _GLASSY)] = usual(LandscapeParams, "a2")
    a3: Annotated[float, shared(LandscapeParams, "a3", _GLASSY)] = usual(LandscapeParams, "a3")
    a4: Annotated[float, shared(LandscapeParams, "a4", _GLASSY)] = usual(LandscapeParams, "a4")
    b1: Annotated[float, shared(LandscapeParams, "b1", ("funnel",), live=False)] = 0.0
    b2: Annotated[float, shared(LandscapeParams, "b2", ("funnel",), live=False)] = 1.0
    b3: Annotated[float, shared(LandscapeParams, "b3", ("funnel",), live=False)] = 0.0
    b4: Annotated[float, shared(LandscapeParams, "b4", ("funnel",), live=False)] = 0.0
    activation: Annotated[str, shared(TrainingParams, "activation", _NETWORKS)] = "relu"
    sigma_w: Annotated[
        float,
        shared(TrainingParams, "sigma_w", _NETWORKS, doc="Initial weights: σ_w²/fan-in."),
    ] = 1.0
    classes: Annotated[
        int,
        Param("C", "Classes", 2, 10, group="Network", applies=_NETWORK, doc="Gaussian clusters to tell apart."),
    ] = 5
    dimension: Annotated[
        int,
        shared(TrainingParams, "dimension", _NETWORKS, hi=256, group="Network", applies=_NETWORK, doc="Of an example."),
    ] = 50
    amplitude: Annotated[
        float,
        shared(
            TrainingParams,
            "amplitude",
            _NETWORKS,
            group="Network",
            applies=_NETWORK,
            doc="Distance between the clusters, in units of their own width.",
        ),
    ] = 0.55
    samples: Annotated[
        int,
        Param(
            "n", "Training samples", 1, 10_000, scale="log", group="Network", applies=_NETWORK, doc="Examples learnt."
        ),
    ] = 1000
    batch: Annotated[
        int,
        Param("B", "Batch", 1, 1000, scale="log", group="Network", applies=_NETWORK, doc="Examples a step."),
    ] = 25
    epochs: Annotated[
        int,
        Param(
            "epochs",
            "Epochs",
            1,
            200,
            scale="log",
            group="Network",
            applies=_NETWORK,
            doc="How often each example is seen before the test loss counts as final.",
        ),
    ] = 20

    def check(self) -> None:
        """Combinations that make no run. Raises ParameterError."""
        low, high = SIZE_RANGES[self.system]
        if not self.sizes_in_turn or not all(low <= n <= high for n in self.sizes_in_turn):
            raise ParameterError("sizes", self.sizes, self._sizes_allowed())
        if self.system in ("funnel", "glass") and self.a2 == self.a3 == self.a4 == 0:
            raise ParameterError("a2, a3, a4", "0, 0, 0", "at least one of them above 0")
        if self.system == "funnel" and self.b1 == self.b2 == self.b3 == self.b4 == 0:
            raise ParameterError("b1, b2, b3, b4", "0, 0, 0, 0", "at least one of them above 0")
        if self.system in ("funnel", "glass") and self.steps_at(self.dial) > MAX_STEPS:
            rate = self.rate_at(self.dial)
            raise ParameterError("duration", self.duration, f"at most {MAX_STEPS:,} steps of {rate:g}")

    def _sizes_allowed(self) -> str:
        low, high = SIZE_RANGES[self.system]
        return (
            f"1 to {MAX_SIZES} whole numbers from {low} to {high:,} between commas where system is {self.system}, such "
            f"as {','.join(map(str, USUAL_SIZES[self.system]))}; or empty"
        )

    @property
    def sizes_in_turn(self) -> tuple[int, ...]:
        """The sizes, rising, each once; () for a list that does not parse."""
        if not self.sizes.strip():
            return USUAL_SIZES[self.system]
        try:
            found = {int(word) for word in self.sizes.split(",")}
        except ValueError:
            return ()
        return tuple(sorted(found)) if len(found) <= MAX_SIZES else ()

    @property
    def dial(self) -> float:
        """λ/Δ where there is a native state, else 0."""
        return self.funnel / self.roughness if self.system in ("funnel", "rem") else 0.0

    @property
    def rate(self) -> float:
        """η, in units of 1/Δ for walkers on the glass alone."""
        if self.learning_rate or self.system not in ("funnel", "glass"):
            return self.learning_rate or TRAINING_RATE
        return min(WALKING_RATE, STABLE * gd_step_limit(self.mixture))

    def rate_at(self, dial: float) -> float:
        """The step that walkers take at a dial: the usual one is shorter where the native state is steep."""
        return self.rate if self.learning_rate else min(self.rate, STABLE * self.step_limit(dial))

    def step_limit(self, dial: float) -> float:
        """The longest stable step at a dial, 2/lambda_max, in the glass on the way and in the native state.

        Curvatures there reach lambda g'(1) + 2 sqrt f''(1) and what the glass adds to the radial force, about 1.
        """
        limit = gd_step_limit(self.mixture)
        if self.system != "funnel":
            return limit
        return min(limit, 2 / (dial * float(self.bias.dg(1.0)) + 2 * math.sqrt(self.mixture.d2f(1.0)) + 1))

    @property
    def horizon(self) -> float:
        """Time of a descent that is asked for, in units of 1/Δ."""
        return self.duration or USUAL_DURATIONS.get(self.system, 1.0)

    def steps_at(self, dial: float) -> int:
        """Steps from a walker's start to its end at a dial; of too many, one more than are allowed."""
        return max(1, round(min(self.horizon / self.rate_at(dial), MAX_STEPS + 1)))

    @property
    def mixture(self) -> Mixture:
        """The glass, at Δ = 1."""
        return Mixture(self.a2, self.a3, self.a4)

    @property
    def bias(self) -> Bias:
        """The funnel's shape; ValueError where it has none."""
        return Bias(self.b1, self.b2, self.b3, self.b4)

    def dials(self, dial: float) -> Dials:
        """A plain descent at Δ = 1 and λ = `dial`: another Δ multiplies energies and divides times."""
        if self.system != "funnel":
            return Dials("gd", self.rate)
        rate = self.rate_at(dial)
        bias = self.bias
        return Dials("gd", rate, funnel=dial, shape=(bias.b1, bias.b2, bias.b3, bias.b4))
