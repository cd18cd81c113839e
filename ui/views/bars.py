"""Bars."""

from typing import final

from simulator.figures import Bars, Figure
from ui.views.base import AbstractView


@final
class BarsView(AbstractView):
    """Shows Bars."""

    kind = Bars

    def _show(self, figure: Figure) -> None:
        return

    def _restyle(self) -> None:
        return
