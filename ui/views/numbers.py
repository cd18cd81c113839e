"""Numbers as they are read: places for ticks, and words for values."""

import math
from collections.abc import Callable, Sequence

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MINUS = "−"


def power_of_ten(exponent: int) -> str:
    """10ⁿ, written out from 0.01 to 1000."""
    if -2 <= exponent <= 3:
        return f"{10.0**exponent:g}"
    return f"10{str(exponent).translate(_RAISED)}"


def readable(value: float, digits: int = 4) -> str:
    """A value to so many significant digits: 0.1235, −12, 1.2×10⁻⁵, NaN, ∞."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}×10{str(int(exponent)).translate(_RAISED)}"
    return text.replace("-", MINUS)


def spacing_for(low: float, high: float, at_most: int) -> float:
    """The finest of 1, 2, 5 times a power of ten that puts no more than `at_most` ticks between low and high."""
    rough = (high - low) / max(at_most, 1)
    base = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next(base * factor for factor in (1.0, 2.0, 5.0, 10.0) if base * factor >= rough * (1 - 1e-9))


def linear_ticks(low: float, high: float, at_most: int) -> tuple[float, list[float]]:
    """(spacing, places) of round numbers between low and high; none where the range is not finite."""
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return 1.0, []
    spacing = spacing_for(low, high, at_most)
    if high + spacing == high or low - spacing == low:
        return spacing, []
    first, last = math.ceil(low / spacing - 1e-9), math.floor(high / spacing + 1e-9)
    return spacing, [k * spacing for k in range(first, last + 1)]


def log_ticks(low: float, high: float, at_most: int) -> tuple[float, list[float]]:
    """(spacing, places) in decades: whole decades, with 1, 2, 5 within them where at most two are in sight and there is
    room; round numbers of the values where not two of those are in sight. No fewer than two, as a rule."""
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return 1.0, []
    decades = [float(k) for k in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)]
    within = _within_decades(low, high, (1, 2, 5))
    if len(decades) > 2 or (len(decades) == 2 and len(within) > at_most):
        stride = math.ceil(len(decades) / max(at_most, 2))
        even = [k for k in decades if k % stride == 0]
        return float(stride), even if len(even) > 1 else decades[::stride]
    if 2 <= len(within) <= max(at_most, 2):
        return 1.0, within
    fewer = [_within_decades(low, high, factors) for factors in ((1, 5), (1, 2), (1,), (2,), (5,), (2, 5))]
    if fits := [places for places in fewer if 2 <= len(places) <= max(at_most, 2)]:
        return 1.0, max(fits, key=lambda places: places[-1] - places[0])
    if high > 300.0:  # values that a float can hardly hold
        return linear_ticks(low, high, at_most)
    _, values = enough(linear_ticks, 10.0**low, 10.0**high, at_most)
    return 1.0, [math.log10(v) for v in values if v > 0]


def _within_decades(low: float, high: float, factors: Sequence[int]) -> list[float]:
    """Places between low and high, in decades, of these multiples of powers of ten."""
    first = math.floor(low)
    places = [first + k + math.log10(m) for k in range(math.ceil(high) - first + 1) for m in factors]
    return [p for p in places if low - 1e-9 <= p <= high + 1e-9]


def enough(
    ticks: Callable[[float, float, int], tuple[float, list[float]]], low: float, high: float, at_most: int
) -> tuple[float, list[float]]:
    """Two ticks at least, though they be a little denser than asked for: one alone says nothing of the scale."""
    found = ticks(low, high, at_most)
    for more in range(1, 5):
        if len(found[1]) >= 2:
            break
        found = ticks(low, high, at_most + more)
    return found


def tick_words(places: Sequence[float], spacing: float) -> list[str]:
    """Equally exact words for places `spacing` apart; a power of ten where they are very large or small."""
    top = max((abs(p) for p in places), default=0.0)
    if top and (top >= 1e5 or top < 1e-3):
        exponent = math.floor(math.log10(top))
        unit, raised = 10.0**exponent, str(exponent).translate(_RAISED)
        decimals = _decimals(spacing / unit)
        return ["0" if abs(p) < 1e-9 * top else _fixed(p / unit, decimals) + f"×10{raised}" for p in places]
    return [_fixed(p, _decimals(spacing)) for p in places]


def log_tick_words(places: Sequence[float]) -> list[str]:
    """Words for places in decades, no two of them alike."""
    words: list[str] = []
    for digits in (3, 4, 5, 6, 8, 10):
        words = [
            power_of_ten(round(p)) if abs(p - round(p)) < 1e-9 else readable(10.0**p, digits) if p < 308 else "∞"
            for p in places
        ]
        if len(set(words)) == len(words):
            break
    return words


def _decimals(spacing: float) -> int:
    return min(9, max(0, -math.floor(math.log10(spacing) + 1e-9))) if spacing > 0 else 0


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.replace("-", MINUS) if float(text) else text.replace("-", "")
