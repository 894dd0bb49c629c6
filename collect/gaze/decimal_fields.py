"""Tab-separated decimals to float64, a whole batch of lines at once.

Python's float() on every field would cost four fifths of the time that reading a recording takes; this walks over the
characters of one column of all lines together, from the last to the first.
"""

import math

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

_TAB, _LINE_END, _SPACE, _RETURN, _MINUS, _DOT, _ZERO = b"\t\n \r-.0"
#: Longer fields go the slow way; 15 digits are exact in a float64.
_MOST_CHARACTERS = 15
#: More decimals than these go the slow way too; edf2asc writes one.
_MOST_DECIMALS = 3


def decimal_columns(lines: bytes, count: int) -> list[Floats]:
    """The first `count` fields of every line, as `count` columns; NaN where a field is a lone dot.

    Every line must end in a line end. Raises ValueError where a line has fewer fields or a field is no number.
    """
    characters = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(characters == _LINE_END)
    return columns_of(characters, np.concatenate(([0], ends[:-1] + 1)), ends, count)


def columns_of(characters: Bytes, starts: Positions, line_ends: Positions, count: int) -> list[Floats]:
    """The same of chosen lines: line i is characters[starts[i]:line_ends[i]], without its line end."""
    line_ends = line_ends - ((characters[line_ends - 1] == _RETURN) & (line_ends > starts))
    tabs = np.append(np.flatnonzero(characters == _TAB), len(characters))
    first_tab = np.searchsorted(tabs, starts)
    columns = []
    for field in range(count):
        ends = np.minimum(tabs.take(first_tab + field, mode="clip"), line_ends)
        if (starts > ends).any():
            raise ValueError(f"a line has fewer than {count} fields")
        columns.append(_column(characters, starts, ends))
        starts = ends + 1
    return columns


def _column(characters: Bytes, starts: Positions, ends: Positions) -> Floats:
    """One field of every line: characters[start:end]. Lines with the dot in the same place go together."""
    width = np.minimum(ends - starts, 255).astype(np.uint8)
    after_dot = np.full(len(starts), -1, np.int8)  # how many characters; -1: no dot
    for back in range(_MOST_DECIMALS + 1, 0, -1):
        after_dot[(characters.take(ends - back, mode="clip") == _DOT) & (width >= back)] = back - 1
    numbers, odd = np.empty(len(starts)), np.empty(len(starts), bool)
    for decimals in range(-1, _MOST_DECIMALS + 1):
        rows = after_dot == decimals
        if rows.all():
            numbers, odd = _numbers(characters, ends, width, decimals)
        elif rows.any():
            numbers[rows], odd[rows] = _numbers(characters, ends[rows], width[rows], decimals)
    for row in np.flatnonzero(odd | (width > _MOST_CHARACTERS)):
        numbers[row] = _slowly(characters[starts[row] : ends[row]].tobytes())
    return numbers


def _numbers(characters: Bytes, ends: Positions, width: Bytes, decimals: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Numbers that all have their dot in the same place, and which of them are no plain decimals."""
    value, place = np.zeros(len(ends), np.int64), 1
    # `past`: before the first digit of the number, in reading order, where only blanks may stand.
    negative, any_digit, odd, digit_before, past = (np.zeros(len(ends), bool) for _ in range(5))
    position = ends.copy()
    for back in range(1, min(int(width.max(initial=0)), _MOST_CHARACTERS) + 1):
        position -= 1
        if back == decimals + 1:
            continue  # the dot
        character = characters.take(position, mode="clip")
        character[width < back] = _SPACE
        digit = character - np.uint8(_ZERO)  # wraps around for what lies before '0'
        is_digit = digit < 10
        if back <= decimals:
            odd |= ~is_digit
        else:
            minus = (character == _MINUS) & digit_before
            odd |= ~(is_digit | minus | (character == _SPACE)) | (is_digit & past)
            negative |= minus
            past |= ~is_digit
            digit_before = is_digit
        any_digit |= is_digit
        value += np.where(is_digit, digit, 0).astype(np.int64) * place
        place *= 10
    # A quotient of two exact integers is rounded once, so it is the very number that float() would give.
    numbers = value / 10.0 ** max(decimals, 0)
    np.negative(numbers, out=numbers, where=negative)
    # A lone dot is 'missing'; a field without digits is anything else than that.
    numbers[~any_digit] = np.nan
    odd |= ~any_digit if decimals != 0 else negative & ~any_digit
    return numbers, odd


def _slowly(field: bytes) -> float:
    """What the quick way was not made for: exponents, very long numbers, trailing blanks. Raises ValueError."""
    return math.nan if field.strip() == b"." else float(field)
