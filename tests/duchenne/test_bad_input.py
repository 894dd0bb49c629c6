"""What a user may give wrongly: each is one clear error that names the place, with nothing half-written."""

import shutil
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.duchenne.command_line import CommandLine

GOLDEN = Path(__file__).parents[1] / "golden"
BUNDLE = GOLDEN / "bundle-v1"
MANIFEST = "manifest.yaml"


@pytest.fixture
def stimuli(tmp_path: Path) -> Path:
    """The stimulus set of the golden bundle, as a folder of its own."""
    folder = tmp_path / "stimuli"
    shutil.copytree(BUNDLE / "stimuli", folder)
    return folder


def first_clip(stimuli: Path) -> Path:
    clips = yaml.safe_load((stimuli / MANIFEST).read_text())["clips"]
    return next(stimuli / clip["file"] for clip in clips if clip.get("file"))


def break_manifest(stimuli: Path) -> None:
    path = stimuli / MANIFEST
    path.write_text(path.read_text().replace("sha256:", "sha265:", 1))


def break_digest(stimuli: Path) -> None:
    clip = first_clip(stimuli)
    clip.write_bytes(clip.read_bytes() + b"\0")


def replace_by_text(stimuli: Path) -> None:
    import hashlib

    clip, path = first_clip(stimuli), stimuli / MANIFEST
    old = hashlib.sha256(clip.read_bytes()).hexdigest()
    clip.write_text("this is no video\n" * 99)
    path.write_text(path.read_text().replace(old, hashlib.sha256(clip.read_bytes()).hexdigest()))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (break_manifest, (MANIFEST, "line", "sha265")),
        (break_digest, (MANIFEST, "sha256")),
        (replace_by_text, (MANIFEST, "cannot be shown", "H.264")),
    ],
)
def test_a_stimulus_set(
    duchenne: CommandLine, stimuli: Path, spoil: Callable[[Path], None], told: tuple[str, ...]
) -> None:
    spoil(stimuli)
    error = duchenne.refused("stimuli", "check", stimuli)
    assert all(word in error for word in told), error


def test_a_study_that_names_a_clip_that_is_not_there(duchenne: CommandLine, stimuli: Path, tmp_path: Path) -> None:
    study = stimuli / "study.yaml"
    text = yaml.safe_load((BUNDLE / "study.yaml").read_text())
    study.write_text(yaml.safe_dump(text | {"stimuli": MANIFEST, "clips": ["no-such-clip"]}))
    error = duchenne.refused("collect", "run", study, "--participant", "P001", "--simulate", "--fast")
    assert str(study) in error
    assert "no-such-clip" in error
    assert not list((tmp_path / "home").rglob("*.json"))


def test_a_bundle_that_was_cut_off_in_the_middle(duchenne: CommandLine, tmp_path: Path) -> None:
    bundle = tmp_path / "cut"
    shutil.copytree(BUNDLE, bundle)
    (bundle / "seal.json").unlink()
    journal = bundle / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])
    duchenne.done("db", "upgrade")
    error = duchenne.refused("ingest", bundle)
    assert str(bundle) in error
    assert "aborted" in error
    assert rows_of(duchenne, "recording") == 0
    assert not list(duchenne.home.rglob("*.bin"))


def test_a_bundle_with_one_flipped_bit(duchenne: CommandLine, tmp_path: Path) -> None:
    bundle = tmp_path / "flipped"
    shutil.copytree(BUNDLE, bundle)
    samples = bundle / "gaze" / "samples.csv"
    content = bytearray(samples.read_bytes())
    digit = max(place for place, byte in enumerate(content) if chr(byte).isdigit())
    content[digit] ^= 1
    samples.write_bytes(content)
    duchenne.done("db", "upgrade")
    for words in (("collect", "verify", bundle), ("ingest", bundle)):
        error = duchenne.refused(*words)
        assert "samples.csv" in error
    assert rows_of(duchenne, "recording") == 0


def test_an_asc_that_is_an_html_page(duchenne: CommandLine, tmp_path: Path) -> None:
    page = tmp_path / "download.asc"
    page.write_text("<!DOCTYPE html>\n<html><body>404</body></html>\n")
    said = duchenne("gaze", "parse", page, "--json")
    assert (said.status, said.out) == (1, "")
    assert f"{page}, line 1" in said.err


def test_a_database_of_a_later_version(duchenne: CommandLine) -> None:
    duchenne.done("db", "upgrade")
    with sqlite3.connect(duchenne.home / "duchenne.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for words in (("serve",), ("ingest", BUNDLE), ("db", "upgrade"), ("snapshot", "create")):
        error = duchenne.refused(*words)
        assert "9999" in error
        assert "later" in error or "newer" in error


def test_a_database_that_was_never_made(duchenne: CommandLine) -> None:
    assert "duchenne db upgrade" in duchenne.refused("ingest", BUNDLE)
    assert "duchenne db upgrade" in duchenne.refused("users", "add", "anna", "--role", "rater")


def test_a_snapshot_with_a_flipped_bit(duchenne: CommandLine) -> None:
    (source,) = (GOLDEN / "snapshot-v1").iterdir()
    folder = duchenne.home / "snapshots" / source.name
    shutil.copytree(source, folder)
    table = folder / "trials.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    for words in (("snapshot", "verify", source.name), ("train", "--snapshot", source.name)):
        assert "trials.parquet" in duchenne.refused(*words)
    assert not list(duchenne.home.glob("models/*"))


def test_a_second_server_on_the_same_port(duchenne: CommandLine) -> None:
    duchenne.done("db", "upgrade")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        error = duchenne.refused("serve", "--port", port)
    assert str(port) in error
    assert "--port" in error


def rows_of(duchenne: CommandLine, table: str) -> int:
    with sqlite3.connect(duchenne.home / "duchenne.sqlite3") as database:
        count: int = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 -- our own names
    return count
