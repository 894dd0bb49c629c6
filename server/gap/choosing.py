"""Which trials stand behind a figure: of a cell of the matrix, of a clip, of a participant, hidden in some way."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from fastapi import Depends, Query

from annotate.gap.answers import Floats, Ints
from annotate.gap.confusion import LabelRule
from annotate.gap.gap import Gap
from annotate.gap.terms import TERMS, Kind
from annotate.scales import EMOTIONS, Emotion
from server.gap.keeping import FoundGap


@dataclass(frozen=True)
class Chosen:
    """Which trials: all that is given must hold. `participant` and `stimulus` are the database's numbers."""

    felt: Emotion | None = None
    shown: Emotion | None = None
    clip_emotion: Emotion | None = None
    participant: int | None = None
    stimulus: int | None = None
    kind: Kind | None = None
    said: Literal["same", "other"] | None = None


def chosen(
    felt: Annotated[Emotion | None, Query(description="an ER rater said so; with label=majority, most of them")] = None,
    shown: Annotated[Emotion | None, Query(description="as felt, of FER")] = None,
    clip_emotion: Annotated[Emotion | None, Query(description="what the clip is meant to elicit")] = None,
    participant: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    stimulus: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    kind: Annotated[
        Kind | None, Query(description="neutralized: felt, but shown neutral; masked: negative, but shown positive")
    ] = None,
    said: Annotated[
        Literal["same", "other"] | None, Query(description="whether ER raters named the participant's own class")
    ] = None,
) -> Chosen:
    return Chosen(felt, shown, clip_emotion, participant, stimulus, kind, said)


ChosenOf = Annotated[Chosen, Depends(chosen)]


def weights_of(gap: Gap, which: Chosen, label: LabelRule) -> Floats:
    """(T): how much of each trial is what was asked for, 0 to 1."""
    m, both = gap.measures, gap.both
    weight = np.ones(gap.trials)
    for emotion, shares, majority in (
        (which.felt, m.er_seven, m.er_majority),
        (which.shown, m.fer_seven, m.fer_majority),
    ):
        if emotion is not None:
            place = EMOTIONS.index(emotion)
            weight = weight * (shares[:, place] if label is LabelRule.SOFT else majority == place)
    if which.clip_emotion is not None:
        weight = weight * (both.clip_emotion == EMOTIONS.index(which.clip_emotion))
    if which.participant is not None:
        weight = weight * _is(both.participants, both.participant, which.participant)
    if which.stimulus is not None:
        weight = weight * _is(both.stimuli, both.stimulus, which.stimulus)
    if which.kind is not None:
        shows = {
            Kind.OTHER: m.differ.between, Kind.NEUTRALIZED: m.neutralized.numerator, Kind.MASKED: m.masked.numerator
        }  # fmt: skip
        weight = weight * shows[which.kind]
    if which.said is not None:
        known = both.said_seven >= 0
        same = m.er_seven[np.arange(gap.trials), both.said_seven]
        weight = weight * np.where(known, same if which.said == "same" else 1 - same, 0.0)
    return weight


def _is(keys: tuple[str, ...], places: Ints, wanted: int) -> Floats:
    place = keys.index(str(wanted)) if str(wanted) in keys else -1
    return (places == place).astype(np.float64)


def in_words(found: FoundGap, which: Chosen, label: LabelRule) -> str:
    """Which trials these are, as a heading says it."""
    parts: list[str] = []
    by = "most ER raters" if label is LabelRule.MAJORITY else "an ER rater"
    by_fer = "most FER raters" if label is LabelRule.MAJORITY else "an FER rater"
    if which.felt:
        parts.append(f"felt as {which.felt} by {by}")
    if which.shown:
        parts.append(f"shown as {which.shown} to {by_fer}")
    if which.clip_emotion:
        parts.append(f"with a clip for {which.clip_emotion}")
    if which.participant is not None:
        parts.append(
            f"of participant {found.names.participants.get(str(which.participant), ('that is not here', ''))[0]}"
        )
    if which.stimulus is not None:
        parts.append(f"of clip {found.names.stimuli.get(str(which.stimulus), ('that is not here', ''))[0]}")
    if which.kind:
        parts.append(f"that count as “{TERMS[which.kind].name.lower()}”")
    if which.said:
        parts.append(
            "in which an ER rater " + ("agrees" if which.said == "same" else "disagrees") + " with the self-report"
        )
    return "Trials " + ", ".join(parts) if parts else "All trials"
