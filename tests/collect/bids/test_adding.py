"""What may go into one data set, and what is refused before a byte of it is written."""

import json
from pathlib import Path

import pytest

from collect.bids.errors import BidsError, BidsFolderError, BidsLabelError, BidsSessionError
from collect.bids.export import write_bids
from collect.bundle.errors import BundleWithdrawnError
from collect.bundle.format import TOMBSTONE_FILE, Tombstone
from tests.collect.bids.recorded import Recorded, record
from tests.collect.bids.test_export import plain


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    write_bids(tmp_path / "set", [record(tmp_path / "one", Recorded())])
    return tmp_path / "set"


def test_sessions_are_added_and_what_people_wrote_there_stays(dataset: Path, tmp_path: Path) -> None:
    people = dataset / "participants.tsv"
    people.write_text(people.read_text().replace("n/a\tn/a\tn/a", "31\tF\tR"))
    (dataset / "README.md").write_text("Our own words about this data set.\n")
    before = contents(dataset)
    again = record(tmp_path / "two", Recorded(session=2))
    other = record(tmp_path / "other", Recorded(participant="P02"))
    written = write_bids(dataset, [again, other])
    assert (written.sessions, written.added) == (("sub-P01/ses-02", "sub-P02/ses-01"), True)
    assert [(row["participant_id"], row["age"]) for row in plain(people)] == [("sub-P01", "31"), ("sub-P02", "n/a")]
    assert [row["session_id"] for row in plain(dataset / "sub-P01/sub-P01_sessions.tsv")] == ["ses-01", "ses-02"]
    after = contents(dataset)
    changed = {name for name, data in before.items() if after[name] != data}
    assert changed == {"participants.tsv", "sub-P01/sub-P01_sessions.tsv"}
    assert (dataset / "sub-P01/ses-02/beh/sub-P01_ses-02_task-gapstudy_events.tsv").is_file()
    assert not list(tmp_path.glob(".*partial"))


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        (Recorded(), BidsSessionError, "session 1 of 'P01' is in the data set already"),
        (Recorded(participant="P-01"), BidsLabelError, "'P-01' and 'P01' would both become 'sub-P01'"),
        (Recorded(participant="p01"), BidsLabelError, "would both become 'sub-p01'"),
        (Recorded(participant="P02", study_id="another"), BidsSessionError, "of the study 'another'"),
        (Recorded(participant="P02", origin="simulated"), BidsSessionError, "is simulated"),
        (Recorded(participant="P02", sealed=False), BidsSessionError, "duchenne collect resume"),
    ],
)
def test_what_does_not_fit_is_refused_whole(
    dataset: Path, tmp_path: Path, kind: Recorded, error: type[BidsError], words: str
) -> None:
    before = contents(dataset)
    good = record(tmp_path / "good", Recorded(participant="P09"))
    with pytest.raises(error, match=words):
        write_bids(dataset, [good, record(tmp_path / "bad", kind)])
    assert contents(dataset) == before
    assert not list(tmp_path.glob(".*partial"))


def test_another_clip_under_the_same_name_is_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(BidsSessionError, match="shown another file as clip 'grey'"):
        write_bids(dataset, [record(tmp_path / "two", Recorded(participant="P02", shade=6))])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Recorded(participant="P_01"), "'P01' and 'P_01' would both become"),
        (Recorded(), "are both session 1 of 'P01'"),
        (Recorded(participant="P02", study_id="another"), "where the same pseudonym may be another person"),
        (Recorded(participant="P02", origin="simulated"), "one is simulated and one is not"),
        (Recorded(participant="P02", shade=6), "different files as clip 'grey'"),
    ],
)
def test_two_that_do_not_go_together_are_refused(tmp_path: Path, kind: Recorded, words: str) -> None:
    bundles = [record(tmp_path / "one", Recorded()), record(tmp_path / "other", kind)]
    with pytest.raises(BidsError, match=words):
        write_bids(tmp_path / "set", bundles)
    assert not (tmp_path / "set").exists()


def test_a_session_that_was_changed_or_withdrawn_is_refused(tmp_path: Path) -> None:
    bundle = record(tmp_path / "one", Recorded())
    samples = bundle / "gaze/samples.csv"
    samples.write_text(samples.read_text().replace("100.5", "999.5", 1))
    with pytest.raises(BidsSessionError, match=r"samples\.csv: is not as it was sealed"):
        write_bids(tmp_path / "set", [bundle])
    gone = tmp_path / "gone"
    gone.mkdir()
    tombstone = Tombstone(
        bundle_id="0" * 32, origin="real", study_id="gap-study", participant="P01", session=1,
        withdrawn_utc="2026-01-03T00:00:00+00:00",
    )  # fmt: skip
    (gone / TOMBSTONE_FILE).write_text(tombstone.model_dump_json())
    with pytest.raises(BundleWithdrawnError, match="withdrew"):
        write_bids(tmp_path / "set", [gone])
    assert not (tmp_path / "set").exists()


def test_folders_of_others_are_never_written_to(dataset: Path, tmp_path: Path) -> None:
    bundle = record(tmp_path / "two", Recorded(participant="P02"))
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(BidsFolderError, match="no data set that was written here"):
        write_bids(mine, [bundle])
    description = dataset / "dataset_description.json"
    description.write_text(json.dumps({"Name": "theirs", "BIDSVersion": "1.8.0"}))
    with pytest.raises(BidsFolderError, match="no data set that was written here"):
        write_bids(dataset, [bundle])
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert write_bids(empty, [bundle]).sessions == ("sub-P02/ses-01",)


def test_a_disk_that_fails_leaves_no_half_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundles = [record(tmp_path / name, Recorded(participant=name)) for name in ("A1", "B1")]

    def full(root: Path, session: object, *args: object, **options: object) -> None:
        (root / "half").write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("collect.bids.export.write_session", full)
    with pytest.raises(BidsFolderError, match="No space left on device"):
        write_bids(tmp_path / "set", bundles)
    assert not (tmp_path / "set").exists()
    assert not list(tmp_path.glob(".*partial"))
