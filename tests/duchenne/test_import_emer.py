"""The EMER data set through the command line, up to the snapshot that the printed next step makes."""

from pathlib import Path

from annotate.snapshot.store import read_header, read_table
from tests.duchenne.command_line import CommandLine
from tests.server.importing.made_set import MadeSet


def test_a_made_set_becomes_a_snapshot(duchenne: CommandLine, tmp_path: Path) -> None:
    made = MadeSet(tmp_path / "emer", suffix=".csv")
    made.root.mkdir()
    made.split = "\n".join(f"{sample} set{number % 2 + 1}" for number, sample in enumerate(made.labels))
    made.write()
    duchenne.done("db", "upgrade")
    assert "--participants FILE.csv" in duchenne.refused("import", "emer", made.root)
    who = tmp_path / "who.csv"
    who.write_text("sample,participant\n" + "".join(f"{name},P{name.partition('_')[0]}\n" for name in made.labels))
    said = duchenne("import", "emer", made.root, "--participants", who)
    assert said.status == 0, said.err
    assert "2 of 3 participants are in more than one of them" in said.err
    (following,) = (line.split() for line in said.err.splitlines() if "snapshot create" in line)
    folder = duchenne.home / "snapshots" / duchenne.done(*following[1:]).strip()
    assert read_header(folder).rows == {"trials": 7, "labels": 14, "votes": 14, "self_reports": 0}
    assert {row["participant"] for row in read_table(folder, "trials")} == {"EMER-P2", "EMER-P7", "EMER-P10"}
