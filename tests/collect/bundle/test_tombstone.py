"""Who withdraws leaves a name and a date, and nothing that was seen or said, whatever happens in between."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from collect.bundle import tombstone
from collect.bundle.errors import BundleError, BundleWithdrawnError
from collect.bundle.reader import read_bundle
from collect.bundle.tombstone import withdraw
from collect.bundle.verify import verify_bundle
from collect.report.writing import write_report
from collect.session.resume import readable_for_resume
from duchenne.commands.collect.withdraw import withdraw as withdraw_command

GOLDEN = Path(__file__).parents[2] / "golden"
THEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    golden = next(path.parent for path in sorted(GOLDEN.rglob("bundle.json")))
    return Path(shutil.copytree(golden, tmp_path / "session"))


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_nothing_but_the_tombstone_is_left(folder: Path) -> None:
    header = read_bundle(folder).header
    left = withdraw(folder, THEN)
    assert names(folder) == ["tombstone.json"]
    assert (left.participant, left.bundle_id, left.withdrawn_utc) == (
        header.participant, header.bundle_id, "2026-03-04T05:06:07+00:00"
    )  # fmt: skip
    assert list(folder.parent.iterdir()) == [folder]


def test_the_reports_beside_the_session_go_with_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = write_report(folder, tables=folder.parent)
    others = folder.with_name(folder.name + "2.report.html")
    others.write_text("another session's")
    assert {report.page.parent, report.json.parent, *(path.parent for path in report.tables)} == {folder.parent}
    monkeypatch.chdir(folder)
    withdraw(Path(), THEN)
    assert sorted(folder.parent.iterdir()) == [folder, others]


def test_readers_say_that_the_participant_withdrew(folder: Path) -> None:
    who = withdraw(folder, THEN).participant
    for read in (read_bundle, readable_for_resume):
        with pytest.raises(BundleWithdrawnError, match=f"{who} withdrew this session on 2026-03-04"):
            read(folder)
    report = verify_bundle(folder)
    assert (report.ok, report.state, report.problems) == (True, "withdrawn", ())
    assert who in report.notes[0]


def test_an_interrupted_deletion_is_told_and_finished_by_the_next_call(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = names(folder)

    def interrupted(path: Path) -> None:
        raise OSError(5, "Input/output error", str(path))

    with monkeypatch.context() as broken:
        broken.setattr(tombstone.shutil, "rmtree", interrupted)
        with pytest.raises(BundleError, match=r"could not be deleted.*duchenne collect withdraw"):
            withdraw(folder, THEN)
    assert 1 < len(names(folder)) <= len(everything) + 1
    report = verify_bundle(folder)
    assert (report.ok, report.state) == (False, "withdrawn")
    assert "interrupted" in report.problems[0]
    assert withdraw(folder, datetime.now(UTC)).withdrawn_utc == "2026-03-04T05:06:07+00:00"
    assert names(folder) == ["tombstone.json"]
    assert verify_bundle(folder).ok


def test_files_behind_a_link_are_not_the_sessions(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept.txt").write_text("kept")
    (folder / "link").symlink_to(other)
    withdraw(folder, THEN)
    assert names(folder) == ["tombstone.json"]
    assert (other / "kept.txt").read_text() == "kept"


def test_what_is_no_session_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("chapter 1")
    with pytest.raises(BundleError, match="no recorded session"):
        withdraw(tmp_path, THEN)
    assert names(tmp_path) == ["thesis.txt"]


def test_the_command_asks_for_the_pseudonym(folder: Path) -> None:
    who = read_bundle(folder).header.participant
    refused = CliRunner().invoke(withdraw_command, [str(folder)], input="somebody\n")
    assert (refused.exit_code, "Nothing was deleted" in refused.output) == (1, True)
    assert read_bundle(folder).header.participant == who
    done = CliRunner().invoke(withdraw_command, [str(folder)], input=f"{who}\n")
    assert (done.exit_code, names(folder)) == (0, ["tombstone.json"])
