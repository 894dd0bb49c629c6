from typing import Any

import pytest

from annotate.aggregation.cast import Cast
from annotate.aggregation.majority import majority_label
from annotate.scales import Emotion, Flag, Instrument, Polarity
from annotate.snapshot.canonical import checked_row
from tests.annotate.rows import trial_id, vote

ER, FER = Instrument.ER, Instrument.FER


def test_majority_wins_and_shares_are_kept() -> None:
    row = majority_label(
        trial_id(1),
        FER,
        [
            Cast(vote(FER, Emotion.HAPPINESS, three=Polarity.POSITIVE, valence=1.0, intensity=3.0)),
            Cast(vote(FER, Emotion.HAPPINESS, three=Polarity.POSITIVE, valence=0.5, intensity=2.0), prelabel_seen=True),
            Cast(vote(FER, Emotion.NEUTRAL, three=Polarity.POSITIVE, valence=0.0, intensity=1.0)),
        ],
    )
    assert row is not None
    assert (row["seven"], row["three"], row["raters"], row["prelabel_seen"]) == ("happiness", "positive", 3, 1)
    assert row["seven_happiness"] == pytest.approx(2 / 3)
    assert row["agreement"] == pytest.approx(2 / 3)
    assert (row["valence"], row["intensity"]) == (0.5, 2.0)
    checked_row("labels", row, "the row fits the snapshot's format")


def test_a_tie_stays_open() -> None:
    row = majority_label(trial_id(1), ER, [Cast(vote(ER, Emotion.FEAR)), Cast(vote(ER, Emotion.SADNESS))])
    assert row is not None
    assert row["seven"] is None
    assert row["three"] == "negative"


def test_a_vote_that_saw_no_face_says_nothing() -> None:
    blind = Cast(vote(FER, Emotion.NEUTRAL, flags=(Flag.NO_FACE,)))
    seen = Cast(vote(FER, Emotion.ANGER, flags=(Flag.UNSURE,)))
    assert majority_label(trial_id(1), FER, [blind]) is None
    row = majority_label(trial_id(1), FER, [blind, seen])
    assert row is not None
    assert (row["seven"], row["raters"]) == ("anger", 1)


def test_too_few_raters_make_no_label() -> None:
    assert majority_label(trial_id(1), ER, [Cast(vote(ER))], min_raters=2) is None


def test_the_two_instruments_are_never_pooled() -> None:
    with pytest.raises(ValueError, match="never pooled"):
        majority_label(trial_id(1), ER, [Cast(vote(ER)), Cast(vote(FER))])


@pytest.mark.parametrize("changes", [{"intensity": None}, {"valence": 1.01}, {"seven": "joy"}, {"colour": "red"}])
def test_an_answer_outside_the_scales_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        vote(FER, **changes)
