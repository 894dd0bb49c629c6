"""What was planted is found within its interval; where nothing was planted nothing is found; figures by hand."""

from dataclasses import replace

import numpy as np
import pytest

from annotate.gap.answers import Answer, TrialFacts, both_answered
from annotate.gap.confusion import LabelRule
from annotate.gap.gap import Gap, find_gap
from annotate.gap.words import Verdict, finding, not_known, verdict
from annotate.intervals import Interval
from tests.annotate.gap.made_up import MadeUp, Plan, make_up


def gap_of(made: MadeUp, least_raters: int = 1, draws: int = 400) -> Gap:
    gap = find_gap(both_answered(made.answers, made.facts, least_raters=least_raters), draws=draws)
    assert gap is not None
    return gap


def holds(interval: Interval | None, value: float) -> bool:
    assert interval is not None
    assert interval.low is not None
    assert interval.high is not None
    return interval.low <= value <= interval.high


@pytest.fixture(scope="module")
def planted() -> tuple[MadeUp, Gap]:
    made = make_up(Plan())
    return made, gap_of(made)


@pytest.fixture(scope="module")
def nothing_planted() -> Gap:
    return gap_of(make_up(Plan(neutralize=0, mask=0, seed=4)))


def test_the_planted_gap_is_found_within_its_interval(planted: tuple[MadeUp, Gap]) -> None:
    made, gap = planted
    assert verdict(gap) is Verdict.ABOVE_NOISE
    valence, arousal = made.true_shift
    assert holds(gap.overall.valence.shift, valence)
    assert holds(gap.overall.arousal.shift, arousal)
    assert gap.over_raters["valence"].low is not None
    assert gap.over_raters["valence"].low > 0


def test_what_was_hidden_is_found_as_neutralized_and_as_masked(planted: tuple[MadeUp, Gap]) -> None:
    made, gap = planted
    assert holds(gap.overall.neutralized.between, made.seen_share("neutral"))
    for rate in (gap.overall.neutralized, gap.overall.masked):
        assert rate.above is not None
        assert rate.above.low is not None
        assert rate.above.low > 0.03


def test_without_a_gap_nothing_rises_above_the_noise(nothing_planted: Gap) -> None:
    overall = nothing_planted.overall
    assert verdict(nothing_planted) is Verdict.NOT_ABOVE_NOISE
    assert holds(overall.differ.above, 0)
    assert holds(overall.distance.above, 0)
    assert overall.differ.between is not None
    assert overall.differ.between.value > 0.2  # yet one answer in four differs: that is the raters' noise
    assert "No gap above rater noise was found" in finding(nothing_planted)[0]


def test_groups_by_felt_emotion_have_no_regression_to_the_mean_in_them() -> None:
    """Averaged over studies without a gap the shift of happy trials is 0; by the very answers it is far below."""
    shifts, on_own = [], []
    for seed in range(8):
        made = make_up(Plan(neutralize=0, mask=0, slip=0.3, participants=12, seed=seed))
        shifts.append(felt_shift(gap_of(made, draws=10)))
        one_er = [a for a in made.answers if a.instrument == "FER" or a.rater == first_er(made, a.trial)]
        single = gap_of(replace(made, answers=one_er), draws=10)
        assert single.by_felt.selected_on_own
        on_own.append(felt_shift(single))
    error = np.std(shifts, ddof=1) / len(shifts) ** 0.5
    assert abs(np.mean(shifts)) < 3 * error
    assert np.mean(on_own) < -3 * error


def felt_shift(gap: Gap) -> float:
    (happy,) = [group for group in gap.by_felt.groups if group.key == "happiness"]
    assert happy.valence.shift is not None
    return happy.valence.shift.value


def first_er(made: MadeUp, trial: str) -> int:
    return next(answer.rater for answer in made.answers if answer.trial == trial and answer.instrument == "ER")


def answer(trial: str, instrument: str, rater: int, seven: str, valence: float, arousal: float) -> Answer:
    three = {"happiness": "positive", "neutral": "neutral"}.get(seven, "negative")
    return Answer(trial, instrument, rater, seven, three, valence, arousal)


BY_HAND = [
    answer("t1", "ER", 1, "sadness", -0.6, 0.0),
    answer("t1", "ER", 2, "fear", -0.6, 0.8),
    answer("t1", "FER", 3, "neutral", 0.0, 0.0),
    answer("t1", "FER", 4, "happiness", 0.6, 0.0),
    answer("t2", "ER", 1, "happiness", 0.5, 0.5),
    answer("t2", "FER", 3, "happiness", 0.5, 0.5),
]
FACTS = {"t1": TrialFacts("P1", "c1", "sadness", "sadness", "negative", -0.6, 0.0), "t2": TrialFacts("P2", "c2")}


def test_figures_by_hand() -> None:
    gap = find_gap(both_answered(BY_HAND, FACTS))
    assert gap is not None
    assert (gap.trials, gap.participants, gap.er_raters, gap.fer_raters) == (2, 2, 2, 2)
    # t1: all four pairs differ; distances 0.6, 1.2, 1.0, √(1.44 + 0.64); two ER 0.8 apart, two FER 0.6.
    assert value(gap.overall.differ.between) == pytest.approx((1 + 0) / 2)
    between = (0.6 + 1.2 + 1.0 + 2.08**0.5) / 4
    assert value(gap.overall.distance.between) == pytest.approx(between / 2)
    assert value(gap.overall.distance.noise) == pytest.approx(0.7)
    assert value(gap.overall.distance.above) == pytest.approx(between - 0.7)
    assert value(gap.overall.differ.above) == pytest.approx(0)  # in t1 the raters of one instrument differ as well
    assert gap.overall.distance.compared == 1
    assert value(gap.overall.valence.shift) == pytest.approx((0.9 + 0) / 2)
    # Of t1's felt emotion half is shown neutral, of its negative feeling half as something positive; t2 hides nothing.
    assert value(gap.overall.neutralized.between) == pytest.approx(0.5 / 2)
    assert value(gap.overall.masked.between) == pytest.approx(0.5)
    soft, majority = gap.confusions[LabelRule.SOFT], gap.confusions[LabelRule.MAJORITY]
    cells = {(cell.felt, cell.shown): cell.count for row in soft.rows for cell in row if cell.count}
    assert cells == {
        ("sadness", "neutral"): 0.25, ("sadness", "happiness"): 0.25, ("fear", "neutral"): 0.25,
        ("fear", "happiness"): 0.25, ("happiness", "happiness"): 1.0,
    }  # fmt: skip
    assert (majority.counted, majority.ties) == (1, 1)
    assert gap.self_report.trials_with_class == 1
    assert value(gap.self_report.er.same_class) == pytest.approx(0.5)
    assert value(gap.self_report.fer.same_class) == 0
    assert value(gap.self_report.er.distance) == pytest.approx(0.4)
    assert all(interval.low is None for interval in (gap.overall.differ.between, gap.overall.valence.shift) if interval)


def value(interval: Interval | None) -> float:
    assert interval is not None
    return interval.value


def test_answers_about_nothing_and_trials_of_one_instrument_are_left_out_and_counted() -> None:
    unusable = answer("t2", "FER", 4, "anger", -1, 1)._replace(flags=frozenset({"no face"}))
    unsure = answer("t2", "FER", 5, "happiness", 0.5, 0.5)._replace(flags=frozenset({"unsure"}))
    only = [answer("t3", "ER", 1, "fear", 0, 0), answer("t4", "FER", 3, "fear", 0, 0)]
    facts = FACTS | {"t3": TrialFacts("P1", "c1"), "t4": TrialFacts("P1", "c2")}
    both = both_answered([*BY_HAND, unusable, unsure, *only], facts)
    assert both.trials == ("t1", "t2")
    left = both.left_out
    assert (left.unusable_answers, left.only_er, left.only_fer, left.too_few_raters) == (1, 1, 1, 0)
    two = both_answered([*BY_HAND, unsure], FACTS, least_raters=2)
    assert two.trials == ("t1",)
    assert two.left_out.too_few_raters == 1


def test_no_trial_is_no_gap() -> None:
    assert find_gap(both_answered(BY_HAND[:2], FACTS)) is None


def test_one_rater_each_says_that_the_noise_is_not_known() -> None:
    gap = gap_of(make_up(Plan(raters=1, pool=2)))
    assert verdict(gap) is Verdict.UNKNOWN
    assert gap.overall.differ.noise is None
    assert finding(gap)[0].startswith("Whether ER and FER differ")  # it may be that they do not at all
    notes = " ".join(not_known(gap))
    assert "one rater cannot disagree" in notes
    assert "regression to the mean" in notes
    assert "2 people rated ER and 2 FER" in notes


def test_raters_who_lean_are_not_taken_for_a_gap_when_raters_are_a_sample_too() -> None:
    """With few raters who lean, the shift of valence is theirs: over participants it looks sure, over raters not."""
    sure, sure_over_raters = 0, 0
    for seed in range(6):
        made = make_up(Plan(neutralize=0, mask=0, leaning=0.2, pool=4, participants=16, clips=7, seed=seed))
        gap = gap_of(made, draws=200)
        sure += not holds(gap.overall.valence.shift, 0)
        over = gap.over_raters["valence"]
        assert over.low is not None
        assert over.high is not None
        sure_over_raters += not over.low <= 0 <= over.high
    assert sure >= 3
    assert sure_over_raters <= 1


def test_clips_participants_and_emotions_each_have_their_own_figures(planted: tuple[MadeUp, Gap]) -> None:
    made, gap = planted
    assert [group.key for group in gap.by_participant] == sorted({fact.participant for fact in made.facts.values()})
    assert len(gap.by_stimulus) == 14
    assert sum(group.trials for group in gap.by_stimulus) == gap.trials == sum(g.trials for g in gap.by_participant)
    one = gap.by_stimulus[0]
    alone = gap_of(
        replace(made, answers=[a for a in made.answers if made.facts[a.trial].stimulus == one.key]), draws=400
    )
    assert value(one.differ.above) == pytest.approx(value(alone.overall.differ.above))
    assert one.valence.shift is not None
    assert alone.overall.valence.shift is not None  # the same people, so the same draws
    assert one.valence.shift.low == pytest.approx(alone.overall.valence.shift.low)
    by_clip = {group.key: group for group in gap.by_clip_emotion}
    assert value(by_clip["neutral"].differ.above) < value(by_clip["sadness"].differ.above)
