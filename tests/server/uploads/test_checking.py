"""After the last byte: a recording is taken in whole, or refused in words and nothing of it is left."""

import io
import shutil
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from collect.bundle.packing import pack_bundle
from server.db.audit import AuditEntry
from server.db.studies import Participant, Study
from server.db.trials import Recording, Trial
from server.taking_in import taking_into
from server.uploads.arriving import Arrivals
from server.uploads.checking import Checking, Ingested, TryLaterError, sweep
from server.uploads.worker import UploadWorker
from tests.server.bundles import Plan, record
from tests.server.reports import report_beside
from tests.server.uploads.sending import RawSender

GOLDEN = Path(__file__).parents[2] / "golden" / "bundle-v1"
Check = Callable[[], int]


def packed(folder: Path) -> bytes:
    archive = pack_bundle(folder)
    return archive.read(0, archive.size)


def recordings(app: FastAPI) -> int:
    with app.state.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Recording)) or 0


def nothing_is_left(app: FastAPI, arrivals: Arrivals) -> bool:
    """No row, no medium, no archive, nothing unpacked."""
    left = [path for path in arrivals.root.iterdir() if path.name != ".checking"]
    return recordings(app) == 0 and not list(app.state.media.digests()) and not left


def test_a_recording_arrives_with_its_verdict(
    sender: RawSender, check: Check, arrivals: Arrivals, app: FastAPI, tmp_path: Path
) -> None:
    bundle = record(tmp_path / "P01-s1", Plan(trials=3, invalid=(2,)))
    report_beside(bundle)
    place = sender.whole(packed(bundle))
    assert sender.status(place)["state"] == "checking"
    assert check() == 1
    status = sender.status(place)
    assert (status["state"], status["recording_id"]) == ("ingested", pack_bundle(bundle).bundle_id)
    assert "2 of 3 trials valid, quality bad; 2 ER and 2 FER tasks" in str(status["message"])
    with app.state.database.reading() as session:
        recording = session.scalars(select(Recording)).one()
        trials = session.scalars(select(Trial).order_by(Trial.position)).all()
        acts = session.execute(select(AuditEntry.action, AuditEntry.actor_id).order_by(AuditEntry.id)).all()
    assert recording.quality is not None
    assert (recording.verdict, recording.quality["bundle_id"]) == ("bad", recording.id)
    assert [trial.verdict for trial in trials] == ["bad", "bad", "bad"]
    assert "Exactly one face" in trials[0].verdict_reasons
    assert trials[1].verdict_reasons == "Tracker lost"
    assert [act for act, _ in acts][-3:] == ["upload.created", "recording.ingested", "upload.ingested"]
    assert len({actor for act, actor in acts[-3:]}) == 1
    assert [path.name for path in arrivals.root.iterdir()] == [".checking"]
    assert "To the recording" in sender.client.get("/uploads").text


def test_the_same_recording_twice_is_one(sender: RawSender, check: Check, app: FastAPI) -> None:
    content = packed(GOLDEN)
    first, second = sender.whole(content), sender.whole(content)
    assert check() == 2
    assert [str(sender.status(place)["message"]).split(":")[0] for place in (first, second)] == [
        "Taken in", "Was there already",
    ]  # fmt: skip
    assert recordings(app) == 1


def test_another_archive_than_was_declared(sender: RawSender, check: Check, arrivals: Arrivals, app: FastAPI) -> None:
    place = sender.whole(packed(GOLDEN), sha256="0" * 64)
    check()
    status = sender.status(place)
    assert (status["state"], "declared: the bundle changed while it was sent" in str(status["message"])) == (
        "refused", True,
    )  # fmt: skip
    assert nothing_is_left(app, arrivals)


def a_path_that_climbs() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(f"{'a' * 32}/../../evil"))
    return file.getvalue()


def flipped_bit(folder: Path) -> None:
    samples = folder / "gaze/samples.csv"
    samples.write_bytes(samples.read_bytes()[:-3] + b"9\r\n")


def unsealed(folder: Path) -> None:
    (folder / "seal.json").unlink()


def one_more_file(folder: Path) -> None:
    (folder / "virus.exe").write_bytes(b"MZ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lambda _: b"this is no archive" * 100, "no tar archive"),
        (lambda _: a_path_that_climbs(), "no name of a file"),
        (lambda _: packed(GOLDEN)[:-2000], "breaks off"),
        (flipped_bit, "samples.csv"),
        (unsealed, "duchenne collect resume"),
        (one_more_file, "virus.exe"),
    ],
    ids=["garbage", "climbing", "cut", "flipped", "unsealed", "foreign"],
)
def test_what_is_no_whole_bundle_is_refused(
    sender: RawSender, check: Check, arrivals: Arrivals, app: FastAPI, tmp_path: Path, content: Any, told: str
) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(GOLDEN, folder)
    place = sender.whole(content(folder) or packed(folder))
    assert check() == 1
    status = sender.status(place)
    assert (status["state"], told in str(status["message"])) == ("refused", True), status
    assert str(arrivals.root) not in str(status["message"])
    assert nothing_is_left(app, arrivals)
    assert not (tmp_path / "evil").exists()


def test_one_that_was_never_sealed_is_taken_if_its_sender_says_so(
    sender: RawSender, check: Check, app: FastAPI, tmp_path: Path
) -> None:
    bundle = record(tmp_path / "bundle", seal=False)
    place = sender.whole(packed(bundle), allow_aborted="true")
    check()
    assert (sender.status(place)["state"], recordings(app)) == ("ingested", 1)
    assert "Aborted: kept, but neither rated nor trained on" in str(sender.status(place)["message"])


def test_who_has_withdrawn_stays_out_to_the_last_picture(
    sender: RawSender, check: Check, arrivals: Arrivals, app: FastAPI, tmp_path: Path
) -> None:
    bundle = record(tmp_path / "bundle")
    with app.state.database.transaction() as session:
        session.add(Study(id="golden", title="Golden"))
        session.flush()
        session.add(Participant(study_id="golden", pseudonym="P01", withdrawn_utc=datetime(2026, 3, 1, tzinfo=UTC)))
    place = sender.whole(packed(bundle))
    check()
    assert "withdrew on 2026-03-01" in str(sender.status(place)["message"])
    assert nothing_is_left(app, arrivals)


class TestTheServer:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_what_waits_at_a_restart_is_checked(self, sender: RawSender, arrivals: Arrivals, app: FastAPI) -> None:
        place = sender.whole(packed(GOLDEN))
        (arrivals.root / f"{place[-32:]}.unpacked").mkdir()  # of a check that was cut off
        worker = UploadWorker(arrivals, taking_into(app.state.database, app.state.media))
        worker.start()
        while sender.status(place)["state"] == "checking":
            pass
        worker.stop()
        assert sender.status(place)["state"] == "ingested"
        assert [path.name for path in arrivals.root.iterdir()] == [".checking"]

    def test_it_stops_in_the_middle_and_loses_nothing(
        self, sender: RawSender, check: Check, arrivals: Arrivals, app: FastAPI
    ) -> None:
        place = sender.whole(packed(GOLDEN))
        answers = iter([False, False, False, True])
        checking = Checking(arrivals, taking_into(app.state.database, app.state.media), lambda: next(answers, True))
        assert checking.run() == 0
        assert sender.status(place)["state"] == "checking"
        assert sorted(path.suffix for path in arrivals.root.iterdir()) == ["", ".tar"]
        assert check() == 1
        assert sender.status(place)["state"] == "ingested"

    def test_what_does_not_answer_is_no_fault_of_the_recording(
        self, sender: RawSender, check: Check, arrivals: Arrivals
    ) -> None:
        def away(folder: Path, **_more: object) -> Ingested:
            raise TryLaterError("the object store does not answer")

        first, second = sender.whole(packed(GOLDEN)), sender.whole(b"no archive" * 99)
        assert Checking(arrivals, away).run() == 1
        assert [sender.status(place)["state"] for place in (first, second)] == ["checking", "refused"]
        assert check() == 1

    def test_a_mistake_of_the_server_is_called_one(self, sender: RawSender, arrivals: Arrivals) -> None:
        def mistaken(folder: Path, **_more: object) -> Ingested:
            raise KeyError("a participant's name")

        place = sender.whole(packed(GOLDEN))
        Checking(arrivals, mistaken).run()
        message = str(sender.status(place)["message"])
        assert "The server made a mistake" in message
        assert "KeyError" in message
        assert "participant's name" not in message

    def test_a_recording_over_which_the_server_dies_is_not_tried_for_ever(
        self, sender: RawSender, arrivals: Arrivals
    ) -> None:
        class PowerCutError(BaseException):
            pass

        def dying(folder: Path, **_more: object) -> Ingested:
            (arrivals.root / "died").touch()
            raise PowerCutError

        place = sender.whole(packed(GOLDEN))
        for died in range(3):
            deaths = arrivals.archive(place[-32:]).with_suffix(".deaths")
            deaths.write_bytes(b"." * died)  # a killed process deletes nothing
            with pytest.raises(PowerCutError):
                Checking(arrivals, dying).run()
        deaths.write_bytes(b"...")
        assert Checking(arrivals, dying).run() == 1
        assert "stopped 3 times" in str(sender.status(place)["message"])

    def test_what_the_server_has_lost_is_not_waited_for(
        self, sender: RawSender, check: Check, arrivals: Arrivals
    ) -> None:
        place = sender.whole(packed(GOLDEN))
        arrivals.archive(place[-32:]).unlink()
        assert check() == 1
        status = sender.status(place)
        assert (status["state"], "send it anew" in str(status["message"])) == ("given up", True)

    def test_one_process_checks_at_a_time(self, sender: RawSender, check: Check, arrivals: Arrivals) -> None:
        def meanwhile(folder: Path, **_more: object) -> Ingested:
            assert check() == 0
            return Ingested("a" * 32, "Taken in.")

        sender.whole(packed(GOLDEN))
        assert Checking(arrivals, meanwhile).run() == 1

    def test_what_a_sudden_end_left_is_swept_up(self, sender: RawSender, check: Check, arrivals: Arrivals) -> None:
        done, open_ = sender.whole(packed(GOLDEN)), sender.place(b"still on its way")
        sender.piece(open_, 0, b"still")
        check()
        arrivals.archive(done[-32:]).write_bytes(b"was about to be deleted")
        (arrivals.root / f"{done[-32:]}.unpacked" / "camera").mkdir(parents=True)
        sweep(arrivals)
        assert sorted(path.name for path in arrivals.root.iterdir()) == [".checking", f"{open_[-32:]}.tar"]
