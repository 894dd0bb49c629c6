"""A published recording of twenty trials with a face video of another origin: nothing of it may be lost."""

import csv
from pathlib import Path

import av
import pytest

from collect.bundle.reader import read_bundle
from collect.bundle.verify import verify_bundle
from collect.gaze.asc import read_asc
from collect.recording_import.importing import import_recording

DATA = Path(__file__).parents[4] / "shared/data"
ASC = DATA / "asc/opencogsci_data1.asc"
FACE = DATA / "faces/pyfeat_single_face.mp4"


def table_of(asc: Path) -> str:
    """A trial goes from 'start_trial N' to 'phase end'; each is given the whole face video."""
    lines, start = ["trial\tclip\tstart_ms\tend_ms\tface_start_s"], 0.0
    for message in read_asc(asc).messages:
        if message.text.startswith("start_trial "):
            start = message.time_ms
        elif message.text == "phase end" and start:
            number = len(lines)
            lines.append(f"{number}\tscene-{number}\t{start:.10g}\t{message.time_ms:.10g}\t0")
            start = 0.0
    return "\n".join(lines) + "\n"


@pytest.mark.skipif(not ASC.is_file(), reason="the real recordings are not beside this checkout (../shared/data)")
def test_twenty_real_trials(tmp_path: Path) -> None:
    (tmp_path / "trials.tsv").write_text(table_of(ASC))
    folder = import_recording(
        ASC, FACE, tmp_path / "trials.tsv", tmp_path / "bundle",
        participant="PP04", study_id="visual-search", consent_scopes=("recording", "rating"),
    )  # fmt: skip
    report = verify_bundle(folder)
    assert (report.state, report.problems, report.trials, report.trials_valid) == ("sealed", (), 20, 20)

    truth = csv.DictReader((DATA / "TRUTH_asc.tsv").read_text("utf-8").splitlines(), delimiter="\t")
    row = next(row for row in truth if row["file"] == "asc/opencogsci_data1.asc")
    bundle = read_bundle(folder)
    kinds = bundle.eye_events()["kind"].tolist()
    assert len(bundle.gaze_samples()) == int(row["samples"])
    assert len(bundle.gaze_messages()) == int(row["MSG"])
    for kind, column in (("fixation", "EFIX L/R"), ("saccade", "ESACC L/R"), ("blink", "EBLINK L/R")):
        assert kinds.count(kind) == sum(int(count) for count in row[column].split("/"))
    assert (folder / "gaze/original.asc").read_bytes() == ASC.read_bytes()

    with av.open(str(FACE)) as container:
        frames_in_video = sum(packet.size > 0 for packet in container.demux(video=0))
    for trial in bundle.trials:
        assert trial.clip_started_ns is not None
        frames = bundle.camera_frames_of(trial)
        assert len(frames) == frames_in_video  # 2.4 s of face in 4 s of trial
        assert frames["host_ns"][0] == trial.clip_started_ns
        samples = bundle.samples_of(trial)
        assert 4000 <= len(samples) <= 4020
    assert bundle.face_video is not None
    starts = [bundle.camera_frames_of(trial)["pts_ms"][0] for trial in bundle.trials]
    with av.open(str(bundle.face_video)) as container:
        keys = set()
        for packet in container.demux(video=0):
            if packet.is_keyframe:
                assert packet.pts is not None
                keys.add(round(float(packet.pts * packet.time_base) * 1000))
    assert set(starts) <= keys
