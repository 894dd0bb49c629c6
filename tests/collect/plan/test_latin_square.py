"""A balanced square is balanced: in places, in neighbours, and together with the square that orders the blocks."""

from collections import Counter
from itertools import pairwise

import pytest

from collect.plan.errors import NumberlessPseudonymError
from collect.plan.latin_square import crossed_row, participant_number, row_count, square_row


@pytest.mark.parametrize("size", range(1, 12))
def test_over_all_rows_each_thing_has_each_place_and_each_predecessor_equally_often(size: int) -> None:
    rows = [square_row(size, row) for row in range(row_count(size))]
    places = Counter((place, thing) for row in rows for place, thing in enumerate(row))
    neighbours = Counter(pair for row in rows for pair in pairwise(row))
    assert len(places) == size * size
    assert len(set(places.values())) == 1
    assert len(neighbours) == size * (size - 1)
    assert len(set(neighbours.values())) <= 1


def test_an_even_square_needs_half_the_participants_and_rows_repeat() -> None:
    assert (row_count(6), row_count(7)) == (6, 14)
    assert square_row(6, 2) == square_row(6, 8)
    assert square_row(4, 0) == (0, 1, 3, 2)


@pytest.mark.parametrize(("own", "other"), [(4, 4), (6, 4), (5, 3), (10, 6)])
def test_two_squares_are_each_balanced_at_once_and_crossed_in_the_end(own: int, other: int) -> None:
    first = Counter(crossed_row(number, own, other) for number in range(own))
    assert set(first.values()) == {1}
    crossed = Counter((crossed_row(number, own, other), number % other) for number in range(own * other))
    assert len(crossed) == own * other
    assert set(crossed.values()) == {1}


def test_the_row_is_the_number_in_the_pseudonym() -> None:
    assert [participant_number(name) for name in ("P012", "12", "lab2_P7", "S3-b")] == [12, 12, 7, 3]
    with pytest.raises(NumberlessPseudonymError, match=r"'anna' has no number.*such as P012"):
        participant_number("anna")
