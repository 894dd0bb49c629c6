"""How raters did on a trial whose answer is known."""

from annotate.difficulty import difficulty
from annotate.scales import Emotion, Vote


def vote(seven: str, valence: float = -0.5) -> Vote:
    return Vote.model_validate(
        {"instrument": "ER", "seven": seven, "three": "negative", "valence": valence, "arousal": 0.0}
    )


RIGHT = vote("disgust")


def test_nothing_is_said_without_answers() -> None:
    none = difficulty([], RIGHT)
    assert (none.answers, none.right_share, none.mean_score, none.too_hard) == (0, None, None, False)


def test_mistakes_are_counted_and_scores_averaged() -> None:
    found = difficulty([vote("disgust"), vote("anger"), vote("anger"), vote("fear", 0.5)], RIGHT)
    assert found.right_share == 0.25
    assert found.mistakes == ((Emotion.ANGER, 2), (Emotion.FEAR, 1))
    assert found.mean_score == (1.0 + 0.5 + 0.5 + 0.35) / 4  # without the class 0.5; without valence 0.15 less
    assert found.too_hard


def test_a_trial_is_too_hard_from_three_answers_on_of_which_fewer_than_half_are_right() -> None:
    wrong, right = vote("anger"), RIGHT
    assert not difficulty([wrong, wrong], RIGHT).too_hard
    assert difficulty([wrong, wrong, right], RIGHT).too_hard
    assert not difficulty([wrong, wrong, right, right], RIGHT).too_hard
