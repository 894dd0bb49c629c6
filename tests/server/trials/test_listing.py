"""The list of trials: every trial once, in order, whatever is asked for and wherever a page begins."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.db.engine import Database
from server.db.ratings import Claim
from server.db.studies import Participant, Stimulus
from server.db.trials import Recording, Trial
from server.trials import finding
from server.trials.finding import TrialFilters
from server.trials.listing import TrialRow, list_trials
from tests.server.rows import THEN, add_account, add_recording, add_task, add_trial

ClientOf = Callable[[str], TestClient]
ALL = TrialFilters()


def walk(database: Database, filters: TrialFilters = ALL, limit: int = 4) -> list[TrialRow]:
    """All pages, one after the other."""
    found: list[TrialRow] = []
    after = ""
    while True:
        with database.reading() as session:
            page = list_trials(session, filters, after, limit)
        assert len(page.trials) <= limit
        found += page.trials
        after = page.next
        if not after:
            return found


@pytest.fixture
def many(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """40 recordings of 0 to 5 trials, some of which arrived in one moment; walked in small steps."""
    monkeypatch.setattr(finding, "WALKED", (2, 5))
    rng = random.Random(5)
    expected = []
    with database.transaction() as session:
        for number in range(40):
            recording = add_recording(
                session,
                participant=f"P{number % 7}",
                study=("smiles", "frowns")[number % 3 == 0],
                origin="imported" if number == 31 else "real",
                ingested_utc=THEN + timedelta(minutes=number // 4),
            )
            for _ in range(rng.randrange(6)):
                trial = add_trial(session, recording, clip=f"clip-{rng.randrange(3)}")
                trial.valid = rng.random() > 0.1
                trial.invalid_reason = "" if trial.valid else "tracker lost"
                trial.verdict = "bad" if number in (3, 39) else rng.choice(["good", None])
                expected.append((trial, recording))
        session.flush()
        for stimulus in session.scalars(select(Stimulus)):
            stimulus.emotion = "fear" if stimulus.clip == "clip-1" else "happiness"
        session.flush()
        clips = {each.id: each for each in session.scalars(select(Stimulus))}
        people = {each.id: each.pseudonym for each in session.scalars(select(Participant))}
    expected.sort(key=lambda pair: (pair[1].ingested_utc, pair[1].id), reverse=True)
    expected.sort(key=lambda pair: (-pair[1].ingested_utc.timestamp(), _falling(pair[1].id), pair[0].position))
    return [
        {
            "id": trial.id, "study": recording.study_id, "participant": people[recording.participant_id],
            "clip": clips[trial.stimulus_id].clip, "emotion": clips[trial.stimulus_id].emotion,
            "origin": recording.origin, "verdict": trial.verdict, "valid": trial.valid,
        }
        for trial, recording in expected
    ]  # fmt: skip


def _falling(text: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in text)


FILTERS: tuple[dict[str, Any], ...] = (
    {}, {"study": "frowns"}, {"participant": "P3"}, {"participant": "P3", "study": "smiles"}, {"clip": "clip-2"},
    {"emotion": "fear"}, {"origin": "imported"}, {"origin": "simulated"}, {"verdict": "bad"}, {"valid": False},
    {"valid": True, "verdict": "good", "study": "smiles"}, {"verdict": "usable"}, {"participant": "P99"},
    {"clip": "clip-9"}, {"study": "nothing"}, {"verdict": "bad", "emotion": "fear", "valid": True},
)  # fmt: skip


def test_every_trial_that_fits_comes_once_and_in_order(database: Database, many: list[dict[str, Any]]) -> None:
    for asked in FILTERS:
        wanted = [row["id"] for row in many if all(row[name] == value for name, value in asked.items())]
        for limit in (1, 3, 30) if asked in ({}, {"verdict": "bad"}) else (3,):
            assert [row.id for row in walk(database, TrialFilters(**asked), limit)] == wanted, (asked, limit)


def test_a_recording_that_goes_while_one_pages_loses_nothing_else(
    database: Database, many: list[dict[str, Any]]
) -> None:
    with database.reading() as session:
        first = list_trials(session, TrialFilters(), "", 3)
    with database.transaction() as session:
        gone = session.get_one(Trial, first.trials[-1].id).recording_id
        session.get_one(Recording, gone)
        for trial in session.scalars(select(Trial).filter_by(recording_id=gone)):
            session.delete(trial)
        session.flush()
        session.delete(session.get_one(Recording, gone))
    with database.reading() as session:
        second = list_trials(session, TrialFilters(), first.next, 300)
    left = [row["id"] for row in many[3:]]
    assert [row.id for row in second.trials] == [trial for trial in left if trial in {row.id for row in second.trials}]
    assert len(left) - len(second.trials) <= 5


def test_the_row_says_how_far_rating_is(database: Database) -> None:
    with database.transaction() as session:
        trial = add_trial(session, participant="P01")
        task = add_task(session, trial, "ER", places=3)
        rater = add_account(session, "rita")
        common = {"claimed_utc": THEN, "expires_utc": THEN}
        session.add(Claim(task_id=task.id, rater_id=rater.id, slot=1, state="done", **common))
        session.add(Claim(task_id=task.id, rater_id=add_account(session, "otto").id, slot=2, **common))
    (row,) = walk(database)
    assert {name: vars(each) for name, each in row.progress.items()} == {"ER": {"answered": 1, "places": 3}}


def test_whoever_withdrew_is_not_in_it(database: Database) -> None:
    with database.transaction() as session:
        add_trial(session, participant="P01")
        session.scalars(select(Participant)).one().withdrawn_utc = THEN
    assert walk(database) == []


def test_the_page_and_the_api_say_the_same(app: FastAPI, client_of: ClientOf) -> None:
    with app.state.database.transaction() as session:
        for number in range(35):
            add_trial(session, participant=f"P{number:02d}", ingested_utc=THEN + timedelta(minutes=number))
    client = client_of("researcher")
    first = client.get("/api/trials").json()
    assert [row["participant"] for row in first["trials"]] == [f"P{n:02d}" for n in range(34, 4, -1)]
    rest = client.get("/api/trials", params={"after": first["next"]}).json()
    assert (len(rest["trials"]), rest["next"]) == (5, "")
    page = client.get("/trials", headers={"Accept": "text/html"}).text
    assert page.count('<a href="/trials/') == 30
    assert first["next"] in page
    filtered = client.get("/trials", params={"participant": "P07"}, headers={"Accept": "text/html"}).text
    assert filtered.count('<a href="/trials/') == 1
    assert 'value="P07"' in filtered
    nothing = client.get("/trials", params={"participant": "P99"}, headers={"Accept": "text/html"}).text
    assert "No trial fits" in nothing


def test_a_cursor_or_a_filter_that_nothing_can_fit_is_refused(client_of: ClientOf) -> None:
    client = client_of("researcher")
    for after in ("x", "1-2-3", "-", "9" * 30 + "-" + "0" * 32 + "-1", "1-" + "g" * 32 + "-1"):
        assert client.get("/api/trials", params={"after": after}).status_code == 422
    for asked in ({"verdict": "awful"}, {"origin": "dreamt"}, {"emotion": "joy"}, {"valid": "maybe"}):
        assert client.get("/api/trials", params=asked).status_code == 422
