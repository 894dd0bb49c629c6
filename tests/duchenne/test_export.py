"""`duchenne export`: a table as a file, in the format of its ending."""

import csv
from pathlib import Path

from tests.duchenne.command_line import CommandLine
from tests.server.bundles import Plan, record


def test_a_table_goes_to_a_file(duchenne: CommandLine, tmp_path: Path) -> None:
    duchenne.done("db", "upgrade")
    duchenne.done("ingest", record(tmp_path / "P01", Plan(face=False)))
    path = tmp_path / "trials.csv"
    assert "trials" in duchenne.done("export", "trials", "--to", path)
    with path.open(newline="", encoding="utf-8") as file:
        assert [row["participant"] for row in csv.DictReader(file)] == ["P01", "P01"]
    assert "is there already" in duchenne.refused("export", "trials", "--to", path)
    assert "no such study" in duchenne.refused("export", "answers", "--to", tmp_path / "a.json", "--study", "nothing")
    assert duchenne("export", "answers", "--to", tmp_path / "a.xlsx").status == 2
    assert sorted(one.name for one in tmp_path.glob("*.*")) == ["trials.csv"]
