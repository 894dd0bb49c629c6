"""A stimulus set is brought, and recordings are passed on as BIDS, from the command line."""

import shutil
from pathlib import Path

from tests.duchenne.command_line import CommandLine

BUNDLE = Path(__file__).parents[1] / "golden/bundle-v1"


def test_a_set_is_measured_and_then_checked(tmp_path: Path) -> None:
    line = CommandLine(tmp_path / "home")
    shutil.copytree(BUNDLE / "stimuli", tmp_path / "set")
    manifest = tmp_path / "set/manifest.yaml"
    lines = [text for text in manifest.read_text().splitlines() if "sha256" not in text and "duration_s" not in text]
    manifest.write_text("\n".join(lines) + "\n")
    assert "'sha256' is missing" in line("stimuli", "check", tmp_path / "set").err
    measured = line("stimuli", "measure", tmp_path / "set")
    assert (measured.status, "grey" in measured.out) == (0, True)
    assert f"duchenne stimuli check {tmp_path / 'set'}" in measured.err
    checked = line("stimuli", "check", tmp_path / "set")
    assert checked.status == 0, checked.err
    assert "no luminance" not in checked.err


def test_a_recording_is_exported_once(tmp_path: Path) -> None:
    line = CommandLine(tmp_path / "home")
    written = line("collect", "bids", tmp_path / "set", BUNDLE)
    assert (written.status, "1 session written" in written.out) == (0, True)
    assert (tmp_path / "set/sub-P01/ses-01/beh/sub-P01_ses-01_task-golden_events.tsv").is_file()
    again = line("collect", "bids", tmp_path / "set", BUNDLE)
    assert again.status == 1
    assert "in the data set already" in again.err
    assert "Traceback" not in again.err
