"""What a damaged bundle says: cut off, flipped, added to, from the future."""

import json
import shutil
from pathlib import Path

import pytest

from collect.bundle.errors import BundleBrokenError, BundleError, BundleExistsError, BundleSealedError
from collect.bundle.format import SessionEnded, SessionResumed, TrialStarted
from collect.bundle.reader import read_bundle
from collect.bundle.verify import verify_bundle
from collect.bundle.writer import BundleWriter
from collect.errors import CollectError
from tests.golden import make_bundle

GOLDEN = Path(__file__).parents[2] / "golden/bundle-v1"


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    shutil.copytree(GOLDEN, tmp_path / "bundle")
    return tmp_path / "bundle"


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """Three trials planned, one recorded, then the power went."""
    with make_bundle.begin(tmp_path / "bundle", trials=3) as writer:
        make_bundle.record_trial(writer, 1)
        writer.journal(TrialStarted(t_ns=make_bundle.START_NS + 10**9, trial=2, clip="grey"))
    return tmp_path / "bundle"


@pytest.mark.parametrize(
    "name", [str(path.relative_to(GOLDEN)) for path in sorted(GOLDEN.rglob("*")) if path.is_file()]
)
def test_any_flipped_bit_is_found(sealed: Path, name: str) -> None:
    data = bytearray((sealed / name).read_bytes())
    data[len(data) // 2] ^= 1
    (sealed / name).write_bytes(data)
    report = verify_bundle(sealed)
    assert not report.ok
    # A flipped bit in the seal itself accuses the file that the seal no longer fits.
    assert name == "seal.json" or name in report.problems[0]


def test_a_flipped_bit_is_told_in_words(sealed: Path) -> None:
    video = sealed / "camera/face.mkv"
    data = bytearray(video.read_bytes())
    data[-100] ^= 1
    video.write_bytes(data)
    assert "changed since the bundle was sealed" in verify_bundle(sealed).problems[0]


def test_missing_and_added_files_are_named(sealed: Path) -> None:
    (sealed / "screen/flips.csv").rename(sealed / "gaze/original.asc")
    with pytest.raises(BundleBrokenError, match=r"screen/flips\.csv: sealed in, but missing now"):
        read_bundle(sealed)
    shutil.copy(sealed / "gaze/original.asc", sealed / "screen/flips.csv")
    with pytest.raises(BundleBrokenError, match=r"original\.asc: came into the bundle after it was sealed"):
        read_bundle(sealed)


def test_unknown_files_and_links_are_refused(sealed: Path) -> None:
    (sealed / "notes.txt").write_text("hello")
    with pytest.raises(BundleBrokenError, match=r"notes\.txt: a bundle of version 1 has no such file"):
        read_bundle(sealed)
    (sealed / "notes.txt").unlink()
    (sealed / "stimuli/grey.mp4").unlink()
    (sealed / "stimuli/grey.mp4").symlink_to("/etc/hostname")
    with pytest.raises(BundleBrokenError, match="no plain file"):
        read_bundle(sealed)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": 2}, r"bundle\.json: field 'version': expected 1, found 2\. Update the program"),
        ({"format": "zip"}, r"bundle\.json: field 'format': expected 'duchenne-bundle', found 'zip'"),
        ({"mood": "fine"}, r"bundle\.json: field 'mood': this field is not known"),
        ({"participant": "Jane Doe"}, r"bundle\.json: field 'participant': .*'Jane Doe'"),
        ({"study_sha256": "0" * 64}, r"study\.yaml: this is not the study of bundle\.json"),
        ({"origin": "real"}, r"origin 'real' and simulation\.json do not go together"),
    ],
)
def test_a_wrong_header_is_named_by_field(sealed: Path, change: dict[str, object], complaint: str) -> None:
    header = json.loads((sealed / "bundle.json").read_text())
    (sealed / "bundle.json").write_text(json.dumps(header | change))
    with pytest.raises(BundleBrokenError, match=complaint):
        read_bundle(sealed)


@pytest.mark.parametrize(
    ("name", "line", "complaint"),
    [
        ("gaze/samples.csv", "5,oops,,,,,,\n", r"samples\.csv, line 102: field 'device_ms': 'oops' cannot stand here"),
        ("gaze/samples.csv", "5,1.0\n", r"samples\.csv, line 102: expected 8 fields, found 2"),
        ("gaze/samples.csv", ",1.0,,,,,,\n", r"samples\.csv, line 102: field 'host_ns'"),
        ("gaze/events.csv", "wink,L,1,2,1,2,,,,,,tracker\n", r"events\.csv, line 5: field 'kind': 'wink'"),
        ("journal.jsonl", '{"t_ns":1,"event":"danced"}\n', r"journal\.jsonl, line 10"),
        ("journal.jsonl", '{"t_ns":1,"event":"clip_started","trial":9}\n', r"line 10: trial 9 has not been started"),
        ("gaze/samples.csv", "5000", r"samples\.csv, line 102: the file breaks off in the middle of this line"),
    ],
)
def test_a_wrong_line_is_named(sealed: Path, name: str, line: str, complaint: str) -> None:
    with (sealed / name).open("a") as file:
        file.write(line)

    def read_all() -> None:
        bundle = read_bundle(sealed)
        bundle.gaze_samples()
        bundle.eye_events()

    with pytest.raises(BundleBrokenError, match=complaint):
        read_all()


def test_a_bundle_that_was_cut_off_is_read_to_its_last_whole_line(cut: Path) -> None:
    for name in ("gaze/samples.csv", "screen/flips.csv", "journal.jsonl"):
        with (cut / name).open("a") as file:
            file.write('{"half a li')
    with (cut / "gaze/events.csv").open("ab") as events:
        events.write(bytes(4096))  # a block that was allocated but never written
    (cut / "bundle.json.partial").write_text("{")
    bundle = read_bundle(cut)
    assert bundle.state == "unsealed"
    assert [(trial.number, trial.valid) for trial in bundle.trials] == [(1, True), (2, False)]
    assert bundle.trials[1].reason == "the recording stops within this trial"
    assert (len(bundle.gaze_samples()), len(bundle.eye_events()), len(bundle.flips())) == (100, 3, 5)
    report = verify_bundle(cut)
    assert (report.state, report.ok) == ("unsealed", True)
    said = " ".join(report.notes)
    assert "the session was cut off before its end" in said
    assert "gaze/samples.csv: breaks off in line 102" in said
    assert "The journal holds 2 of 3 trials and stops within trial 2" in said


def test_a_video_that_lost_its_end_is_told(cut: Path) -> None:
    video = cut / "camera/face.mkv"
    video.write_bytes(video.read_bytes()[:-400])
    assert any("frames.csv lists 15" in note for note in verify_bundle(cut).notes)


def test_a_resumed_session_goes_on_and_keeps_host_times_apart(cut: Path) -> None:
    with (cut / "gaze/samples.csv").open("a") as file:
        file.write("5000,1")
    with BundleWriter.reopen(cut) as writer:
        writer.journal(SessionResumed(t_ns=make_bundle.START_NS, reboot=True))
        # The machine was started again, so the same host times come once more.
        for number in (2, 3):
            make_bundle.record_trial(writer, number)
        make_bundle.record_trial(writer, 1)
        writer.journal(SessionEnded(t_ns=make_bundle.START_NS + 4 * 10**9, outcome="completed"))
        writer.seal()
    bundle = read_bundle(cut)
    assert verify_bundle(cut).problems == ()
    assert [(trial.number, trial.part, trial.valid) for trial in bundle.trials] == [
        (1, 1, True),
        (2, 1, True),
        (3, 1, True),
    ]
    assert len(bundle.gaze_samples()) == 400
    assert len(bundle.samples_of(bundle.trials[0])) == 50  # and not 100
    assert len(bundle.flips_of(bundle.trials[0])) == 5


def test_writing_refuses_what_it_must(sealed: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleExistsError, match="exists already"):
        make_bundle.begin(sealed)
    with pytest.raises(BundleSealedError, match="cannot be continued"):
        BundleWriter.reopen(sealed)
    study = (sealed / "study.yaml").read_bytes()
    manifest = (sealed / "stimuli/manifest.yaml").read_bytes()
    other = tmp_path / "other.mp4"
    other.write_bytes(b"another clip")
    for clips, complaint in (({"grey": other}, "this is not the file"), ({}, "file of clip 'grey' was not given")):
        with pytest.raises(BundleError, match=complaint):
            BundleWriter.create(
                tmp_path / "new", make_bundle.header(study.decode()), study, manifest, clips, make_bundle.truth()
            )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "other.mp4"]


def test_a_closed_bundle_takes_nothing_more(tmp_path: Path) -> None:
    writer = make_bundle.begin(tmp_path / "bundle")
    writer.close()
    writer.close()
    with pytest.raises(BundleSealedError, match="closed"):
        writer.gaze_message(1, 1.0, "late")


def test_no_bundle_at_all(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="no such folder"):
        read_bundle(tmp_path / "nowhere")
    with pytest.raises(CollectError, match=r"bundle\.json: missing: this is no bundle"):
        read_bundle(tmp_path)
    assert verify_bundle(tmp_path).state == "unreadable"
