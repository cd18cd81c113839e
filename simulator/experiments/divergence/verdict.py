"""The measured exponent beside its theory: whether the run can be compared with it yet, and how nearly."""

import math
from typing import Final

import numpy as np

from simulator.agreement import Agreement, no_prediction
from simulator.experiments.divergence.glass_theory import TwinCurve
from simulator.experiments.divergence.params import DivergenceParams
from simulator.experiments.divergence.predictions import Known, exponent, known
from simulator.experiments.divergence.toys import SETTLED_RULES, SETTLING
from simulator.experiments.divergence.trace import RESOLVED, Fit
from simulator.theory.lyapunov import bend, swing
from simulator.theory.stability import growth

NAME: Final = "Λ per step"
ROUNDING: Final = 1e-6
"""Of an exponent per step, in any precision, over the steps fitted."""
FINITE: Final = 3e-3
"""How much the exponent of a free pair in chaos may differ: its distance is small, not infinitesimal."""
UNSETTLED: Final = 10.0
"""Curvature of the double well's map over its slope, times where orbits begin."""
LEAST_PAIRS: Final = 4
"""Fewer give no error worth the name."""
E_FOLDS: Final = 10.0
"""Of settling, within the steps fitted: nearer a border an orbit comes to rest by a power of time."""
FREE_E_FOLDS: Final = 3.0
"""Of growing apart; between the start and the size of the cloud there is room for few."""
DECAY_TIMES: Final = 3.0
"""Of a bowl's other modes, until the fastest alone counts."""
VAGUE: Final = 1 / 3
"""Of the exponent: what is left open by more than that is no prediction."""


def agreements(
    params: DivergenceParams, fit: Fit | None, changed_at: int, curve: TwinCurve | None
) -> tuple[Agreement, ...]:
    """The exponent beside its theory, or why there is none."""
    measured, theory = exponent(fit), known(params)
    because, allowance = _unfit(params, fit, measured.n, changed_at, theory, curve), 0.0
    if fit is not None and not because:
        allowance = math.hypot(theory.allowance, ROUNDING, _left_open(params, fit, theory.exponent, changed_at))
        if allowance > VAGUE * abs(theory.exponent):
            because = f"still settling: the run so far leaves {allowance:.1g} of {theory.exponent:.2g} open"
    if because:
        return (no_prediction(NAME, measured.mean, measured.stderr, because),)
    return (Agreement(NAME, measured.mean, measured.stderr, theory.exponent, allowance, theory.source),)


def _unfit(
    params: DivergenceParams, fit: Fit | None, pairs: int, changed_at: int, theory: Known, curve: TwinCurve | None
) -> str:
    """Why nothing can be compared; "" where it can."""
    if fit is None:
        return theory.because or "nothing measured yet that a line could be laid through"
    if theory.because:
        return theory.because if curve is None else infinite_glass(params, fit, curve)
    if pairs < LEAST_PAIRS:
        return f"no error bar worth the name from fewer than {LEAST_PAIRS} pairs"
    if changed_at and not params.renormalise:
        return "free twins keep the direction and orbit they had before the change: press R, or renormalise"
    if params.system == "quadratic":
        return _unled(params, fit, changed_at)
    return _too_few_e_folds(params, fit, theory.exponent)


def _unled(params: DivergenceParams, fit: Fit, changed_at: int) -> str:
    """Why a bowl's fastest mode does not yet decide alone."""
    if _gap(params) * (fit.first - changed_at) >= DECAY_TIMES:
        return ""
    return "the fastest mode has not yet outgrown the others: more steps"


def _too_few_e_folds(params: DivergenceParams, fit: Fit, exact: float) -> str:
    span = fit.last - fit.first
    if exact > 0 and not params.renormalise:
        folds, least = min(exact, max(fit.exponent, 0.0)) * span, FREE_E_FOLDS
    else:
        folds, least = abs(exact) * span, E_FOLDS
    if folds >= least:
        return ""
    more = "renormalise" if not params.renormalise else "more steps"
    return f"near a border, |Λ| small: the steps fitted span {folds:.1f} e-folds, of {least:.0f} needed: {more}"


def _left_open(params: DivergenceParams, fit: Fit, exact: float, changed_at: int) -> float:
    """What the run so far leaves open of the exponent."""
    span = fit.last - fit.first
    if params.system == "quadratic":
        return _transient(params, fit.first - changed_at, span)
    apart = params.epsilon if params.renormalise else math.exp(min(fit.level + fit.exponent * fit.first, 0.0))
    if exact >= 0:
        return math.hypot(FINITE, fit.drift) if not params.renormalise else 0.0
    age = fit.first - changed_at + (SETTLING if params.optimizer in SETTLED_RULES else 0)
    settling = UNSETTLED * math.exp(exact * age) / (-exact * span)
    # rounding adds up while it is forgotten, and bends the last rows; the distance is RESOLVED roundings there
    last_digits = 0.0 if params.renormalise else 2.0 / RESOLVED**2 / (span * -math.expm1(2 * exact))
    if params.beta > 0:
        return math.hypot(settling, last_digits, UNSETTLED * apart)
    swings = swing(params.learning_rate) / 2 / span  # 3/2 at worst; but they alternate
    return math.hypot(settling, last_digits, apart * bend(params.learning_rate), swings)


def _magnitudes(params: DivergenceParams) -> tuple[float, ...]:
    """Factors a step of all modes, fast ones first, each once; a mode with momentum has two."""
    fast = growth(params.learning_rate, params.spectrum, params.beta)
    slow = np.where(fast > 0, params.beta / np.where(fast > 0, fast, 1.0), 0.0)
    return tuple(np.unique(np.round(np.concatenate([fast, slow]), 12))[::-1])


def _gap(params: DivergenceParams) -> float:
    """By how much the logarithm of the fastest factor exceeds the next; inf where there is no other."""
    factors = _magnitudes(params)
    return math.log(factors[0] / factors[1]) if len(factors) > 1 and factors[1] > 0 else math.inf


def _transient(params: DivergenceParams, age: int, span: int) -> float:
    """What a bowl's other modes still add to the slope: each decays beside the fastest. Where the fastest has complex
    roots, distances swing."""
    turning = 2.0 / span if params.beta > 0 and _magnitudes(params)[0] ** 2 <= params.beta * (1 + 1e-9) else 0.0
    return turning + 2.0 * math.exp(-_gap(params) * age) / span


def infinite_glass(params: DivergenceParams, fit: Fit, curve: TwinCurve) -> str:
    """Why a finite glass has no prediction where an infinite one has."""
    value = params.learning_rate * curve.exponent(params.learning_rate * fit.last)
    if not math.isfinite(value):
        return "the dashed curve is that of an infinite glass; for a finite one there is no theory"
    return (
        f"an infinite glass has {value:.2g} here, of the rms distance (dashed); how far typical pairs of N = "
        f"{params.size} fall behind, no theory says"
    )
