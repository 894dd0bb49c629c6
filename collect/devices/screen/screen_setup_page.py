"""The setup page: what the camera sees now, with the faces found, and what is well or wants a hand."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageDraw

from collect.devices.protocols import SetupCheck, SetupView
from collect.devices.screen.screen_canvas import (
    ACCENT,
    ADVICE,
    DESIGN_HEIGHT,
    DIM,
    INK,
    LINE,
    PANEL,
    TWICE,
    WELL,
    Canvas,
    Picture,
)
from collect.devices.screen.screen_pages import draw_foot
from collect.language.line_breaking import lines_of
from collect.language.words import Words

_MARGIN, _GAP, _TOP, _BOTTOM = 48.0, 40.0, 120.0, DESIGN_HEIGHT - 116.0


class SetupPage:
    """Draws letters only when they change, so that the live picture keeps moving.

    The camera's picture is shown as in a mirror: who moves to their left moves left on the page.
    """

    def __init__(self, words: Words, width: int, height: int) -> None:
        self._words, self._width, self._height = words, width, height
        self._checks: Sequence[SetupCheck] | None = None
        self._seen = False
        self._page: Picture | None = None
        self._frame = (0, 0, 0, 0)

    def picture(self, view: SetupView) -> Picture:
        """The page for this view; valid until the next call."""
        seen = view.picture is not None
        if self._page is None or (list(view.checks), seen) != (self._checks, self._seen):
            self._checks, self._seen = list(view.checks), seen
            self._page = self._letters(view.checks, seen)
        if view.picture is not None:
            self._paste(view, self._page)
        return self._page

    def _letters(self, checks: Sequence[SetupCheck], seen: bool) -> Picture:
        canvas = Canvas(self._width, self._height)
        left, right = -canvas.half_width + _MARGIN, canvas.half_width - _MARGIN
        column = min(430.0, (right - left) * 0.37)
        canvas.text_left(left, 68, self._words.setup.title, 36, INK, bold=True)
        box = (canvas.x(left), canvas.y(_TOP), canvas.x(right - column - _GAP), canvas.y(_BOTTOM))
        self._frame = tuple(round(value / TWICE) for value in box)  # type: ignore[assignment] # four stay four
        if not seen:
            canvas.draw.rounded_rectangle(box, radius=canvas.length(12), fill=PANEL, outline=LINE, width=2)
            middle = (left + right - column - _GAP) / 2
            rows = lines_of(
                self._words.setup.advice["no_picture"],
                right - left - column - _GAP - 40,
                lambda row: canvas.width_of(row, 22),
            )
            for i, row in enumerate(rows):
                canvas.text(middle, (_TOP + _BOTTOM) / 2 + (i - (len(rows) - 1) / 2) * 31, row, 22, DIM)
        self._list(canvas, checks, right - column, column)
        draw_foot(canvas, self._words.setup.go_on)
        return canvas.picture()

    def _list(self, canvas: Canvas, checks: Sequence[SetupCheck], x: float, column: float) -> None:
        """Set smaller until all checks fit."""
        for size in (22.0, 20.0, 18.0, 16.0, 14.0):
            said = [lines_of(check.said, column - 40, partial(canvas.width_of, size=size)) for check in checks]
            if sum(size * (1.45 + 1.3 * len(rows) + 0.7) for rows in said) <= _BOTTOM - _TOP + size:
                break
        y = _TOP + size * 0.6
        for check, rows in zip(checks, said, strict=True):
            _mark(canvas, x + 12, y, check.ok)
            canvas.text_left(x + 40, y, check.name, size, INK, bold=True)
            y += size * 1.45
            for row in rows:
                canvas.text_left(x + 40, y, row, size, DIM if check.ok else ADVICE)
                y += size * 1.3
            y += size * 0.7

    def _paste(self, view: SetupView, page: Picture) -> None:
        assert view.picture is not None
        left, top, right, bottom = self._frame
        high, wide = view.picture.shape[:2]
        scale = min((right - left) / wide, (bottom - top) / high)
        size = max(1, int(wide * scale)), max(1, int(high * scale))
        image = Image.fromarray(np.ascontiguousarray(view.picture[:, ::-1])).resize(size, Image.Resampling.BILINEAR)
        draw = ImageDraw.Draw(image)
        line = max(2, round(size[1] / 110))
        for x, y, face_width, face_height in view.faces:
            mirrored = wide - x - face_width
            draw.rounded_rectangle(
                (mirrored * scale, y * scale, (mirrored + face_width) * scale, (y + face_height) * scale),
                radius=size[1] / 40, outline=ACCENT, width=line,
            )  # fmt: skip
        x0, y0 = left + (right - left - size[0]) // 2, top + (bottom - top - size[1]) // 2
        page[y0 : y0 + size[1], x0 : x0 + size[0], :3] = np.asarray(image)[:, :, ::-1]


def _mark(canvas: Canvas, x: float, y: float, ok: bool) -> None:
    """A tick in a disc, or an exclamation mark in a triangle: told apart by shape, not by colour alone."""
    line = round(canvas.length(2.6))
    if ok:
        canvas.draw.ellipse((canvas.x(x - 11), canvas.y(y - 11), canvas.x(x + 11), canvas.y(y + 11)), fill=WELL)
        tick = [(x - 5.5, y + 0.3), (x - 1.6, y + 4.4), (x + 5.6, y - 4.2)]
        canvas.draw.line([(canvas.x(a), canvas.y(b)) for a, b in tick], fill="#24402a", width=line, joint="curve")
        return
    corners = [(x, y - 12.5), (x + 13, y + 10), (x - 13, y + 10)]
    canvas.draw.polygon([(canvas.x(a), canvas.y(b)) for a, b in corners], fill=ADVICE)
    canvas.draw.line((canvas.x(x), canvas.y(y - 5), canvas.x(x), canvas.y(y + 3)), fill="#4a3415", width=line)
    r = 1.7
    canvas.draw.ellipse((canvas.x(x - r), canvas.y(y + 5), canvas.x(x + r), canvas.y(y + 5 + 2 * r)), fill="#4a3415")
