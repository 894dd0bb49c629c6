"""Resumable upload on both databases: every byte that was acknowledged is there, and every lie is told in words."""

import dataclasses
import hashlib
import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter
from sqlalchemy import select, update
from starlette.testclient import TestClient

from server.config import ServerConfig, UploadLimits
from server.db.audit import AuditEntry
from server.db.uploads import Upload
from server.uploads import examples
from server.uploads.arriving import Arrivals
from server.uploads.listing import UploadPage
from tests.server.uploads.sending import RawSender

CONTENT = bytes(range(256)) * 20


def test_pieces_become_a_whole(sender: RawSender, arrivals: Arrivals) -> None:
    place = sender.place(CONTENT)
    assert sender.offset(place) == 0
    first = sender.piece(place, 0, CONTENT[:2000], checked=True)
    assert (first.status_code, first.headers["Upload-Offset"], first.headers["Tus-Resumable"]) == (204, "2000", "1.0.0")
    assert "Upload-Expires" in first.headers
    assert sender.piece(place, 2000, b"").status_code == 204  # nothing is nothing
    assert sender.piece(place, 2000, CONTENT[2000:]).headers["Upload-Offset"] == str(len(CONTENT))
    status = sender.status(place)
    assert (status["state"], status["received"], status["name"]) == ("checking", len(CONTENT), "P01-s1")
    assert arrivals.archive(place[-32:]).read_bytes() == CONTENT


def test_what_was_written_but_not_acknowledged_is_cut_off(sender: RawSender, arrivals: Arrivals) -> None:
    place = sender.place(CONTENT)
    sender.piece(place, 0, CONTENT[:1000])
    with arrivals.archive(place[-32:]).open("ab") as file:
        file.write(b"of a piece during which the power went")
    assert sender.offset(place) == 1000
    sender.piece(place, 1000, CONTENT[1000:])
    assert arrivals.archive(place[-32:]).read_bytes() == CONTENT


def test_what_the_server_has_lost_is_said_so(sender: RawSender, arrivals: Arrivals) -> None:
    place = sender.place(CONTENT)
    sender.piece(place, 0, CONTENT[:1000])
    arrivals.archive(place[-32:]).unlink()
    lost = sender.piece(place, 1000, CONTENT[1000:])
    assert (lost.status_code, "send it anew" in lost.text) == (410, True)
    assert sender.status(place)["state"] == "given up"


def test_a_piece_that_is_not_what_was_meant_is_thrown_away(sender: RawSender, arrivals: Arrivals) -> None:
    place = sender.place(CONTENT)
    sender.piece(place, 0, CONTENT[:1000])
    wrong = sender.piece(place, 1000, CONTENT[1000:1500], Upload_Checksum="sha256 " + "A" * 43 + "=")
    assert (wrong.status_code, sender.offset(place)) == (460, 1000)
    assert sender.piece(place, 1000, CONTENT[1000:], checked=True).status_code == 204
    assert arrivals.archive(place[-32:]).read_bytes() == CONTENT


def test_the_offset_must_be_where_the_last_piece_ended(sender: RawSender) -> None:
    place = sender.place(CONTENT)
    sender.piece(place, 0, CONTENT[:1000])
    for offset in (0, 999, 1001, 10**9):
        answer = sender.piece(place, offset, b"x")
        assert (answer.status_code, "1000 bytes have arrived" in answer.text) == (409, True), offset
    assert sender.offset(place) == 1000


def test_more_bytes_than_were_declared_are_refused(sender: RawSender, arrivals: Arrivals) -> None:
    place = sender.place(CONTENT, length="1000")
    announced = sender.piece(place, 0, CONTENT)
    assert (announced.status_code, "declared to have 1000 bytes" in announced.text) == (413, True)

    def chunks():  # type: ignore[no-untyped-def]  # of which nobody says beforehand how many come
        yield CONTENT[:600]
        yield CONTENT[600:]

    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    answer = sender.client.patch(place, content=chunks(), headers=headers)
    assert (answer.status_code, sender.offset(place)) == (413, 0)


def test_two_cannot_write_into_one_upload_at_a_time(sender: RawSender, arrivals: Arrivals, app: FastAPI) -> None:
    place = sender.place(CONTENT)
    with app.state.database.reading() as session:
        account = session.scalars(select(Upload.account_id)).one()
    piece = arrivals.begin_piece(account, place[-32:], 0, None)
    assert sender.piece(place, 0, CONTENT[:10]).status_code == 423
    piece.close()
    assert sender.piece(place, 0, CONTENT[:10]).status_code == 204


def test_giving_up_deletes_what_has_arrived(sender: RawSender, arrivals: Arrivals) -> None:
    place = sender.place(CONTENT)
    sender.piece(place, 0, CONTENT[:1000])
    tus = {"Tus-Resumable": "1.0.0"}
    assert sender.client.delete(place, headers=tus).status_code == 204
    assert not arrivals.archive(place[-32:]).exists()
    assert sender.client.head(place, headers=tus).status_code == 410
    assert sender.piece(place, 1000, b"x").status_code == 410
    whole = sender.whole(CONTENT)
    assert sender.client.delete(whole, headers=tus).status_code == 409


def test_nobody_touches_an_upload_of_somebody_else(
    sender: RawSender, client_of: Callable[[str], TestClient], app: FastAPI
) -> None:
    place = sender.place(CONTENT)
    other = RawSender(client_of("experimenter"))
    assert other.piece(place, 0, b"x").status_code == 404
    assert other.client.get(place).status_code == 404
    assert other.client.delete(place, headers={"Tus-Resumable": "1.0.0"}).status_code == 404
    researcher = client_of("researcher")
    assert researcher.get(place).json()["sender"].startswith("experimenter-")
    assert researcher.delete(place, headers={"Tus-Resumable": "1.0.0"}).status_code == 404
    assert [len(c.get("/api/uploads").json()["uploads"]) for c in (sender.client, other.client, researcher)] == [
        1,
        0,
        1,
    ]
    rater = RawSender(client_of("rater"))
    assert rater.declare(CONTENT).status_code == 403
    nobody = RawSender(TestClient(app))
    assert (nobody.declare(CONTENT).status_code, nobody.piece(place, 0, b"x").status_code) == (401, 401)


def test_what_nobody_goes_on_with_is_given_up_in_time(sender: RawSender, arrivals: Arrivals) -> None:
    place = sender.place(CONTENT)
    sender.piece(place, 0, CONTENT[:1000])
    later = datetime.now(UTC) + arrivals.limits.expires_after
    assert arrivals.expire(later - timedelta(minutes=5)) == 0
    assert arrivals.expire(later + timedelta(minutes=5)) == 1
    assert not arrivals.archive(place[-32:]).exists()
    status = sender.status(place)
    assert (status["state"], "Nothing of it came for 7 days" in str(status["message"])) == ("given up", True)


def test_the_audit_log_knows_of_every_upload(sender: RawSender, app: FastAPI) -> None:
    place = sender.place(CONTENT)
    sender.client.delete(place, headers={"Tus-Resumable": "1.0.0"})
    with app.state.database.reading() as session:
        acts = session.execute(
            select(AuditEntry.action, AuditEntry.details).where(AuditEntry.about == place[-32:])
        ).all()
    assert [tuple(act) for act in acts] == [("upload.created", {"bytes": 5120}), ("upload.given_up", {"bytes": 0})]


def test_lists_go_on_where_a_page_ends(sender: RawSender, app: FastAPI) -> None:
    sender.place(CONTENT)
    with app.state.database.transaction() as session:
        one = session.scalars(select(Upload)).one()
        values = {column.name: getattr(one, column.name) for column in Upload.__table__.columns}
        session.add_all(Upload(**values | {"id": os.urandom(16).hex(), "state": "ingested"}) for _ in range(70))
    first = sender.client.get("/api/uploads").json()
    second = sender.client.get("/api/uploads", params={"after": first["next"]}).json()
    assert (len(first["uploads"]), len(second["uploads"]), second["next"]) == (50, 21, None)
    assert len({row["id"] for page in (first, second) for row in page["uploads"]}) == 71
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert len(sender.client.get("/api/uploads", params={"sha256": digest}).json()["uploads"]) == 50
    assert sender.client.get("/api/uploads", params={"sha256": "0" * 64}).json()["uploads"] == []
    assert sender.client.get("/api/uploads", params={"after": "yesterday"}).status_code == 400
    assert sender.client.get("/uploads", params={"after": first["next"]}).text.count("data-upload=") == 21


class TestLimits:
    @pytest.fixture
    def server_config(self, server_config: ServerConfig) -> ServerConfig:
        limits = UploadLimits(open_uploads=2, open_bytes=12_000, free_bytes=0)
        return dataclasses.replace(server_config, upload_limits=limits)

    def test_of_one_account(self, sender: RawSender, client_of: Callable[[str], TestClient]) -> None:
        place = sender.place(CONTENT)
        sender.place(CONTENT)
        answer = sender.declare(CONTENT)
        assert (answer.status_code, "2 uploads" in answer.text) == (429, True)
        RawSender(client_of("experimenter")).place(CONTENT)  # others may
        sender.client.delete(place, headers={"Tus-Resumable": "1.0.0"})
        assert sender.declare(CONTENT, length="9000").status_code == 429
        sender.place(CONTENT)

    def test_of_the_disk(self, sender: RawSender, monkeypatch: pytest.MonkeyPatch, app: FastAPI) -> None:
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(0, 0, 3 * len(CONTENT) + 100))
        place = sender.place(CONTENT)
        answer = sender.declare(CONTENT)  # the first one has been promised its room
        assert (answer.status_code, "nothing was sent" in answer.text) == (507, True)
        with app.state.database.transaction() as session:
            session.execute(update(Upload).values(received=0, state="ingested"))
        assert sender.declare(CONTENT).status_code == 201
        assert place


class TestHeaders:
    """What is refused before the database is asked for anything."""

    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.mark.parametrize(
        ("changes", "status", "told"),
        [
            ({"length": "0"}, 400, "at least one byte"),
            ({"length": "-5"}, 400, "whole number"),
            ({"length": "9" * 30}, 400, "whole number"),
            ({"length": str(2**50)}, 413, "duchenne ingest"),
            ({"sha256": "abc"}, 400, "key sha256"),
            ({"sha256": "G" * 64}, 400, "key sha256"),
        ],
    )
    def test_a_declaration_that_cannot_be(
        self, sender: RawSender, changes: dict[str, str], status: int, told: str
    ) -> None:
        answer = sender.declare(CONTENT, **changes)
        assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
        assert sender.client.get("/api/uploads").json()["uploads"] == []

    @pytest.mark.parametrize("metadata", ["sha256 ???", "sha256 YQ==,sha256 YQ==", "name /w==", ",,"])
    def test_metadata_that_cannot_be_read(self, sender: RawSender, metadata: str) -> None:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": metadata}
        answer = sender.client.post("/api/uploads", headers=headers)
        assert (answer.status_code, "Upload-Metadata" in answer.text) == (400, True)

    def test_the_examples_of_the_api_document_are_such_answers(self) -> None:
        assert TypeAdapter(UploadPage).validate_python(examples.PAGE).uploads[0].state == "ingested"

    def test_another_version_and_another_content_type(self, sender: RawSender) -> None:
        answer = dataclasses.replace(sender, version="0.2.2").declare(CONTENT)
        assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
        place = sender.place(CONTENT)
        assert sender.piece(place, 0, b"x", Content_Type="text/plain").status_code == 415
        assert sender.piece(place, 0, b"x", Upload_Checksum="md5 YQ==").status_code == 400
        assert sender.piece(place, 0, b"x", Upload_Offset="many").status_code == 400
        capable = sender.client.options("/api/uploads")
        assert (capable.status_code, capable.headers["Tus-Extension"]) == (
            204,
            "creation,expiration,checksum,termination",
        )
