"""A set is measured into the manifest its author wrote, and what is wrong there is found afterwards."""

import hashlib
from pathlib import Path

import pytest

from collect.bundle.errors import DocumentError
from collect.stimuli.check import check_stimuli
from collect.stimuli.errors import StimulusError
from collect.stimuli.luminance import read_luminance
from collect.stimuli.manifest import load_manifest
from collect.stimuli.measured_set import measure_set
from tests.collect.stimuli.known_clip import sine, write_known_clip

WRITTEN = """\
# The lab's own set; ask Ada before you change it.
format: duchenne-stimuli
version: 1
id: lab-set   # goes into every bundle
title: "Clips: ours"
clips:
  # Two people on a bench.
  - id: calm-01
    file: calm.mkv   # from tape 4
    emotion: neutral
    licence: CC-BY-4.0
    source: >
      made here,
      in spring
  - {id: loud-01, file: loud.mkv, emotion: fear, duration_s: 9.9, licence: CC0-1.0, source: 'made: here'}

  - id: elsewhere
    licence: unknown
    source: imported   # no file
"""


@pytest.fixture
def lab_set(tmp_path: Path) -> Path:
    write_known_clip(tmp_path / "calm.mkv", [(128, 128, 128)] * 30, sine(-30.0, 2, seconds=1.0))
    write_known_clip(tmp_path / "loud.mkv", [(255, 255, 255)] * 15 + [(0, 0, 0)] * 15)
    (tmp_path / "manifest.yaml").write_text(WRITTEN, encoding="utf-8")
    return tmp_path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_facts_are_filled_in_and_kept_with_the_set(lab_set: Path) -> None:
    ticks: list[tuple[int, int]] = []
    measured = measure_set(lab_set, lambda done, total: ticks.append((done, total)))
    assert ticks == [(1, 3), (2, 3), (3, 3)]
    assert set(measured.clips) == {"calm-01", "loud-01"}
    calm, loud, elsewhere = load_manifest(lab_set).manifest.clips
    assert (calm.sha256, calm.duration_s) == (sha256(lab_set / "calm.mkv"), 1.0)
    assert (calm.loudness_lufs, calm.peak_dbtp) == (pytest.approx(-30, abs=0.1), pytest.approx(-30, abs=0.1))
    assert (calm.mean_luminance, calm.luminance) == (pytest.approx(0.216, abs=0.005), "luminance/calm-01.csv")
    assert calm.luminance_sha256 == sha256(lab_set / "luminance/calm-01.csv")
    assert (loud.loudness_lufs, loud.duration_s) == (None, 1.0)
    assert loud.mean_luminance == pytest.approx(0.5, abs=0.01)
    assert [point.luminance for point in read_luminance(lab_set / "luminance/loud-01.csv")] == pytest.approx(
        [1.0] * 15 + [0.0] * 15, abs=0.02
    )
    assert (elsewhere.luminance, elsewhere.sha256) == (None, None)
    report = check_stimuli(lab_set)
    assert (report.problems, report.unmeasured) == ((), ())


def test_what_the_author_wrote_stays_as_it_was(lab_set: Path) -> None:
    measure_set(lab_set)
    text = (lab_set / "manifest.yaml").read_text()
    ours = ("sha256", "duration_s", "loudness_lufs", "peak_dbtp", "mean_luminance", "luminance")
    theirs = [line for line in text.splitlines() if not line.strip().startswith(ours)]
    expected = WRITTEN.splitlines()
    assert [line for line in theirs if "loud-01" not in line] == [line for line in expected if "loud-01" not in line]
    flow = next(line for line in theirs if "loud-01" in line)
    assert flow.startswith("  - {id: loud-01, file: loud.mkv, emotion: fear, duration_s: 1.0, licence: CC0-1.0,")
    measure_set(lab_set)
    assert (lab_set / "manifest.yaml").read_text() == text


def test_a_digest_that_was_declared_is_never_replaced(lab_set: Path) -> None:
    measure_set(lab_set)
    before = (lab_set / "manifest.yaml").read_bytes()
    write_known_clip(lab_set / "calm.mkv", [(0, 0, 0)] * 30)
    with pytest.raises(DocumentError, match=r"line 15, clip 'calm-01', field 'sha256': .*calm\.mkv is not the file"):
        measure_set(lab_set)
    assert (lab_set / "manifest.yaml").read_bytes() == before


def test_a_clip_that_cannot_be_measured_leaves_everything_as_it_was(lab_set: Path) -> None:
    (lab_set / "loud.mkv").write_text("no video")
    with pytest.raises(DocumentError, match=r"line 15, clip 'loud-01', field 'file': .*cannot be shown"):
        measure_set(lab_set)
    assert (lab_set / "manifest.yaml").read_text() == WRITTEN
    assert not (lab_set / "luminance").exists()


def test_clips_that_share_text_are_refused_rather_than_garbled(lab_set: Path) -> None:
    shared = WRITTEN.replace("emotion: neutral\n", "emotion: neutral\n    duration_s: &long 3.0\n").replace(
        "9.9", "*long"
    )
    write_known_clip(lab_set / "calm.mkv", [(128, 128, 128)] * 60)
    (lab_set / "manifest.yaml").write_text(shared)
    with pytest.raises(StimulusError, match=r"nothing was written\. Write the clips out"):
        measure_set(lab_set)
    assert (lab_set / "manifest.yaml").read_text() == shared


def test_what_is_not_so_is_found_with_its_line(lab_set: Path) -> None:
    measure_set(lab_set)
    manifest = lab_set / "manifest.yaml"
    text = manifest.read_text()
    wrong = text.replace("peak_dbtp: -30", "peak_dbtp: -20").replace("mean_luminance: 0.2", "mean_luminance: 0.3")
    assert wrong != text
    manifest.write_text(wrong)
    problems = check_stimuli(lab_set).problems
    assert len(problems) == 2
    assert "clip 'calm-01', field 'peak_dbtp': the manifest says -20" in problems[0]
    assert "clip 'calm-01', field 'mean_luminance': the manifest says 0.3" in problems[1]
    assert all("duchenne stimuli measure" in problem for problem in problems)


def test_a_time_line_that_is_another_is_found(lab_set: Path) -> None:
    measure_set(lab_set)
    kept = lab_set / "luminance/calm-01.csv"
    kept.write_text(kept.read_text().replace("0.21", "0.91"))
    assert "field 'luminance_sha256'" in check_stimuli(lab_set).problems[0]
    manifest = lab_set / "manifest.yaml"
    lines = manifest.read_text().splitlines()
    place = next(place for place, line in enumerate(lines) if "luminance_sha256" in line)
    lines[place] = f'    luminance_sha256: "{sha256(kept)}"'
    manifest.write_text("\n".join(lines))
    (problem,) = check_stimuli(lab_set).problems
    assert "field 'luminance'" in problem
    assert "the time line of another clip" in problem
    kept.unlink()
    (problem,) = check_stimuli(lab_set).problems
    assert "there is no file" in problem


def test_a_set_that_was_never_measured_is_told_in_a_note(lab_set: Path) -> None:
    measure_set(lab_set)
    manifest = lab_set / "manifest.yaml"
    lines = [line for line in manifest.read_text().splitlines() if "    luminance" not in line]
    manifest.write_text("\n".join(lines))
    report = check_stimuli(lab_set)
    assert report.ok
    assert report.unmeasured == ("calm-01",)
    assert "1 of 3 clips have no luminance" in report.notes[-1]
