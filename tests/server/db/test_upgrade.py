"""A database goes up, down and up again, and what differs from the declared tables is told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from server.db.engine import create_database_engine
from server.db.errors import (
    DatabaseNotUpgradedError,
    DatabaseTooNewError,
    DatabaseUnreachableError,
    UnsupportedDatabaseError,
)
from server.db.predictions import Serving, run_in_service
from server.db.revisions import newest_revision, open_database
from server.db.upgrade import check, downgrade, upgrade


def change(url: str, *statements: str) -> None:
    engine = create_database_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_up_down_up_leaves_no_drift(empty_database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # an installed package has no alembic.ini beside it
    assert upgrade(empty_database_url) == newest_revision()
    assert check(empty_database_url) == []
    assert downgrade(empty_database_url, "base") == "base"
    assert upgrade(empty_database_url) == newest_revision()
    assert upgrade(empty_database_url) == newest_revision()
    assert check(empty_database_url) == []


RUN = (
    "INSERT INTO prediction_run (id, model, snapshot_id, trained_on, recipe, simulated, created_utc, imported_utc, "
    "file_sha256) VALUES ({id}, 'm000000000000000{id}', 's0123456789abcdef', 's0123456789abcdef', 'emert', false, "
    "'2026', '2026-01-0{day} 03:00:00', '" + "0" * 64 + "')"
)


def test_runs_from_before_keep_the_order_in_which_they_were_imported(empty_database_url: str) -> None:
    upgrade(empty_database_url, "0002")
    change(
        empty_database_url,
        "INSERT INTO snapshot (id, content_sha256, created_utc, origins, studies, folds, trials, labels, votes) VALUES "
        "('s0123456789abcdef', '" + "5" * 64 + "', '2026-01-01 03:00:00', 'real', '', 2, 1, 0, 0)",
        *(RUN.format(id=number, day=day) for number, day in ((1, 3), (2, 5), (3, 4), (4, 6))),
        "UPDATE prediction_run SET recipe = 'moved' WHERE id < 3",  # PostgreSQL now finds these rows last
    )
    upgrade(empty_database_url)
    database = open_database(empty_database_url)
    with database.reading() as session:
        rows = session.execute(select(Serving.run_id, Serving.since_utc).order_by(Serving.id)).all()
    with database.transaction() as session:
        session.add(Serving(run_id=2, since_utc=datetime(2026, 2, 1, tzinfo=UTC)))
    with database.reading() as session:
        serving = run_in_service(session)
    database.close()
    assert [(row.run_id, row.since_utc.day, row.since_utc.tzinfo) for row in rows] == [
        (1, 3, UTC), (2, 5, UTC), (3, 4, UTC), (4, 6, UTC),
    ]  # fmt: skip
    assert serving is not None
    assert serving[0].id == 2
    assert downgrade(empty_database_url, "0002") == "0002"
    assert upgrade(empty_database_url) == newest_revision()
    assert check(empty_database_url) == []


def test_drift_is_named(database_url: str) -> None:
    change(
        database_url,
        "ALTER TABLE study ADD COLUMN colour VARCHAR(10)",
        "DROP INDEX ix_trial_stimulus_id",
        "DROP INDEX ix_rating_task_queue",
        "DROP TRIGGER vote_is_append_only" + ("" if database_url.startswith("sqlite") else " ON vote"),
    )
    found = "\n".join(check(database_url))
    for what in ("colour", "ix_trial_stimulus_id", "ix_rating_task_queue", "vote_is_append_only"):
        assert what in found


def test_a_missing_check_is_drift(database_url: str) -> None:
    if database_url.startswith("sqlite"):  # SQLite cannot drop a constraint: rewrite the table's declaration instead
        change(
            database_url,
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_master SET sql = replace(sql, 'ck_vote_valence_range', 'ck_other') WHERE name = 'vote'",
        )
    else:
        change(database_url, "ALTER TABLE vote DROP CONSTRAINT ck_vote_valence_range")
    assert "add check: vote ck_vote_valence_range" in check(database_url)


def test_opening_refuses_what_is_not_upgraded(empty_database_url: str) -> None:
    with pytest.raises(DatabaseNotUpgradedError, match="duchenne db upgrade"):
        open_database(empty_database_url)
    assert "duchenne db upgrade" in check(empty_database_url)[0]


def test_a_database_of_a_later_version_is_refused_and_left_alone(database_url: str) -> None:
    change(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for attempt in (open_database, upgrade, check):
        with pytest.raises(DatabaseTooNewError, match=r"'9999'.*later version"):
            attempt(database_url)


def test_a_failed_upgrade_leaves_nothing(empty_database_url: str) -> None:
    change(empty_database_url, "CREATE TABLE trial (id INTEGER)")
    with pytest.raises(Exception, match="trial"):
        upgrade(empty_database_url)
    with pytest.raises(DatabaseNotUpgradedError, match="no tables yet"):
        open_database(empty_database_url)
    change(empty_database_url, "DROP TABLE trial")
    upgrade(empty_database_url)
    assert check(empty_database_url) == []


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "not a url", "sqlite://", "sqlite:///:memory:"])
def test_an_unsupported_url_is_refused(url: str) -> None:
    with pytest.raises(UnsupportedDatabaseError, match="sqlite:///"):
        open_database(url)


def test_an_unreachable_database_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachableError) as told:
        open_database(f"postgresql://someone:secret@/lost?host={tmp_path}")
    assert "secret" not in str(told.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear participant, " * 100)
    with pytest.raises(DatabaseUnreachableError, match=r"letter\.db"):
        open_database(f"sqlite:///{file}")
