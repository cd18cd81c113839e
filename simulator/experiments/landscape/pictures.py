"""The plots of the landscape experiment: measurement solid with its band, theory dashed."""

import math

import numpy as np

from simulator.experiments.landscape.dynamics_theory import mixture_of
from simulator.experiments.landscape.observation import Array, Observation, Spectrum, replica_overlaps
from simulator.experiments.landscape.params import LandscapeParams
from simulator.experiments.landscape.predictions import ck_energy, hessian_law, native_branch
from simulator.experiments.landscape.trace import Trace
from simulator.figures import Curve, Curves, Histogram, Level, frozen
from simulator.theory import asymptotics, statics
from simulator.theory.live_dynamics import LiveCurve

TIME = "time t = Σ η"
MARGIN = 0.04
"""Of an energy: nearer to it than so, walkers are said to be there."""
FOUND, FORGOTTEN = 0.9, 0.5
"""Of the native state's overlap, what walkers have that are said to have found it; the memory below which they are said
to have forgotten their start."""


def energy(params: LandscapeParams, trace: Trace, curve: LiveCurve | None) -> Curves:
    """Energy per spin against time, with everything that theory says of it."""
    t, mean, spread, _ = trace.column("energy")
    shown = t > 0
    curves = [_banded("walkers, mean and spread", t[shown], mean[shown], spread[shown])]
    levels: list[Level] = []
    if curve is not None:
        inside = curve.t[(curve.t > 0) & (curve.t <= _horizon(t))]
        name = "theory: descent of the glass" if params.bias == 0 else "theory: a descent that misses the funnel"
        curves.append(
            Curve(f"{name} (N = {params.size})", frozen(inside), frozen(ck_energy(params, curve, inside)), "theory")
        )
    if params.family != "gaussian" and params.roughness > 0:
        mixture = mixture_of(params)
        levels += [
            Level(asymptotics.threshold_energy(mixture), "threshold"),
            Level(statics.ground_state_energy(mixture), "glass ground state"),
        ]
    branch = native_branch(params)
    if branch is not None:
        levels.append(Level(branch[1], "native state", "native"))
    return Curves(
        _what_energy_does(params, mean, None if branch is None else branch[1]),
        TIME,
        "E = H/N",
        tuple(curves),
        "log",
        "linear",
        tuple(x for x in levels if math.isfinite(x.value)),
    )


def _what_energy_does(params: LandscapeParams, mean: Array, native: float | None) -> str:
    """A title by the mean energy (steps,) at the start and over the last tenth of the steps."""
    parts = (mean[:1], mean[-(len(mean) // 10 + 1) :], mean[-1:])
    start, now, last = (float(np.mean(part)) if part.size else math.nan for part in parts)
    # The last of all as well: what was so under a dial before is so no more.
    if native is not None and max(now, last) < native + MARGIN * abs(native):
        return "Down to the native state"
    threshold = asymptotics.threshold_energy(mixture_of(params)) if params.family != "gaussian" else math.nan
    if not math.isfinite(threshold) or params.roughness == 0:
        fell = now < start - MARGIN * abs(start)
        return "Energy of the walkers falls" if fell else "Energy of the walkers"
    scale = MARGIN * abs(threshold)
    if abs(now - threshold) < scale and abs(start - threshold) > 2 * scale:
        return "Energy comes to the threshold"
    if now > threshold + 1.5 * scale and now < start - 2 * scale:
        return "Energy falls towards the threshold"
    return "Energy falls below the threshold" if now < threshold - 2 * scale else "Energy of the walkers"


def overlap(params: LandscapeParams, trace: Trace, curve: LiveCurve | None) -> Curves:
    """Overlap with the native state and memory of the start, against time."""
    t, mean, spread, _ = trace.column("overlap")
    t2, memory, memory_spread, _ = trace.column("correlation")
    shown = t > 0
    curves = []
    if params.family != "gaussian":
        curves.append(
            _banded(
                "Q with the native state" if params.family == "funnel" else "Q with a state that does not pull",
                t[shown],
                mean[shown],
                spread[shown],
            )
        )
    curves.append(_banded("C(t,0) with the start", t2[shown], memory[shown], memory_spread[shown], 1))
    if curve is not None and params.start != "native":
        inside = (curve.t > 0) & (curve.t <= _horizon(t))
        curves.append(Curve("theory: C(t,0) in the glass", frozen(curve.t[inside]), frozen(curve.C0[inside]), "theory"))
    branch = native_branch(params)
    levels = () if branch is None else (Level(branch[0], "native state", "native"),)
    if params.family == "funnel":
        found = branch is not None and mean.size > 0 and float(mean[-1]) > FOUND * branch[0]
        title = "The walkers find the native state" if found else "Do the walkers find the native state?"
    else:
        forgot = memory.size > 0 and float(memory[-1]) < FORGOTTEN
        title = "The walkers forget where they started" if forgot else "What is left of where they started"
    return Curves(title, TIME, "overlap", tuple(curves), "log", "linear", levels)


def overlap_histogram(params: LandscapeParams, seen: Observation) -> Histogram:
    """Overlaps between the walkers of one landscape."""
    q = np.concatenate(replica_overlaps(seen.positions, params.start == "pair"))
    q = q[np.isfinite(q)]
    edges = np.linspace(-1.0, 1.0, 81) if params.family != "gaussian" else _edges(q, 60)
    q = np.clip(q, edges[0], edges[-1])  # rounding takes clones a little beyond 1
    density, _ = np.histogram(q, edges, density=True) if q.size else (np.zeros(edges.size - 1), edges)
    overlays: tuple[Curve, ...] = ()
    if params.family != "gaussian" and params.size > 2:
        x = np.linspace(-1, 1, 201)
        # (1-q^2)^((N-3)/2): the law of the overlap of two independent points on the sphere, exact at every N.
        log_density = (params.size - 3) / 2 * np.log(np.maximum(1 - x * x, 1e-300))
        shape = np.exp(log_density - log_density.max())
        overlays = (
            Curve("theory: independent walkers", frozen(x), frozen(shape / (shape.sum() * (x[1] - x[0]))), "theory"),
        )
    who = "two clones" if params.start == "pair" else "two walkers"
    return Histogram(
        f"How alike {who} are",
        "overlap q between replicas",
        "density",
        frozen(edges),
        frozen(np.nan_to_num(density)),
        "walkers",
        overlays,
    )


def hessian(params: LandscapeParams, found: list[Spectrum]) -> Histogram:
    """Eigenvalues of the Hessian at the lowest walker of the first landscape, on its semicircle."""
    title = "Curvature around the best walker"
    labels = (title, "eigenvalue λ", "density")
    if not found or found[0].eigenvalues.size < 2:
        return Histogram(*labels, frozen([0.0, 1.0]), frozen([0.0]), note="no finite walker has a Hessian here")
    first = found[0]
    law = hessian_law(params, first)
    low, high = min(law.edges[0], first.eigenvalues[0]), max(law.edges[1], first.eigenvalues[-1])
    margin = 0.04 * (high - low) or 0.5
    bins = int(np.clip(1.5 * math.sqrt(first.eigenvalues.size), 12, 60))
    edges = np.linspace(low - margin, high + margin, bins + 1)
    density, _ = np.histogram(first.eigenvalues, edges, density=True)
    overlays: tuple[Curve, ...] = ()
    if law.radius > 0:
        x = np.linspace(*law.edges, 201)
        overlays = (Curve("theory: semicircle", frozen(x), frozen(law.density(x)), "theory"),)
    negative = float(np.mean(first.eigenvalues < 0))
    note = f"λₘᵢₙ = {first.eigenvalues[0]:.3g}, index α = {negative:.3f} at E = {first.energy:.4f}".replace("-", "−")
    return Histogram(
        *labels, frozen(edges), frozen(density), "measured", overlays, (Level(0.0, "flat", "danger", "x"),), note
    )


def _banded(label: str, x: Array, y: Array, spread: Array, index: int = 0) -> Curve:
    role = "measurement" if index == 0 else "series"
    return Curve(label, frozen(x), frozen(y), role, frozen(y - spread), frozen(y + spread), index)  # type: ignore[arg-type]


def _horizon(t: Array) -> float:
    """How far theory is drawn: somewhat ahead of the measurement, at least to t = 10."""
    return max(10.0, 1.5 * float(t[-1])) if t.size else 10.0


def _edges(values: Array, bins: int) -> Array:
    if not values.size:
        return np.linspace(-1.0, 1.0, bins + 1)
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * (high - low) or 0.5
    return np.linspace(low - margin, high + margin, bins + 1)
