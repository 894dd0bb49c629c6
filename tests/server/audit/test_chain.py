"""The audit log tells when somebody changed it, took something out, or cut its end off."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from duchenne.commands.audit import audit
from server.audit.chain import Head, head, verify
from server.audit.errors import AuditBrokenError, AuditCutError, AuditHeadRefusedError
from server.db.audit import BEGINNING, note
from server.db.engine import Database
from tests.server.rows import add_account

NOON = datetime(2026, 7, 1, 12, 30, 15, 120, tzinfo=UTC)


def write_entries(database: Database, count: int) -> None:
    with database.transaction() as session:
        who = add_account(session, "ada", "admin").id
        for number in range(count):
            at = NOON + timedelta(seconds=number)
            note(
                session, "study.changed", f"s{number}", at, actor_id=who if number % 2 else None, places=number, ok=None
            )


def tamper(database: Database, *statements: str) -> None:
    """As somebody does who can write to the database: the triggers are taken out first."""
    with database.engine.begin() as connection:
        for act in ("update", "delete"):
            on = "" if database.is_sqlite else " ON audit_entry"
            connection.execute(text(f"DROP TRIGGER audit_entry_refuses_{act}{on}"))
        for statement in statements:
            connection.execute(text(statement))


def test_an_untouched_log_fits_and_an_earlier_head_lies_on_it(database: Database) -> None:
    with database.reading() as session:
        assert verify(session) == head(session) == Head(0, BEGINNING)
    write_entries(database, 5)
    with database.reading() as session:
        early = head(session)
    with database.transaction() as session:
        note(session, "study.changed", "öffentlich", NOON, actor_id=None, by='a "quoted" word')
    steps: list[tuple[int, int]] = []
    with database.reading() as session:
        assert verify(session, early, lambda done, total: steps.append((done, total))).entry == 6
        assert verify(session, Head(0, BEGINNING)) == Head.parse(str(head(session)))
    assert steps == [(6, 6)]


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("UPDATE audit_entry SET about = 'other' WHERE id = 3", "entry 3 .*was changed after it was written"),
        ("UPDATE audit_entry SET actor_id = NULL WHERE id = 4", "entry 4 .*was changed"),
        ("UPDATE audit_entry SET utc = '2026-07-01 12:30:16' WHERE id = 4", "entry 4 .*was changed"),
        ("UPDATE audit_entry SET details = '{\"places\": 9}' WHERE id = 2", "entry 2 .*was changed"),
        ("UPDATE audit_entry SET previous_sha256 = sha256 WHERE id = 5", "entry 5 .*does not follow"),
        ("DELETE FROM audit_entry WHERE id = 2", "entry 3 .*expected entry 2, found 3"),
        ("DELETE FROM audit_entry WHERE id = 1", "entry 2 .*expected entry 1"),
    ],
)  # fmt: skip
def test_the_first_entry_that_does_not_fit_is_named(database: Database, tampering: str, told: str) -> None:
    write_entries(database, 6)
    tamper(database, tampering)
    with database.reading() as session, pytest.raises(AuditBrokenError, match=told):
        verify(session)


def test_a_cut_off_end_fits_by_itself_and_is_seen_by_a_noted_head(database: Database) -> None:
    write_entries(database, 6)
    with database.reading() as session:
        noted = head(session)
    tamper(database, "DELETE FROM audit_entry WHERE id > 4")
    with database.reading() as session:
        assert verify(session).entry == 4
        with pytest.raises(AuditCutError, match=r"does not hold entry 6 .*cut off the end"):
            verify(session, noted)


def test_a_log_that_was_written_anew_is_seen_by_a_noted_head(database: Database) -> None:
    write_entries(database, 3)
    with database.reading() as session:
        noted = head(session)
    tamper(database, "DELETE FROM audit_entry WHERE id = 3")
    with database.transaction() as session:
        note(session, "study.changed", "harmless", NOON, actor_id=None)
    with database.reading() as session, pytest.raises(AuditCutError, match="entry 3 now is another"):
        verify(session, noted)


def test_the_database_itself_refuses_to_change_the_log(database: Database) -> None:
    write_entries(database, 2)
    for act in ("UPDATE audit_entry SET about = ''", "DELETE FROM audit_entry"):
        with pytest.raises(Exception, match="never changed"), database.transaction() as session:
            session.execute(text(act))


@pytest.mark.parametrize("given", ["", "12", "x:" + "a" * 64, "1:" + "a" * 63, "-1:" + "a" * 64])
def test_a_head_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(AuditHeadRefusedError, match="duchenne audit head"):
        Head.parse(given)


def test_the_commands(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from server.db.revisions import open_database

    monkeypatch.setenv("DUCHENNE_DATABASE_URL", sqlite_url)
    database = open_database(sqlite_url)
    write_entries(database, 4)
    noted = CliRunner().invoke(audit, ["head"]).output.strip()
    assert noted.startswith("4:")
    checked = CliRunner().invoke(audit, ["verify", "--head", noted])
    assert "4 entries" in checked.output
    tamper(database, "DELETE FROM audit_entry WHERE id = 4")
    refused = CliRunner().invoke(audit, ["verify", "--head", noted])
    assert isinstance(refused.exception, AuditCutError)
    database.close()
