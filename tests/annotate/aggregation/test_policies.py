"""What every policy keeps to, and what each is for."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from annotate.aggregation.cast import Cast, Question
from annotate.aggregation.policies import UnknownPolicyError, decisions_counted, labels, policy_named
from annotate.scales import EMOTIONS, Emotion, Flag, Instrument, Polarity
from annotate.snapshot.canonical import checked_row
from annotate.snapshot.format import POLICIES, FoldPlan, LabelPolicy, SnapshotFilters
from annotate.snapshot.store import write_snapshot
from tests.annotate.aggregation.planted import mixing, planted_votes, steady
from tests.annotate.rows import CREATED_UTC, example_tables, trial_id, vote
from tests.annotate.test_snapshot import GOLDEN_ID

ER, FER = Instrument.ER, Instrument.FER
EVERY = [policy_named(f"{name}-v{version}") for name, version in POLICIES]
DECIDING = [policy for policy in EVERY if policy.full_name != "majority-soft-v1"]
by_name = pytest.mark.parametrize("policy", EVERY, ids=lambda policy: policy.full_name)


def example_votes() -> dict[Question, list[Cast]]:
    """The votes of the golden snapshot."""
    from annotate.scales import Vote

    found: dict[Question, list[Cast]] = {}
    for row in example_tables()["votes"]:
        answer = {name: row[name] for name in ("instrument", "seven", "three", "valence", "arousal", "intensity")}
        question = (row["trial"], Instrument(row["instrument"]))
        found.setdefault(question, []).append(Cast(Vote.model_validate(answer), rater=row["rater"]))
    return found


def by_question(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["trial"], row["instrument"]): row for row in rows}


def test_the_first_version_still_names_the_golden_snapshot(tmp_path: Path) -> None:
    policy = policy_named("majority-soft-v1")
    header = write_snapshot(
        tmp_path,
        example_tables() | {"labels": labels(policy, example_votes(), {})},
        policy=policy,
        filters=SnapshotFilters(origins=("simulated",)),
        folds=FoldPlan(k=2, seed=7),
        software={},
        created_utc=CREATED_UTC,
    )
    assert header.id == GOLDEN_ID


answers = st.builds(
    lambda seven, three, valence, arousal, intensity, flags: {
        "seven": seven, "three": three, "valence": valence, "arousal": arousal, "intensity": intensity,
        "flags": flags,
    },
    st.sampled_from(EMOTIONS),
    st.sampled_from(list(Polarity)),
    st.integers(-20, 20).map(lambda n: n / 20),
    st.integers(-20, 20).map(lambda n: n / 20),
    st.integers(0, 30).map(lambda n: n / 10),
    st.sampled_from([(), (), (), (Flag.UNSURE,), (Flag.UNUSABLE,)]),
)  # fmt: skip
votes_of_many = st.dictionaries(
    st.tuples(st.integers(1, 6).map(trial_id), st.sampled_from([ER, FER])),
    st.dictionaries(st.sampled_from(["ra", "rb", "rc", "rd"]), answers, min_size=1),
    max_size=10,
).map(
    lambda found: {
        question: [
            Cast(vote(question[1], **(one | {"intensity": one["intensity"] if question[1] is FER else None})), rater=r)
            for r, one in cast.items()
        ]
        for question, cast in found.items()
    }
)


@by_name
@given(votes=votes_of_many, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_rows_fit_the_format_and_no_order_matters(
    policy: LabelPolicy, votes: dict[Question, list[Cast]], seed: int
) -> None:
    rows = [checked_row("labels", row, "a label") for row in labels(policy, votes, {})]
    shuffled = list(votes.items())
    random.Random(seed).shuffle(shuffled)
    other = {question: random.Random(seed).sample(cast, len(cast)) for question, cast in shuffled}
    again = [checked_row("labels", row, "a label") for row in labels(policy, other, {})]
    exact = [name for name in rows[0] if name not in ("valence", "arousal", "intensity")] if rows else []
    mine, theirs = by_question(rows), by_question(again)
    assert mine.keys() == theirs.keys()
    for question, row in mine.items():
        assert {name: row[name] for name in exact} == {name: theirs[question][name] for name in exact}
        for scale in ("valence", "arousal", "intensity"):
            assert row[scale] == pytest.approx(theirs[question][scale], abs=1e-12)
        assert sum(row[f"seven_{emotion}"] for emotion in EMOTIONS) == pytest.approx(1, abs=1e-8)
        assert 0 <= row["agreement"] <= 1
        assert -1 <= row["valence"] <= 1


@by_name
@given(truth=st.lists(st.sampled_from(EMOTIONS), min_size=1, max_size=8), raters=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_where_all_agree_the_label_is_what_they_say(policy: LabelPolicy, truth: list[Emotion], raters: int) -> None:
    votes = {
        (trial_id(n), ER): [Cast(vote(ER, seven, valence=0.25), rater=f"r{r}") for r in range(raters)]
        for n, seven in enumerate(truth)
    }
    rows = by_question(labels(policy, votes, {}))
    for n, seven in enumerate(truth):
        row = rows[trial_id(n), "ER"]
        assert (row["seven"], row["agreement"], row["raters"]) == (seven, 1.0, raters)
        assert row["valence"] == pytest.approx(0.25)
        assert max(EMOTIONS, key=lambda emotion: row[f"seven_{emotion}"]) == seven


@by_name
def test_new_names_of_raters_change_no_label(policy: LabelPolicy) -> None:
    votes, _ = planted_votes([steady(0.7), steady(0.6), mixing(0, 1), steady(0.5)], 120)
    renamed = {
        question: [Cast(one.vote, one.prelabel_seen, f"x{9 - int(one.rater[1:])}") for one in cast]
        for question, cast in votes.items()
    }
    assert by_question(labels(policy, votes, {})) == by_question(labels(policy, renamed, {}))


@by_name
def test_too_few_raters_make_no_label_and_er_is_never_pooled_with_fer(policy: LabelPolicy) -> None:
    votes = {(trial_id(1), ER): [Cast(vote(ER), rater="ra")]}
    assert labels(policy.model_copy(update={"min_raters": 2}), votes, {}) == []
    with pytest.raises(ValueError, match="never pooled"):
        labels(policy, {(trial_id(1), ER): [Cast(vote(FER), rater="ra")]}, {})


@pytest.mark.parametrize("policy", DECIDING, ids=lambda policy: policy.full_name)
class TestADecision:
    QUESTION = (trial_id(1), FER)
    VOTES = {  # noqa: RUF012 -- read only
        QUESTION: [
            Cast(vote(FER, Emotion.HAPPINESS, three=Polarity.POSITIVE, valence=0.5), rater="ra"),
            Cast(vote(FER, Emotion.HAPPINESS, three=Polarity.POSITIVE, valence=0.5), rater="rb"),
            Cast(vote(FER, Emotion.NEUTRAL, three=Polarity.NEUTRAL, valence=0.0), rater="rc"),
        ]
    }

    def test_takes_the_place_of_what_is_hard_and_leaves_what_is_soft(self, policy: LabelPolicy) -> None:
        decided = vote(FER, Emotion.NEUTRAL, three=Polarity.NEUTRAL, valence=0.1, arousal=-0.2, intensity=0.3)
        (before,) = labels(policy, self.VOTES, {})
        (row,) = labels(policy, self.VOTES, {self.QUESTION: decided})
        assert (row["seven"], row["three"], row["valence"], row["arousal"], row["intensity"]) == (
            "neutral", "neutral", 0.1, -0.2, 0.3,
        )  # fmt: skip
        assert row["agreement"] == pytest.approx(1 / 3)
        soft = [name for name in row if name.startswith(("seven_", "three_")) or name in ("raters", "prelabel_seen")]
        assert {name: row[name] for name in soft} == {name: before[name] for name in soft}
        checked_row("labels", row, "a decided label")
        assert decisions_counted(policy, [row], {self.QUESTION: decided}) == 1

    def test_is_worth_more_than_the_raters_that_were_asked_for(self, policy: LabelPolicy) -> None:
        strict = policy.model_copy(update={"min_raters": 5})
        assert labels(strict, self.VOTES, {}) == []
        (row,) = labels(strict, self.VOTES, {self.QUESTION: vote(FER, Emotion.FEAR)})
        assert row["seven"] == "fear"

    def test_that_nothing_can_be_said_leaves_no_label(self, policy: LabelPolicy) -> None:
        assert labels(policy, self.VOTES, {self.QUESTION: vote(FER, flags=(Flag.UNUSABLE,))}) == []


def test_the_first_version_knows_no_decisions() -> None:
    policy = policy_named("majority-soft-v1")
    decided = {TestADecision.QUESTION: vote(FER, Emotion.FEAR)}
    rows = labels(policy, TestADecision.VOTES, decided)
    assert rows == labels(policy, TestADecision.VOTES, {})
    assert decisions_counted(policy, rows, decided) == 0


def test_without_decisions_the_second_version_is_the_first() -> None:
    votes, _ = planted_votes([steady(0.6)] * 4, 50)
    first, second = (labels(policy_named(f"majority-soft-v{version}"), votes, {}) for version in (1, 2))
    assert first == second


def test_policies_go_by_name_and_version() -> None:
    assert policy_named("majority-soft").version == 2
    assert policy_named("majority-soft-v1", 3) == LabelPolicy(min_raters=3)
    assert policy_named("dawid-skene").full_name == "dawid-skene-v1"
    with pytest.raises(UnknownPolicyError, match=r"'mode'.*dawid-skene-v1, majority-soft-v1, majority-soft-v2"):
        policy_named("mode")
    with pytest.raises(ValidationError, match="has no version 2 here"):
        LabelPolicy(name="dawid-skene", version=2)
