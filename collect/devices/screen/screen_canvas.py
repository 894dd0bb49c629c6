"""What the participant's pages are drawn on: calm greys, letters for every script, edges smooth on every graphics card.

Drawn at twice the size and halved. Coordinates are design pixels: every page is designed 720 high and scaled.
"""

from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from collect.language.glyphs import Face, faces_of

# Neutral greys, so that the pupil meets the same light on every page and hardly another one than in a film.
BACKGROUND = "#3a3a3a"
PANEL = "#464646"
PANEL_CHOSEN = "#4a6a86"
LINE = "#626262"
INK = "#f0eee9"
DIM = "#b9b9b7"
ACCENT = "#a5d0f0"
ADVICE = "#f0bd72"
WELL = "#9bd3a4"

Picture = NDArray[np.uint8]
TWICE = 2
DESIGN_HEIGHT = 720


class Canvas:
    """A page under the pencil: x from the page's centre, y from its top, both in design pixels."""

    def __init__(self, width: int, height: int) -> None:
        # Narrow screens are scaled by their width, so that nothing is cut off.
        self.unit = min(height / DESIGN_HEIGHT, width / 960) * TWICE
        self._image = Image.new("RGB", (width * TWICE, height * TWICE), BACKGROUND)
        self._centre = width * TWICE / 2
        self._top = (height * TWICE - DESIGN_HEIGHT * self.unit) / 2
        self.half_width = width * TWICE / 2 / self.unit

    @cached_property
    def draw(self) -> ImageDraw.ImageDraw:
        """For figures; in the canvas's own pixels."""
        return ImageDraw.Draw(self._image)

    def x(self, x: float) -> float:
        return self._centre + x * self.unit

    def y(self, y: float) -> float:
        return self._top + y * self.unit

    def length(self, length: float) -> float:
        return length * self.unit

    def text(self, x: float, y: float, words: str, size: float, colour: str = INK, bold: bool = False) -> None:
        """One line, centred on x, y."""
        self.text_left(x - self.width_of(words, size, bold) / 2, y, words, size, colour, bold)

    def text_within(self, x: float, y: float, words: str, size: float, widest: float, colour: str = INK,
                    bold: bool = False) -> None:  # fmt: skip
        """One line, centred, in smaller letters where it would be wider than `widest`."""
        self.text(x, y, words, self.fitting_size(words, size, widest, bold), colour, bold)

    def fitting_size(self, words: str, size: float, widest: float, bold: bool = False) -> float:
        return min(size, size * widest / max(1e-6, self.width_of(words, size, bold)) * 0.99)

    def text_left(self, x: float, y: float, words: str, size: float, colour: str = INK, bold: bool = False) -> None:
        """One line that begins at x, its small letters centred on y."""
        pixels = round(self.length(size))
        at, base = self.x(x), self.y(y) + pixels * 0.34
        for run, face, as_bold in faces_of(words, bold):
            font = _font(face, pixels)
            # A face without a bold sister is made so by a rim.
            rim = 0 if as_bold else max(1, round(pixels / 36))
            self.draw.text((at, base), run, fill=colour, font=font, anchor="ls", stroke_width=rim)
            at += font.getlength(run)

    def width_of(self, words: str, size: float, bold: bool = False) -> float:
        pixels = round(self.length(size))
        return sum(_font(face, pixels).getlength(run) for run, face, _ in faces_of(words, bold)) / self.unit

    def panel(self, x: float, y: float, width: float, height: float, chosen: bool) -> None:
        """A rounded card centred on x, y."""
        self.draw.rounded_rectangle(
            (self.x(x - width / 2), self.y(y - height / 2), self.x(x + width / 2), self.y(y + height / 2)),
            radius=self.length(12),
            fill=PANEL_CHOSEN if chosen else PANEL,
            outline=ACCENT if chosen else LINE,
            width=round(self.length(3 if chosen else 1.5)),
        )

    def picture(self) -> Picture:
        """(height, width, 4) uint8: blue, green, red, unused."""
        rgb = np.asarray(self._image.reduce(TWICE))
        picture = np.full((*rgb.shape[:2], 4), 255, np.uint8)
        picture[:, :, :3] = rgb[:, :, ::-1]
        return picture


@cache
def _font(face: Face, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(face.file), pixels, index=face.number)
