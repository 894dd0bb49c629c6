"""Answers: taken once, refused in words, corrected without being changed."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from server.db.engine import Database
from server.db.ratings import Exposure, RatingTask, Vote
from server.rating.errors import (
    AlreadyAnsweredError,
    KeyReusedError,
    LeaseOverError,
    NothingToCorrectError,
    NotYourPlaceError,
    SpoiltError,
    WithdrawnError,
    WrongInstrumentError,
)
from server.rating.voting import last_vote
from tests.server.rating.answers import ER, FER, NOW, RULES, claimed, sent, vote
from tests.server.rows import add_account, add_task, add_trial


@pytest.fixture
def raters(database: Database) -> list[int]:
    with database.transaction() as session:
        return [add_account(session, f"rater{i}").id for i in range(2)]


@pytest.fixture
def trial(database: Database) -> str:
    with database.transaction() as session:
        trial = add_trial(session)
        add_task(session, trial, "FER", places=2)
        add_task(session, trial, "ER", places=2)
        return trial.id


def place_of(database: Database, rater: int, instrument: Any = FER) -> int:
    place = claimed(database, rater, instrument)
    assert place is not None
    return place[0]


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Vote)) or 0


def test_an_answer_is_stored_whole(database: Database, raters: list[int], trial: str) -> None:
    taken = sent(database, raters[0], place_of(database, raters[0]), answer=vote(flags=["unsure", "occluded"]))
    with database.reading() as session:
        row = session.get_one(Vote, taken.vote_id)
        assert (row.instrument, row.seven, row.three, row.valence, row.arousal, row.intensity) == (
            "FER", "happiness", "positive", 0.5, 0.25, 1.5,
        )  # fmt: skip
        assert row.flags == "occluded,unsure"
        assert row.supersedes_id is None


def test_the_same_answer_again_is_saved_once(database: Database, raters: list[int], trial: str) -> None:
    claim = place_of(database, raters[0])
    first, again = sent(database, raters[0], claim), sent(database, raters[0], claim)
    assert (first.new, again.new) == (True, False)
    assert first.vote_id == again.vote_id
    assert count(database) == 1


def test_a_late_repeat_is_still_the_same_answer(database: Database, raters: list[int], trial: str) -> None:
    claim = place_of(database, raters[0])
    first = sent(database, raters[0], claim)
    assert sent(database, raters[0], claim, now=NOW + 5 * RULES.lease).vote_id == first.vote_id


def test_a_key_belongs_to_one_answer(database: Database, raters: list[int], trial: str) -> None:
    claim = place_of(database, raters[0])
    sent(database, raters[0], claim)
    with pytest.raises(KeyReusedError, match="send a new key"):
        sent(database, raters[0], claim, answer=vote(valence=-0.5))
    assert count(database) == 1


def test_a_second_answer_must_name_the_first(database: Database, raters: list[int], trial: str) -> None:
    claim = place_of(database, raters[0])
    sent(database, raters[0], claim)
    with pytest.raises(AlreadyAnsweredError, match="supersedes"):
        sent(database, raters[0], claim, key="other")


def test_a_foreign_place_is_refused(database: Database, raters: list[int], trial: str) -> None:
    with pytest.raises(NotYourPlaceError, match="not yours"):
        sent(database, raters[1], place_of(database, raters[0]))
    with pytest.raises(NotYourPlaceError):
        sent(database, raters[0], 10_000)
    assert count(database) == 0


def test_an_ended_lease_is_refused_at_its_last_instant(database: Database, raters: list[int], trial: str) -> None:
    claim = place_of(database, raters[0])
    with pytest.raises(LeaseOverError, match="nothing was saved"):
        sent(database, raters[0], claim, now=NOW + RULES.lease)
    assert sent(database, raters[0], claim, now=NOW + RULES.lease - timedelta(microseconds=1)).new


def test_the_other_instruments_answer_is_refused(database: Database, raters: list[int], trial: str) -> None:
    with pytest.raises(WrongInstrumentError, match="instrument: this place is for FER, the answer says ER"):
        sent(database, raters[0], place_of(database, raters[0]), answer=vote(ER))


def test_a_withdrawn_trial_takes_no_answer(database: Database, raters: list[int], trial: str) -> None:
    claim = place_of(database, raters[0])
    with database.transaction() as session:
        session.scalars(select(RatingTask).filter_by(instrument="FER")).one().state = "withdrawn"
    with pytest.raises(WithdrawnError):
        sent(database, raters[0], claim)


def test_seeing_the_context_closes_an_open_fer(database: Database, raters: list[int], trial: str) -> None:
    claim = place_of(database, raters[0])
    with database.transaction() as session:
        session.add(Exposure(rater_id=raters[0], trial_id=trial, what="stimulus", seen_utc=NOW))
    with pytest.raises(SpoiltError):
        sent(database, raters[0], claim)


@pytest.mark.parametrize(
    "wrong",
    [{"valence": 1.01}, {"arousal": -2}, {"intensity": 3.1}, {"intensity": None}, {"seven": "joy"}, {"valence": "nan"}],
)
def test_a_value_out_of_range_is_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        vote(**wrong)


def test_a_correction_is_a_new_row_that_names_the_old(database: Database, raters: list[int], trial: str) -> None:
    claim = place_of(database, raters[0])
    old = sent(database, raters[0], claim)
    new = sent(database, raters[0], claim, key="second", answer=vote(valence=-1.0), supersedes=old.vote_id)
    with database.reading() as session:
        assert session.get_one(Vote, old.vote_id).valence == 0.5
        assert session.get_one(Vote, new.vote_id).supersedes_id == old.vote_id
        assert last_vote(session, raters[0], FER)[1].id == new.vote_id


def test_only_the_own_current_answer_can_be_corrected(database: Database, raters: list[int], trial: str) -> None:
    mine, theirs = (place_of(database, rater) for rater in raters)
    old = sent(database, raters[0], mine)
    foreign = sent(database, raters[1], theirs)
    sent(database, raters[0], mine, key="second", supersedes=old.vote_id)
    for wrong in (old.vote_id, foreign.vote_id, 999):
        with pytest.raises(NothingToCorrectError, match="supersedes"):
            sent(database, raters[0], mine, key="third", supersedes=wrong)


def test_fer_is_not_corrected_once_the_context_was_seen(database: Database, raters: list[int], trial: str) -> None:
    claim = place_of(database, raters[0])
    old = sent(database, raters[0], claim)
    assert claimed(database, raters[0], ER) is not None
    with pytest.raises(SpoiltError):
        sent(database, raters[0], claim, key="second", supersedes=old.vote_id)
    with database.reading() as session, pytest.raises(SpoiltError):
        last_vote(session, raters[0], FER)


def test_a_task_is_done_when_every_place_is_answered(database: Database, raters: list[int], trial: str) -> None:
    states = []
    for rater in raters:
        sent(database, rater, place_of(database, rater))
        with database.reading() as session:
            states.append(session.scalar(select(RatingTask.state).where(RatingTask.instrument == "FER")))
    assert states == ["open", "done"]


def test_nothing_to_correct_is_said_in_words(database: Database, raters: list[int]) -> None:
    with database.reading() as session, pytest.raises(NothingToCorrectError, match="not answered anything under ER"):
        last_vote(session, raters[0], ER)
