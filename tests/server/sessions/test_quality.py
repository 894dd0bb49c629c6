"""Verdicts: they come with the recording, or later, and a bad report spoils nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from annotate.media_store import MediaStore
from collect.quality.format import Tally, Verdict
from server.db.audit import AuditEntry
from server.db.engine import Database
from server.db.trials import Recording, Trial
from server.sessions.ingest import ingest_bundle
from server.sessions.quality import session_verdict
from tests.server.bundles import Plan, record
from tests.server.reports import report_beside


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def rows(database: Database) -> tuple[Recording, list[Trial]]:
    with database.reading() as session:
        recording = session.scalars(select(Recording)).one()
        return recording, list(session.scalars(select(Trial).order_by(Trial.position)))


def test_a_report_that_comes_later_is_taken_in(database: Database, media: MediaStore, tmp_path: Path) -> None:
    bundle = record(tmp_path / "bundle", Plan(invalid=(2,)))
    assert ingest_bundle(database, media, bundle).verdict is None
    report_beside(bundle, datetime(2026, 1, 2, tzinfo=UTC))
    later = ingest_bundle(database, media, bundle)
    assert (later.status, later.verdict, later.notes) == (
        "already ingested", "bad", ("its quality report was taken in",),
    )  # fmt: skip
    recording, trials = rows(database)
    assert recording.quality is not None
    assert (recording.verdict, recording.quality["format"]) == ("bad", "duchenne-quality")
    assert [trial.verdict for trial in trials] == ["bad", "bad"]
    assert trials[1].verdict_reasons == "Tracker lost"
    report_beside(bundle, datetime(2025, 12, 31, tzinfo=UTC))  # an older one does not replace it
    assert ingest_bundle(database, media, bundle).notes == ()
    assert rows(database)[0].quality == recording.quality
    with database.reading() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts == ["recording.ingested", "recording.judged"]


def other_bundle(report: dict[str, object]) -> object:
    return report | {"bundle_id": "f" * 32}


def later_version(report: dict[str, object]) -> object:
    return report | {"version": 2}


def a_list(_report: dict[str, object]) -> object:
    return [1, 2, 3]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [(other_bundle, "of another bundle"), (later_version, "version"), (a_list, "no quality report of version 1")],
)
def test_a_report_that_is_none_is_passed_over_and_said_so(
    database: Database, media: MediaStore, tmp_path: Path, spoil: Callable[[dict[str, object]], object], told: str
) -> None:
    bundle = record(tmp_path / "bundle")
    path = report_beside(bundle)
    path.write_text(json.dumps(spoil(json.loads(path.read_text()))))
    result = ingest_bundle(database, media, bundle)
    assert (result.status, result.verdict) == ("ingested", None)
    assert told in result.notes[0]
    assert rows(database)[0].quality is None


@pytest.mark.parametrize(
    ("good", "usable", "bad", "not_known", "verdict"),
    [(8, 0, 0, 0, "good"), (7, 1, 0, 0, "usable"), (4, 0, 4, 0, "usable"), (0, 4, 4, 0, "usable"),
     (2, 1, 5, 0, "bad"), (3, 0, 0, 0, "bad"), (0, 0, 0, 8, "not known"), (0, 0, 0, 0, "not known")],
)  # fmt: skip
def test_the_verdict_of_a_session(good: int, usable: int, bad: int, not_known: int, verdict: Verdict) -> None:
    shown = good + usable + bad + not_known
    trials = Tally(planned=8, good=good, usable=usable, bad=bad, not_known=not_known, not_shown=8 - shown)
    assert session_verdict(trials) == verdict
