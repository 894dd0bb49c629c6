"""The pages that a participant sees between the clips, drawn as pictures: calm, dark, readable from the chin rest.

Drawn at twice the size and halved, so that edges are smooth on every graphics card. A page is a pure function of its
content and the screen's size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from collect.devices.errors import ScreenUnavailableError
from collect.devices.screen_figures import arousal_figure, valence_figure

BACKGROUND = "#25272b"
PANEL = "#31343a"
PANEL_CHOSEN = "#3d5870"
LINE = "#4a4f57"
INK = "#ebe8e2"
DIM = "#a3a6aa"
ACCENT = "#8fc0e4"

Picture = NDArray[np.uint8]
_TWICE = 2
#: Pages are designed for a screen of this height and scaled to the real one.
_DESIGN_HEIGHT = 720


@dataclass(frozen=True)
class ScaleWording:
    question: str
    advice: str
    low: str
    middle: str
    high: str


VALENCE = ScaleWording(
    "How pleasant was what you felt?",
    "Say what you felt, not what your face showed.",
    "very unpleasant",
    "neither",
    "very pleasant",
)
AROUSAL = ScaleWording(
    "How excited did you feel?",
    "From completely calm to as excited as you can be.",
    "very calm",
    "neither",
    "very excited",
)


class _Canvas:
    """A page under the pencil. Coordinates are design pixels from the top left; x is measured from the centre."""

    def __init__(self, width: int, height: int) -> None:
        self._unit = height * _TWICE / _DESIGN_HEIGHT
        self._image = Image.new("RGB", (width * _TWICE, height * _TWICE), BACKGROUND)
        self._centre = width * _TWICE / 2
        self.draw = ImageDraw.Draw(self._image)
        self.half_width = width / 2 * _DESIGN_HEIGHT / height

    def x(self, x: float) -> float:
        return self._centre + x * self._unit

    def length(self, length: float) -> float:
        return length * self._unit

    def text(self, x: float, y: float, words: str, size: float, colour: str = INK, bold: bool = False) -> None:
        """One line, centred on x, y."""
        font = _font(round(self.length(size)), bold)
        self.draw.text((self.x(x), self.length(y)), words, fill=colour, font=font, anchor="mm")

    def line_left(self, x: float, y: float, words: str, size: float, colour: str = INK, bold: bool = False) -> None:
        font = _font(round(self.length(size)), bold)
        self.draw.text((self.x(x), self.length(y)), words, fill=colour, font=font, anchor="lm")

    def width_of(self, words: str, size: float, bold: bool = False) -> float:
        return _font(round(self.length(size)), bold).getlength(words) / self._unit

    def panel(self, x: float, y: float, width: float, height: float, chosen: bool) -> None:
        """A rounded card centred on x, y."""
        self.draw.rounded_rectangle(
            (self.x(x - width / 2), self.length(y - height / 2), self.x(x + width / 2), self.length(y + height / 2)),
            radius=self.length(12),
            fill=PANEL_CHOSEN if chosen else PANEL,
            outline=ACCENT if chosen else LINE,
            width=round(self.length(3 if chosen else 1.5)),
        )

    def picture(self) -> Picture:
        """(height, width, 4) uint8: blue, green, red, unused."""
        rgb = np.asarray(self._image.reduce(_TWICE))
        return np.dstack([rgb[:, :, ::-1], np.full(rgb.shape[:2], 255, np.uint8)])


def text_page(text: str, width: int, height: int) -> Picture:
    """Paragraphs are parted by blank lines. One that begins with '# ' is a heading; the last one, if there are several,
    says which key to press and stands apart at the foot of the page. Long texts are set smaller until they fit."""
    canvas = _Canvas(width, height)
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip()]
    foot = paragraphs.pop() if len(paragraphs) > 1 else None
    column = min(920.0, canvas.half_width * 2 - 160)
    for size in (28.0, 26.0, 24.0, 22.0, 20.0, 18.0, 16.0, 14.0):
        lines = _set_lines(canvas, paragraphs, size, column)
        tall = sum(advance for _, _, _, advance in lines)
        if tall <= _DESIGN_HEIGHT - 200:
            break
    y = max(60.0, (_DESIGN_HEIGHT - 60 - tall) / 2)
    left = -column / 2
    for words, letter, bold, advance in lines:
        canvas.line_left(left, y + letter / 2, words, letter, INK, bold)
        y += advance
    if foot is not None:
        canvas.text(0, _DESIGN_HEIGHT - 64, foot, 22, ACCENT)
    return canvas.picture()


def _set_lines(
    canvas: _Canvas, paragraphs: Sequence[str], size: float, column: float
) -> list[tuple[str, float, bool, float]]:
    """(words, letter size, bold, advance to the next line) of each line."""
    lines: list[tuple[str, float, bool, float]] = []
    for paragraph in paragraphs:
        heading = paragraph.startswith("# ")
        letter = size * 1.35 if heading else size
        row = ""
        for word in paragraph.removeprefix("# ").split():
            longer = f"{row} {word}".strip()
            if row and canvas.width_of(longer, letter, heading) > column:
                lines.append((row, letter, heading, letter * 1.42))
                row = word
            else:
                row = longer
        lines.append((row, letter, heading, letter * 1.42 + size * 0.75))
    return lines


def blank_page(width: int, height: int) -> Picture:
    return _Canvas(width, height).picture()


def fixation_page(width: int, height: int) -> Picture:
    """A cross in the middle of the screen."""
    canvas = _Canvas(width, height)
    arm, half = 22, 2.5
    for dx, dy in ((arm, half), (half, arm)):
        canvas.draw.rectangle(
            (
                canvas.x(-dx),
                canvas.length(_DESIGN_HEIGHT / 2 - dy),
                canvas.x(dx),
                canvas.length(_DESIGN_HEIGHT / 2 + dy),
            ),
            fill=INK,
        )
    return canvas.picture()


def calibration_page(width: int, height: int, target_px: tuple[float, float] | None) -> Picture:
    """The tracker's calibration target, a ring around a point, at screen pixels from the top left; None: nothing."""
    canvas = _Canvas(width, height)
    if target_px is not None:
        x, y = target_px[0] * _TWICE, target_px[1] * _TWICE
        for radius, colour in ((canvas.length(14), INK), (canvas.length(4), BACKGROUND)):
            canvas.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return canvas.picture()


def choice_page(
    question: str, advice: str, options: Sequence[str], chosen: int | None, width: int, height: int
) -> Picture:
    """Cards side by side, numbered from 1; `chosen` counts from 0."""
    canvas = _Canvas(width, height)
    _question(canvas, question, advice)
    gap = 16.0
    card = min(190.0, (min(1200.0, canvas.half_width * 2 - 80) - gap * (len(options) - 1)) / len(options))
    first = -(card + gap) * (len(options) - 1) / 2
    for i, option in enumerate(options):
        x = first + i * (card + gap)
        canvas.panel(x, 385, card, 150, i == chosen)
        canvas.text(x, 357, str(i + 1), 34, ACCENT if i == chosen else DIM, bold=True)
        canvas.text(x, 418, option, 22, INK)
    _foot(canvas, f"Press 1 – {len(options)} or the arrow keys, then Enter", chosen is not None)
    return canvas.picture()


def scale_page(item: Literal["valence", "arousal"], step: int | None, width: int, height: int) -> Picture:
    """Nine steps under five graded figures. None is marked before the participant moves, so that none is suggested."""
    canvas = _Canvas(width, height)
    wording, figure = (VALENCE, valence_figure) if item == "valence" else (AROUSAL, arousal_figure)
    _question(canvas, wording.question, wording.advice)
    pitch = min(124.0, (canvas.half_width * 2 - 120) / 9)
    for number in range(1, 10):
        x = (number - 5) * pitch
        if number % 2 == 1:
            colour = ACCENT if number == step else INK
            figure(canvas.draw, (canvas.x(x), canvas.length(310)), canvas.length(104), (number - 5) / 4, colour)
        canvas.panel(x, 430, pitch - 16, 76, number == step)
        canvas.text(x, 429, str(number), 30, INK if number == step else DIM, bold=True)
    for x, words in ((-4 * pitch, wording.low), (0.0, wording.middle), (4 * pitch, wording.high)):
        canvas.text(x, 500, words, 20, DIM)
    _foot(canvas, "Press 1 – 9 or the arrow keys, then Enter", step is not None)
    return canvas.picture()


def _question(canvas: _Canvas, question: str, advice: str) -> None:
    canvas.text(0, 120, question, 36, INK, bold=True)
    canvas.text(0, 176, advice, 22, DIM)


def _foot(canvas: _Canvas, words: str, answered: bool) -> None:
    canvas.text(0, _DESIGN_HEIGHT - 64, "Press Enter to go on" if answered else words, 22, ACCENT)


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_font_file(bold)), size)


@cache
def _font_file(bold: bool) -> Path:
    """PsychoPy brings Noto Sans along: the same letters on every machine, whatever fonts it has installed."""
    found = find_spec("psychopy")
    if found is None or not found.submodule_search_locations:
        raise ScreenUnavailableError("PsychoPy is not installed. Install it: pip install 'duchenne[collect]'")
    return (
        Path(found.submodule_search_locations[0]) / "assets" / "fonts" / f"NotoSans-{'Bold' if bold else 'Regular'}.ttf"
    )
