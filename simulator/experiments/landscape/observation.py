"""What is measured of all walkers at one instant, float64 on the host."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.landscapes.base import AbstractLandscape
from simulator.landscapes.tangent import tangent_hessian
from simulator.optimizers import Dials
from simulator.snapshot import Scalar

Array = NDArray[np.float64]
HESSIAN_BUDGET = 2.7e7
"""Sum of N^3 over the samples whose spectrum is taken: 100 samples at N = 64, 12 at 128, 1 at 300 and above."""
OVERLAP_REPLICAS = 256
FOUND = 0.5
"""A walker with |Q| above this has found the native state (the reference's definition of success)."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Eigenvalues of the (tangent) Hessian at the lowest walker of a sample; E, mu, Q and `square` = |x|^2/N there."""

    eigenvalues: Array
    energy: float
    radial_force: float
    square: float
    overlap: float


@dataclass(frozen=True, slots=True)
class Observation:
    """Positions (samples, replicas, N); everything else (samples, replicas).

    energy: E = H/N; overlap: Q with the native state (NaN where there is none); correlation: C(t,0);
    radial_force: mu = -s.grad H/N; gradient_norm: |g_T|^2/N (|g|^2/N in flat space).
    """

    positions: Array
    energy: Array
    overlap: Array
    correlation: Array
    radial_force: Array
    gradient_norm: Array

    @property
    def diverged(self) -> bool:
        """Whether any walker has left the finite numbers, or is on its way out of them."""
        return bool(not np.all(np.abs(self.energy) < 1e9))

    def best(self, sample: int) -> int:
        """The replica of lowest energy in one sample."""
        return int(np.argmin(np.where(np.isfinite(self.energy[sample]), self.energy[sample], np.inf)))

    @property
    def success(self) -> Array:
        """Share of walkers that found the native state, (samples,)."""
        return np.mean(np.abs(self.overlap) > FOUND, axis=1) + 0.0 * self.overlap[:, 0]


def observe(landscape: AbstractLandscape, dials: Dials) -> Observation:
    """Measure every walker as it stands; changes nothing."""
    points = landscape.positions()
    energies, gradients = landscape.evaluate(points, dials)
    s, g = points.astype(float), gradients.astype(float)
    n = landscape.size
    with np.errstate(over="ignore", invalid="ignore"):
        radial = -np.einsum("srn,srn->sr", s, g) / n
        if landscape.sphere:
            g = g + radial[..., None] * s
        native = landscape.native().astype(float)
        overlap = np.einsum("srn,sn->sr", s, native) / n if landscape.sphere else np.full(s.shape[:2], math.nan)
        correlation = np.einsum("srn,srn->sr", s, landscape.starts().astype(float)) / n
        return Observation(s, energies.astype(float), overlap, correlation, radial, np.sum(g * g, axis=-1) / n)


def replica_overlaps(positions: Array, pairs: bool) -> list[Array]:
    """q_ab = s_a.s_b/N of different replicas, one array a sample; `pairs`: of the two clones of each start only."""
    kept = positions[:, :OVERLAP_REPLICAS]
    replicas, n = kept.shape[1:]
    if pairs:
        even = replicas - replicas % 2
        return [np.sum(s[0:even:2] * s[1:even:2], axis=-1) / n for s in kept]
    upper = np.triu_indices(replicas, 1)
    return [(s @ s.T / n)[upper] for s in kept]


def spectra(landscape: AbstractLandscape, seen: Observation, dials: Dials) -> list[Spectrum]:
    """The Hessian's spectrum at the lowest walker of as many samples as the budget allows; none after a divergence."""
    count = min(landscape.samples, max(1, int(HESSIAN_BUDGET // landscape.size**3)))
    found = []
    for sample in range(count):
        best = seen.best(sample)
        energy = float(seen.energy[sample, best])
        if not abs(energy) < 1e9:
            continue
        point = seen.positions[sample, best]
        matrix = landscape.hessian(sample, point.astype(np.float32), dials)
        if landscape.sphere:
            gradient = _radial_part(seen, sample, best)
            matrix = tangent_hessian(matrix, gradient, point)
        eigenvalues = np.asarray(np.linalg.eigvalsh(matrix) if matrix.size else [], float)
        radial, overlap = float(seen.radial_force[sample, best]), float(seen.overlap[sample, best])
        found.append(Spectrum(eigenvalues, energy, radial, float(point @ point / point.size), overlap))
    return found


def _radial_part(seen: Observation, sample: int, replica: int) -> Array:
    """A gradient with the measured radial force, which is all of it that the tangent Hessian needs."""
    return -seen.radial_force[sample, replica] * seen.positions[sample, replica]


def scalars(seen: Observation, found: list[Spectrum] | None, time: float, pairs: bool) -> dict[str, Scalar]:
    """Every scalar of the contract. `found` None leaves out those of the Hessian."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _scalars(seen, found, time, pairs)


def _scalars(seen: Observation, found: list[Spectrum] | None, time: float, pairs: bool) -> dict[str, Scalar]:
    replicas = seen.energy.shape[1]
    spread = np.std(seen.energy, axis=1, ddof=1) if replicas > 1 else np.full(seen.energy.shape[0], math.nan)
    overlaps = [np.mean(q) if q.size else math.nan for q in replica_overlaps(seen.positions, pairs)]
    result = {
        "time": Scalar(time, 0.0, 1),
        "energy": Scalar.of_samples(seen.energy.mean(axis=1)),
        "energy_std": Scalar.of_samples(spread),
        "energy_min": Scalar.of_samples(seen.energy.min(axis=1)),
        "overlap_native": Scalar.of_samples(seen.overlap.mean(axis=1)),
        "overlap_replicas": Scalar.of_samples(np.array(overlaps)),
        "correlation": Scalar.of_samples(seen.correlation.mean(axis=1)),
        "radial_force": Scalar.of_samples(seen.radial_force.mean(axis=1)),
        "gradient_norm": Scalar.of_samples(seen.gradient_norm.mean(axis=1)),
        "success": Scalar.of_samples(seen.success),
    }
    if found is not None:
        lowest = [s.eigenvalues[0] if s.eigenvalues.size else math.nan for s in found] or [math.nan]
        negative = [np.mean(s.eigenvalues < 0) if s.eigenvalues.size else math.nan for s in found] or [math.nan]
        result["hessian_min"] = Scalar.of_samples(np.array(lowest))
        result["index"] = Scalar.of_samples(np.array(negative))
    return result
