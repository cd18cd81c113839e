"""Argument checks that all theory functions share: one line naming the parameter, its value and what is allowed."""

import math


def refuse(name: str, value: object, allowed: str) -> ValueError:
    """The error to raise for a bad argument."""
    return ValueError(f"{name} = {value!r} is not allowed: {allowed}")


def at_least(name: str, value: float, low: float) -> float:
    """`value` as a float; ValueError unless it is finite and >= low."""
    if not (math.isfinite(value) and value >= low):
        raise refuse(name, value, f"must be finite and at least {low:g}")
    return float(value)


def positive(name: str, value: float) -> float:
    """`value` as a float; ValueError unless it is finite and > 0."""
    if not (math.isfinite(value) and value > 0):
        raise refuse(name, value, "must be finite and greater than 0")
    return float(value)


def integer_at_least(name: str, value: int, low: int) -> int:
    """`value` as an int; ValueError unless it is a whole number >= low."""
    if not math.isfinite(value) or value != int(value) or value < low:
        raise refuse(name, value, f"must be a whole number, at least {low}")
    return int(value)
