"""The trials behind a figure, page by page."""

from dataclasses import dataclass

import numpy as np
from fastapi import HTTPException

from annotate.gap.answers import Floats, Ints
from annotate.gap.confusion import LabelRule
from annotate.gap.gap import Gap
from annotate.scales import EMOTIONS
from server.gap.choosing import Chosen, weights_of
from server.gap.keeping import FoundGap

PAGE = 50
_DIGITS = 6


@dataclass(frozen=True)
class GapTrial:
    """One trial. `felt` and `shown`: classes with how many raters named them, most first; `said` the self-report's.

    `weight`: how much of the trial is in what was asked for (1: all of it). `distance`: the mean between an ER and an
    FER answer, `noise`: between two raters of one instrument, null where not known.
    """

    id: str
    participant: str
    participant_id: int
    clip: str
    stimulus_id: int
    study: str
    origin: str
    clip_emotion: str | None
    felt: list[tuple[str, int]]
    shown: list[tuple[str, int]]
    said: str | None
    felt_valence: float
    felt_arousal: float
    valence_shift: float
    arousal_shift: float
    distance: float
    noise: float | None
    weight: float


@dataclass(frozen=True)
class GapTrials:
    """The heaviest and widest first. `next`: `after` of the next page, null on the last."""

    total: int
    trials: list[GapTrial]
    next: str | None


def list_trials(found: FoundGap, which: Chosen, label: LabelRule, after: str | None = None) -> GapTrials:
    """Fifty trials after the key `after`. Raises 422 for a key that no page gave."""
    gap = found.gap
    if gap is None:
        return GapTrials(0, [], None)
    weight = weights_of(gap, which, label).round(_DIGITS)
    distance = gap.measures.distance.between.round(_DIGITS)
    inside = np.flatnonzero(weight > 0)
    # Trials are in the order of their ids already, which breaks ties.
    order = inside[np.lexsort((inside, -distance[inside], -weight[inside]))]
    start = _place_after(gap, order, weight, distance, after) if after else 0
    shown = order[start : start + PAGE]
    more = start + PAGE < len(order)
    return GapTrials(
        total=len(order),
        trials=[_trial(found, gap, int(row), float(weight[row])) for row in shown],
        next=_key(gap, int(shown[-1]), weight, distance) if more else None,
    )


def _key(gap: Gap, row: int, weight: Floats, distance: Floats) -> str:
    return f"{weight[row]:.{_DIGITS}f}:{distance[row]:.{_DIGITS}f}:{gap.both.trials[row]}"


def _place_after(gap: Gap, order: Ints, weight: Floats, distance: Floats, after: str) -> int:
    try:
        of_weight, of_distance, trial = after.split(":")
        key = (-float(of_weight), -float(of_distance), trial)
    except ValueError:
        raise HTTPException(422, "after: expected the `next` of the page before; begin again without it") from None
    for place, row in enumerate(order.tolist()):
        if (-weight[row], -distance[row], gap.both.trials[row]) > key:
            return place
    return len(order)


def _trial(found: FoundGap, gap: Gap, row: int, weight: float) -> GapTrial:
    both, m, trial = gap.both, gap.measures, gap.both.trials[row]
    participant, stimulus = both.participants[both.participant[row]], both.stimuli[both.stimulus[row]]
    (pseudonym, study), (clip, _study) = found.names.participants[participant], found.names.stimuli[stimulus]
    noise = float(m.distance.noise[row])
    return GapTrial(
        id=trial,
        participant=pseudonym,
        participant_id=int(participant),
        clip=clip,
        stimulus_id=int(stimulus),
        study=study,
        origin=found.names.origins[trial],
        clip_emotion=_emotion(int(both.clip_emotion[row])),
        felt=_named(m.er_seven[row], int(both.er.raters[row])),
        shown=_named(m.fer_seven[row], int(both.fer.raters[row])),
        said=_emotion(int(both.said_seven[row])),
        felt_valence=float(m.felt[row, 0]),
        felt_arousal=float(m.felt[row, 1]),
        valence_shift=float(m.shift[row, 0]),
        arousal_shift=float(m.shift[row, 1]),
        distance=float(m.distance.between[row]),
        noise=noise if np.isfinite(noise) else None,
        weight=weight,
    )


def _named(shares: Floats, raters: int) -> list[tuple[str, int]]:
    counts = [(emotion.value, round(share * raters)) for emotion, share in zip(EMOTIONS, shares.tolist(), strict=True)]
    return sorted((one for one in counts if one[1]), key=lambda one: -one[1])


def _emotion(place: int) -> str | None:
    return EMOTIONS[place].value if place >= 0 else None
