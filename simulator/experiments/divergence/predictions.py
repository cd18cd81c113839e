"""What is measured of twins as scalars, and what theory says of their exponent, or why it says nothing."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from simulator.experiments.divergence.params import TOYS, DivergenceParams
from simulator.experiments.divergence.trace import RESOLVED, SATURATED, Fit
from simulator.experiments.divergence.twins import Sight
from simulator.snapshot import Scalar
from simulator.theory.lyapunov import double_well_exponent, iterated_exponent, quadratic_exponent
from simulator.theory.stability import growth

ORBITS: Final = 256
ITERATED: Final = 4000
UNSEEN: Final = 2e-6
"""Of the components: twins this near have met, however small the cloud is."""


@dataclass(frozen=True, slots=True)
class Known:
    """An exponent per step that theory knows, what it leaves open, and its source; or why there is none."""

    exponent: float = math.nan
    allowance: float = 0.0
    source: str = ""
    because: str = ""


def scalars(params: DivergenceParams, seen: Sight, fit: Fit | None) -> dict[str, Scalar]:
    """Distance, exponent, and how many twins are farther apart than their cloud is wide, unless they are put back."""
    known_pairs = np.isfinite(seen.distance)
    held = 2 * params.epsilon if params.renormalise else 0.0
    parted = np.where(known_pairs, seen.distance > max(seen.size, UNSEEN * seen.scale, held), True)
    with np.errstate(invalid="ignore"):
        total = np.where(known_pairs, seen.distance, 0.0).sum(axis=1)
    counts = known_pairs.sum(axis=1)
    groups = total[counts > 0] / counts[counts > 0]
    return {
        "distance": Scalar.of_samples(groups) if groups.size else _NOTHING,
        "lyapunov": exponent(fit),
        "separated": Scalar.of_samples(parted.mean(axis=1)),
    }


_NOTHING: Final = Scalar(math.nan, math.nan, 0)


def exponent(fit: Fit | None) -> Scalar:
    """The fitted exponent per step and its standard error over groups: pairs in one landscape are not independent. One
    group alone gives no error."""
    if fit is None:
        return _NOTHING
    rows = fit.exponents[np.isfinite(fit.exponents).all(axis=1)]
    return Scalar.of_samples(rows.mean(axis=1)) if rows.size else _NOTHING


def known(params: DivergenceParams) -> Known:
    """What theory says of the exponent at these parameters."""
    if params.optimizer in ("adam", "rmsprop"):
        return Known(because=f"{params.optimizer}'s step lengths depend on the gradients before: no closed form")
    if params.system == "quadratic":
        exact = quadratic_exponent(params.learning_rate, params.spectrum, params.beta)
        name = "max ln|1 − ηλ|" if params.beta == 0 else "largest root of z² − (1 + β − ηλ)z + β"
        because = "" if math.isfinite(exact) else "Λ = −∞: each mode is at its minimum after one step"
        return Known(exact, source=name, because=because)
    if params.system == "doublewell":
        return double_well(params)
    return Known(because=_why_none(params))


def double_well(params: DivergenceParams) -> Known:
    """Of descent in the double well: closed forms where there are any, the iterated slope of the map between."""
    if params.optimizer == "langevin" and params.temperature > 0:
        return Known(because="a heat bath moves the orbit: the exact map is that of T = 0")
    if params.optimizer == "momentum":
        factor = float(growth(params.learning_rate, 2.0, params.momentum))
        if params.learning_rate < (1 + params.momentum) / 2 and factor < 1:
            return Known(math.log(factor), 2e-3, "roots at the bottom of a well, V'' = 2")
        return Known(because="momentum beyond a half of the edge η = 1 + β: no closed form")
    eta = params.learning_rate
    exact = float(double_well_exponent(eta))
    if eta > 2:
        return Known(because="beyond η = 2 almost every orbit runs to infinity")
    if math.isinf(exact):
        return Known(
            because="Λ = −∞: the slope of the map vanishes at the minimum, and twins meet faster than any line"
        )
    if math.isfinite(exact):
        return Known(exact, 0.0, "ln 3: conjugate to Chebyshev's −T₃" if eta == 2 else "slope of the stable orbit")
    value, error = iterated(eta)
    return Known(value, error, "mean ln|1 + η − 3ηx²| of the map, iterated")


@lru_cache(maxsize=64)
def iterated(eta: float) -> tuple[float, float]:
    """Exponent of the double well's map from many orbits, and its standard error."""
    values = iterated_exponent(eta, ITERATED, np.linspace(0.03, 0.97, ORBITS))
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(ORBITS))


def _why_none(params: DivergenceParams) -> str:
    if params.system == "network":
        return "no theory of the exponent of training; known is only where plain descent of all examples loses its " \
            "hold: η above 2/sharpness"  # fmt: skip
    if params.optimizer == "sgd" and params.batch_fraction < 1:
        return "batches multiply distances at random: no closed form of such products"
    if params.optimizer == "langevin" and params.temperature > 0:
        return "walkers in a heat bath never come to rest: no closed form"
    return "known only at rest: at a minimum the flattest direction decides, ln|1 − ηλ_min|"


def notes(params: DivergenceParams, seen: Sight, fit: Fit | None, resolution: float) -> tuple[str, ...]:
    """What the user should know of the numbers, in words."""
    found = []
    finest = RESOLVED * resolution * seen.scale
    near = float(np.nanmean(seen.distance)) if np.isfinite(seen.distance).any() else math.nan
    if params.system in TOYS:
        found.append("computed in double precision on the host")
    elif params.epsilon < finest:
        found.append(f"ε = {params.epsilon:.1g} is less than single precision resolves here, {finest:.1g}: take more")
    elif not params.renormalise and near < finest:
        found.append(f"single precision resolves no distance below {finest:.1g}: left out of the fit")
    lost = float(np.mean(~np.isfinite(seen.distance)))
    if lost:
        beyond = " (beyond 1.8e308, for doubles)" if params.system in TOYS else ""
        found.append(f"{lost:.1%} of the pairs have run to infinity{beyond}")
    if fit is not None and math.isnan(exponent(fit).stderr):
        found.append("no error bar of Λ: one sample gives none; take more")
    if fit is None and seen.step > 0 and near > SATURATED * seen.size and not params.renormalise:
        advice = "raise λ or press R" if params.system == "funnel" else "press R, or renormalise"
        found.append(f"the twins are as far apart as the cloud lets them: for an exponent, {advice}")
    return tuple(found)
