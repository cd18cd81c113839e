"""Every parameter of the propagation experiment, declared once."""

from dataclasses import dataclass
from typing import Annotated

from simulator.networks.layers import ACTIVATIONS, INITIALISATIONS, MAX_WIDTH
from simulator.parameters import Param

SIGMA_W = (0.5, 4.0)
SIGMA_B = (0.0, 1.0)
"""What the phase diagram spans. The parameters themselves may go beyond."""


@dataclass(frozen=True, slots=True)
class PropagationParams:
    """Signals through random deep networks (names fixed by the command line's contract)."""

    sigma_w: Annotated[
        float,
        Param(
            "σ_w",
            "Weight scale",
            0.0,
            10.0,
            live=True,
            group="Network",
            doc="Weights have variance σ_w²/width. Small: all inputs become alike; large: like inputs part (with tanh "
            "and erf; signals through relu and linear units only grow).",
        ),
    ] = 2.0
    sigma_b: Annotated[
        float,
        Param(
            "σ_b",
            "Bias scale",
            0.0,
            5.0,
            live=True,
            group="Network",
            doc="Biases have variance σ_b². They are common to all inputs and so make them alike.",
        ),
    ] = 0.3
    activation: Annotated[
        str,
        Param("φ", "Activation", choices=ACTIVATIONS, group="Network", doc="The nonlinearity between two layers."),
    ] = "tanh"
    init: Annotated[
        str,
        Param(
            "init",
            "Weights",
            choices=INITIALISATIONS,
            group="Network",
            doc="gaussian: independent; orthogonal: lengths are kept by each matrix, so singular values spread less.",
        ),
    ] = "gaussian"
    width: Annotated[
        int,
        Param(
            "N",
            "Width",
            1,
            MAX_WIDTH,
            scale="log",
            group="Network",
            doc="Units a layer. Theory is exact for infinite width; narrow networks scatter around it.",
        ),
    ] = 200
    depth: Annotated[
        int,
        Param("L", "Depth", 1, 500, scale="log", group="Network", doc="Layers that the signal passes."),
    ] = 16
    networks: Annotated[
        int,
        Param(
            "networks",
            "Networks",
            1,
            256,
            scale="log",
            group="Ensemble",
            doc="Independent networks a step; error bars come from these. Each step adds as many more.",
        ),
    ] = 4
    correlation: Annotated[
        float,
        Param(
            "c₀",
            "Input correlation",
            -1.0,
            1.0,
            live=True,
            group="Ensemble",
            doc="How alike the two inputs are to begin with. Theory's curve starts from the same value.",
        ),
    ] = 0.6
    manifold_points: Annotated[
        int,
        Param(
            "points",
            "Points of the circle",
            8,
            512,
            scale="log",
            group="Ensemble",
            doc="Inputs on the circle that is carried through the layers.",
        ),
    ] = 96
    dropout: Annotated[
        float,
        Param(
            "p",
            "Dropout",
            0.0,
            0.9,
            live=True,
            group="Ensemble",
            doc="Fraction of units silenced at random, anew for each input: even equal inputs part.",
        ),
    ] = 0.0

    @property
    def keep(self) -> float:
        """Probability that dropout leaves a unit alone."""
        return 1.0 - self.dropout

    @property
    def start(self) -> float:
        """The correlation that the inputs really have: a width of 1 has room for -1 and 1 only."""
        return self.correlation if self.width > 1 else (-1.0 if self.correlation < 0 else 1.0)
