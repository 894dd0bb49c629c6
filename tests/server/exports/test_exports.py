"""What leaves the house: everything that may, nothing that may not, and the same in every format."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.db.audit import AuditEntry
from server.db.engine import Database
from server.db.ratings import Adjudication, Exposure, RatingTask, Vote
from server.db.studies import Participant
from server.db.trials import SelfReport, Trial
from server.exports import walking
from server.exports.columns import COLUMNS, Kind, Table
from server.exports.errors import ExportInTheWayError, NoSuchExportError
from server.exports.exporting import stream, write_file
from server.exports.formats import Format, encode
from server.exports.walking import Choice
from server.participants.beyond import Stores
from server.participants.withdrawing import withdraw
from tests.server.rows import THEN, add_account, add_task, add_trial

ClientOf = Callable[[str], TestClient]
REAL = Choice()


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that every table is walked in several steps."""
    monkeypatch.setattr(walking, "AT_ONCE", 2)


def answer(session: Session, task: RatingTask, rater_id: int, seven: str = "fear", **changes: Any) -> Vote:
    values: dict[str, Any] = {
        "three": "negative", "valence": -0.5, "arousal": 0.25, "intensity": 1.5 if task.instrument == "FER" else None,
        "idempotency_key": f"{task.id}-{rater_id}-{changes.get('supersedes_id')}", "created_utc": THEN,
    }  # fmt: skip
    vote = Vote(task_id=task.id, instrument=task.instrument, rater_id=rater_id, seven=seven, **(values | changes))
    session.add(vote)
    session.flush()
    return vote


@pytest.fixture
def house(database: Database) -> dict[str, str]:
    """Trials by what is special about them; rita and otto have rated the real ones."""
    with database.transaction() as session:
        rita, otto = add_account(session, "rita", pseudonym="r-rita"), add_account(session, "otto", pseudonym="r-otto")
        trials = {
            "rated": add_trial(session, participant="P01"),
            "unrated": add_trial(session, participant="P02", clip="=HYPERLINK(1)"),
            "refused": add_trial(session, participant="P03", consent_training=False),
            "simulated": add_trial(session, participant="P04", origin="simulated"),
            "other study": add_trial(session, participant="P05", study="frowns"),
            "training": add_trial(session, participant="P06"),
        }
        for name in ("rated", "refused", "simulated", "training"):
            for instrument in ("ER", "FER"):
                task = add_task(session, trials[name], instrument)
                task.purpose = "training" if name == "training" else "study"
                wrong = answer(session, task, rita.id, "anger", note="my neighbour, Mr Smith")
                answer(session, task, rita.id, supersedes_id=wrong.id, prelabel_seen=True, looked_ms=4200, position=7)
                answer(session, task, otto.id, flags="occluded,unsure", valence=-1.0)
        session.add(SelfReport(trial_id=trials["rated"].id, seven="sadness", valence=0.0, valence_step=5))
        session.add(Exposure(rater_id=rita.id, trial_id=trials["rated"].id, what="context", seen_utc=THEN))
        return {name: trial.id for name, trial in trials.items()}


def rows(database: Database, table: Table, choice: Choice = REAL) -> list[dict[str, Any]]:
    content = b"".join(stream(database, table, Format.JSON, choice))
    told: list[dict[str, Any]] = json.loads(content)
    return told


def test_an_answer_is_told_whole_and_by_pseudonym(database: Database, house: dict[str, str]) -> None:
    told = rows(database, Table.ANSWERS)
    assert [(row["instrument"], row["rater"], row["seven"]) for row in told] == [
        ("ER", "r-rita", "fear"), ("ER", "r-otto", "fear"), ("FER", "r-rita", "fear"), ("FER", "r-otto", "fear"),
    ]  # fmt: skip
    assert {row["trial"] for row in told} == {house["rated"]}
    first = told[0]
    assert list(first) == [column.name for column in COLUMNS[Table.ANSWERS]]
    assert (first["participant"], first["study"], first["origin"]) == ("P01", "smiles", "real")
    assert (first["valence"], first["intensity"], first["prelabel_seen"], first["stands"]) == (-0.5, None, True, True)
    assert (first["place"], first["looked_ms"], first["answered_utc"]) == (7, 4200, "2026-01-02T03:04:05.000Z")
    assert told[3]["flags"] == "occluded,unsure"
    everything = b"".join(stream(database, Table.ANSWERS, Format.CSV, REAL))
    assert b"Mr Smith" not in everything
    assert b"otto" not in everything.replace(b"r-otto", b"")


def test_history_has_what_was_corrected_too(database: Database, house: dict[str, str]) -> None:
    told = rows(database, Table.ANSWERS, Choice(history=True))
    assert [(row["seven"], row["stands"]) for row in told if row["instrument"] == "ER"] == [
        ("anger", False), ("fear", True), ("fear", True),
    ]  # fmt: skip
    assert told[1]["corrects"] == told[0]["answer"]


def test_labels_are_those_of_the_named_policy(database: Database, house: dict[str, str]) -> None:
    with database.transaction() as session:
        judge = add_account(session, "judge")
        session.add(
            Adjudication(
                trial_id=house["rated"], instrument="ER", by_id=judge.id, seven="sadness", three="negative",
                valence=-0.25, arousal=0.0, reason="clear", created_utc=THEN,
            )
        )  # fmt: skip
    plain = rows(database, Table.LABELS, Choice(policy="majority-soft-v1"))
    assert [(row["instrument"], row["seven"], row["raters"], row["policy"]) for row in plain] == [
        ("ER", "fear", 2, "majority-soft-v1"),
        ("FER", "fear", 2, "majority-soft-v1"),
    ]
    assert (plain[0]["valence"], plain[0]["seven_fear"], plain[0]["prelabel_seen"]) == (-0.75, 1.0, 1)
    usual = rows(database, Table.LABELS)
    assert [(row["seven"], row["policy"]) for row in usual] == [
        ("sadness", "majority-soft-v2"),
        ("fear", "majority-soft-v2"),
    ]
    weighed = rows(database, Table.LABELS, Choice(policy="dawid-skene"))
    assert [row["policy"] for row in weighed] == ["dawid-skene-v1"] * 2


def test_trials_self_reports_and_exposures(database: Database, house: dict[str, str]) -> None:
    assert {row["trial"] for row in rows(database, Table.TRIALS)} == {
        house[name] for name in ("rated", "unrated", "other study", "training")
    }
    (trial,) = [row for row in rows(database, Table.TRIALS) if row["trial"] == house["rated"]]
    assert (trial["has_face"], trial["tracker_rate_hz"], trial["consent_publication"]) == (True, 1000.0, False)
    (said,) = rows(database, Table.SELF_REPORTS)
    assert (said["seven"], said["three"], said["valence"], said["valence_step"]) == ("sadness", None, 0.0, 5)
    (seen,) = rows(database, Table.EXPOSURES)
    assert (seen["rater"], seen["seen"], seen["trial"]) == ("r-rita", "context", house["rated"])


def test_consent_origin_and_study_decide_for_every_table(database: Database, house: dict[str, str]) -> None:
    with database.transaction() as session:
        for name in house.values():
            if name != house["rated"]:
                session.add(SelfReport(trial_id=name, seven="fear"))
                rater = session.scalars(select(Vote.rater_id)).first()
                session.add(Exposure(rater_id=rater, trial_id=name, what="context", seen_utc=THEN))
    everything = Choice(origins=("imported", "real", "simulated"))

    def told(table: Table, choice: Choice, column: str = "trial") -> set[str]:
        return {row[column] for row in rows(database, table, choice)}

    for table in Table:
        assert house["refused"] not in told(table, everything)
        assert house["simulated"] not in told(table, REAL)
        assert house["simulated"] in told(table, everything)
        assert told(table, Choice(study="frowns"), "study") <= {"frowns"}
        assert told(table, everything, "origin") == {"real", "simulated"}
    with database.transaction() as session:
        session.scalars(select(Participant).filter_by(pseudonym="P01")).one().withdrawn_utc = THEN
    for table in Table:
        assert house["rated"] not in told(table, everything)


def test_every_format_says_the_same(database: Database, house: dict[str, str]) -> None:
    choice = Choice(origins=("real", "simulated"), history=True)
    for table in Table:
        written = {fmt: b"".join(stream(database, table, fmt, choice)) for fmt in Format}
        expected = json.loads(written[Format.JSON])
        assert expected
        assert [json.loads(line) for line in written[Format.NDJSON].splitlines()] == expected
        parquet = pq.read_table(io.BytesIO(written[Format.PARQUET]))
        assert parquet.schema.field("trial").metadata[b"unit"] == b"32 hex digits"
        kinds = {column.name: column.kind for column in COLUMNS[table]}
        assert [{name: _as_json(value) for name, value in row.items()} for row in parquet.to_pylist()] == expected
        cells = list(csv.DictReader(io.StringIO(written[Format.CSV].decode())))
        assert [{name: _of_cell(text, kinds[name]) for name, text in row.items()} for row in cells] == [
            {name: None if value == "" else value for name, value in row.items()} for row in expected
        ]


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _of_cell(text: str, kind: Kind) -> Any:
    if text == "":
        return None
    if kind in (Kind.INTEGER, Kind.NUMBER):
        return json.loads(text)
    return {"true": True, "false": False}[text] if kind is Kind.YES_NO else text.removeprefix("'")


def test_an_empty_table_is_a_whole_file(database: Database) -> None:
    for table in Table:
        names = [column.name for column in COLUMNS[table]]
        written = {fmt: b"".join(stream(database, table, fmt, REAL)) for fmt in Format}
        assert written[Format.CSV].decode() == ",".join(names) + "\r\n"
        assert (written[Format.NDJSON], written[Format.JSON]) == (b"", b"[\n]\n")
        empty = pq.read_table(io.BytesIO(written[Format.PARQUET]))
        assert (empty.column_names, empty.num_rows) == (names, 0)


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(database: Database, house: dict[str, str]) -> None:
    content = b"".join(stream(database, Table.TRIALS, Format.CSV, REAL)).decode()
    assert ",'=HYPERLINK(1)," in content
    assert ",=" not in content
    for begin in ("=", "+", "-", "@", "\t", "\r"):
        cells = (f"{begin}x",) + (None,) * 7
        text = b"".join(encode(Format.CSV, COLUMNS[Table.TRIALS][:8], [[cells]])).decode()
        assert next(csv.reader(io.StringIO(text.split("\r\n", 1)[1], newline="")))[0] == f"'{begin}x"
    assert b"=HYPERLINK(1)" in b"".join(stream(database, Table.TRIALS, Format.NDJSON, REAL))


def test_by_http_with_its_type_and_a_line_in_the_audit_log(app: FastAPI, client_of: ClientOf) -> None:
    with app.state.database.transaction() as session:
        add_trial(session, participant="Pä1")
    client = client_of("researcher")
    got = client.get("/api/exports/trials.csv", params={"include": ["real", "simulated"]})
    assert got.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert got.headers["content-disposition"].startswith('attachment; filename="duchenne-trials-')
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "Pä1" in got.content.decode()
    with app.state.database.reading() as session:
        (entry,) = session.scalars(select(AuditEntry).filter_by(action="export.made"))
        assert (entry.about, entry.details["origins"]) == ("trials.csv", "real,simulated")
    assert "Pä1" not in json.dumps(entry.details)
    dictionary = {one["table"]: one["columns"] for one in client.get("/api/exports/columns").json()}
    assert [column["name"] for column in dictionary["trials"]] == got.text.split("\r\n")[0].split(",")


def test_what_there_is_not_is_refused_in_words(client_of: ClientOf) -> None:
    client = client_of("researcher")
    for address, told in (
        ("/api/exports/trials.xlsx", "fmt"),
        ("/api/exports/faces.csv", "table"),
        ("/api/exports/trials.csv?include=dreamt", "include"),
        ("/api/exports/trials.csv?study=nothing", "study 'nothing': the database has no such study"),
        ("/api/exports/labels.csv?policy=mine", "label policy 'mine'"),
    ):
        refused = client.get(address)
        assert refused.status_code == 422
        assert told in refused.text


def test_nobody_else_takes_anything_out(client_of: ClientOf) -> None:
    for role in ("rater", "adjudicator", "experimenter"):
        client = client_of(role)
        for address in ("/api/exports/trials.csv", "/exports", "/api/exports/columns"):
            assert client.get(address).status_code == 403


def test_the_page_links_to_what_is_chosen(app: FastAPI, client_of: ClientOf) -> None:
    with app.state.database.transaction() as session:
        add_trial(session, participant="P01", study="smiles & tears")
        add_trial(session, participant="P02", study="smiles & tears", origin="simulated")
    client = client_of("researcher")
    page = client.get("/exports", headers={"Accept": "text/html"}).text
    assert "/api/exports/answers.parquet?include=real" in page
    assert "(1 trial)" in page
    page = client.get(
        "/exports",
        params={"include": ["simulated"], "study": "smiles & tears", "history": "true"},
        headers={"Accept": "text/html"},
    ).text
    assert "answers.csv?include=simulated&amp;study=smiles+%26+tears&amp;history=true" in page


def test_a_file_is_written_whole_or_not_at_all(
    database: Database, house: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out" / "answers.csv"
    written = write_file(database, Table.ANSWERS, Format.CSV, REAL, path, THEN)
    assert path.stat().st_size == written
    with pytest.raises(ExportInTheWayError, match="is there already"):
        write_file(database, Table.ANSWERS, Format.CSV, REAL, path, THEN)
    with pytest.raises(NoSuchExportError, match="'nothing'"):
        write_file(database, Table.ANSWERS, Format.CSV, Choice(study="nothing"), tmp_path / "x.csv", THEN)

    def full(*_args: object) -> Iterator[bytes]:
        yield b"some"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.exports.exporting.stream", full)
    with pytest.raises(ExportInTheWayError, match=r"No space left on device\); nothing is left there"):
        write_file(database, Table.ANSWERS, Format.CSV, REAL, tmp_path / "y.csv", THEN)
    assert sorted(one.name for one in tmp_path.rglob("*.csv")) == ["answers.csv"]


def test_after_a_withdrawal_no_export_has_them(database: Database, house: dict[str, str], tmp_path: Path) -> None:
    from annotate.media_store import MediaStore

    stores = Stores(MediaStore(tmp_path / "media"), tmp_path / "snapshots", tmp_path / "uploads")
    withdraw(database, stores, "smiles", "P01")
    for table in Table:
        assert b"P01" not in b"".join(stream(database, table, Format.CSV, Choice(history=True)))
    with database.reading() as session:
        assert session.get(Trial, house["rated"]) is None


def test_memory_does_not_grow_with_the_rows() -> None:
    """A million answers go through the encoders in parts, none of which is large."""
    columns = COLUMNS[Table.ANSWERS]
    row = tuple(
        {Kind.TEXT: "x", Kind.INTEGER: 1, Kind.NUMBER: 0.5, Kind.YES_NO: True, Kind.TIME: THEN}[c.kind] for c in columns
    )
    for fmt in Format:
        largest = max(map(len, encode(fmt, columns, ([row] * 1000 for _ in range(60)))))
        assert largest < 1_500_000
