"""Small true rows of the snapshot's tables, written by hand."""

from typing import Any

from annotate.aggregation.cast import Cast
from annotate.aggregation.majority import majority_label
from annotate.scales import Emotion, Instrument, Polarity, Vote

CREATED_UTC = "2026-01-05T03:00:00Z"


def trial_id(number: int) -> str:
    return f"{number:032x}"


def trial_row(number: int, participant: str, fold: int, **changes: Any) -> dict[str, Any]:
    row = {
        "trial": trial_id(number),
        "participant": participant,
        "study": "example",
        "session": "0" * 31 + "1",
        "position": number,
        "origin": "simulated",
        "clip": "sadness-1",
        "clip_emotion": "sadness",
        "duration_ms": 8000.0,
        "fold": fold,
        "face_sha256": "a" * 64,
        "face_offset_ms": -233.0,
        "gaze_sha256": "b" * 64,
        "eye_events_sha256": None,
        "clip_sha256": None,
        "screen_width_px": 1280,
        "screen_height_px": 720,
    }
    return row | changes


def vote(instrument: Instrument, seven: Emotion = Emotion.SADNESS, **changes: Any) -> Vote:
    answer: dict[str, Any] = {
        "instrument": instrument,
        "seven": seven,
        "three": Polarity.NEGATIVE,
        "valence": -0.5,
        "arousal": 0.25,
        "intensity": 1.5 if instrument is Instrument.FER else None,
    }
    return Vote.model_validate(answer | changes)


def vote_row(trial: int, rater: str, cast: Vote) -> dict[str, Any]:
    return {
        "trial": trial_id(trial),
        "rater": rater,
        **cast.model_dump(mode="json", exclude={"flags"}),
        "flags": ",".join(cast.flags),
        "prelabel_seen": False,
    }


def example_tables() -> dict[str, list[dict[str, Any]]]:
    """Two participants, three trials, the first of them rated by two people as a smile over sadness."""
    felt = [vote(Instrument.ER), vote(Instrument.ER, valence=-0.75)]
    shown = [
        vote(Instrument.FER, Emotion.HAPPINESS, three=Polarity.POSITIVE, valence=0.5),
        vote(Instrument.FER, Emotion.NEUTRAL, three=Polarity.NEUTRAL, valence=0.0, intensity=0.0),
    ]
    labels = [
        majority_label(trial_id(1), instrument, [Cast(one) for one in votes])
        for instrument, votes in ((Instrument.ER, felt), (Instrument.FER, shown))
    ]
    return {
        "trials": [
            trial_row(1, "P01", 0),
            trial_row(2, "P01", 0, face_sha256=None, face_offset_ms=None),
            trial_row(3, "P02", 1),
        ],
        "labels": [row for row in labels if row is not None],
        "votes": [
            vote_row(1, rater, one) for votes in (felt, shown) for rater, one in zip(("r1", "r2"), votes, strict=True)
        ],
        "self_reports": [
            {"trial": trial_id(1), "seven": "sadness", "three": "negative", "valence": -0.75, "arousal": None}
        ],
    }
