"""What the schema itself refuses, and what its transactions promise."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError

from server.db.accounts import Account
from server.db.engine import Database
from server.db.ratings import Claim, RatingTask, Vote
from server.db.studies import Participant
from server.db.trials import Trial
from tests.server.rows import add_account, add_task, add_trial

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def task_and_rater(database: Database) -> tuple[int, int]:
    with database.transaction() as session:
        task = add_task(session, add_trial(session), "FER")
        return task.id, add_account(session, "rita").id


def vote(task_id: int, rater_id: int, /, **changes: object) -> Vote:
    values: dict[str, object] = {
        "rater_id": rater_id, "instrument": "FER", "seven": "fear", "three": "negative", "valence": -0.5,
        "arousal": 0.5, "intensity": 1.5, "idempotency_key": "one", "created_utc": NOON,
    }  # fmt: skip
    return Vote(task_id=task_id, **(values | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"valence": 1.01},
        {"arousal": float("inf")},
        {"intensity": 3.5},
        {"intensity": None},
        {"seven": "boredom"},
        {"three": "mixed"},
        {"instrument": "ER", "intensity": None},  # the task asks FER
        {"rater_id": 10_000},
        {"supersedes_id": 10_000},
    ],
    ids=str,
)
def test_a_vote_off_the_scales_is_refused(
    database: Database, task_and_rater: tuple[int, int], changes: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(vote(*task_and_rater, **changes))


def test_votes_are_never_changed_only_superseded_once(database: Database, task_and_rater: tuple[int, int]) -> None:
    with database.transaction() as session:
        session.add(first := vote(*task_and_rater))
    with pytest.raises(DBAPIError, match="never changed"), database.transaction() as session:
        session.execute(update(Vote).values(valence=0.0))
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(vote(*task_and_rater, idempotency_key="two"))
    with database.transaction() as session:
        session.add(vote(*task_and_rater, idempotency_key="three", supersedes_id=first.id))
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(vote(*task_and_rater, idempotency_key="four", supersedes_id=first.id))


def test_one_place_has_one_holder(database: Database, task_and_rater: tuple[int, int]) -> None:
    task_id, rater_id = task_and_rater
    with database.transaction() as session:
        other = add_account(session, "otto").id
        session.add(Claim(task_id=task_id, rater_id=rater_id, slot=1, claimed_utc=NOON, expires_utc=NOON))
    for who, slot in ((other, 1), (rater_id, 2)):
        with pytest.raises(IntegrityError), database.transaction() as session:
            session.add(Claim(task_id=task_id, rater_id=who, slot=slot, claimed_utc=NOON, expires_utc=NOON))


def test_a_trial_without_a_reason_is_not_invalid(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        add_trial(session).valid = False


def test_simulated_devices_make_a_simulated_recording(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        add_trial(session, origin="real", tracker_simulated=True)


def test_times_come_back_in_utc(database: Database) -> None:
    summer = timezone(timedelta(hours=2))
    with database.transaction() as session:
        add_account(session, "rita", created_utc=datetime(2026, 7, 1, 14, tzinfo=summer))
    with database.reading() as session:
        created = session.scalars(select(Account.created_utc)).one()
    assert (created, created.tzinfo) == (NOON, UTC)


def test_nothing_is_loaded_behind_ones_back(database: Database, task_and_rater: tuple[int, int]) -> None:
    with database.reading() as session, pytest.raises(InvalidRequestError, match="raise"):
        _ = session.scalars(select(RatingTask)).one().trial


def test_an_exception_rolls_everything_back(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:  # noqa: PT012 -- the second row is the bad one
        add_trial(session)
        session.add(Participant(study_id="none such", pseudonym="P01"))
    with database.reading() as session:
        assert session.scalars(select(Trial)).all() == []


def test_a_reading_sees_one_state_while_others_write(database: Database) -> None:
    with database.transaction() as session:
        add_account(session, "rita")

    def write() -> None:
        with database.transaction() as session:
            add_account(session, "otto")

    with database.reading() as session:
        count = text("SELECT count(*) FROM account")
        before = session.scalar(count)
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        assert session.scalar(count) == before == 1
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM account")) == 2


def test_two_writers_that_read_first_both_succeed(database: Database) -> None:
    """Without BEGIN IMMEDIATE, SQLite would answer the second of them 'database is locked'."""
    with database.transaction() as session:
        task = add_task(session, add_trial(session), "ER").id
    both_started = threading.Barrier(2, timeout=20)
    failed: list[Exception] = []

    def add_one() -> None:
        both_started.wait()
        try:
            with database.transaction() as session:
                row = session.scalars(select(RatingTask).where(RatingTask.id == task).with_for_update()).one()
                row.priority += 0.25
        except Exception as error:
            failed.append(error)

    writers = [threading.Thread(target=add_one) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with database.reading() as session:
        assert (failed, session.scalars(select(RatingTask.priority)).one()) == ([], 0.5)
