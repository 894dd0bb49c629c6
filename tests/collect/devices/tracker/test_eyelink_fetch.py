"""A recording that stayed on the Host PC comes to its bundle, whose seal holds; on a scripted link.

The library is replaced by a scripted one in every test: no address is ever given to the real one.
"""

import hashlib
import inspect
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pylink
import pytest
from click.testing import CliRunner

from collect.bundle.format import SessionEnded, SessionResumed, SetupChecked, TrackerInfo, Warned
from collect.bundle.reader import read_bundle
from collect.bundle.tombstone import withdraw
from collect.bundle.verify import verify_bundle
from collect.bundle.writer import BundleWriter
from collect.devices.errors import NothingToFetchError, RecordingNotFetchedError, TrackerUnavailableError
from collect.devices.tracker.eyelink_fetch import fetch_recordings, missing_recordings
from collect.devices.tracker.eyelink_file import fetched, free_place, own_place
from collect.devices.tracker.eyelink_host import EyeLinkHost
from collect.session.resume import finish_session
from collect.simulation.virtual_clock import VirtualClock
from duchenne.cli import duchenne
from tests.golden.make_bundle import MANIFEST, START_NS, STUDY, header, make, record_trial, write_video

ADDRESS, MOVED = "tracker.invalid", "moved.invalid"
EDF = b"SR_RESEARCH_EDF" * 100
FILE = "D1234567.EDF"
EYELINK = f"tracker: {{kind: eyelink, address: {ADDRESS}, rate_hz: 500, eyes: LR}}"
INFO = TrackerInfo(
    kind="eyelink", model="EYELINK CL 6.14", rate_hz=500, eyes="LR", pupil_unit="arbitrary area", simulated=False
)
#: What receiveDataFile does: the bytes that arrive and the size that it promises, or an error of the library.
Reply = tuple[bytes, int] | RuntimeError
WHOLE: Reply = (EDF, len(EDF))


class HostPC:
    """The library, its only link, and a Host PC that replies in the order of a script."""

    def __init__(self, replies: Sequence[Reply], *, answers: bool = True) -> None:
        self.replies, self.answers = list(replies), answers
        self.said: list[tuple[str, ...]] = []
        self.progressUpdate: Callable[[str, int, int], int] | None = None

    def EyeLink(self, address: str) -> "HostPC":  # noqa: N802 -- the library's name
        self.said.append(("connect", address))
        if not self.answers:
            raise RuntimeError("Link terminated")
        return self

    def setOfflineMode(self) -> None:  # noqa: N802 -- the library's name
        self.said.append(("offline",))

    def receiveDataFile(self, source: str, target: str) -> int:  # noqa: N802 -- the library's name
        self.said.append(("receive", source))
        reply = self.replies.pop(0)
        if isinstance(reply, RuntimeError):
            raise reply
        Path(target).write_bytes(reply[0])
        if self.progressUpdate is not None:
            assert self.progressUpdate(source, reply[1], len(reply[0])) == 0
        return reply[1]

    def isConnected(self) -> int:  # noqa: N802 -- the library's name
        return 1

    def close(self) -> None:
        self.said.append(("close",))


def said_of_loss(file: str, place: str = "gaze/original.edf") -> str:
    return str(RecordingNotFetchedError(f"EyeLink at {ADDRESS}", file, Path(place), "0 of 9 bytes arrived"))


@pytest.fixture
def unsealed(tmp_path: Path) -> Path:
    """An EyeLink's session that has ended and waits for its seal: the recording did not come over."""
    study = STUDY.replace("tracker: {kind: simulated, rate_hz: 250, eyes: LR}", EYELINK)
    update = {"origin": "real", "tracker": INFO, "study_sha256": hashlib.sha256(study.encode()).hexdigest()}
    folder = tmp_path / "golden_P01_01"
    with TemporaryDirectory() as scratch:
        clip = Path(scratch) / "grey.mp4"
        write_video(clip, 5)
        manifest = MANIFEST.format(sha256=hashlib.sha256(clip.read_bytes()).hexdigest()).encode()
        writer = BundleWriter.create(
            folder, header(study).model_copy(update=update), study.encode(), manifest, {"grey": clip}, None
        )
    with writer:
        record_trial(writer, 1)
        writer.journal(SessionEnded(t_ns=START_NS + 1, outcome="completed"))
        writer.journal(Warned(t_ns=START_NS + 2, text=said_of_loss(FILE)))
    return folder


@pytest.fixture
def sealed(unsealed: Path) -> Path:
    finish_session(unsealed, VirtualClock())
    return unsealed


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """`duchenne …` where the library is `host`: the exit status, and all that is printed."""

    def run(host: HostPC, *words: object) -> tuple[int, str]:
        monkeypatch.setitem(sys.modules, "pylink", host)
        result = CliRunner().invoke(duchenne, [str(word) for word in words])
        return result.exit_code, f"{result.output}{result.exception or ''}"

    return run


def here(folder: Path) -> set[str]:
    """The recordings and notes in the bundle, and everything beside it."""
    return {path.name for path in (folder / "gaze").glob("original*")} | {
        path.name for path in folder.parent.iterdir() if path != folder
    }


def note_beside(recording: Path) -> dict[str, Any]:
    return json.loads(recording.with_suffix(".fetched.json").read_text())


def test_before_the_seal_it_comes_into_the_bundle_and_is_sealed_with_it(
    unsealed: Path, typed: Callable[..., tuple[int, str]]
) -> None:
    host = HostPC([WHOLE])
    status, told = typed(host, "collect", "fetch", unsealed)
    assert (status, host.said) == (0, [("connect", ADDRESS), ("offline",), ("receive", FILE), ("close",)]), told
    recording = unsealed / "gaze" / "original.D1234567.edf"
    assert recording.read_bytes() == EDF
    digest = hashlib.sha256(EDF).hexdigest()
    note = note_beside(recording)
    assert (note["sha256"], note["bytes"], note["host"], note["host_file"]) == (digest, len(EDF), ADDRESS, FILE)
    assert digest in told
    assert f"duchenne collect resume {unsealed}" in told
    finish_session(unsealed, VirtualClock())
    report = verify_bundle(unsealed)
    assert (report.state, report.problems) == ("sealed", ())
    seal = read_bundle(unsealed).seal
    assert seal is not None
    assert seal.files["gaze/original.D1234567.edf"] == digest


def test_a_sealed_bundle_is_not_touched_and_gets_it_beside_until_it_is_withdrawn(
    sealed: Path, typed: Callable[..., tuple[int, str]]
) -> None:
    before = {path: path.read_bytes() for path in sealed.rglob("*") if path.is_file()}
    status, told = typed(HostPC([WHOLE]), "collect", "fetch", sealed)
    assert status == 0, told
    assert "beside it" in told
    assert {path: path.read_bytes() for path in sealed.rglob("*") if path.is_file()} == before
    assert verify_bundle(sealed).ok
    recording = sealed.with_name("golden_P01_01.original.D1234567.edf")
    assert here(sealed) == {recording.name, "golden_P01_01.original.D1234567.fetched.json"}
    assert recording.read_bytes() == EDF
    assert note_beside(recording)["bundle_id"] == read_bundle(sealed).header.bundle_id

    others = [sealed.with_name(f"golden_P01_0{name}") for name in ("12.original.D1234567.edf", "1.originality.edf")]
    for path in others:
        path.write_bytes(b"another's")
    withdraw(sealed, datetime(2026, 3, 4, tzinfo=UTC))
    assert sorted(sealed.parent.iterdir()) == sorted([sealed, *others])


def test_verify_tells_what_is_missing_and_how_to_get_it(sealed: Path, typed: Callable[..., tuple[int, str]]) -> None:
    nobody = HostPC([])
    _, told = typed(nobody, "collect", "verify", sealed)
    assert f"still on its host, as {FILE}: duchenne collect fetch {sealed}" in told
    typed(HostPC([WHOLE]), "collect", "fetch", sealed)
    _, told = typed(nobody, "collect", "verify", sealed)
    assert "still on its host" not in told
    assert nobody.said == []


def test_what_did_not_arrive_whole_is_asked_for_again_and_then_leaves_nothing(unsealed: Path) -> None:
    half: Reply = (EDF[:6], len(EDF))
    host = HostPC([half, RuntimeError("timeout"), half])
    with pytest.raises(RecordingNotFetchedError, match=rf"6 of 1500 bytes arrived.*still on the Host PC as {FILE}"):
        fetch_recordings(unsealed, library=host)
    assert (here(unsealed), host.said[-1]) == (set(), ("close",))
    seen: list[tuple[int, int]] = []
    again = HostPC([half, WHOLE])
    (done,) = fetch_recordings(unsealed, library=again, progress=lambda *counts: seen.append(counts))
    assert done.recording.read_bytes() == EDF
    assert seen == [(6, 1500), (1500, 1500)]


def test_a_host_that_does_not_answer_is_told_and_may_have_moved(unsealed: Path) -> None:
    with pytest.raises(TrackerUnavailableError, match=rf"EyeLink at {ADDRESS}: connecting failed.*--host ADDRESS"):
        fetch_recordings(unsealed, library=HostPC([], answers=False))
    assert here(unsealed) == set()
    host = HostPC([WHOLE])
    (done,) = fetch_recordings(unsealed, host=MOVED, library=host)
    assert (host.said[0], done.note.host) == (("connect", MOVED), MOVED)


def test_what_is_here_is_not_fetched_twice_before_or_after_the_seal(unsealed: Path) -> None:
    fetch_recordings(unsealed, library=HostPC([WHOLE]))
    nobody = HostPC([])
    for _ in range(2):
        with pytest.raises(NothingToFetchError, match=rf"here already, {FILE} as .*original\.D1234567\.edf"):
            fetch_recordings(unsealed, library=nobody)
        if read_bundle(unsealed).state == "unsealed":
            finish_session(unsealed, VirtualClock())
    assert nobody.said == []


def test_what_was_copied_by_hand_as_the_message_said_is_here(unsealed: Path) -> None:
    (unsealed / "gaze" / "original.edf").write_bytes(EDF)
    finish_session(unsealed, VirtualClock())
    assert missing_recordings(read_bundle(unsealed)) == ()
    with pytest.raises(NothingToFetchError, match=r"here already"):
        fetch_recordings(unsealed, library=HostPC([]))


def test_a_later_parts_recording_is_not_taken_for_the_one_that_was_lost(unsealed: Path) -> None:
    checked = SetupChecked(t_ns=START_NS + 4, sound=True, camera_fps=30, encoder="libx264")
    with BundleWriter.reopen(unsealed) as writer:
        writer.journal(SessionResumed(t_ns=START_NS + 3, reboot=False))
        writer.journal(checked)
    (unsealed / "gaze" / "original.edf").write_bytes(b"of the second part")
    assert missing_recordings(read_bundle(unsealed)) == (FILE,)
    fetch_recordings(unsealed, library=HostPC([WHOLE]))
    assert (unsealed / "gaze" / "original.edf").read_bytes() == b"of the second part"
    assert missing_recordings(read_bundle(unsealed)) == ()


def test_half_a_recording_that_a_power_cut_left_spoils_no_seal(unsealed: Path) -> None:
    (unsealed / "gaze" / "original.D1234567.edf.partial").write_bytes(EDF[:6])
    finish_session(unsealed, VirtualClock())
    assert verify_bundle(unsealed).problems == ()
    assert missing_recordings(read_bundle(unsealed)) == (FILE,)


def test_a_recording_that_was_changed_since_is_told(unsealed: Path) -> None:
    (done,) = fetch_recordings(unsealed, library=HostPC([WHOLE]))
    done.recording.write_bytes(EDF + b"more")
    with pytest.raises(NothingToFetchError, match=r"not what was fetched.*field 'sha256'.*Move both away"):
        fetch_recordings(unsealed, library=HostPC([]))


def test_a_file_that_only_the_terminal_named_is_fetched_by_its_name(unsealed: Path) -> None:
    journal = unsealed / "journal.jsonl"
    journal.write_text("".join(line for line in journal.read_text().splitlines(True) if '"warned"' not in line))
    nobody = HostPC([])
    with pytest.raises(NothingToFetchError, match=r"names no file that stayed.*--file NAME\.EDF"):
        fetch_recordings(unsealed, library=nobody)
    with pytest.raises(NothingToFetchError, match=r"'\.\./SECRET' cannot be a file on the Host PC: .*at most 8"):
        fetch_recordings(unsealed, file="../secret.edf", library=nobody)
    assert nobody.said == []
    host = HostPC([WHOLE])
    (done,) = fetch_recordings(unsealed, file="d1234567", library=host)
    assert (done.recording.name, host.said[2]) == ("original.D1234567.edf", ("receive", FILE))


def test_another_tracker_keeps_no_file_and_nobody_is_asked(tmp_path: Path) -> None:
    folder, nobody = make(tmp_path / "session"), HostPC([])
    with pytest.raises(NothingToFetchError, match=r"no EyeLink but 'simulated' \(bundle\.json, field 'tracker\.kind'"):
        fetch_recordings(folder, host=ADDRESS, file=FILE, library=nobody)
    assert nobody.said == []


@pytest.mark.parametrize("place", ["gaze/original.edf", "gaze/original.D1234567.edf"])
def test_the_message_is_read_back_as_it_was_told(place: str) -> None:
    assert RecordingNotFetchedError.told_in(said_of_loss(FILE, f"/anywhere/{place}")) == (FILE, place)
    earlier = (
        f"It is still on the Host PC as {FILE}: copy it from there by hand and keep it with the bundle as {place}."
    )
    assert RecordingNotFetchedError.told_in(earlier) == (FILE, place)
    assert RecordingNotFetchedError.told_in("the participant coughed") is None


def test_a_resumed_sessions_recording_does_not_replace_the_first_parts(tmp_path: Path) -> None:
    original = tmp_path / "original"
    first = fetched(_open(HostPC([WHOLE])), "FIRST.EDF", free_place(original, "FIRST.EDF"))
    second = fetched(_open(HostPC([(b"2", 1)])), "SECOND.EDF", free_place(original, "SECOND.EDF"))
    assert (first, second) == (tmp_path / "original.edf", own_place(original, "SECOND.EDF"))
    assert (first.read_bytes(), second.read_bytes()) == (EDF, b"2")


def _open(host: HostPC) -> EyeLinkHost:
    return EyeLinkHost(ADDRESS, host, host)


def test_the_real_library_tells_progress_to_what_we_put_there() -> None:
    assert list(inspect.signature(pylink.EyeLink.progressUpdate).parameters) == ["self", "fileName", "size", "received"]
    link = pylink.EyeLink(None)  # its dummy, which connects to nothing
    with pytest.raises(RecordingNotFetchedError):
        fetched(EyeLinkHost(ADDRESS, pylink, link), FILE, Path("/nowhere/original.edf"), lambda done, total: None)
    assert link.progressUpdate("D1234567.EDF", 2, 1) == 0
