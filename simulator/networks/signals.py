"""Signals through random fully connected networks, and what comes back: h^l = W^l phi(h^(l-1)) + b^l.

W_ij ~ N(0, sigma_w^2/N), or sigma_w times a Haar orthogonal matrix; b_i ~ N(0, sigma_b^2); dropout keeps a unit with
probability `keep` and divides it by keep, masks independent between units and inputs. Layer 0 are the inputs, which are
pre-activations: |h^0|^2/N = q_0, so that layer l is to be compared with the l times iterated map (theory.mean_field).
Poole et al. 2016 (1606.05340), Schoenholz et al. 2017 (1611.01232), Pennington et al. 2017 (1711.04735).
"""

from collections.abc import Callable, Sequence
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.backends.base import AbstractBackend
from simulator.networks.layers import (
    ACTIVATIONS,
    BEND,
    INITIALISATIONS,
    MAX_WIDTH,
    TANGENT,
    VALUE,
    Float32s,
    Layers,
    Points,
)
from simulator.networks.measured import Curves, Gradients, Grid, Propagation, frozen

HELD_BYTES: Final = 2**26
"""Pre-activations of so many bytes are kept before they are measured together."""
STORE_BYTES: Final = 2**28
"""Weights that take no more are kept between calls: reading them is several times faster than drawing them again."""


@final
class Signals:
    """Random networks of one width, side by side; their weights are a function of (seed, network, layer) alone.

    sigma_w, sigma_b and keep are arguments of each call: the same random numbers are scaled, so that results move
    smoothly with them. Inputs are (networks or 1, K, width), or (K, width). All methods block.
    """

    def __init__(
        self,
        backend: AbstractBackend,
        width: int,
        networks: int,
        seed: int,
        activation: str = "tanh",
        init: str = "gaussian",
        store_bytes: int = STORE_BYTES,
    ) -> None:
        """store_bytes: 0 draws the weights anew in each call. Raises ValueError for what makes no network."""
        if not 1 <= width <= MAX_WIDTH or networks < 1:
            raise ValueError(f"no networks have width {width} (1 to {MAX_WIDTH}) and number {networks} (at least 1)")
        for name, value, allowed in (("activation", activation, ACTIVATIONS), ("init", init, INITIALISATIONS)):
            if value not in allowed:
                raise ValueError(f"{name} {value!r} is none of {', '.join(allowed)}")
        self.width, self.networks, self.activation, self.init = width, networks, activation, init
        self._backend, self._seed = backend, seed
        self._layers = Layers(backend, width, networks, seed, activation, init, store_bytes)
        self._tripled: tuple[tuple[ArrayLike, ...], Float32s] | None = None
        self._united: tuple[ArrayLike, Float32s] | None = None

    def draw_from(self, seed: int) -> None:
        """Be the networks of `seed` from now on: what is made anew otherwise, kernels and memory, is kept."""
        if seed != self._seed:
            self._seed = seed
            self._layers.draw_from(seed)

    def propagate(
        self,
        inputs: ArrayLike,
        depth: int,
        sigma_w: float,
        sigma_b: float,
        keep: float = 1.0,
        pairs: ArrayLike = (),
        states: Sequence[int] = (),
    ) -> Propagation:
        """Send K inputs through `depth` layers.

        pairs: (P, 2) indices of inputs whose distances are wanted. states: layers (0 to depth) whose pre-activations of
        network 0 are wanted, (K, width) each. Raises OutOfDeviceMemoryError before anything is lost.
        """
        points = self._values(inputs, sigma_w, sigma_b)
        return self._through(points, depth, keep, points.count, _pairs(pairs, points.count), states)

    def states(self, inputs: ArrayLike, depth: int, sigma_w: float, sigma_b: float, keep: float = 1.0,
               layers: Sequence[int] = (), scale: float = 1.0) -> dict[int, Float32s]:  # fmt: skip
        """Pre-activations of network 0 in `layers` (0 to depth), (K, width) each, for `scale` times the inputs; nothing
        else is measured."""
        points, kept = self._values(inputs, sigma_w, sigma_b, scale), dict[int, Float32s]()

        def note(first: int, here: int) -> None:
            kept.update(self._picked(layers, first, here))

        self._pass(points, depth, keep, self._slots(points, depth), note)
        return kept

    def curves(self, inputs: ArrayLike, velocities: ArrayLike, accelerations: ArrayLike, depth: int, sigma_w: float,
               sigma_b: float, keep: float = 1.0, scale: float = 1.0) -> Curves:  # fmt: skip
        """Carry points of curves h(theta) with v = dh/dtheta and a = d^2h/dtheta^2 exactly: each shaped like inputs,
        all of them times `scale`."""
        given = self._triples((inputs, velocities, accelerations))
        count = given.shape[1] // 3
        kinds = np.tile(np.array([VALUE, TANGENT, BEND], np.int32), count)
        bases = np.repeat(3 * np.arange(count, dtype=np.int32), 3)
        points = Points(given, kinds, bases, sigma_w, sigma_b, scale, scale)
        run = self._through(points, depth, keep, 3 * count, _pairs((), 1), ())
        q = run.q
        return Curves(*(frozen(one.copy()) for one in (q[..., ::3], q[..., 1::3], q[..., 2::3],
                                                       run.squared_signal[..., 2::3])))  # fmt: skip

    def gradients(self, inputs: ArrayLike, depth: int, sigma_w: float, sigma_b: float, keep: float = 1.0) -> Gradients:
        """Send inputs forth and, for each, an independent standard normal dL/dh^depth back through the same weights.

        All layers are held at once: OutOfDeviceMemoryError where they do not fit.
        """
        given, layers = self._inputs(inputs), self._layers
        count = given.shape[1]
        size = 4 * self.networks * count * layers.padded
        if not layers.holds("g", (depth + 1, self.networks, count, layers.padded)):
            self._backend.require((depth + 1) * size, (depth + 1) * size, size, size)
        self._pass(self._values(given, sigma_w, sigma_b), depth, keep, depth + 1)
        rng = np.random.default_rng([self._seed & 0xFFFFFFFF, self._seed >> 32 & 0xFFFFFFFF, 0x6])
        g = layers.turn_back(rng.standard_normal((self.networks, count, self.width), np.float32), depth)
        return Gradients(frozen(layers.measure(g, depth + 1, count, plain=True)[0][..., 0].copy()))

    def jacobian(self, inputs: ArrayLike, depth: int, sigma_w: float, sigma_b: float, keep: float = 1.0,
                 scale: float = 1.0) -> Float32s:  # fmt: skip
        """J = dh^depth/dh^0 at `scale` times one input (networks or 1, width): float32 (networks, width, width),
        J[network][out][in].

        J = prod W^l D^(l-1), l = depth ... 1, D = diag phi'(h).
        """
        n = self.width
        given = self._with_unit_vectors(inputs)
        kinds, bases = np.full(1 + n, TANGENT, np.int32), np.zeros(1 + n, np.int32)
        kinds[0] = VALUE
        points = Points(given, kinds, bases, sigma_w, sigma_b, scale)
        self._pass(points, depth, keep, 1)
        return np.ascontiguousarray(self._layers.heights()[0, :, 1:].transpose(0, 2, 1))

    def grid(self, inputs: ArrayLike, depth: int, sigma_w: ArrayLike, sigma_b: ArrayLike, keep: float = 1.0,
             pairs: ArrayLike = ((0, 1),)) -> Grid:  # fmt: skip
        """Send the same inputs through `depth` layers at many (sigma_w, sigma_b), whose weights are the same numbers.

        sigma_w and sigma_b broadcast to one shape, the pixels'; layer `depth` is measured. A pixel does not depend on
        which others are asked for with it: an image may come in any pieces.
        """
        given, layers = self._inputs(inputs), self._layers
        across, down = np.broadcast_arrays(np.asarray(sigma_w, np.float32), np.asarray(sigma_b, np.float32))
        pixels, count = across.size, given.shape[1]
        which = _pairs(pairs, count)
        _check(depth, keep)
        if not pixels:
            raise ValueError("no pixels: sigma_w and sigma_b are empty")
        bases = np.tile(np.arange(count, dtype=np.int32), pixels)
        gain, offset = (np.repeat(one.ravel(), count) for one in (across, down))
        layers.take(Points(given, np.zeros(pixels * count, np.int32), bases, gain, offset), 1, keep)
        for first, here in layers.spans(depth):
            if layers.carries(pixels * count):
                layers.carry(first, here, 0, 0)
            else:
                for layer in range(first, first + here):
                    layers.advance(layer, 0)
        everywhere = (count * np.arange(pixels, dtype=np.int32)[:, None, None] + which).reshape(-1, 2)
        means, apart = layers.measure(layers.h, 1, pixels * count, pairs=everywhere)
        moments = means[0].reshape(self.networks, *across.shape, count, 6)
        distances = apart[0].reshape(self.networks, *across.shape, len(which), 2)
        return Grid.of(across, down, np.moveaxis(moments, 0, -3), np.moveaxis(distances, 0, -3), which)

    def weights(self, layer: int, network: int = 0) -> Float32s:
        """W of a layer (from 1) and network at sigma_w = 1, float32 (width, width): variance 1/width, or orthogonal."""
        return np.ascontiguousarray(self._one_layer(layer, network, np.eye(self.width), 1.0, 0.0).T)

    def biases(self, layer: int, network: int = 0) -> Float32s:
        """b of one layer (from 1) and network at sigma_b = 1, float32 (width,)."""
        return self._one_layer(layer, network, np.zeros((1, self.width)), 0.0, 1.0)[0]

    def _one_layer(self, layer: int, network: int, given: ArrayLike, sigma_w: float, sigma_b: float) -> Float32s:
        """One layer, without its activation, on rows `given`: float32 (K, width)."""
        alone = Layers(self._backend, self.width, network + 1, self._seed, "linear", self.init, 0)
        alone.take(self._values(given, sigma_w, sigma_b), 1, 1.0)
        if layer % 2 == 0:  # x of an even layer is looked for where that of layer 0 is not
            alone.swap()
        alone.advance(layer, 0)
        return alone.heights()[0, network]

    def _through(self, points: Points, depth: int, keep: float, measured: int, pairs: NDArray[np.int32],
                 states: Sequence[int]) -> Propagation:  # fmt: skip
        """All layers from 0 on, measured in batches of as many as are held at once."""
        layers, moments, distances = self._layers, [], []
        kept: dict[int, Float32s] = {}

        def note(first: int, here: int) -> None:
            means, apart = layers.measure(layers.h, here, measured, pairs=pairs)
            moments.append(means)
            distances.append(apart)
            kept.update(self._picked(states, first, here))

        self._pass(points, depth, keep, self._slots(points, depth), note)
        return Propagation.of(np.concatenate(moments), np.concatenate(distances), pairs, kept)

    def _pass(self, points: Points, depth: int, keep: float, slots: int,
              note: Callable[[int, int], None] | None = None) -> None:  # fmt: skip
        """All layers from 0 on; note(first, here): layers first ... first + here - 1 are in the slots from 0 on."""
        _check(depth, keep)
        layers = self._layers
        layers.take(points, slots, keep)
        stored = layers.keep_layers(depth)
        whole = stored and not points.kinds.any() and layers.carries(points.count)
        for first in range(0, depth + 1, slots):
            here = min(slots, depth + 1 - first)
            begin = max(first, 1)
            if whole and first + here > begin:
                layers.carry(begin, first + here - begin, begin - first, 1)
            else:
                for layer in range(begin, first + here):
                    layers.advance(layer, layer - first)
            if note is not None:
                note(first, here)

    def _slots(self, points: Points, depth: int) -> int:
        """How many layers are held at once."""
        return max(1, min(depth + 1, HELD_BYTES // (4 * self.networks * points.count * self._layers.padded)))

    def _picked(self, layers: Sequence[int], first: int, here: int) -> dict[int, Float32s]:
        """Of `layers` those that are in the slots from layer `first` on: pre-activations of network 0."""
        seen = [layer for layer in layers if first <= layer < first + here]
        return dict(zip(seen, map(frozen, self._layers.picked([layer - first for layer in seen])), strict=True))

    def _values(self, inputs: ArrayLike, sigma_w: float, sigma_b: float, scale: float = 1.0) -> Points:
        """Inputs that ride on none."""
        given = self._inputs(inputs)
        count = given.shape[1]
        kinds, bases = np.zeros(count, np.int32), np.arange(count, dtype=np.int32)
        return Points(given, kinds, bases, sigma_w, sigma_b, scale)

    def _triples(self, curves: tuple[ArrayLike, ...]) -> Float32s:
        """Value, velocity and acceleration of each point one after another, (networks or 1, 3 K, width), read-only."""
        if self._tripled is None or any(a is not b for a, b in zip(curves, self._tripled[0], strict=True)):
            parts = [self._inputs(one) for one in curves]
            count, ensembles = parts[0].shape[1], max(len(one) for one in parts)
            if any(one.shape[1] != count for one in parts):
                raise ValueError("inputs, velocities and accelerations must be as many points")
            given = np.empty((ensembles, 3 * count, self.width), np.float32)
            for k, one in enumerate(parts):
                given[:, k::3] = one
            if not all(map(_stays, curves)):
                return frozen(given)
            self._tripled = curves, frozen(given)
        return self._tripled[1]

    def _with_unit_vectors(self, inputs: ArrayLike) -> Float32s:
        """One input and the unit vectors, (networks or 1, 1 + width, width), read-only."""
        if self._united is None or inputs is not self._united[0]:
            at, n = self._inputs(np.asarray(inputs, np.float32)[..., None, :]), self.width
            given = np.zeros((len(at), 1 + n, n), np.float32)
            given[:, :1] = at
            given[:, 1 + np.arange(n), np.arange(n)] = 1
            if not _stays(inputs):
                return frozen(given)
            self._united = inputs, frozen(given)
        return self._united[1]

    def _inputs(self, inputs: ArrayLike) -> Float32s:
        """float32 (networks or 1, K, width)."""
        given = np.asarray(inputs, np.float32)
        given = given[None] if given.ndim == 2 else given
        if given.ndim != 3 or len(given) not in (1, self.networks) or not given.shape[1]:
            raise ValueError(
                f"inputs of shape {given.shape} are not (networks {self.networks} or 1, K, width {self.width})"
            )
        if given.shape[2] != self.width:
            square = ", and orthogonal weights are square" if self.init == "orthogonal" else ""
            raise ValueError(f"inputs of width {given.shape[2]} do not fit layers of width {self.width}{square}")
        return given


def _stays(values: ArrayLike) -> bool:
    """Whether an array will not change: read-only, and its own."""
    return isinstance(values, np.ndarray) and values.flags.owndata and not values.flags.writeable


def _pairs(pairs: ArrayLike, count: int) -> NDArray[np.int32]:
    which = np.asarray(pairs, np.int32).reshape(-1, 2)
    if which.size and not 0 <= which.min() <= which.max() < count:
        raise ValueError(f"pairs name inputs {which.min()} to {which.max()}; there are 0 to {count - 1}")
    return which


def _check(depth: int, keep: float) -> None:
    if depth < 1:
        raise ValueError(f"depth {depth} must be at least 1")
    if not 0 < keep <= 1:
        raise ValueError(f"keep {keep} must be above 0 and at most 1")
