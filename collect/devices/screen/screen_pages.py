"""The pages that a participant sees between the clips, drawn as pictures: calm, grey, readable from the chin rest.

A page is a pure function of its content and the screen's size. The setup page and the page to write on, which live, are
in files of their own.
"""

from collections.abc import Sequence
from functools import partial

from collect.devices.screen.screen_canvas import (
    ACCENT,
    BACKGROUND,
    DESIGN_HEIGHT,
    DIM,
    INK,
    PANEL,
    PANEL_CHOSEN,
    TWICE,
    Canvas,
    Picture,
)
from collect.devices.screen.screen_figures import (
    Figure,
    arousal_figure,
    familiarity_figure,
    liking_figure,
    valence_figure,
)
from collect.language.line_breaking import lines_of
from collect.language.words import ChoiceWords, ScaleWords, Words

STEPS = 9
_FIGURES: dict[str, Figure] = {
    "valence": valence_figure, "arousal": arousal_figure, "familiarity": familiarity_figure, "liking": liking_figure,
}  # fmt: skip
_FOOT_Y = DESIGN_HEIGHT - 64


def text_page(text: str, width: int, height: int) -> Picture:
    """Paragraphs are parted by blank lines. One that begins with '# ' is a heading; the last one, if there are several,
    says which key to press and stands apart at the foot of the page. Long texts are set smaller until they fit."""
    canvas = Canvas(width, height)
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip()]
    foot_words = paragraphs.pop() if len(paragraphs) > 1 else None
    column = min(920.0, canvas.half_width * 2 - 160)
    for size in (28.0, 26.0, 24.0, 22.0, 20.0, 18.0, 16.0, 14.0, 12.0):
        lines = _set_lines(canvas, paragraphs, size, column)
        tall = sum(advance for _, _, _, advance in lines)
        if tall <= DESIGN_HEIGHT - 190:
            break
    y = max(56.0, (DESIGN_HEIGHT - 70 - tall) / 2)
    for words, letter, bold, advance in lines:
        canvas.text_left(-column / 2, y + letter / 2, words, letter, INK, bold)
        y += advance
    if foot_words is not None:
        draw_foot(canvas, foot_words)
    return canvas.picture()


def _set_lines(
    canvas: Canvas, paragraphs: Sequence[str], size: float, column: float
) -> list[tuple[str, float, bool, float]]:
    """(words, letter size, bold, advance to the next line) of each line."""
    lines: list[tuple[str, float, bool, float]] = []
    for paragraph in paragraphs:
        heading = paragraph.startswith("# ")
        letter = size * 1.35 if heading else size
        width_of = partial(canvas.width_of, size=letter, bold=heading)
        rows = lines_of(paragraph.removeprefix("# "), column, width_of)
        lines += [(row, letter, heading, letter * 1.42) for row in rows]
        lines[-1] = (rows[-1], letter, heading, letter * 1.42 + size * 0.75)
    return lines


def blank_page(width: int, height: int) -> Picture:
    return Canvas(width, height).picture()


def fixation_page(width: int, height: int) -> Picture:
    """A cross in the middle of the screen."""
    canvas = Canvas(width, height)
    arm, half, middle = 22, 2.5, DESIGN_HEIGHT / 2
    for dx, dy in ((arm, half), (half, arm)):
        canvas.draw.rectangle(
            (canvas.x(-dx), canvas.y(middle - dy), canvas.x(dx), canvas.y(middle + dy)),
            fill=INK,
        )
    return canvas.picture()


def calibration_page(width: int, height: int, target_px: tuple[float, float] | None) -> Picture:
    """The tracker's calibration target, a ring around a point, at screen pixels from the top left; None: nothing."""
    canvas = Canvas(width, height)
    if target_px is not None:
        x, y = target_px[0] * TWICE, target_px[1] * TWICE
        for radius, colour in ((canvas.length(14), INK), (canvas.length(4), BACKGROUND)):
            canvas.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return canvas.picture()


def choice_page(
    question: ChoiceWords, options: Sequence[str], chosen: int | None, words: Words, width: int, height: int
) -> Picture:
    """Cards side by side, numbered from 1; `chosen` counts from 1, too."""
    canvas = Canvas(width, height)
    draw_question(canvas, question)
    gap = 16.0
    card = min(190.0, (min(1200.0, canvas.half_width * 2 - 80) - gap * (len(options) - 1)) / len(options))
    first = -(card + gap) * (len(options) - 1) / 2
    # One size for all, so that none looks more important.
    size = min(canvas.fitting_size(option, 24, card - 20, bold=True) for option in options)
    for number, option in enumerate(options, start=1):
        x, is_chosen = first + (number - 1) * (card + gap), number == chosen
        canvas.panel(x, 385, card, 150, is_chosen)
        canvas.text(x, 357, str(number), 34, INK if is_chosen else DIM, bold=True)
        canvas.text(x, 418, option, size, INK, bold=is_chosen)
    _answer_foot(canvas, words, len(options), chosen is not None)
    return canvas.picture()


def scale_page(item: str, question: ScaleWords, step: int | None, words: Words, width: int, height: int) -> Picture:
    """Nine cards with a graded figure each. None is marked before the participant moves, so that none is suggested.

    item: valence, arousal, familiarity or liking.
    """
    canvas = Canvas(width, height)
    draw_question(canvas, question)
    pitch = min(130.0, (canvas.half_width * 2 - 96) / STEPS)
    card = pitch - 12
    for number in range(1, STEPS + 1):
        x, chosen = (number - 5) * pitch, number == step
        canvas.panel(x, 375, card, card + 72, chosen)
        _FIGURES[item](
            canvas.draw, (canvas.x(x), canvas.y(349)), canvas.length(card * 0.78), (number - 5) / 4, INK,
            PANEL_CHOSEN if chosen else PANEL,
        )  # fmt: skip
        canvas.text(x, 375 + card / 2 + 6, str(number), 28, INK if chosen else DIM, bold=True)
    below = 375 + card / 2 + 36 + 32
    for place, end in ((-4, question.low), (0, question.middle), (4, question.high)):
        size = canvas.fitting_size(end, 22, 2.6 * pitch)
        # The outer ones are set flush with the outer cards, however long they are.
        half = canvas.width_of(end, size) / 2
        edge = 4 * pitch + card / 2 - half
        canvas.text(max(-edge, min(edge, place * pitch)), below, end, size, DIM)
    _answer_foot(canvas, words, STEPS, step is not None)
    return canvas.picture()


def draw_question(canvas: Canvas, question: ChoiceWords) -> None:
    widest = canvas.half_width * 2 - 96
    canvas.text_within(0, 120, question.question, 36, widest, INK, bold=True)
    canvas.text_within(0, 176, question.advice, 23, widest, DIM)


def _answer_foot(canvas: Canvas, words: Words, count: int, answered: bool) -> None:
    draw_foot(canvas, words.foot.confirm if answered else words.foot.choose.format(count=count))


def draw_foot(canvas: Canvas, line: str) -> None:
    """Which key to press."""
    canvas.text_within(0, _FOOT_Y, line, 23, canvas.half_width * 2 - 96, ACCENT)
