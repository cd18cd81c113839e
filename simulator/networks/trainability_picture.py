"""The trainability map as a picture that the mouse can zoom."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.figures import Image, Lens, frozen
from simulator.networks.trainability import Trainability, Window
from simulator.networks.trainability_problem import LEAST_SPAN, MOST_SPAN

Float32s = NDArray[np.float32]
PARAMETERS: Final = ("map_x", "map_y", "map_x_span", "map_y_span")
PALEST: Final = 0.2
"""What the fastest training has in the picture; the slowest, at the boundary, has 1."""
RANKED: Final = 4096
"""Networks of each fate that ranks are taken from."""


def picture(trainability: Trainability, lens: tuple[str, str, str, str] | None = PARAMETERS) -> Image:
    """The map in colours. lens: parameters of its centre and spans (x, y, x_span, y_span); None: no zoom."""
    window = trainability.window
    return Image(
        "Where training converges, and where it diverges",
        "learning rate of the input layer, log₁₀ η₀",
        "learning rate of the output layer, log₁₀ η₁",
        "converged − … + diverged: slowest ±1",
        frozen(ranked(trainability.seen()), np.float32),
        window.extent,
        diverging=True,
        note=_note(trainability),
        low=-1.0,
        high=1.0,
        lens=_lens(window, lens) if lens else None,
    )


def _lens(window: Window, names: tuple[str, str, str, str]) -> Lens:
    return Lens(window.x, window.y, window.x_span, window.y_span, *names, LEAST_SPAN, MOST_SPAN)


def ranked(measures: Float32s) -> Float32s:
    """Measures of Trainability.values as ranks among those of one sign, from PALEST to 1 in size; NaN stays.

    They span many orders of magnitude, differently in every window; ranks use all colours wherever one looks.
    """
    picture = np.full_like(measures, np.nan)
    for mask, sign in ((measures < 0, -1.0), (measures >= 0, 1.0)):
        sizes = np.abs(measures[mask])
        if sizes.size:
            sample = np.sort(sizes[:: -(-sizes.size // RANKED)])
            place = 0.5 * (np.searchsorted(sample, sizes, "left") + np.searchsorted(sample, sizes, "right"))
            picture[mask] = sign * (PALEST + (1.0 - PALEST) * place / sample.size)
    return picture


def _note(trainability: Trainability) -> str:
    words = [f"{trainability.level} × {trainability.level} networks" if trainability.level else "first networks"]
    if trainability.converged is not None:
        words.append(f"{100 * trainability.converged:.0f} % converge")
    dimension = trainability.dimension()
    if dimension is not None:
        words.append(f"boundary has box dimension {dimension.value:.2f} ± {dimension.stderr:.2f}")
    if trainability.precision_words:
        words.append(trainability.precision_words)
    return " · ".join(words)
