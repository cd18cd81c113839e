"""Surface."""

from typing import final

from simulator.figures import Figure, Surface
from ui.views.base import AbstractView


@final
class SurfaceView(AbstractView):
    """Shows Surface."""

    kind = Surface

    def _show(self, figure: Figure) -> None:
        return

    def _restyle(self) -> None:
        return
