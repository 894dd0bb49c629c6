"""Backup and restore as whoever runs the server types them."""

import sqlite3
from pathlib import Path

from tests.duchenne.command_line import CommandLine

GOLDEN = Path(__file__).parents[2] / "golden" / "bundle-v1"


def test_what_is_backed_up_is_restored_elsewhere(tmp_path: Path) -> None:
    here, there = CommandLine(tmp_path / "here"), CommandLine(tmp_path / "there")
    here.done("db", "upgrade")
    here.done("ingest", GOLDEN)
    (here.home / "models" / "m1").mkdir(parents=True)
    (here.home / "models" / "m1" / "run.json").write_text("{}")
    backup = tmp_path / "backup"
    said = here("backup", backup)
    assert said.status == 0, said.err
    assert "audit head  1:" in said.out
    assert "copy" in said.err
    assert "not empty" in here.refused("backup", backup)
    assert "rows and" in there.done("restore", backup)
    assert "holds rows already" in there.refused("restore", backup)
    assert "as this version expects" in there.done("db", "check")
    assert (there.home / "models" / "m1" / "run.json").read_text() == "{}"
    with sqlite3.connect(there.home / "duchenne.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM recording").fetchone() == (1,)
    assert "already ingested" in there.done("ingest", GOLDEN)
