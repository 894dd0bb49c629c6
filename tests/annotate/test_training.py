"""The score of a training answer, by hand, and who is qualified."""

from typing import Any

import pytest

from annotate.scales import Emotion, Polarity, Vote
from annotate.training import is_qualified, score

RIGHT: dict[str, Any] = {
    "instrument": "FER",
    "seven": Emotion.FEAR,
    "three": Polarity.NEGATIVE,
    "valence": -0.4,
    "arousal": 0.6,
    "intensity": 2.0,
}


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ({}, 1.0),
        ({"seven": "anger"}, 0.5),
        ({"three": "neutral"}, 0.8),
        ({"valence": 0.1}, 1.0),  # 0.5 away is near, whatever floats make of it
        ({"valence": 0.11}, 0.85),
        ({"arousal": 0.1}, 1.0),
        ({"arousal": 0.05}, 0.85),
        ({"intensity": 0.0}, 1.0),  # told, not scored
        ({"seven": "happiness", "three": "positive", "valence": 1.0, "arousal": -1.0}, 0.0),
    ],
)
def test_a_score_is_the_sum_of_what_is_right(said: dict[str, Any], points: float) -> None:
    assert score(Vote.model_validate(RIGHT | said), Vote.model_validate(RIGHT)) == points


@pytest.mark.parametrize(
    ("scores", "of", "qualified"),
    [
        ([], 0, None),
        ([1.0], 2, None),  # not before all are answered, however well
        ([1.0, 0.6], 2, True),
        ([1.0, 0.59], 2, False),
        ([0.8, 0.8, 0.8], 3, True),  # 0.8 is reached, whatever floats make of the mean
    ],
)
def test_the_mean_over_the_whole_set_decides(scores: list[float], of: int, qualified: bool | None) -> None:
    assert is_qualified(scores, of, 0.8) is qualified
