"""Every parameter of the divergence experiment: its own, and those of the systems as their experiments declare them."""

import math
from dataclasses import dataclass
from typing import Annotated, Final

from simulator.experiments.landscape.params import LandscapeParams
from simulator.experiments.shared import shared, usual
from simulator.experiments.training.params import TrainingParams
from simulator.networks import architecture
from simulator.networks.trainability import Window
from simulator.optimizers import OPTIMIZERS, Dials
from simulator.parameters import Param, ParameterError, fields

LANDSCAPES: Final = ("glass", "funnel", "gaussian")
TOYS: Final = ("quadratic", "doublewell")
NETWORK: Final = ("network",)
SYSTEMS: Final = (*LANDSCAPES, *NETWORK, *TOYS)
MOST_CURVATURES: Final = 1024
MOST_MODES: Final = 2**23
"""Pairs times curvatures: a hundred bytes each, of the host's memory."""
_TRAINING_NAMES: Final = {"samples": "training_samples", "epsilon": "optimizer_epsilon"}
"""What has another name here: a landscape's samples and the twins' own epsilon have taken those."""
_L, _T = LandscapeParams, TrainingParams
_MAP: Final = "Trainability map"
_NOT_NETWORK: Final = (*LANDSCAPES, *TOYS)


@dataclass(frozen=True, slots=True)
class DivergenceParams:
    """Twins of one system (names fixed by the command line's contract)."""

    system: Annotated[
        str,
        Param(
            "system",
            "System",
            choices=SYSTEMS,
            group="Twins",
            doc="What has twins: walkers in a glass, a funnel or a Gaussian field; networks in training; or, in double "
            "precision and solved exactly, descent in a quadratic bowl or a double well.",
        ),
    ] = "funnel"
    epsilon: Annotated[
        float,
        Param(
            "ε",
            "Initial distance",
            1e-12,
            1.0,
            scale="log",
            group="Twins",
            doc="How far apart the twins begin, root mean square over components. Single precision sees nothing below "
            "some 1e-7 of the components themselves.",
        ),
    ] = 1e-5
    renormalise: Annotated[
        bool,
        Param(
            "renormalise",
            "Renormalise",
            live=True,
            group="Twins",
            doc="Put the second twin back to the distance ε again and again, in the direction it has come to, and add "
            "up the logarithms (Benettin): the exponent then has no end to its accuracy. Off: the twins go free.",
        ),
    ] = False
    optimizer: Annotated[
        str,
        Param(
            "optimizer",
            "Optimizer",
            choices=(*OPTIMIZERS, "rmsprop"),
            group="Descent",
            doc="sgd: by batches of couplings or examples, the same for both twins; gd: by all of them; momentum and "
            "adam: as in deep learning; langevin: in a heat bath that shakes both twins alike (not networks); rmsprop: "
            "of networks alone.",
        ),
    ] = "sgd"
    learning_rate: Annotated[
        float,
        shared(
            _T,
            "learning_rate",
            SYSTEMS,
            group="Descent",
            applies=(),
            doc="Step length: the dial of chaos. Raise it and twins part; low enough, and they part no more.",
        ),
    ] = 0.15
    funnel: Annotated[float, shared(_L, "funnel", LANDSCAPES)] = 0.5
    roughness: Annotated[float, shared(_L, "roughness", LANDSCAPES)] = usual(_L, "roughness")
    batch_fraction: Annotated[float, shared(_L, "batch_fraction", LANDSCAPES)] = 0.1
    momentum: Annotated[float, shared(_L, "momentum", SYSTEMS)] = usual(_L, "momentum")
    temperature: Annotated[float, shared(_L, "temperature", _NOT_NETWORK)] = usual(_L, "temperature")
    optimizer_epsilon: Annotated[
        float,
        shared(_T, "epsilon", NETWORK, applies=(("system", NETWORK), ("optimizer", ("adam", "rmsprop"))),
               group="Descent", label="Epsilon"),
    ] = usual(_T, "epsilon")  # fmt: skip
    batch: Annotated[int, shared(_T, "batch", NETWORK, group="Descent")] = usual(_T, "batch")
    weight_decay: Annotated[float, shared(_T, "weight_decay", NETWORK)] = usual(_T, "weight_decay")
    clip: Annotated[float, shared(_T, "clip", NETWORK)] = usual(_T, "clip")
    dropout: Annotated[float, shared(_T, "dropout", NETWORK)] = usual(_T, "dropout")

    size: Annotated[int, shared(_L, "size", LANDSCAPES)] = 64
    samples: Annotated[int, shared(_L, "samples", LANDSCAPES)] = 4
    replicas: Annotated[
        int, shared(_L, "replicas", LANDSCAPES, label="Pairs in each", doc="Pairs of twins in the same landscape.")
    ] = 8
    start: Annotated[str, shared(_L, "start", LANDSCAPES)] = usual(_L, "start")
    pairs: Annotated[
        int,
        Param(
            "pairs",
            "Pairs of twins",
            1,
            65536,
            scale="log",
            group="Ensemble",
            applies=(("system", TOYS),),
            doc="Pairs from independent starts. Error bars come from these.",
        ),
    ] = 16384
    curvatures: Annotated[
        str,
        Param(
            "λᵢ",
            "Curvatures",
            group="Bowl",
            applies=(("system", ("quadratic",)),),
            doc="Eigenvalues of the bowl's Hessian, between commas. Without momentum twins part where |1 − ηλ| exceeds "
            "1 for any.",
        ),
    ] = "0.1,0.3,1"
    a2: Annotated[float, shared(_L, "a2", LANDSCAPES)] = usual(_L, "a2")
    a3: Annotated[float, shared(_L, "a3", LANDSCAPES)] = usual(_L, "a3")
    a4: Annotated[float, shared(_L, "a4", LANDSCAPES)] = usual(_L, "a4")
    b1: Annotated[float, shared(_L, "b1", LANDSCAPES)] = 1 / 3
    b2: Annotated[float, shared(_L, "b2", LANDSCAPES)] = 1 / 3
    b3: Annotated[float, shared(_L, "b3", LANDSCAPES)] = 1 / 3
    b4: Annotated[float, shared(_L, "b4", LANDSCAPES)] = 0.0
    length_scale: Annotated[float, shared(_L, "length_scale", LANDSCAPES)] = usual(_L, "length_scale")
    features: Annotated[int, shared(_L, "features", LANDSCAPES)] = usual(_L, "features")
    confinement: Annotated[float, shared(_L, "confinement", LANDSCAPES)] = usual(_L, "confinement")

    networks: Annotated[int, shared(_T, "networks", NETWORK, label="Pairs of networks")] = 8
    dataset: Annotated[str, shared(_T, "dataset", NETWORK)] = usual(_T, "dataset")
    data_file: Annotated[
        str, shared(_T, "data_file", NETWORK, implies=(("dataset", "file"), ("system", "network")))
    ] = usual(_T, "data_file")
    training_samples: Annotated[int, shared(_T, "samples", NETWORK)] = usual(_T, "samples")
    noise: Annotated[float, shared(_T, "noise", NETWORK)] = usual(_T, "noise")
    label_noise: Annotated[float, shared(_T, "label_noise", NETWORK)] = usual(_T, "label_noise")
    classes: Annotated[int, shared(_T, "classes", NETWORK)] = usual(_T, "classes")
    dimension: Annotated[int, shared(_T, "dimension", NETWORK)] = usual(_T, "dimension")
    amplitude: Annotated[float, shared(_T, "amplitude", NETWORK)] = usual(_T, "amplitude")
    width: Annotated[int, shared(_T, "width", NETWORK)] = usual(_T, "width")
    depth: Annotated[int, shared(_T, "depth", NETWORK)] = usual(_T, "depth")
    layers: Annotated[str, shared(_T, "layers", NETWORK)] = usual(_T, "layers")
    activation: Annotated[str, shared(_T, "activation", NETWORK)] = usual(_T, "activation")
    biases: Annotated[bool, shared(_T, "biases", NETWORK)] = usual(_T, "biases")
    init: Annotated[str, shared(_T, "init", NETWORK)] = usual(_T, "init")
    sigma_w: Annotated[float, shared(_T, "sigma_w", NETWORK)] = usual(_T, "sigma_w")
    sigma_b: Annotated[float, shared(_T, "sigma_b", NETWORK)] = usual(_T, "sigma_b")
    loss: Annotated[str, shared(_T, "loss", NETWORK)] = usual(_T, "loss")

    map_x: Annotated[
        float,
        Param("log₁₀ η₀", "Input layer", -10.0, 10.0, live=True, group=_MAP,
              doc="Learning rate of the input layer in the middle of the trainability map: wheel and mouse move it."),
    ] = 1.5  # fmt: skip
    map_y: Annotated[
        float,
        Param("log₁₀ η₁", "Output layer", -10.0, 10.0, live=True, group=_MAP,
              doc="Learning rate of the output layer in the middle of the trainability map."),
    ] = 1.5  # fmt: skip
    map_span: Annotated[
        float,
        Param("span", "Decades", 1e-12, 10.0, scale="log", live=True, group=_MAP,
              doc="How many decades of both learning rates the map spans: the smaller, the deeper in the fractal."),
    ] = 5.0  # fmt: skip
    map_samples: Annotated[
        int,
        Param("samples", "Examples", 1, 4096, scale="log", group=_MAP,
              doc="Points that each pixel's network learns; 272 in the paper, as many as it has weights. Fewer go "
              "faster."),
    ] = 16  # fmt: skip
    map_steps: Annotated[
        int,
        Param("steps", "Steps", 20, 100_000, scale="log", group=_MAP,
              doc="How long each pixel's network is trained before it is judged."),
    ] = 500  # fmt: skip
    map_side: Annotated[
        str,
        Param("pixels", "Pixels", choices=("64", "128", "256", "512", "1024"), group=_MAP,
              doc="How fine the map becomes: one network a pixel."),
    ] = "256"  # fmt: skip

    def check(self) -> None:
        """Combinations that make no twins. Raises ParameterError."""
        others = ("langevin",) if self.system == "network" else ("rmsprop",)
        if self.optimizer in others:
            allowed = ", ".join(rule for rule in (*OPTIMIZERS, "rmsprop") if rule not in others)
            raise ParameterError("optimizer", self.optimizer, f"one of {allowed} where system is {self.system}")
        if self.system in LANDSCAPES:
            self.landscape().check()
        elif self.system == "network":
            self.training().check()
        elif self.system == "quadratic":
            most = MOST_MODES // len(self.spectrum)
            if self.pairs > most:
                allowed = f"at most {most} with {len(self.spectrum)} curvatures: more do not fit into a gigabyte"
                raise ParameterError("pairs", self.pairs, allowed)

    @property
    def spectrum(self) -> tuple[float, ...]:
        """The bowl's curvatures. Raises ParameterError for a list that does not parse."""
        try:
            found = tuple(float(word) for word in self.curvatures.split(","))
        except ValueError:
            found = ()
        if not 1 <= len(found) <= MOST_CURVATURES or not all(math.isfinite(each) for each in found):
            allowed = f"1 to {MOST_CURVATURES} finite numbers between commas, such as 0.1,0.3,1"
            raise ParameterError("curvatures", self.curvatures, allowed)
        return found

    @property
    def beta(self) -> float:
        """Of the heavy ball; 0 where the rule has none."""
        return self.momentum if self.optimizer == "momentum" else 0.0

    def landscape(self) -> LandscapeParams:
        """The landscape whose walkers have twins."""
        known = {each.name for each in fields(LandscapeParams)} - {"family", "optimizer"}
        rule = self.optimizer if self.optimizer in OPTIMIZERS else "gd"
        values = {name: getattr(self, name) for name in sorted(known)}
        return LandscapeParams(**values, family=self.system, optimizer=rule)

    def dials(self) -> Dials:
        """The live numbers of a landscape or toy."""
        return self.landscape().dials()

    def window(self) -> Window:
        """The part of the plane of learning rates that the trainability map shows."""
        return Window(self.map_x, self.map_y, self.map_span, self.map_span)

    def training(self) -> TrainingParams:
        """The networks that have twins; gd is sgd with all examples a step."""
        known = {each.name: _TRAINING_NAMES.get(each.name, each.name) for each in fields(TrainingParams)}
        values = {name: getattr(self, here) for name, here in known.items()}
        if self.optimizer not in architecture.OPTIMIZERS:
            values |= {"optimizer": "sgd", "batch": 0}
        return TrainingParams(**values)
