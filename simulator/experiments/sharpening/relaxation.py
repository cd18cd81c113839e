"""The descent of the infinite glass, solved a few milliseconds at a time beside the run."""

from collections.abc import Iterator
from typing import Final, final

from simulator import clock
from simulator.theory.live_dynamics import LiveCurve, live_curve, live_refinements
from simulator.theory.mixture import Mixture

SECONDS: Final = 0.02
"""How long one picture of a playing run may refine the curve: pictures of it are drawn a few times a second."""


@final
class Relaxation:
    """E(t) at roughness 1 from a random start at T = 0, N -> infinity (Cugliandolo & Kurchan 1993), up to `horizon`.

    pending: whether a better curve than the one last given is still being computed.
    """

    def __init__(self, mixture: Mixture, horizon: float) -> None:
        self._of = mixture, 0.0, horizon
        self._refinements: Iterator[LiveCurve | None] | None = None
        self._curve: LiveCurve | None = None
        self._whole = False
        self.pending = False

    def curve(self, hurried: bool) -> LiveCurve | None:
        """The whole curve, or in a hurry what there is of it."""
        if not hurried and not self._whole:
            self._curve, self._whole = live_curve(*self._of), True
        if not self._whole:
            self._refine()
        self.pending = not self._whole
        return self._curve

    @property
    def latest(self) -> LiveCurve | None:
        """The curve that was given last."""
        return self._curve

    def _refine(self) -> None:
        self._refinements = self._refinements or live_refinements(*self._of)
        deadline = clock.now() + SECONDS
        while clock.now() < deadline:
            try:
                better = next(self._refinements)
            except StopIteration:
                self._whole = True
                return
            self._curve = better or self._curve
