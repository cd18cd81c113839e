"""What mean-field theory says at the parameters on screen, layer by layer, and how far the measurement agrees."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.propagation.ensemble import STARTS_C, STARTS_Q, Array, Average, Averages
from simulator.experiments.propagation.params import PropagationParams
from simulator.snapshot import Scalar
from simulator.theory import jacobian as singular
from simulator.theory import manifold
from simulator.theory.fixed_points import FixedPoint, fixed_point
from simulator.theory.mean_field import RandomNetwork, gradient_norms, iterate, make_network

MOST_ALLOWED = 0.3
"""An allowance beyond this share of the prediction would agree with nearly anything: then there is no verdict."""
SOURCE = "Poole et al. 2016; Schoenholz et al. 2017"


@dataclass(frozen=True)
class Theory:
    """The iterated maps at one set of parameters, each computed when first asked for; layers run from 0 to depth."""

    network: RandomNetwork
    depth: int
    c_0: float
    orthogonal: bool

    @cached_property
    def fixed(self) -> FixedPoint:
        """Where the maps end."""
        return fixed_point(self.network)

    @cached_property
    def q(self) -> Array:
        """Variance from the starts of `Averages`, (depth + 1, 3)."""
        path = [np.array([1.0, *STARTS_Q])]
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(self.depth):
                path.append(self.network.q_map(np.where(np.isfinite(path[-1]), path[-1], np.inf)))
        return np.array(path)

    @cached_property
    def c(self) -> Array:
        """Correlation from the starts of `Averages`, (depth + 1, 4)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return iterate(self.network, self.depth, 1.0, np.array([self.c_0, *STARTS_C])).c

    @cached_property
    def _usable_q(self) -> Array:
        return np.where(np.isfinite(self.q[:, 0]), self.q[:, 0], 0.0)

    @cached_property
    def chi_1(self) -> Array:
        """sigma_w^2 <phi'^2>, (depth + 1)."""
        return self.network.chi_1(self._usable_q)

    @cached_property
    def last_pair_slope(self) -> float:
        """sigma_w^2 <phi'_a phi'_b> at the last layer."""
        c = float(self.c[-1, 0])
        return float(self.network.chi(self._usable_q[-1], c)) if math.isfinite(c) else math.nan

    @cached_property
    def gradient(self) -> Array:
        """|dL/dh|^2 over that of the last layer, (depth + 1)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return gradient_norms(self.network, self._usable_q)

    @cached_property
    def circle(self) -> manifold.Circle | None:
        """The circle; None with dropout, whose masks make it rough."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            if float(self.network.keep) < 1.0:
                return None
            q_0 = None if self.circle_q == self.fixed.q else self.circle_q
            return manifold.circle(self.network, self.depth, q_0, self.fixed)

    @cached_property
    def spread(self) -> float:
        """Var(s^2)/mean^2 of the Jacobian's squared singular values."""
        if not float(self.network.sigma_w) > 0 or float(self.network.keep) < 1.0:
            return math.nan
        return singular.jacobian(self.network, self.depth, self.orthogonal, self.circle_q).relative_variance

    @property
    def circle_q(self) -> float:
        """Where circle and Jacobian begin: q*, or 1 where there is none."""
        q = float(self.fixed.q)
        return q if math.isfinite(q) and q > 1e-12 else 1.0

    @property
    def words(self) -> str:
        """The phase in words, with its depth scale."""
        name = self.fixed.describe().split(":")[0]
        meaning = {
            "ordered": "nearby inputs become alike",
            "chaotic": "nearby inputs part",
            "critical": "differences keep their size",
            "dropout": "masks part even equal inputs",
        }.get(name)
        if meaning is None:
            return self.fixed.describe()
        xi = float(self.fixed.xi_c)
        return f"{name}: {meaning}, ξ_c = {xi:.3g} layers" if math.isfinite(xi) else f"{name}: {meaning}"


@lru_cache(maxsize=128)
def _theory(activation: str, sigma_w: float, sigma_b: float, keep: float, depth: int, c_0: float, init: str) -> Theory:
    return Theory(make_network(activation, sigma_w, sigma_b, keep), depth, c_0, init == "orthogonal")


def theory_for(params: PropagationParams) -> Theory:
    """The theory of the parameters on screen."""
    return _theory(
        params.activation,
        params.sigma_w,
        params.sigma_b,
        params.keep,
        params.depth,
        params.start,
        params.init,
    )


def depth_of(slope: Scalar) -> Scalar:
    """xi = -1/ln(slope) with its error; infinite where the slope is not below 1."""
    if not 0 < slope.mean < 1:
        return Scalar(math.inf if slope.mean >= 1 else math.nan, math.nan, slope.n)
    xi = -1 / math.log(slope.mean)
    return Scalar(xi, xi**2 / slope.mean * slope.stderr, slope.n)


def scalars(averages: Averages) -> dict[str, Scalar]:
    """Every scalar of the contract, at the last layer."""
    chi_1 = averages.chi_1.scalar(-1)
    phase = 0.0 if abs(chi_1.mean - 1) < 2 * chi_1.stderr else math.copysign(1.0, chi_1.mean - 1)
    missing = Scalar(math.nan, math.nan, 0)
    return {
        "q_star": averages.q.scalar(-1, 0),
        "c_star": averages.c.scalar(-1, 0),
        "chi_1": chi_1,
        "xi_c": depth_of(averages.pair_slope.scalar(-1)),
        "xi_q": depth_of(averages.growth.scalar(-1)),
        "length_growth": averages.length.scalar(-1) if averages.length.n else missing,
        "curvature": averages.curvature.scalar(-1) if averages.curvature.n else missing,
        "phase": Scalar(phase, 0.0, chi_1.n),
        "jacobian_variance": averages.spread.scalar() if averages.spread.n else missing,
    }


def agreements(
    params: PropagationParams, averages: Averages, theory: Theory, hurried: bool = False
) -> tuple[Agreement, ...]:
    """Every line of the theory panel: the measurement at the last layer against the map iterated as often.

    hurried: what has not been measured yet has its line too, so that lines do not come and go under a dragged mark.
    """
    rows = [
        _row("q after the last layer", averages.q, (-1, 0), float(theory.q[-1, 0]), params),
        _row("c after the last layer", averages.c, (-1, 0), float(theory.c[-1, 0]), params, 1.0),
        _row("χ₁ at the last layer", averages.chi_1, (-1,), float(theory.chi_1[-1]), params),
        _row("χ at the last c", averages.pair_slope, (-1,), theory.last_pair_slope, params),
        _row("gradients, first/last", averages.gradient, (0,), float(theory.gradient[0]), params, layers=True),
    ]
    if theory.circle is not None and averages.length.n:
        growth, curvature = float(theory.circle.growth[-1]), float(theory.circle.curvature[-1])
        rows.append(_row("length of the circle", averages.length, (-1,), growth, params, layers=True))
        # made of fourth moments of the slopes, whose scatter over the layers is about three times that of the second
        rows.append(_row("curvature Nκ²", averages.curvature, (-1,), curvature, params, 3 * curvature, layers=True))
    if averages.spread.n or hurried:
        rows.append(_row("spread of s², relative", averages.spread, (), theory.spread, params, layers=True))
    return tuple(rows)


def _row(
    name: str,
    average: Average,
    index: tuple[int, ...],
    predicted: float,
    params: PropagationParams,
    scale: float | None = None,
    layers: bool = False,
) -> Agreement:
    """One line. What infinite width leaves out is of order 1/N of the value, for products over layers L/N."""
    measured = average.scalar(*index) if average.n else Scalar(math.nan, math.nan, 0)
    if not math.isfinite(predicted):
        return no_prediction(name, measured.mean, measured.stderr, "theory has no finite value here: it diverges")
    if params.dropout and layers:
        return no_prediction(name, measured.mean, measured.stderr, "each unit's mask makes the curve rough")
    order = (params.depth if layers else 1.0) / params.width
    allowance = 2 * order * (abs(predicted) if scale is None else scale)
    if layers and allowance > MOST_ALLOWED * abs(predicted):
        because = f"width {params.width} is too narrow for depth {params.depth}: finite width decides"
        return no_prediction(name, measured.mean, measured.stderr, because)
    return Agreement(name, measured.mean, measured.stderr, predicted, allowance, SOURCE, n=measured.n)
