"""Somebody else's recording, through the command line, to a rating page, to a label, to a snapshot that asks for it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from annotate.snapshot.store import read_header, read_table
from server.config import ServerConfig
from server.serve import running_server
from tests.collect.recording_import.small_recording import write_small_recording
from tests.collect.recording_import.test_real_import import ASC, FACE, table_of
from tests.duchenne.command_line import CommandLine


def bring_in(duchenne: CommandLine, asc: Path, face: Path, table: Path, bundle: Path) -> str:
    """Import, verify, ingest; returns the password of a rater 'ada'."""
    consent = ("--consent", "recording", "--consent", "rating", "--consent", "training")
    duchenne.done(
        "collect", "import", bundle, "--gaze", asc, "--face", face, "--trials", table, "--participant", "PP04",
        "--study", "elsewhere", *consent,
    )  # fmt: skip
    assert "sealed" in duchenne.done("collect", "verify", bundle)
    duchenne.done("db", "upgrade")
    assert "imported" in duchenne.done("ingest", bundle)
    said = duchenne.done("users", "add", "ada", "--role", "rater")
    return next(line.split()[1] for line in said.splitlines() if line.startswith("password"))


def rate_one_by_keyboard(chromium: Browser, url: str, password: str) -> None:
    """Log in, open ER, see the gaze drawn, answer."""
    page = chromium.new_page()
    page.goto(f"{url}/rate/er")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    expect(page.locator(".trial:visible")).to_have_count(1)
    expect(page.locator("#clock")).to_have_text(re.compile(r"^(0\.[1-9]|[1-9])"))
    for canvas in (".screen canvas", ".traces canvas"):
        assert is_drawn(page, canvas), canvas
    # The gaze is played to its end, although the face is shorter than the trial.
    length = page.locator("#clock").inner_text().split(" / ")[1]
    expect(page.locator("#clock")).to_have_text(f"{length.removesuffix(' s')} / {length}", timeout=20_000)
    for key in ("2", "ArrowLeft", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#progress")).to_have_text(re.compile("^1 answered"))
    page.close()


def is_drawn(page: Page, canvas: str) -> bool:
    drawn: bool = page.locator(f".trial:visible {canvas}").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(value => value > 0)"
    )
    return drawn


def walk(duchenne: CommandLine, chromium: Browser, files: tuple[Path, Path, Path], folder: Path) -> Path:
    """The whole way; returns the folder of a snapshot that asks for imported data."""
    password = bring_in(duchenne, *files, folder / "bundle")
    home = duchenne.home
    config = ServerConfig(f"sqlite:///{home / 'duchenne.sqlite3'}", home / "media", home / "snapshots")
    with running_server(config) as url:
        rate_one_by_keyboard(chromium, url, password)
    assert "--include imported" in duchenne.refused("snapshot", "create")
    snapshot = duchenne.done("snapshot", "create", "--include", "imported").strip()
    duchenne.done("snapshot", "verify", snapshot)
    return home / "snapshots" / snapshot


def test_a_small_recording(duchenne: CommandLine, chromium: Browser, tmp_path: Path) -> None:
    snapshot = walk(duchenne, chromium, write_small_recording(tmp_path), tmp_path)
    assert [row["face_sha256"] is not None for row in read_table(snapshot, "trials")].count(True) == 3
    (label,) = read_table(snapshot, "labels")
    assert (label["instrument"], label["seven"], label["three"]) == ("ER", "sadness", "negative")
    assert (label["valence"], label["arousal"]) == (-0.05, 0.05)
    assert "people of their own" in duchenne.refused("train", "--snapshot", snapshot.name)


@pytest.mark.skipif(not ASC.is_file(), reason="the real recordings are not beside this checkout (../shared/data)")
def test_a_published_recording(duchenne: CommandLine, chromium: Browser, tmp_path: Path) -> None:
    table = tmp_path / "trials.tsv"
    table.write_text(table_of(ASC))
    snapshot = walk(duchenne, chromium, (ASC, FACE, table), tmp_path)
    header = read_header(snapshot)
    assert (header.rows["trials"], header.rows["labels"], header.filters.origins) == (20, 1, ("imported",))
