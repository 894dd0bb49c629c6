"""A check passes what is well, and names each fault that was planted, before a participant sits down."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from collect.bundle.errors import DocumentError
from collect.bundle.study import parse_study
from collect.checking.check import DeviceCheck
from collect.checking.storage import recording_bytes
from collect.devices.errors import CameraUnavailableError, TrackerUnavailableError
from duchenne.cli import duchenne
from tests.collect.checking.lab import LabDevices, StillClock, check, findings_of, make_clip, make_study, replace_clip


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return make_study(tmp_path)


def with_devices(lab: LabDevices, *, display: bool = True, tracker: bool = True) -> DeviceCheck:
    return DeviceCheck(StillClock(), display, tracker, lab.openers)


def test_a_lab_that_is_well_passes(study: Path) -> None:
    lab = LabDevices()
    seconds: list[tuple[int, int]] = []
    report = check(study, devices=with_devices(lab), progress=lambda done, total: seconds.append((done, total)))
    assert report.verdict == "ok", [finding for finding in report.findings if finding.verdict != "ok"]
    assert [row.clip for row in report.plan if row.role == "washout"] == ["wash"]
    assert seconds[-1] == (3, 3)
    assert seconds == sorted(seconds)
    assert findings_of(report, "clip fear")[0].found.startswith("h264 64 × 36, 10 frames/s, 1.00 s, -20.")
    for device in ("screen", "camera", "tracker"):
        assert lab.asked.index(f"{device} opened") < lab.asked.index(f"{device} closed")
    assert not list(study.parent.glob(".duchenne-check-*"))
    assert not (study.parent / "recordings").exists()


# --- clips ---


def test_another_file_than_the_declared_one(study: Path) -> None:
    make_clip(study.parent / "fear.mp4", shade=91)
    report = check(study)
    [finding] = findings_of(report, "clip fear")
    assert (finding.verdict, report.verdict) == ("fail", "fail")
    assert "not the file that was declared" in finding.found
    assert "manifest.yaml, line 8" in finding.todo
    assert hashlib.sha256((study.parent / "fear.mp4").read_bytes()).hexdigest() in finding.todo


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_clip_that_was_cut_off_is_found_even_if_its_digest_fits(study: Path, share: float) -> None:
    path = study.parent / "wash.mp4"
    make_clip(path, seconds=3.0)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    manifest = yaml.safe_load((study.parent / "manifest.yaml").read_text())
    manifest["clips"][2].update(sha256=hashlib.sha256(path.read_bytes()).hexdigest(), duration_s=3.0)
    (study.parent / "manifest.yaml").write_text(yaml.safe_dump(manifest))
    assert {finding.verdict for finding in findings_of(check(study), "clip wash")} == {"fail"}


@pytest.mark.parametrize(
    ("look", "found"),
    [
        ({"loud": 0.8}, "too loud: -"),
        ({"loud": 0.005}, "too quiet: -"),
        ({"shade": 255}, "too bright: mean luminance"),
        ({"shade": 0}, "too dark: mean luminance"),
        ({"fps": 90}, "90 frames a second, and 60 are the limit"),
    ],
)
def test_a_clip_outside_of_the_limits(study: Path, look: dict[str, float], found: str) -> None:
    replace_clip(study.parent, "anger", **look)
    report = check(study)
    [finding] = [finding for finding in findings_of(report, "clip anger") if finding.verdict == "fail"]
    assert found in finding.found
    assert "limits.stimuli" in finding.todo


def test_clips_that_are_not_equally_loud(study: Path) -> None:
    replace_clip(study.parent, "anger", loud=0.25)
    [finding] = findings_of(check(study), "loudness")
    assert finding.verdict == "fail"
    assert "between fear and anger" in finding.found or "between wash and anger" in finding.found


def test_a_codec_that_the_study_does_not_take(tmp_path: Path) -> None:
    path = make_study(tmp_path, limits={"stimuli": {"codecs": ["vp9"]}})
    assert "its codec is h264" in findings_of(check(path), "clip fear")[0].found


def test_an_absent_clip_is_one_error(study: Path) -> None:
    (study.parent / "wash.mp4").unlink()
    with pytest.raises(DocumentError, match=r"manifest\.yaml, line 21, clip 'wash', field 'file': there is no file"):
        check(study)


# --- plan and words ---


@pytest.mark.parametrize(
    ("fields", "name", "verdict", "found"),
    [
        ({"consent": {"text": "   "}}, "consent", "fail", "blank"),
        ({"consent": {"text": "Yes?"}}, "consent", "warn", "4 characters"),
        ({"language": "tlh"}, "language", "fail", "'tlh'"),
        ({"title": "\U00013080"}, "language", "fail", "\U00013080"),  # a hieroglyph
        ({"language": "zh"}, "language", "ok", "简体中文"),
        ({"order": "latin_square"}, "latin square", "ok", "P001 to P002"),
        ({"order": "latin_square", "clips": ["fear", "anger", "wash"]}, "latin square", "warn", "P001 to P006"),
        ({"washout": "fear"}, "washout", "warn", "fear is a trial too"),
        ({"mood_repair": "wash"}, "mood_repair", "warn", "is to elicit neutral"),
        ({"rest_s": 600, "fixation_s": 60, "clips": ["fear", "anger"] }, "length", "ok", "2 trials, 1 washout clip"),
    ],
)  # fmt: skip
def test_plan_and_words(tmp_path: Path, fields: dict[str, object], name: str, verdict: str, found: str) -> None:
    [finding] = findings_of(check(make_study(tmp_path, **fields)), name)
    assert finding.verdict == verdict
    assert found in finding.found
    assert bool(finding.todo) == (verdict != "ok")


def test_emotions_that_meet_or_do_not_balance_are_told(tmp_path: Path) -> None:
    path = make_study(tmp_path)
    manifest = yaml.safe_load((tmp_path / "manifest.yaml").read_text())
    for name in ("a", "b"):
        make_clip(tmp_path / f"{name}.mp4", shade=80 + ord(name))
        digest = hashlib.sha256((tmp_path / f"{name}.mp4").read_bytes()).hexdigest()
        manifest["clips"].append({**manifest["clips"][0], "id": name, "file": f"{name}.mp4", "sha256": digest})
    (tmp_path / "manifest.yaml").write_text(yaml.safe_dump(manifest))
    path.write_text(path.read_text().replace("clips:\n- fear\n", "clips:\n- a\n- b\n- fear\n"))
    report = check(path)
    assert findings_of(report, "emotions")[0].found == "anger 1, fear 3"
    assert findings_of(report, "emotions")[0].verdict == "warn"
    assert "1 time two trials of one emotion" in findings_of(report, "neighbours")[0].found


def test_whose_order_is_shown(tmp_path: Path) -> None:
    path = make_study(tmp_path, order="latin_square")
    assert [row.clip for row in check(path, participant="P001").plan] == ["fear", "wash", "anger"]
    assert [row.clip for row in check(path, participant="P002").plan] == ["anger", "wash", "fear"]
    numberless = check(path, participant="anna")
    assert "'anna' has no number" in findings_of(numberless, "participant")[0].found
    assert numberless.verdict == "fail"
    assert "'Anna B.' is no pseudonym" in findings_of(check(path, participant="Anna B."), "participant")[0].found


# --- disk ---


def test_a_disk_that_is_too_small(study: Path) -> None:
    needed = recording_bytes(parse_study(study.read_bytes(), "s"), 300, 0)
    [short] = findings_of(check(study, free=lambda _: needed // 2), "disk")
    assert short.verdict == "fail"
    assert "GB free" in short.found
    assert "minutes" in short.found
    [tight] = findings_of(check(study, free=lambda _: 2 * needed), "disk")
    assert tight.verdict == "warn"


def test_a_destination_that_cannot_be_written_to(study: Path) -> None:
    taken = study.parent / "taken"
    taken.write_text("a file")
    report = check(study, destination=taken / "recordings")
    [finding] = findings_of(report, "destination")
    assert finding.verdict == "fail"
    assert "is a file, not a folder" in finding.found
    assert findings_of(check(study, destination=Path("/proc/1/recordings")), "destination")[0].verdict == "fail"


# --- devices ---


@pytest.mark.parametrize(
    ("lab", "name", "verdict", "found"),
    [
        (LabDevices(sound=False), "sound", "fail", "no sound device, and 3 clips have sound"),
        (LabDevices(fps=21.3), "camera", "fail", "21.3 of 30 frames/s"),
        (LabDevices(display=(1920, 1080)), "screen", "fail", "1920 × 1080 pixels, the study wants 1280 × 720"),
        (LabDevices(refresh_hz=None), "screen", "warn", "paced by software"),
        (LabDevices(refresh_hz=59.94), "screen", "ok", "59.9 Hz"),
        (
            LabDevices(fault=CameraUnavailableError("Camera 0: nothing there. Plug it in."), faulty="camera"),
            "camera", "fail", "nothing there",
        ),
        (
            LabDevices(fault=TrackerUnavailableError("EyeLink: no answer. Switch it on."), faulty="tracker"),
            "tracker", "fail", "no answer",
        ),
    ],
)  # fmt: skip
def test_a_device_with_a_fault(study: Path, lab: LabDevices, name: str, verdict: str, found: str) -> None:
    [finding] = findings_of(check(study, devices=with_devices(lab)), name)
    assert finding.verdict == verdict
    assert found in finding.found
    for asked in lab.asked:
        assert asked.replace("opened", "closed") in lab.asked  # nothing is left open


def test_the_real_classes_tell_in_words_that_nothing_is_there(tmp_path: Path) -> None:
    absent = {"camera": {"kind": "opencv", "device": "/dev/video-absent"}, "tracker": {"kind": "mouse"}}
    report = check(make_study(tmp_path, **absent), devices=DeviceCheck(StillClock(), display=False))
    [camera] = findings_of(report, "camera")
    assert camera.verdict == "fail"
    assert "/dev/video-absent" in camera.found
    assert camera.todo
    assert findings_of(report, "tracker")[0].verdict == "warn"


def test_a_stream_that_sends_too_little(tmp_path: Path) -> None:
    tracker = {"kind": "lsl", "stream": "Gaze", "rate_hz": 1000}
    lab = LabDevices(samples=1500)
    [finding] = findings_of(check(make_study(tmp_path, tracker=tracker), devices=with_devices(lab)), "tracker")
    assert finding.verdict == "fail"
    assert "750 of 1000 samples/s came" in finding.found


def test_an_eyelink_is_asked_only_if_the_experimenter_says_so(study: Path) -> None:
    lab = LabDevices()
    [finding] = findings_of(check(study, devices=with_devices(lab, tracker=False)), "tracker")
    assert finding.verdict == "warn"
    assert "--tracker" in finding.todo
    assert not [asked for asked in lab.asked if asked.startswith("tracker")]


def test_without_a_display_no_window_is_opened(study: Path) -> None:
    lab = LabDevices()
    [finding] = findings_of(check(study, devices=with_devices(lab, display=False)), "screen")
    assert finding.verdict == "warn"
    assert "screen opened" not in lab.asked


# --- the command ---


def test_the_command_tells_all_and_fails_for_one_fault(study: Path, tmp_path: Path) -> None:
    command = ["collect", "check", str(study), "--no-devices", "--destination", str(tmp_path / "r")]
    done = CliRunner().invoke(duchenne, [*command, "--participant", "P7", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["verdict"] == "warn"
    assert told["participant"] == "P7"
    assert [row["role"] for row in told["plan"]] == ["trial", "washout", "trial"]
    assert {finding["verdict"] for finding in told["findings"]} == {"ok", "warn"}
    replace_clip(study.parent, "fear", loud=0.9)
    done = CliRunner().invoke(duchenne, command, env={"COLUMNS": "200"})
    assert done.exit_code == 1
    assert "too loud" in done.stdout
    assert "What P001 is shown" in done.stdout
