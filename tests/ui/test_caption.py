"""Words over the pictures: they stay on the window, however many there are."""

import pytest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from ui.caption import ROOM, Caption
from ui.theme import DARK


@pytest.mark.parametrize("words", [10, 40, 160])
@pytest.mark.parametrize("in_band", [False, True])
@pytest.mark.parametrize("width", [400, 900, 1280])
def test_a_caption_is_whole_on_its_window(qtbot: QtBot, words: int, in_band: bool, width: int) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    caption = Caption(window)
    caption.set_theme(DARK)
    if in_band:
        caption.take_band()
    window.resize(width, 800)
    window.show()
    caption.say("What there is to see", "energy " * words, stays=True)
    assert window.rect().contains(caption.geometry())
    assert caption.width() <= width - 2 * ROOM
    assert caption.height() >= caption.heightForWidth(caption.width())
