"""How small the window may be: known without Qt, so that a command line can be refused before a window is made."""

from typing import Final

SMALLEST: Final = (900, 560)
"""Width and height, pixels: below this the panels have no room for their axes."""
