"""The training set before a study, and gold trials in between."""

from collections.abc import Collection

import pytest
from sqlalchemy import select

from annotate.assignment import Chance, RatingRules
from server.db.engine import Database
from server.db.ratings import Claim, Exposure, Qualification, RatingTask, ReferenceAnswer, Vote
from server.db.studies import Study
from server.rating.errors import TrainingAnsweredError
from server.rating.messages import Progress
from server.rating.progress import progress
from server.rating.sequence import walk_of
from server.rating.voting import last_vote
from tests.server.rating.answers import FER, NOW, RULES, always, claimed, never, sent, vote
from tests.server.rows import add_account, add_recording, add_task, add_trial

WRONG = vote(seven="anger", three="negative", valence=-0.9, arousal=0.9)


@pytest.fixture
def raters(database: Database) -> list[int]:
    with database.transaction() as session:
        return [add_account(session, f"rater{i}").id for i in range(3)]


def make(database: Database, purpose: str, n: int, study: str = "smiles", **rules: float) -> list[int]:
    """FER tasks of one place each; experts say of training and gold what `vote()` says."""
    with database.transaction() as session:
        recording = add_recording(session, study=study)
        for name, value in rules.items():
            setattr(session.get_one(Study, study), name, value)
        expert = add_account(session, f"expert-{purpose}-{study}", "researcher")
        tasks = []
        for _ in range(n):
            task = add_task(session, add_trial(session, recording), "FER", places=1)
            task.purpose = purpose
            if purpose != "study":
                said = vote().model_dump(mode="json", exclude={"flags"})
                said |= {"explanation": "the eyes", "by_id": expert.id, "created_utc": NOW}
                session.add(ReferenceAnswer(trial_id=task.trial_id, **said))
            session.flush()
            tasks.append(task.id)
        return tasks


def given(database: Database, rater: int, chance: Chance = never, have: Collection[int] = ()) -> tuple[int, int]:
    place = claimed(database, rater, FER, chance=chance, have=have)
    assert place is not None
    return place


def how_far(database: Database, rater: int, rules: RatingRules = RULES) -> Progress:
    with database.reading() as session:
        return progress(session, rater, FER, rules, NOW)


def test_every_rater_is_trained_first_each_in_their_own_order(database: Database, raters: list[int]) -> None:
    training = make(database, "training", 3, qualifying_score=0.8)
    (study,) = make(database, "study", 1)
    with database.reading() as session:
        keys = {row.id: row.order_key for row in session.scalars(select(RatingTask))}
    for rater in raters[:2]:
        assert how_far(database, rater).model_dump(include={"training_left", "qualified", "available"}) == {
            "training_left": 3, "qualified": None, "available": 0,
        }  # fmt: skip
        order = []
        for n in range(3):
            claim, task = given(database, rater)
            told = sent(database, rater, claim, f"{rater}-{n}").feedback
            order.append(task)
            assert told is not None
            assert (told.score, told.done, told.of, told.qualified) == (1.0, n + 1, 3, True if n == 2 else None)
            assert (told.answer.seven, told.explanation) == ("happiness", "the eyes")
        assert order == sorted(training, key=lambda task: walk_of(rater, FER).steps_to(keys[task]))
        assert how_far(database, rater).qualified is True
    assert given(database, raters[0])[1] == study
    assert how_far(database, raters[0]).answered == 0  # learning is no labelling
    with database.reading() as session:
        passed = session.scalars(select(Qualification).order_by(Qualification.rater_id)).all()
        assert [(row.rater_id, row.score, row.trials) for row in passed] == [(r, 1.0, 3) for r in raters[:2]]
        assert set(session.scalars(select(RatingTask.state).where(RatingTask.purpose == "training"))) == {"open"}


def test_who_does_not_reach_the_score_gets_no_trial_of_that_study(database: Database, raters: list[int]) -> None:
    make(database, "training", 1, qualifying_score=0.8)
    make(database, "study", 1)
    claim, _ = given(database, raters[0])
    told = sent(database, raters[0], claim, answer=WRONG).feedback
    assert told is not None
    assert (told.score, told.qualified) == (0.0, False)
    assert claimed(database, raters[0], FER) is None
    assert how_far(database, raters[0]).qualified is False
    (other,) = make(database, "study", 1, study="another")
    assert given(database, raters[0])[1] == other


def test_the_study_waits_until_the_last_training_answer(database: Database, raters: list[int]) -> None:
    make(database, "training", 2, qualifying_score=0.5)
    make(database, "study", 1)
    first = given(database, raters[0])[0]
    second = given(database, raters[0], have=[first])[0]
    assert claimed(database, raters[0], FER, have=[first, second]) is None  # not before one knows how it ends
    sent(database, raters[0], first, "one")
    assert claimed(database, raters[0], FER, have=[second]) is None
    sent(database, raters[0], second, "two")
    assert claimed(database, raters[0], FER) is not None


def test_an_answer_to_training_is_told_the_same_again_and_stays(database: Database, raters: list[int]) -> None:
    make(database, "training", 2, qualifying_score=0.5)
    claim, _ = given(database, raters[0])
    first = sent(database, raters[0], claim, "one", WRONG)
    sent(database, raters[0], given(database, raters[0])[0], "two")
    again = sent(database, raters[0], claim, "one", WRONG)
    assert (again.new, again.feedback) == (False, first.feedback)
    assert first.feedback is not None
    assert first.feedback.done == 1
    for more in ({"key": "three"}, {"key": "four", "supersedes": first.vote_id}):
        with pytest.raises(TrainingAnsweredError, match="told the right answer"):
            sent(database, raters[0], claim, **more)
    with database.reading() as session, pytest.raises(TrainingAnsweredError):
        last_vote(session, raters[0], FER)


def test_training_opened_anew_is_answered_anew(database: Database, raters: list[int]) -> None:
    make(database, "training", 1, qualifying_score=0.8)
    (study,) = make(database, "study", 1)
    claim, _ = given(database, raters[0])
    failed = sent(database, raters[0], claim, "one", WRONG)
    with database.transaction() as session:
        row = session.get_one(Claim, claim)
        row.state, row.expires_utc = "leased", NOW
    assert how_far(database, raters[0]).training_left == 1
    assert given(database, raters[0])[0] == claim
    told = sent(database, raters[0], claim, "two").feedback
    assert told is not None
    assert told.qualified is True
    assert given(database, raters[0])[1] == study
    with database.reading() as session:
        assert [row.supersedes_id for row in session.scalars(select(Vote).order_by(Vote.id))] == [None, failed.vote_id]


def test_no_training_is_asked_of_where_there_is_none(database: Database, raters: list[int]) -> None:
    (study,) = make(database, "study", 1, qualifying_score=1.0)
    assert given(database, raters[0])[1] == study
    make(database, "training", 1, study="another")  # whose score is 0
    mine = how_far(database, raters[0])
    assert (mine.training_left, mine.qualified) == (0, None)


def test_a_training_trial_that_one_knows_too_much_of_is_left_out(database: Database, raters: list[int]) -> None:
    known, _ = make(database, "training", 2, qualifying_score=0.5)
    with database.transaction() as session:
        trial = session.get_one(RatingTask, known).trial_id
        session.add(Exposure(rater_id=raters[0], trial_id=trial, what="stimulus", seen_utc=NOW))
    assert how_far(database, raters[0]).training_left == 1
    told = sent(database, raters[0], given(database, raters[0])[0]).feedback
    assert told is not None
    assert (told.of, told.qualified) == (1, True)


def test_gold_comes_by_chance_once_to_everybody_and_is_not_told(database: Database, raters: list[int]) -> None:
    gold = set(make(database, "gold", 2, gold_share=0.1))
    study = set(make(database, "study", 4))
    for rater in raters[:2]:
        seen = []
        for n in range(3):
            claim, task = given(database, rater, always)
            taken = sent(database, rater, claim, f"{rater}-{n}")
            assert (taken.feedback, taken.reveal) == (None, None)
            seen.append(task)
        assert set(seen[:2]) == gold
        assert seen[2] in study  # none is left
    assert how_far(database, raters[0]).answered == 3
    with database.reading() as session:
        assert set(session.scalars(select(RatingTask.state).where(RatingTask.purpose == "gold"))) == {"open"}


def test_gold_does_not_come_without_its_chance_nor_when_nothing_else_is_left(
    database: Database, raters: list[int]
) -> None:
    make(database, "gold", 1, gold_share=0.1)
    assert claimed(database, raters[0], FER, chance=always) is None
    (study,) = make(database, "study", 1)
    assert given(database, raters[0], never)[1] == study


def test_gold_that_was_given_back_comes_back_last(database: Database, raters: list[int]) -> None:
    (gold,) = make(database, "gold", 1, gold_share=0.1)
    make(database, "study", 1)
    claim, task = given(database, raters[0], always)
    assert task == gold
    with database.transaction() as session:
        session.get_one(Claim, claim).expires_utc = NOW
    second, _ = given(database, raters[0], always)
    assert second != claim
    assert given(database, raters[0], always, have=[second]) == (claim, gold)
