"""The trainability map as a picture that the mouse can zoom."""

from typing import Final

from simulator.figures import Image, Lens
from simulator.networks.trainability import Trainability, Window
from simulator.networks.trainability_problem import LEAST_SPAN, MOST_SPAN

PARAMETERS: Final = ("map_x", "map_y", "map_x_span", "map_y_span")


def picture(trainability: Trainability, lens: tuple[str, str, str, str] | None = PARAMETERS) -> Image:
    """The map in colours. lens: parameters of its centre and spans (x, y, x_span, y_span); None: no zoom."""
    window = trainability.window
    return Image(
        "Where training converges, and where it diverges",
        "learning rate of the input layer, log₁₀ η₀",
        "learning rate of the output layer, log₁₀ η₁",
        "converged − … + diverged: slowest ±1",
        trainability.ranks(),
        window.extent,
        diverging=True,
        note=_note(trainability),
        low=-1.0,
        high=1.0,
        lens=_lens(window, lens) if lens else None,
    )


def _lens(window: Window, names: tuple[str, str, str, str]) -> Lens:
    return Lens(window.x, window.y, window.x_span, window.y_span, *names, LEAST_SPAN, MOST_SPAN)


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
