"""Image."""

from typing import final

from simulator.figures import Figure, Image
from ui.views.base import AbstractView


@final
class ImageView(AbstractView):
    """Shows Image."""

    kind = Image

    def _show(self, figure: Figure) -> None:
        return

    def _restyle(self) -> None:
        return
