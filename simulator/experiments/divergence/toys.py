"""Twins in a quadratic bowl or a double well, in double precision."""

import math
from typing import Final, final

import numpy as np

from kernels import divergence
from simulator.experiments.divergence.params import DivergenceParams
from simulator.experiments.divergence.twins import (
    FOLLOWED,
    AbstractTwins,
    Array,
    Sight,
    apart,
    cloud,
    directions,
    drawn_in,
)
from simulator.optimizers import ADAM_BETA_2, ADAM_EPSILON

SETTLING: Final = 1024
"""Steps of descent in the double well before its twins begin, so that they begin on its attractor."""
SETTLED_RULES: Final = ("gd", "sgd", "momentum", "langevin")
"""Those whose twins begin there; adam divides by the size of gradients, which are none at rest."""
SHAKEN: Final = 1e-6
"""Part of its place by which an orbit in the well is drawn in when a parameter changes: at rest to the last digit, it
would stay even where it is stable no more. Inwards, for outwards there may be no way back."""
LIVE: Final = ("learning_rate", "momentum", "temperature")
MAP_ORBITS: Final = 8
MAP_STEPS: Final = {"quadratic": (60, 120), "doublewell": (200, 400)}
"""Steps until the exponent of a cell is measured, and while it is; a bowl overflows soon."""
MAP_EPSILON: Final = 1e-9
AT_ONCE: Final = 64
"""Steps of one launch, at most."""
BLOCKS: Final = 32
"""Parts of the pairs that are summed up each by itself, in an order that does not depend on the number of threads."""


def curvatures_of(params: DivergenceParams) -> Array:
    """(modes,) for the kernel: nan is the double well."""
    return np.array(params.spectrum if params.system == "quadratic" else [math.nan])


def packed(params: DivergenceParams) -> Array:
    """The kernel's dials."""
    heat = params.temperature if params.optimizer == "langevin" else 0.0
    noise = math.sqrt(2 * heat * params.learning_rate)
    return np.array([params.learning_rate, params.momentum, noise, ADAM_BETA_2, ADAM_EPSILON])


def clouds(middles: Array, spreads: Array, pairs: int) -> tuple[Array, Array]:
    """Size and scale of the cloud after each step, (steps,), as `cloud` has them, from what the kernel knows of blocks
    of pairs: means (blocks, steps, modes), and sums of squares about them (blocks, steps)."""
    members = np.diff(np.arange(len(spreads) + 1) * pairs // len(spreads))
    modes = middles.shape[2]
    with np.errstate(over="ignore", invalid="ignore"):  # one block after the other, however many steps there are
        middle = sum(count * part for count, part in zip(members, middles, strict=True)) / pairs
        between = (np.square(part - middle).sum(axis=1) for part in middles)
        about = sum(own + count * off for own, count, off in zip(spreads, members, between, strict=True))
        scales = np.sqrt(about / (pairs * modes) + np.square(middle).mean(axis=1))
        sizes = np.sqrt(about / ((pairs - 1) * modes)) if pairs > 1 else scales
    return sizes, scales


def mapped(params: DivergenceParams, seed: int, rates: Array, upward: Array, name: str) -> Array:
    """Exponents per step at pairs of a learning rate and a value of parameter `name`, (cells,); nan where every orbit
    goes to infinity."""
    plain = name == "momentum" and params.optimizer in ("gd", "sgd")
    rule = "momentum" if plain else params.optimizer
    betas = upward if name == "momentum" else np.full_like(rates, params.momentum)
    heat = upward if name == "temperature" else np.full_like(rates, params.temperature)
    noises = np.sqrt(2 * heat * rates) if rule == "langevin" else np.zeros_like(rates)
    out = np.empty_like(rates)
    divergence.exponents(
        out, rates, betas, noises, curvatures_of(params), divergence.RULES[rule], MAP_ORBITS, *MAP_STEPS[params.system],
        MAP_EPSILON, ADAM_BETA_2, ADAM_EPSILON, np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32 & 0xFFFFFFFF),
    )  # fmt: skip
    return out


@final
class ToyTwins(AbstractTwins):
    """(pairs, 1) pairs, each of its own; computed on the host on any device."""

    resolution = float(np.finfo(np.float64).eps)

    def __init__(self, params: DivergenceParams, seed: int) -> None:
        self._curvatures, self._params = curvatures_of(params), params
        self._keys = (np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32 & 0xFFFFFFFF))
        self.x = np.zeros((params.pairs, 2, self._curvatures.size))
        self.v, self.m2 = np.zeros_like(self.x), np.zeros_like(self.x)
        self._grown, self._aims = np.zeros(params.pairs), np.full(params.pairs, params.epsilon)
        self._rule = divergence.RULES[params.optimizer]
        self._since, self._pulled = 0, False
        self._seed = seed
        self._start(params, self._keys)

    def _start(self, params: DivergenceParams, keys: tuple[np.uint32, np.uint32]) -> None:
        settling = SETTLING if params.optimizer in SETTLED_RULES else 0
        divergence.start(self.x, self._curvatures, params.epsilon, settling, params.learning_rate, *keys)

    def _change(self, params: DivergenceParams) -> None:
        """Parameters have changed. Renormalised pairs begin anew, each on the attractor of now: the direction between
        twins, long that of another mode, would take as long to turn. Free ones in the well are shaken."""
        self._params = params
        if params.renormalise:
            mixed = self._keys[1] ^ np.uint32(self.step_count * 0x9E3779B1 & 0xFFFFFFFF)
            self._start(params, (self._keys[0], mixed))
            self.v[:], self.m2[:], self._aims[:], self._since = 0.0, 0.0, params.epsilon, self.step_count
        elif params.system == "doublewell":
            z = np.abs(directions(self._seed, (1, len(self.x)), self.step_count + 1))
            self.x *= 1.0 - SHAKEN * z.reshape(-1, 1, 1)

    def advance(self, n: int, params: DivergenceParams) -> list[Sight]:
        changed = any(getattr(params, name) != getattr(self._params, name) for name in LIVE)
        if self.step_count and (changed or (self._pulled and params.renormalise)):
            self._change(params)
        self._params, self._pulled, seen = params, False, []
        while n > 0:
            taken = min(n, AT_ONCE - self.step_count % AT_ONCE)
            logs, paths = np.empty((taken, len(self.x))), np.empty((taken, *self.x.shape[1:]))
            blocks = min(BLOCKS, len(self.x))
            middles, spreads = np.empty((blocks, taken, self._curvatures.size)), np.empty((blocks, taken))
            divergence.descend(
                self.x, self.v, self.m2, self._curvatures, self._grown, self._aims, logs, paths, middles,
                spreads, self._rule, packed(params), self.step_count, self._since, params.renormalise, params.epsilon,
                *self._keys,
            )  # fmt: skip
            seen += self._sights(logs, paths, clouds(middles, spreads, len(self.x)))
            self.step_count += taken
            n -= taken
        return seen

    def look(self) -> Sight:
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(apart(self.x[:, 0], self.x[:, 1]))
        if self._params.renormalise:
            logs = math.log(self._params.epsilon) + self._grown
        self.step_count -= 1
        size, scale = cloud(self.x[None, :, 0])
        seen = self._sights(logs[None], self.x[:1], (np.array([size]), np.array([scale])))[0]
        self.step_count += 1
        return seen

    def pull(self, epsilon: float) -> None:
        both = [(each[:, :1], each[:, 1:]) for each in (self.x, self.v, self.m2)]
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = epsilon / apart(both[0][0], both[0][1])
        first, second = zip(*both, strict=True)
        for array, put in zip((self.x, self.v, self.m2), drawn_in(first, second, factor), strict=True):
            array[:, 1:] = put
        self._grown[:], self._aims[:], self._pulled = 0.0, epsilon, True

    def _sights(self, logs: Array, paths: Array, wide: tuple[Array, Array]) -> list[Sight]:
        """Of rows of logarithms (steps, pairs) after the present step, the first pair's places (steps, 2, modes), and
        the size and scale of the cloud (steps,); the distances are those after the last."""
        distance = apart(self.x[:, 0], self.x[:, 1])[:, None]
        sizes, scales = wide
        steps = self.step_count + 1 + np.arange(len(logs))
        if not self._params.renormalise:
            with np.errstate(divide="ignore"):
                logs = np.maximum(logs, np.log(self.resolution * scales)[:, None])
        return [
            Sight(int(step), row[:, None], distance, float(size), float(scale), path[:, :FOLLOWED], energies)
            for step, row, size, scale, path, energies in zip(
                steps, logs, sizes, scales, paths, self._energies(paths), strict=True
            )
        ]

    def _energies(self, paths: Array) -> Array:
        """Per component, (steps, 2)."""
        with np.errstate(over="ignore", invalid="ignore"):
            square = np.square(paths)
            parts = np.where(np.isnan(self._curvatures), np.square(square - 1) / 4, self._curvatures * square / 2)
        return np.asarray(parts.mean(axis=-1))
