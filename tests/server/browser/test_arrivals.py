"""Uploads and recordings in a real browser: bars move by themselves, and nobody is shut out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from annotate.media_store import MediaStore
from collect.bundle.packing import BundleArchive, pack_bundle
from collect.sending.server import UploadServer
from server.accounts.logins import Login
from server.accounts.service import add_account
from server.accounts.tokens import make_token
from server.db.accounts import Account, Role
from server.sessions.ingest import ingest_bundle
from tests.server.browser.conftest import PASSWORD, House
from tests.server.browser.reading import faults_of, reading_as
from tests.server.bundles import Plan, record
from tests.server.reports import report_beside

SIZES = ((1366, 768), (1920, 1080), (600, 900))


@pytest.fixture
def place(house: House) -> UploadServer:
    """The server as the lab PC of the experimenter 'eva' sees it."""
    add_account(house.database, "eva", "experimenter", PASSWORD)
    with house.database.reading() as session:
        eva = session.scalars(select(Account).where(Account.name == "eva")).one()
    login = Login(eva.id, eva.name, Role.EXPERIMENTER, "")
    token = make_token(house.database, login, "lab PC", frozenset({"upload"}), timedelta(days=1), datetime.now(UTC))
    return UploadServer(house.url, token)


@pytest.fixture
def archive(tmp_path: Path) -> BundleArchive:
    bundle = record(tmp_path / "P07-s1", Plan(participant="P07", origin="simulated"))
    report_beside(bundle)
    return pack_bundle(bundle)


@pytest.fixture
def eva(chromium: Browser, house: House, place: UploadServer) -> Iterator[Page]:
    """A page on which eva is logged in. Refusals by the page's policy fail the test."""
    with reading_as(chromium, house, "eva") as page:
        yield page


def test_a_recording_arrives_before_ones_eyes(
    eva: Page, house: House, place: UploadServer, archive: BundleArchive
) -> None:
    upload = place.declare(archive.size, archive.sha256(), archive.name, allow_aborted=False)
    eva.goto(f"{house.url}/uploads")
    row = eva.locator(f"tr[data-upload='{upload}']")
    expect(row).to_contain_text("arriving")
    expect(row.locator("[data-received]")).to_have_text("0 KiB")
    half = archive.size // 2
    place.append(upload, 0, archive.read(0, half))
    expect(row.locator("[data-received]")).to_have_text(f"{round(half / 1024)} KiB")
    expect(row.locator("progress")).to_have_js_property("value", half)
    place.append(upload, half, archive.read(half, archive.size))
    expect(row).to_contain_text("ingested", timeout=20_000)
    expect(row).to_contain_text("2 of 2 trials valid, quality bad")
    eva.get_by_role("link", name="To the recording").click()
    expect(eva.get_by_role("heading", level=1)).to_contain_text("P07 · session 1")
    expect(eva.locator("svg.strip")).to_have_count(2)


def test_an_upload_is_given_up_by_keyboard(
    eva: Page, house: House, place: UploadServer, archive: BundleArchive
) -> None:
    upload = place.declare(archive.size, archive.sha256(), archive.name, allow_aborted=False)
    place.append(upload, 0, archive.read(0, 5000))
    eva.goto(f"{house.url}/uploads")
    eva.on("dialog", lambda dialog: dialog.accept())
    button = eva.get_by_role("button", name="Delete what has arrived")
    button.focus()
    eva.keyboard.press("Enter")
    row = eva.locator(f"tr[data-upload='{upload}']")
    expect(row).to_contain_text("It was deleted by its sender")
    expect(button).to_have_count(0)
    assert place.status(upload).state == "given up"


def test_recordings_are_filtered_by_keyboard(eva: Page, house: House) -> None:
    eva.goto(f"{house.url}/recordings")
    expect(eva.locator("tbody tr")).to_have_count(3)
    eva.locator("#verdict").focus()
    eva.keyboard.type("bad")
    eva.keyboard.press("Tab")
    eva.keyboard.press("Tab")
    eva.keyboard.press("Enter")
    expect(eva.get_by_text("There is no recording like that.")).to_be_visible()
    eva.get_by_role("link", name="All", exact=True).click()
    expect(eva.locator("tbody tr")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    eva: Page, house: House, place: UploadServer, archive: BundleArchive, tmp_path: Path, scheme: str
) -> None:
    place.declare(archive.size, archive.sha256(), archive.name, allow_aborted=False)
    done = ingest_bundle(house.database, MediaStore(tmp_path / "media"), archive.folder)
    paths = ("/uploads", "/recordings", f"/recordings/{done.bundle_id}", "/recordings?verdict=good")
    assert faults_of(eva, house, paths, scheme, SIZES) == []
