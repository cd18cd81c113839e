"""Numbers with their errors, rounded as they are read."""

import math


def decimals(error: float) -> int:
    """Decimal places at which `error` has two significant digits."""
    return max(0, 1 - math.floor(math.log10(error))) if math.isfinite(error) and error > 0 else 0


def with_error(value: float, error: float, digits: int) -> str:
    """`value ± error`, both to two significant digits of the error; so many digits of the value without one."""
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return f"{value:.{digits}g}"
    if error < 1e-6 or error >= 1e6 or abs(value) >= 1e6:
        return f"{value:.3e} ± {error:.1e}"
    places = decimals(error)
    return f"{value:.{places}f} ± {error:.{places}f}"
