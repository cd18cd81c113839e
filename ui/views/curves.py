"""Curves."""

from typing import final

from simulator.figures import Curves, Figure
from ui.views.base import AbstractView


@final
class CurvesView(AbstractView):
    """Shows Curves."""

    kind = Curves

    def _show(self, figure: Figure) -> None:
        return

    def _restyle(self) -> None:
        return
