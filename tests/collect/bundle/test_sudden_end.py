"""A recording process that is killed, or whose disk is full, leaves a bundle that can be read and resumed."""

import subprocess
import sys
from pathlib import Path

from collect.bundle.format import SessionEnded, SessionResumed
from collect.bundle.reader import read_bundle
from collect.bundle.verify import verify_bundle
from collect.bundle.writer import BundleWriter
from tests.golden import make_bundle

REPOSITORY = Path(__file__).parents[3]

RECORD = """
import itertools, resource, sys
from pathlib import Path
from collect.bundle.errors import BundleWriteError
from collect.devices.protocols import GazeSample
from tests.golden import make_bundle

writer = make_bundle.begin(Path(sys.argv[1]), trials=2)
make_bundle.record_trial(writer, 1)
writer.flush()
if sys.argv[2] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, 64_000))
try:
    with writer:
        for k in itertools.count():
            writer.gaze([GazeSample(make_bundle.START_NS + 2 * 10**9 + k, 1.0, *([0.5] * 6))], [])
            if k == 5_000:
                print("recording", flush=True)
except BundleWriteError as error:
    print(error, flush=True)
"""


BEGIN = """
import hashlib, resource, sys
from pathlib import Path
from collect.bundle.errors import BundleWriteError
from collect.bundle.writer import BundleWriter
from tests.golden.make_bundle import MANIFEST, STUDY, header, truth, write_video

folder = Path(sys.argv[1])
clip = folder.parent.with_suffix(".mp4")
write_video(clip, 5)
manifest = MANIFEST.format(sha256=hashlib.sha256(clip.read_bytes()).hexdigest())
resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
try:
    BundleWriter.create(folder, header(STUDY, 2), STUDY.encode(), manifest.encode(), {"grey": clip}, truth(2))
except BundleWriteError as error:
    print(error, flush=True)
"""


def recorder(folder: Path, how: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", RECORD, str(folder), how], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )


def resume_and_seal(folder: Path) -> None:
    with BundleWriter.reopen(folder) as writer:
        writer.journal(SessionResumed(t_ns=make_bundle.START_NS + 10**13, reboot=False))
        writer.journal(SessionEnded(t_ns=make_bundle.START_NS + 10**13, outcome="stopped by experimenter"))
        writer.seal()
    assert verify_bundle(folder).problems == ()


def test_a_killed_recording_keeps_what_was_flushed(tmp_path: Path) -> None:
    with recorder(tmp_path / "bundle", "until killed") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recording\n"
        process.kill()
    bundle = read_bundle(tmp_path / "bundle")
    assert bundle.state == "unsealed"
    assert bundle.trials[0].valid
    assert len(bundle.samples_of(bundle.trials[0])) == 50
    assert len(bundle.gaze_samples()) > 100
    assert verify_bundle(tmp_path / "bundle").ok
    resume_and_seal(tmp_path / "bundle")


def test_a_disk_that_is_full_before_the_recording_begins_leaves_nothing_to_resume(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BEGIN, str(tmp_path / "out/bundle")]
    said = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=True).stdout
    assert "the disk did not take the new recording (File too large). Nothing was recorded yet" in said
    assert "start the session again" in said
    assert "resume" not in said
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_is_told_and_keeps_what_was_written(tmp_path: Path) -> None:
    with recorder(tmp_path / "bundle", "full") as process:
        said, _ = process.communicate()
    assert "the disk did not take the recording (File too large)" in said
    assert "then resume the session" in said
    bundle = read_bundle(tmp_path / "bundle")
    assert len(bundle.gaze_samples()) > 100
    assert bundle.trials[0].valid
    resume_and_seal(tmp_path / "bundle")
