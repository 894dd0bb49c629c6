"""Lines end where readers of the language expect it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.language.line_breaking import lines_of


def by_letters(text: str) -> float:
    return sum(2.0 if ord(character) > 0x2E80 else 1.0 for character in text)


@pytest.mark.parametrize(
    ("text", "column", "lines"),
    [
        ("the quick brown fox", 10, ["the quick", "brown fox"]),
        ("一二三四五六", 8, ["一二三四", "五六"]),
        ("一二三四，五六", 8, ["一二三", "四，五六"]),  # no line begins with a comma
        ("一二三（四五）", 8, ["一二三", "（四五）"]),  # none ends with an opening bracket
        ("按 Enter 键继续", 12, ["按 Enter 键", "继续"]),
        ("Donaudampfschiff", 6, ["Donaud", "ampfsc", "hiff"]),
        ("", 5, [""]),
    ],
)
def test_lines_end_where_they_may(text: str, column: float, lines: list[str]) -> None:
    assert lines_of(text, column, by_letters) == lines


@given(st.text(alphabet="ab c，。中文字（）'-", max_size=80), st.integers(4, 30))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, column: int) -> None:
    lines = lines_of(text, column, by_letters)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(by_letters(line) <= column for line in lines)
