"""The drill: a backup under load, restored elsewhere, and everything is as it was at one moment."""

import gzip
import hashlib
import json
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from annotate.media_store import MediaStore
from annotate.snapshot.format import SnapshotFilters
from annotate.snapshot.store import verify_snapshot
from server.audit.chain import verify
from server.backup.errors import BackupBrokenOffError, BackupDamagedError, BackupRefusedError, RestoreRefusedError
from server.backup.format import BackupManifest
from server.backup.making import back_up
from server.backup.restoring import restore, verify_backup
from server.db.accounts import Account
from server.db.audit import AuditEntry, note
from server.db.engine import METADATA, Database
from server.db.revisions import open_database
from server.db.trials import Recording
from server.db.upgrade import check
from server.sessions.ingest import ingest_bundle
from server.snapshots.creating import create_snapshot
from tests.server.bundles import Plan, record
from tests.server.reports import report_beside
from tests.server.rows import add_account

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def audit_head(session: Session) -> str:
    return str(verify(session))


class House:
    """A database with its media and snapshots."""

    def __init__(self, database: Database, root: Path) -> None:
        self.database, self.root = database, root
        self.media = MediaStore(root / "media")

    @property
    def folders(self) -> dict[str, Path]:
        return {"snapshots": self.root / "snapshots"}

    def back_up(self, destination: Path) -> BackupManifest:
        return back_up(self.database, self.media, self.folders, destination, audit_head=audit_head, now=NOW)

    def counts(self) -> dict[str, int]:
        with self.database.reading() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in METADATA.sorted_tables
            }


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """One simulated recording with its report, a snapshot of it, some people and what they did."""
    made = House(database, tmp_path / "house")
    bundle = record(tmp_path / "bundle", Plan(trials=3, invalid=(2,), origin="simulated"))
    report_beside(bundle)
    ingest_bundle(database, made.media, bundle)
    create_snapshot(database, made.media, made.root / "snapshots", SnapshotFilters(origins=("simulated",)), k=2, seed=0)
    with database.transaction() as session:
        add_account(session, "zoë 😀")
        note(session, "test.begun", "Ω", NOW, actor_id=None, words="naïve", number=7, nothing=None)
    return made


def load(database: Database, begun: threading.Event, over: threading.Event) -> None:
    """Every transaction adds a person and says so in the audit log: whoever sees one of them sees both."""
    number = 0
    while not over.is_set():
        number += 1
        with database.transaction() as session:
            person = add_account(session, f"load-{number}")
            note(session, "test.load", person.name, datetime.now(UTC), actor_id=person.id)
        begun.set()


def test_a_backup_under_load_is_of_one_moment(house: House, empty_database_url: str, tmp_path: Path) -> None:
    before = house.counts()
    begun, over = threading.Event(), threading.Event()
    writer = threading.Thread(target=load, args=(house.database, begun, over))
    writer.start()
    begun.wait()
    manifest = house.back_up(tmp_path / "backup")
    over.set()
    writer.join()

    elsewhere = MediaStore(tmp_path / "elsewhere" / "media")
    folders = {"snapshots": tmp_path / "elsewhere" / "snapshots"}
    restored = restore(tmp_path / "backup", empty_database_url, elsewhere, folders, audit_head=audit_head)
    assert restored == manifest
    assert check(empty_database_url) == []
    database = open_database(empty_database_url)
    there = House(database, tmp_path / "elsewhere")
    assert there.counts() == manifest.tables
    with database.reading() as session:
        people = session.scalar(select(func.count()).where(Account.name.startswith("load-")))
        entries = session.scalar(select(func.count()).where(AuditEntry.action == "test.load"))
        assert str(verify(session)) == manifest.audit_head
        assert session.scalars(select(Account.name).where(Account.name.startswith("zo"))).one() == "zoë 😀"
        recording = session.scalars(select(Recording)).one()
    assert people == entries
    assert people is not None
    assert manifest.tables["account"] == before["account"] + people > before["account"]
    assert recording.quality is not None
    assert recording.ingested_utc.tzinfo is not None
    digests = set(elsewhere.digests())
    assert digests == manifest.media
    for digest in digests:
        elsewhere.verify(digest)
    (snapshot,) = folders["snapshots"].iterdir()
    verify_snapshot(snapshot, elsewhere)
    with database.transaction() as session:  # life goes on: numbers do not collide
        account = add_account(session, "after")
        assert account.id == manifest.tables["account"] + 1
        note(session, "test.after", "", NOW, actor_id=account.id)
    with database.reading() as session:
        verify(session)
    database.close()


def change_manifest(backup: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    file = backup / "backup.json"
    file.write_text(json.dumps(change(json.loads(file.read_text()))))


def change_a_medium(backup: Path) -> None:
    next(backup.glob("media/*/*.bin")).write_bytes(b"another face")


def lose_a_table(backup: Path) -> None:
    (backup / "database" / "trial.jsonl.gz").unlink()


def add_a_file(backup: Path) -> None:
    (backup / "database" / "extra.jsonl.gz").touch()


def break_off(backup: Path) -> None:
    (backup / "backup.json").unlink()


def come_from_the_future(backup: Path) -> None:
    change_manifest(backup, lambda said: said | {"version": 2})


def rewrite_history(backup: Path) -> None:
    change_manifest(backup, lambda said: said | {"audit_head": f"1:{'0' * 64}"})


def count_wrongly(backup: Path) -> None:
    change_manifest(backup, lambda said: said | {"tables": said["tables"] | {"trial": 99}})


class TestOnOneDatabase:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_the_same_rows_give_the_same_bytes(self, house: House, tmp_path: Path) -> None:
        first, second = house.back_up(tmp_path / "first"), house.back_up(tmp_path / "second")
        assert first.files == second.files
        assert verify_backup(tmp_path / "first") == first

    def test_a_place_that_is_taken(self, house: House, tmp_path: Path) -> None:
        (tmp_path / "taken").mkdir()
        (tmp_path / "taken" / "thesis.tex").touch()
        with pytest.raises(BackupRefusedError, match="not empty"):
            house.back_up(tmp_path / "taken")
        (tmp_path / "empty").mkdir()
        house.back_up(tmp_path / "empty")

    def test_a_medium_that_is_gone_leaves_no_half_backup(self, house: House, tmp_path: Path) -> None:
        house.media.remove(next(iter(house.media.digests())))
        with pytest.raises(BackupBrokenOffError, match="withdrew"):
            house.back_up(tmp_path / "backup")
        assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == []

    def test_restored_into_empty_places_only(self, house: House, tmp_path: Path) -> None:
        house.back_up(tmp_path / "backup")
        empty = f"sqlite:///{tmp_path / 'new.db'}"
        taken = str(house.database.engine.url)
        other = MediaStore(tmp_path / "other")
        other.put_bytes(b"somebody else's face")
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "mine.txt").touch()
        nowhere = MediaStore(tmp_path / "nowhere")
        cases: list[tuple[str, MediaStore, dict[str, Path], str]] = [
            (taken, nowhere, {}, "holds rows already"),
            (empty, other, {}, "holds media that are not of this backup"),
            (empty, nowhere, {"snapshots": tmp_path / "folder"}, "holds files that are not"),
        ]
        for url, media, folders, told in cases:
            with pytest.raises(RestoreRefusedError, match=told):
                restore(tmp_path / "backup", url, media, folders, audit_head=audit_head)
        assert not (tmp_path / "new.db").exists()
        assert not (tmp_path / "nowhere").exists()

    def test_a_restore_that_was_cut_off_is_done_again(self, house: House, tmp_path: Path) -> None:
        manifest = house.back_up(tmp_path / "backup")
        url, media = f"sqlite:///{tmp_path / 'new.db'}", MediaStore(tmp_path / "new")

        def power_cut(step: str, done: int, _total: int) -> None:
            if (step, done) == ("rows (tables)", 5):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            restore(tmp_path / "backup", url, media, {}, audit_head=audit_head, progress=power_cut)
        restore(tmp_path / "backup", url, media, {}, audit_head=audit_head)
        there = open_database(url)
        assert House(there, tmp_path).counts() == manifest.tables
        there.close()

    @pytest.mark.parametrize(
        ("spoil", "told"),
        [
            (change_a_medium, "changed after it was written"),
            (lose_a_table, "is missing"),
            (add_a_file, "not of this backup"),
            (break_off, "broken off"),
            (come_from_the_future, "field version"),
            (rewrite_history, "audit log ends"),
            (count_wrongly, "99"),
        ],
    )
    def test_a_damaged_backup_is_told_and_leaves_no_row(
        self, house: House, tmp_path: Path, spoil: Callable[[Path], None], told: str
    ) -> None:
        house.back_up(tmp_path / "backup")
        for path in (tmp_path / "backup").glob("media/*/*.bin"):  # no longer the house's own files
            shutil.copy(path, path.with_suffix(".copy"))
            path.with_suffix(".copy").replace(path)
        spoil(tmp_path / "backup")
        url = f"sqlite:///{tmp_path / 'new.db'}"
        with pytest.raises(BackupDamagedError, match=told):
            restore(tmp_path / "backup", url, MediaStore(tmp_path / "new"), {}, audit_head=audit_head)
        if (tmp_path / "new.db").exists():
            there = open_database(url)
            assert set(House(there, tmp_path).counts().values()) == {0}
            there.close()

    def test_rows_that_were_changed_in_the_backup_are_found(self, house: House, tmp_path: Path) -> None:
        """By its digest; and, where somebody corrects the digest too, by the audit log's chain."""
        house.back_up(tmp_path / "backup")
        file = tmp_path / "backup" / "database" / "audit_entry.jsonl.gz"
        content = gzip.decompress(file.read_bytes()).replace(b"test.begun", b"test.never")
        file.write_bytes(gzip.compress(content))
        with pytest.raises(BackupDamagedError, match=r"audit_entry\.jsonl\.gz: changed"):
            verify_backup(tmp_path / "backup")
        entry = {"bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        change_manifest(
            tmp_path / "backup",
            lambda said: said | {"files": said["files"] | {"database/audit_entry.jsonl.gz": entry}},
        )
        with pytest.raises(Exception, match="entry"):
            restore(
                tmp_path / "backup", f"sqlite:///{tmp_path / 'n.db'}", MediaStore(tmp_path / "n"), {},
                audit_head=audit_head,
            )  # fmt: skip

    def test_an_older_backup_is_upgraded(self, tmp_path: Path) -> None:
        from server.db.engine import create_database_engine
        from server.db.upgrade import upgrade

        old = f"sqlite:///{tmp_path / 'old.db'}"
        upgrade(old, "0001")
        database = Database(create_database_engine(old))
        with database.transaction() as session:
            session.execute(text("INSERT INTO study (id, title) VALUES ('smiles', 'Smiles')"))
        back_up(database, MediaStore(tmp_path / "m"), {}, tmp_path / "backup", audit_head=lambda _s: "none", now=NOW)
        database.close()
        new = f"sqlite:///{tmp_path / 'new.db'}"
        restore(tmp_path / "backup", new, MediaStore(tmp_path / "m2"), {}, audit_head=lambda _s: "none")
        assert check(new) == []
