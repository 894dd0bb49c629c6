"""The gap by keyboard alone, in a real browser: from the finding to the trials behind a figure; axe finds nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from server.accounts.service import add_account
from server.config import ServerConfig
from server.db.revisions import open_database
from server.serve import running_server
from tests.annotate.gap.made_up import Plan, make_up
from tests.server.bias.study import let_a_model_speak
from tests.server.browser.conftest import PASSWORD, House
from tests.server.gap.study import put_in

PAGES = ("/gap", "/gap/by/participant", "/gap/trials?kind=masked", "/bias")


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """A made-up study with a gap, in which a model has spoken; 'ada' is its researcher."""
    database = open_database(sqlite_url)
    add_account(database, "ada", "researcher", PASSWORD)
    with database.transaction() as session:
        put_in(session, make_up(Plan(participants=8, clips=7, pool=4)))
        let_a_model_speak(session, accepts=0.3)
    with running_server(ServerConfig(sqlite_url, tmp_path / "media", tmp_path / "snapshots")) as url:
        yield House(url, database)
    database.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    page: Page, house: House, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    complaints = []
    for address in PAGES:
        page.goto(f"{house.url}{address}")
        for violation in Axe().run(page).response["violations"]:
            places = [" ".join(node["target"]) for node in violation["nodes"]]
            complaints.append(f"{address}: {violation['id']}: {violation['help']}: {places[:5]}")
        page.set_viewport_size({"width": 600, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
        page.set_viewport_size({"width": 1366, "height": 768})
    assert complaints == []


def test_a_cell_an_arrow_and_a_row_lead_to_their_trials_by_keyboard(page: Page, house: House) -> None:
    page.goto(f"{house.url}/gap")
    expect(page.locator(".finding .headline")).to_contain_text("Faces showed another emotion than was felt")
    for place in (
        page.get_by_role("link", name="felt sadness, shown neutral"),
        page.locator(".plane .bold").first,
        page.locator("#by-participant tbody th a").first,
    ):
        place.focus()
        expect(place).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/gap/trials?**")
        expect(page.locator("table.trial-list tbody tr").first).to_be_visible()
        assert page.locator("table.trial-list tbody th a").first.get_attribute("href") is not None
        page.go_back()


def test_filters_are_chosen_by_keyboard(page: Page, house: House) -> None:
    page.goto(f"{house.url}/gap")
    page.locator("#raters").select_option("4")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**raters=4**")
    expect(page.get_by_role("heading", name="No trial has usable answers")).to_be_visible()
