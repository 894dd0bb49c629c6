"""How far a study is: counted from what was asked for and answered, with a pace that a person would call right."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.db.engine import Database
from server.db.ratings import Claim, RatingTask, Vote
from server.db.studies import Participant
from server.studies.progress import CHART_DAYS, all_progress, pace_of
from tests.server.rows import add_account, add_recording, add_task, add_trial

ClientOf = Callable[[str], TestClient]
NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)


def answered(session: Session, task: RatingTask, rater_id: int, slot: int, when: datetime, state: str = "done") -> None:
    session.add(
        Claim(task_id=task.id, rater_id=rater_id, slot=slot, state=state, claimed_utc=when,
              expires_utc=when + timedelta(minutes=30))
    )  # fmt: skip
    if state != "done":
        return
    vote = Vote(
        task_id=task.id, instrument=task.instrument, rater_id=rater_id, seven="fear", three="negative", valence=0.0,
        arousal=0.0, intensity=1.0 if task.instrument == "FER" else None, idempotency_key=uuid4().hex, created_utc=when,
    )  # fmt: skip
    session.add(vote)
    session.flush()
    correction = {name: getattr(vote, name) for name in ("task_id", "instrument", "rater_id", "three", "valence")}
    session.add(
        Vote(**correction, seven="anger", arousal=0.5, intensity=vote.intensity, idempotency_key=uuid4().hex,
             created_utc=when, supersedes_id=vote.id)
    )  # fmt: skip


@pytest.fixture
def study(database: Database) -> None:
    """Four ER tasks of two places: one is done, one half, one held; a gold task and a withdrawn one beside them."""
    with database.transaction() as session:
        raters = [add_account(session, f"rater-{n}").id for n in range(3)]
        recording = add_recording(session, participant="P01")
        tasks = [add_task(session, add_trial(session, recording), "ER", places=2) for _ in range(4)]
        gold = add_task(session, add_trial(session, recording), "ER", places=2)
        gold.purpose = "gold"
        answered(session, gold, raters[0], 1, NOON)
        answered(session, tasks[0], raters[0], 1, NOON - timedelta(days=6))
        answered(session, tasks[0], raters[1], 2, NOON - timedelta(days=2))
        tasks[0].state = "done"
        answered(session, tasks[1], raters[0], 1, NOON)
        answered(session, tasks[2], raters[2], 1, NOON - timedelta(minutes=5), state="leased")
        answered(session, tasks[3], raters[2], 1, NOON - timedelta(hours=5), state="leased")
        gone = add_trial(session, participant="P02")
        add_task(session, gone, "ER").state = "withdrawn"
        session.scalars(select(Participant).filter_by(pseudonym="P02")).one().withdrawn_utc = NOON


def test_what_is_asked_for_and_what_is_in(database: Database, study: None) -> None:
    with database.reading() as session:
        (found,) = all_progress(session, NOON)
    er, fer = found.instruments
    assert (found.participants, found.trials, found.valid_trials) == (1, 6, 6)
    assert (er.tasks, er.tasks_done, er.places, er.answered) == (4, 1, 8, 3)
    assert (er.raters, er.at_work) == (2, 1)
    assert er.per_day[-7:] == [1, 0, 0, 0, 1, 0, 1]
    assert sum(er.per_day) == 3  # corrections and gold are no further answers
    assert er.pace == pytest.approx(3 / 7)
    assert er.days_left == 12  # five answers at three a week
    assert (fer.tasks, fer.places, fer.answered, fer.pace, fer.days_left) == (0, 0, 0, 0.0, None)


@pytest.mark.parametrize(
    ("per_day", "pace"),
    [
        ([0] * CHART_DAYS, 0.0),
        ([0] * 27 + [10], 10.0),
        ([0] * 25 + [4, 0, 8], 4.0),
        ([70] * CHART_DAYS, 70.0),
        ([5] + [0] * 27, 0.0),
        ([5] + [0] * 20 + [7] * 7, 7.0),
    ],
)
def test_the_pace_is_that_of_the_last_week_or_since_the_first_answer(per_day: list[int], pace: float) -> None:
    assert pace_of(per_day) == pace


def test_days_are_those_of_utc(database: Database) -> None:
    with database.transaction() as session:
        task = add_task(session, add_trial(session), "ER")
        for slot, minute in ((1, 1), (2, -1)):
            answered(session, task, add_account(session, f"r{slot}").id, slot,
                     datetime(2026, 7, 15, tzinfo=UTC) + timedelta(minutes=minute))  # fmt: skip
    with database.reading() as session:
        assert all_progress(session, NOON)[0].instruments[0].per_day[-2:] == [1, 1]


def test_the_page_and_the_api(app: FastAPI, client_of: ClientOf) -> None:
    client = client_of("researcher")
    assert "no study yet" in client.get("/progress", headers={"Accept": "text/html"}).text
    with app.state.database.transaction() as session:
        task = add_task(session, add_trial(session, study="<smiles>"), "ER")
        answered(session, task, add_account(session, "r").id, 1, datetime.now(UTC))
    page = client.get("/progress", headers={"Accept": "text/html"}).text
    assert "<smiles>" not in page
    assert "<strong>1</strong> of 3 answers" in page
    assert 'href="/studies/%3Csmiles%3E/settings"' in page
    assert client.get("/api/progress").json()[0]["instruments"][0]["answered"] == 1
