"""Where a line may end: at spaces, and in Chinese and Japanese between almost any two characters."""

import unicodedata
from collections.abc import Callable

#: These never begin a line, and those never end one (the common part of GB/T 15834 and JIS X 4051).
_NOT_FIRST = frozenset(
    "、。，．！？：；）」』】》〉〕］｝”’…—·％‰℃～ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?:;)]}%°"
)
_NOT_LAST = frozenset("（「『【《〈〔［｛“‘([{")


def lines_of(paragraph: str, column: float, width_of: Callable[[str], float]) -> list[str]:
    """The paragraph in lines no wider than `column`, in the unit of `width_of`. A word that is wider still is cut."""
    lines: list[str] = []
    row = ""
    for piece in _pieces(" ".join(paragraph.split())):
        if not row or width_of((row + piece).rstrip()) <= column:
            row += piece
        else:
            lines.append(row.rstrip())
            row = piece.lstrip()
        while len(row.rstrip()) > 1 and width_of(row.rstrip()) > column:
            head = _fitting_head(row, column, width_of)
            lines.append(head)
            row = row[len(head) :]
    return [*lines, row.rstrip()]


def _pieces(text: str) -> list[str]:
    """What must stay together, in order; a space is at the end of its piece."""
    pieces: list[str] = []
    for character in text:
        if not pieces or not _may_part(pieces[-1][-1], character):
            pieces[-1:] = [(pieces[-1] if pieces else "") + character]
        else:
            pieces.append(character)
    return pieces


def _may_part(before: str, after: str) -> bool:
    if after == " ":
        return False
    if before == " ":
        return True
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return _is_wide(before) or _is_wide(after)


def _is_wide(character: str) -> bool:
    """Chinese characters, kana and their punctuation. Hangul is wide, too, but is written with spaces."""
    return unicodedata.east_asian_width(character) in "WF" and not "가" <= character <= "힣"


def _fitting_head(word: str, column: float, width_of: Callable[[str], float]) -> str:
    end = 1
    while end < len(word) and width_of(word[: end + 1]) <= column:
        end += 1
    return word[:end]
