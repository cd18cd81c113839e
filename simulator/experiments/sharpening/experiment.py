"""The sharpening experiment: one system at several sizes, measured in turn, with what grows sharper and how fast."""

from collections.abc import Collection
from typing import Any, ClassVar, Final, final

from simulator import clock
from simulator.backends.base import AbstractBackend
from simulator.experiment import AbstractExperiment, View
from simulator.experiments.sharpening.descents import Descents
from simulator.experiments.sharpening.golf import Golf
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.experiments.sharpening.system import FIGURES, AbstractSystem
from simulator.experiments.sharpening.widths import Widths
from simulator.figures import Figure
from simulator.snapshot import Measurement

SECONDS: Final = 0.15
"""While a window plays, what is measured of all samples is taken again after so long: its errors are a bootstrap's."""


@final
class Sharpening(AbstractExperiment):
    """The same landscape at several sizes: roughness shrinks beside depth, and every outcome becomes certain.

    Z = gap/roughness = sqrt(2N) lambda/Delta; descents end N^(-2/3) above the threshold, and as much apart; the native
    state is found more abruptly along the dial; among 2^N random energies with one hole max |dP/dT| grows by
    L/(4 T_f^2) a spin (Bryngelson & Wolynes 1987); wide networks come to the same loss (Choromanska et al. 2015). Turn
    lambda: each tile is one size, on one scale. Each step takes more samples of the size whose turn it is.
    """

    name = "sharpening"
    title = "Sharpening"
    Params = SharpeningParams
    scalars: ClassVar = {
        "gap_over_roughness_N": "Z: depth of the native state below random states, over their spread, at size N",
        "energy_std_N": "spread of the energies where descents end, over landscapes and walkers, at size N",
        "end_energy_N": "mean energy where descents end, at size N",
        "success_N": "share of walkers with |Q| > 1/2 at the dial on screen, at size N",
        "slope_N": "max |dP/dT| of the golf hole of N spins",
        "half_temperature_N": "T at which the golf hole's native state holds half the weight, at size N",
        "loss_std_N": "standard deviation of the final test loss over networks of width N",
        "loss_N": "mean final test loss of networks of width N",
        "exponent_energy_std": "of energy_std against N, with its bootstrap error",
        "exponent_gap": "of gap_over_roughness against N",
        "exponent_slope": "of slope against N",
        "concentration": "loss_std of the narrowest networks over that at width 50, or else of the widest",
    }
    views = (
        View("landscapes", "Landscapes", ("picture", "profile"), alternatives=True),
        View("transition", "Transition", ("transition", "detail"), alternatives=True),
        View("scaling", "Scaling", ("gap", "spread")),
        View("ends", "Ends", ("ends",)),
    )
    steps_per_run = 3000

    def init(self, backend: AbstractBackend, params: Any, seed: int) -> None:
        self._system = make_system(backend, params, seed)
        self._steps = 0
        self._kept: Measurement | None = None
        self._drawn: dict[str, tuple[Figure, float]] = {}
        self._counted = -1.0

    def update(self, params: Any) -> None:
        self._system.update(params)
        self._kept, self._drawn = None, {}

    def step(self, n: int) -> None:
        for _ in range(n):
            self._system.work()
        self._steps += n

    def measure(self, wanted: Collection[str] | None = None) -> Measurement:
        now = clock.now()
        self._system.hurried = self.hurried
        if self._kept is None or not self.hurried or now - self._counted >= SECONDS:
            scalars, rows = self._system.scalars(), self._system.agreements()
            self._kept = Measurement(scalars, {}, rows, False, self._system.notes())
            self._counted = now
        names = FIGURES if wanted is None else [name for name in FIGURES if name in wanted]
        due = [name for name in names if name == "picture" or not self.hurried or self._is_due(name, now)]
        fresh = self._system.figures(due)
        self._drawn.update({name: (figure, now) for name, figure in fresh.items()})
        figures = {name: self._drawn[name][0] for name in names if name in self._drawn}
        kept = self._kept
        return Measurement(kept.scalars, figures, kept.agreement, kept.diverged, kept.notes)

    @property
    def awaits_theory(self) -> bool:
        """Whether a theory curve in sight is still being refined."""
        return self._system.awaits_theory

    def _is_due(self, name: str, now: float) -> bool:
        return name not in self._drawn or now - self._drawn[name][1] >= SECONDS


def make_system(backend: AbstractBackend, params: SharpeningParams, seed: int) -> AbstractSystem:
    """The system that `params` name. Raises OutOfDeviceMemoryError."""
    if params.system == "rem":
        return Golf(params, seed)
    if params.system == "network":
        return Widths(backend, params, seed)
    return Descents(backend, params, seed)
