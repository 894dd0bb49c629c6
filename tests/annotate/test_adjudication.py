"""When an expert should look, with every threshold on both of its sides."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.adjudication import AGREED, Reason, judge, lettered, letters, mean_distance
from annotate.scales import EMOTIONS, POLARITIES, Flag, Vote


def vote(seven: str = "fear", valence: float = 0.0, arousal: float = 0.0, *flags: str, **more: Any) -> Vote:
    values = {"instrument": "ER", "seven": seven, "three": "negative", "valence": valence, "arousal": arousal}
    return Vote.model_validate(values | {"flags": flags} | more)


def reasons(*votes: Vote) -> tuple[Reason, ...]:
    return judge(votes).reasons


@pytest.mark.parametrize(
    ("sevens", "expected"),
    [
        ("fear", ()),  # one answer is no disagreement
        ("fear fear", ()),
        ("fear anger", (Reason.TIE, Reason.CLASS)),
        ("fear fear anger", (Reason.CLASS,)),  # 0.918 bits
        ("fear fear fear anger", ()),  # 0.811 bits
        ("fear fear anger anger", (Reason.TIE, Reason.CLASS)),
        ("fear fear fear fear anger", ()),  # 0.722 bits
        ("fear fear fear anger anger", (Reason.CLASS,)),  # 0.971 bits
        ("fear fear anger anger disgust", (Reason.TIE, Reason.CLASS)),
    ],
)
def test_classes_that_differ(sevens: str, expected: tuple[Reason, ...]) -> None:
    assert reasons(*(vote(seven) for seven in sevens.split())) == expected


@pytest.mark.parametrize(("axis", "reason"), [("valence", Reason.VALENCE), ("arousal", Reason.AROUSAL)])
def test_numbers_that_lie_apart(axis: str, reason: Reason) -> None:
    def at(place: float) -> Vote:
        return vote().model_copy(update={axis: place})

    assert reasons(at(-0.3), at(0.3)) == (reason,)
    assert reasons(at(-0.29), at(0.3)) == ()
    # One of three apart: two of the three pairs are 0.9 apart, so the mean is 0.6.
    assert reasons(vote(), vote(), at(0.9)) == (reason,)
    assert reasons(vote(), vote(), at(0.89)) == ()


def test_flags_that_contradict_and_raters_who_are_unsure() -> None:
    assert reasons(vote(), vote(), vote("fear", 0, 0, "no face")) == (Reason.FLAGS,)
    assert reasons(vote("fear", 0, 0, "unusable"), vote("anger", 1, 1, "no face")) == ()  # none saw anything to rate
    assert reasons(vote(), vote("fear", 0, 0, "occluded")) == ()
    assert reasons(vote(), vote("fear", 0, 0, "unsure")) == (Reason.UNSURE,)
    assert reasons(vote(), vote(), vote("fear", 0, 0, "unsure")) == ()


def test_whoever_saw_no_face_says_nothing_of_emotion() -> None:
    assert reasons(vote(), vote(), vote("happiness", 1, 1, "no face")) == (Reason.FLAGS,)


def test_the_score_of_a_worked_example() -> None:
    # Three classes of three answers: 0.5; valences 0, 0, 0.9: 0.2 · 0.6 / 2.
    judged = judge([vote("fear"), vote("anger"), vote("disgust", 0.9)])
    assert judged.score == pytest.approx(0.5 + 0.06)
    assert judge([vote("fear", 0.2), vote("fear", 0.1)]) == AGREED  # 0 where nobody need look
    assert judge([vote(), vote("fear", 0, 0, "no face")]).score == pytest.approx(0.2)


ANSWERS = st.builds(
    vote,
    st.sampled_from(EMOTIONS),
    st.floats(-1, 1),
    st.floats(-1, 1),
    three=st.sampled_from(POLARITIES),
    flags=st.sets(st.sampled_from(list(Flag)), max_size=2).map(tuple),
)


@given(st.lists(ANSWERS, max_size=9), st.randoms(use_true_random=False))
def test_the_score_is_a_share_and_the_order_of_raters_is_nothing(answers: list[Vote], random: Any) -> None:
    judged = judge(answers)
    assert 0 <= judged.score <= 1
    assert judged.reasons or judged.score == 0
    shuffled = list(answers)
    random.shuffle(shuffled)
    again = judge(shuffled)
    assert again.reasons == judged.reasons
    assert again.score == pytest.approx(judged.score)


def test_letters_stay_for_one_adjudicator_and_differ_for_another() -> None:
    raters = [11, 12, 13, 14]
    mine = lettered(raters, 1, "trial/ER")
    assert sorted(mine.values()) == ["A", "B", "C", "D"]
    assert lettered(reversed(raters), 1, "trial/ER") == mine
    orders = {tuple(map(lettered(raters, adjudicator, "trial/ER").get, raters)) for adjudicator in range(40)}
    assert len(orders) > 10  # of 24
    assert {lettered(raters, 1, f"{i}/ER")[11] for i in range(40)} == {"A", "B", "C", "D"}  # no letter is a person
    assert [letters(place) for place in (0, 25, 26, 52)] == ["A", "Z", "AA", "BA"]


def test_mean_distance_by_hand() -> None:
    assert mean_distance([]) == mean_distance([0.4]) == 0
    assert mean_distance([-1, 0, 1]) == pytest.approx((1 + 1 + 2) / 3)
