"""The trainability map as a picture that the mouse can zoom."""

import math
from dataclasses import dataclass
from typing import Final

from simulator.figures import Image, Lens
from simulator.networks.trainability import Trainability, Window
from simulator.networks.trainability_problem import LEAST_SPAN, MOST_SPAN

PARAMETERS: Final = ("map_x", "map_y", "map_x_span", "map_y_span")
COARSE: Final = 1e-3
"""The smallest span whose ticks are written out."""
RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Vernier:
    """What an axis shows of log10 of a rate: (place - origin) / unit."""

    origin: float
    unit: float
    words: str

    def shown(self, centre: float, span: float) -> tuple[float, float]:
        """The ends of the axis."""
        middle, half = (centre - self.origin) / self.unit, span / self.unit / 2
        return middle - half, middle + half


def vernier(symbol: str, centre: float, span: float) -> Vernier:
    """The numbers themselves, but at a deep zoom their distance from a round one in a power of ten, a few of which fit
    in the span: then ticks are short, and they differ."""
    if span > COARSE:
        return Vernier(0.0, 1.0, f"log₁₀ {symbol}")
    decades = math.ceil(-math.log10(span))
    origin = round(centre, decades - 1)
    words = f"{abs(origin):.{decades - 1}f}"
    power = f"10{str(decades).translate(RAISED)}"
    return Vernier(origin, 10.0**-decades, f"{power} (log₁₀ {symbol} {'+' if origin < 0 else '−'} {words})")


def picture(trainability: Trainability, lens: tuple[str, str, str, str] | None = PARAMETERS) -> Image:
    """The map in colours. lens: parameters of its centre and spans (x, y, x_span, y_span); None: no zoom."""
    window = trainability.window
    x, y = vernier("η₀", window.x, window.x_span), vernier("η₁", window.y, window.y_span)
    return Image(
        "Blue converges, red diverges",
        f"{x.words}, input layer",
        f"{y.words}, output layer",
        "the slower, the nearer to ±1",
        trainability.ranks(),
        (*x.shown(window.x, window.x_span), *y.shown(window.y, window.y_span)),
        diverging=True,
        note=_note(trainability),
        low=-1.0,
        high=1.0,
        lens=_lens(window, lens, x, y) if lens else None,
    )


def _lens(window: Window, names: tuple[str, str, str, str], x: Vernier, y: Vernier) -> Lens:
    places = (window.x, window.y, window.x_span, window.y_span)
    return Lens(*places, *names, LEAST_SPAN, MOST_SPAN, x.origin, y.origin, x.unit, y.unit)


def _note(trainability: Trainability) -> str:
    """The shorter a panel is, the less of it is seen: what limits the picture first."""
    words = [trainability.precision_words] if trainability.precision_words else []
    dimension = trainability.dimension()
    if dimension is not None:
        words.append(f"box dimension of the edge {dimension.value:.2f} ± {dimension.stderr:.2f}")
    words.append(f"{trainability.level} × {trainability.level} networks" if trainability.level else "first networks")
    if trainability.converged is not None:
        words.append(f"{100 * trainability.converged:.0f} % converge")
    return " · ".join(words)
