"""Qt's pictures as arrays."""

import numpy as np
from PySide6.QtGui import QImage

from simulator.video import Frame


def pixels_of(image: QImage) -> Frame:
    """The pixels of an image in Format_RGB32, (height, width, 4): blue, green, red, unused. Not a copy."""
    flat = np.frombuffer(image.constBits(), np.uint8, image.sizeInBytes())
    return flat.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width()]
