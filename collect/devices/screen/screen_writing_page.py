"""The page on which the participant writes in their own words, and what the keys do to the text."""

from functools import partial

from collect.devices.screen.screen_canvas import ACCENT, DIM, INK, LINE, PANEL, Canvas, Picture
from collect.devices.screen.screen_keys import DONE, ERASE
from collect.devices.screen.screen_pages import draw_foot, draw_question
from collect.language.line_breaking import lines_of
from collect.language.words import Words

LONGEST = 500
#: From so many characters on, the page says how many are left.
_SAID_BELOW = 60


class Writing:
    """The text as it grows. Takes what was typed: characters, ERASE and DONE."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self.text = ""

    def take(self, typed: str) -> bool:
        """True once the participant is done; what they typed after that is left alone."""
        for character in typed:
            if character == DONE:
                self.text = self.text.strip()
                return True
            if character == ERASE:
                self.text = self.text[:-1]
            elif character.isprintable() and len(self.text) < self._longest:
                self.text += character
        return False

    @property
    def left(self) -> int:
        return self._longest - len(self.text)


def writing_page(writing: Writing, words: Words, width: int, height: int) -> Picture:
    """The question, a sheet with the text so far, and a mark where it goes on."""
    canvas = Canvas(width, height)
    draw_question(canvas, words.questions.text)
    sheet_width, top, sheet_height = min(1040.0, canvas.half_width * 2 - 96), 220.0, 360.0
    canvas.draw.rounded_rectangle(
        (canvas.x(-sheet_width / 2), canvas.y(top), canvas.x(sheet_width / 2), canvas.y(top + sheet_height)),
        radius=canvas.length(12), fill=PANEL, outline=LINE, width=round(canvas.length(1.5)),
    )  # fmt: skip
    column = sheet_width - 56
    for size in (28.0, 25.0, 22.0, 20.0, 18.0, 16.0):
        lines = lines_of(writing.text, column, partial(canvas.width_of, size=size))
        if len(lines) * size * 1.42 <= sheet_height - 40:
            break
    if writing.text.endswith(" ") and lines[-1]:
        lines[-1] += " "  # the mark moves with the space
    y = top + 22 + size * 0.7
    for line in lines:
        canvas.text_left(-column / 2, y, line, size, INK)
        y += size * 1.42
    mark_x = -column / 2 + canvas.width_of(lines[-1], size) + 2
    mark_y = y - size * 1.42
    canvas.draw.line(
        (canvas.x(mark_x), canvas.y(mark_y - size * 0.55), canvas.x(mark_x), canvas.y(mark_y + size * 0.55)),
        fill=ACCENT, width=round(canvas.length(2)),
    )  # fmt: skip
    if writing.left <= _SAID_BELOW:
        canvas.text(0, top + sheet_height + 28, words.foot.characters_left.format(left=writing.left), 20, DIM)
    draw_foot(canvas, words.foot.confirm if writing.text else words.foot.leave_empty)
    return canvas.picture()
