"""How far raters follow a model's label once they have seen it: the acceptance bias.

Every answer is given blind. At places drawn at random ('reveal') the model's label is shown after it, and the answer
may be changed; at the others ('blind') it never is. The draw makes both kinds of places alike, so

    acceptance bias = share of final answers that name the model's class, where it was shown
                    - share of answers that name it, where it never was

is what seeing the label does, and 0 if raters are not moved. Beside it stands what moved: of the answers that differed
from the model's, the share that became it (`moved_to`), of those that agreed, the share that left it (`moved_away`);
and for valence and arousal the pull  Σ (final - first)(model - first) / Σ (model - first)²:  0 stays, 1 takes the
model's place. `balance` is the difference of both kinds of places *before* anything was shown: its interval should
hold 0.

A model that is right is followed for good reason too: `moved_against` counts, of the answers that became the model's,
those that left the class of most other raters for it. The word is of Tversky and Kahneman (1974, Science 185,
1124-1131); that people over-trust what a program proposes is called automation bias.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.intervals import Interval
from annotate.resampling import Drawn, LeavingOut, Resampling, one_interval

Floats = NDArray[np.float64]


class Label(NamedTuple):
    """A class, counted from 0, and a place."""

    seven: int
    valence: float
    arousal: float


class Place(NamedTuple):
    """One place that was answered, of which the model has said something (shown or not).

    `revealed`: the model's label was shown after `first`. `others`: the class of most other raters, -1 where there is
    none. Where nothing was shown `final` is `first`.
    """

    rater: int
    participant: str
    revealed: bool
    first: Label
    final: Label
    model: Label
    others: int = -1


@dataclass(frozen=True)
class Anchoring:
    """Shares with intervals; None where there is no such place. `reveals` and `blind` count places."""

    reveals: int
    blind: int
    agree_blind: Interval | None
    agree_first: Interval | None
    agree_final: Interval | None
    acceptance_bias: Interval | None
    balance: Interval | None
    moved_to: Interval | None
    moved_away: Interval | None
    moved_against: Interval | None
    valence_pull: Interval | None
    arousal_pull: Interval | None


def anchoring_by_rater(places: Sequence[Place], *, draws: int = 1000, seed: int = 0) -> dict[int, Anchoring]:
    """For each rater, with intervals over participants."""
    mine: dict[int, list[Place]] = {}
    for place in places:
        mine.setdefault(place.rater, []).append(place)
    found = {}
    for rater, own in sorted(mine.items()):
        cluster, people = _coded([place.participant for place in own])
        found[rater] = _anchoring(own, Resampling(cluster, people, draws=draws, seed=seed))
    return found


def anchoring_overall(places: Sequence[Place]) -> Anchoring:
    """Of all raters, with intervals over raters (jackknife): how far other raters would move it."""
    return _anchoring(places, LeavingOut(*_coded([place.rater for place in places])))


def _coded(names: Sequence[str] | Sequence[int]) -> tuple[NDArray[np.int64], int]:
    known, codes = np.unique(np.asarray(names), return_inverse=True)
    return codes.astype(np.int64), len(known)


def _anchoring(places: Sequence[Place], resampling: Resampling) -> Anchoring:
    shown = np.array([place.revealed for place in places], dtype=np.float64)
    first, final, model = (
        np.array([getattr(place, which) for place in places], dtype=np.float64).reshape(-1, 3)
        for which in ("first", "final", "model")
    )
    others = np.array([place.others for place in places], dtype=np.float64)
    agreed = (first[:, 0] == model[:, 0]).astype(np.float64)
    agrees = (final[:, 0] == model[:, 0]).astype(np.float64)
    moved = shown * (1 - agreed) * agrees

    def share(of: Floats, among: Floats) -> Drawn:
        return resampling.ratios((of * among)[:, None], among[:, None])

    def pull(column: int) -> Interval | None:
        wanted, done = model[:, column] - first[:, column], final[:, column] - first[:, column]
        return one_interval(resampling.ratios((shown * done * wanted)[:, None], (shown * wanted**2)[:, None]))

    blind, before, after = share(agreed, 1 - shown), share(agreed, shown), share(agrees, shown)
    return Anchoring(
        reveals=int(shown.sum()),
        blind=int(len(places) - shown.sum()),
        agree_blind=one_interval(blind),
        agree_first=one_interval(before),
        agree_final=one_interval(after),
        acceptance_bias=one_interval(after - blind),
        balance=one_interval(before - blind),
        moved_to=one_interval(share(agrees, shown * (1 - agreed))),
        moved_away=one_interval(share(1 - agrees, shown * agreed)),
        moved_against=one_interval(share((first[:, 0] == others).astype(np.float64), moved * (others >= 0))),
        valence_pull=pull(1),
        arousal_pull=pull(2),
    )
