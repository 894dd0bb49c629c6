"""Balanced Latin squares: over all rows each thing stands at each place, and follows each other thing, equally often.

Williams (1949), Experimental designs balanced for the estimation of residual effects of treatments, Australian Journal
of Scientific Research A 2, 149-168. An even number of things needs as many rows; an odd number needs twice as many, the
square and its mirror.
"""

import math
import re

from collect.plan.errors import NumberlessPseudonymError


def row_count(size: int) -> int:
    """How many rows, and so participants, make a balanced square of `size` things."""
    if size < 2:
        return 1
    return size if size % 2 == 0 else 2 * size


def square_row(size: int, row: int) -> tuple[int, ...]:
    """The row of that number (from 0, any integer: rows repeat) as places 0 … size - 1 in their order."""
    row %= row_count(size)
    ordered = tuple((_first_row(size, place) + row) % size for place in range(size))
    return ordered if row < size else ordered[::-1]


def participant_number(participant: str) -> int:
    """The last number in a pseudonym: 12 for P012 and for lab2_P012. Raises NumberlessPseudonymError."""
    numbers = re.findall(r"[0-9]+", participant)
    if not numbers:
        raise NumberlessPseudonymError(
            f"The pseudonym '{participant}' has no number, and this study's order is a Latin square whose row is "
            "chosen by it. Give a pseudonym with the participant's number, such as P012."
        )
    return int(numbers[-1])


def crossed_row(participant: int, own: int, other: int) -> int:
    """The row of a square with `own` rows, for the participant of that number from 0, beside one of `other` rows.

    The other square takes row `participant` of its own. Taking the same here would tie the two together where their
    sizes share a factor: block A would always come first with the same order of clips. Shifted by one after each
    least common multiple, both are balanced as soon as each can be, and crossed after own x other participants.
    """
    shift = participant // math.lcm(own, other) % math.gcd(own, other)
    return (participant + shift) % own


def _first_row(size: int, place: int) -> int:
    """0, 1, size - 1, 2, size - 2, …: neighbours differ by each amount once."""
    return (place + 1) // 2 if place % 2 else (size - place // 2) % size
