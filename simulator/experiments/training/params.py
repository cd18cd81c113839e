"""Every parameter of the training experiment, declared once."""

from dataclasses import dataclass
from typing import Annotated

from simulator.networks.architecture import LOSSES, OPTIMIZERS, Architecture, TrainingDials
from simulator.networks.datasets.making import DATASETS
from simulator.networks.datasets.planar import PLANAR
from simulator.networks.layers import ACTIVATIONS, MAX_WIDTH
from simulator.parameters import Param, ParameterError

INITS = ("gaussian", "orthogonal", "decoupled")
MAX_DEPTH = 64
MADE_SAMPLES = 400
_MADE = (("dataset", (*PLANAR, "clusters", "teacher", "linear")),)
_HIGH = (("dataset", ("clusters", "teacher", "linear")),)
_DRAWN = (("init", ("gaussian", "orthogonal")),)


def _only(*optimizers: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("optimizer", optimizers),)


@dataclass(frozen=True, slots=True)
class TrainingParams:
    """Many networks learn one data set side by side (names fixed by the command line's contract)."""

    dataset: Annotated[
        str,
        Param(
            "dataset",
            "Data set",
            choices=DATASETS,
            group="Data",
            doc="circles, xor, blobs, spiral: points in the plane; clusters: Gaussian classes in many dimensions; "
            "teacher: a random network's answers; linear: a matrix's; digits: 1,797 handwritten ones; "
            "digits-infinite: those deformed anew each time; file: your own.",
        ),
    ] = "spiral"
    data_file: Annotated[
        str,
        Param(
            "data_file",
            "Data file",
            group="Data",
            file="Data (*.npz *.csv *.tsv *.txt *.data *.gz *ubyte)",
            implies=(("dataset", "file"),),
            usual=lambda p: "none",
            doc="A table or images of your own: .npz, .csv or IDX (MNIST's format), .gz too. Drop it on the window.",
        ),
    ] = ""
    samples: Annotated[
        int,
        Param(
            "n",
            "Training samples",
            0,
            100_000,
            scale="log",
            group="Data",
            usual=lambda p: f"usual: {MADE_SAMPLES}" if p.dataset in _MADE[0][1] else "all there are",
            doc="How many examples the networks learn from; 0 takes all there are, or 400 of a set that is made here. "
            "Few are memorised, many are understood.",
        ),
    ] = 0
    noise: Annotated[
        float,
        Param(
            "noise",
            "Noise",
            0.0,
            2.0,
            group="Data",
            applies=_MADE,
            doc="Scatter added to the inputs of made sets, or to a teacher's answers: classes begin to overlap.",
        ),
    ] = 0.1
    label_noise: Annotated[
        float,
        Param(
            "label_noise",
            "Label noise",
            0.0,
            1.0,
            group="Data",
            doc="Share of the training labels drawn at random. At 1 there is nothing to understand, only to memorise.",
        ),
    ] = 0.0
    classes: Annotated[
        int,
        Param(
            "C",
            "Classes",
            1,
            10,
            group="Data",
            applies=_MADE,
            doc="Classes of a made set (arms of the spiral), from 2; outputs of the linear teacher, from 1.",
        ),
    ] = 2
    dimension: Annotated[
        int,
        Param("D", "Input dimension", 1, 1024, scale="log", group="Data", applies=_HIGH, doc="Components of an input."),
    ] = 20
    amplitude: Annotated[
        float,
        Param(
            "A",
            "Signal strength",
            0.0,
            10.0,
            group="Data",
            applies=_HIGH,
            doc="Distance between the classes, steepness of the teacher, or the linear teacher's largest singular "
            "value.",
        ),
    ] = 1.0
    width: Annotated[
        int,
        Param(
            "N",
            "Width",
            1,
            MAX_WIDTH,
            scale="log",
            group="Network",
            doc="Units of each hidden layer. Wider networks differ less from one another.",
        ),
    ] = 16
    depth: Annotated[
        int,
        Param("L", "Hidden layers", 0, MAX_DEPTH, group="Network", doc="0 is a linear classifier."),
    ] = 2
    layers: Annotated[
        str,
        Param(
            "layers",
            "Layer list",
            group="Network",
            usual=lambda p: f"as above: {p.depth} of {p.width}",
            doc='Units of each hidden layer, such as "250,150,100,50", in place of width and hidden layers.',
        ),
    ] = ""
    activation: Annotated[
        str,
        Param("φ", "Activation", choices=ACTIVATIONS, group="Network", doc="What each hidden unit does to its input."),
    ] = "tanh"
    biases: Annotated[
        bool,
        Param(
            "biases", "Train biases", group="Network", doc="Off: they stay as they start, as in exactly solved models."
        ),
    ] = True
    init: Annotated[
        str,
        Param(
            "init",
            "Initial weights",
            choices=INITS,
            group="Network",
            doc="gaussian: variance σ_w²/fan-in; orthogonal: σ_w times a rotation; decoupled: a linear network whose "
            "modes each learn by themselves, as Saxe's solution assumes.",
        ),
    ] = "gaussian"
    sigma_w: Annotated[
        float,
        Param(
            "σ_w",
            "Weight scale",
            0.0,
            5.0,
            group="Network",
            doc="Size of the initial weights: order below, chaos above the line of the phase diagram. With decoupled "
            "weights, the modes' initial strength.",
        ),
    ] = 1.5
    sigma_b: Annotated[
        float,
        Param(
            "σ_b", "Bias scale", 0.0, 2.0, group="Network", applies=_DRAWN, doc="Standard deviation of initial biases."
        ),
    ] = 0.05
    networks: Annotated[
        int,
        Param(
            "R",
            "Networks",
            1,
            4096,
            scale="log",
            group="Ensemble",
            doc="Trained side by side on the same batches, from different initial weights. Error bars come from these.",
        ),
    ] = 16
    loss: Annotated[
        str,
        Param(
            "loss",
            "Loss",
            choices=LOSSES,
            group="Training",
            doc="mse: half the squared distance; cross_entropy: surprise at the right label; hinge: half the squared "
            "shortfall from the margin.",
        ),
    ] = "cross_entropy"
    optimizer: Annotated[
        str,
        Param(
            "optimizer",
            "Optimizer",
            choices=OPTIMIZERS,
            group="Training",
            doc="sgd: plain; momentum: heavy ball; adam and rmsprop: each weight has its own step length.",
        ),
    ] = "sgd"
    learning_rate: Annotated[
        float,
        Param(
            "η",
            "Learning rate",
            1e-5,
            100.0,
            scale="log",
            live=True,
            group="Training",
            doc="Step length. Above 2/sharpness, plain descent is unstable: watch the sharpness give way.",
        ),
    ] = 0.5
    momentum: Annotated[
        float,
        Param(
            "β",
            "Momentum",
            0.0,
            0.999,
            live=True,
            group="Training",
            applies=_only("momentum", "adam"),
            doc="How much of the last step's velocity is kept.",
        ),
    ] = 0.9
    epsilon: Annotated[
        float,
        Param(
            "ϵ",
            "Epsilon",
            0.0,
            1.0,
            scale="log",
            live=True,
            group="Training",
            applies=_only("adam", "rmsprop"),
            doc="Added to the running size of the gradient before dividing by it (rmsprop: to its square). Too small, "
            "and a naive deep network blows up; larger, and it calms down.",
        ),
    ] = 1e-8
    batch: Annotated[
        int,
        Param(
            "B",
            "Batch",
            0,
            65536,
            scale="log",
            group="Training",
            usual=lambda p: "all",
            doc="Examples a step; 0 is all of them. Small batches make noise that acts like a temperature.",
        ),
    ] = 32
    weight_decay: Annotated[
        float,
        Param(
            "λ",
            "Weight decay",
            0.0,
            1.0,
            scale="log",
            live=True,
            group="Remedies",
            doc="Each step shrinks all weights by the factor 1 − ηλ.",
        ),
    ] = 0.0
    clip: Annotated[
        float,
        Param("c", "Gradient clip", 0.0, 100.0, scale="log", live=True, group="Remedies", usual=lambda p: "none",
              doc="Longest gradient that is let through; 0 lets all through."),
    ] = 0.0  # fmt: skip
    dropout: Annotated[
        float,
        Param(
            "dropout",
            "Dropout",
            0.0,
            0.9,
            live=True,
            group="Remedies",
            doc="Share of hidden units silenced at random in each training step.",
        ),
    ] = 0.0

    def check(self) -> None:
        """Combinations that make no run. Raises ParameterError."""
        hidden = self.hidden
        if self.dataset == "file" and not self.data_file:
            raise ParameterError("data_file", "", "the name of a .npz, .csv or IDX file where dataset is file")
        if self.classes < 2 and self.dataset != "linear":
            raise ParameterError("classes", self.classes, "a whole number from 2 to 10 unless dataset is linear")
        if self.init == "decoupled":
            self._check_decoupled(hidden)

    def _check_decoupled(self, hidden: tuple[int, ...]) -> None:
        needed = {"activation": "linear", "dataset": "linear", "loss": "mse"}
        for name, value in needed.items():
            if getattr(self, name) != value:
                raise ParameterError("init", self.init, f"gaussian or orthogonal unless {name} is {value}")
        if self.sigma_w == 0:
            raise ParameterError("sigma_w", self.sigma_w, "above 0 where init is decoupled")

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer. Raises ParameterError for a list that does not parse."""
        if not self.layers.strip():
            return (self.width,) * self.depth
        try:
            found = tuple(int(word) for word in self.layers.split(","))
        except ValueError:
            found = ()
        if not found or len(found) > MAX_DEPTH or not all(1 <= units <= MAX_WIDTH for units in found):
            raise ParameterError(
                "layers",
                self.layers,
                f"1 to {MAX_DEPTH} whole numbers from 1 to {MAX_WIDTH} between commas, such as 250,150,100,50",
            )
        return found

    def architecture(self, dimension: int, outputs: int) -> Architecture:
        """The network for inputs and targets of so many components."""
        return Architecture((dimension, *self.hidden, outputs), self.activation, self.loss, self.biases)

    def dials(self) -> TrainingDials:
        """The live numbers as the kernels take them."""
        return TrainingDials(
            self.learning_rate, self.momentum, self.epsilon, self.weight_decay, self.clip, self.dropout
        )
