"""A bundle as an archive: the same bytes wherever it lies, and any piece of it at any time."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.bundle.errors import BundleError, BundleWithdrawnError
from collect.bundle.packing import pack_bundle
from collect.bundle.tombstone import withdraw

GOLDEN = Path(__file__).parents[2] / "golden" / "bundle-v1"
ARCHIVE = pack_bundle(GOLDEN)
WHOLE = ARCHIVE.read(0, ARCHIVE.size)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOLDEN, tmp_path / "copied and renamed"))


@given(st.lists(st.integers(0, len(WHOLE)), max_size=6))
def test_pieces_are_the_whole_however_it_is_cut(cuts: list[int]) -> None:
    ends = [*sorted(cuts), len(WHOLE)]
    pieces = [ARCHIVE.read(begin, end - begin) for begin, end in zip([0, *ends], ends, strict=False)]
    assert b"".join(pieces) == WHOLE
    assert ARCHIVE.read(len(WHOLE), 10) == b""


def test_names_times_and_owners_of_the_copy_do_not_matter(bundle: Path) -> None:
    for path in bundle.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    copied = pack_bundle(bundle)
    assert (copied.sha256(), copied.size, copied.name) == (ARCHIVE.sha256(), len(WHOLE), "copied and renamed")


def test_the_figures_of_the_report_go_along_and_its_page_stays(bundle: Path) -> None:
    for ending in (".report.json", ".report.html", ".pupil.csv"):
        bundle.with_name(bundle.name + ending).write_text(f"this is {ending}")
    packed = pack_bundle(bundle)
    content = packed.read(0, packed.size)
    assert b"this is .report.json" in content
    assert b"this is .report.html" not in content
    assert b"this is .pupil.csv" not in content
    assert packed.sha256() != ARCHIVE.sha256()


def test_what_was_half_written_when_the_power_went_stays(bundle: Path) -> None:
    (bundle / "seal.json").unlink()
    (bundle / "seal.json.partial").write_text("half of it")
    packed = pack_bundle(bundle)
    assert b"half of it" not in packed.read(0, packed.size)


def test_a_file_that_changes_meanwhile_is_told(bundle: Path) -> None:
    packed = pack_bundle(bundle)
    with (bundle / "journal.jsonl").open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(BundleError, match="changed its size while it was read"):
        packed.sha256()


def test_links_and_strange_names_and_withdrawn_ones_are_not_packed(bundle: Path) -> None:
    (bundle / "link").symlink_to("/etc/passwd")
    with pytest.raises(BundleError, match="neither links nor devices"):
        pack_bundle(bundle)
    (bundle / "link").unlink()
    (bundle / os.fsdecode(b"caf\xe9")).touch()
    with pytest.raises(BundleError, match="UTF-8"):
        pack_bundle(bundle)
    withdraw(bundle, datetime(2026, 3, 1, tzinfo=UTC))
    with pytest.raises(BundleWithdrawnError):
        pack_bundle(bundle)
    with pytest.raises(BundleError, match="no recorded session"):
        pack_bundle(bundle.parent)
