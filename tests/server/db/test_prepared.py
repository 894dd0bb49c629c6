"""Statements handed to the driver as text say the same as those that SQLAlchemy runs, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, update

from server.db.base import UtcTime
from server.db.engine import Database
from server.db.prepared import Prepared
from server.db.ratings import RatingTask
from server.db.studies import Participant, Study
from server.db.trials import Recording
from tests.server.rows import add_recording

THERE = datetime(2026, 5, 6, 7, 8, 9, 123456, tzinfo=timezone(timedelta(hours=2)))
PERSON: Any = Participant.__table__
RECORDING: Any = Recording.__table__


@pytest.fixture
def person(database: Database) -> int:
    with database.transaction() as session:
        return add_recording(session).participant_id


def test_times_and_booleans_come_back_as_they_are(database: Database, person: int) -> None:
    leave = Prepared(update(PERSON).where(PERSON.c.id == bindparam("person")).values(withdrawn_utc=bindparam("at")))
    of_person = Prepared(
        select(PERSON.c.withdrawn_utc, RECORDING.c.consent_rating, RECORDING.c.tracker_rate_hz, PERSON.c.pseudonym)
        .join(RECORDING, RECORDING.c.participant_id == PERSON.c.id)
        .where(PERSON.c.withdrawn_utc >= bindparam("since", type_=UtcTime()), RECORDING.c.consent_rating)
    )
    database.write(lambda connection: leave.run(connection, {"person": person, "at": THERE}))
    asked = {"since": THERE.astimezone(UTC)}
    (row,) = database.ask(of_person, asked)
    assert (row.withdrawn_utc, row.withdrawn_utc.tzinfo) == (THERE, UTC)
    assert (row.consent_rating, row.tracker_rate_hz, row.pseudonym) == (True, 1000.0, "P01")
    assert database.write(lambda connection: of_person.first(connection, asked)) == row
    assert database.ask(of_person, {"since": THERE + timedelta(microseconds=1)}) == []


def test_a_row_tells_its_number_and_names_what_it_holds(database: Database, person: int) -> None:
    add = Prepared(
        insert(PERSON)
        .values(study_id="smiles", pseudonym=bindparam("pseudonym"))
        .returning(PERSON.c.id, PERSON.c.pseudonym)
    )
    row = database.write(lambda connection: add.first(connection, {"pseudonym": "P'); --"}))
    assert (row.id, row.pseudonym) == (person + 1, "P'); --")
    count = Prepared(select(PERSON.c.id).where(PERSON.c.pseudonym == bindparam("pseudonym")))
    value = database.write(lambda connection: count.value(connection, {"pseudonym": "nobody"}))
    assert value is None


def test_a_statement_that_is_spelt_out_anew_each_time_is_refused(database: Database) -> None:
    some = Prepared(select(RatingTask.id).where(RatingTask.id.in_(bindparam("ids", expanding=True))))
    with pytest.raises(AssertionError, match="anew each time"):
        database.ask(some, {"ids": [1]})


def test_asking_sees_what_was_just_committed(database: Database, person: int) -> None:
    titles = Prepared(select(Study.title).where(Study.id == bindparam("id")))
    assert [row.title for row in database.ask(titles, {"id": "smiles"})] == ["Smiles"]
    with database.transaction() as session:
        session.get_one(Study, "smiles").title = "Grins"
        assert [row.title for row in database.ask(titles, {"id": "smiles"})] == ["Smiles"]
    assert [row.title for row in database.ask(titles, {"id": "smiles"})] == ["Grins"]


def test_threads_that_come_and_go_leave_no_connection_behind(database: Database, person: int) -> None:
    titles = Prepared(select(Study.title).where(Study.id == bindparam("id")))
    for _ in range(100):  # more than there are connections
        with ThreadPoolExecutor(1) as one:
            assert [row.title for row in one.submit(database.ask, titles, {"id": "smiles"}).result(30)] == ["Smiles"]
