"""One widget for each kind of picture in simulator.figures, made by `make_view`."""

from simulator.figures import Bars, Curves, Figure, Gallery, Histogram, Image, Loop, Surface
from ui.theme import DARK, Theme
from ui.views.base import AbstractView


def make_view(kind: type | Figure, theme: Theme = DARK) -> AbstractView:
    """A view for a kind of figure, or for a figure, which it then shows. Raises TypeError for anything else."""
    from ui.views.bars import BarsView
    from ui.views.curves import CurvesView
    from ui.views.gallery import GalleryView
    from ui.views.histogram import HistogramView
    from ui.views.image import ImageView
    from ui.views.loop import LoopView
    from ui.views.surface import SurfaceView

    views: dict[type, type[AbstractView]] = {
        Curves: CurvesView,
        Histogram: HistogramView,
        Image: ImageView,
        Surface: SurfaceView,
        Bars: BarsView,
        Loop: LoopView,
        Gallery: GalleryView,
    }
    wanted = kind if isinstance(kind, type) else type(kind)
    if wanted not in views:
        raise TypeError(f"no view shows {wanted.__name__}; there are {', '.join(k.__name__ for k in views)}")
    view = views[wanted](theme)
    if not isinstance(kind, type):
        view.show_figure(kind)
    return view


__all__ = ["AbstractView", "make_view"]
