"""No two neighbouring trials of one emotion, as far as the clips allow it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

#: What a clip elicits; None is like nothing else, not even like another None.
Kind = str | None


@dataclass(frozen=True)
class Stretch:
    """Clips that come one after the other, with their kinds. `free`: they may change places among themselves."""

    clips: tuple[str, ...]
    kinds: tuple[Kind, ...]
    free: bool


def keep_apart(stretches: Sequence[Stretch]) -> tuple[tuple[str, ...], ...]:
    """The clips of each stretch in an order in which as few neighbours as possible are of one kind.

    Neighbours across the borders of stretches count as well. Of the orders that are best in this sense it is the one
    that keeps the clips of each free stretch as nearly as they were given: each place takes the first clip of those
    left that still allows the best.
    """
    fewest = _Fewest(stretches)
    last: Kind = None
    ordered = []
    for index, stretch in enumerate(stretches):
        left = list(zip(stretch.clips, stretch.kinds, strict=True))
        taken = []
        while left:
            choice = fewest.first_choice(index, left, last) if stretch.free else left[0]
            left.remove(choice)
            taken.append(choice[0])
            last = choice[1]
        ordered.append(tuple(taken))
    return tuple(ordered)


def meetings(kinds: Sequence[Kind]) -> int:
    """How often two neighbours are of one kind."""
    return sum(map(_meet, kinds, kinds[1:]))


class _Fewest:
    """How few meetings are possible from some point on."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._stretches = stretches
        self._from = lru_cache(maxsize=None)(self._count_from)

    def first_choice(self, index: int, left: Sequence[tuple[str, Kind]], last: Kind) -> tuple[str, Kind]:
        """The first clip of those `left` in stretch `index` after which there are no more meetings than there must."""
        counts = Counter(kind for _, kind in left)
        candidates: dict[Kind, tuple[str, Kind]] = {}
        for clip in left:
            candidates.setdefault(clip[1], clip)

        def meetings_after(kind: Kind) -> int:
            return _meet(last, kind) + self._with_rest(kind, counts - Counter([kind]), index + 1)

        return candidates[min(candidates, key=meetings_after)]

    def _count_from(self, index: int, last: Kind) -> int:
        if index == len(self._stretches):
            return 0
        stretch = self._stretches[index]
        if stretch.free:
            return self._with_rest(last, Counter(stretch.kinds), index + 1)
        kinds = (last, *stretch.kinds)
        return meetings(kinds) + int(self._from(index + 1, kinds[-1]))

    def _with_rest(self, last: Kind, counts: Counter[Kind], following: int) -> int:
        """`counts` are to be placed after `last`, and then the stretches from `following` on."""
        if not counts.total():
            return int(self._from(following, last))
        best = counts.total() + 1 + sum(len(stretch.clips) for stretch in self._stretches[following:])
        for final in [kind for kind, count in counts.items() if count]:
            between = counts - Counter([final])
            best = min(best, _between(last, between, final) + int(self._from(following, final)))
        return best


def _between(first: Kind, counts: Counter[Kind], final: Kind) -> int:
    """The fewest meetings of all orders of `counts` between two kinds that stay where they are.

    Clips of one kind, and the ends if they are of it, are kept apart by the others, which leave one gap more than they
    are; what does not fit into the gaps meets. At most one kind can be so frequent, and the others can then be told
    apart as well.
    """
    total = counts.total()
    crowded = [
        2 * counts[kind] + (kind == first) + (kind == final) - total - 1
        for kind in {*counts, first, final}
        if kind is not None
    ]
    return max([0, *crowded])


def _meet(one: Kind, other: Kind) -> int:
    return int(one is not None and one == other)
