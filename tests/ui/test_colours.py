"""Every colour that means something is told from the others by every kind of colour vision (Machado et al. 2009)."""

import itertools

import numpy as np
import pytest
from PySide6.QtGui import QColor

from simulator.colormaps import table
from simulator.figures import Points, frozen
from tests.ui import pictures
from tests.ui.colour_sight import MATRICES, SIGHTS, Sight, apart, linear, oklab, rgb, seen
from ui.theme import DARK, LIGHT, SERIES, Theme, mixed
from ui.views import make_view
from ui.views.image import DARK_RIM, ImageView
from ui.views.strokes import Stroke

TOLD = 0.08
"""In OKLab, where black and white are 1 apart: four times what is just noticed side by side."""
SEEN = 0.2
"""From the ground, for thin lines and small marks."""
THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
EACH = pytest.mark.parametrize("sight", SIGHTS)


def test_the_simulation_leaves_greys_and_light_as_they_are() -> None:
    for name, matrix in MATRICES.items():
        assert np.sum(matrix, axis=1) == pytest.approx([1.0, 1.0, 1.0], abs=2e-6), name
    greys = np.repeat(np.linspace(0.0, 1.0, 11), 3).reshape(-1, 3)
    for sight in SIGHTS:
        assert seen(greys, sight) == pytest.approx(linear(greys), abs=3e-6)
        assert oklab(greys, sight)[:, 1:] == pytest.approx(0.0, abs=1e-4)
    assert apart(rgb("#000000"), rgb("#ffffff")) == pytest.approx(1.0, abs=1e-4)
    assert oklab(rgb("#ff0000")) == pytest.approx([0.62796, 0.22486, 0.12585], abs=1e-4)


def test_the_simulation_confuses_what_the_blind_confuse() -> None:
    """Red and green of a traffic light for the red-green blind, blue and green for the tritan; no other way round."""
    red, green, blue, sea = rgb("#c04a3a"), rgb("#7a7a2a"), rgb("#4cc2ff"), rgb("#2fd07f")
    for sight in ("protanopia", "deuteranopia"):
        assert apart(red, green, sight) < 0.6 * apart(red, green)
        assert apart(blue, sea, sight) > 0.8 * apart(blue, sea)
    assert apart(blue, sea, "tritanopia") < 0.3 * apart(blue, sea)
    assert apart(red, green, "tritanopia") > 0.8 * apart(red, green)


def _series(theme: Theme) -> dict[str, str]:
    return {f"series {k}": theme.colour("series", k).name() for k in range(len(SERIES[theme.name]))}


def _roles(theme: Theme) -> dict[str, str]:
    return {"measurement": theme.measurement, "theory": theme.theory, "native": theme.native, "danger": theme.danger}


def _too_near(colours: dict[str, str], sight: Sight, least: float) -> list[str]:
    return [
        f"{a} {colours[a]} and {b} {colours[b]}: {distance:.3f}"
        for a, b in itertools.combinations(colours, 2)
        if (distance := float(apart(rgb(colours[a]), rgb(colours[b]), sight))) < least
    ]


@EACH
@THEMES
def test_measurement_theory_and_series_are_told_apart(theme: Theme, sight: Sight) -> None:
    together = {"measurement": theme.measurement, "theory": theme.theory, **_series(theme)}
    assert len(set(together.values())) == len(together) == 9, "as many as there are sizes to compare, at the least"
    assert not _too_near(together, sight, TOLD)


@EACH
@THEMES
def test_ok_and_off_and_levels_are_told_apart(theme: Theme, sight: Sight) -> None:
    assert not _too_near(_roles(theme), sight, TOLD)


@EACH
@THEMES
def test_verdicts_in_small_type_are_told_apart(theme: Theme, sight: Sight) -> None:
    """As the table of theory and measurement mixes them on white."""
    words = (
        [theme.native, theme.danger]
        if theme.dark
        else [mixed(c, theme.text, 0.4) for c in (theme.native, theme.danger)]
    )
    assert not _too_near(dict(zip(("ok", "off"), words, strict=True)), sight, TOLD)


@EACH
@THEMES
def test_levels_are_told_from_series(theme: Theme, sight: Sight) -> None:
    """Less is asked of these: a level is straight, runs across the whole plot and bears its name."""
    for level in (theme.native, theme.danger):
        for name, colour in _series(theme).items():
            assert apart(rgb(level), rgb(colour), sight) > 0.05, (level, name, colour)


@EACH
@THEMES
def test_every_line_is_seen_on_its_ground(theme: Theme, sight: Sight) -> None:
    for name, colour in {**_roles(theme), **_series(theme)}.items():
        assert apart(rgb(colour), rgb(theme.panel), sight) > SEEN, name


@EACH
@pytest.mark.parametrize("name", ["viridis", "cividis"])
def test_sequential_maps_rise_in_lightness(name: str, sight: Sight) -> None:
    colours = table(name).astype(float)  # type: ignore[arg-type]
    lightness = oklab(colours, sight)[:, 0]
    assert (np.diff(lightness) > 0).all()
    assert lightness[-1] - lightness[0] > 0.5


@EACH
def test_the_arms_of_the_diverging_map_are_told_apart(sight: Sight) -> None:
    colours = table("balance").astype(float)
    lightness, half = oklab(colours, sight)[:, 0], len(colours) // 2
    middle = int(np.argmax(lightness))
    assert abs(middle - half) <= 2 and lightness[middle] > 0.9
    assert (np.diff(lightness[: half - 1]) > 0).all() and (np.diff(lightness[half + 1 :]) < 0).all()
    between = apart(colours[:half], colours[::-1][:half], sight)
    assert between[: round(0.9 * half)].min() > 0.03, "from a tenth of the way out on"
    assert between[: half // 2].min() > 0.12, "from half of the way out on"


def _class_marks(classes: int) -> tuple[list[Stroke], np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """The marks of each class as the picture of the answers draws them, and the colours of the map where it is sure."""
    low, high = (-1.0, 1.0) if classes == 2 else (0.0, classes - 1.0)
    values = [1.6 * k - 0.8 if classes == 2 else float(k) for k in range(classes)]
    view = make_view(pictures.image(diverging=classes == 2))
    assert isinstance(view, ImageView)
    nowhere = frozen([0.0])
    marks = [view._marks(Points("", nowhere, nowhere, value=value), low, high)[0] for value in values]
    view.deleteLater()
    ground = table("balance" if classes == 2 else "viridis").astype(float)
    return marks, ground[[round(255 * k / (classes - 1)) for k in range(classes)]]


@EACH
@pytest.mark.parametrize("classes", [2, 3, 4, 5])
def test_examples_are_seen_on_any_answer_and_their_classes_are_told(qapp: object, classes: int, sight: Sight) -> None:
    marks, ground = _class_marks(classes)
    fills = [rgb(mark.pen.color().name()) for mark in marks]
    for fill, mark in zip(fills, marks, strict=True):
        assert mark.under is not None and QColor(mark.under.color()).name() == DARK_RIM
        assert mark.under.widthF() >= mark.pen.widthF() + 2.0
        for below in ground:
            outline = apart(rgb(DARK_RIM), below, sight)
            assert max(apart(fill, below, sight), outline) > SEEN
    for a, b in itertools.combinations(fills, 2):
        assert apart(a, b, sight) > TOLD
