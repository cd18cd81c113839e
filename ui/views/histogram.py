"""Histogram."""

from typing import final

from simulator.figures import Figure, Histogram
from ui.views.base import AbstractView


@final
class HistogramView(AbstractView):
    """Shows Histogram."""

    kind = Histogram

    def _show(self, figure: Figure) -> None:
        return

    def _restyle(self) -> None:
        return
