"""Twins in a quadratic bowl or a double well, in double precision on the host: an OpenCL device may have none.

Arrays are [pair][twin][mode]; both twins get the same random numbers. The rules are those of kernels/descend.cl in flat
space, where there are no couplings to draw batches from: sgd is gd.
"""

import math
from typing import Final

import numpy as np
from numba import njit, prange

from kernels.philox import STREAM_LANGEVIN, STREAM_START, normal4

RULES: Final = {"gd": 0, "sgd": 0, "momentum": 2, "adam": 3, "langevin": 4}
CLEAR: Final = 1e-9
"""Of places: the least distance that is renormalised to."""
FLOOR: Final = 1e-16
"""Of places: what a distance that has vanished counts as."""
MOMENTUM: Final = 2
ADAM: Final = 3


@njit(cache=True, error_model="numpy")
def _slope(curvature, x):
    """Of (curvature/2) x^2; of the double well (x^2 - 1)^2/4 where the curvature is nan."""
    return x * (x * x - 1.0) if math.isnan(curvature) else curvature * x


@njit(cache=True, error_model="numpy")
def _normal(step, pair, mode, stream, key0, key1):
    return float(normal4(step, pair, mode // 4, stream, key0, key1)[mode % 4])


@njit(cache=True, error_model="numpy")
def _move(rule, force, v, m2, beta, beta2, whole1, whole2, tiny):
    """How far a step of rate 1 goes, and what it leaves of the moments: the rules of kernels/descend.cl."""
    if rule == MOMENTUM:
        v = beta * v + force
        return v, v, m2
    if rule == ADAM:
        v = beta * v + (1.0 - beta) * force
        m2 = beta2 * m2 + (1.0 - beta2) * force * force
        return (v * whole1) / (math.sqrt(m2 * whole2) + tiny), v, m2
    return force, v, m2


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def start(x, curvatures, epsilon, settling, rate, key0, key1):
    """First twins: standard normal, then in the well `settling` steps of plain descent, unless these end at infinity.
    Second twins: epsilon away, root mean square over modes, in a random direction."""
    pairs, _, modes = x.shape
    for p in prange(pairs):
        length = 0.0
        for i in range(modes):
            there = _normal(np.uint32(0), np.uint32(p), np.uint32(i), STREAM_START, key0, key1)
            if math.isnan(curvatures[i]):
                there = math.tanh(there)  # within the well, whose walls are at sqrt 2
                settled = there
                for _ in range(settling):
                    settled -= rate * _slope(curvatures[i], settled)
                there = settled if math.isfinite(settled) else there
            x[p, 0, i] = there
            x[p, 1, i] = _normal(np.uint32(1), np.uint32(p), np.uint32(i), STREAM_START, key0, key1)
            length += x[p, 1, i] ** 2
        scale = epsilon / math.sqrt(length / modes)
        for i in range(modes):
            x[p, 1, i] = x[p, 0, i] + scale * x[p, 1, i]


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def descend(
    x, v, m2, curvatures, grown, aims, logs, paths, middles, spreads, rule, dials, first, since, renormalise, epsilon,
    key0, key1,
):  # fmt: skip
    """len(logs) steps of every pair from step `first` on.

    dials: learning rate, beta, standard deviation of the noise, beta_2, Adam's epsilon. since: where the moments were
    zero. logs[step][pair]: ln of the distance after that step; where renormalise, of what it would be had the second
    twin not been put back to epsilon (its moments with it), which grown[pair] keeps: ln of all factors. Beside places
    so large that they do not resolve epsilon it is put back to CLEAR of these: aims[pair] is where it was put last.
    paths[step][twin][mode]: the first pair. middles[block][step][mode] and spreads[block][step]: of the first twins of
    one block of pairs after that step, their mean and the sum of squares about it, over modes too; block b of B has the
    pairs from b P // B to (b + 1) P // B - 1.
    """
    pairs, blocks = x.shape[0], spreads.shape[0]
    middles[:] = 0.0
    spreads[:] = 0.0
    for b in prange(blocks):
        begin = b * pairs // blocks
        for p in range(begin, (b + 1) * pairs // blocks):
            _descend_pair(
                p, x, v, m2, curvatures, grown, aims, logs, paths, middles[b], spreads[b], 1.0 / (p - begin + 1), rule,
                dials, first, since, renormalise, epsilon, key0, key1,
            )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _descend_pair(
    p, x, v, m2, curvatures, grown, aims, logs, paths, middles, spreads, share, rule, dials, first, since, renormalise,
    epsilon, key0, key1,
):  # fmt: skip
    """What `descend` does to pair p, which makes up `share` of its block as far as this has come."""
    modes = x.shape[2]
    rate, beta, noise, beta2, tiny = dials[0], dials[1], dials[2], dials[3], dials[4]
    for step in range(logs.shape[0]):
        age = first + step - since + 1
        whole1, whole2 = 1.0 / (1.0 - beta**age), 1.0 / (1.0 - beta2**age)
        for i in range(modes):
            kick = 0.0
            if noise > 0.0:
                kick = noise * _normal(np.uint32(first + step), np.uint32(p), np.uint32(i), STREAM_LANGEVIN, key0, key1)
            for t in range(2):
                force = _slope(curvatures[i], x[p, t, i])
                move, v[p, t, i], m2[p, t, i] = _move(
                    rule, force, v[p, t, i], m2[p, t, i], beta, beta2, whole1, whole2, tiny
                )
                x[p, t, i] += kick - rate * move
                if p == 0:
                    paths[step, t, i] = x[p, t, i]
        length, place = 0.0, 0.0
        for i in range(modes):
            length += (x[p, 1, i] - x[p, 0, i]) ** 2
            place += x[p, 0, i] ** 2
            off = x[p, 0, i] - middles[step, i]  # Welford's recursion: no difference of large sums
            middles[step, i] += off * share
            spreads[step] += off * (x[p, 0, i] - middles[step, i])
        distance, place = math.sqrt(length / modes), math.sqrt(place / modes)
        if not renormalise:
            logs[step, p] = math.log(distance)
            continue
        if 0.0 < distance < math.inf:  # twins that have met stay together
            grown[p] += math.log(distance / aims[p])
            aims[p] = max(epsilon, CLEAR * place)
            scale = aims[p] / distance
            for i in range(modes):
                x[p, 1, i] = x[p, 0, i] + scale * (x[p, 1, i] - x[p, 0, i])
                v[p, 1, i] = v[p, 0, i] + scale * (v[p, 1, i] - v[p, 0, i])
                m2[p, 1, i] = max(0.0, m2[p, 0, i] + scale * (m2[p, 1, i] - m2[p, 0, i]))
        logs[step, p] = math.log(epsilon) + grown[p] if math.isfinite(distance) else math.nan


@njit(cache=True, parallel=True, nogil=True, error_model="numpy")
def exponents(out, rates, betas, noises, curvatures, rule, orbits, settle, measured, epsilon, beta2, tiny, key0, key1):
    """out[cell]: exponent per step of twins renormalised at every step, mean over `orbits` starts that stay finite, at
    rates[cell], betas[cell] and noises[cell]; taken over `measured` steps after `settle`. nan where none stays."""
    modes = curvatures.size
    for c in prange(out.size):
        total, known = 0.0, 0
        x, v, m2 = np.empty((2, modes)), np.empty((2, modes)), np.empty((2, modes))
        for p in range(orbits):
            v[:] = 0.0
            m2[:] = 0.0
            for i in range(modes):
                z = _normal(np.uint32(0), np.uint32(p), np.uint32(i), STREAM_START, key0, key1)
                x[0, i] = math.tanh(z) if math.isnan(curvatures[i]) else z
                x[1, i] = x[0, i] + epsilon * (1.0 if (p >> i) & 1 else -1.0)
            grown, aim = 0.0, epsilon
            for step in range(settle + measured):
                whole1, whole2 = 1.0 / (1.0 - betas[c] ** (step + 1)), 1.0 / (1.0 - beta2 ** (step + 1))
                length, place = 0.0, 0.0
                for i in range(modes):
                    kick = 0.0
                    if noises[c] > 0.0:
                        kick = noises[c] * _normal(np.uint32(step), np.uint32(p), np.uint32(i), STREAM_LANGEVIN, key0,
                                                   key1)  # fmt: skip
                    for t in range(2):
                        move, v[t, i], m2[t, i] = _move(
                            rule, _slope(curvatures[i], x[t, i]), v[t, i], m2[t, i], betas[c], beta2, whole1, whole2,
                            tiny,
                        )  # fmt: skip
                        x[t, i] += kick - rates[c] * move
                    length += (x[1, i] - x[0, i]) ** 2
                    place += x[0, i] ** 2
                distance, place = math.sqrt(length / modes), math.sqrt(place / modes)
                if not math.isfinite(distance):
                    grown = math.nan
                    break
                least = max(distance, FLOOR * max(aim, place))
                if step >= settle:
                    grown += math.log(least / aim)
                aim = max(epsilon, CLEAR * place)
                for i in range(modes):
                    scale = aim / distance if distance > 0.0 else 0.0
                    x[1, i] = x[0, i] + (scale * (x[1, i] - x[0, i]) if distance > 0.0 else aim)
                    v[1, i] = v[0, i] + scale * (v[1, i] - v[0, i])
                    m2[1, i] = max(0.0, m2[0, i] + scale * (m2[1, i] - m2[0, i]))
            if math.isfinite(grown):
                total += grown / measured
                known += 1
        out[c] = total / known if known else math.nan
