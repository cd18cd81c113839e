"""Small classifiers of several widths, many of each: do they come to the same loss?"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from simulator.agreement import Agreement, no_prediction
from simulator.backends.base import AbstractBackend
from simulator.experiments.sharpening import width_pictures
from simulator.experiments.sharpening.moments import Moments, mean, spread
from simulator.experiments.sharpening.params import SharpeningParams
from simulator.experiments.sharpening.system import PIECE, AbstractSystem, least_advanced
from simulator.figures import Figure
from simulator.networks.architecture import Architecture, TrainingDials
from simulator.networks.datasets.base import Dataset
from simulator.networks.datasets.making import make_dataset
from simulator.networks.initial import initial_theta
from simulator.networks.loss_paths import interpolation
from simulator.networks.trainer import Trainer
from simulator.snapshot import Scalar

Array = NDArray[np.float64]
PER_STEP, PER_GROUP, FLOPS = 20.0, 4000.0, 4e4
"""Microseconds that a step, and a group of networks, take beside their arithmetic; operations in a microsecond."""
LINES: Final = 8
"""Networks of each width whose straight lines from start to end are drawn."""
EXAMINED: Final = 256
"""Examples on which the loss along those lines is measured."""
KEPT: Final = 4096


@final
class Group:
    """Networks of one width that are trained side by side on the same batches."""

    def __init__(
        self, backend: AbstractBackend, params: SharpeningParams, data: Dataset, width: int, seed: int
    ) -> None:
        """Raises OutOfDeviceMemoryError."""
        self.architecture = Architecture((data.dimension, width, data.outputs), params.activation, "cross_entropy")
        self._start = initial_theta(self.architecture, params.replicas, seed, "gaussian", params.sigma_w, 0.0)
        batch = min(params.batch, len(data.x))
        self.trainer = Trainer(backend, self.architecture, data, params.replicas, batch, "sgd", seed, self._start)
        self.steps = max(1, params.epochs * len(data.x) // batch)
        self.per_step = PER_STEP + 6 * self.architecture.parameters * batch * params.replicas / FLOPS
        self._dials = TrainingDials(learning_rate=params.rate)

    @property
    def progress(self) -> float:
        """Share of the training that is done."""
        return self.trainer.step_count / self.steps

    def advance(self, budget: float) -> float:
        """As many steps as the budget allows, one at least; the work that they are."""
        n = min(self.steps - self.trainer.step_count, max(1, int(budget / self.per_step)))
        self.trainer.step(n, self._dials)
        self.trainer.backend.finish()
        return n * self.per_step

    def lines(self, data: Dataset, count: int) -> tuple[Array, Array, Array]:
        """(a, training loss, test loss) on straight lines of the first `count` networks: (26,), (26, count) twice."""
        a, points = interpolation(self._start[:count], self.trainer.theta[:count])
        flat = points.reshape(-1, points.shape[-1])
        sets = (data.x[:EXAMINED], data.t[:EXAMINED]), (data.x_test[:EXAMINED], data.t_test[:EXAMINED])
        train, test = (np.asarray(self.trainer.evaluate(each, theta=flat)[0]) for each in sets)
        return a, train.reshape(points.shape[:2]), test.reshape(points.shape[:2])


@final
class Widths(AbstractSystem):
    """All widths. Every network learns the same data; groups differ in initial weights and in the order of batches."""

    def __init__(self, backend: AbstractBackend, params: SharpeningParams, seed: int) -> None:
        """Raises OutOfDeviceMemoryError."""
        self.params, self._backend, self._seed = params, backend, seed
        self.sizes = params.sizes_in_turn
        self.data = make_dataset(
            "clusters", "cross_entropy", seed, params.samples, 0.0, 0.0, params.classes, params.dimension,
            params.amplitude,
        )  # fmt: skip
        widest = Architecture((params.dimension, max(self.sizes), params.classes), params.activation, "cross_entropy")
        backend.require(4 * params.replicas * widest.parameters)
        self._groups = dict.fromkeys(self.sizes, 0)
        self._running: dict[int, Group] = {}
        self.moments = {size: Moments(3, size) for size in self.sizes}
        self.right = {size: Moments(3, size) for size in self.sizes}
        self._losses = {size: np.zeros(0) for size in self.sizes}
        self.lines: dict[int, tuple[Array, Array, Array]] = {}
        self._lost = 0

    def update(self, params: SharpeningParams) -> None:
        self.params = params

    def work(self) -> None:
        budget = PIECE
        while budget > 0:
            size = least_advanced({size: self._progress(size) for size in self.sizes})
            group = self._running.get(size)
            if group is None:
                words = np.random.SeedSequence([self._seed % 2**63, size, self._groups[size]])
                seed = int(words.generate_state(1, np.uint64)[0])
                group = self._running[size] = Group(self._backend, self.params, self.data, size, seed)
                budget -= PER_GROUP
            budget -= group.advance(budget)
            if group.progress >= 1:
                self._take(size, group)

    def _progress(self, size: int) -> float:
        running = self._running.get(size)
        return self._groups[size] + (running.progress if running else 0.0)

    def _take(self, size: int, group: Group) -> None:
        losses, right = group.trainer.evaluate("test")
        kept = np.isfinite(losses)
        self._lost += int((~kept).sum())
        for into, values in ((self.moments, losses[kept]), (self.right, right[kept])):
            into[size].add(np.array([[len(values), values.sum(), (values**2).sum()]]))
        self._losses[size] = np.concatenate([self._losses[size], losses[kept]])[-KEPT:]
        if size not in self.lines:
            self.lines[size] = group.lines(self.data, min(LINES, self.params.replicas))
        del self._running[size]
        self._groups[size] += 1

    # ---- what is known ----

    @property
    def known(self) -> dict[int, Moments]:
        """Sums over finished networks of (1, loss, loss²) of each width that has any."""
        return {size: m for size, m in self.moments.items() if m.n and m.total[0] > 1}

    def losses(self, size: int) -> Array:
        """Final test losses of the networks of one width, the last KEPT."""
        return self._losses[size]

    def scalars(self) -> Mapping[str, Scalar]:
        made = dict[str, Scalar]()
        for size, moments in self.known.items():
            made[f"loss_{size}"] = moments.scalar(mean)
            made[f"loss_std_{size}"] = moments.scalar(spread)
        if self.compared:
            made["concentration"] = self.concentration()
        return made

    @property
    def compared(self) -> tuple[int, int] | None:
        """The narrowest known width, and 50 or else the widest: from 50 on the spread hardly shrinks."""
        known = list(self.known)
        return (known[0], 50 if 50 in known else known[-1]) if len(known) > 1 and known[0] < 50 else None

    def concentration(self) -> Scalar:
        """Spread of the losses of the narrowest networks over that of wide ones."""
        assert self.compared is not None
        a, b = (self.known[size].scalar(spread) for size in self.compared)
        error = float(np.hypot(a.stderr / a.mean, b.stderr / b.mean))
        return Scalar(a.mean / b.mean, a.mean / b.mean * error, min(a.n, b.n))

    def drawings(self) -> Mapping[str, Callable[[], Figure]]:
        return {
            "picture": partial(width_pictures.lines, self, test=True),
            "profile": partial(width_pictures.lines, self, test=False),
            "transition": partial(width_pictures.distribution, self),
            "detail": partial(width_pictures.tail, self),
            "gap": partial(width_pictures.loss, self),
            "spread": partial(width_pictures.loss_spread, self),
            "ends": partial(width_pictures.accuracy, self),
        }

    def agreements(self) -> tuple[Agreement, ...]:
        if self.compared is None:
            return ()
        narrow, wide = self.compared
        s = self.concentration()
        because = "that wide networks agree was observed (Choromanska et al. 2015); its amount has no theory here"
        return (no_prediction(f"std({narrow})/std({wide})", s.mean, s.stderr, because),)

    def notes(self) -> tuple[str, ...]:
        return (f"{self._lost} networks have diverged and are left out",) if self._lost else ()
