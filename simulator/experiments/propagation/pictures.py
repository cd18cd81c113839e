"""The pictures of the propagation experiment: points with error bars over networks, theory dashed."""

import math
from functools import lru_cache

import numpy as np

from simulator.experiments.propagation.diagrams import COLUMNS, DIAGRAM_DEPTH, Memory, PhaseDiagram
from simulator.experiments.propagation.ensemble import STARTS_C, STARTS_Q, Array, Average, Averages
from simulator.experiments.propagation.params import SIGMA_B, SIGMA_W, PropagationParams
from simulator.experiments.propagation.predictions import Theory
from simulator.experiments.propagation.shape import Shape
from simulator.figures import Curve, Curves, Handle, Histogram, Image, Level, Loop, frozen
from simulator.theory import jacobian as singular
from simulator.theory.fixed_points import critical_line, fixed_point, trainable_depth
from simulator.theory.mean_field import make_network

LAYER = "layer l"
FLOAT32_DECADES = 11.0
"""Squared singular values so far below the largest are rounding."""
STEP = 0.5
"""Decades: the ends between which the spectrum's theory is worked out are rounded to these."""
FOLD = 1.5
"""A factor by which a quantity has clearly grown from one end of the network to the other, or shrunk."""
SAME = 0.15
"""Lengths within this share of their mean are one."""
PARTED = 0.1
"""By how much the correlation of like inputs has fallen where they have clearly parted."""
CONTOURS = (5.0, 20.0)
"""Depth scales xi_c, layers, whose lines are drawn in the phase diagram."""


def phase(params: PropagationParams, diagram: PhaseDiagram, theory: Theory) -> Image:
    """What becomes of two inputs, over the scales of weights and biases, with the critical line."""
    share = diagram.image.share
    note = "" if share == 1 else f"measured so far: {share:.0%}"
    return Image(
        "Order, chaos and the line between",
        "weight scale σ_w",
        "bias scale σ_b",
        f"correlation after {DIAGRAM_DEPTH} layers",
        frozen(diagram.image.picture(), np.float32),
        (*SIGMA_W, *SIGMA_B),
        note=note,
        curves=_lines(params.activation, params.keep),
        handle=Handle(params.sigma_w, params.sigma_b, "sigma_w", "sigma_b", theory.words),
        low=0.0,
        high=1.0,
    )


@lru_cache(maxsize=16)
def _lines(activation: str, keep: float) -> tuple[Curve, ...]:
    """The critical line, and lines of equal depth scale on both sides of it."""
    sigma_b = np.linspace(SIGMA_B[0] + 0.005, SIGMA_B[1], 61)
    curves = []
    if keep == 1.0:
        curves.append(
            Curve("theory: critical, χ₁ = 1", frozen(critical_line(activation, sigma_b)[0]), frozen(sigma_b), "theory")
        )
    sigma_w = np.linspace(*SIGMA_W, 141)
    xi = fixed_point(make_network(activation, sigma_w[None, :], sigma_b[:, None], keep)).xi_c
    for index, level in enumerate(CONTOURS):
        for side in ("ordered", "chaotic"):
            at = np.array([_crossing(sigma_w, row, level, side == "ordered") for row in xi])
            if np.isfinite(at).any():
                label = f"theory: ξ_c = {level:g}" if side == "ordered" else ""
                curves.append(Curve(label, frozen(at), frozen(sigma_b), "series", index=index + 1))
    return tuple(curves)


def _crossing(x: Array, xi: Array, level: float, rising: bool) -> float:
    """Where xi passes `level` on its rise to the critical line, or on its fall from it; NaN where it does not."""
    peak = int(np.nanargmax(np.where(np.isfinite(xi), xi, np.inf))) if np.isfinite(xi).any() else 0
    part = slice(0, peak + 1) if rising else slice(peak, None)
    above = np.nan_to_num(xi[part], nan=0.0, posinf=1e9) > level
    change = np.flatnonzero(above[:-1] != above[1:])
    if not change.size:
        return float("nan")
    k = int(change[0]) + part.start
    low, high = np.log(xi[k]), np.log(min(xi[k + 1], 1e9))
    return float(x[k] + (x[k + 1] - x[k]) * (np.log(level) - low) / (high - low))


def lengths(averages: Averages, theory: Theory) -> Curves:
    """q against depth from three starts."""
    starts = (1.0, *STARTS_Q)
    curves = _measured_on_theory(averages.q, theory.q, [f"q₀ = {q:g}" for q in starts])
    levels = (Level(float(theory.fixed.q), "q*"),) if np.isfinite(theory.fixed.q) else ()
    q = averages.q.mean[-1] if averages.q.n else np.array([np.nan])
    one = bool(np.ptp(q) < SAME * abs(float(q.mean())))
    title = "Signals settle at one length" if one else "Lengths of signals by layer"
    return Curves(title, LAYER, "variance q", curves, levels=levels)


def angles(averages: Averages, theory: Theory, params: PropagationParams) -> Curves:
    """c against depth from several starts."""
    starts = (params.start, *STARTS_C)
    curves = _measured_on_theory(averages.c, theory.c, [f"c₀ = {c:g}".replace("-", "−") for c in starts])
    levels = (Level(float(theory.fixed.c), "c*"),) if np.isfinite(theory.fixed.c) else ()
    alike, now = STARTS_C[-1], float(averages.c.mean[-1, -1]) if averages.c.n else math.nan
    title = "Like inputs, layer by layer"
    if now < alike - PARTED:
        title = "Like inputs part"
    elif now > 1 - 0.5 * (1 - alike):
        title = "Like inputs become more alike"
    return Curves(title, LAYER, "correlation c", curves, levels=levels)


def gradients(averages: Averages, theory: Theory) -> Curves:
    """Squared gradients from the last layer back to the first."""
    curves = _measured_on_theory(averages.gradient, theory.gradient, ["|∂L/∂h|²"])
    first = float(averages.gradient.mean[0]) if averages.gradient.n else math.nan
    title = "Gradients by layer"
    if first > FOLD or math.isinf(first):
        title = "Gradients explode"
    elif first < 1 / FOLD:
        title = "Gradients vanish"
    return Curves(
        title, LAYER, "squared gradient, last layer = 1", curves, y_scale="log", note="from the last layer to the first"
    )


def loop(shape: Shape, frame: int, points: Array) -> Loop:
    """The circle at one layer."""
    return Loop(
        "A circle through the layers",
        ("1st direction", "2nd", "3rd"),
        frozen(points, np.float32),
        shape.radius,
        "layer",
        int(shape.layers[frame]),
        int(shape.layers[-1]),
    )


def stretching(averages: Averages, theory: Theory) -> Curves:
    """Length of the circle and its curvature against depth."""
    curves: list[Curve] = []
    if averages.length.n:
        known = theory.circle
        growth = known.growth if known is not None else np.full_like(averages.length.mean, np.nan)
        bend = known.curvature if known is not None else np.full_like(averages.curvature.mean, np.nan)
        curves += _measured_on_theory(averages.length, growth, ["length"])
        curves += _measured_on_theory(averages.curvature, bend, ["curvature"], first=1)
    title = _what_the_circle_does(averages)
    note = "length of the circle over that of layer 0, and its curvature Nκ²"
    return Curves(title, LAYER, "length, Nκ²", tuple(curves), y_scale="log", note=note)


def _what_the_circle_does(averages: Averages) -> str:
    """A title by its length and curvature at the last layer over those at the first."""
    if not averages.length.n:
        return "Length and curvature of the circle"
    length, bend = (float(part.mean[-1] / part.mean[0]) for part in (averages.length, averages.curvature))
    if length > FOLD:
        return "Stretched and folded" if bend > FOLD else "Stretched"
    return "Shrunk towards a point" if length < 1 / FOLD else "Length and curvature of the circle"


def singular_values(relative: Array, theory: Theory, params: PropagationParams, with_theory: bool) -> Histogram:
    """Squared singular values of the input-output Jacobian over their mean."""
    labels = ("How evenly changes pass", "log₁₀ s² / mean", "density")
    positive = np.log10(relative[relative > 0])
    if not positive.size:
        return Histogram(*labels, frozen([0.0, 1.0]), frozen([0.0]), note="no finite Jacobian has been measured here")
    high = float(positive.max())
    low = max(float(np.quantile(positive, 0.005)), high - FLOAT32_DECADES)
    margin = 0.08 * (high - low) + 0.05
    edges = np.linspace(low - (margin if low > high - FLOAT32_DECADES else 0.0), high + margin, 41)
    density = np.histogram(positive, edges)[0] / relative.size / np.diff(edges)
    lost = float(np.mean(relative < 10**low))
    note = f"{lost:.0%} below float32's reach" if lost > 0.01 else ""
    overlays: tuple[Curve, ...] = ()
    if with_theory:
        overlays = _spectrum(theory, float(edges[0]), float(edges[-1]))
    return Histogram(*labels, frozen(edges), frozen(density), "measured", overlays, note=note)


def _spectrum(theory: Theory, low: float, high: float) -> tuple[Curve, ...]:
    """Theory's density between these ends, of a curve that is worked out once for ends about as far."""
    x, density = _density(theory, STEP * math.floor(low / STEP), STEP * math.ceil(high / STEP))
    inside = (x >= low) & (x <= high)
    return (Curve("theory: free products", frozen(x[inside]), frozen(density[inside]), "theory"),) if x.size else ()


@lru_cache(maxsize=8)
def _density(theory: Theory, low: float, high: float) -> tuple[Array, Array]:
    """Decades of the squared singular values over their mean, and their density; nothing where theory has none."""
    try:
        law = singular.jacobian(theory.network, theory.depth, theory.orthogonal, theory.circle_q)
        x = np.linspace(low, high, 161)
        return x, singular.density(law, law.mean * 10.0**x) * np.log(10)
    except (ValueError, OverflowError, FloatingPointError):
        return np.zeros(0), np.zeros(0)


def memory(params: PropagationParams, kept: Memory, theory: Theory) -> Image:
    """How much of the inputs' correlation is left, over weight scale and depth; six depth scales dashed."""
    sigma_w = np.linspace(*SIGMA_W, COLUMNS)
    fixed = fixed_point(make_network(params.activation, sigma_w, params.sigma_b, params.keep))
    measured = kept.image.picture()
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.abs(measured - fixed.c) / np.maximum(np.abs(params.start - fixed.c), 1e-3)
    reach = np.where(np.isfinite(fixed.xi_c), trainable_depth(fixed.xi_c), np.nan)
    inside = np.where(reach <= params.depth, reach, np.nan)
    curves = (Curve("six depth scales 6ξ_c (a rule of thumb)", frozen(sigma_w), frozen(inside), "theory"),)
    return Image(
        "How deep two inputs can be told apart",
        "weight scale σ_w",
        LAYER,
        "share of the start left, |c − c*| / |c₀ − c*|",
        frozen(np.clip(left, 0, 1), np.float32),
        (*SIGMA_W, 0.0, float(params.depth)),
        note="" if kept.image.share == 1 else f"measured so far: {kept.image.share:.0%}",
        curves=curves,
        low=0.0,
        high=1.0,
    )


def _measured_on_theory(measured: Average, predicted: Array, names: list[str], first: int = 0) -> tuple[Curve, ...]:
    """Points with error bars for each column of (layers, columns), on its dashed theory."""
    mean, stderr = np.atleast_2d(measured.mean.T), np.nan_to_num(np.atleast_2d(measured.stderr.T))
    theory = np.atleast_2d(predicted.T)
    layers = frozen(np.arange(mean.shape[-1]))
    curves = []
    for k, name in enumerate(names):
        index = first + k + (first + k > 2)  # the fourth of the palette is too near the measurement's blue
        y, error = np.where(np.isfinite(mean[k]), mean[k], np.nan), stderr[k]
        role = "measurement" if index == 0 else "series"
        expected = np.where(np.isfinite(theory[k]), theory[k], np.nan)
        curves.append(Curve("theory" if k == 0 and first == 0 else "", layers, frozen(expected), "theory"))
        bars = (frozen(y - error), frozen(y + error))
        curves.append(Curve(name, layers, frozen(y), role, *bars, index, points=True))  # type: ignore[arg-type]
    return tuple(curves)
