"""Every parameter of the landscape experiment, declared once."""

from dataclasses import dataclass
from typing import Annotated

from simulator.landscapes.gaussian import default_features
from simulator.optimizers import OPTIMIZERS, Dials
from simulator.parameters import Param, ParameterError

FAMILIES = ("glass", "funnel", "gaussian")
STARTS = ("random", "native", "pair")
_SPIN = (("family", ("glass", "funnel")),)
_FUNNEL = (("family", ("funnel",)),)
_FIELD = (("family", ("gaussian",)),)


def _only(*optimizers: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("optimizer", optimizers),)


@dataclass(frozen=True, slots=True)
class LandscapeParams:
    """Walkers descend a tunable landscape (names fixed by the command line's contract)."""

    family: Annotated[
        str,
        Param(
            "family",
            "Landscape",
            choices=FAMILIES,
            group="Landscape",
            doc="glass: spherical p-spin couplings alone; funnel: the same glass with a native state that pulls; "
            "gaussian: a random Gaussian field in flat space.",
        ),
    ] = "funnel"
    roughness: Annotated[
        float,
        Param(
            "Δ",
            "Roughness",
            0.0,
            2.0,
            live=True,
            group="Landscape",
            doc="Multiplies the random part of the energy. λ/Δ is the dial from glass to funnel.",
        ),
    ] = 1.0
    funnel: Annotated[
        float,
        Param(
            "λ",
            "Funnel strength",
            0.0,
            4.0,
            live=True,
            group="Landscape",
            applies=_FUNNEL,
            doc="How strongly the native state pulls. Raise it and watch the walkers find the bottom.",
        ),
    ] = 1.5
    size: Annotated[
        int,
        Param(
            "N",
            "Size",
            2,
            1024,
            scale="log",
            group="Landscape",
            doc="Degrees of freedom of one walker. In larger landscapes outcomes agree more.",
        ),
    ] = 128
    samples: Annotated[
        int,
        Param(
            "samples",
            "Landscapes",
            1,
            256,
            scale="log",
            group="Ensemble",
            doc="Independent draws of the randomness. Error bars come from these.",
        ),
    ] = 2
    replicas: Annotated[
        int,
        Param(
            "replicas",
            "Walkers in each",
            1,
            4096,
            scale="log",
            group="Ensemble",
            doc="Walkers that descend the same landscape from their own starts.",
        ),
    ] = 64
    start: Annotated[
        str,
        Param(
            "start",
            "Start",
            choices=STARTS,
            group="Ensemble",
            doc="random: anywhere; native: at the native state; pair: two clones of each start, parted by noise.",
        ),
    ] = "random"
    optimizer: Annotated[
        str,
        Param(
            "optimizer",
            "Optimizer",
            choices=OPTIMIZERS,
            live=True,
            group="Descent",
            doc="gd: plain descent; sgd: a random part of the couplings each step; momentum and adam: as in deep "
            "learning; langevin: descent in a heat bath.",
        ),
    ] = "sgd"
    learning_rate: Annotated[
        float,
        Param(
            "η",
            "Learning rate",
            1e-4,
            10.0,
            scale="log",
            live=True,
            group="Descent",
            doc="Step length; time advances by η a step. Above 2/λ_max the descent bounces instead of settling.",
        ),
    ] = 0.05
    momentum: Annotated[
        float,
        Param(
            "β",
            "Momentum",
            0.0,
            0.999,
            live=True,
            group="Descent",
            applies=_only("momentum", "adam"),
            doc="How much of the last step's velocity is kept.",
        ),
    ] = 0.9
    batch_fraction: Annotated[
        float,
        Param(
            "b",
            "Batch fraction",
            0.01,
            1.0,
            scale="log",
            live=True,
            group="Descent",
            applies=_only("sgd"),
            doc="Share of the couplings that each step sees. Small batches shake the walkers like a temperature "
            "T_eff = η(1−b)Δ²f'(1)/(2b).",
        ),
    ] = 0.5
    temperature: Annotated[
        float,
        Param(
            "T",
            "Temperature",
            0.0,
            3.0,
            live=True,
            group="Descent",
            applies=_only("langevin"),
            doc="Heat bath of Langevin dynamics; 0 is gradient flow.",
        ),
    ] = 0.2
    a2: Annotated[
        float,
        Param(
            "a₂",
            "2-spin weight",
            0.0,
            1.0,
            group="Glass",
            applies=_SPIN,
            doc="Share of pair couplings (squares are scaled to sum to 1).",
        ),
    ] = 0.0
    a3: Annotated[
        float,
        Param(
            "a₃",
            "3-spin weight",
            0.0,
            1.0,
            group="Glass",
            applies=_SPIN,
            doc="Share of three-spin couplings: the standard glass.",
        ),
    ] = 1.0
    a4: Annotated[
        float,
        Param(
            "a₄",
            "4-spin weight",
            0.0,
            1.0,
            group="Glass",
            applies=_SPIN,
            doc="Share of four-spin couplings: rougher, and costs N times more.",
        ),
    ] = 0.0
    b1: Annotated[
        float,
        Param(
            "b₁",
            "Downhill bias",
            0.0,
            1.0,
            live=True,
            group="Funnel shape",
            applies=_FUNNEL,
            doc="Pull that is felt everywhere (weights are scaled to sum to 1).",
        ),
    ] = 0.0
    b2: Annotated[
        float,
        Param(
            "b₂",
            "Quadratic bias",
            0.0,
            1.0,
            live=True,
            group="Funnel shape",
            applies=_FUNNEL,
            doc="Pull that destabilises the glass continuously when 2λb₂ > Δ√f''(1).",
        ),
    ] = 1 / 3
    b3: Annotated[
        float,
        Param(
            "b₃",
            "Cubic bias",
            0.0,
            1.0,
            live=True,
            group="Funnel shape",
            applies=_FUNNEL,
            doc="Pull with a nucleation barrier: felt only near the native state.",
        ),
    ] = 1 / 3
    b4: Annotated[
        float,
        Param(
            "b₄",
            "Quartic bias",
            0.0,
            1.0,
            live=True,
            group="Funnel shape",
            applies=_FUNNEL,
            doc="Narrower still: a steeper hole with a higher rim.",
        ),
    ] = 1 / 3
    length_scale: Annotated[
        float,
        Param(
            "ℓ",
            "Length scale",
            0.1,
            10.0,
            scale="log",
            group="Gaussian field",
            applies=_FIELD,
            doc="Distance over which the field changes, in units of √N.",
        ),
    ] = 1.0
    features: Annotated[
        int,
        Param(
            "F",
            "Fourier features",
            0,
            65536,
            scale="log",
            group="Gaussian field",
            applies=_FIELD,
            doc="Waves that the field is a sum of; 0 chooses enough for the size. Fewer than 50 N make no semicircle.",
            usual=lambda p: f"usual: {default_features(p.size):,}",
        ),
    ] = 0
    confinement: Annotated[
        float,
        Param(
            "κ",
            "Confinement",
            0.0,
            2.0,
            live=True,
            group="Gaussian field",
            applies=_FIELD,
            doc="Weak spring to the origin that keeps walkers in sight.",
        ),
    ] = 0.05

    def check(self) -> None:
        """Combinations that make no landscape. Raises ParameterError."""
        if self.family != "gaussian" and self.a2 == self.a3 == self.a4 == 0:
            raise ParameterError("a2, a3, a4", "0, 0, 0", "at least one of them above 0")
        if self.family == "funnel" and self.b1 == self.b2 == self.b3 == self.b4 == 0:
            raise ParameterError("b1, b2, b3, b4", "0, 0, 0, 0", "at least one of them above 0")

    @property
    def shape(self) -> tuple[float, float, float, float]:
        """b1..b4 scaled to sum to 1 (all zero where no funnel pulls)."""
        total = self.b1 + self.b2 + self.b3 + self.b4
        return (self.b1 / total, self.b2 / total, self.b3 / total, self.b4 / total) if total else (0.0, 0.0, 0.0, 0.0)

    @property
    def bias(self) -> float:
        """λ where the family has a native state that pulls, else 0."""
        return self.funnel if self.family == "funnel" else 0.0

    def dials(self) -> Dials:
        """The live numbers as the kernels take them."""
        return Dials(
            self.optimizer,
            self.learning_rate,
            self.momentum,
            self.temperature,
            self.batch_fraction if self.optimizer == "sgd" else 1.0,
            self.roughness,
            self.bias,
            self.shape,
            self.confinement if self.family == "gaussian" else 0.0,
        )
