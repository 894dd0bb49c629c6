"""`duchenne withdraw`: asks, deletes everything of one person, and lets nothing of theirs in again."""

import subprocess
import sys
from pathlib import Path

from annotate.snapshot.store import read_header, read_table
from tests.duchenne.command_line import CommandLine
from tests.server.bundles import Plan, record


def test_a_participant_withdraws(duchenne: CommandLine, tmp_path: Path) -> None:
    # The made-up gaze of both is the same to the bit, so it stays; the face is P01's alone.
    plans = (Plan(participant="P01"), Plan(participant="P02", face=False))
    bundles = [record(tmp_path / plan.participant, plan) for plan in plans]
    duchenne.done("db", "upgrade")
    duchenne.done("ingest", *bundles)
    snapshot = duchenne.done("snapshot", "create").strip()
    assert "no participant 'P03'" in duchenne.refused("withdraw", "golden", "P03", "--yes")

    asked = subprocess.run(
        [sys.executable, "-m", "duchenne", "withdraw", "golden", "P01"],
        cwd=tmp_path,
        env=duchenne.environment,
        capture_output=True,
        text=True,
        check=False,
        input="P02\n",
    )
    assert asked.returncode == 1
    assert "1 recordings with 2 trials" in asked.stderr.replace("\n", " ")
    assert "Nothing was deleted" in asked.stderr

    # What an interrupted training kept: weights that know the face.
    fit = duchenne.home / "features" / "fits" / read_header(duchenne.home / "snapshots" / snapshot).content_sha256
    (fit / "train" / "0").mkdir(parents=True)
    said = duchenne.done("withdraw", "golden", "P01", "--yes")
    assert not fit.exists()
    assert "1 recordings, 2 trials, 0 answers and 2 files are deleted for good" in said
    assert f"redacted snapshots  {snapshot}" in said
    assert duchenne.done("withdraw", "golden", "P01") == said  # looked through again, without asking
    assert "P01 of study golden: withdrew" in duchenne.refused("ingest", bundles[0])
    assert {row["participant"] for row in read_table(duchenne.home / "snapshots" / snapshot, "trials")} == {"P02"}
    assert "redacted" in duchenne.done("snapshot", "verify", snapshot)
